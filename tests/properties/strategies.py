"""Migrations as people and tools write them, other spellings of one text, and texts that are broken."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass, replace

from hypothesis import strategies as st

NAMES = st.sampled_from(["note", "total", "tax", "code", "é", "class_", "a" * 70])
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    TEXTS,
    st.lists(TEXTS, max_size=2),
    st.dictionaries(TEXTS, st.integers(), max_size=2),
).map(repr)
EXPRESSIONS = st.one_of(
    VALUES,
    st.sampled_from(
        [
            "uuid.uuid4",
            "dict",
            "LENGTH",
            "LENGTH * 2",
            "f'{LENGTH}x'",
            "lambda: 1",
            "[(n, n) for n in range(3)]",
            "models.F('id') + 1",
            "settings.NAME",
        ]
    ),
)


@st.composite
def fields(draw: st.DrawFn) -> str:
    """A field with some arguments."""
    kind = draw(st.sampled_from(["TextField", "CharField", "IntegerField", "DateField", "Own"]))
    names = draw(
        st.lists(
            st.sampled_from(["null", "default", "max_length", "help_text", "db_index", "unique"]),
            unique=True,
            max_size=3,
        )
    )
    arguments = ", ".join(f"{name}={draw(EXPRESSIONS)}" for name in names)
    return f"models.{kind}({arguments})"


@st.composite
def operations(draw: st.DrawFn) -> str:
    """One operation, of Django or of nobody."""
    name, field = draw(NAMES), draw(fields())
    return draw(
        st.sampled_from(
            [
                f'migrations.AddField("order", {name!r}, {field})',
                f'migrations.AlterField(model_name="order", name={name!r}, field={field})',
                f'migrations.RemoveField("order", {name!r})',
                f'migrations.RenameField("order", {name!r}, "other")',
                f"migrations.CreateModel({name!r}, [({name!r}, {field})], options={{}})",
                f"migrations.DeleteModel({name!r})",
                f'migrations.AddIndex("order", models.Index(fields=[{name!r}], name="i"))',
                f'migrations.RunSQL("ALTER TABLE orders_order ADD {name} int", migrations.RunSQL.noop)',
                "migrations.RunPython(fill, migrations.RunPython.noop)",
                f"migrations.SeparateDatabaseAndState([], [migrations.DeleteModel({name!r})])",
                f"own.Operation({field})",
            ]
        )
    )


@dataclass(frozen=True, kw_only=True)
class Written:
    """A migration by its parts; ``source`` is the file."""

    parents: tuple[str, ...]
    operations: tuple[str, ...]
    atomic: bool
    body: str
    """What the function that it runs does."""

    @property
    def source(self) -> str:
        parents = "".join(f'        ("orders", "{name}"),\n' for name in self.parents)
        done = "".join(f"        {operation},\n" for operation in self.operations)
        return (
            "import uuid\n"
            "from django.conf import settings\n"
            "from django.db import migrations, models\n"
            "from orders import own\n\n"
            "LENGTH = 10\n\n\n"
            f"def fill(apps, schema_editor):\n    {self.body}\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    atomic = {self.atomic}\n"
            f"    dependencies = [\n{parents}    ]\n"
            f"    operations = [\n{done}    ]\n"
        )


BODIES = st.sampled_from(
    ["pass", "apps.get_model('orders', 'Order').objects.all().delete()", "own.fill(apps)"]
)


@st.composite
def migrations(draw: st.DrawFn) -> Written:
    """A migration after ``0002_total``."""
    return Written(
        parents=("0002_total", *draw(st.lists(st.just("0001_initial"), max_size=1))),
        operations=tuple(draw(st.lists(operations(), min_size=1, max_size=4))),
        atomic=draw(st.booleans()),
        body=draw(BODIES),
    )


@st.composite
def other_meanings(draw: st.DrawFn, written: Written) -> Written:
    """*written* with one thing that counts changed."""
    at = draw(st.integers(0, len(written.operations) - 1))
    before, after = written.operations[:at], written.operations[at + 1 :]
    runs = any("RunPython(fill" in operation for operation in written.operations)
    ways = ["replace", "remove", "add", "atomic", "parents", *(["body"] if runs else [])]
    how = draw(st.sampled_from(ways))
    match how:
        case "replace":
            others = operations().filter(lambda o: ast.dump(ast.parse(o)) != _dumped(written, at))
            return replace(written, operations=(*before, draw(others), *after))
        case "remove":
            return replace(written, operations=(*before, *after))
        case "add":
            return replace(written, operations=(*written.operations, draw(operations())))
        case "atomic":
            return replace(written, atomic=not written.atomic)
        case "body":
            return replace(written, body=draw(BODIES.filter(lambda b: b != written.body)))
        case _:
            return replace(written, parents=("0001_initial",))


def _dumped(written: Written, at: int) -> str:
    return ast.dump(ast.parse(written.operations[at]))


@st.composite
def other_spellings(draw: st.DrawFn, source: str) -> str:
    """*source* with another layout, other quotes, comments, docstrings and order of imports."""
    steps = draw(
        st.lists(
            st.sampled_from(
                [
                    _unparsed,
                    _quoted,
                    _commented,
                    _documented,
                    _imports_turned,
                    _annotated,
                    _keywords_turned,
                    _windows,
                ]
            ),
            min_size=1,
            max_size=4,
        )
    )
    for step in steps:
        source = step(source)
    return source


def _unparsed(source: str) -> str:
    return ast.unparse(ast.parse(source)) + "\n"


def _quoted(source: str) -> str:
    """Every plain text in three double quotes."""
    lines = source.splitlines(keepends=True)
    for token in reversed(_tokens(source)):
        if token.type != tokenize.STRING or token.start[0] != token.end[0]:
            continue
        if token.string[0] not in "'\"":
            continue
        text = str(ast.literal_eval(token.string)).replace("\\", "\\\\").replace('"', '\\"')
        row = lines[token.start[0] - 1]
        lines[token.start[0] - 1] = f'{row[: token.start[1]]}"""{text}"""{row[token.end[1] :]}'
    return "".join(lines)


def _commented(source: str) -> str:
    """A line of comment after each line that ends a statement or stands within brackets."""
    lines = source.splitlines(keepends=True)
    ends = {t.end[0] for t in _tokens(source) if t.type in (tokenize.NEWLINE, tokenize.NL)}
    return "".join(
        f"{line}   # why: 'so' \"it\" is\n\n" if number in ends else line
        for number, line in enumerate(lines, 1)
    )


def _documented(source: str) -> str:
    module = ast.parse(source)
    for node in [module, *ast.walk(module)]:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body.insert(0, ast.Expr(ast.Constant("What it does.")))
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _imports_turned(source: str) -> str:
    module = ast.parse(source)
    imports = [s for s in module.body if isinstance(s, ast.Import | ast.ImportFrom)]
    rest = [s for s in module.body if s not in imports]
    unused: ast.stmt = ast.Import([ast.alias("os.path")])
    for statement in imports:
        statement.names.reverse()
    head = [s for s in rest if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)]
    tail = [s for s in rest if s not in head]
    module.body = [*head, unused, *reversed(imports), *tail]
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _annotated(source: str) -> str:
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            node.returns = ast.Constant(None)
            for argument in node.args.args:
                argument.annotation = ast.Name("object")
        elif isinstance(node, ast.ClassDef):
            node.body = [
                ast.AnnAssign(target, ast.Name("object"), s.value, simple=1)
                if isinstance(s, ast.Assign) and isinstance(target := s.targets[0], ast.Name)
                else s
                for s in node.body
            ]
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _keywords_turned(source: str) -> str:
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            node.keywords.reverse()
    return ast.unparse(module) + "\n"


def _windows(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\n", "\r\n")


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(source).readline))


@st.composite
def broken(draw: st.DrawFn, source: str) -> bytes:
    """*source* with pieces cut out, doubled, or put in that do not belong there."""
    content = source.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 40)))
        piece = draw(
            st.one_of(
                st.just(b""),
                st.just(content[start:end] * 3),
                st.binary(max_size=4),
                st.sampled_from(
                    [
                        b"(",
                        b"]",
                        b'"""',
                        b"\x00",
                        b"\xff",
                        b"*",
                        b"**",
                        b"=",
                        b"\n",
                        b"\\",
                        b"yield ",
                        b"Migration",
                        b"operations",
                        b"lambda: ",
                        b"for x in y",
                        b"None",
                        b"{**a}",
                    ]
                ),
            )
        )
        content = content[:start] + piece + content[end:]
    return content
