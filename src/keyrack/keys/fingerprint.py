"""A description of a type that is the same in every process and run: what the fingerprint of a type is made of.

It says which classes, fields, kinds and rules make up a type, in the words of pydantic's core schema, and nothing that
changes from run to run: no address, no order of a set. Defaults, titles and how a type is shown are left out: they do
not decide what fits.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .nodes import Node

_LEFT_OUT = frozenset(
    {
        *("metadata", "serialization", "ref", "default", "default_factory", "default_factory_takes_data", "config"),
        *("computed_fields", "cls_repr", "generic_origin", "missing", "validation_alias", "serialization_alias"),
        *("serialization_exclude", "custom_error_message", "custom_error_context", "post_init", "custom_init"),
    }
)
_AS_WRITTEN = (int, str, float, bytes, complex, type(None), Decimal, date, time, datetime, timedelta)


def describe(node: Node, definitions: Mapping[str, Node]) -> str:
    """Describe the type that *node* describes."""
    return _Describer(definitions).part(node)


class _Describer:
    """Describes nodes; one that was described before is referred to by its number.

    Args:
        definitions: the nodes that are referred to by name.
    """

    def __init__(self, definitions: Mapping[str, Node]) -> None:
        self._definitions = definitions
        self._numbers: dict[str, int] = {}

    def part(self, value: Any) -> str:
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return f"[{','.join(map(self.part, value))}]"
        if isinstance(value, set | frozenset):
            return f"[{','.join(sorted(map(self.part, value)))}]"
        return _leaf(value)

    def _mapping(self, value: dict[Any, Any]) -> str:
        if value.get("type") == "definition-ref":
            return self._referred(value["schema_ref"])
        if value.get("type") == "enum" and isinstance(value.get("cls"), type):
            return describe_class(value["cls"])
        ref = value.get("ref")
        if isinstance(ref, str):
            if ref in self._numbers:
                return f"#{self._numbers[ref]}"
            self._numbers[ref] = len(self._numbers)
        kept = [(_leaf(name), one) for name, one in value.items() if name not in _LEFT_OUT]
        # The fields of a class stay in order; the parts of a node have none.
        ordered = sorted(kept, key=lambda pair: pair[0]) if isinstance(value.get("type"), str) else kept
        return "{" + ",".join(f"{name}:{self.part(one)}" for name, one in ordered) + "}"

    def _referred(self, ref: str) -> str:
        if ref in self._numbers or ref not in self._definitions:
            return f"#{self._numbers.get(ref, '?')}"
        return self.part(self._definitions[ref] | {"ref": ref})


def describe_class(cls: type) -> str:
    """Describe a class whose direct instances are all that fits."""
    members = getattr(cls, "__members__", {}) if issubclass(cls, Enum) else {}
    listed = ",".join(f"{name}={_leaf(member.value)}" for name, member in members.items())
    return f"{_name(cls)}({listed})"


def _leaf(value: Any) -> str:
    if isinstance(value, Enum):
        return f"{_name(type(value))}.{value.name}"
    if isinstance(value, bool) or type(value) in _AS_WRITTEN:
        return _written(value)
    if isinstance(value, re.Pattern):
        return f"re({value.pattern!r},{value.flags})"
    if isinstance(value, partial):
        return f"partial({_name(value.func)})"
    if callable(value):
        return _name(value)
    return f"<{_name(type(value))}>"


def _written(value: Any) -> str:
    return hex(value) if type(value) is int else repr(value)  # the digits of a big one are refused


def _name(named: Any) -> str:
    module, name = getattr(named, "__module__", None), getattr(named, "__qualname__", None)
    return f"{module}.{name}" if isinstance(name, str) else f"<{_name(type(named))}>"
