"""
A stand-in for GitHub: as much of it as an App meets, on real git repositories.

What is kept is what is seen: pull requests, check runs, comments, reactions.
Diffs, hunks and ``refs/pull/N/head`` are git's own. It has GitHub's limits (50
annotations a request, 65,535 and 65,536 characters, lines outside of the diff,
tokens for the repositories that they were made for), answers late where it is
told to, and can be told to fail. Requests, answers and webhooks that are not as
GitHub's own description has them are collected in ``unlawful``, where that
description is at hand (``make contracts``); ``judged`` counts what was held
against it.
"""

from tests.support.github.faults import Fault
from tests.support.github.stand_in import StandIn, delivery, signed
from tests.support.github.state import API, APP_ID, GRANTED, Pull, Repo

__all__ = ["API", "APP_ID", "GRANTED", "Fault", "Pull", "Repo", "StandIn", "delivery", "signed"]
