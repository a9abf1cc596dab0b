"""Deliveries that we missed: GitHub never sends them again by itself, so it is asked to."""

from __future__ import annotations

from bot.services import Services

PAST_SECONDS = 3 * 24 * 3600 - 3600
"""GitHub keeps deliveries for redelivery for three days; an hour is left for clocks."""


def redeliver(services: Services) -> int:
    """
    Ask for each failed delivery once more, the oldest first; how many.

    A delivery that GitHub calls failed may have arrived all the same (its
    answer came too late); those that we have, and those that succeeded at a
    later try, are left alone.
    """
    since = services.ledger.clock() - PAST_SECONDS
    asked: set[str] = set()
    for delivery in reversed(services.github.failed_deliveries(since)):
        if delivery.guid in asked or services.delivered(delivery.guid):
            continue
        asked.add(delivery.guid)
        # Not again at every tick: GitHub needs a while, and so may we.
        if services.store.note(f"redelivered {delivery.guid} {delivery.id}") is not None:
            continue
        services.github.redeliver(delivery)
        services.store.remember(f"redelivered {delivery.guid} {delivery.id}", delivery.event)
        services.metrics.redeliveries.inc()
    return len(asked)
