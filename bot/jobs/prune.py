"""What is old goes: reports, notes, closed pull requests and what was accepted for them, heartbeats, failures."""

from __future__ import annotations

from bot.services import Services

DAY = 24 * 3600.0


def prune(services: Services) -> None:
    """Delete what is older than the settings keep. Mirrors are each machine's own business."""
    settings = services.settings
    services.store.prune_reports(settings.keep_reports_days * DAY)
    services.ledger.prune_closed(settings.keep_reports_days * DAY)
    services.store.prune_acceptances()
    services.ledger.prune_beats(DAY)
    services.ledger.prune_failures(settings.keep_jobs_days * DAY)
