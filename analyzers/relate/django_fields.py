"""
Fields in the form in which Django compares them, and whether two are the same.

What is written in a model and what stands in a migration are brought to what
``Field.deconstruct`` would give: arguments by name, defaults dropped, choices
as pairs. ``same`` answers True, False, or None where it cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from analyzers.frozen import dataclass
from analyzers.read.django.columns import encrypted
from analyzers.read.django.field_arguments import FIELD, POSITIONAL, is_default
from analyzers.read.django.field_classes import FieldClass
from analyzers.read.django.stream_blocks import STREAM_FIELDS
from analyzers.read.evaluator import PARTIAL
from analyzers.read.values import Call, Opaque, Ref, Value, as_text, canonical, known
from analyzers.relate.list_validators import list_validator
from analyzers.relate.moments import moment
from analyzers.relate.sums import combined, is_order_or_name, order

NOT_KEPT = frozenset({"name", "rel", "symmetrical", "swappable", "from_fields", "to_fields"})
"""Arguments that migrations do not hold, or that say nothing of their own."""

RELATION_OF = "twostep.relation_of"
"""In the sources of libraries: what the field of a model leads to."""

BY_VERSION = "twostep.by_version"
"""There: what some versions of a library set and others do not."""

RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})


@dataclass(frozen=True, slots=True)
class NormalField:
    """A field's class, by dotted path, and its arguments by name without the defaults."""

    cls: str
    arguments: Mapping[str, Value]
    known: bool
    """Whether the class is Django's own, so that nothing else can change its arguments."""
    follows: str | None = None
    """Django's class above one of which is read what it makes of its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What names mean around a field: its app and model, and how to name other models."""

    app: str
    model: str
    default_related_name: str | None = None
    user_model: str | None = None
    label_of: Callable[[str], str | None]
    plain: Callable[[Value], Value]
    choices_of: Callable[[str], Value | None]
    class_of: Callable[[str], FieldClass | None] = lambda _: None
    """What is known of a field class of the project."""
    relation_of: Callable[[str, str], Value] = lambda _, name: Opaque(f"?.{name}")
    """The target of the relation *name* of the model ``label.name``."""


def is_django_field(cls: str) -> bool:
    """Whether *cls* is a field class of Django itself."""
    return cls.startswith(("django.db.models.", "django.contrib."))


def normal_field(value: Call, context: Context) -> NormalField:
    """*value* as ``deconstruct`` would give it."""
    if value.func.startswith("django.conf.settings."):
        # ``import_string(settings.DEFAULT_AUTO_FIELD)(...)``
        named = context.plain(Ref(value.func))
        value = replace(value, func=canonical(named)) if isinstance(named, str) else value
    kept = encrypted(value)
    if kept is not None:
        return NormalField(value.func, {"base_field": _normal_call(kept, context)}, known=True)
    django = is_django_field(value.func)
    own_class = None if django else context.class_of(value.func)
    written = own_class.written(value) if own_class is not None else None
    last = value.func.rpartition(".")[2]
    given: dict[str, Value]
    if own_class is not None and written is not None:
        last = own_class.django
        value = written
        given = {f"*{i}": a for i, a in enumerate(value.args)}
    elif django or last in POSITIONAL or _only_a_name(value):
        given = dict(zip(POSITIONAL.get(last, FIELD), value.args, strict=False))
    else:
        given = {f"*{i}": a for i, a in enumerate(value.args)}
    given.update(value.kwargs)
    if last == "CompositePrimaryKey" and django:
        # Everything else about it is as Django has it.
        given = {"field_names": list(value.args)}
    dropped = NOT_KEPT - {"from_fields", "to_fields"} if last == "ForeignObject" else NOT_KEPT
    given = {k: context.plain(v) for k, v in given.items() if k not in dropped}
    if last == "EmailField":
        given.setdefault("max_length", 254)
    if last == "UUIDField" and django:
        # The class sets it itself, whatever is given.
        given.pop("max_length", None)
    if last == "NullBooleanField":
        given.pop("null", None)
        given.pop("blank", None)
    if given.get("auto_now") is True or given.get("auto_now_add") is True:
        given.pop("editable", None)
        given.pop("blank", None)
    if given.get("parent_link") is True:
        # Django makes the link to a parent with a table of its own the key.
        given.pop("primary_key", None)
    if "choices" in given:
        given["choices"] = _choices(given["choices"], context)
    if last in RELATIONS or "to" in given or "through" in given:
        _relation(given, context, last)
    if written is None:
        # What the class's own ``deconstruct`` keeps is another default than Django's.
        given = {k: v for k, v in given.items() if not is_default(last, k, v)}
    base = given.get("base_field")
    if isinstance(base, Call):
        given["base_field"] = _normal_call(base, context)
    follows = own_class.django if own_class is not None and written is not None else None
    return NormalField(value.func, given, django, follows)


def _normal_call(value: Call, context: Context) -> Call:
    inner = normal_field(value, context)
    return Call(inner.cls, (), tuple(sorted(inner.arguments.items())))


def _only_a_name(value: Call) -> bool:
    """Whether a field class of the project is given nothing but a name by position."""
    if value.func in STREAM_FIELDS:
        # Its blocks, which may be a class.
        return False
    return not value.args or (
        len(value.args) == 1 and not isinstance(value.args[0], list | tuple | dict | Call | int)
    )


def _relation(given: dict[str, Value], context: Context, cls: str) -> None:
    if "to" in given:
        given["to"] = target(given["to"], context)
    if given.get("through") is not None:
        given["through"] = target(given["through"], context)
    to = given.get("to")
    if isinstance(to, Call) and to.func == RELATION_OF:
        model, name = target(to.args[0], context), to.args[1]
        known = isinstance(model, str)
        given["to"] = context.relation_of(model, name) if known else Opaque(f"?.{name}")
    related = as_text(given.get("related_name"))
    if related is None and context.default_related_name is not None:
        related = context.default_related_name
    if isinstance(related, str):
        given["related_name"] = _patterned(related, context)
    if (
        cls not in {"ForeignKey", "OneToOneField"}
        and given.get("related_name") == "+"
        and given.get("to") == f"{context.app}.{context.model}".lower()
    ):
        # Many of a model with many of it have a hidden way back, which older Djangos wrote down.
        given.pop("related_name")
    if isinstance(given.get("related_query_name"), str):
        given["related_query_name"] = _patterned(given["related_query_name"], context)


def _patterned(text: str, context: Context) -> str:
    if text.endswith("+"):
        # Hidden relations: what stands before the plus has changed with Django's versions.
        return "+"
    app, model = context.app.lower(), context.model.lower()
    return (
        text.replace("%(app_label)s", app)
        .replace("%(class)s", model)
        .replace("%(model_name)s", model)
    )


def target(value: Value, context: Context) -> Value:
    """A relation's target as ``label.name`` in lower case; ``@user`` for the swappable user model."""
    name: str
    value = as_text(value)
    match value:
        case "self":
            name = f"{context.app}.{context.model}"
        case str() if "." in value:
            name = value
        case str():
            name = f"{context.app}.{value}"
        case Ref(name="django.conf.settings.AUTH_USER_MODEL"):
            return USER
        case Call(func=func) if func.endswith(".get_user_model"):
            return USER
        case Ref(name=dotted):
            found = context.label_of(dotted)
            if found is None:
                return Opaque(f"?.{dotted.rpartition('.')[2].lower()}")
            name = found
        case _:
            return value
    lower = name.lower()
    if context.user_model is not None and lower == context.user_model.lower():
        return USER
    return lower


USER = "@user"


def _choices(value: Value, context: Context) -> Value:
    if isinstance(value, Ref):
        found = context.choices_of(value.name)
        if found is None:
            return value
        value = context.plain(found)
    if isinstance(value, dict):
        value = list(value.items())
    if not isinstance(value, list | tuple):
        return value
    pairs: list[Value] = []
    for pair in value:
        if isinstance(pair, list | tuple) and len(pair) == 2:
            key, label = pair
            if isinstance(label, dict):
                label = list(label.items())
            pairs.append((key, label))
        else:
            pairs.append(pair)
    return pairs


Exact = Callable[[str], bool]
"""Whether migrations hold what the constructor of a class was given, as it was given."""


CLOCKS = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "django.utils.timezone.now",
    }
)
"""Functions with one place each; others of one name may be one function that is brought to several."""


def same(one: Value, two: Value, depth: int = 0, exact: Exact = lambda _: False) -> bool | None:
    """Whether two values are the same to a migration; None where that cannot be known."""
    if depth > 30:
        return None
    if isinstance(one, Opaque) or isinstance(two, Opaque):
        if one == two:
            return True
        texts = [v.text if isinstance(v, Opaque) else v for v in (one, two)]
        if all(isinstance(t, str) for t in texts) and any(t.startswith("?.") for t in texts):
            # A model whose app is not known: its name is all there is to compare.
            a, b = (t.rpartition(".")[2] for t in texts)
            return True if a == b else None
        return None
    if isinstance(one, Ref) and isinstance(two, Ref):
        if CLOCKS.issuperset((one.name, two.name)):
            return one == two
        return one == two or one.name.rpartition(".")[2] == two.name.rpartition(".")[2]
    if isinstance(one, Call) and isinstance(two, Call):
        return _same_calls(one, two, depth, exact)
    if isinstance(one, Call) or isinstance(two, Call):
        call, other = (one, two) if isinstance(one, Call) else (two, one)
        if call.func == PATTERN:
            return False if isinstance(other, str) else None
        if call.func == PARTIAL and _plain(other):
            return False
        if call.func in _SETS and isinstance(other, Ref) and other.name.startswith(_DELETIONS):
            return False
        if moment(call) is not None and (
            (isinstance(other, Ref) and other.name in CLOCKS) or _plain(other)
        ):
            return False
        if isinstance(other, str) and is_order_or_name(call):
            return False
        counted = call.func == "Q" and _counted(call)
        return False if counted and _is_lookup(other) else None
    if isinstance(one, Ref) or isinstance(two, Ref):
        other = two if isinstance(one, Ref) else one
        # A name against a constant: only a name that is certainly a callable differs for sure.
        name = one.name if isinstance(one, Ref) else two.name
        if name.startswith("builtins.") or isinstance(other, bool):
            return False
        return None
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        if len(one) != len(two):
            return None if _unclear(one) or _unclear(two) else False
        return _all(same(a, b, depth + 1, exact) for a, b in zip(one, two, strict=True))
    if isinstance(one, dict) and isinstance(two, dict):
        if set(map(repr, one)) != set(map(repr, two)):
            return False
        others = {repr(k): v for k, v in two.items()}
        return _all(same(v, others[repr(k)], depth + 1, exact) for k, v in one.items())
    if isinstance(one, set | frozenset) and isinstance(two, set | frozenset):
        return one == two
    if isinstance(one, bytes) != isinstance(two, bytes):
        # Migrations of Python 2 wrote bytes for what is text now.
        texts = [v.decode(errors="replace") if isinstance(v, bytes) else v for v in (one, two)]
        return bool(texts[0] == texts[1])
    if USER in (one, two) and one != two:
        # Which model the setting names may not be known.
        return None
    return bool(one == two)


def by_database(argument: str, value: Value) -> bool:
    """Whether *argument* says that the database does it (``DB_CASCADE``, since Django 6.1), where else Django would."""
    if argument != "on_delete" or not isinstance(value, Ref):
        return False
    return value.name.startswith(_DELETIONS) and value.name.rpartition(".")[2].startswith("DB_")


def _plain(value: Value) -> bool:
    return value is None or isinstance(value, str | int | float)


def _unclear(value: list[Value] | tuple[Value, ...]) -> bool:
    return any(isinstance(v, Opaque) for v in value)


def _all(answers: object) -> bool | None:
    result: bool | None = True
    for answer in answers:  # type: ignore[attr-defined]
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


PATTERN = "re.compile"
_DELETIONS = "django.db.models."
_SETS = frozenset({f"{_DELETIONS}SET", f"{_DELETIONS}deletion.SET"})
"""What a foreign key becomes when its target goes, where that is a value of the project's own."""


def _same_calls(one: Call, two: Call, depth: int, exact: Exact) -> bool | None:
    if one == two:
        return True
    a, b = in_one_spelling(one), in_one_spelling(two)
    if a == b:
        return True
    name, other = a.func.rpartition(".")[2], b.func.rpartition(".")[2]
    if a.func == b.func == PATTERN:
        patterns = [known(c) and c.args and isinstance(c.args[0], str) for c in (a, b)]
        return False if all(patterns) else None
    if moment(one) is not None and moment(two) is not None:
        return False
    if name[:1].islower() or other[:1].islower():
        # A function's result is not known, whatever its arguments are.
        return None
    if name != other:
        # Of two of the project's own, code that is not read may put one in the other's place.
        own = [c.func for c in (a, b) if not c.func.startswith("django.")]
        return False if not own or (len(own) == 1 and exact(own[0])) else None
    if len(a.args) != len(b.args) or {k for k, _ in a.kwargs} != {k for k, _ in b.kwargs}:
        certain = (
            a.func.startswith("django.core.validators.")
            or (a.func == b.func and known(a) and known(b) and exact(a.func))
            or (a.func == b.func == "Q" and _counted(a) and _counted(b))
        )
        return False if certain else None
    others = dict(b.kwargs)
    answer = _all(
        [
            *(same(x, y, depth + 1, exact) for x, y in zip(a.args, b.args, strict=True)),
            *(same(v, others[k], depth + 1, exact) for k, v in a.kwargs),
        ]
    )
    if answer is False and a.func == b.func == "Q" and not (_counted(a) and _counted(b)):
        return None
    kept = a.func == "Q" or a.func.startswith(("django.", "decimal."))
    if answer is False and not kept and not (a.func == b.func and exact(a.func)):
        return None
    return answer


# -- conditions and expressions --------------------------------------------------------------


def _counted(call: Value) -> bool:
    """Whether *call* is a condition of which each term is seen: with another number of them it is another one."""
    if not isinstance(call, Call):
        return False
    if call.func != "Q":
        return call.func.startswith("django.")
    return all(_is_lookup(term) or _counted(term) for term in call.args)


def _is_lookup(term: Value) -> bool:
    return isinstance(term, list | tuple) and len(term) == 2 and isinstance(term[0], str)


def simplified(call: Call, *, exact: bool = False) -> Call:
    """
    What migrations hold of *call*, such as Django's ``Q`` for conditions joined by operators.

    To a database the tuples in a condition are lists; *exact* leaves them, as Django writes
    them, and before 5.0 compares them.
    """
    node = _q(call, exact=exact)
    if node is not None:
        return node
    if call.func == PATTERN and len(call.args) == 2 and call.args[1] in (0, 32):
        # What a pattern of text has without a word.
        return Call(PATTERN, call.args[:1])
    return list_validator(call) or moment(call) or combined(call) or call


def in_one_spelling(call: Call) -> Value:
    """*call* for comparing: simplified, and a decimal as its number alone."""
    if call.func == "decimal.Decimal" and len(call.args) == 1 and not call.kwargs:
        number = call.args[0]
        if isinstance(number, int | float | str):
            return Call(call.func, (_number(number),))
    return order(call) or _flat(simplified(call))


def _flat(value: Value) -> Value:
    """A condition without brackets that say nothing: Django's versions differ in which they write."""
    if not _is_q(value):
        return value
    connector, negated = value.get("connector"), value.get("negated")
    terms: list[Value] = []
    for term in map(_flat, value.args):
        joins = _is_q(term) and not term.get("negated")
        if joins and (term.get("connector") == connector or len(term.args) <= 1):
            terms.extend(term.args)
        else:
            terms.append(term)
    if len(terms) == 1 and _is_q(terms[0]):
        (only,) = terms
        outer = ("connector", only.get("connector")), ("negated", negated != only.get("negated"))
        return Call("Q", only.args, outer)
    said = (("connector", connector if len(terms) > 1 else "AND"), ("negated", negated))
    return Call("Q", tuple(terms), said)


def _is_q(value: Value) -> bool:
    return isinstance(value, Call) and value.func == "Q"


def _number(given: float | str) -> str:
    """*given* as ``Decimal`` takes it, in one spelling: what is equal is the same default."""
    try:
        sign, digits, exponent = Decimal(given).as_tuple()
    except InvalidOperation:
        return str(given)
    text = "".join(map(str, digits)).lstrip("0")
    if not isinstance(exponent, int):
        # Infinite, or not a number.
        return f"{'-' * sign}{exponent}{text}"
    if not text:
        return "0"
    bare = text.rstrip("0")
    return f"{'-' * sign}{bare}e{exponent + len(text) - len(bare)}"


def _q(value: Value, depth: int = 0, *, exact: bool = False) -> Call | None:
    if not isinstance(value, Call) or depth > 20:
        return None
    last = value.func.rpartition(".")[2]
    if value.func == "operator.Invert" and len(value.args) == 1:
        inner = _q(value.args[0], depth + 1, exact=exact)
        if inner is None:
            return None
        return Call(
            "Q",
            inner.args,
            tuple((k, (not v) if k == "negated" else v) for k, v in inner.kwargs),
        )
    if value.func in {"operator.BitAnd", "operator.BitOr", "operator.BitXor"}:
        connector = {"BitAnd": "AND", "BitOr": "OR", "BitXor": "XOR"}[last]
        sides = [_q(a, depth + 1, exact=exact) for a in value.args]
        if any(s is None for s in sides):
            return None
        return _joined(connector, False, [s for s in sides if s is not None])
    if last != "Q" or not value.func.startswith("django."):
        return None
    children: list[Value] = []
    negated, connector = False, "AND"
    for argument in value.args:
        inner = _q(argument, depth + 1, exact=exact)
        if inner is not None:
            children.append(inner)
        elif isinstance(argument, list | tuple) and len(argument) == 2:
            children.append((argument[0], argument[1] if exact else _listed(argument[1])))
        else:
            children.append(argument)
    for key, argument in sorted(value.kwargs, key=lambda kv: kv[0]):
        if key == "_negated":
            negated = argument is True
        elif key == "_connector":
            connector = argument
        else:
            children.append((key, argument if exact else _listed(argument)))
    return _joined(connector, negated, children)


def _listed(value: Value) -> Value:
    return list(value) if isinstance(value, tuple) else value


def _joined(connector: str, negated: bool, children: list[Value]) -> Call:
    flat: list[Value] = []
    for child in children:
        if isinstance(child, Call) and child.func == "Q":
            inner_connector, inner_negated = child.get("connector"), child.get("negated")
            if not inner_negated and (inner_connector == connector or len(child.args) <= 1):
                flat.extend(child.args)
                continue
            if inner_negated and len(children) == 1:
                return Call(
                    "Q", child.args, (("connector", inner_connector), ("negated", not negated))
                )
        flat.append(child)
    if len(flat) <= 1:
        connector = "AND"
    return Call("Q", tuple(flat), (("connector", connector), ("negated", negated)))
