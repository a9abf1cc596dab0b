"""
The real service as a process of its own, on a world of the tests: ``program.py serve|work WORLD PORT``.

Its settings come from the environment, as they would anywhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.commands._answer import answer
from bot.settings import load_settings
from bot.wiring import Parts, serve, work
from tests.service.world import Recorder, report_url


def main() -> None:
    what, world, port, delay = sys.argv[1:]
    settings = load_settings(port=int(port))
    github = Recorder(Path(world), float(delay))
    parts = Parts(github=github, answer=answer, report_url=report_url)
    if what == "work":
        work(settings, parts)
    else:
        serve(settings, parts, works=what == "serve")


if __name__ == "__main__":
    main()
