"""
The real service as a process of its own, on a world of the tests: ``program.py serve|work WORLD PORT``.

Its settings come from the environment, as they would anywhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from bot.log import set_up_logging
from bot.settings import load_settings
from bot.wiring import Parts, build_app, work
from tests.service.world import Recorder, answer, report_url


def main() -> None:
    what, world, port, delay = sys.argv[1:]
    settings = load_settings()
    set_up_logging(settings)
    github = Recorder(Path(world), float(delay))
    parts = Parts(github=github, answer=answer, report_url=report_url)
    if what == "work":
        work(settings, parts)
    else:
        app = build_app(settings, parts, works=what == "serve")
        uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
