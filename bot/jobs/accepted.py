"""Accepted findings: what somebody with write permission took upon themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.services import Acceptance, Document


def with_acceptances(document: Document, acceptances: Iterable[Acceptance]) -> Document:
    """
    *document* with the findings marked that were accepted, and the verdict that is left.

    A finding is known again by its fingerprint, so an acceptance survives
    pushes that only move it, and does not cover findings that came later.
    """
    by_fingerprint = {
        fingerprint: acceptance
        for acceptance in acceptances
        for fingerprint in acceptance.fingerprints
    }
    findings = [_marked(finding, by_fingerprint) for finding in document.get("findings", ())]
    return {**document, "findings": findings, "verdict": verdict_of(findings)}


def verdict_of(findings: Iterable[Document]) -> str:
    """``fail``, ``warn`` or ``pass``, of the findings that count."""
    worst = {
        finding["severity"]
        for finding in findings
        if not finding.get("preexisting") and not finding.get("accepted")
    }
    if "error" in worst:
        return "fail"
    return "warn" if "warning" in worst else "pass"


def _marked(finding: Document, by_fingerprint: dict[str, Acceptance]) -> dict[str, Any]:
    acceptance = by_fingerprint.get(finding["fingerprint"])
    if acceptance is None or finding.get("accepted"):
        return dict(finding)
    said = {"reason": acceptance.reason, "by": acceptance.by, "at": acceptance.at, "until": None}
    return {**finding, "accepted": said}
