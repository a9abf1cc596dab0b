"""Pages that are made from the code: the rules, the configuration, the schemas. ``make docs`` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from analyzers.config_text import SCHEMA
from analyzers.rules._rule import Rule, all_rules
from bot.render.schema import review_schema

DOCS = Path(__file__).parent.parent / "docs"
GENERATED = "<!-- made from the code by `make docs`; change it there -->\n"


def pages() -> dict[str, str]:
    """Every generated page by its path below ``docs``."""
    made = {f"rules/{rule.name}.md": rule_page(rule) for rule in all_rules()}
    made["rules/README.md"] = rule_list()
    made["configuration.md"] = configuration()
    made["configuration.schema.json"] = json.dumps(SCHEMA, indent=2) + "\n"
    made["review.schema.json"] = json.dumps(review_schema(), indent=2) + "\n"
    return made


EXAMPLE = """version: 1
database: postgresql
database_version: "16"
django:
  settings: shop.settings
deploy:
  environment: production
  migrate_first: true
rules:
  too-many-operations: off
  column-renamed: warning
ignore:
  - rule: not-null-column-added
    table: orders_order
    reason: the shop is closed while it is deployed
    until: 2027-01-31
"""
"""A configuration as a team may have it."""


def rule_page(rule: Rule) -> str:
    """The page of one rule."""
    return f"{GENERATED}\n# {rule.name}\n\nDefault: **{rule.severity.word}**\n\n{rule.page}\n"


def rule_list() -> str:
    """All rules with what each finds, in one table."""
    rows = "".join(
        f"| [{rule.name}]({rule.name}.md) | {rule.severity.word} | {rule.page.splitlines()[0]} |\n"
        for rule in all_rules()
    )
    return f"{GENERATED}\n# Rules\n\n| rule | default | it finds |\n| --- | --- | --- |\n{rows}"


def configuration() -> str:
    """Every key of the configuration."""
    rows = "".join(_rows(SCHEMA["properties"], ""))
    return (
        f"{GENERATED}\n# Configuration\n\n"
        "`.github/twostep.yml`, or `[tool.twostep]` in `pyproject.toml`. It is read from the **base** branch, so that a"
        " pull request cannot loosen its own review. What brings one that cannot be used fails, as nobody could be reviewed after it;"
        " what mends one is reviewed with the defaults. `twostep config check` validates it; editors can use"
        " [the JSON Schema](configuration.schema.json).\n\n"
        f"```yaml\n{EXAMPLE}```\n\n"
        f"| key | what it may be | meaning |\n| --- | --- | --- |\n{rows}\n"
        "## Ignoring a finding\n\n"
        "On the line that the finding names, with a reason: `# twostep: ignore[not-null-column-added] the table is empty until: 2027-01-31`."
        " Alone on a line the comment speaks of the next one. `until:` is optional; after that date it no longer counts."
        " The same under `ignore` in the configuration, by rule and app, migration, path or table.\n"
    )


def _rows(properties: dict[str, Any], prefix: str) -> list[str]:
    rows = []
    for name, schema in properties.items():
        if schema.get("type") == "object" and "properties" in schema:
            rows += _rows(schema["properties"], f"{prefix}{name}.")
            continue
        if "const" in schema:
            kind = str(schema["const"])
        elif "enum" in schema:
            kind = ", ".join(str(choice) for choice in schema["enum"] if choice is not False)
        else:
            kind = {
                "string": "text",
                "array": "list",
                "object": "table",
                "integer": "number",
                "boolean": "true, false",
            }[schema["type"]]
        rows.append(f"| `{prefix}{name}` | {kind} | {schema.get('description', '')} |\n")
    return rows


def main() -> int:
    """Write every page that differs."""
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"{path.relative_to(DOCS.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
