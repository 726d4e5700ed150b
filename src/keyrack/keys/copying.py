"""From a core schema to a cloner: how a value of a described type is copied.

Only `keyrack.keys.schema` deals with pydantic itself; this module reads the tree of dicts (see
`keyrack.keys.nodes`) and puts cloners together (see `keyrack.keys.clone`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from . import clone
from .arrays import is_array_class
from .clone import Cloner
from .nodes import Node, fields_of


class _Part(NamedTuple):
    """How a part of a value is copied."""

    clone: Cloner
    classes: frozenset[type] | None
    """The classes of the values; None where they are not known."""


_UNKNOWN = _Part(clone.anything, None)
_MODEL_SLOTS = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")


class ClonerMaker:
    """Makes the cloner of one tree.

    Args:
        definitions: the nodes that are referred to by name.
        array: how arrays are copied.
    """

    def __init__(self, definitions: Mapping[str, Node], array: Cloner) -> None:
        self.has_arrays = False
        self._definitions = definitions
        self._array = array
        self._known: dict[str, _Part] = {}

    def make(self, node: Node) -> Cloner:
        """Give the cloner of the values that *node* describes."""
        return self._part(node).clone

    def _part(self, node: Node) -> _Part:
        maker = _MAKERS.get(node["type"])
        return maker(self, node) if maker else _UNKNOWN

    def _child(self, node: Node, name: str = "schema") -> _Part:
        return self._part(node[name]) if name in node else _UNKNOWN

    def _fields(self, fields: Mapping[str, Node]) -> dict[str, Cloner]:
        return {name: self.make(one) for name, one in fields.items()}

    def _referred(self, node: Node) -> _Part:
        ref = node["schema_ref"]
        if ref not in self._known:
            # Until it is made, the type stands for itself: it may contain itself.
            self._known[ref] = _Part(clone.later(lambda: self._known[ref].clone), None)
            self._known[ref] = self._part(self._definitions[ref])
        return self._known[ref]

    def _instance(self, node: Node) -> _Part:
        cls = node["cls"]
        if is_array_class(cls):
            self.has_arrays = True
            return _Part(self._array, None)
        if isinstance(cls, type) and issubclass(cls, _immutable_classes()):
            return _Part(clone.atom, None)
        return _UNKNOWN

    def _model(self, node: Node) -> _Part:
        cls, fields = node["cls"], fields_of(node)
        if fields is None:
            return _UNKNOWN
        config = cls.model_config
        is_frozen = bool(node.get("frozen") or config.get("frozen"))
        has_more = bool(cls.__private_attributes__) or config.get("extra") == "allow"
        copied = clone.record(
            cls,
            self._fields(fields),
            bases=[base for base in cls.__mro__ if base.__module__.startswith("pydantic.")],
            slots=_MODEL_SLOTS,
            frozen=is_frozen and not has_more,
        )
        return _Part(copied, frozenset({cls}))

    def _dataclass(self, node: Node) -> _Part:
        cls, fields = node["cls"], fields_of(node)
        if fields is None:
            return _UNKNOWN
        copied = clone.record(cls, self._fields(fields), frozen=cls.__dataclass_params__.frozen)
        return _Part(copied, frozenset({cls}))

    def _typed_dict(self, node: Node) -> _Part:
        fields = {name: one["schema"] for name, one in node["fields"].items()}
        return _Part(clone.fields_of(self._fields(fields)), frozenset({dict}))

    def _named_tuple(self, node: Node) -> _Part:
        cls = node["cls"]
        items = [self.make(one["schema"]) for one in node["fields"]]
        return _Part(clone.tuple_of(items, cls), frozenset({cls}))

    def _tuple(self, node: Node) -> _Part:
        items = [self.make(item) for item in node["items_schema"]]
        if node.get("variadic_item_index") is None:
            copied = clone.tuple_of(items)
        elif len(items) == 1:
            copied = clone.tuple_of_any_length(items[0])
        else:
            copied = clone.atom if all(item is clone.atom for item in items) else clone.anything
        return _Part(copied, frozenset({tuple}))

    def _container(self, cls: type, maker: Callable[[Cloner], Cloner], node: Node) -> _Part:
        return _Part(maker(self._child(node, "items_schema").clone), frozenset({cls}))

    def _dict(self, node: Node) -> _Part:
        key, item = self._child(node, "keys_schema").clone, self._child(node, "values_schema").clone
        return _Part(clone.dict_of(key, item), frozenset({dict}))

    def _nullable(self, node: Node) -> _Part:
        return _one_of([_Part(clone.atom, frozenset({type(None)})), self._child(node)])

    def _union(self, node: Node) -> _Part:
        choices = node["choices"].values() if node["type"] == "tagged-union" else node["choices"]
        return _one_of([self._part(choice[0] if isinstance(choice, tuple) else choice) for choice in choices])


def _one_of(members: list[_Part]) -> _Part:
    known: set[type] = set()
    for member in members:
        known |= member.classes or set()
    is_known = all(member.classes is not None for member in members)
    copied = clone.choice((member.classes, member.clone) for member in members)
    return _Part(copied, frozenset(known) if is_known else None)


def _atoms(*classes: type) -> Callable[[ClonerMaker, Node], _Part]:
    part = _Part(clone.atom, frozenset(classes) or None)
    return lambda maker, node: part


def _inner(name: str) -> Callable[[ClonerMaker, Node], _Part]:
    return lambda maker, node: maker._child(node, name)  # noqa: SLF001  # one table of one class


_MAKERS: dict[str, Callable[[ClonerMaker, Node], _Part]] = {
    "none": _atoms(type(None)),
    "bool": _atoms(bool),
    "int": _atoms(int),
    "float": _atoms(float, int),
    "complex": _atoms(complex),
    "decimal": _atoms(Decimal),
    "fraction": _atoms(Fraction),
    "str": _atoms(str),
    "bytes": _atoms(bytes),
    "date": _atoms(date),
    "time": _atoms(time),
    "datetime": _atoms(datetime),
    "timedelta": _atoms(timedelta),
    "uuid": _atoms(UUID),
    "url": _atoms(),
    "multi-host-url": _atoms(),
    "is-subclass": _atoms(),
    "ellipsis": _atoms(),
    "missing-sentinel": _atoms(),
    "literal": lambda maker, node: _Part(clone.atom, frozenset(map(type, node["expected"]))),
    "enum": lambda maker, node: _Part(clone.atom, frozenset({node["cls"]})),
    "is-instance": ClonerMaker._instance,
    "list": lambda maker, node: maker._container(list, clone.list_of, node),
    "set": lambda maker, node: maker._container(set, clone.set_of, node),
    "frozenset": lambda maker, node: maker._container(frozenset, clone.frozenset_of, node),
    "dict": ClonerMaker._dict,
    "tuple": ClonerMaker._tuple,
    "typed-dict": ClonerMaker._typed_dict,
    "named-tuple": ClonerMaker._named_tuple,
    "nullable": ClonerMaker._nullable,
    "union": ClonerMaker._union,
    "tagged-union": ClonerMaker._union,
    "model": ClonerMaker._model,
    "dataclass": ClonerMaker._dataclass,
    "definition-ref": ClonerMaker._referred,
    "default": _inner("schema"),
    "function-before": _inner("schema"),
    "function-after": _inner("schema"),
    "json-or-python": _inner("python_schema"),
    "lax-or-strict": _inner("strict_schema"),
}
"""What is missing here (``any``, functions that may give anything) is copied by `keyrack.keys.clone.anything`."""


@functools.cache
def _immutable_classes() -> tuple[type, ...]:
    """Give the classes of the standard library that cannot be changed and are described by their class alone."""
    from datetime import tzinfo
    from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
    from pathlib import PurePath
    from re import Pattern

    networks = (IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network)
    return (*networks, tzinfo, Fraction, PurePath, Pattern, complex, range)
