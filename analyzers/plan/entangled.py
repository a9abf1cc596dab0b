"""Operations of one pull request that cannot be taken apart one by one, as they work on one thing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from analyzers.plan.source import Written

_OF_FIELDS = frozenset({"AddField", "AlterField", "RemoveField", "RenameField"})
_OF_MODELS = frozenset(
    {
        "CreateModel",
        "DeleteModel",
        "AlterModelTable",
        "AlterModelOptions",
        "AlterModelManagers",
        "AlterOrderWithRespectTo",
        "AlterUniqueTogether",
        "AlterIndexTogether",
    }
)
_FAR = frozenset({"RenameModel", "RenameField", "CreateModel", "AlterModelTable", "DeleteModel"})
"""What may be entangled with an operation that works on no field of its own."""
_OF_STATE = frozenset({"AlterModelOptions", "AlterModelManagers"})


def entangled(operations: Sequence[tuple[str, Written]]) -> str:
    """
    Why no files can be written for *operations*, each given with its app's label; empty where they can.

    Each operation is taken apart as if it were alone: the files of one do not
    know of a name that another one changes, nor of a column that it puts in a place of its own.
    """
    far: list[int] = []
    by_field: dict[tuple[str, str], list[int]] = {}
    for number, (app, one) in enumerate(operations):
        own = _fields(one)
        # All others share something with it only by a field of both.
        near = {before for field in own for before in by_field.get(field, ())}
        before = range(number) if one.name in _FAR else sorted({*far, *near})
        for field in own:
            by_field.setdefault(field, []).append(number)
        if one.name in _FAR or any(_told(one)):
            far.append(number)
        for other_app, other in (operations[each] for each in before):
            if app == other_app and (shared := _shared(other, one)):
                return f"{shared} in one pull request: no files are written for it; bring {other.name} and {one.name} in pull requests of their own"
    return ""


def _shared(first: Written, second: Written) -> str:
    """What both work on, as the beginning of a sentence; empty: nothing."""
    models, fields = _told(first)
    known = [*(models & {*_models(second)}), *(".".join(f) for f in fields & _said_fields(second))]
    if known:
        return (
            f"{first.name} tells the models' state of {min(known)}, and {second.name} works on it"
        )
    for one, other in ((first, second), (second, first)):
        if one.name == "RenameModel" and set(_models(one)) & set(_models(other)):
            return f"the model {next(_models(one))} is renamed and changed"
        if one.name == "RenameModel" and (said := _spoken_of(other, _models(one))):
            return f"the model {next(_models(one))} is renamed and {said} speaks of it"
        if one.name == "RenameField" and (
            said := _spoken_of(other, (name for _, name in _fields(one)))
        ):
            return (
                f"the field {'.'.join(sorted(_fields(one))[0])} is renamed and {said} speaks of it"
            )
        if (
            one.name == "CreateModel"
            and other.name in {"RemoveField", "RenameField"}
            and set(_models(one)) & set(_models(other))
        ):
            return f"the model {next(_models(one))} is made and changed"
        if one.name in {"AlterModelTable", "DeleteModel"} and other.name not in _OF_STATE:
            model = set(_models(one)) & set(_models(other))
            if model and (one.name == "AlterModelTable" or other.name == "CreateModel"):
                made = "given another table" if one.name == "AlterModelTable" else "made anew"
                return f"the model {sorted(model)[0]} is {made} and changed"
        if one.name == "RenameField" and (named := _fields(one) & _said_fields(other)):
            return f"the field {'.'.join(sorted(named)[0])} is renamed and used"
    if twice := _fields(first) & _fields(second):
        return f"the field {'.'.join(sorted(twice)[0])} is changed twice"
    return ""


def _told(written: Written) -> tuple[set[str], set[tuple[str, str]]]:
    """The models, in small letters, and the fields that an operation makes or renames in the models' state alone."""
    done = written.argument("database_operations", 0)
    said = written.argument("state_operations", 1)
    empty = done is None or (isinstance(done, ast.List | ast.Tuple) and not done.elts)
    if (
        written.name != "SeparateDatabaseAndState"
        or not empty
        or not isinstance(said, ast.List | ast.Tuple)
    ):
        return set(), set()
    inner = [Written(call, written.module) for call in said.elts if isinstance(call, ast.Call)]
    models = {
        n for one in inner if one.name in {"CreateModel", "RenameModel"} for n in _models(one)
    }
    return models, {field for one in inner for field in _fields(one)}


def _spoken_of(written: Written, names: Iterable[str]) -> str:
    """What of the code or the SQL that an operation runs speaks of one of *names*; empty: nothing."""
    code = written.argument("code", 0) if written.name == "RunPython" else None
    if isinstance(code, ast.Name):
        text = "\n".join(
            ast.unparse(node)
            for node in written.module.body
            if isinstance(node, ast.FunctionDef) and node.name == code.id
        )
    elif written.name == "RunSQL":
        text = ast.unparse(written.call)
    else:
        return ""
    words = {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", text)} | {
        word.lower() for word in re.findall(r"\w+", text)
    }
    what = ast.unparse(code) if code is not None else "SQL"
    return what if words & {name.lower() for name in names} else ""


def _models(written: Written) -> Iterator[str]:
    """The models that an operation names, in small letters."""
    if written.name == "RenameModel":
        names = (written.text_argument("old_name", 0), written.text_argument("new_name", 1))
    elif written.name in _OF_MODELS:
        names = (written.text_argument("name", 0), None)
    else:
        names = (written.text_argument("model_name", 0), None)
    yield from (name.lower() for name in names if name)


def _fields(written: Written) -> set[tuple[str, str]]:
    """Model and name of the fields that an operation works on."""
    model = next(_models(written), None)
    if written.name not in _OF_FIELDS or model is None:
        return set()
    names = (
        (written.text_argument("old_name", 1), written.text_argument("new_name", 2))
        if written.name == "RenameField"
        else (written.text_argument("name", 1),)
    )
    return {(model, name) for name in names if name}


def _said_fields(written: Written) -> set[tuple[str, str]]:
    """As ``_fields``, with those that an index, a constraint or an option is made of."""
    model = next(_models(written), None)
    if model is None or written.name in {"CreateModel", "DeleteModel"}:
        return set()
    said = {
        node.value
        for node in ast.walk(written.call)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return _fields(written) or {(model, name.lstrip("-").partition("__")[0]) for name in said}
