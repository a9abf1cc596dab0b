"""
Models mutated in many ways, and what the real ``makemigrations`` says of each.

    python -m tests.oracles.django_mutations [STEP]

Every mutation is an app of its own in one throw-away project, so that one
process of Django answers for all of them: whether a migration is missing, and
the migration's text. Two-Step reads the same files and must say the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from analyzers.config import Config
from analyzers.relate.django_writer import Answers, write_missing
from analyzers.relate.missing import missing
from analyzers.trees import MemoryTree
from tests.oracles.django_mutations_cases import BASE, MODELS, Mutation, mutations
from tests.support.views import views_of


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
    before, after = views_of(base, merged, Config())
    gaps = missing(before, after).gaps
    if not gaps:
        return ""
    written = write_missing(after, gaps, answers=Answers(default="1"))
    assert written.files, written.problems
    return "".join(f.content for f in written.files)


def main() -> int:
    """Print the table of every STEP-th mutation; 1 where an answer is wrong."""
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
