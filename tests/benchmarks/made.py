"""
A made repository of the size and the look of a real one.

Migrations are as ``makemigrations`` writes them, 1.1 kB on average (saleor's
have 1.7): tables of ten columns, then columns with choices and help texts,
foreign keys, indexes, and now and then a function over the rows. The models
agree with them, so that nothing is missing.
"""

from __future__ import annotations

from pathlib import Path

from bot.git.fast_import import Commit, make_repository

APPS, EACH = 30, 50
_TABLE = 10
"""Migrations from one new table to the next."""

_FIRST = (
    ("number", 'CharField(max_length=20, unique=True, verbose_name="number")'),
    ("name", 'CharField(max_length=255, verbose_name="name")'),
    ("slug", "SlugField(max_length=255, blank=True)"),
    (
        "state",
        'CharField(choices=[("draft", "Draft"), ("open", "Open"), ("closed", "Closed")], '
        'default="draft", max_length=32)',
    ),
    ("note", 'TextField(blank=True, default="", help_text="Shown to nobody but the staff.")'),
    ("amount", "DecimalField(decimal_places=2, default=0, max_digits=12)"),
    ("weight", "FloatField(blank=True, null=True)"),
    ("metadata", "JSONField(blank=True, default=dict, null=True)"),
    ("created_at", "DateTimeField(auto_now_add=True, db_index=True)"),
    ("updated_at", "DateTimeField(auto_now=True, db_index=True)"),
)


def made(path: Path) -> Path:
    """A repository of *APPS* apps with *EACH* migrations each, and a branch that adds one more."""
    files: dict[str, str | bytes | None] = {}
    for app in range(APPS):
        label = f"app{app:02}"
        for number in range(1, EACH + 1):
            files[f"{label}/migrations/{name(number)}.py"] = migration(label, number)
        files[f"{label}/migrations/__init__.py"] = ""
        files[f"{label}/models.py"] = models(label, EACH)
        files[f"{label}/__init__.py"] = ""
    more: dict[str, str | bytes | None] = {
        f"app00/migrations/{name(EACH + 2)}.py": migration("app00", EACH + 2, EACH),
        "app00/models.py": models("app00", EACH, EACH + 2),
    }
    make_repository(
        path,
        [Commit(branch="main", files=files), Commit(branch="feature", parent="main", files=more)],
    )
    return path


def name(number: int) -> str:
    return f"{number:04}_{'table' if number % _TABLE == 1 else 'change'}_{number}"


def added(label: str, number: int) -> tuple[tuple[str, str], ...]:
    """The two columns that the migration *number* adds."""
    table = number // _TABLE if number % _TABLE else number // _TABLE - 1
    other = f"{label}.thing0" if table else "auth.user"
    return (
        (
            f"kind{number}",
            'CharField(blank=True, choices=[("a", "First of all"), ("b", "Second to none"), '
            '("c", "Third in line")], default="a", help_text="How it is dealt with.", max_length=64)',
        ),
        (
            f"owner{number}",
            "ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, "
            f'related_name="{label}_{number}", to="{other}")',
        ),
    )


def migration(label: str, number: int, after: int | None = None) -> str:
    """The source of the migration *number*; it comes after the one before, or after *after*."""
    table = (number - 1) // _TABLE if after is None else (after - 1) // _TABLE
    before = number - 1 if after is None else after
    dependencies = (
        f'        ("{label}", "{name(before)}"),\n'
        if before
        else ("        migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n")
    )
    functions = ""
    if number % _TABLE == 1:
        fields = "".join(
            f"                (\n                    {column!r},\n                    models.{text},\n                ),\n"
            for column, text in (
                ("id", "BigAutoField(auto_created=True, primary_key=True, serialize=False)"),
                *_FIRST,
            )
        )
        operations = (
            f'        migrations.CreateModel(\n            name="Thing{table}",\n            fields=[\n{fields}            ],\n'
            f'            options={{\n                "verbose_name": "thing {table}",\n                "ordering": ("name",),\n            }},\n        ),\n'
        )
    else:
        operations = "".join(
            f'        migrations.AddField(\n            model_name="thing{table}",\n            name="{column}",\n            field=models.{text},\n        ),\n'
            for column, text in added(label, number)
        )
        if number % 3 == 0:
            operations += (
                f'        migrations.AddIndex(\n            model_name="thing{table}",\n            index=models.Index(\n'
                f'                fields=["kind{number}", "state"], name="{label}_{number}_idx"\n            ),\n        ),\n'
            )
        if number % _TABLE == 5:
            operations += "        migrations.RunPython(\n            fill,\n            migrations.RunPython.noop,\n        ),\n"
            functions = (
                f'\n\ndef fill(apps, schema_editor):\n    Thing = apps.get_model("{label}", "Thing{table}")\n'
                f'    for thing in Thing.objects.filter(kind{number}="").iterator():\n'
                f'        thing.kind{number} = "b" if thing.weight else "c"\n        thing.save(update_fields=["kind{number}"])\n'
            )
    return (
        f"# Generated by Django 5.2.4 on 2026-01-{number % 28 + 1:02} 10:{number % 60:02}\n\n"
        "import django.db.models.deletion\nfrom django.conf import settings\n"
        f"from django.db import migrations, models\n{functions}\n\nclass Migration(migrations.Migration):\n\n"
        f"    dependencies = [\n{dependencies}    ]\n\n    operations = [\n{operations}    ]\n"
    )


def models(label: str, count: int, *more: int) -> str:
    """The models after *count* migrations; the numbers *more* follow on the last table."""
    classes = ["import django.db.models.deletion\nfrom django.db import models\n"]
    for table in range(count // _TABLE):
        numbers = [*range(table * _TABLE + 2, (table + 1) * _TABLE + 1)]
        last = table == count // _TABLE - 1
        numbers += more if last else ()
        fields = [*_FIRST, *(field for number in numbers for field in added(label, number))]
        lines = "".join(f"    {column} = models.{text}\n" for column, text in fields)
        indexes = "".join(
            f'            models.Index(fields=["kind{number}", "state"], name="{label}_{number}_idx"),\n'
            for number in numbers
            if number % 3 == 0
        )
        classes.append(
            f"class Thing{table}(models.Model):\n{lines}\n    class Meta:\n"
            f'        verbose_name = "thing {table}"\n        ordering = ("name",)\n        indexes = [\n{indexes}        ]\n\n'
            "    def __str__(self):\n        return self.name\n"
        )
    return "\n\n".join(classes)
