"""``make new-rule NAME=column-removed``: the stubs of a rule."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

RULE = '''"""
One sentence: what it is.

## What it finds

...

## Why it hurts

...

## What to do

...

## Example

```python
# bad

# good
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    yield from ()
'''


def main(name: str) -> int:
    """Write the rule's file, unless there is one."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name):
        print(
            "A rule's name is lower case with hyphens: make new-rule NAME=column-removed",
            file=sys.stderr,
        )
        return 2
    path = ROOT / "analyzers/rules" / f"{name.replace('-', '_')}.py"
    if path.exists():
        print(f"{path.relative_to(ROOT)} exists already.", file=sys.stderr)
        return 2
    path.write_text(RULE)
    print(f"{path.relative_to(ROOT)}: write it, then add cases in tests/ and run make docs.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
