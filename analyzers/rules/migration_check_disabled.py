"""
A CI file runs the migration check so that it always passes.

## What it finds

`makemigrations --check` with `--merge` (which makes the check ask nothing), or
with its failure thrown away (`|| true`, `continue-on-error` is not looked at).

## Why it hurts

Missing migrations and conflicting leaf nodes pass unseen.

## What to do

`python manage.py makemigrations --check --dry-run`, alone.

## Example

Bad:

```yaml
- run: python manage.py makemigrations --check --merge
```

Use instead:

```yaml
- run: python manage.py makemigrations --check --dry-run
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.limits import SOURCE_BYTES
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Place

rule = Rule(__name__, Severity.WARNING, judges_merged=True)


_CHECK = re.compile(r"makemigrations\b[^\n|&;]*--check\b")
_FILES = re.compile(
    r"(^|/)(\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci/config\.yml|azure-pipelines\.yml"
    r"|Makefile|tox\.ini|noxfile\.py|\.pre-commit-config\.yaml|justfile|\.travis\.yml)$"
)
_ENDS = (".yml", ".yaml", "Makefile", "tox.ini", "noxfile.py", "justfile")


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Lines of CI files that check nothing."""
    tree = facts.merged.tree
    for path in tree.paths():
        # The search for a whole pattern in every name of a large tree takes its time.
        if not path.endswith(_ENDS) or not _FILES.search(path):
            continue
        content = tree.read(path)
        if len(content) > SOURCE_BYTES or b"makemigrations" not in content:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            text = line.partition(" #")[0]
            if text.lstrip().startswith("#"):
                continue
            found = _CHECK.search(text)
            if found is None:
                continue
            merging = "--merge" in text[found.start() :]
            if not merging and not re.search(r"\|\|\s*(true|:|exit 0)", text[found.end() :]):
                continue
            yield Finding(
                rule=rule.name,
                place=Place(path, number, number),
                framework=Framework.DJANGO,
                message=(
                    "`makemigrations --check --merge` does not look for missing migrations."
                    if merging
                    else "The migration check's failure is thrown away."
                ),
                why="Missing migrations and conflicting leaf nodes pass unseen.",
                remedy="Run `python manage.py makemigrations --check --dry-run`, alone.",
                identity=(path, text.strip()),
            )
