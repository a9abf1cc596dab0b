"""Deliveries that we missed: GitHub never sends them again by itself, so it is asked to."""

from __future__ import annotations

from bot.services import Delivery, Services

PAST_SECONDS = 3 * 24 * 3600 - 3600
"""GitHub keeps deliveries for redelivery for three days; an hour is left for clocks."""


def redeliver(services: Services) -> int:
    """
    Ask for each failed delivery once more, the oldest first; how many.

    A delivery that GitHub calls failed may have arrived all the same (its
    answer came too late); those that we have, and those that succeeded at a
    later try, are left alone. GitHub lists each try by itself: what counts is
    the last one, which may have failed as well.
    """
    since = services.ledger.clock() - PAST_SECONDS
    last: dict[str, Delivery] = {}
    for delivery in services.github.failed_deliveries(since):
        last.setdefault(delivery.guid, delivery)
    asked = 0
    for delivery in reversed(last.values()):
        note = f"redelivered {delivery.guid} {delivery.id}"
        # Not again at every tick: GitHub needs a while, and so may we.
        if services.delivered(delivery.guid) or services.store.note(note) is not None:
            continue
        services.github.redeliver(delivery)
        services.store.remember(note, delivery.event)
        services.metrics.redeliveries.inc()
        asked += 1
    return asked
