"""
``dataclass`` for many small frozen classes: as the standard library's, made in a tenth of the time.

The standard library compiles six functions for each frozen class when it is
defined; with the core's vocabulary of some hundred and thirty classes that was a
sixth of a short review. Here the fields are found by the standard library, so
``fields``, ``replace`` and ``asdict`` work as ever; what all such classes do alike
is one function for all, and ``__init__`` is compiled when a class is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import MISSING, Field, FrozenInstanceError, fields
    from dataclasses import dataclass as _dataclass
    from operator import attrgetter

    def dataclass(cls=None, /, **options):
        """The standard library's decorator; what is both ``frozen`` and ``slots`` is made here."""
        if cls is None:
            return lambda cls: dataclass(cls, **options)
        kw_only = options.pop("kw_only", False)
        if options != {"frozen": True, "slots": True} or _is_more(cls):
            return _dataclass(cls, kw_only=kw_only, **options)
        return _frozen(_dataclass(cls, init=False, repr=False, eq=False, kw_only=kw_only))

    def _is_more(cls):
        """Whether *cls* asks for what is not made here: it is made by the standard library alone."""
        own = [value for value in vars(cls).values() if isinstance(value, Field)]
        return hasattr(cls, "__post_init__") or any(
            not field.init or field.hash is not None for field in own
        )

    def _frozen(cls):
        said = fields(cls)
        body = dict(cls.__dict__)
        inherited = {
            name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())
        }
        body["__slots__"] = tuple(f.name for f in said if f.name not in inherited)
        for name in (*(f.name for f in said), "__dict__", "__weakref__"):
            body.pop(name, None)
        compared = tuple(f.name for f in said if f.compare)
        body["_names"] = tuple(f.name for f in said)
        body["_compared"] = staticmethod(attrgetter(*compared) if compared else _nothing)
        for name, function in _COMMON.items():
            body.setdefault(name, function)
        made = type(cls)(cls.__name__, cls.__bases__, body)
        made.__qualname__ = cls.__qualname__
        if "__init__" not in cls.__dict__:
            made.__init__ = _init_when_used(made)
        return made

    def _init_when_used(cls):
        def first(self, *arguments, **named):
            cls.__init__ = _init(cls)
            cls.__init__(self, *arguments, **named)

        return first

    def _init(cls):
        known = {"_absent": MISSING}
        positional, named, lines = ["self"], [], []
        for field in fields(cls):
            name, default = field.name, ""
            known[f"_set_{name}"] = getattr(cls, name).__set__
            if field.default is not MISSING:
                known[f"_default_{name}"] = field.default
                default = f"=_default_{name}"
            elif field.default_factory is not MISSING:
                known[f"_make_{name}"] = field.default_factory
                default = "=_absent"
                lines.append(f" if {name} is _absent: {name} = _make_{name}()")
            (named if field.kw_only else positional).append(f"{name}{default}")
            lines.append(f" _set_{name}(self, {name})")
        star = ["*"] if named else []
        source = f"def __init__({', '.join([*positional, *star, *named])}):\n"
        # The names are those of the class's own fields, which are words of this program.
        exec(source + ("\n".join(lines) or " pass"), known)  # noqa: S102
        return known["__init__"]

    def _nothing(_):
        return ()

    def _eq(self, other):
        if other is self:
            return True
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared(self) == other._compared(other)

    def _hash(self):
        return hash(self._compared(self))

    def _repr(self):
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{self.__class__.__qualname__}({shown})"

    def _set(_self, name, _value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delete(_self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _state(self):
        return [getattr(self, name) for name in self._names]

    def _set_state(self, state):
        for name, value in zip(self._names, state, strict=True):
            object.__setattr__(self, name, value)

    _COMMON = {
        "__eq__": _eq,
        "__hash__": _hash,
        "__repr__": _repr,
        "__setattr__": _set,
        "__delattr__": _delete,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }
