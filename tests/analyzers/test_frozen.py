"""The core's own ``dataclass`` next to the standard library's: the same in all that is asked of it."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

import analyzers
import bot
from analyzers import frozen
from analyzers.read.values import Call
from analyzers.vocabulary import Place


def classes(decorator: Callable[..., Any]) -> tuple[Any, Any, Any]:
    """A base, a class of keywords above it, and one by position."""

    @decorator(frozen=True, slots=True, kw_only=True)
    class Base:
        """Of all."""

        place: str

    @decorator(frozen=True, slots=True, kw_only=True)
    class Keyed(Base):
        """With defaults of each kind."""

        name: str
        many: dict[str, int] = dataclasses.field(default_factory=dict)
        line: int = dataclasses.field(default=0, compare=False)
        secret: object = dataclasses.field(default=None, repr=False)

        @property
        def upper(self) -> str:
            return self.name.upper()

    @decorator(frozen=True, slots=True)
    class Placed:
        """By position."""

        one: int
        two: tuple[int, ...] = ()

    return Base, Keyed, Placed


BOTH = [
    pytest.param(classes(dataclasses.dataclass), id="standard"),
    pytest.param(classes(frozen.dataclass), id="own"),
]


@pytest.mark.parametrize("made", BOTH)
def test_a_frozen_class_is_as_the_standard_library_makes_it(made: tuple[Any, Any, Any]) -> None:
    base, keyed, placed = made
    one = keyed(place="a", name="n")
    assert (one.place, one.name, one.many, one.line, one.secret) == ("a", "n", {}, 0, None)
    assert one.upper == "N"
    assert one == keyed(place="a", name="n", line=7)
    assert one != keyed(place="a", name="other")
    assert one != base(place="a")
    assert one.many is not keyed(place="a", name="n").many
    assert repr(one).endswith("Keyed(place='a', name='n', many={}, line=0)")
    assert dataclasses.replace(one, name="m").name == "m"
    assert dataclasses.asdict(one)["name"] == "n"
    assert [f.name for f in dataclasses.fields(keyed)] == [
        "place",
        "name",
        "many",
        "line",
        "secret",
    ]
    assert hash(placed(1, (2,))) == hash(placed(1, (2,)))
    assert {placed(1): "x"}[placed(1, ())] == "x"
    assert placed.__match_args__ == ("one", "two")
    assert copy.deepcopy(one) == one
    assert not hasattr(one, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "m"
    # Before 3.12 the standard library fails otherwise here.
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        one.other = "m"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name
    with pytest.raises(TypeError, match="name"):
        keyed(place="a")
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(TypeError, match="positional"):
        keyed("a", "n")
    with pytest.raises(TypeError, match="unknown"):
        placed(1, unknown=2)


def test_what_is_kept_in_a_cache_comes_back_as_it_was() -> None:
    for value in (Place("a.py", 1, 2), Call("f", (1,), (("x", 2),))):
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert repr(again) == repr(value)
        assert hash(again) == hash(value)


def test_the_rest_is_left_to_the_standard_library() -> None:
    @frozen.dataclass(slots=True)
    class Open:
        """May be changed."""

        count: int = 0

    @frozen.dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        """Has an order."""

        at: int

    changed = Open()
    changed.count = 3
    assert changed.count == 3
    assert Ordered(1) < Ordered(2)


def test_a_class_that_asks_for_more_is_the_standard_librarys() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Made:
        first: int
        twice: int = dataclasses.field(init=False)
        unhashed: int = dataclasses.field(default=0, hash=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "twice", 2 * self.first)

    made = Made(3)
    assert made.twice == 6
    assert hash(made) == hash(Made(3, 5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.first = 4  # type: ignore[misc]


def test_every_class_of_the_program_can_be_made() -> None:
    """Their ``__init__`` is compiled at the first use: for the service that is its start."""
    compiled = 0
    for package in (analyzers, bot):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.startswith("bot.schema."):
                # Alembic's own scripts, which only Alembic can load.
                continue
            module = importlib.import_module(found.name)
            for value in vars(module).values():
                # What __init__ is before the first use tells that it is one of ours.
                if (
                    isinstance(value, type)
                    and value.__module__ == found.name
                    and dataclasses.is_dataclass(value)
                    and "_compared" in vars(value)
                ):
                    frozen._init(value)  # type: ignore[attr-defined]
                    compiled += 1
    assert compiled > 150
