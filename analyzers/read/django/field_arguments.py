"""The arguments of Django's field classes: by position, and what they are where nobody gives them."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.read.values import Ref, Value

FIELD = (
    "verbose_name",
    "name",
    "primary_key",
    "max_length",
    "unique",
    "blank",
    "null",
    "db_index",
    "rel",
    "default",
    "editable",
    "serialize",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "choices",
    "help_text",
    "db_column",
    "db_tablespace",
    "auto_created",
    "validators",
    "error_messages",
    "db_comment",
    "db_default",
)
_FOREIGN_KEY = (
    "to",
    "on_delete",
    "related_name",
    "related_query_name",
    "limit_choices_to",
    "parent_link",
    "to_field",
    "db_constraint",
)
_DATE = ("verbose_name", "name", "auto_now", "auto_now_add")
POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "ForeignKey": _FOREIGN_KEY,
    "ParentalKey": _FOREIGN_KEY,
    "TreeForeignKey": _FOREIGN_KEY,
    "OneToOneField": ("to", "on_delete", "to_field"),
    "ManyToManyField": (
        "to",
        "related_name",
        "related_query_name",
        "limit_choices_to",
        "symmetrical",
        "through",
        "through_fields",
        "db_constraint",
        "db_table",
        "swappable",
    ),
    "DateField": _DATE,
    "DateTimeField": _DATE,
    "TimeField": _DATE,
    "DecimalField": ("verbose_name", "name", "max_digits", "decimal_places"),
    "FileField": ("verbose_name", "name", "upload_to", "storage"),
    "ImageField": ("verbose_name", "name", "width_field", "height_field"),
    "FilePathField": (
        "verbose_name",
        "name",
        "path",
        "match",
        "recursive",
        "allow_files",
        "allow_folders",
    ),
    "GenericIPAddressField": ("verbose_name", "name", "protocol", "unpack_ipv4"),
    "JSONField": ("verbose_name", "name", "encoder", "decoder"),
    "ArrayField": ("base_field", "size"),
    "UUIDField": ("verbose_name",),
    "TaggableManager": ("verbose_name", "help_text", "through", "blank"),
}
DEFAULTS: Mapping[str, Value] = {
    "primary_key": False,
    "max_length": None,
    "unique": False,
    "blank": False,
    "null": False,
    "db_index": False,
    "editable": True,
    "serialize": True,
    "unique_for_date": None,
    "unique_for_month": None,
    "unique_for_year": None,
    "choices": None,
    "help_text": "",
    "db_column": None,
    "db_tablespace": None,
    "auto_created": False,
    "validators": [],
    "error_messages": None,
    "db_comment": None,
    "db_collation": None,
    "verbose_name": None,
    "related_name": None,
    "related_query_name": None,
    "limit_choices_to": {},
    "parent_link": False,
    "to_field": None,
    "db_constraint": True,
    "db_table": None,
    "through": None,
    "auto_now": False,
    "auto_now_add": False,
    "max_digits": None,
    "decimal_places": None,
    "upload_to": "",
    "storage": Ref("django.core.files.storage.default_storage"),
    "width_field": None,
    "height_field": None,
    "protocol": "both",
    "unpack_ipv4": False,
    "encoder": None,
    "decoder": None,
    "size": None,
    "allow_unicode": False,
    "srid": 4326,
    "spatial_index": True,
    "dim": 2,
    "geography": False,
    "path": "",
    "match": None,
    "recursive": False,
    "allow_files": True,
    "allow_folders": False,
}
OWN_DEFAULTS: Mapping[str, Mapping[str, Value]] = {
    "SlugField": {"max_length": 50, "db_index": True},
    "URLField": {"max_length": 200},
    "FileField": {"max_length": 100},
    "ImageField": {"max_length": 100},
    "FilePathField": {"max_length": 100},
    "UUIDField": {"max_length": 32},
    "GenericIPAddressField": {"max_length": 39},
    "IPAddressField": {"max_length": 15},
    "ForeignKey": {"db_index": True},
    "OneToOneField": {"db_index": True, "unique": True},
    "BinaryField": {"editable": False},
    "NullBooleanField": {"null": True, "blank": True},
    "AutoField": {"blank": True},
    "BigAutoField": {"blank": True},
    "SmallAutoField": {"blank": True},
}
"""Where a class's own default, which ``deconstruct`` drops, is another."""


def is_default(cls: str, name: str, value: Value) -> bool:
    """Whether ``deconstruct`` leaves the argument *name* of the class named *cls* (last part) out."""
    default = OWN_DEFAULTS.get(cls, {}).get(name, DEFAULTS.get(name, _NEVER))
    if default == "" and value == b"":
        # As migrations of Python 2 wrote it.
        return True
    if default is not _NEVER and type(value) is type(default) and value == default:
        return True
    if name in {"choices", "validators"} and value in ([], ()):
        return True
    return name == "db_tablespace" and value == ""


_NEVER = object()
