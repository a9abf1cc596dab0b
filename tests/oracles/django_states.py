"""
Models and states of published packages against Django's own, field by field.

    python -m tests.oracles.django_states

For each package Django builds, in a process of its own, the state of every
model from its class and from its migrations; the same is read from the sources.
A field agrees, is opaque (the reader says that it does not know), or is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.read.django.models import ModelClass
from analyzers.read.project import Sources
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_fields import Context, normal_field, same
from analyzers.relate.django_state import ALTERABLE
from analyzers.relate.facts import Snapshot
from analyzers.relate.missing import View
from analyzers.trees import MemoryTree
from tests.oracles.django_loader import FOLDER, PACKAGES, Package, asked, install

ABSENT = Opaque("(absent)")
NOT_COMPARED = frozenset({"auto_created", "serialize", "swappable", "db_tablespace"})


def decoded(value: Any) -> Value:
    """What ``_django_encoded`` wrote, as one of the reader's values."""
    if not isinstance(value, dict):
        return value
    match value:
        case {"list": items}:
            return [decoded(v) for v in items]
        case {"tuple": items}:
            return tuple(decoded(v) for v in items)
        case {"dict": pairs}:
            return {_key(decoded(k)): decoded(v) for k, v in pairs}
        case {"ref": name}:
            return Ref(name)
        case {"call": path, "args": args, "kwargs": kwargs}:
            return Call(path, tuple(map(decoded, args)), tuple((k, decoded(v)) for k, v in kwargs))
        case _:
            return Opaque(str(value.get("other")))


def _key(value: Value) -> Value:
    return value if isinstance(value, str | int | float | tuple | None) else repr(value)


def measure(package: Package, folder: Path | None) -> tuple[Counter[str], list[str]]:
    """Counts by side (``models`` and ``state``) and verdict, and what is wrong in words."""
    truth = asked(package, folder, states=True)
    files = {
        str(path.relative_to(Path(name).parent)): path.read_bytes()
        for name in truth["folders"]
        for path in Path(name).rglob("*.py")
    }
    config = Config(
        django=DjangoConfig(
            auth_user_model="auth.User", default_auto_field="django.db.models.AutoField"
        )
    )
    snapshot = Snapshot(MemoryTree(files), config, MemoryCache())
    view = View(snapshot.tree, snapshot.django, snapshot.django_graph, config, Sources())
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for label, real in truth["models"].items():
        app, _, name = label.partition(".")
        model = view.models.found.get((app, name))
        if model is None:
            # Apps without migrations have no place in a review.
            continue
        fields = {n: d.value for n, d in model.fields.items()}
        context = view.context(model)
        whole = not model.incomplete
        _compare("models", label, real, fields, model.options, context, whole, counts, wrong)
    unread = {u.app for u in view.state.unread}
    for label, real in truth["state"].items():
        app, _, name = label.partition(".")
        state = view.state.models.get((app, name))  # type: ignore[call-overload]
        if state is None:
            if app not in unread and any(a.name == app for a in view.reading.apps):
                wrong.append(f"state {label}: not found")
            continue
        seen = view.models.found.get((app, name))
        context = view.context(seen if seen is not None else _stand_in(app, name))
        _compare(
            "state",
            label,
            real,
            state.fields,
            state.options,
            context,
            state.complete and app not in unread,
            counts,
            wrong,
        )
    return counts, wrong


def _stand_in(app: str, name: str) -> ModelClass:
    return ModelClass(app=app, label=app, name=name, dotted=f"{app}.{name}", path="", line=1)


def _compare(
    side: str,
    label: str,
    real: Mapping[str, Any],
    fields: Mapping[str, Value],
    options: Mapping[str, Value],
    context: Context,
    whole: bool,
    counts: Counter[str],
    wrong: list[str],
) -> None:
    there = dict(real["fields"])
    for name, said in there.items():
        counts[f"{side} fields"] += 1
        if name not in fields:
            automatic = said["call"].endswith("AutoField") or name.endswith("_ptr")
            if side == "models" and automatic:
                # Django's own keys: the comparison adds them where they matter.
                counts[f"{side} agree"] += 1
            elif whole:
                wrong.append(f"{side} {label}.{name}: not found")
            else:
                counts[f"{side} opaque"] += 1
            continue
        verdict = _field(fields[name], decoded(said), context)
        if verdict is None:
            counts[f"{side} opaque"] += 1
        elif verdict:
            wrong.append(f"{side} {label}.{name}: {verdict}")
        else:
            counts[f"{side} agree"] += 1
    wrong += [f"{side} {label}.{name}: too much" for name in fields if name not in there]
    for name in ALTERABLE & (set(real["options"]) | set(options)):
        one, two = options.get(name, ABSENT), decoded(real["options"].get(name, None))
        if one is ABSENT and not whole:
            continue
        if one is not ABSENT and name in real["options"] and same(one, two) is False:
            wrong.append(f"{side} {label} {name}: {one!r} is {two!r}"[:300])


def _field(value: Value, real: Value, context: Context) -> str | None:
    """What is wrong; empty where all agrees; None where something is not known."""
    if not isinstance(value, Call) or not isinstance(real, Call):
        return None
    one, two = normal_field(value, context), normal_field(real, context)
    if one.cls.rpartition(".")[2] != two.cls.rpartition(".")[2]:
        return f"class {one.cls} is {two.cls}" if one.known else None
    unknown = False
    for name in sorted({*one.arguments, *two.arguments} - NOT_COMPARED):
        here, there = one.arguments.get(name, ABSENT), two.arguments.get(name, ABSENT)
        equal = same(here, there)
        if equal is not True and _runs(here):
            unknown = True
            continue
        if equal is False and one.known:
            return f"{name} {here!r} is {there!r}"[:300]
        if equal is None and one.known and (here is ABSENT or there is ABSENT):
            if isinstance(here if there is ABSENT else there, Opaque):
                unknown = True
            else:
                return f"{name} {here!r} is {there!r}"[:300]
        unknown |= equal is not True
    return None if unknown else ""


def _runs(value: Value) -> bool:
    """Whether it is what a function gives when it runs."""
    return isinstance(value, Call | Ref) and value_name(value)[:1].islower()


def value_name(value: Call | Ref) -> str:
    """The last part of the name that is called or meant."""
    return (value.func if isinstance(value, Call) else value.name).rpartition(".")[2]


def main() -> int:
    """Print the table; 1 where anything is wrong."""
    install()
    row = "{:32} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7}"
    print(row.format("", "models", "", "", "state", "", "", ""))
    print(row.format("package", "fields", "agree", "opaque", "fields", "agree", "opaque", "wrong"))
    total: Counter[str] = Counter()
    names = [
        f"{side} {what}" for side in ("models", "state") for what in ("fields", "agree", "opaque")
    ]
    for package in PACKAGES:
        try:
            counts, wrong = measure(package, FOLDER)
        except RuntimeError as error:
            print(f"{package.name}: {error}")
            total["wrong"] += 1
            continue
        total += counts
        total["wrong"] += len(wrong)
        print(row.format(package.name, *(counts[n] for n in names), len(wrong)), flush=True)
        for line in wrong:
            print(f"    {line}", file=sys.stderr)
    print(row.format("all", *(total[n] for n in names), total["wrong"]))
    return 1 if total["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
