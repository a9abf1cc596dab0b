"""
Published Django projects and apps, each installed into an environment of its own.

What they are asked runs in a process of that environment, with a settings module
written for it; nothing of them is imported here. ``own`` names the packages whose
sources a repository of the project would hold: no others are shown to the readers.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzers.trees import MemoryTree
from tests.oracles.environments import FOLDER, SECONDS, make_environment, packages_in

HERE = Path(__file__).parent
SOURCE_BYTES = 1_000_000

COMMON = """
SECRET_KEY = "not secret"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "oracle_settings"
urlpatterns = []
SITE_ID = 1
STATIC_URL = "/static/"
STATIC_ROOT = "static"
MEDIA_URL = "/media/"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DJANGO = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
]
"""
"""Settings of apps that bring none; a project's own text follows."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """What is installed, how it is loaded, and which of its sources are read."""

    name: str
    install: tuple[str, ...]
    own: tuple[str, ...]
    """Top-level packages: the tree that is read, and whose models are compared."""
    settings: str = ""
    """Python, run after ``COMMON``."""
    alone: bool = False
    """The settings stand for themselves, without ``COMMON``."""
    module: str = "oracle_settings"
    """The settings module: the one with that text, or one of the project's own."""
    without: tuple[str, ...] = ()
    """Requirements that cannot be built everywhere, and that no model needs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    """Folders of its packages that it puts on Python's path itself."""
    inside: tuple[str, ...] = ()
    """Packages of its own that stand in one of those folders."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What a repository of it would say in ``twostep.yml`` (section ``django``)."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Sources of its own that no package brings: they are written among the packages."""
    mutated: bool = True
    """Whether the mutation oracle takes it: small enough to be asked many times."""


def app(
    name: str,
    *apps: str,
    own: str = "",
    needs: Iterable[str] = (),
    more: str = "",
    files: Mapping[str, str] | None = None,
) -> Project:
    """A reusable app: *apps* are its entries of ``INSTALLED_APPS``, *own* its package."""
    top = own or apps[0].partition(".")[0]
    listed = "INSTALLED_APPS = [*DJANGO, " + ", ".join(map(repr, apps)) + "]\n"
    install = tuple(needs) if files else (name, *needs)
    return Project(
        name=name, install=install, own=(top,), settings=listed + more, files=files or {}
    )


OSCAR = """
from oscar.defaults import *
INSTALLED_APPS = [*DJANGO, "django.contrib.flatpages", "oscar.config.Shop"] + [
    f"oscar.apps.{name}.apps.{config}Config"
    for name, config in (
        ("analytics", "Analytics"), ("checkout", "Checkout"), ("address", "Address"),
        ("shipping", "Shipping"), ("catalogue", "Catalogue"),
        ("catalogue.reviews", "CatalogueReviews"), ("communication", "Communication"),
        ("partner", "Partner"), ("basket", "Basket"), ("payment", "Payment"),
        ("offer", "Offer"), ("order", "Order"), ("customer", "Customer"), ("search", "Search"),
        ("voucher", "Voucher"), ("wishlists", "Wishlists"), ("dashboard", "Dashboard"),
        ("dashboard.reports", "ReportsDashboard"), ("dashboard.users", "UsersDashboard"),
        ("dashboard.orders", "OrdersDashboard"), ("dashboard.catalogue", "CatalogueDashboard"),
        ("dashboard.offers", "OffersDashboard"), ("dashboard.partners", "PartnersDashboard"),
        ("dashboard.pages", "PagesDashboard"), ("dashboard.ranges", "RangesDashboard"),
        ("dashboard.reviews", "ReviewsDashboard"), ("dashboard.vouchers", "VouchersDashboard"),
        ("dashboard.communications", "CommunicationsDashboard"),
        ("dashboard.shipping", "ShippingDashboard"),
    )
] + ["widget_tweaks", "haystack", "treebeard", "django_tables2"]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
WAGTAIL = """
INSTALLED_APPS = [
    *DJANGO,
    "wagtail.contrib.forms", "wagtail.contrib.redirects", "wagtail.contrib.search_promotions",
    "wagtail.contrib.settings", "wagtail.contrib.simple_translation", "wagtail.embeds",
    "wagtail.sites", "wagtail.users", "wagtail.snippets", "wagtail.documents", "wagtail.images",
    "wagtail.search", "wagtail.admin", "wagtail.locales", "wagtail", "modelcluster", "taggit",
]
WAGTAIL_SITE_NAME = "x"
WAGTAILADMIN_BASE_URL = "http://localhost"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
CMS = """
LANGUAGES = [("en", "English"), ("de", "German")]
LANGUAGE_CODE = "en"
CMS_CONFIRM_VERSION4 = True
X_FRAME_OPTIONS = "SAMEORIGIN"
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "cms.context_processors.cms_settings", "sekizai.context_processors.sekizai"]
INSTALLED_APPS = [
    *DJANGO, "cms", "menus", "treebeard", "sekizai", "djangocms_text", "djangocms_versioning",
    "djangocms_alias", "filer", "easy_thumbnails", "djangocms_link", "djangocms_picture",
    "djangocms_file",
    "djangocms_frontend", "djangocms_frontend.contrib.accordion",
    "djangocms_frontend.contrib.alert", "djangocms_frontend.contrib.grid",
    "parler",
]
CMS_TEMPLATES = [("page.html", "Page")]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
MACHINA = """
from machina import MACHINA_MAIN_TEMPLATE_DIR
INSTALLED_APPS = [*DJANGO, "mptt", "haystack", "widget_tweaks", "machina",
    "machina.apps.forum", "machina.apps.forum_conversation",
    "machina.apps.forum_conversation.forum_attachments",
    "machina.apps.forum_conversation.forum_polls", "machina.apps.forum_feeds",
    "machina.apps.forum_moderation", "machina.apps.forum_search",
    "machina.apps.forum_tracking", "machina.apps.forum_member",
    "machina.apps.forum_permission"]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
CACHES = {n: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": n}
    for n in ("default", "machina_attachments")}
"""
HYPERKITTY = """
INSTALLED_APPS = [*DJANGO, "hyperkitty", "postorius", "django_mailman3", "rest_framework",
    "django_gravatar", "compressor", "haystack", "django_extensions", "django_q",
    "allauth", "allauth.account", "allauth.socialaccount"]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
MAILMAN_REST_API_URL = "http://localhost"
MAILMAN_REST_API_USER = MAILMAN_REST_API_PASS = MAILMAN_ARCHIVER_KEY = "x"
MAILMAN_ARCHIVER_FROM = ("127.0.0.1",)
POSTORIUS_TEMPLATE_BASE_URL = "http://localhost"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
WIKI = """
INSTALLED_APPS = [*DJANGO, "django.contrib.humanize", "django_nyt", "mptt", "sekizai",
    "sorl.thumbnail", "wiki", "wiki.plugins.attachments", "wiki.plugins.notifications",
    "wiki.plugins.images", "wiki.plugins.macros", "wiki.plugins.help", "wiki.plugins.links",
    "wiki.plugins.editsection", "wiki.plugins.globalhistory", "wiki.plugins.pymdown"]
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "sekizai.context_processors.sekizai", "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages"]
WIKI_ACCOUNT_HANDLING = False
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
OAUTH = """
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth2_provider.AccessToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth2_provider.IDToken"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth2_provider.Grant"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth2_provider.RefreshToken"
"""
NAUTOBOT = """
import os
os.environ.setdefault("NAUTOBOT_ROOT", os.getcwd())
from nautobot.core.settings import *
SECRET_KEY = "not secret"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
PLUGINS = []
# Neither a cache nor a service: the command itself asks for none.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CONSTANCE_BACKEND = "constance.backends.memory.MemoryBackend"
"""
MAYAN = """
import os
os.environ["MAYAN_MEDIA_ROOT"] = os.getcwd() + "/media"
from mayan.settings.base import *
SECRET_KEY = "not secret"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
PULPCORE = """
import os
open("key", "w").write("YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")
os.environ["PULP_DB_ENCRYPTION_KEY"] = "key"
os.environ["PULP_CONTENT_ORIGIN"] = "http://localhost"
from pulpcore.app.settings import *
"""

PROJECTS: tuple[Project, ...] = (
    Project(
        name="wagtail",
        install=("wagtail", "psycopg[binary]", "django>=5.2,<5.3"),
        own=("wagtail",),
        settings=WAGTAIL,
    ),
    Project(
        name="oscar", install=("django-oscar[sorl-thumbnail]",), own=("oscar",), settings=OSCAR
    ),
    Project(
        name="cms",
        install=(
            "django-cms",
            "djangocms-text",
            "djangocms-versioning",
            "djangocms-alias",
            "django-filer",
            "djangocms-link",
            "djangocms-picture",
            "djangocms-file",
            "djangocms-frontend",
        ),
        own=(
            "cms",
            "djangocms_text",
            "djangocms_versioning",
            "djangocms_alias",
            "djangocms_link",
            "djangocms_picture",
            "djangocms_file",
            "djangocms_frontend",
        ),
        settings=CMS,
    ),
    Project(
        name="pretix",
        install=("pretix",),
        own=("pretix",),
        settings="from pretix.settings import *\n",
        alone=True,
        environment={"PRETIX_DATABASE_BACKEND": "sqlite3"},
        mutated=False,
    ),
    Project(
        name="pretalx",
        install=("pretalx",),
        own=("pretalx",),
        settings="from pretalx.settings import *\n",
        alone=True,
        # Its own ``makemigrations`` passes over what Django's would write.
        mutated=False,
    ),
    Project(
        name="kolibri",
        install=("kolibri",),
        own=("kolibri",),
        settings="from kolibri.deployment.default.settings.base import *\n",
        alone=True,
        roots=("kolibri/dist",),
    ),
    Project(
        name="labelstudio",
        install=("label-studio",),
        own=("label_studio",),
        alone=True,
        module="core.settings.label_studio",
        roots=("label_studio",),
        inside=(
            *("core", "data_export", "data_import", "data_manager", "fsm", "io_storages"),
            *("jwt_auth", "labels_manager", "ml", "ml_model_providers", "ml_models"),
            *("organizations", "projects", "session_policy", "tasks", "users", "webhooks"),
        ),
        environment={
            "SECRET_KEY": "x",
            "LABEL_STUDIO_BASE_DATA_DIR": "/tmp/label-studio",
            "LATEST_VERSION_CHECK": "false",
            "SENTRY_DSN": "",
            "COLLECT_ANALYTICS": "false",
        },
        mutated=False,
    ),
    Project(
        name="nautobot",
        install=("nautobot",),
        own=("nautobot",),
        settings=NAUTOBOT,
        alone=True,
        mutated=False,
    ),
    Project(
        name="mayan",
        install=("mayan-edms",),
        own=("mayan",),
        settings=MAYAN,
        alone=True,
        without=("python-ldap",),
        mutated=False,
    ),
    Project(
        name="evennia",
        install=("evennia",),
        own=("evennia",),
        settings="from evennia.settings_default import *\n",
        alone=True,
    ),
    Project(
        name="wger",
        install=("wger",),
        own=("wger",),
        settings="from wger.settings_global import *\n",
    ),
    Project(
        name="pulpcore",
        install=("pulpcore",),
        own=("pulpcore",),
        settings=PULPCORE,
        alone=True,
    ),
    Project(
        name="hyperkitty",
        install=("hyperkitty", "postorius", "django-mailman3"),
        own=("hyperkitty", "postorius", "django_mailman3"),
        settings=HYPERKITTY,
    ),
    Project(
        name="machina",
        install=("django-machina", "django<5"),
        own=("machina",),
        settings=MACHINA,
    ),
    Project(name="wiki", install=("wiki",), own=("wiki",), settings=WIKI),
    Project(
        name="dj-stripe",
        install=("dj-stripe", "psycopg[binary]"),
        own=("djstripe",),
        settings='INSTALLED_APPS = [*DJANGO, "djstripe"]\nDJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"\nSTRIPE_LIVE_MODE = False\n',
    ),
    app(
        "django-allauth",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.mfa",
        "allauth.usersessions",
        needs=("django-allauth[mfa,socialaccount]",),
        more='MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]\n',
    ),
    app("django-oauth-toolkit", "oauth2_provider", more=OAUTH),
    app("django-guardian", "guardian"),
    app("django-celery-beat", "django_celery_beat"),
    app("django-celery-results", "django_celery_results"),
    app("django-taggit", "taggit"),
    app("django-reversion", "reversion"),
    app("django-q2", "django_q"),
    app("easy-thumbnails", "easy_thumbnails"),
    app("django-filer", "filer", "easy_thumbnails", "polymorphic"),
    app(
        "djangorestframework-simplejwt",
        "rest_framework",
        "rest_framework_simplejwt.token_blacklist",
        own="rest_framework_simplejwt",
    ),
    app(
        "django-otp",
        "django_otp",
        "django_otp.plugins.otp_email",
        "django_otp.plugins.otp_hotp",
        "django_otp.plugins.otp_static",
        "django_otp.plugins.otp_totp",
    ),
    app(
        "django-two-factor-auth",
        "two_factor",
        "django_otp",
        "two_factor.plugins.phonenumber",
        "two_factor.plugins.email",
        needs=("phonenumbers", "django-phonenumber-field"),
    ),
    app("django-waffle", "waffle", more='WAFFLE_FLAG_MODEL = "waffle.Flag"\n'),
    app("django-axes", "axes"),
    app("django-organizations", "organizations"),
    app("django-invitations", "invitations"),
    app("django-push-notifications", "push_notifications"),
    app("social-auth-app-django", "social_django"),
    app("django-watson", "watson", needs=("django",)),
    app("django-activity-stream", "actstream"),
    app("django-auditlog", "auditlog"),
    app("django-silk", "silk"),
)


def folder_of(project: Project) -> Path:
    """Where its environment is."""
    return FOLDER / project.name


def packages_of(project: Project) -> Path:
    """Where its packages are."""
    return packages_in(folder_of(project))


def install(project: Project) -> None:
    """
    Make the environment of *project*, where it is not there.

    Raises:
        RuntimeError: It cannot be installed here; with the installer's last words.
    """
    folder = folder_of(project)
    make_environment(folder, project.install, project.without)
    (folder / "oracle_settings.py").write_text(settings_of(project))
    write_files(project)


def write_files(project: Project) -> None:
    """Put the sources that the oracle brings among the packages."""
    for path, text in project.files.items():
        file = packages_of(project) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def settings_of(project: Project) -> str:
    """The settings module that is written for it."""
    return project.settings if project.alone else COMMON + project.settings


def environment_of(project: Project) -> dict[str, str]:
    """The variables of a process of its environment."""
    return {
        **{
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("DJANGO_", "PYTHON", "VIRTUAL"))
        },
        "HOME": str(folder_of(project)),
        "PYTHONPATH": os.pathsep.join(
            [str(HERE), *(str(packages_of(project) / root) for root in project.roots)]
        ),
        "PYTHONHASHSEED": "0",
        **project.environment,
    }


def ask(project: Project, script: str, *arguments: str) -> Any:
    """
    The JSON that *script*, one of the files beside this one, prints in the environment.

    Raises:
        RuntimeError: The project does not load; with what it printed.
    """
    folder = folder_of(project)
    done = subprocess.run(
        [
            str(folder / "bin" / "python"),
            "-W",
            "ignore",
            str(HERE / script),
            project.module,
            *arguments,
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment_of(project),
        timeout=SECONDS,
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{project.name} does not load: {done.stderr[-1500:]}")
    return json.loads(done.stdout)


def sources(project: Project) -> dict[str, bytes]:
    """The Python files of its own packages, as a repository would hold them."""
    root = packages_of(project)
    found: dict[str, bytes] = {}
    for name in project.own:
        for path in sorted((root / name).rglob("*.py")):
            if path.stat().st_size < SOURCE_BYTES:
                found[str(path.relative_to(root))] = path.read_bytes()
    return found


def tree_of(project: Project) -> MemoryTree:
    """``sources`` as a tree."""
    return MemoryTree(sources(project))
