"""Tells live objects from others, as far as a check may look at them: two that are told alike are checked alike.

It goes through everything that can be reached, each object once, and gives up rather than leave something out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum, EnumMeta
from functools import cache, partial
from itertools import chain
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, Final, Literal, cast

from ..keys.family import KeyFamily
from ..keys.key import StoreKey
from ..store import KeyValueStore
from ..stores import NamespacedStore

MANY: Final = 100_000
"""How many objects are looked at."""
LONG: Final = 10_000
"""How many parts a container may have."""
_identity: Final = object.__hash__
"""What ``id`` is, but no event for audit hooks: a check has one."""
_ATOMS: Final = frozenset({type(None), bool, int, float, complex, str, bytes})
_ATOMIC: Final = (int, float, complex, str, bytes)
_NOT_TOLD: Final = {"__dict__", "__weakref__", "__module__", "__doc__", "__firstlineno__", "__static_attributes__"}


class TooMuchError(Exception):
    """There is more than anybody wants to look at."""


class Teller:
    """Writes objects as texts; an object that was written before is written as its number.

    Args:
        is_own: says of the name of a module whether it is the user's own; classes of others are told by their names.
    """

    def __init__(self, is_own: Callable[[str], bool]) -> None:
        self._is_own: Callable[[str], bool] = is_own
        self._seen: dict[int, tuple[int, object]] = {}
        """By identity: the number, and the object itself, whose place must not be used again."""

    def told(self, value: object) -> str:
        """Write an object.

        Raises:
            TooMuchError: too many others can be reached from it.
        """
        return " ".join(self._walk(value))

    def _walk(self, value: object) -> Iterator[str]:
        stack: list[object] = [value]
        while stack:
            one = stack.pop()
            if type(one) in _ATOMS:
                yield repr(one)
                continue
            place, number = _identity(one), len(self._seen)
            if (known := self._seen.get(place)) is not None:
                yield f"#{known[0]}"
                continue
            if number >= MANY:
                raise TooMuchError
            self._seen[place] = number, one
            if isinstance(one, Enum):
                yield f"{type(one).__name__}:{one!r}"
                continue
            head, parts = self._parts(one)
            yield f"{head}{[part if type(part) in _ATOMS else ... for part in parts]}"
            stack.extend([part for part in reversed(parts) if type(part) not in _ATOMS])

    def _parts(self, value: Any) -> tuple[str, list[object]]:
        """Give what an object is, and what it is made of."""
        cls = cast("type[object]", type(value))
        kind = cls.__qualname__
        if (make := _MADE_OF.get(cls)) is not None:
            return kind, make(value)
        if isinstance(value, type):
            return f"class {value.__module__}.{value.__qualname__}", self._of_class(value)
        if isinstance(value, KeyValueStore):
            return f"{kind} over #{self._number(value.backend)}", [sorted(value.keys()), *_of_namespace(value)]
        if isinstance(value, StoreKey | KeyFamily):
            key: Any = cast("Any", value)
            return f"{key!r}", [getattr(key, "has_default", None), bool(getattr(key, "doc", ""))]
        if isinstance(value, ModuleType | MemberDescriptorType | GetSetDescriptorType):
            return f"{kind} {value.__name__}", []
        if (make := _maker(cast("Any", cls))) is not None:
            return kind, make(value)
        if isinstance(value, _ATOMIC):
            atom: Any = next(base for base in _ATOMIC if isinstance(value, base))
            return kind, [cls, atom.__repr__(value), *_of_instance(value)]
        own = [cls] if self._is_own(cls.__module__) else []  # it may have no other name
        return kind, own + (_of_instance(value) or [*_of_nobody(value)])

    def _of_class(self, cls: type) -> list[object]:
        if not self._is_own(cls.__module__):
            return [*cls.__members__, *cls] if isinstance(cls, EnumMeta) else []
        names = sorted(vars(cls).keys() - _NOT_TOLD)
        return [*cls.__bases__, *(part for name in names for part in (name, vars(cls)[name]))]

    def _number(self, value: object) -> int:
        """Number an object of which only matters which one it is."""
        return self._seen.setdefault(_identity(value), (len(self._seen), value))[0]


def _of_function(function: FunctionType) -> list[object]:
    cells: list[object] = []
    for cell in function.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:  # still empty
            cells.append(None)
    gives = function.__annotations__.get("return")  # it may name states
    others = [each or None for each in (cells, function.__defaults__, function.__kwdefaults__, vars(function))]
    return [function.__code__, *others, gives]


def _of_code(code: CodeType) -> list[object]:
    place = f"{code.co_filename}:{code.co_firstlineno} {' '.join((*code.co_names, *code.co_varnames))}"
    counts = f"{code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount} {code.co_flags}"
    return [place, counts, code.co_code.hex(), code.co_exceptiontable.hex(), *code.co_consts]


def _of_namespace(store: KeyValueStore) -> list[object]:
    """Give what tells a part of a store from other parts: a view has a backend of its own, over that of the whole."""
    part: Any = store
    return [part.inner, part.backend.label] if issubclass(type(part), NamespacedStore) else []


def _of_container(value: Any) -> list[object]:
    if len(value) > LONG:
        raise TooMuchError
    if isinstance(value, Mapping):
        pairs: list[Any] = [*value.items()]
        makes = [value.default_factory] if isinstance(value, defaultdict) else []
        return [*makes, *chain.from_iterable(pairs), *_of_instance(value)]
    parts: list[object] = [*value]
    return [*(sorted(parts, key=repr) if isinstance(value, AbstractSet) else parts), *_of_instance(value)]


def _of_instance(value: Any) -> list[object]:
    """Give the attributes of an object, with their names."""
    found: list[object] = [*chain.from_iterable([*getattr(value, "__dict__", {}).items()])]
    for name, mangled in _slots(cast("Any", type(value))):
        if hasattr(value, mangled):
            found += (name, getattr(value, mangled))
    return found


@cache
def _maker(cls: type) -> Callable[[Any], list[object]] | None:
    """Find what looks into objects of a class that is derived from one with a way of its own."""
    return next((make for form, make in _MADE_OF.items() if issubclass(cls, form)), None)


@cache
def _slots(cls: type) -> list[tuple[str, str]]:
    """Give the names of the slots of a class and its bases, each also as Python calls it."""
    found: list[tuple[str, str]] = []
    for each in cls.__mro__:
        slots = vars(each).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            mangled = f"_{each.__name__.lstrip('_')}{name}" if private else name
            if mangled not in _NOT_TOLD:
                found.append((name, mangled))
    return found


def _of_nobody(value: Any) -> list[object]:
    """Give what an object shows that has no attributes: its items, or its text, unless that is its place in memory."""
    if isinstance(value, Collection):
        return _of_container(value)
    text = repr(value)
    return [] if " at 0x" in text else [text]


_MADE_OF: Final[dict[type, Callable[[Any], list[object]]]] = {
    FunctionType: _of_function,
    CodeType: _of_code,
    MethodType: lambda one: [one.__func__, one.__self__],
    BuiltinFunctionType: lambda one: [one.__qualname__, one.__self__],
    staticmethod: lambda one: [one.__func__],
    classmethod: lambda one: [one.__func__],
    property: lambda one: [one.fget, one.fset, one.fdel],
    partial: lambda one: [one.func, one.args, one.keywords],
    cast("type", type(Literal[0])): lambda one: [*one.__args__],
    list: _of_container,
    tuple: _of_container,
    dict: _of_container,
    set: _of_container,
    frozenset: _of_container,
    Mapping: _of_container,
}
