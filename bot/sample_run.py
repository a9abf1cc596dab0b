"""``make run``: builds the sample, shows its reviews, then serves it where the service can run."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bot.demo import demonstrate
from bot.render.terminal import print_document
from bot.reviewing import review_repository
from bot.sample import PULL_REQUESTS, make_sample


def main() -> int:
    """Review every branch of the sample against its ``main``."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="twostep-sample-") as scratch:
        path = Path(scratch) / "shop"
        make_sample(path)
        for pull_request in PULL_REQUESTS:
            console.rule(f"#{pull_request.number} {pull_request.title}: {pull_request.shows}")
            document = review_repository(
                path,
                base="main",
                head=pull_request.branch,
                repository="acme/shop",
                pull_request=pull_request.number,
            )
            print_document(document)
    console.rule()
    console.print(
        "That was the command line. In a repository of yours: .venv/bin/twostep review PATH --base origin/main"
    )
    console.print("Now the same pull requests through the service:")
    return demonstrate()


if __name__ == "__main__":
    sys.exit(main())
