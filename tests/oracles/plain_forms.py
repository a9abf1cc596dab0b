"""Models written in every way that is read, with nothing but Django."""

from __future__ import annotations

FORMS: dict[str, str] = {
    "forms/__init__.py": "",
    "forms/migrations/__init__.py": "",
    "forms/apps.py": """
from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "forms"
    default_auto_field = "django.db.models.SmallAutoField"
""",
    "forms/bases/__init__.py": "from .stamps import *\n",
    "forms/bases/stamps.py": """
from django.db import models

__all__ = ["Named", "Stamped", "owned_by"]


class Stamped(models.Model):
    created = models.DateTimeField(auto_now_add=True)
    author = models.ForeignKey(
        "forms.Person", models.SET_NULL, null=True,
        related_name="%(app_label)s_%(class)s_of", related_query_name="%(class)ss",
    )

    class Meta:
        abstract = True
        ordering = ["-created"]
        get_latest_by = "created"
        indexes = [models.Index(fields=["created"], name="%(app_label)s_%(class)s_made")]


class Named:
    LENGTH = 60

    def __str__(self):
        return self.name


def owned_by(target):
    class Owned(models.Model):
        owner = models.ForeignKey(target, on_delete=models.CASCADE, related_name="+")

        class Meta:
            abstract = True

    return Owned
""",
    "forms/kinds.py": """
from decimal import Decimal
from enum import Enum

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    NEW = "new", _("New one")
    DONE = "done"
    __empty__ = _("Nothing")


class Level(models.IntegerChoices):
    LOW = 1
    HIGH = 2, pgettext_lazy("level", "Very high")


class Colour(Enum):
    RED = "r"
    BLUE = "b"


COLOURS = [(c.value, c.name.title()) for c in Colour]
GROUPED = (("Paper", ((1, "A4"), (2, "A5"))), (9, "Other"))
CODE = RegexValidator(r"^[A-Z]+$", message=_("Capitals"), code="capitals")
AT_LEAST = [MinValueValidator(Decimal("0.5"))]


def folder(instance, filename):
    return filename


def empty():
    return {}


class ShortField(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 12
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs


class KeyField(models.UUIDField):
    def __init__(self, *args, prefix="k", **kwargs):
        self.prefix = prefix
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.prefix != "k":
            kwargs["prefix"] = self.prefix
        return name, path, args, kwargs


class KeptQuerySet(models.QuerySet):
    pass


class Kept(models.Manager):
    use_in_migrations = True

    def __init__(self, limit=5):
        super().__init__()
        self.limit = limit


class Passing(models.Manager.from_queryset(KeptQuerySet)):
    pass


def registered(cls):
    return cls
""",
    "forms/models/__init__.py": """
from .people import Person, Profile
from .things import *
from ..elsewhere import Late
""",
    "forms/models/people.py": """
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.functions import Lower, Now, Upper
from django.utils.translation import gettext_lazy as _

from .. import kinds
from ..bases import Named, Stamped
from ..kinds import Kept, Passing, ShortField

if TYPE_CHECKING:
    from .things import Box


class Person(Named, models.Model):
    name = models.CharField(_("name"), max_length=Named.LENGTH, db_index=True)
    code = ShortField(validators=[kinds.CODE], blank=True)
    friends = models.ManyToManyField("self", symmetrical=False, blank=True)
    boss = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="staff")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    editor = models.ForeignKey(get_user_model(), models.PROTECT, related_name="edits", null=True)
    shout: str = models.GeneratedField(
        expression=Upper("name"), output_field=models.CharField(max_length=60), db_persist=True
    )
    seen = models.DateTimeField(db_default=Now())
    boxes: "models.QuerySet[Box]"

    objects = Passing()
    kept = Kept(limit=9)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [("can_greet", _("May greet"))]
        default_permissions = ("add", "change")
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_name"),
            *(
                models.CheckConstraint(condition=~models.Q(**{f: ""}), name=f"{f}_there")
                for f in ("name", "code")
            ),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(boss=None) | models.Q(name__startswith="x"),
                name="code_of_bosses", violation_error_message=_("Taken"),
            ),
        ]


class Profile(Stamped):
    person = models.OneToOneField(Person, models.CASCADE, primary_key=True)
    language = models.CharField(max_length=7, default=settings.LANGUAGE_CODE, choices=[("en-us", "E")])

    class Meta(Stamped.Meta):
        abstract = False
        db_table = "profiles"
        unique_together = [("person", "language")]
        default_related_name = "profiles"
""",
    "forms/models/things.py": """
import uuid
from functools import partial

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from ..bases import Stamped, owned_by
from ..kinds import AT_LEAST, COLOURS, GROUPED, KeyField, Level, State, empty, folder, registered

Text = partial(models.CharField, max_length=33)
WIDTH, HEIGHT = 4, 5


@registered
class Box(Stamped, owned_by("forms.Person")):
    class Size(models.IntegerChoices):
        SMALL = 1
        LARGE = 2

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = KeyField(prefix="b", null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    level = models.IntegerField(choices=Level, default=Level.LOW, null=True)
    size = models.PositiveSmallIntegerField(choices=Size.choices, default=Size.SMALL)
    colour = models.CharField(max_length=1, choices=COLOURS, default="r")
    paper = models.IntegerField(choices=GROUPED, null=True)
    weight = models.DecimalField(max_digits=WIDTH + 1, decimal_places=2, validators=AT_LEAST)
    photo = models.ImageField(upload_to=folder, width_field="width")
    manual = models.FileField("manual", upload_to="%Y/%m", max_length=HEIGHT * 20)
    width = models.IntegerField(default=WIDTH)
    data = models.JSONField(default=empty, blank=True)
    made = models.DateField(default=timezone.now)
    tags = models.ManyToManyField("Tag", through="Tagging", related_name="boxes")
    content_type = models.ForeignKey(ContentType, models.CASCADE, limit_choices_to={"app_label": "forms"})
    object_id = models.PositiveIntegerField()
    thing = GenericForeignKey()

    class Meta(Stamped.Meta):
        indexes = [
            *Stamped.Meta.indexes,
            models.Index(fields=["state", "-made"]),
            models.Index("level", models.F("size").desc(), name="box_level_size"),
        ]
        order_with_respect_to = None
        select_on_save = True


class Tag(models.Model):
    word = models.SlugField(unique=True, db_comment="a word")
    created = modified = models.DateTimeField(null=True)

    class Meta:
        ordering = (models.F("word").asc(nulls_last=True),)
        db_table_comment = "Words"


class Tagging(models.Model):
    pk = models.CompositePrimaryKey("box", "tag")
    box = models.ForeignKey(Box, models.CASCADE)
    tag = models.ForeignKey(to=Tag, on_delete=models.CASCADE, db_constraint=False)


class BigBox(Box):
    extra = models.TextField(blank=True)


class Crate(BigBox):
    link = models.OneToOneField(BigBox, models.CASCADE, parent_link=True)


class ShownBox(Box):
    class Meta:
        proxy = True
        ordering = ["level"]
        verbose_name = "shown box"


class Foreign(models.Model):
    number = models.BigIntegerField(db_column="nr", unique=True)

    class Meta:
        managed = False
        db_table = "foreign_numbers"


class Step(models.Model):
    box = models.ForeignKey(Box, models.CASCADE)
    number = models.ForeignKey(Foreign, models.DO_NOTHING, to_field="number", db_index=False)

    class Meta:
        order_with_respect_to = "box"


if WIDTH > 3:
    class Wide(models.Model):
        pass
""",
    "forms/elsewhere.py": """
from django.db import models


class Late(models.Model):
    id = models.BigAutoField(primary_key=True)

    class Meta:
        app_label = "forms"
        swappable = "FORMS_LATE_MODEL"
""",
}
