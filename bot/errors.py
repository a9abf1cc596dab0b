"""
What can go wrong on the outside, as one small tree.

TwoStepError                 its text is for a person, and is shown as it is
├── SettingsError            the service is configured in a way that cannot work
├── CannotJudge              no verdict on this commit: the check says so and fails
├── Superseded               somebody wants something newer; not an error, the work just ends
└── GitHubError              an answer of GitHub that was not the wanted one
    ├── RateLimited          wait until `until`, then go on
    ├── GitHubUnavailable    5xx, time out, reset: the same again, a little later
    ├── GitHubGone           404, 410, 451, suspended: nothing is left to do
    └── GitHubRefused        401, 403, 422: the same again would be refused again
        └── NotGranted       whoever installed the App has not agreed to a permission
"""

from __future__ import annotations

from collections.abc import Iterable


class TwoStepError(Exception):
    """Something a person can mend; its text is shown to them as it is."""


class SettingsError(TwoStepError):
    """The service is configured in a way that cannot work."""


class CannotJudge(TwoStepError):
    """
    No verdict can be given on a commit; it reads as failure, never as success.

    ``conclusion`` is what the check run gets: ``failure``, ``timed_out`` or
    ``action_required`` (somebody has to change something first).
    """

    def __init__(self, reason: str, conclusion: str = "failure") -> None:
        super().__init__(reason)
        self.conclusion = conclusion


class Superseded(TwoStepError):
    """A newer head is wanted, or the pull request is closed: the work just ends."""


class GitHubError(TwoStepError):
    """GitHub did not do what was asked. ``status`` is the HTTP status, 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class RateLimited(GitHubError):
    """Nothing more may be asked until ``until`` (seconds since the epoch, by our clock)."""

    def __init__(self, message: str, until: float, status: int = 429) -> None:
        super().__init__(message, status)
        self.until = until


class GitHubUnavailable(GitHubError):
    """No answer, half an answer, or 5xx: the same request may succeed in a while."""


class GitHubGone(GitHubError):
    """The repository, pull request or installation is not there (for us) any more."""


class GitHubRefused(GitHubError):
    """The request was understood and refused; repeating it changes nothing."""


class NotGranted(GitHubRefused):
    """The installation lacks ``permissions``, such as ``checks: write``; its owner can grant them."""

    def __init__(self, permissions: Iterable[str]) -> None:
        self.permissions = tuple(permissions)
        super().__init__(
            f"The App's installation lacks {' and '.join(self.permissions)}. An owner grants it "
            "on GitHub, in the settings of the installed App",
            403,
        )
