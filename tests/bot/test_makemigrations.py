"""``twostep makemigrations --write`` leaves nothing for Django's own command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.sample import PULL_REQUESTS, make_sample

FORGOTTEN = next(each for each in PULL_REQUESTS if each.number == 5)
MODELS = """from django.db import models


class Customer(models.Model):
    class Kind(models.TextChoices):
        SHOP = "shop", "A shop"
        OTHER = "other"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OTHER)
    friends = models.ManyToManyField("self", blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind"])]


class Order(models.Model):
    number = models.CharField(max_length=30, unique=True, verbose_name="No.")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    paid_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.CheckConstraint(condition=~models.Q(number=""), name="has_number")]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A clone of the sample with the branch that forgot its migration checked out."""
    made = tmp_path / "sample"
    make_sample(made)
    clone = tmp_path / "clone"
    options = ("--quiet", "--branch", FORGOTTEN.branch)
    subprocess.run(["git", "clone", *options, str(made), str(clone)], check=True)
    return clone


def check(shop: Path) -> int:
    """What the real ``makemigrations --check`` answers; 1 where something is missing."""
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    # On SQLite the check needs no server.
    settings = (shop / "settings.py").read_text().replace("backends.postgresql", "backends.sqlite3")
    (shop / "sqlite_settings.py").write_text(settings)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "sqlite_settings"}
    return subprocess.run(command, cwd=shop, env=environment, capture_output=True).returncode


def test_after_the_forgotten_migration_is_written_django_is_silent(shop: Path) -> None:
    assert check(shop) == 1

    assert main(["makemigrations", str(shop), "--base", "origin/main", "--write"]) == 0

    assert check(shop) == 0


def test_what_the_base_has_and_the_branch_has_not_is_said(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The migration stands behind the base's newest: Django does not load it without that."""
    git = ("git", "-C", str(shop))
    subprocess.run([*git, "checkout", "--quiet", "--detach", "origin/main~1"], check=True)
    models = shop / "orders/models.py"
    models.write_text(models.read_text() + "    extra = models.IntegerField(null=True)\n")
    command = ["makemigrations", str(shop), "--base", "origin/main", "--write"]

    assert main(command) == 0

    said = capsys.readouterr().out
    assert "this branch has not yet: orders/migrations/0003_order_tax.py. Merge or rebase" in said
    assert "git merge origin/main" in said


def test_nothing_is_written_beside_the_models_of_another_commit(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "-C", str(shop), "checkout", "--quiet", "origin/main"], check=True)
    before = sorted(shop.rglob("*.py"))
    command = ["makemigrations", str(shop), "--base", "origin/main", "--write"]

    assert main([*command, "--head", f"origin/{FORGOTTEN.branch}"]) == 2

    assert f"git checkout origin/{FORGOTTEN.branch}" in capsys.readouterr().err
    assert sorted(shop.rglob("*.py")) == before

    subprocess.run(["git", "-C", str(shop), "checkout", "--quiet", FORGOTTEN.branch], check=True)
    assert main([*command, "--head", f"origin/{FORGOTTEN.branch}"]) == 0


def test_what_cannot_be_judged_is_said_beside_what_is_written(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A field of a library's class that nobody has used yet may be no column."""
    models = shop / "orders/models.py"
    text = models.read_text() + "    secret = SecretField(max_length=9)\n"
    models.write_text(f"from elsewhere.fields import SecretField\n{text}")

    assert main(["makemigrations", str(shop), "--base", "origin/main", "--write"]) == 0

    said = capsys.readouterr().out
    assert "Not written, orders/models.py:" in said
    assert "the new field secret of " in said
    assert "\nwritten: orders/migrations/" in said


def test_the_file_that_names_the_last_migration_names_the_new_one(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """django-linear-migrations has one beside the migrations; where there is none, none is made."""
    last = shop / "orders/migrations/max_migration.txt"
    command = ["makemigrations", str(shop), "--base", "origin/main", "--write"]
    assert main(command) == 0
    (written,) = re.findall(r"written: (\S+)", capsys.readouterr().out)
    assert not last.exists()

    (shop / written).unlink()
    last.write_text("0002_order_total\n")
    assert main(command) == 0

    assert "changed: orders/migrations/max_migration.txt" in capsys.readouterr().out
    assert last.read_text() == f"{Path(written).stem}\n"


def test_after_many_changes_at_once_django_is_silent(shop: Path) -> None:
    """A new model, relations, choices, options, an index without a name and a constraint."""
    (shop / "orders/models.py").write_text(MODELS)
    arguments = ["makemigrations", str(shop), "--base", "origin/main", "--no-rename", "--write"]

    assert main(arguments) == 0

    assert check(shop) == 0


def test_what_django_would_ask_is_asked_and_both_answers_are_shown(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written while a question is open; the answers and a name make it Django's file."""
    models = (shop / "orders/models.py").read_text()
    (shop / "orders/models.py").write_text(
        models.replace(
            "class Order(models.Model):",
            "class Order(models.Model):\n    weight = models.IntegerField()",
        )
    )
    before = sorted(shop.rglob("orders/migrations/*.py"))
    command = ["makemigrations", str(shop), "--base", "origin/main"]

    assert main([*command, "--write"]) == 1

    said = capsys.readouterr().out
    assert "weight is new, NOT NULL, and has no default: existing rows need a value." in said
    assert sorted(shop.rglob("orders/migrations/*.py")) == before

    assert main([*command, "--no-rename", "--default", "1", "-n", "weights", "--write"]) == 0

    (new,) = set(shop.rglob("orders/migrations/*.py")) - set(before)
    assert new.stem.endswith("_weights")
    assert "default=1" in new.read_text()
    assert "preserve_default=False" in new.read_text()
    assert check(shop) == 0


def test_a_field_that_may_be_renamed_is_shown_both_ways(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Renamed, or removed and added: that is for the author to say, and either silences Django."""
    (shop / "orders/models.py").write_text(
        (shop / "orders/models.py").read_text().replace("number =", "code =")
    )
    command = ["makemigrations", str(shop), "--base", "origin/main"]

    assert main(command) == 1

    said = capsys.readouterr().out
    assert "Was order.number renamed to order.code?" in said
    assert "migrations.RenameField" in said
    assert "migrations.RemoveField" in said

    assert main([*command, "--rename", "--default", "''", "--write"]) == 0
    assert check(shop) == 0


def test_each_field_gets_the_value_that_is_named_for_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number, a text, and of a time of creation the present, as Django proposes it."""
    models = (shop / "orders/models.py").read_text()
    new = "weight = models.IntegerField()\n    word = models.CharField(max_length=9)\n    "
    new += "made = models.DateTimeField(auto_now_add=True)\n"
    (shop / "orders/models.py").write_text(
        models.replace("class Order(models.Model):", f"class Order(models.Model):\n    {new}")
    )
    before = set(shop.rglob("orders/migrations/*.py"))
    command = ["makemigrations", str(shop), "--base", "origin/main", "--write", "--no-rename"]

    assert main([*command, "--default", "orders.Order.weight=3"]) == 1
    said = capsys.readouterr().out
    assert "--default order.word=VALUE" in said
    assert "--default order.weight=VALUE" not in said

    for wrong, why in (("some", "some is not a value"), ("order.wait=1", "no value is asked for")):
        assert main([*command, "--default", wrong]) == 2
        assert why in capsys.readouterr().err

    assert main([*command, "--default", "order.weight=3", "--default", "'x'"]) == 0

    (file,) = set(shop.rglob("orders/migrations/*.py")) - before
    assert "IntegerField(default=3)" in file.read_text()
    assert "CharField(default='x', max_length=9)" in file.read_text()
    assert "auto_now_add=True, default=django.utils.timezone.now" in file.read_text()
    assert check(shop) == 0
