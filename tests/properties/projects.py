"""An app with models before and after a pull request, each drawn from the same few names."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracles.django_autodetector import Case

MODELS = ("Box", "Car", "Dog")
FIELDS = ("name", "size", "owner", "kind")

HEAD = """import datetime
import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


def first():
    return 1


def make(cls=models.CharField, **kwargs):
    return cls(**{"max_length": 7, **kwargs})


class Kind(models.TextChoices):
    OLD = "old"
    NEW = "new", "New one"


class Code(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 12)
        super().__init__(*args, **kwargs)


class Base(models.Model):
    made = models.DateField(default=datetime.date.today)

    class Meta:
        abstract = True
        ordering = ["made"]
"""

_PLAIN = st.sampled_from(
    [
        "models.CharField(max_length=9)",
        "models.CharField(max_length=9, unique=True)",
        'models.CharField(max_length=20, choices=Kind.choices, default=Kind.NEW, verbose_name="what")',
        "models.IntegerField(default=0)",
        "models.IntegerField(null=True, blank=True, db_index=True)",
        "models.DurationField(default=datetime.timedelta(hours=36))",
        "models.DurationField(null=True)",
        "models.DateTimeField(auto_now_add=True)",
        "models.UUIDField(default=uuid.uuid4, editable=False)",
        "models.JSONField(default=dict)",
        "Code(help_text='short')",
        "make(null=True)",
    ]
)
_RELATIONS = st.sampled_from(
    [
        "models.ForeignKey({!r}, models.CASCADE, related_name='+')",
        "models.ForeignKey({!r}, models.SET_NULL, null=True, related_name='+')",
        "models.OneToOneField({!r}, on_delete=models.SET(first), related_name='+')",
        "models.ManyToManyField({!r}, related_name='+')",
    ]
)
_META = {
    1: ['ordering = ["-{}"]', 'indexes = [models.Index(fields=["{}"])]', 'verbose_name = "{}"',
        'indexes = [models.Index(Lower("{}"), name="low")]', 'db_table = "of_{}"',
        'constraints = [models.CheckConstraint(condition=~Q({}__isnull=True), name="there")]'],
    2: ['unique_together = [("{}", "{}")]', 'ordering = [F("{}").desc(), "{}"]',
        'constraints = [models.UniqueConstraint(fields=["{}", "{}"], name="one")]',
        'indexes = [models.Index(fields=["{}"], include=["{}"], name="wide")]'],
}  # fmt: skip


@st.composite
def classes(draw: st.DrawFn) -> str:
    """The source of some models, one of which may inherit from another."""
    there = draw(st.lists(st.sampled_from(MODELS), min_size=1, max_size=3, unique=True))
    text = HEAD
    targets = st.sampled_from([*there, "self", "auth.User"])
    relation = st.builds(str.format, _RELATIONS, targets)
    for number, model in enumerate(there):
        bases = ["models.Model", "models.Model", "Base", *there[:number]]
        base = draw(st.sampled_from(bases))
        # A field of a parent with a table cannot be hidden.
        free = FIELDS if base in bases[:3] else tuple(f"{n}{number}" for n in FIELDS)
        names = draw(st.lists(st.sampled_from(free), min_size=1, max_size=4, unique=True))
        kinds = [draw(st.one_of(_PLAIN, _PLAIN, relation)) for _ in names]
        body = [f"    {n} = {kind}" for n, kind in zip(names, kinds, strict=True)]
        columns = [n for n, k in zip(names, kinds, strict=True) if "ManyToMany" not in k]
        wanted = draw(st.integers(0, min(2, len(columns))))
        if wanted:
            option = draw(st.sampled_from(_META[wanted])).format(*columns)
            name = "Meta(Base.Meta)" if base == "Base" and draw(st.booleans()) else "Meta"
            body += ["", f"    class {name}:", f"        {option.replace('low', f'low_{model}')}"]
        text += "\n\n" + "\n".join([f"class {model}({base}):", *body]) + "\n"
    return text


@st.composite
def projects(draw: st.DrawFn) -> Case:
    """Models before and after, and how a question about a new name is answered."""
    before, after = draw(classes()), draw(classes())
    return {
        "test": f"{before}\n{after}",
        "before": {"app/models.py": before},
        "after": {"app/models.py": after},
        "renames": draw(st.booleans()),
        "default": "1",
        "user": "auth.User",
    }
