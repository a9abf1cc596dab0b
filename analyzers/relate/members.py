"""Indexes, constraints and sets of columns in one spelling, so that they can be compared."""

from __future__ import annotations

from analyzers.read.values import Call, Ref, Value
from analyzers.relate.django_fields import same, simplified
from analyzers.relate.gaps import is_opaque, source


def together(value: Value) -> frozenset[tuple[str, ...]] | None:
    """``unique_together`` and its like as a set of groups; None where it is not known."""
    if not value:
        return frozenset()
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    items = list(value)
    if all(isinstance(i, str) for i in items):
        return frozenset({tuple(items)})
    if not all(isinstance(i, list | tuple) and all(isinstance(f, str) for f in i) for i in items):
        return None
    return frozenset(tuple(i) for i in items)


def normal_member(call: Call, *, exact: bool = False) -> Call:
    """
    An index or constraint with its arguments in one order and one spelling.

    With *exact* tuples stay tuples: so it is written.
    """
    kwargs: dict[str, Value] = {}
    args = call.args
    if len(args) == 1 and isinstance(args[0], list | tuple):
        # Before Django 3.2 the fields of an index could be its first argument.
        kwargs["fields"], args = list(args[0]), ()
    # A name among the expressions is short for F() of it.
    args = tuple(Call("django.db.models.F", (a,)) if isinstance(a, str) else a for a in args)
    for name, value in call.kwargs:
        key = "condition" if name == "check" else name
        if value is None or value in ([], ()):
            continue
        if key == "db_tablespace" and not exact:
            continue
        kwargs[key] = (
            simplified(value, exact=exact)
            if isinstance(value, Call)
            else (list(value) if isinstance(value, tuple) and not exact else value)
        )
    return Call(call.func, args, tuple(sorted(kwargs.items())), call.line, call.end_line)


def name_of(member: Call) -> str:
    """The name of an index or constraint, or its fields where Django is to name it."""
    name = member.get("name")
    return name if isinstance(name, str) else source(member.get("fields"))


def same_member(one: Call, two: Call) -> bool | None:
    """Whether two are one to a database; None where that cannot be known."""
    if one.func.rpartition(".")[2] != two.func.rpartition(".")[2]:
        return False
    a, b = dict(one.kwargs), dict(two.kwargs)
    if "name" not in a or "name" not in b:
        # Django makes a name from the table and the fields: the rest is what can be compared.
        a.pop("name", None)
        b.pop("name", None)
    if a.get("name") != b.get("name") and isinstance(a.get("name"), str):
        return None if is_opaque(b.get("name")) or isinstance(b.get("name"), Ref) else False
    if set(a) != set(b):
        return False
    answers = [same(a[k], b[k]) for k in a]
    answers.append(same(one.args, two.args))
    if any(x is False for x in answers):
        return False
    return True if all(answers) else None
