"""Files that are made to take the square of their length, or numbers that Python refuses.

Time is told by the number of calls, which is the same on every machine.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

import pytest

from analyzers.config import Config
from analyzers.limits import CONTAINER_ITEMS
from analyzers.read.alembic.config_files import sections_of
from analyzers.read.alembic.env_transactions import begins_itself
from analyzers.read.alembic.linted import dictionaries
from analyzers.read.alembic.operations import read_calls
from analyzers.read.alembic.revisions import revision_meaning
from analyzers.read.alembic.roots import read_roots
from analyzers.read.cache import MemoryCache
from analyzers.read.django.field_kinds import FieldKinds
from analyzers.read.django.own_fields import own_fields
from analyzers.read.django.own_functions import OwnFunctions
from analyzers.read.django.shape import Shape
from analyzers.read.evaluator import Evaluator
from analyzers.read.lint_forms import unlinted
from analyzers.read.names import Names
from analyzers.read.project import Project
from analyzers.read.sql_mysql import one_by_one
from analyzers.read.values import Call, Opaque, Value
from analyzers.relate import function_names, uses
from analyzers.relate.alembic_values import values_in
from analyzers.relate.broken_imports import Imports
from analyzers.relate.class_methods import without_unnamed
from analyzers.relate.facts import Facts
from analyzers.relate.imported_definitions import with_definitions
from analyzers.relate.renames import twins
from analyzers.relate.texts import formatted
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import compare, files, revision
from tests.support.alembic_trees import findings as alembic_findings
from tests.support.lacking_worlds import MODELS, PROJECT, lacking
from tests.support.worlds import START, findings, migration, path

_HUGE = "0x" + "f" * 9000
RUN = "migrations.RunPython(run)"
_DOUBLED = "    x = [1]\n" + "    x = [x, x]\n" * 40


def read(text: str) -> Value:
    """What the reader takes ``X`` for at the end of a module whose functions are followed."""
    module = ast.parse(text)
    names = Names(module, name="shop.names")
    evaluator = Evaluator(names)
    OwnFunctions(module, names, evaluator)
    return evaluator.name("X")


@pytest.mark.parametrize(
    "text",
    [
        "int(1e999)",
        f"sum([{_HUGE}, 1.0])",
        f"str({_HUGE})",
        f"f'{{{_HUGE}}}'",
        f"'{{}}'.format({_HUGE})",
        "sum([[1], [2]], [])",
    ],
)
def test_what_python_refuses_is_not_known(text: str) -> None:
    assert isinstance(read(f"X = {text}\n"), Call | Opaque)


@pytest.mark.parametrize("text", ["sum([1, 2.5], 3)", "str(12)", "f'{12}'", "'{}'.format(12)"])
def test_what_python_gives_is_known(text: str) -> None:
    assert read(f"X = {text}\n") == eval(text)


def calls(make: Callable[[], object]) -> int:
    """How many functions are called while *make* runs, Python's own among them."""
    seen = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal seen
        seen += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        make()
    finally:
        sys.setprofile(before)
    return seen


def grows_with(made: Callable[[int], Callable[[], object]], size: int) -> bool:
    """Whether twice the *size* takes about twice the calls, and not four times as many."""
    return calls(made(2 * size)) < 3 * calls(made(size))


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "X = []\n" + "X += Y\n" * n,
        lambda n: "X = {}\n" + "X.update(Y)\n" * n,
        lambda n: "X = {}\nX.update(" + ",".join(f"a{i}=1" for i in range(n)) + ")\n",
        lambda n: (
            "A = 1\n"
            + "".join(f"def f{i}(): pass\n" for i in range(n))
            + f"X = [{', '.join(['A'] * n)}]\nA = 2\n"
        ),
    ],
    ids=["added", "updated", "keywords", "functions"],
)
def test_a_file_is_read_in_the_time_of_its_length(text: Callable[[int], str]) -> None:
    def made(size: int) -> Callable[[], object]:
        written = text(size)
        return lambda: read(written)

    assert grows_with(made, 1_000)


@pytest.mark.parametrize(
    "text",
    [
        f"A = [1] * {CONTAINER_ITEMS}\nX = sum([A] * {CONTAINER_ITEMS}, [])\n",
        f"def f():\n{_DOUBLED}    y = x == []\n    return y\nX = f()\n",
    ],
    ids=["sums", "doubled"],
)
def test_what_would_never_end_is_not_known(text: str) -> None:
    assert isinstance(read(text), Call | Opaque)


def test_the_class_of_many_fields_is_read_in_the_time_of_its_length() -> None:
    def made(size: int) -> Callable[[], object]:
        fields = "".join(f"    f{n} = Char(SIZE)\n" for n in range(size))
        tree = MemoryTree(
            {"shop/__init__.py": b"", "shop/m.py": f"class M:\n    SIZE = 7\n{fields}".encode()}
        )
        project = Project(tree)
        found = project.find_class("shop.m.M")
        assert found is not None
        asked = [s.value for s in found.node.body if isinstance(s, ast.Assign)][1:]

        def values() -> None:
            for node in asked:
                project.evaluate_in(found, node)

        return values

    assert grows_with(made, 500)


def test_a_revision_whose_function_doubles_its_values_is_read() -> None:
    text = (
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"def column():\n{_DOUBLED}    y = str(x == [])\n    return sa.Column(y, sa.Integer())\n"
        "def upgrade():\n    op.add_column('orders', column())\n"
    )

    assert read_calls(ast.parse(text), "upgrade", "postgresql", lambda _: None)


@pytest.mark.parametrize(
    "body",
    [
        lambda n: "".join(f"    f{i + 1} = lambda: (f{i}(), f{i}())\n" for i in range(n)) + f"    f{n}()\n",
        lambda n: "    f = lambda: f()\n" + "    f()\n" * n,
        lambda n: "".join(
            f"    def f{i + 1}():\n" + f"        if f{i}():\n            pass\n" * n for i in range(4)
        ) + "    if f4():\n        pass\n",
    ],
    ids=["doubled", "of themselves", "asked often"],
)  # fmt: skip
def test_functions_of_a_revision_are_followed_within_bounds(body: Callable[[int], str]) -> None:
    def made(size: int) -> Callable[[], object]:
        text = f"def upgrade():\n    def f0():\n        pass\n{body(size)}"
        module = ast.parse(text)
        return lambda: read_calls(module, "upgrade", "postgresql", lambda _: None)

    assert grows_with(made, 20)


def test_lists_of_mysql_are_read_in_the_time_of_their_length() -> None:
    def made(size: int) -> Callable[[], object]:
        text = "ALTER TABLE orders " + "ADD (a int), 'x' " * size
        return lambda: one_by_one(text)

    assert grows_with(made, 500)


def test_many_dictionaries_are_looked_for_in_the_time_of_their_length() -> None:
    def made(size: int) -> Callable[[], object]:
        module = ast.parse("".join(f"a{n} = {{}}\n" for n in range(size)))
        return lambda: dictionaries(module)

    assert grows_with(made, 500)


def test_the_statements_of_a_long_revision_are_planned_in_the_time_of_their_length() -> None:
    def made(size: int) -> Callable[[], object]:
        table = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
        added = [f'op.add_column("orders", sa.Column("c{n}", sa.Text()))' for n in range(size)]
        added.append('op.add_column("orders", sa.Column("last", sa.Text(), nullable=False))')
        head = {"migrations/versions/two.py": revision("b", "a", "\n".join(added))}
        world = compare(files(one=revision("a", None, table)), head=head)
        return lambda: review(world)

    assert grows_with(made, 100)


def test_the_file_that_is_missing_is_not_read_for_each_of_many_models() -> None:
    def made(size: int) -> Callable[[], object]:
        models = "".join(f"class M{n}(models.Model):\n    pass\n" for n in range(size))
        head = {"shop/models.py": f"{MODELS}{models}"}
        return lambda: lacking(PROJECT, head)

    assert grows_with(made, 100)


def test_many_directories_are_put_together_without_reading_each_anew() -> None:
    def made(size: int) -> Callable[[], object]:
        parts = {
            f"part{n}/versions/one.py": revision(
                f"r{n}", None, depends_on=f"r{n - 1}" if n else "a"
            )
            for n in range(size)
        }
        tree = MemoryTree({**files(one=revision("a", None)), **parts})

        def read_together() -> None:
            (root,) = read_roots(tree, MemoryCache(), alone=False)
            assert len(root.migrations) == size + 1

        return read_together

    assert grows_with(made, 100)


def test_an_enum_that_never_ends_is_no_type_of_known_values() -> None:
    assert values_in("enum(" + "'a'" * 200 + " x)") == ()


def test_revisions_of_one_id_that_move_are_not_all_compared_with_each_other() -> None:
    def made(size: int) -> Callable[[], object]:
        sides = []
        for name in ("old", "new"):
            texts = {f"{name}{n}": revision("a", None) for n in range(size)}
            (root,) = read_roots(MemoryTree(files(**texts)), MemoryCache(), alone=True)
            sides.append({migration.path: migration for migration in root.migrations})
        return lambda: twins(*sides)

    assert grows_with(made, 100)


def test_names_are_looked_for_in_a_module_of_thousands_of_levels() -> None:
    deep = b"import shop.models\nX = shop.models.total" + b"()" * 2200 + b"\n"
    tree = MemoryTree({"shop/__init__.py": b"", "shop/models.py": b"def total(): ...\n"})

    assert with_definitions(tree, deep, "one.py", frozenset({"total"})) == deep


def test_many_heads_are_told_apart_in_the_time_of_their_number() -> None:
    def made(size: int) -> Callable[[], object]:
        table = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
        heads = {f"h{n}": revision(f"h{n}", "a", branch_labels=(f"line{n}",)) for n in range(size)}
        base = files(one=revision("a", None, table), **heads)
        world = compare(base, head={"migrations/versions/two.py": revision("b", "h0")})
        return lambda: review(world)

    assert grows_with(made, 100)


def test_the_file_that_joins_many_heads_is_made_once() -> None:
    """It names all of them, and each of their findings would have it again."""
    heads = files(**{f"h{n}": revision(f"{n:012x}", "a") for n in range(30)})
    world = compare(files(one=revision("a", None)), head=heads)

    found = [f for f in review(world).findings if f.rule == "conflicting-leaf-nodes"]

    assert len(found) == 29
    assert [len(f.new_files) for f in found] == [1] + [0] * 28
    assert all(f"{n:012x}" in found[0].new_files[0].content for n in range(30))
    assert "and 9 more and 000000000000" in found[0].message


def test_a_migration_that_names_all_before_it_joins_no_lines() -> None:
    def made(size: int) -> Callable[[], object]:
        names = ["0002_total", *(f"{n:04}_note" for n in range(3, size))]
        altered = 'migrations.AlterField("order", "total", models.TextField())'
        line = {
            path(name): migration(before, operations=altered)
            for before, name in itertools.pairwise(names)
        }
        last = {path("9999_last"): migration(*names)}
        before, after = MemoryTree({**START, **line}), MemoryTree({**START, **line, **last})
        world = Comparison(merge_base=before, base=before, head=after, merged=after)
        return lambda: review(world)

    assert grows_with(made, 250)


def test_many_functions_are_numbered_in_the_time_of_their_length() -> None:
    def made(size: int) -> Callable[[], object]:
        functions = "".join(f"def f{n}(): pass\n" for n in range(size))
        module = ast.parse(functions + "x = 1\n" * size)
        return lambda: function_names.number(module.body, [])

    assert grows_with(made, 1_000)


def test_a_format_of_many_values_is_read_in_the_time_of_its_length() -> None:
    def made(size: int) -> Callable[[], object]:
        given = ", ".join(f"a{n}" for n in range(size))
        node = ast.parse(f"'{'{}' * size}'.format({given})", mode="eval").body

        def written() -> None:
            assert isinstance(formatted(node), ast.JoinedStr)

        return written

    assert grows_with(made, 1_000)


def test_methods_that_name_one_another_are_followed_in_the_time_of_their_length() -> None:
    def made(size: int) -> Callable[[], object]:
        methods = "".join(
            f"    @classmethod\n    def m{n}(cls):\n        cls.m{n + 1}()\n" for n in range(size)
        )
        head = "from django.db import migrations\nclass Own(migrations.RunSQL):\n"
        text = f"{head}{methods}".encode()

        def kept() -> None:
            assert without_unnamed(text, "shop/own.py", [b"m0"]) == text

        return kept

    assert grows_with(made, 500)


def test_many_classes_that_are_changed_are_read_in_the_time_of_their_length() -> None:
    def made(size: int) -> Callable[[], object]:
        text = "".join(f"class M{n}(Model):\n    pass\n" for n in range(size))
        text += "".join(f"M{n}._meta.x = 1\n" for n in range(size))
        project = Project(MemoryTree({"shop/__init__.py": b"", "shop/m.py": text.encode()}))
        kinds = FieldKinds(project)
        classes = [project.find_class(f"shop.m.M{n}") for n in range(size)]

        def changed() -> None:
            shapes = [(found, Shape()) for found in classes if found is not None]
            for found, shape in shapes:
                own_fields(project, kinds, found, shape)
            assert all(shape.incomplete for _, shape in shapes)

        return changed

    assert grows_with(made, 150)


def test_the_code_is_not_looked_through_for_each_of_many_mappings() -> None:
    def made(size: int) -> Callable[[], object]:
        named = "".join(f'D{n} = {{"name": 1}}\n' for n in range(size)).encode()
        others = {f"shop/m{n}.py": b"x = 1\n" * 20 for n in range(size)}
        tree = MemoryTree({"shop/b.py": named, **others})
        return lambda: uses.places(tree, "name")

    assert grows_with(made, 200)


def test_bound_metadata_is_followed_in_the_time_of_its_length() -> None:
    def made(size: int) -> Callable[[], object]:
        lines = "".join(
            f"m{n} = sa.MetaData(bind=op.get_bind())\nsa.Table('a', m{n}, autoload=True)\n"
            for n in range(size)
        )
        text = revision("3f9a1c07be52", None, lines).encode()
        return lambda: revision_meaning(text)

    assert grows_with(made, 150)


def test_what_metadata_is_bound_to_is_copied_only_where_it_is_short() -> None:
    """Each of them holds the one before it twice."""
    lines = "m0 = sa.MetaData(bind=op.get_bind())\n" + "".join(
        f"m{n + 1} = sa.MetaData(bind=f({', '.join([f'sa.Table(1, m{n}, autoload=True)'] * 2)}))\n"
        for n in range(60)
    )

    assert revision_meaning(revision("3f9a1c07be52", None, lines).encode())


def test_more_than_django_writes_in_reasonable_time_is_told_and_not_written() -> None:
    columns = "".join(f"    c{n} = models.TextField(null=True)\n" for n in range(1_100))
    head = {"shop/models.py": MODELS.replace("    class Meta:", f"{columns}    class Meta:")}

    (finding,) = lacking(PROJECT, head)

    assert len(finding.operations) == 1_100
    assert not finding.new_files
    assert "twostep makemigrations" not in finding.remedy


def test_many_fields_that_may_have_been_renamed_are_not_all_asked_about() -> None:
    old = "".join(f"    a{n} = models.TextField(null=True)\n" for n in range(120))
    first = {"shop/models.py": MODELS.replace("    class Meta:", f"{old}    class Meta:")}
    (made,) = lacking(PROJECT, first)
    start = {**PROJECT, **first, **{file.path: file.content for file in made.new_files}}

    (finding,) = lacking(
        start, {"shop/models.py": first["shop/models.py"].replace("    a", "    b")}
    )

    assert len(finding.operations) == 240
    assert len(finding.remedy) < 1_000


def test_a_migration_that_would_be_larger_than_is_read_is_not_written() -> None:
    choices = ", ".join(f"('{n:05}', '{n:05}')" for n in range(2_000))
    fields = "".join(f"    c{n} = models.TextField(null=True, choices=MANY)\n" for n in range(40))
    text = MODELS.replace("class Order(", f"MANY = [{choices}]\n\n\nclass Order(")
    head = {"shop/models.py": text.replace("    class Meta:", f"{fields}    class Meta:")}

    (finding,) = lacking(PROJECT, head)

    assert finding.operations
    assert not finding.new_files


@pytest.mark.parametrize("size", [2, 40])
def test_files_are_not_read_again_for_each_of_many_enum_types(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    added = [
        f'op.add_column("orders", sa.Column("c{n}", sa.Enum("a", name="kind{n}")))'
        for n in range(size)
    ]
    start = {
        **files(one=revision("a", None, "pass  # enum postgresql")),
        "app/models.py": "x = 1\n",
    }
    world = compare(
        start, head={"migrations/versions/two.py": revision("b", "a", "\n".join(added))}
    )
    asked = Counter[str]()
    read = MemoryTree.read

    def counted(tree: MemoryTree, path: str) -> bytes:
        asked[path] += 1
        return read(tree, path)

    monkeypatch.setattr(MemoryTree, "read", counted)
    told = [f for f in review(world).findings if f.rule == "enum-type-made-twice"]

    assert len(told) == size
    assert asked["app/models.py"] < 10


def test_many_modules_that_go_are_not_each_looked_for_in_each_migration() -> None:
    def made(size: int) -> Callable[[], object]:
        start = {path(f"{n:04}_x"): migration() for n in range(size)}
        gone = {f"orders/helper{n}.py": "x = 1\n" for n in range(size)}
        world = compare({**start, **gone}, head=dict.fromkeys(gone))
        imports = Imports(Facts(world, Config(), MemoryCache()))
        return lambda: [imports.broken(name) for name in start]

    assert grows_with(made, 150)


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "if a == 0: b()\n" + "".join(f"elif a == {i}: b()\n" for i in range(1, n // 4)),
        lambda n: "".join(f"{' ' * i}for a, b in c.items():\n" for i in range(n // 40)) + f"{' ' * (n // 40)}x = [{'1, ' * 9 * n}]\n",
    ],
    ids=["branches", "loops"],
)  # fmt: skip
def test_what_linters_rewrite_is_undone_in_the_time_of_its_length(
    text: Callable[[int], str],
) -> None:
    def made(size: int) -> Callable[[], object]:
        module = ast.parse(text(size))
        return lambda: unlinted(module)

    assert grows_with(made, 1_000)


@pytest.mark.parametrize(
    "text", ["'" + 'a' * 2_000 + "'.join([" + "''," * 2_000 + '])', f"'{'a' * 2_000}'.split('a')"]
)  # fmt: skip
def test_no_text_is_made_that_is_the_square_of_what_stands_there(text: str) -> None:
    module = ast.parse(text)
    before = ast.dump(module)
    assert ast.dump(unlinted(module)) == before


def test_an_env_py_of_many_transactions_is_read_in_the_time_of_its_length() -> None:
    def made(size: int) -> Callable[[], object]:
        module = ast.parse("context.run_migrations()\n" * size + "a = connection.begin()\n" * size)
        return lambda: begins_itself(module)

    assert grows_with(made, 100)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[tool.alembic]\nscript_location = 'a'\nx = " + "9" * 5000),
        ("pyproject.toml", "[tool.alembic]\n" + "a." * 50_000 + "b = 1"),
        ("alembic.ini", "[alembic]\nscript_location = a\ntruncate_slug_length = " + "9" * 5000),
    ],
    ids=["number", "key", "length"],
)
def test_a_configuration_of_alembic_that_costs_too_much_says_nothing(path: str, text: str) -> None:
    found = sections_of(MemoryTree({path: text}), path, MemoryCache())

    assert all(section.truncate_slug is None for section in found)
    assert len(found) == (path == "alembic.ini")


def test_a_number_that_python_does_not_write_ends_no_review() -> None:
    def runs(number: str) -> str:
        return revision("3f9a1c07be52", None, f"op.execute({number})")

    def edited(number: str) -> int:
        both = compare(files(one=runs(_HUGE)), head=files(one=runs(number)))
        return len(alembic_findings(both, "committed-migration-edited"))

    assert (edited(_HUGE), edited(f"{_HUGE} "), edited(f"{_HUGE}0")) == (0, 0, 1)
    code = "def run(apps, schema_editor):\n    go({})\n\n\n"
    start = {path("0001_initial"): migration(before=code.format(_HUGE), operations=RUN)}
    head = {path("0001_initial"): migration(before=code.format(f"{_HUGE}0"), operations=RUN)}
    assert [f.rule for f in findings(start, head=head)] == ["committed-migration-edited"]
