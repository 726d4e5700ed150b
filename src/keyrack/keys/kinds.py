"""Which parts of a value JSON has no words for: what tells a date from its text, and a tuple from a list.

How it works. JSON knows text, numbers, true, false, null, lists and objects. Whatever else a value holds is written as
one of these, and only the type says what it was. So that nobody takes it for something else who reads it under another
type, its *kinds* are kept beside the JSON: for each place what stands there. A place is written as a path in which all
items of a list are one, ``.born`` or ``.tags*``, so that there are as many places as the type has, and not the value.

Objects of all sorts are alike: a dict may be read as a model that has its names, and a model as another one.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from re import Pattern
from typing import Any
from uuid import UUID

from .nodes import Node, descend

MANY = 64
"""From how many names on the parts of an object are one place."""

_OWN = frozenset({str, int, float, bool, type(None)})
"""The classes for which JSON has words."""

_NAMED: tuple[tuple[type, str], ...] = (
    (Enum, "enum"),
    (bytes, "bytes"),
    (bytearray, "bytearray"),
    (datetime, "datetime"),
    (date, "date"),
    (time, "time"),
    (timedelta, "timedelta"),
    (Decimal, "decimal"),
    (Fraction, "fraction"),
    (complex, "complex"),
    (UUID, "uuid"),
    (PurePath, "path"),
    (Pattern, "pattern"),
)
_PLAIN_NODES = frozenset(
    {
        *("none", "bool", "int", "float", "str", "list", "nullable", "union", "default", "definition-ref"),
        *("model", "model-fields", "model-field", "typed-dict", "typed-dict-field"),
        *("dataclass", "dataclass-args", "dataclass-field"),
    }
)


def may_have_kinds(node: Node, definitions: Mapping[str, Node]) -> bool:
    """Say whether a value that *node* describes may hold something that JSON has no words for."""
    return any(not _is_plain(one) for root in (node, *definitions.values()) for one in descend(root))


def _is_plain(node: Node) -> bool:
    match node["type"]:
        case "dict":
            return bool(node.get("keys_schema", {}).get("type") == "str")
        case "literal":
            return {type(one) for one in node["expected"]} <= _OWN
        case "list":
            return "items_schema" in node
        case kind:
            return kind in _PLAIN_NODES


def kinds_of(value: object, *, as_read: bool = False) -> bytes:
    """Give the kinds in *value*, as text; nothing where JSON has words for all of it.

    Args:
        value: the value.
        as_read: whether it comes from JSON: then fields that a model was not given were not there.
    """
    kinds = _Kinds(as_read=as_read)
    kinds.look(value, "")
    return json.dumps(sorted(kinds.found), separators=(",", ":")).encode() if kinds.found else b""


def changed_kind(old: bytes, new: bytes) -> tuple[str, str, str]:
    """Give the first place where two results of `kinds_of` differ, with what stood there and what stands there now."""
    one, other = (dict(json.loads(kinds)) if kinds else {} for kinds in (old, new))
    place = min(name for name in {*one, *other} if one.get(name) != other.get(name))
    return place, one.get(place, _JSON), other.get(place, _JSON)


_JSON = "what JSON has"


class _Kinds:
    """Collects the kinds in a value."""

    def __init__(self, *, as_read: bool) -> None:
        self.found: set[tuple[str, str]] = set()
        self._as_read = as_read

    def look(self, value: Any, place: str) -> None:
        """Look at a part that stands at a place."""
        cls = type(value)
        if cls in _OWN:
            return
        if cls is list:
            self._items(value, place)
        elif isinstance(value, Mapping):
            self.found |= {(place + "{}", _kind(key)) for key in value if type(key) is not str}
            self._parts(value, place)
        elif hasattr(cls, "__pydantic_fields_set__"):
            self._model(value, place)
        elif hasattr(cls, "__dataclass_fields__"):
            self._parts({name: getattr(value, name, None) for name in cls.__dataclass_fields__}, place)
        elif isinstance(value, tuple):
            self.found.add((place, "tuple"))
            self._parts(dict(enumerate(value)), place)
        elif isinstance(value, AbstractSet | deque | list):
            self.found.add((place, cls.__name__))
            self._items(value, place)
        else:
            self.found.add((place, _kind(value)))

    def _items(self, items: Iterable[Any], place: str) -> None:
        place += "*"
        for item in items:
            if type(item) not in _OWN:
                self.look(item, place)

    def _parts(self, parts: Mapping[Any, Any], place: str) -> None:
        are_many = len(parts) >= MANY
        for name, part in parts.items():
            if type(part) not in _OWN:
                self.look(part, f"{place}.*" if are_many else f"{place}.{name}")

    def _model(self, value: Any, place: str) -> None:
        cls: Any = type(value)
        if cls.__pydantic_root_model__:
            self.look(value.root, place)
            return
        names = value.__pydantic_fields_set__ if self._as_read else cls.__pydantic_fields__
        held = value.__dict__
        self._parts({name: held[name] for name in names if name in held} | (value.__pydantic_extra__ or {}), place)


def _kind(value: object) -> str:
    for cls, name in _NAMED:
        if isinstance(value, cls):
            return name
    return "text" if isinstance(value, str) else type(value).__qualname__
