"""
Models mutated in many ways, and what the real ``makemigrations`` says of each.

Every mutation is an app of its own in one throw-away project, so that one
process of Django answers for all of them: whether a migration is missing, and
the migration's text. Two-Step reads the same files and must say the same.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.read.modules import Sources
from analyzers.relate.django_writer import Answers, write_missing
from analyzers.relate.facts import Facts
from analyzers.relate.missing import missing
from analyzers.relate.view import View
from analyzers.trees import Comparison, MemoryTree

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
    wrapped = models.BooleanField(default=False)


class LateOrder(Order):
    class Meta:
        proxy = True
        ordering = ["placed"]
"""
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


def run(limit: int | None = None, step: int = 1) -> dict[str, Counter[str]]:
    """Counts by kind: ``agree``, ``missed``, ``false``, ``text equal``, ``text differs``, ``refused``."""
    chosen = list(mutations())[:: step or 1][:limit]
    result: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="twostep-oracle-") as scratch:
        root = Path(scratch)
        truth = _truth(root, chosen)
        for number, mutation in enumerate(chosen):
            app = f"app{number}"
            said = truth[app]
            counts = result.setdefault(mutation.kind, Counter())
            if said.get("error"):
                counts["refused"] += 1
                continue
            wanted = said["text"]
            ours = _ours(root, app, mutation)
            if bool(wanted) == bool(ours):
                counts["agree"] += 1
            else:
                counts["missed" if wanted else "false"] += 1
                print(
                    f"{'missed' if wanted else 'false'}: {mutation.kind} ({app})\n{wanted or ours}",
                    file=sys.stderr,
                )
            if wanted and ours:
                equal = wanted == ours
                counts["text equal" if equal else "text differs"] += 1
                if not equal:
                    print(
                        f"differs: {mutation.kind}\n--- Django\n{wanted}\n--- ours\n{ours}",
                        file=sys.stderr,
                    )
    return result


def _files(app: str, mutation: Mutation | None) -> dict[str, str]:
    text = mutation.models if mutation else MODELS
    text = text.replace("TABLE", app).replace("LABEL", app)
    base = mutation.base if mutation else BASE
    return {f"{app}/__init__.py": "", f"{app}/models.py": text, f"{app}/base.py": base}


def _truth(root: Path, chosen: list[Mutation]) -> dict[str, dict[str, str]]:
    """What Django says of each app: the migration's text, empty for none."""
    for number in range(len(chosen)):
        _write(root, _files(f"app{number}", None))
        (root / f"app{number}/migrations").mkdir()
        (root / f"app{number}/migrations/__init__.py").write_text("")
    (root / "ask.py").write_text(ASK)
    _python(root, "make", len(chosen))
    for number, mutation in enumerate(chosen):
        _write(root, _files(f"app{number}", mutation))
    return json.loads(_python(root, "ask", len(chosen)))  # type: ignore[no-any-return]


def _write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True, parents=True)
        (root / path).write_text(text)


def _python(root: Path, what: str, count: int) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "ask.py", what, str(count)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


ASK = """
import json, os, sys, traceback
import django
from django.conf import settings
what, count = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, os.getcwd())
good, errors = [], {}
settings.configure(INSTALLED_APPS=[], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", SILENCED_SYSTEM_CHECKS=["models.W042"], USE_TZ=True)
django.setup()
from django.apps import apps, AppConfig
import importlib
from django.apps.registry import Apps
for n in range(count):
    name = f"app{n}"
    config = AppConfig.create(name)
    config.apps = apps
    config.models = apps.all_models[name]
    apps.app_configs[name] = config
apps.clear_cache()
for n in range(count):
    name = f"app{n}"
    try:
        apps.app_configs[name].import_models()
        good.append(name)
    except Exception as error:
        errors[name] = repr(error)
        apps.all_models.pop(name, None)
        apps.app_configs.pop(name)
apps.clear_cache()
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

class Asked(MigrationQuestioner):
    def ask_initial(self, app_label): return True
    def ask_not_null_addition(self, field_name, model_name): return 1
    def ask_not_null_alteration(self, field_name, model_name): return 1
    def ask_auto_now_add_addition(self, field_name, model_name): return 1
    def ask_rename(self, *args): return False
    def ask_rename_model(self, *args): return False

loader = MigrationLoader(None)
detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), Asked())
changes = detector.changes(graph=loader.graph)
found = {}
for app in good:
    text = ""
    for migration in changes.get(app, []):
        writer = MigrationWriter(migration, include_header=False)
        if what == "make":
            path = os.path.join(app, "migrations", migration.name + ".py")
            open(path, "w").write(writer.as_string())
        text += writer.as_string()
    found[app] = {"text": text}
for app, error in errors.items():
    found[app] = {"error": error}
print(json.dumps(found))
"""


def _ours(root: Path, app: str, mutation: Mutation) -> str:
    shared = {
        str(p.relative_to(root)): p.read_text()
        for p in sorted((root / app / "migrations").glob("*.py"))
    }
    settings = {
        "config/settings.py": 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n',
        "config/__init__.py": "",
    }
    base = MemoryTree({**shared, **settings, **_files(app, None)})
    merged = MemoryTree({**shared, **settings, **_files(app, mutation)})
    facts = Facts(
        Comparison(merge_base=base, base=base, head=merged, merged=merged), Config(), MemoryCache()
    )
    sources = Sources()
    before, after = (
        View(s.tree, s.django, s.django_graph, Config(), sources)
        for s in (facts.base, facts.merged)
    )
    gaps = missing(before, after).gaps
    if not gaps:
        return ""
    written = write_missing(after, gaps, answers=Answers(default="1"))
    assert written.files, written.problems
    return "".join(f.content for f in written.files)


def main() -> int:
    """Print the table, 1 where an answer is wrong: ``python -m tests.oracles.django_mutations [STEP]``."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    result = run(step=step)
    total: Counter[str] = Counter()
    print(f"{'kind':44} {'cases':>6} {'missed':>7} {'false':>6} {'same text':>10}")
    for kind, counts in sorted(result.items()):
        total += counts
        cases = counts["agree"] + counts["missed"] + counts["false"]
        texts = counts["text equal"] + counts["text differs"]
        print(
            f"{kind:44} {cases:6} {counts['missed']:7} {counts['false']:6} {counts['text equal']:5}/{texts}"
        )
    cases = total["agree"] + total["missed"] + total["false"]
    texts = total["text equal"] + total["text differs"]
    print(
        f"{'all':44} {cases:6} {total['missed']:7} {total['false']:6} {total['text equal']:5}/{texts}   refused by Django {total['refused']}"
    )
    return 1 if total["missed"] or total["false"] else 0


if __name__ == "__main__":
    sys.exit(main())
