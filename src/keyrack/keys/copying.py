"""From a core schema to a cloner: how a value of a described type is copied.

Only `keyrack.keys.schema` deals with pydantic itself; this module reads the tree of dicts (see
`keyrack.keys.nodes`) and puts cloners together (see `keyrack.keys.clone`).
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from . import clone
from .arrays import is_array_class
from .nodes import Node, described_fields, has_private_attributes

if TYPE_CHECKING:
    from .clone import Cloner


class Part(NamedTuple):
    """How a part of a value is copied."""

    clone: Cloner
    classes: frozenset[type] | None
    """The classes of the values; None where they are not known."""


_UNKNOWN = Part(clone.anything, None)
_MODEL_SLOTS = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")


class ClonerMaker:
    """Makes the cloner of one tree.

    Args:
        definitions: the nodes that are referred to by name.
        array: how arrays are copied.
    """

    def __init__(self, definitions: Mapping[str, Node], array: Cloner) -> None:
        self.has_arrays: bool = False
        self._definitions = definitions
        self._array = array
        self._known: dict[str, Part] = {}

    def make(self, node: Node) -> Cloner:
        """Give the cloner of the values that *node* describes."""
        return self.part(node).clone

    def part(self, node: Node) -> Part:
        """Give the cloner and the classes of the values that *node* describes."""
        maker = _MAKERS.get(node["type"])
        return maker(self, node) if maker else _UNKNOWN

    def child(self, node: Node, name: str = "schema") -> Part:
        """Give the same for a child of *node*."""
        return self.part(node[name]) if name in node else _UNKNOWN

    def fields(self, fields: Mapping[str, Node]) -> dict[str, Cloner]:
        """Give the cloner of each field."""
        return {name: self.make(one) for name, one in fields.items()}

    def referred(self, node: Node) -> Part:
        """Give the same for what *node* refers to by name."""
        ref = node["schema_ref"]
        if ref not in self._known:
            definition = self._definitions[ref]
            # Until it is made, the type stands for itself: it may contain itself.
            classes = frozenset({definition["cls"]}) if definition["type"] in {"model", "dataclass"} else None
            self._known[ref] = Part(clone.later(lambda: self._known[ref].clone), classes)
            self._known[ref] = self.part(definition)
        return self._known[ref]

    def array(self) -> Part:
        """Give the cloner of arrays."""
        self.has_arrays = True
        return Part(self._array, None)


def _instance(maker: ClonerMaker, node: Node) -> Part:
    cls = node["cls"]
    if is_array_class(cls):
        return maker.array()
    if cls is memoryview:
        return Part(clone.view, frozenset({memoryview}))
    if isinstance(cls, type) and issubclass(cls, _immutable_bases()):
        return _immutable(_concrete_classes())
    return _UNKNOWN


def _immutable(classes: frozenset[type]) -> Part:
    """Give the part for classes that cannot be changed, though a subclass may."""
    return Part(clone.AtomsOf(classes), classes)


def _model(maker: ClonerMaker, node: Node) -> Part:
    cls, fields = node["cls"], described_fields(node)
    if fields is None:
        return _UNKNOWN
    config = cls.model_config
    is_frozen = bool(node.get("frozen") or config.get("frozen"))
    has_more = has_private_attributes(cls) or config.get("extra") == "allow"
    copied = clone.record(
        cls,
        maker.fields(fields),
        bases=[base for base in cls.__mro__ if base.__module__.startswith("pydantic.")],
        slots=_MODEL_SLOTS,
        frozen=is_frozen and not has_more,
    )
    return Part(copied, frozenset({cls}))


def _dataclass(maker: ClonerMaker, node: Node) -> Part:
    cls, fields = node["cls"], described_fields(node)
    if fields is None:
        return _UNKNOWN
    copied = clone.record(cls, maker.fields(fields), frozen=cls.__dataclass_params__.frozen)
    return Part(copied, frozenset({cls}))


def _typed_dict(maker: ClonerMaker, node: Node) -> Part:
    fields = {name: one["schema"] for name, one in node["fields"].items()}
    return Part(clone.fields_of(maker.fields(fields)), frozenset({dict}))


def _named_tuple(maker: ClonerMaker, node: Node) -> Part:
    cls = node["cls"]
    items = [maker.make(one["schema"]) for one in node["fields"]]
    return Part(clone.tuple_of(items, cls), frozenset({cls}))


def _tuple(maker: ClonerMaker, node: Node) -> Part:
    items = [maker.make(item) for item in node["items_schema"]]
    if node.get("variadic_item_index") is None:
        copied = clone.tuple_of(items)
    elif len(items) == 1:
        copied = clone.tuple_of_any_length(items[0])
    else:
        copied = clone.atom if all(item is clone.atom for item in items) else clone.anything
    return Part(copied, frozenset({tuple}))


def _container(cls: type, of: Callable[[Cloner], Cloner]) -> Callable[[ClonerMaker, Node], Part]:
    return lambda maker, node: Part(of(maker.child(node, "items_schema").clone), frozenset({cls}))


def _dict(maker: ClonerMaker, node: Node) -> Part:
    key, item = maker.child(node, "keys_schema").clone, maker.child(node, "values_schema").clone
    return Part(clone.dict_of(key, item), frozenset({dict}))


def _nullable(maker: ClonerMaker, node: Node) -> Part:
    return _one_of([Part(clone.atom, frozenset({type(None)})), maker.child(node)])


def _union(maker: ClonerMaker, node: Node) -> Part:
    choices = node["choices"].values() if node["type"] == "tagged-union" else node["choices"]
    return _one_of([maker.part(choice[0] if isinstance(choice, tuple) else choice) for choice in choices])


def _one_of(members: list[Part]) -> Part:
    known: set[type] = set()
    for member in members:
        known |= member.classes or set()
    is_known = all(member.classes is not None for member in members)
    copied = clone.choice((member.classes, member.clone) for member in members)
    return Part(copied, frozenset(known) if is_known else None)


def _atoms(*classes: type) -> Callable[[ClonerMaker, Node], Part]:
    """Make the maker for scalars, of which validation lets no instance of a subclass through."""
    return lambda maker, node: Part(clone.atom, frozenset(classes) or None)


def _values(*classes: type) -> Callable[[ClonerMaker, Node], Part]:
    """Make the maker for classes that cannot be changed, of which validation lets subclasses through as well."""
    return lambda maker, node: _immutable(frozenset(classes))


def _inner(name: str) -> Callable[[ClonerMaker, Node], Part]:
    return lambda maker, node: maker.child(node, name)  # one table of one class


_MAKERS: dict[str, Callable[[ClonerMaker, Node], Part]] = {
    "none": _atoms(type(None)),
    "bool": _atoms(bool),
    "int": _atoms(int),
    "float": _atoms(float, int),
    "complex": _atoms(complex),
    "decimal": _values(Decimal),
    "fraction": _values(Fraction),
    "str": _atoms(str),
    "bytes": _atoms(bytes),
    "date": _values(date),
    "time": _values(time),
    "datetime": _values(datetime),
    "timedelta": _values(timedelta),
    "uuid": _values(UUID),
    "url": _atoms(),
    "multi-host-url": _atoms(),
    "is-subclass": _atoms(),
    "ellipsis": _atoms(),
    "missing-sentinel": _atoms(),
    "literal": lambda maker, node: Part(clone.atom, frozenset(map(type, node["expected"]))),
    "enum": lambda maker, node: Part(clone.atom, frozenset({node["cls"]})),
    "is-instance": _instance,
    "list": _container(list, clone.list_of),
    "set": _container(set, clone.set_of),
    "frozenset": _container(frozenset, clone.frozenset_of),
    "dict": _dict,
    "tuple": _tuple,
    "typed-dict": _typed_dict,
    "named-tuple": _named_tuple,
    "nullable": _nullable,
    "union": _union,
    "tagged-union": _union,
    "model": _model,
    "dataclass": _dataclass,
    "definition-ref": ClonerMaker.referred,
    "default": _inner("schema"),
    "function-before": _inner("schema"),
    "function-after": _inner("schema"),
    "json-or-python": _inner("python_schema"),
    "lax-or-strict": _inner("strict_schema"),
}
"""What is missing here (``any``, functions that may give anything) is copied by `keyrack.keys.clone.anything`."""


@functools.cache
def _immutable_bases() -> tuple[type, ...]:
    """Give classes of the standard library that cannot be changed and are described by their class alone."""
    from datetime import tzinfo
    from pathlib import PurePath
    from re import Pattern

    return (*_networks(), tzinfo, Fraction, PurePath, Pattern, complex, range)


@functools.cache
def _concrete_classes() -> frozenset[type]:
    """Give the classes that instances of `_immutable_bases` have, where nobody has made a subclass."""
    from datetime import timezone
    from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
    from re import Pattern
    from zoneinfo import ZoneInfo

    paths = {PosixPath, PurePosixPath, PureWindowsPath, WindowsPath}
    return frozenset({*_networks(), *paths, timezone, ZoneInfo, Fraction, Pattern, complex, range})


def _networks() -> tuple[type, ...]:
    from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

    return (IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network)
