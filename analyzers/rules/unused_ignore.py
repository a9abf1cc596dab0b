"""
An ignore comment or entry that ignores nothing.

## What it finds

A `# twostep: ignore[...]` comment in a new migration (elsewhere one at a finding that
does not count, as it has no reason or is past its date), or an entry under
`ignore` in the configuration, that no finding needs: what it was written for is
mended, its rule is misspelt, its reason is missing, or its date is past. An
entry of the configuration is judged only where this pull request changes the
configuration.

## Why it hurts

It hides the next mistake at the same place.

## What to do

Delete it, or give it the reason that is missing.

## Example

```python
# bad: the column is nullable now
migrations.AddField("order", "note", ...)  # twostep: ignore[not-null-column-added] small table

# good
migrations.AddField("order", "note", ...)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule, all_rules

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    rules = [known.name for known in all_rules()]
    for place, name, framework, reason, past in facts.unused_ignores:
        message = f"This entry ignores {name}, and there is no such finding."
        why, remedy = "It would hide the next mistake at the same place.", "Delete it."
        if not name:
            message = "This comment ignores nothing: it names no rule in brackets."
            why = "What it was written for counts as before."
            remedy = "Write `# twostep: ignore[rule-name]` and the reason."
        elif past:
            message = f"This entry ignored {name} until {past}, and that day is past."
            why = "It does not count any more."
            remedy = "Do what was put off, and delete it; or give it a later date."
        elif len(reason) < 3:
            message = f"This entry ignores {name} without saying why."
            why = "It has no reason, so it does not count."
            remedy = "Write the reason behind the bracket."
        elif name not in rules:
            import difflib

            near = difflib.get_close_matches(name, rules, n=1)
            message = f"This entry ignores {name}, and there is no such rule."
            why = "It ignores nothing."
            remedy = f"Say {near[0]}, if that is meant." if near else remedy
        yield Finding(
            rule=rule.name,
            framework=framework,
            place=place,
            identity=(place.path, name, reason),
            message=message,
            why=why,
            remedy=remedy,
        )
