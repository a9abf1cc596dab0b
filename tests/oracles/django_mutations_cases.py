"""
The models that are mutated, and every mutation of them.

Each is an app of its own, with all of its files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MODELS = """import uuid
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .base import Stamped, upload_path


class Status(models.TextChoices):
    NEW = "new", _("New")
    PAID = "paid", _("Paid")


class Level(models.IntegerChoices):
    LOW = 1
    HIGH = 2, "Very high"


KINDS = [("a", "A"), ("b", "B")]
LENGTH = 40


class Customer(Stamped):
    name = models.CharField(_("name"), max_length=LENGTH)
    email = models.EmailField(unique=True)
    slug = models.SlugField(blank=True)
    age = models.PositiveIntegerField(null=True, blank=True)
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    level = models.IntegerField(choices=Level.choices, default=Level.LOW)
    joined = models.DateTimeField(default=timezone.now)
    site = models.URLField(blank=True, help_text=_("Home page"))

    class Meta:
        ordering = ["name"]
        verbose_name = _("customer")
        indexes = [models.Index(fields=["name", "level"]), models.Index(fields=["-joined"], name="%(class)s_joined")]

    def __str__(self):
        return self.name


class Product(models.Model):
    title = models.CharField(max_length=100, db_index=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("0"))
    kind = models.CharField(max_length=1, choices=KINDS, default="a")
    photo = models.ImageField(upload_to="photos", blank=True)
    manual = models.FileField(upload_to=upload_path, null=True)
    weight = models.FloatField(validators=[MinValueValidator(0)])
    active = models.BooleanField(default=True)
    data = models.JSONField(default=dict)
    related = models.ManyToManyField("self", blank=True)

    class Meta:
        db_table = "TABLE_product"
        unique_together = [("title", "kind")]
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0) | models.Q(kind="b"), name="LABEL_price"),
            models.UniqueConstraint(fields=["title"], condition=~models.Q(kind="a"), name="LABEL_title"),
        ]


class Order(Stamped):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    products = models.ManyToManyField(Product, through="Line", related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    note = models.TextField(blank=True, default="")
    placed = models.DateField(auto_now_add=True)
    paid = models.DateTimeField(null=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)

    class Meta:
        permissions = [("can_ship", "Can ship")]
        get_latest_by = "placed"


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    product = models.ForeignKey("Product", models.PROTECT, related_name="%(class)s_set", db_index=False)
    count = models.IntegerField(_("count"), default=1)


class Gift(Order):
    message = models.CharField(max_length=LENGTH + 10, blank=True)
    wrapped = models.BooleanField(default=False, blank=True)


class LateOrder(Order):
    class Meta:
        proxy = True
        ordering = ["placed"]
"""
"""A flag is blank, as a migration can only say since Django 2.1: of a project whose migrations never say it, it is not asked."""

BASE = """from django.db import models


def upload_path(instance, name):
    return name


def other_path(instance, name):
    return name


class Stamped(models.Model):
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
"""


@dataclass(frozen=True)
class Mutation:
    """A kind, and the files of an app after it."""

    kind: str
    models: str
    base: str = BASE
    silent: bool = False
    """It must change nothing: said here, and checked with Django all the same."""


FIELD_LINE = re.compile(r"^    (\w+) = models\.(\w+)\((.*)\)$", re.MULTILINE)
CLASS_LINE = re.compile(r"^class (\w+)\((Stamped|models\.Model|Order)\):$", re.MULTILINE)


def mutations() -> Iterator[Mutation]:
    """All mutations, in a fixed order."""
    for match in FIELD_LINE.finditer(MODELS):
        yield from _of_field(match)
    for match in CLASS_LINE.finditer(MODELS):
        yield from _of_class(match)
    yield from _of_meta()
    yield from _of_files()


def _with(match: re.Match[str], new: str) -> str:
    return MODELS[: match.start()] + new + MODELS[match.end() :]


def _of_field(match: re.Match[str]) -> Iterator[Mutation]:
    name, cls, inside = match.groups()
    line = match[0]
    relation = cls in {"ForeignKey", "ManyToManyField"}
    arguments = inside + ", " if inside else ""

    def changed(kind: str, new: str, *, silent: bool = False) -> Mutation:
        return Mutation(kind, _with(match, new), silent=silent)

    def add(kind: str, extra: str) -> Iterator[Mutation]:
        key = extra.partition("=")[0]
        if not re.search(rf"\b{key}=", inside):
            yield changed(kind, f"    {name} = models.{cls}({arguments}{extra})")

    def swap(kind: str, old: str, new: str) -> Iterator[Mutation]:
        if old in inside:
            yield changed(kind, line.replace(old, new))

    used = len(re.findall(rf'"-?{name}"', MODELS)) > 0
    if not used and name not in {"products", "order", "product"}:
        yield changed("field removed", "")
        yield changed("field renamed", line.replace(f"{name} =", f"{name}_two =", 1))
    yield from add("help_text added", 'help_text="Some help"')
    yield from add("help_text translated", 'help_text=_("Some help")')
    yield from add("editable", "editable=False")
    yield from add("db_column", f'db_column="{name}_column"')
    yield from add("db_comment", 'db_comment="A comment"')
    yield from add("error_messages", 'error_messages={"null": "No."}')
    yield from (
        add("verbose_name" if not relation else "relation's verbose_name", 'verbose_name="Other"')
        if not re.match(r"_\(", inside)
        else iter(())
    )
    if cls != "ManyToManyField":
        yield from add("null added", "null=True")
        yield from add("unique added", "unique=True")
        yield from add("db_index added", "db_index=True")
    yield from add("blank added", "blank=True")
    yield from add("validators", "validators=[MinValueValidator(3)]")
    yield from swap("null removed", "null=True, ", "")
    yield from swap("blank removed", "blank=True", "blank=False")
    yield from swap("unique removed", "unique=True", "unique=False")
    yield from swap("index removed", "db_index=True", "db_index=False")
    yield from swap("max_length", "max_length=10", "max_length=12")
    yield from swap("max_length", "max_length=LENGTH", "max_length=LENGTH * 2")
    yield from swap("max_digits", "max_digits=8", "max_digits=9")
    yield from swap("decimal_places", "decimal_places=2", "decimal_places=3")
    yield from swap("default", "default=True", "default=False")
    yield from swap("default", "default=dict", "default=list")
    yield from swap("default", "default=uuid.uuid4", "default=uuid.uuid1")
    yield from swap("default", "default=Level.LOW", "default=Level.HIGH")
    yield from swap("default", "default=Status.NEW", 'default="paid"')
    yield from swap("default", 'default="a"', 'default="b"')
    yield from swap("default", "default=1", "default=2")
    yield from swap("default", 'Decimal("0")', 'Decimal("1.5")')
    yield from swap("on_delete", "models.CASCADE", "models.PROTECT")
    yield from swap("on_delete", "models.SET_NULL", "models.CASCADE")
    yield from swap("related_name", 'related_name="orders"', 'related_name="purchases"')
    yield from swap("upload_to", '"photos"', '"pictures"')
    yield from swap("choices", "choices=KINDS", 'choices=[("a", "A"), ("c", "C")]')
    yield from swap("verbose_name", '_("name")', '_("full name")')
    yield from swap("verbose_name", '_("count")', '_("how many")')
    yield from swap("validator's argument", "MinValueValidator(0)", "MinValueValidator(1)")
    yield from swap("auto_now", "auto_now_add=True", "auto_now=True")
    yield from swap("auto_now", "auto_now_add=True", "default=timezone.now")
    yield from add("related_query_name", 'related_query_name="q"') if relation else iter(())
    yield from add("limit_choices_to", 'limit_choices_to={"pk__gt": 1}') if relation else iter(())
    yield from (
        add("db_constraint", "db_constraint=False")
        if relation and "through" not in inside
        else iter(())
    )
    types = {
        "CharField": "TextField",
        "IntegerField": "BigIntegerField",
        "FloatField": "IntegerField",
        "TextField": "CharField",
        "BooleanField": "IntegerField",
        "DateTimeField": "DateField",
        "PositiveIntegerField": "SmallIntegerField",
        "URLField": "TextField",
        "EmailField": "CharField",
    }
    if cls in types:
        yield changed("class", line.replace(f"models.{cls}(", f"models.{types[cls]}("))
    # What must stay silent.
    yield changed(
        "silent: layout",
        f"    {name} = models.{cls}(\n        {inside},\n    )  # a comment",
        silent=True,
    )
    yield changed("silent: type hint", line.replace(f"{name} =", f"{name}: object ="), silent=True)
    yield changed("silent: docstring after", f'{line}\n    """What it is."""', silent=True)
    if "null=True" not in inside and cls != "ManyToManyField":
        yield changed(
            "silent: default said", f"    {name} = models.{cls}({arguments}null=False)", silent=True
        )
    if "unique" not in inside and "editable" not in inside:
        yield changed(
            "silent: default said",
            f"    {name} = models.{cls}({arguments}editable=True)",
            silent=True,
        )
    yield changed("silent: constant", f"    _x_{name} = 3\n{line}", silent=True)
    yield changed(
        "silent: property",
        f"{line}\n\n    @property\n    def p_{name}(self):\n        return 1\n",
        silent=True,
    )
    new_fields = (
        "models.CharField(max_length=5, null=True)",
        "models.IntegerField(default=3)",
        "models.TextField(blank=True)",
        "models.DateField(auto_now=True)",
        "models.ForeignKey('Customer', null=True, on_delete=models.SET_NULL, related_name='+')",
        "models.ManyToManyField('Product', related_name='+')",
    )
    for new in new_fields:
        yield changed(
            "field added: " + new.partition("(")[0].removeprefix("models."),
            f"{line}\n    extra_{name} = {new}",
        )


def _of_class(match: re.Match[str]) -> Iterator[Mutation]:
    name = match[1]
    head = match[0]

    def changed(kind: str, new: str, *, silent: bool = False) -> Mutation:
        return Mutation(kind, _with(match, new), silent=silent)

    yield changed("silent: docstring", f'{head}\n    """What it is."""\n', silent=True)
    yield changed(
        "silent: method", f"{head}\n    def hello(self):\n        return 1\n", silent=True
    )
    yield changed(
        "silent: manager",
        f"{head}\n    objects = models.Manager()\n    things = models.Manager()\n",
        silent=True,
    )
    yield changed(
        "silent: mixin", f"class Mixin:\n    pass\n\n\n{head.replace('(', '(Mixin, ')}", silent=True
    )
    yield changed("silent: constant", f"{head}\n    LIMIT = 3\n", silent=True)
    yield changed(
        "silent: decorator", f"def same(cls):\n    return cls\n\n\n@same\n{head}", silent=True
    )
    if name not in {"LateOrder"}:
        yield changed(
            "mixin with a field",
            f"class Mixin(models.Model):\n    mixed = models.IntegerField(default=0)\n\n    class Meta:\n        abstract = True\n\n\n{head.replace('(', '(Mixin, ')}",
        )
        yield changed(
            "field from a constant",
            f"COLOURS = [(str(n), f'Colour {{n}}') for n in range(3)]\n\n\n{head}\n    colour = models.CharField(max_length=3, choices=COLOURS, default=COLOURS[0][0])\n",
        )
        yield changed(
            "field with a new enumeration",
            f"class New{name}(models.TextChoices):\n    ONE = 'one'\n\n\n{head}\n    colour = models.CharField(max_length=3, choices=New{name}.choices, default=New{name}.ONE)\n",
        )
    yield Mutation(
        "model added",
        f"{MODELS}\n\nclass New{name}(models.Model):\n    one = models.CharField(max_length=3)\n    two = models.ForeignKey({name}, on_delete=models.CASCADE)\n",
    )
    yield Mutation(
        "model added: proxy",
        f"{MODELS}\n\nclass New{name}({name}):\n    class Meta:\n        proxy = True\n",
    )
    yield Mutation(
        "silent: abstract added",
        f"{MODELS}\n\nclass New{name}({name}):\n    class Meta:\n        abstract = True\n",
        silent=True,
    )
    yield (
        Mutation(
            "model added: child",
            f"{MODELS}\n\nclass New{name}({name}):\n    more = models.IntegerField(default=1)\n",
        )
        if name != "LateOrder"
        else Mutation("silent: nothing", MODELS, silent=True)
    )


def _of_meta() -> Iterator[Mutation]:
    pairs = [
        ("ordering", 'ordering = ["name"]', 'ordering = ["-name"]'),
        ("ordering removed", '        ordering = ["name"]\n', ""),
        ("Meta verbose_name", '_("customer")', '_("client")'),
        ("Meta verbose_name removed", '        verbose_name = _("customer")\n', ""),
        ("index added", "indexes = [", 'indexes = [models.Index(fields=["age"]), '),
        ("index removed", 'models.Index(fields=["name", "level"]), ', ""),
        ("index renamed", "%(class)s_joined", "%(class)s_since"),
        ("index's fields", 'fields=["-joined"]', 'fields=["joined"]'),
        (
            "index's condition",
            'fields=["-joined"], ',
            'fields=["-joined"], condition=models.Q(age__gt=3), ',
        ),
        ("db_table", '"TABLE_product"', '"TABLE_goods"'),
        ("db_table removed", '        db_table = "TABLE_product"\n', ""),
        ("unique_together", '("title", "kind")', '("title", "price")'),
        ("unique_together removed", '        unique_together = [("title", "kind")]\n', ""),
        ("constraint's condition", "price__gte=0", "price__gte=1"),
        ("constraint's condition", ' | models.Q(kind="b")', ' & models.Q(kind="b")'),
        ("constraint's condition", "~models.Q", "models.Q"),
        ("constraint renamed", "LABEL_title", "LABEL_caption"),
        (
            "constraint removed",
            '            models.UniqueConstraint(fields=["title"], condition=~models.Q(kind="a"), name="LABEL_title"),\n',
            "",
        ),
        (
            "constraint added",
            "constraints = [",
            'constraints = [models.CheckConstraint(condition=models.Q(weight__gt=models.F("price") + 1), name="LABEL_w"), ',
        ),
        (
            "constraint by comprehension",
            "constraints = [",
            'constraints = [models.UniqueConstraint(fields=[f], name=f"LABEL_{f}") for f in ("weight", "active")] + [',
        ),
        (
            "permissions",
            '("can_ship", "Can ship")',
            '("can_ship", "Can ship"), ("can_bill", "Can bill")',
        ),
        ("get_latest_by", '"placed"\n\n\nclass Line', '"paid"\n\n\nclass Line'),
        (
            "managed",
            '        get_latest_by = "placed"\n',
            '        get_latest_by = "placed"\n        managed = False\n',
        ),
        (
            "default_related_name",
            '        get_latest_by = "placed"\n',
            '        get_latest_by = "placed"\n        default_related_name = "x_orders"\n',
        ),
        (
            "db_table_comment",
            '        get_latest_by = "placed"\n',
            '        get_latest_by = "placed"\n        db_table_comment = "Orders"\n',
        ),
        (
            "default_permissions",
            '        get_latest_by = "placed"\n',
            '        get_latest_by = "placed"\n        default_permissions = ("view",)\n',
        ),
        ("proxy's options", 'ordering = ["placed"]', 'ordering = ["-placed"]'),
        (
            "order_with_respect_to",
            "class Line(models.Model):\n",
            'class Line(models.Model):\n    class Meta:\n        order_with_respect_to = "order"\n\n',
        ),
        ("enumeration: value", 'PAID = "paid", _("Paid")', 'PAID = "payed", _("Paid")'),
        ("enumeration: label", 'PAID = "paid", _("Paid")', 'PAID = "paid", _("Settled")'),
        (
            "enumeration: member added",
            'PAID = "paid", _("Paid")',
            'PAID = "paid", _("Paid")\n    SENT = "sent"',
        ),
        ("enumeration: member removed", '    PAID = "paid", _("Paid")\n', ""),
        ("enumeration: label", '2, "Very high"', "2"),
        ("constant", "LENGTH = 40", "LENGTH = 50"),
        ("constant", '("b", "B")]', '("b", "B"), ("c", "C")]'),
        ("bases", "class Customer(Stamped)", "class Customer(models.Model)"),
        (
            "silent: order of options",
            'ordering = ["name"]\n        verbose_name = _("customer")',
            'verbose_name = _("customer")\n        ordering = ["name"]',
        ),
        ("silent: tuple for list", 'ordering = ["name"]', 'ordering = ["name"]  # by name'),
        (
            "silent: conditions by arguments",
            'models.Q(price__gte=0) | models.Q(kind="b")',
            'models.Q(("price__gte", 0)) | models.Q(("kind", "b"))',
        ),
        (
            "silent: import",
            "from django.db import models\n",
            "from django.db import models\nfrom django.db.models import Q\n",
        ),
        ("silent: constant by another name", "LENGTH = 40", "SIZE = 40\nLENGTH = SIZE"),
        (
            "silent: class for constant",
            'KINDS = [("a", "A"), ("b", "B")]',
            'KINDS = [(letter, letter.upper()) for letter in "ab"]',
        ),
        ("silent: helper", "LENGTH = 40\n", "LENGTH = 40\n\n\ndef helper():\n    return 1\n"),
        (
            "silent: TYPE_CHECKING",
            "LENGTH = 40\n",
            "LENGTH = 40\n\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from os import path\n",
        ),
    ]
    for kind, old, new in pairs:
        assert old in MODELS, (kind, old)
        yield Mutation(kind, MODELS.replace(old, new), silent=kind.startswith("silent"))


def _of_files() -> Iterator[Mutation]:
    field = "    stamp = models.IntegerField(default=0)\n\n    class Meta:\n        abstract"
    yield Mutation(
        "abstract base in another file",
        MODELS,
        BASE.replace("\n    class Meta:\n        abstract", field),
    )
    yield Mutation(
        "abstract base in another file",
        MODELS,
        BASE.replace("auto_now=True", "auto_now=True, null=True"),
    )
    yield Mutation(
        "abstract base in another file",
        MODELS,
        BASE.replace("    changed = models.DateTimeField(auto_now=True)\n", ""),
    )
    yield Mutation(
        "silent: base's method",
        MODELS,
        BASE + "\n    def touch(self):\n        return 1\n",
        silent=True,
    )
