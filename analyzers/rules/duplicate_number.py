"""
Two migrations of one app share a number, although the graph is sound.

## What it finds

A new Django migration whose number another migration of its app has already,
where both are in one line of descent: nothing is broken, only hard to read.

## Why it hurts

`migrate orders 0031` is ambiguous and refused, and who reads the folder takes
them for a conflict.

## What to do

Rename the newer one to the next free number, unless a shared database has
applied it.

## Example

```
# bad
0031_order_tax.py   0031_order_note.py (depends on 0031_order_tax)

# good
0031_order_tax.py   0032_order_note.py
```
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.snapshot import counterpart
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Key

rule = Rule(__name__, Severity.INFO)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for graph in facts.merged.graphs:
        if graph.framework is not Framework.DJANGO:
            continue
        base = counterpart(facts.base, graph)
        numbered: dict[tuple[str, str], list[Key]] = defaultdict(list)
        for key in graph.parents:
            if found := re.match(r"\d{2,}(?=_)", key.name):
                numbered[key.app, found[0]].append(key)
        for (app, number), keys in sorted(numbered.items()):
            new = [k for k in keys if base is None or k not in base.migrations]
            if len(keys) < 2 or not new or len(graph.leaf_nodes(app)) > 1:
                continue
            if any(graph.migrations[k].replaces for k in keys):
                continue
            latest = max(new, key=lambda key: graph.position[key])
            line = graph.ancestors(latest)
            others = [k for k in keys if k != latest and k in line]
            if not others:
                # Two sides that a merge migration joins may well share a number.
                continue
            yield Finding(
                rule=rule.name,
                framework=graph.framework,
                place=graph.migrations[latest].place,
                app=app,
                migration=latest.name,
                message=f"{latest.name} has the number {number}, as {others[0].name} has.",
                why=f'"migrate {facts.label(app)} {number}" is refused as ambiguous, and the two look like a conflict.',
                remedy="Rename it to the next free number, unless a shared database has applied it already.",
                related=tuple(
                    Related(
                        app=k.app,
                        migration=k.name,
                        place=graph.migrations[k].place,
                        side="head" if k in new else "base",
                    )
                    for k in others
                ),
            )
