"""
GitHub, as the jobs use it (``bot.services.GitHub``): reading, and publishing by difference.

Each call makes its own connection: nothing is shared among threads but the tokens.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from github import Auth

from bot.errors import (
    GitHubError,
    GitHubGone,
    GitHubRefused,
    GitHubUnavailable,
    NotGranted,
    SettingsError,
)
from bot.github import publish as writing
from bot.github import reconcile
from bot.github.auth import (
    CHECKS,
    COMMENTS,
    CONTENTS,
    DEPLOYMENTS,
    LIST,
    PULLS,
    Clock,
    Tokens,
    app_auth,
)
from bot.github.granted import lacking, missing
from bot.github.present import (
    Account,
    Ours,
    begun,
    ours,
    read_account,
    read_checks,
    read_comments,
)
from bot.github.rest import Observe, Rest
from bot.jobs.model import PullRequest, Repository
from bot.render.inline import Hunks
from bot.render.summary import Links
from bot.services import OPEN_PULL_REQUESTS, Delivery, Judgement, Subject
from bot.settings import Settings

DEPLOYMENTS_SEEN = 20
"""The newest deployments to an environment, of which the first that succeeded is what runs."""

_ANSWER = "<!-- two-step:answer:{} -->"
_MARK = re.compile(r"[\w.:#-]{1,100}")


def _unobserved(method: str, status: int, headers: Mapping[str, str]) -> None:
    del method, status, headers


REPOSITORIES = 30_000
"""Of one installation that are asked for."""

CLOSING_SECONDS = 3.0
"""For the last requests of a process that ends, at least."""


class GitHubClient:
    """The App on one GitHub. Thread-safe."""

    def __init__(self, settings: Settings, *, observe: Observe = _unobserved) -> None:
        if settings.app_id is None or settings.private_key is None:
            raise SettingsError("TWOSTEP_APP_ID and TWOSTEP_PRIVATE_KEY are needed")
        self._settings = settings
        self._app_id = settings.app_id
        clock = Clock()
        self._app = app_auth(settings.app_id, settings.private_key.get_secret_value(), clock)
        self._observe = _heard_by(clock, observe)
        self._tokens = Tokens(self._ask_as_app, clock)
        self._account: Account | None = None
        self._lock = threading.Lock()

    # Who we are

    def app(self) -> Mapping[str, Any]:
        """The App as GitHub describes it: its name, owner and page, which change, permissions and events."""
        with self._as_app() as rest:
            found: Mapping[str, Any] = rest.get("/app")
        return found

    def lacking(self, app: Mapping[str, Any]) -> tuple[str, ...]:
        """What *app*, our own, should be allowed to do, or told of, and is not, here or in an installation."""
        with self._as_app() as rest:
            return lacking(app, rest.pages("/app/installations"))

    def token(self, repository: Repository) -> str:
        """A token for reading this one repository with git; good for ten minutes at least."""
        return self._token(repository.installation, repository, CONTENTS)

    # Reading

    def repository(self, repository: Repository) -> Repository:
        """The repository by its id, under the name that it has now."""
        with self._in(repository, LIST) as rest:
            try:
                found = rest.get(f"/repos/{repository.full_name}")
            except GitHubGone:
                found = {}
        if found.get("id") == repository.id:
            return _repository(found, repository.installation)
        # Renamed without a redirection, or another one has its old name now.
        for each in self.repositories(repository.installation):
            if each.id == repository.id:
                return each
        raise GitHubGone(f"The repository {repository.full_name} is not there for the App any more")

    def default_branch(self, repository: Repository) -> str:
        with self._in(repository, LIST) as rest:
            return str(rest.get(f"/repos/{repository.full_name}")["default_branch"])

    def tip(self, repository: Repository, branch: str) -> str | None:
        with self._in(repository, CONTENTS) as rest:
            try:
                found = rest.get(f"/repos/{repository.full_name}/branches/{quote(branch, safe='')}")
            except GitHubGone:
                return None
        return str(found["commit"]["sha"])

    def pull_request(self, repository: Repository, number: int) -> PullRequest:
        with self._in(repository, PULLS) as rest:
            return _pull_request(
                repository, rest.get(f"/repos/{repository.full_name}/pulls/{number}")
            )

    def open_pull_requests(
        self, repository: Repository, base_ref: str | None = None
    ) -> tuple[PullRequest, ...]:
        """The open ones (into *base_ref*), oldest first; of more than ``OPEN_PULL_REQUESTS`` the newest."""
        into = {} if base_ref is None else {"base": base_ref}
        with self._in(repository, PULLS) as rest:
            pulls = rest.pages(
                f"/repos/{repository.full_name}/pulls",
                pages=OPEN_PULL_REQUESTS // 100,
                state="open",
                sort="created",
                direction="desc",
                **into,
            )
            return tuple(_pull_request(repository, each) for each in pulls)[::-1]

    def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        """The open pull requests whose head is *sha*."""
        with self._in(repository, {**CONTENTS, **PULLS}) as rest:
            try:
                pulls = list(rest.pages(f"/repos/{repository.full_name}/commits/{sha}/pulls"))
            except GitHubRefused as error:
                if error.status != 422:  # no such commit any more
                    raise
                return ()
        return tuple(
            sorted(
                each["number"]
                for each in pulls
                if each["state"] == "open" and each["head"]["sha"] == sha
            )
        )

    def running(self, repository: Repository, environment: str) -> str | None:
        """The commit that was last deployed to *environment* with success; None where there is none."""
        where = f"/repos/{repository.full_name}/deployments"
        with self._in(repository, DEPLOYMENTS) as rest:
            newest = rest.pages(where, pages=1, environment=environment, per_page=DEPLOYMENTS_SEEN)
            for each in newest:
                said = rest.pages(f"{where}/{each['id']}/statuses", pages=1)
                if any(status["state"] == "success" for status in said):
                    return str(each["sha"])
        return None

    def judged(self, repository: Repository, sha: str) -> bool:
        """Whether a completed check run of ours stands on *sha*; a cancelled one says nothing."""
        with self._in(repository, CHECKS) as rest:
            try:
                runs = read_checks(rest, repository.full_name, sha, self._app_id)
            except GitHubRefused as error:
                if error.status != 422:
                    raise
                return False
        return any(run.completed and run.digest for run in runs)

    def permission(self, repository: Repository, login: str) -> str:
        """
        What *login* may do: ``admin``, ``write``, ``read`` or ``none``.

        A public repository may be read by everybody; whoever has nothing more
        to do with it is a stranger all the same.
        """
        where = f"/repos/{repository.full_name}/collaborators/{quote(login, safe='')}"
        with self._in(repository, LIST) as rest:
            try:
                said = str(rest.get(f"{where}/permission").get("permission") or "none")
                if said == "read":
                    rest.get(where)
            except GitHubGone:
                return "none"
        return said if said in {"admin", "write", "read"} else "none"

    def installations(self) -> tuple[int, ...]:
        with self._as_app() as rest:
            found = list(rest.pages("/app/installations"))
        return tuple(sorted(int(each["id"]) for each in found if not each.get("suspended_at")))

    def repositories(self, installation: int) -> tuple[Repository, ...]:
        token = self._token(installation, None, LIST)
        with self._with_token(token) as rest:
            found = rest.pages(
                "/installation/repositories", item="repositories", pages=REPOSITORIES // 100
            )
            return tuple(
                _repository(each, installation)
                for each in found
                if not each.get("archived") and not each.get("disabled")
            )

    # Publishing

    def begin(self, subject: Subject, attempt: str) -> int:
        """Show a check run in progress for *attempt*, unless one is there already; its id."""
        name = subject.repository.full_name
        with self._in(subject.repository, CHECKS) as rest:
            for run in read_checks(rest, name, subject.head_sha, self._app_id):
                if run.attempt == attempt:
                    return run.id
            return writing.begin_check(rest, name, subject.head_sha, attempt)

    def publish(self, subject: Subject, judgement: Judgement) -> None:
        """
        Make what is seen agree with *judgement*; twice is the same as once.

        The check comes first: it is what a merge waits for. Where the App may
        not comment, the check alone says all, and that.
        """
        repository, name = subject.repository, subject.repository.full_name
        number = subject.number if isinstance(subject, PullRequest) else None
        links = Links(web=self._settings.github_url, report=judgement.report_url)
        hunks: Hunks = {}
        lacks: tuple[str, ...] = ()
        if number is not None:
            try:
                with self._in(repository, COMMENTS) as rest:
                    if judgement.document is not None:
                        hunks = writing.read_hunks(rest, name, number, judgement.document)
            except NotGranted as error:
                number, lacks = None, error.permissions
        wanted = writing.wanted(subject, judgement, links, hunks, lacks)
        with self._in(repository, CHECKS) as rest:
            runs = read_checks(rest, name, subject.head_sha, self._app_id)
            runs = begun(runs, judgement.check, judgement.attempt)
            writing.apply(rest, name, None, reconcile.checks(wanted.check, runs))
        if number is not None:
            with self._in(repository, COMMENTS) as rest:
                self._comment(rest, name, number, wanted)

    def _comment(self, rest: Rest, name: str, number: int, wanted: reconcile.Wanted) -> None:
        mine = self._ours(rest)
        actions = reconcile.comments(wanted, *read_comments(rest, name, number, mine))
        writing.apply(rest, name, number, actions)
        if reconcile.creates(actions):
            summaries, lines = read_comments(rest, name, number, mine)
            writing.apply(rest, name, number, reconcile.doubled(summaries, lines))

    def withdraw(self, subject: Subject, attempt: str, check: int | None = None) -> None:
        """Complete what ``begin`` showed as cancelled: a newer head has taken its place."""
        name = subject.repository.full_name
        with self._in(subject.repository, CHECKS) as rest:
            shown = read_checks(rest, name, subject.head_sha, self._app_id)
            for run in begun(shown, check, attempt):
                if run.attempt == attempt and not run.completed:
                    writing.abandon_check(rest, name, run.id)

    def react(
        self, repository: Repository, comment: int, reaction: str, *, on_review: bool
    ) -> None:
        """Put a reaction on a comment; GitHub keeps one of a kind."""
        kind = "pulls" if on_review else "issues"
        with self._in(repository, COMMENTS) as rest:
            rest.post(
                f"/repos/{repository.full_name}/{kind}/comments/{comment}/reactions",
                {"content": reaction},
            )

    def reply(
        self, repository: Repository, number: int, comment: int, body: str, *, on_review: bool
    ) -> None:
        """Answer a comment where it was said, once."""
        mark = _ANSWER.format(comment)
        name = repository.full_name
        with self._in(repository, COMMENTS) as rest:
            if self._said(rest, name, number, mark, on_review=on_review):
                return
            text = {"body": f"{mark}\n{body}"}
            if on_review:
                rest.post(f"/repos/{name}/pulls/{number}/comments/{comment}/replies", text)
            else:
                rest.post(f"/repos/{name}/issues/{number}/comments", text)

    def say(self, repository: Repository, number: int, mark: str, body: str) -> None:
        """Say something below a pull request, once for each *mark*."""
        if not _MARK.fullmatch(mark):
            raise ValueError(f"a mark is of letters, digits and dashes: {mark!r}")
        text = _ANSWER.format(mark)
        name = repository.full_name
        with self._in(repository, COMMENTS) as rest:
            if not self._said(rest, name, number, text, on_review=False):
                rest.post(f"/repos/{name}/issues/{number}/comments", {"body": f"{text}\n{body}"})

    # Deliveries

    def failed_deliveries(self, since: float) -> tuple[Delivery, ...]:
        """The App's deliveries since *since* that were not answered with 2xx, newest first."""
        found = []
        with self._as_app() as rest:
            for each in rest.hook_deliveries(status="failure"):
                at = datetime.fromisoformat(each["delivered_at"]).timestamp()
                if at < since:
                    break
                found.append(
                    Delivery(
                        id=int(each["id"]),
                        guid=str(each["guid"]),
                        event=str(each["event"]),
                        status_code=int(each["status_code"]),
                        at=at,
                        redelivery=bool(each.get("redelivery")),
                    )
                )
        return tuple(each for each in found if not 200 <= each.status_code < 300)

    def redeliver(self, delivery: Delivery) -> None:
        """Have GitHub send it once more; it carries the same id."""
        with self._as_app() as rest:
            rest.ask_again(delivery.id)

    # Below

    def _said(self, rest: Rest, name: str, number: int, mark: str, *, on_review: bool) -> bool:
        kind = "pulls" if on_review else "issues"
        comments = rest.pages(f"/repos/{name}/{kind}/{number}/comments")
        mine = self._ours(rest)
        return any((each.get("body") or "").startswith(mark) and mine(each) for each in comments)

    def _ours(self, rest: Rest) -> Ours:
        """Whether a comment is ours; *rest* asks for our account where that is not known yet."""

        def account() -> Account:
            with self._lock:
                if self._account is None:
                    slug = self.app().get("slug") or self._settings.app_slug
                    self._account = read_account(rest, str(slug or ""))
                return self._account

        return ours(self._app_id, account)

    def _token(
        self, installation: int, repository: Repository | None, permissions: Mapping[str, str]
    ) -> str:
        try:
            return self._tokens.of(installation, repository, permissions)
        except NotGranted as error:
            # GitHub does not say which of them it is.
            with self._as_app() as rest:
                granted = rest.get(f"/app/installations/{installation}").get("permissions") or {}
            raise NotGranted(missing(granted, permissions) or error.permissions) from None

    def _ask_as_app(self, path: str, body: Mapping[str, Any]) -> Any:
        with self._as_app() as rest:
            return rest.post(path, body)

    def close(self, seconds: float = 0.0) -> None:
        """
        Have GitHub forget the tokens that this process holds, as far as *seconds* (``CLOSING_SECONDS`` at least) go.

        What is left ends by itself within the hour.
        """
        seconds = max(seconds, CLOSING_SECONDS)
        end = time.monotonic() + seconds
        for token in self._tokens.all_taken():
            if time.monotonic() > end:
                return
            # Each may be tried three times.
            rest = self._rest(Auth.Token(token), at_most=seconds / 3)
            try:
                rest.delete("/installation/token")
            except GitHubError:
                return  # GitHub is away, and so are we
            finally:
                rest.close()

    @contextmanager
    def _as_app(self) -> Iterator[Rest]:
        rest = self._rest(self._app)
        try:
            yield rest
        except GitHubRefused as error:
            if error.status == 401:
                # The key is the operator's to mend, or the clock, and GitHub has such moments too.
                raise GitHubUnavailable(
                    f"{error}. Is TWOSTEP_PRIVATE_KEY a key that the App {self._app_id} "
                    f"(TWOSTEP_APP_ID) has on {self._settings.github_url}?",
                    401,
                ) from None
            raise
        finally:
            rest.close()

    @contextmanager
    def _in(self, repository: Repository, permissions: Mapping[str, str]) -> Iterator[Rest]:
        token = self._token(repository.installation, repository, permissions)
        with self._with_token(token, repository.installation) as rest:
            yield rest

    @contextmanager
    def _with_token(self, token: str, installation: int | None = None) -> Iterator[Rest]:
        rest = self._rest(Auth.Token(token), installation)
        try:
            yield rest
        except GitHubError as error:
            if error.status == 401:
                # Ended or revoked before its time: the next attempt gets another one.
                self._tokens.forget(token)
                raise GitHubUnavailable(str(error), 401) from None
            raise
        except (KeyError, TypeError, ValueError) as error:
            # Half an answer that is JSON all the same.
            raise GitHubUnavailable(f"GitHub's answer lacks {error}") from error
        finally:
            rest.close()

    def _rest(
        self, auth: Auth.Auth, installation: int | None = None, at_most: float = math.inf
    ) -> Rest:
        return Rest(
            auth,
            api_url=self._settings.api_url,
            graphql_url=self._settings.graphql_url,
            seconds=min(self._settings.github_seconds, at_most),
            pause=self._settings.github_pause_seconds,
            observe=_of_installation(self._observe, installation),
        )


def _of_installation(observe: Observe, installation: int | None) -> Observe:
    """*observe*, told of the installation as if it were a header."""

    def observed(method: str, status: int, headers: Mapping[str, str]) -> None:
        observe(method, status, {**headers, "x-installation": str(installation or "app")})

    return observed


def _heard_by(clock: Clock, observe: Observe) -> Observe:
    """*observe*, and *clock* hears GitHub's time with each answer."""

    def observed(method: str, status: int, headers: Mapping[str, str]) -> None:
        clock.heard(headers)
        observe(method, status, headers)

    return observed


def _repository(found: Mapping[str, Any], installation: int) -> Repository:
    return Repository(
        id=int(found["id"]), full_name=str(found["full_name"]), installation=installation
    )


def _pull_request(repository: Repository, found: Mapping[str, Any]) -> PullRequest:
    head, base = found["head"], found["base"]
    # Events may be older than a renaming; git does not follow redirections.
    name = (base.get("repo") or {}).get("full_name") or repository.full_name
    fork = head.get("repo") or {}
    return PullRequest(
        repository=replace(repository, full_name=str(name)),
        number=int(found["number"]),
        head_sha=head["sha"],
        head_ref=head["ref"],
        base_ref=base["ref"],
        base_sha=base["sha"],
        author=(found.get("user") or {}).get("login") or "",
        title=found.get("title") or "",
        head_repository=fork.get("full_name"),
        open=found["state"] == "open",
        draft=bool(found.get("draft")),
        merged=bool(found.get("merged_at")),
    )
