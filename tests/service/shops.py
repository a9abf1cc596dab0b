"""Repositories of shops whose pull requests never meet: each has an app of its own."""

from __future__ import annotations

from pathlib import Path

from bot.git.fast_import import Commit, make_repository
from tests.support.github import Repo, StandIn

_MODEL = """from django.db import models


class Order(models.Model):
    number = models.IntegerField()
"""

_INITIAL = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("number", models.IntegerField()),
            ],
        ),
    ]
"""


def add_shop(github: StandIn, id_: int, apps: int, installation: int = 1) -> Repo:
    """
    A repository with *apps* apps, known to *github*.

    Each has a migration on ``main``, after ``start``, that a pull request which
    began at ``start`` collides with.
    """
    name = f"acme/shop{id_}"
    first: dict[str, str] = {"manage.py": "#!/usr/bin/env python\n"}
    tax: dict[str, str] = {}
    for number in range(1, apps + 1):
        app = f"app{number}"
        first |= {
            f"{app}/__init__.py": "",
            f"{app}/models.py": _MODEL,
            f"{app}/migrations/__init__.py": "",
            f"{app}/migrations/0001_initial.py": _INITIAL,
        }
        tax |= column(app, "0002_tax", "0001_initial", ("tax",))
    commits = [
        Commit(branch="start", files=first),
        Commit(branch="main", parent="start", files=tax),
    ]
    make_repository(Path(github.root / f"{name}.git"), commits, bare=True)
    return github.add(name, id_=id_, installation=installation)


def push(github: StandIn, repo: Repo, number: int, name: str, *, sound: bool = False) -> str:
    """
    Push a migration that adds the column *name* to pull request *number*, or open it; its head.

    It collides with the one on the base unless it is *sound*.
    """
    app, branch = f"app{number}", f"feature-{number}"
    if sound:
        files = column(app, f"0003_{name}", "0002_tax", ("tax", name))
        commit = Commit(branch=branch, parent="main", files=files, message=name)
    else:
        files = column(app, f"0002_{name}", "0001_initial", (name,))
        commit = Commit(branch=branch, parent="start", files=files, message=name)
    make_repository(repo.git, [commit], bare=True)
    return show(github, repo, number, f"Add a column to {app}")


def push_files(github: StandIn, repo: Repo, number: int, files: dict[str, str | None]) -> str:
    """Push *files*, on top of ``main``, to pull request *number*, or open it; its head."""
    commit = Commit(branch=f"feature-{number}", parent="main", files=files)
    make_repository(repo.git, [commit], bare=True)
    return show(github, repo, number, "Change files")


def show(github: StandIn, repo: Repo, number: int, title: str) -> str:
    """Open pull request *number*, or bring it to what was pushed to its branch; its head."""
    if number not in repo.pulls:
        github.open(repo, number, f"feature-{number}", title)
    else:
        github.push(repo, repo.pulls[number])
    return github.head(repo, number)


def column(app: str, migration: str, parent: str, columns: tuple[str, ...]) -> dict[str, str]:
    """A migration that adds the last of *columns*, and the model that has them all."""
    fields = "".join(f"    {each} = models.TextField(null=True)\n" for each in columns)
    return {
        f"{app}/migrations/{migration}.py": f"""from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("{app}", "{parent}")]
    operations = [
        migrations.AddField("order", "{columns[-1]}", models.TextField(null=True)),
    ]
""",
        f"{app}/models.py": _MODEL + fields,
    }
