"""What ``alembic.ini``, whatever it is called, and ``pyproject.toml`` say of Alembic's environments."""

from __future__ import annotations

import re

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.cache import Cache
from analyzers.read.toml_text import toml_of
from analyzers.trees import Tree

_LENGTH = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One configured environment, as written."""

    script_location: str | None
    version_locations: tuple[str, ...] | None
    recursive: bool = False
    file_template: str | None = None
    truncate_slug: int | None = None
    dialect: str | None = None
    isolation_level: str | None = None


def sections_of(tree: Tree, path: str, cache: Cache) -> tuple[Section, ...]:
    """The environments that the configuration file *path* describes; () for all other files."""
    name = path.rpartition("/")[2]
    if name != "pyproject.toml" and not name.endswith((".ini", ".cfg")):
        return ()
    oid = tree.oid(path)
    kept: tuple[Section, ...] | None = cache.get("alembic-config-3", f"{oid}:{name}")
    if kept is None:
        content = tree.read(path)
        kept = ()
        named = b"alembic" in content or b"script_location" in content
        if len(content) <= limits.SOURCE_BYTES and named:
            text = content.decode("utf-8", "replace")
            kept = _toml_sections(text) if name == "pyproject.toml" else _ini_sections(text)
        cache.put("alembic-config-3", f"{oid}:{name}", kept)
    return kept


def _ini_sections(text: str) -> tuple[Section, ...]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    found = []
    for name in parser.sections():
        options = parser[name]
        script = options.get("script_location")
        if script is None and name != "alembic":
            continue
        written = options.get("version_locations")
        separator = options.get("path_separator") or options.get("version_path_separator")
        slug = options.get("truncate_slug_length", "")
        found.append(
            Section(
                script_location=script,
                version_locations=split_paths(written, separator) if written else None,
                recursive=options.get("recursive_version_locations", "").strip().lower() == "true",
                # Without interpolation, what the file doubles for it is still doubled.
                file_template=(options.get("file_template") or "").replace("%%", "%") or None,
                truncate_slug=int(slug) if _LENGTH.fullmatch(slug.strip()) else None,
                dialect=_dialect(options.get("sqlalchemy.url", "")),
                isolation_level=options.get("sqlalchemy.isolation_level"),
            )
        )
    return tuple(found)


def _toml_sections(text: str) -> tuple[Section, ...]:
    try:
        options = toml_of(text).get("tool", {}).get("alembic")
    except (ValueError, AttributeError):
        return ()
    if not isinstance(options, dict) or not isinstance(options.get("script_location"), str):
        return ()
    written = options.get("version_locations")
    slug = options.get("truncate_slug_length")
    template = options.get("file_template")
    return (
        Section(
            script_location=options["script_location"],
            version_locations=(
                tuple(part for part in written if isinstance(part, str))
                if isinstance(written, list)
                else None
            ),
            recursive=options.get("recursive_version_locations") is True,
            file_template=template.replace("%%", "%") if isinstance(template, str) else None,
            truncate_slug=slug if isinstance(slug, int) else None,
        ),
    )


def split_paths(written: str, separator: str | None) -> tuple[str, ...]:
    """The locations of one option, split as Alembic does."""
    characters = {"space": " ", "newline": "\n", "os": ":", ":": ":", ";": ";"}
    character = characters.get((separator or "").strip())
    parts = written.split(character) if character else re.split(r", *|\s+", written)
    return tuple(part.strip() for part in parts if part.strip())


def _dialect(url: str) -> str | None:
    """The database's name of an address such as ``postgresql+psycopg://...``."""
    found = re.match(r"([a-z]+)(?:\+\w+)?://", url.strip())
    if found is None or found[1] == "driver":
        return None
    return "postgresql" if found[1] == "postgres" else found[1]
