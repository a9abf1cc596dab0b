"""What a review keeps on disk: equal when it comes back, harmless when it is damaged or forged."""

from __future__ import annotations

import pickle
import sqlite3
from pathlib import Path

import pytest

from analyzers.read.values import Call, Opaque, Ref
from analyzers.vocabulary import Framework, Key, Migration, Place
from bot.cache import DiskCache
from bot.kept_values import CannotBeKeptError, CannotBeReadError, dumped, loaded
from bot.program import program

VALUE = Migration(
    key=Key("orders", "0001_initial"),
    framework=Framework.DJANGO,
    path="orders/migrations/0001_initial.py",
    place=Place("orders/migrations/0001_initial.py", 3, 9),
    held=Call("django.db.models.CharField", (Ref("a.b"),), (("max_length", 5), ("x", Opaque("y")))),
)


def test_what_is_kept_comes_back_equal(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache.sqlite")
    cache.put("kind", "key", VALUE)
    cache.save()

    back = DiskCache(tmp_path / "cache.sqlite").get("kind", "key")

    assert back == VALUE
    assert back.content == VALUE.content
    assert hash(back.place) == hash(VALUE.place)


def test_what_is_kept_apart_comes_back_by_its_key(tmp_path: Path) -> None:
    """One by one, and many that are asked for ahead; no other kind's, and not what was forgotten."""
    keys = [f"id:shop/migrations/{n:04}_\udcff.py" for n in range(1200)]
    cache = DiskCache(tmp_path / "cache.sqlite")
    for key in keys:
        cache.put_apart("kind", key, Ref(key))
    assert cache.ahead("kind", [keys[0], "other"]) == {keys[0]}
    cache.save()
    forgetful = DiskCache(tmp_path / "cache.sqlite")
    forgetful.put_apart("kind", "new", VALUE)
    forgetful.forget()
    forgetful.save()

    back = DiskCache(tmp_path / "cache.sqlite")
    assert back.apart("kind", keys[3]) == Ref(keys[3])
    assert back.known == {"id"}
    assert back.ahead("kind", [*keys, "new"]) == set(keys)
    assert [back.apart("kind", key) for key in keys] == [Ref(key) for key in keys]
    assert back.apart("kind", "new") is None
    assert back.apart("another kind", keys[3]) is None
    assert back.get("kind", keys[3]) is None


def test_a_damaged_value_apart_is_none(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache.sqlite")
    cache.put_apart("kind", "key", VALUE)
    cache.put_apart("kind", "forged", VALUE)
    cache.save()
    with sqlite3.connect(tmp_path / "cache.sqlite") as connection:
        connection.execute("UPDATE apart SET content = ?", (pickle.dumps({"forged": Runs()}),))
    connection.close()

    assert DiskCache(tmp_path / "cache.sqlite").apart("kind", "forged") is None
    assert DiskCache(tmp_path / "cache.sqlite").apart("kind", "key") is None


def test_a_damaged_file_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "cache.sqlite").write_bytes(b"no database at all" * 100)

    assert DiskCache(tmp_path / "cache.sqlite").get("kind", "key") is None
    (tmp_path / "cache.sqlite").write_bytes(b"no database at all" * 100)
    assert DiskCache(tmp_path / "cache.sqlite").apart("kind", "key") is None


class Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('it ran')",))


def test_a_forged_value_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE packs (id INTEGER PRIMARY KEY, kind TEXT, content BLOB)")
        content = pickle.dumps({"key": Runs()})
        row = (f"kind {program()[:16]}", content)
        connection.execute("INSERT INTO packs (kind, content) VALUES (?, ?)", row)
    connection.close()

    assert DiskCache(file).get("kind", "key") is None


def test_what_another_program_has_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older one may have understood less of the same file, and called it by the same name."""
    cache = DiskCache(tmp_path / "cache.sqlite")
    cache.put("kind", "key", VALUE)
    cache.save()
    monkeypatch.setattr("bot.cache.program", lambda: "another program")
    assert DiskCache(tmp_path / "cache.sqlite").get("kind", "key") is None
    monkeypatch.undo()
    assert DiskCache(tmp_path / "cache.sqlite").get("kind", "key") == VALUE


def test_damaged_values_are_no_error_of_their_own() -> None:
    whole = dumped({"key": VALUE, "other": [VALUE, {"a": 1}]})
    refused = 0
    for at in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0x15
        try:
            assert isinstance(loaded(bytes(damaged)), dict)
        except CannotBeReadError:
            refused += 1
    assert refused > 10


def test_what_is_too_deep_is_not_kept() -> None:
    deep: object = "x"
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(CannotBeKeptError):
        dumped({"key": deep})


def test_a_place_that_cannot_be_looked_into_has_no_cache(tmp_path: Path) -> None:
    """As a folder of another user's is; a name that is too long is refused the same way."""
    cache = DiskCache(tmp_path / ("x" * 300) / "cache.sqlite")
    cache.put("kind", "key", VALUE)
    cache.put_apart("kind", "apart", VALUE)
    cache.save()

    assert cache.get("another", "key") is None
    assert cache.apart("another", "key") is None
    assert cache.document("key") is None
