"""One disagreement between models and migrations, and the words for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from analyzers.frozen import dataclass
from analyzers.read.django.model_class import ModelClass
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.moments import moment
from analyzers.relate.written import Renamed
from analyzers.vocabulary import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that the models say and the migrations do not."""

    app: str
    model: str
    """The model's name as it is written."""
    operation: str
    """Django's operation that would close it, such as ``AddField``."""
    name: str | None
    """The field, option, index or constraint that it is about."""
    aspect: str
    """What about it differs: the argument's name, or empty."""
    said: str
    """What the models say, as text: two gaps are the same where both sides are."""
    held: str
    """What the migrations hold."""
    place: Place
    value: Value = None
    """The new definition, where there is one."""
    brought_by: str = ""
    """The new migration that makes or changes what no model says, where that is the disagreement."""
    weak: bool = False
    """Code that is not read may close it; certain only where the base had it closed in plain sight."""

    no_table: bool = False
    """It is about a model whose table is another's, or no affair of Django."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for the same disagreement in two trees; lines do not count."""
        return (
            self.app,
            self.model.lower(),
            self.operation,
            self.name or "",
            self.aspect,
            self.said,
            self.held,
        )

    @property
    def reaches_database(self) -> bool:
        """Whether the operation that would close it executes anything."""
        match self.operation:
            case "CreateModel" | "DeleteModel" | "AlterModelTable" | "AlterModelTableComment":
                return not self.no_table
            case "AlterModelOptions" | "AlterModelManagers" | "AlterConstraint" | "RenameField":
                # A field is only known to be renamed where it keeps its column.
                return False
            case "AlterField":
                aspect = self.aspect.rpartition(".")[2]
                # How long a text may be is asked by forms alone.
                text = isinstance(self.value, Call) and self.value.func == _TEXT
                between = isinstance(self.value, Call) and self.value.func == _BETWEEN
                return not (
                    self.of_blocks
                    or aspect in _IN_PYTHON_ALONE
                    or (aspect != self.aspect and aspect not in _TYPE_OF_ELEMENTS)
                    or (text and aspect == "max_length")
                    or (between and aspect == "null")
                )
            case _:
                return True

    @property
    def of_blocks(self) -> bool:
        """Whether it is about the blocks of a ``StreamField``, which no database knows."""
        return "the block" in self.aspect

    @property
    def kind(self) -> str:
        """The class of the value that an argument has now; empty where it is none."""
        value = (
            self.value.get(self.aspect) if isinstance(self.value, Call) and self.aspect else None
        )
        return value.func.rpartition(".")[2] if isinstance(value, Call) else ""


_TEXT = "django.db.models.TextField"
_BETWEEN = "django.db.models.ManyToManyField"
"""It has no column that could be NULL."""
_IN_PYTHON_ALONE = frozenset(
    {
        "allow_files", "allow_folders", "allow_unicode", "auto_now", "auto_now_add", "blank",
        "choices", "decoder", "default", "editable", "encoder", "error_messages", "height_field",
        "help_text", "limit_choices_to", "match", "on_delete", "path", "recursive", "related_name",
        "related_query_name", "storage", "unique_for_date", "unique_for_month", "unique_for_year",
        "upload_to", "validators", "verbose_name", "width_field",
    }
)  # fmt: skip
"""Arguments of fields that migrations carry and no database knows."""


def gap_of(
    model: ModelClass,
    operation: str,
    name: str | None,
    place: Place,
    *,
    value: Value = None,
    said: str = "",
    held: str = "",
) -> Gap:
    """A gap of *model*."""
    return Gap(
        app=model.app,
        model=model.name,
        operation=operation,
        name=name,
        aspect="",
        said=said,
        held=held,
        place=place,
        value=value,
    )


def of_array(parts: Sequence[str]) -> str:
    """What *parts* of an array's elements that differ are of the array: the one, or the first where no column knows of any."""
    alone = all(part.rpartition(".")[2] not in _TYPE_OF_ELEMENTS for part in parts)
    return f"base_field.{parts[0]}" if alone or len(parts) == 1 else "base_field"


_TYPE_OF_ELEMENTS = frozenset(
    {
        "base_field", "class", "db_collation", "decimal_places", "dim", "geography", "max_digits",
        "max_length", "size", "srid",
    }
)  # fmt: skip
"""What an array's elements are asked for by the database: it keeps none of them from being NULL."""

SHOWN = 500
"""Characters of a value that are kept."""

ABSENT = Opaque("(absent)")
"""Stands for an argument or option that is not given."""


def is_opaque(value: Value) -> bool:
    """Whether *value* is, or holds, what only running the code would tell."""
    if value is ABSENT:
        return False
    if isinstance(value, Opaque):
        return True
    if isinstance(value, Call):
        if value.func == "re.compile" or moment(value) is not None:
            return False
        return value.func.rpartition(".")[2][:1].islower()
    if isinstance(value, list | tuple | set | frozenset):
        return any(is_opaque(v) for v in value)
    if isinstance(value, dict):
        return any(is_opaque(v) for v in value.values())
    return False


def shown(value: Value) -> str:
    """*value* as text, the end of a long one as a digest: what differs there only is another; nothing for what is absent."""
    text = "" if value is ABSENT else source(value)
    if len(text) <= SHOWN:
        return text
    rest = hashlib.sha256(text[SHOWN:].encode(errors="backslashreplace")).hexdigest()
    return f"{text[:SHOWN]}... {rest[:16]}"


def source(value: Value) -> str:
    """*value* as Python says it, names as dotted paths; lines do not show."""
    match value:
        case Call(func=func, args=args, kwargs=kwargs):
            inner = [*(source(a) for a in args), *(f"{k}={source(v)}" for k, v in kwargs)]
            return f"{func}({', '.join(inner)})"
        case Ref(name=name):
            return name
        case Opaque(text=text):
            return text
        case list():
            return f"[{', '.join(source(v) for v in value)}]"
        case tuple():
            inner = [source(v) for v in value]
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        case dict():
            return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in value.items()) + "}"
        case set() | frozenset():
            return "{" + ", ".join(sorted(source(v) for v in value)) + "}"
        case _:
            return repr(value)


def by_model(gaps: tuple[Gap, ...]) -> Mapping[tuple[str, str], tuple[Gap, ...]]:
    """Gaps by app and model, sorted."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        found.setdefault((gap.app, gap.model), []).append(gap)
    return {k: tuple(sorted(v, key=lambda g: g.identity)) for k, v in sorted(found.items())}


def with_renames(gaps: tuple[Gap, ...], renamed: Iterable[Renamed]) -> tuple[Gap, ...]:
    """*gaps* of one model, a field that goes and one that comes being one gap where they are one field."""
    for one in renamed:
        pair = [
            next((g for g in gaps if (g.operation, g.name) == wanted), None)
            for wanted in (("RemoveField", one.old), ("AddField", one.new))
        ]
        gone, come = pair
        if gone is None or come is None or (gone.app, gone.model.lower()) != (one.app, one.model):
            continue
        whole = replace(
            gone, operation="RenameField", said=one.new, place=come.place, value=come.value
        )
        gaps = (whole, *(g for g in gaps if g not in pair))
    return gaps


def described(
    gaps: tuple[Gap, ...], written: Mapping[tuple[str, str, str | None], str] = MappingProxyType({})
) -> tuple[str, ...]:
    """
    The operations that would close *gaps* of one model, in short, each once.

    As they are *written* (by kind, model and field) where they are; else as the model's source has it.
    """
    keys = ((g, (g.operation, g.model.lower(), g.name)) for g in gaps)
    texts = (written[key] if key in written else _operation_text(gap) for gap, key in keys)
    return tuple(dict.fromkeys(texts))


def _operation_text(gap: Gap) -> str:
    model = repr(gap.model.lower())
    value = "wagtail.fields.StreamField(...)" if gap.of_blocks else short(source(gap.value))
    match gap.operation:
        case "CreateModel" | "DeleteModel":
            return f"migrations.{gap.operation}(name={gap.model!r}, ...)"
        case "AddField" | "AlterField":
            return (
                f"migrations.{gap.operation}(model_name={model}, name={gap.name!r}, field={value})"
            )
        case "RenameField":
            return f"migrations.RenameField(model_name={model}, old_name={gap.name!r}, new_name={gap.said!r})"
        case "RemoveField" | "RemoveIndex" | "RemoveConstraint":
            return f"migrations.{gap.operation}(model_name={model}, name={gap.name!r})"
        case "RenameIndex":
            return f"migrations.RenameIndex(model_name={model}, new_name={gap.said!r}, old_name={gap.name!r})"
        case "AlterModelManagers":
            return f"migrations.AlterModelManagers(name={model}, managers={value})"
        case "AlterConstraint":
            return f"migrations.AlterConstraint(model_name={model}, name={gap.name!r}, constraint={value})"
        case "AddIndex":
            return f"migrations.AddIndex(model_name={model}, index={value})"
        case "AddConstraint":
            return f"migrations.AddConstraint(model_name={model}, constraint={value})"
        case "AlterModelOptions" if gap.value == ABSENT:
            return f"migrations.AlterModelOptions(name={model}, options={{...}})  # without {gap.name!r}"
        case "AlterModelOptions":
            return f"migrations.AlterModelOptions(name={model}, options={{..., {gap.name!r}: {value}}})"
        case "AlterModelTable":
            return f"migrations.AlterModelTable(name={model}, table={value})"
        case _:
            return f"migrations.{gap.operation}(name={model}, {gap.name}={value})"


def short(text: str) -> str:
    """Source as a migration writes it: ``models.CharField``, not the whole path."""
    return text.replace("django.db.models.", "models.").replace(
        "django.db.migrations.", "migrations."
    )
