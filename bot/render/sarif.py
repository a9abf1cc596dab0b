"""The review as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from analyzers.rules._rule import all_rules
from bot.render.document import Document, FindingDocument, UnknownDocument

LEVEL = {"error": "error", "warning": "warning", "info": "note"}


def render_sarif(document: Document) -> str:
    """
    One run with every rule and every finding.

    What does not count is suppressed, with the reason; what could not be read
    is a notification of the run.
    """
    rules = all_rules()
    index = {rule.name: number for number, rule in enumerate(rules)}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Two-Step",
                        "rules": [
                            {
                                "id": rule.name,
                                "shortDescription": {"text": rule.page.splitlines()[0]},
                                "fullDescription": {"text": rule.page},
                                "help": {"text": rule.page, "markdown": rule.page},
                                "defaultConfiguration": {"level": LEVEL[rule.severity.word]},
                            }
                            for rule in rules
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            _notification(unknown) for unknown in document["unknown"]
                        ],
                    }
                ],
                "results": [_result(f, index) for f in document["findings"]],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(finding: FindingDocument, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding["rule"],
        "ruleIndex": index[finding["rule"]],
        "level": LEVEL[finding["severity"]],
        "message": {"text": f"{finding['message']} {finding['why']} {finding['remedy']}"},
        "locations": [_location(finding["path"], finding["line"], finding["end_line"])],
        "partialFingerprints": {"twoStep/v1": finding["fingerprint"]},
    }
    if finding["related"]:
        result["relatedLocations"] = [
            {
                **_location(r["path"], r["line"], r["line"]),
                "message": {"text": f"{r['migration']} ({r['side']})"},
            }
            for r in finding["related"]
        ]
    suggestion = finding["suggestion"]
    if suggestion is not None:
        result["fixes"] = [
            {
                "description": {"text": finding["remedy"]},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": quote(suggestion["path"])},
                        "replacements": [
                            {
                                "deletedRegion": {
                                    "startLine": suggestion["start_line"],
                                    "endLine": suggestion["end_line"] + 1,
                                    "startColumn": 1,
                                    "endColumn": 1,
                                },
                                "insertedContent": {"text": suggestion["replacement"] + "\n"},
                            }
                        ],
                    }
                ],
            }
        ]
    accepted = finding["accepted"]
    if accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": accepted["reason"]}]
    elif finding["preexisting"]:
        result["suppressions"] = [
            {"kind": "external", "justification": "It stands on the base already."}
        ]
    return result


def _notification(unknown: UnknownDocument) -> dict[str, Any]:
    line = unknown["line"]
    return {
        "level": "note",
        "message": {"text": f"Not judged: {unknown['reason']}"},
        "locations": [_location(unknown["path"], line, line)],
    }


def _location(path: str, line: int, end_line: int) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path)},
            "region": {"startLine": line, "endLine": max(line, end_line)},
        }
    }
