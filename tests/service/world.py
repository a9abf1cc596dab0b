"""Bare repositories with commits and the refs of pull requests, for tests of git and of the analysis alone."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from bot.jobs.model import Repository


class World:
    """Repositories below *directory*."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.git = directory / "git"
        self.git.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"file://{self.git}"

    def repository(self, id_: int, full_name: str) -> Repository:
        """A repository with a model and its migration on ``main``."""
        path = self.git / f"{full_name}.git"
        if not path.exists():
            _git(None, "init", "--quiet", "--bare", "--initial-branch=main", str(path))
            for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
                _git(path, "config", setting, "true")
        made = Repository(id=id_, full_name=full_name, installation=1)
        self.commit(made, "refs/heads/main", SHOP)
        return made

    def commit(
        self,
        repository: Repository,
        ref: str,
        files: Mapping[str, str | None],
        parent: str | None = None,
    ) -> str:
        """A commit with *files* changed (None removes) on *parent*, or on what *ref* is; now at *ref*."""
        path = self.git / f"{repository.full_name}.git"
        stamp = int(time.time())
        lines = [f"commit {ref}", f"committer A <a@example.org> {stamp} +0000", "data 1", "c"]
        start = parent or _git(path, "rev-parse", "--quiet", "--verify", ref, check=False)
        if start:
            lines.append(f"from {start}")
        for name, content in files.items():
            if content is None:
                lines.append(f"D {name}")
            else:
                lines += [
                    f"M 100644 inline {name}",
                    f"data {len(content.encode())}",
                    content,
                ]
        _git(path, "fast-import", "--quiet", "--force", input_="\n".join(lines) + "\n")
        return _git(path, "rev-parse", ref)

    def pull_request(
        self,
        repository: Repository,
        number: int,
        files: Mapping[str, str | None],
    ) -> str:
        """The head of a pull request with *files* on the tip of ``main``."""
        tip = _git(self.git / f"{repository.full_name}.git", "rev-parse", "refs/heads/main")
        return self.commit(repository, f"refs/pull/{number}/head", files, parent=tip)


SHOP = {
    "manage.py": "#!/usr/bin/env python\n",
    "shop/__init__.py": "",
    "shop/apps.py": "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    number = models.IntegerField()\n",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """from django.db import migrations, models


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
""",
}


def migration(name: str, column: str, parent: str = "0001_initial") -> dict[str, str]:
    """A migration that adds *column*, and the model that has it."""
    return {
        f"shop/migrations/{name}.py": f"""from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "{parent}")]
    operations = [
        migrations.AddField("order", "{column}", models.TextField(null=True)),
    ]
""",
        "shop/models.py": SHOP["shop/models.py"] + f"    {column} = models.TextField(null=True)\n",
    }


def _git(path: Path | None, *arguments: str, input_: str = "", check: bool = True) -> str:
    where = [] if path is None else ["--git-dir", str(path)]
    done = subprocess.run(
        ["git", *where, *arguments],
        input=input_.encode(),
        capture_output=True,
        check=check,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.decode().strip()
