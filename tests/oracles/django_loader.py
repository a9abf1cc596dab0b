"""
The graphs of published Django packages against the ones that Django's own loader builds.

Nodes, edges, leaf nodes and replacements have to be the same for every app.
Packages are installed with what they need into one folder that git ignores;
only the other side of the comparison (``_django_loader_real.py``, in a process
of its own) imports them. What this side reads is their source.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.read.django.apps import read_django
from analyzers.relate.django_graph import django_graph
from analyzers.trees import MemoryTree

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "oracle-loader"
REAL = Path(__file__).with_name("_django_loader_real.py")
FULL = "django.contrib."
CONTRIB = (
    *tuple(
        FULL + name
        for name in ("admin", "auth", "contenttypes", "flatpages", "messages", "redirects")
    ),
    FULL + "sessions",
    FULL + "sites",
)


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package of the index and the apps that it is installed for."""

    name: str
    apps: Sequence[str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    defaults: str = ""
    """A module of the package whose upper-case names are settings too."""


PACKAGES = (
    Package(name="django", apps=()),
    Package(
        name="wagtail",
        apps=(
            "wagtail",
            "wagtail.admin",
            "wagtail.contrib.forms",
            "wagtail.contrib.redirects",
            "wagtail.contrib.search_promotions",
            "wagtail.documents",
            "wagtail.embeds",
            "wagtail.images",
            "wagtail.search",
            "wagtail.sites",
            "wagtail.snippets",
            "wagtail.users",
            "taggit",
        ),
    ),
    Package(
        name="django-oscar",
        apps=(
            "oscar.config.Shop",
            *(
                f"oscar.apps.{name}.apps.{config}Config"
                for name, config in (
                    ("analytics", "Analytics"),
                    ("checkout", "Checkout"),
                    ("address", "Address"),
                    ("shipping", "Shipping"),
                    ("catalogue", "Catalogue"),
                    ("catalogue.reviews", "CatalogueReviews"),
                    ("communication", "Communication"),
                    ("partner", "Partner"),
                    ("basket", "Basket"),
                    ("payment", "Payment"),
                    ("offer", "Offer"),
                    ("order", "Order"),
                    ("customer", "Customer"),
                    ("search", "Search"),
                    ("voucher", "Voucher"),
                    ("wishlists", "Wishlists"),
                    ("dashboard", "Dashboard"),
                    ("dashboard.reports", "ReportsDashboard"),
                    ("dashboard.users", "UsersDashboard"),
                    ("dashboard.orders", "OrdersDashboard"),
                    ("dashboard.catalogue", "CatalogueDashboard"),
                    ("dashboard.offers", "OffersDashboard"),
                    ("dashboard.partners", "PartnersDashboard"),
                    ("dashboard.pages", "PagesDashboard"),
                    ("dashboard.ranges", "RangesDashboard"),
                    ("dashboard.reviews", "ReviewsDashboard"),
                    ("dashboard.vouchers", "VouchersDashboard"),
                    ("dashboard.communications", "CommunicationsDashboard"),
                    ("dashboard.shipping", "ShippingDashboard"),
                )
            ),
            "treebeard",
        ),
        settings={"HAYSTACK_CONNECTIONS": {"default": {"ENGINE": ""}}},
        defaults="oscar.defaults",
    ),
    Package(name="django-cms", apps=("cms", "menus", "treebeard", "sekizai")),
    Package(
        name="django-allauth",
        apps=("allauth", "allauth.account", "allauth.socialaccount", "allauth.mfa"),
    ),
    Package(
        name="django-oauth-toolkit",
        apps=("oauth2_provider",),
        settings={
            "OAUTH2_PROVIDER_APPLICATION_MODEL": "oauth2_provider.Application",
            "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL": "oauth2_provider.AccessToken",
            "OAUTH2_PROVIDER_ID_TOKEN_MODEL": "oauth2_provider.IDToken",
            "OAUTH2_PROVIDER_GRANT_MODEL": "oauth2_provider.Grant",
            "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL": "oauth2_provider.RefreshToken",
        },
    ),
    Package(
        name="django-filer",
        apps=("easy_thumbnails", "polymorphic", "filer"),
        settings={"FILER_IMAGE_MODEL": "filer.Image"},
    ),
    Package(name="django-guardian", apps=("guardian",)),
    Package(name="django-celery-beat", apps=("django_celery_beat",)),
    Package(name="django-celery-results", apps=("django_celery_results",)),
    Package(name="django-reversion", apps=("reversion",)),
    Package(name="django-waffle", apps=("waffle",), settings={"WAFFLE_FLAG_MODEL": "waffle.Flag"}),
    Package(name="django-axes", apps=("axes",)),
    Package(
        name="django-otp",
        apps=(
            "django_otp",
            "django_otp.plugins.otp_email",
            "django_otp.plugins.otp_hotp",
            "django_otp.plugins.otp_static",
            "django_otp.plugins.otp_totp",
        ),
    ),
    Package(name="django-q2", apps=("django_q",)),
    Package(name="django-push-notifications", apps=("push_notifications",)),
    Package(name="django-constance", apps=("constance",)),
    Package(name="django-organizations", apps=("organizations",)),
    Package(name="django-invitations", apps=("invitations",)),
    Package(name="djangorestframework", apps=("rest_framework", "rest_framework.authtoken")),
    Package(
        name="djangorestframework-simplejwt",
        apps=("rest_framework_simplejwt", "rest_framework_simplejwt.token_blacklist"),
    ),
    Package(name="social-auth-app-django", apps=("social_django",)),
)
NEEDED = ("psycopg[binary]",)
"""What fields of some of them import."""

ROW = "{:38} {:>6} {:>6} {:>6} {:>13}  {}"

Node = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """What is compared: apps by label, nodes as label and name."""

    nodes: frozenset[Node]
    edges: frozenset[tuple[Node, Node]]
    leaf_nodes: frozenset[Node]
    replacements: frozenset[tuple[Node, Node]]


def install() -> None:
    """All packages with what they need, in one folder; nothing where they are there already."""
    if (FOLDER / ".done").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    runner = [uv, "pip"] if Path(uv).exists() else [sys.executable, "-m", "pip"]
    names = [*(package.name for package in PACKAGES), *NEEDED]
    command = [*runner, "install", "--quiet", "--target", str(FOLDER)]
    if runner[0] == uv:
        command += ["--python", sys.executable]
    subprocess.run([*command, *names], check=True)
    (FOLDER / ".done").touch()


def asked(package: Package, folder: Path | None = None, *, states: bool = False) -> dict[str, Any]:
    """
    What Django says of *package*; *folder* holds the packages.

    Raises:
        RuntimeError: Django does not load it; with what it printed.
    """
    wanted: dict[str, Any] = {
        "apps": [*CONTRIB, *package.apps],
        "settings": dict(package.settings),
        "defaults": package.defaults,
        "states": states,
    }
    paths = {"PYTHONPATH": str(folder)} if folder else {}
    done = subprocess.run(
        [sys.executable, str(REAL), json.dumps(wanted)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **paths},
    )
    if done.returncode:
        raise RuntimeError(f"{package.name}: Django did not load it\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def real(package: Package, folder: Path | None = None) -> tuple[Graph, tuple[str, ...]]:
    """What Django's loader builds, and the folders of the apps; *folder* holds the packages."""
    said = asked(package, folder)

    def pairs(name: str) -> frozenset[tuple[Node, Node]]:
        return frozenset((tuple(a), tuple(b)) for a, b in said[name])

    return Graph(
        nodes=frozenset((a, b) for a, b in said["nodes"]),
        edges=pairs("edges"),
        leaf_nodes=frozenset((a, b) for a, b in said["leaf_nodes"]),
        replacements=pairs("replacements"),
    ), tuple(said["folders"])


def ours(folders: Sequence[str], settings: Mapping[str, str], labels: frozenset[str]) -> Graph:
    """The same read from the sources under *folders*, of the apps *labels*."""
    files: dict[str, bytes] = {}
    for name in folders:
        folder = Path(name)
        for path in folder.rglob("*.py"):
            files[str(path.relative_to(folder.parent))] = path.read_bytes()
    reading = read_django(MemoryTree(files), Config(), MemoryCache())
    graph = django_graph(reading.apps, reading.migrations, settings)
    label = {app.name: app.name for app in reading.apps if app.name in labels}
    own = [key for key in graph.parents if key.app in label]
    return Graph(
        nodes=frozenset((k.app, k.name) for k in own),
        edges=frozenset(
            ((k.app, k.name), (p.app, p.name))
            for k in own
            for p in graph.parents[k]
            if p.app in label
        ),
        leaf_nodes=frozenset((k.app, k.name) for app in label for k in graph.leaf_nodes(app)),
        replacements=frozenset(
            ((m.key.app, m.key.name), (old.app, old.name))
            for m in graph.migrations.values()
            if m.key.app in label
            for old in m.replaces
        ),
    )


def compare(package: Package, folder: Path | None = None) -> tuple[Graph, tuple[str, ...]]:
    """Django's graph of *package*, and in words what is read otherwise: nothing where all is the same."""
    truth, folders = real(package, folder)
    texts = {k: v for k, v in package.settings.items() if isinstance(v, str)}
    settings = {"AUTH_USER_MODEL": "auth.User", **texts}
    read = ours(folders, settings, frozenset(app for app, _ in truth.nodes))
    wrong = []
    for what in ("nodes", "edges", "leaf_nodes", "replacements"):
        there, here = getattr(truth, what), getattr(read, what)
        wrong += [f"{what}: lacks {item}" for item in sorted(there - here)]
        wrong += [f"{what}: too much {item}" for item in sorted(here - there)]
    return truth, tuple(wrong)


def heading() -> str:
    """What stands above the table."""
    return ROW.format("package", "nodes", "edges", "leaves", "replacements", "the same")


def line(name: str, truth: Graph, wrong: Sequence[str]) -> str:
    """One package of the table."""
    counts = (truth.nodes, truth.edges, truth.leaf_nodes, truth.replacements)
    return ROW.format(name, *map(len, counts), "no" if wrong else "yes")


def main() -> int:
    """Print the table: ``python -m tests.oracles.django_loader``; 1 where anything differs."""
    install()
    print(heading())
    failed = 0
    for package in PACKAGES:
        try:
            truth, wrong = compare(package, FOLDER)
        except RuntimeError as error:
            failed += 1
            print(f"{package.name:32} {error}")
            continue
        failed += bool(wrong)
        print(line(package.name, truth, wrong), flush=True)
        for difference in wrong:
            print(f"    {difference}")
    print(f"{len(PACKAGES) - failed} of {len(PACKAGES)} packages are the same")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
