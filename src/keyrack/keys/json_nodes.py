"""The tree by which values go to JSON and come back: `keyrack.keys.nodes` for writing.

How it works. pydantic's own description of a type writes what an API shows: aliases, computed and left out fields,
masked secrets, dates with their time zone reduced to an offset. This tree writes what a value is: each field under its
own name, bytes in Base64, NaN and infinities as such, times with the name of their zone. Functions of the user's that
convert on the way in are left out, since what is written is a result already.

What a value loses all the same is found by reading it again: see `keyrack.keys.codec`.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import partial
from operator import attrgetter
from typing import Any

from .nodes import (
    FUNCTIONS,
    FieldHook,
    Node,
    add_left_out,
    has_extras,
    is_decoding,
    is_pydantics,
    labelled_union,
    named_as,
    typed_dict,
    union_members,
    with_children,
    without,
)
from .zones import read_datetime, read_time, write_datetime, write_time

CONFIG: dict[str, Any] = {
    "ser_json_bytes": "base64",
    "val_json_bytes": "base64",
    "ser_json_inf_nan": "constants",
    "ser_json_timedelta": "iso8601",
}
"""How bytes and numbers are written, on every level."""

_FIELD_PARTS = ("type", "name", "kw_only", "required", "schema")


def writing(node: Node, field: FieldHook, *, defaults: bool) -> Node:
    """Give the tree that writes a value as JSON and reads it.

    Args:
        node: the type.
        field: gives the schema of a field.
        defaults: whether a field that has a default may be missing.
    """
    return _Writing(field, defaults=defaults).change(node)


class _Writing:
    """Changes nodes so that their values are written and read as they are.

    Args:
        field: gives the schema of a field.
        defaults: whether a field that has a default may be missing.
        numbers: whether an int may stand for a float: where a class takes what it gets, it does.
    """

    def __init__(self, field: FieldHook, *, defaults: bool, numbers: bool = False) -> None:
        self._field = field
        self._defaults = defaults
        self._numbers = numbers

    def change(self, node: Node) -> Node:
        """Give the node for writing and reading."""
        if node["type"] == "default":
            # ``timeout: float = 30``: nobody validates a default.
            inside = self._as_given() if type(node.get("default")) is int else self
            new = inside.change(node["schema"])
            return named_as(node, {**node, "schema": new} if self._defaults else new)
        inner = _left_out(node)
        if inner is not None:
            return named_as(node, self.change(inner))
        if node["type"] == "float" and self._numbers:
            return named_as(node, {"type": "union", "choices": [without(node, "ref"), {"type": "int"}]})
        special = _SPECIAL.get(node["type"])
        return named_as(node, special(node)) if special is not None else self._changed(node)

    def _changed(self, node: Node) -> Node:
        match node["type"]:
            case "union":
                return self._kept(node, labelled_union(node, union_members(node), self.change))
            case "tagged-union":  # the tag may stand under an alias, or be told by a function from an instance
                return self._kept(node, labelled_union(node, list(node["choices"].values()), self.change))
            case "model":
                return self._instance(node)
            case "dataclass":
                return self._as_given()._instance(node)
            case "typed-dict":
                return self._plain_fields(with_children(typed_dict(node), self.change))
            case "named-tuple":
                return self._as_given()._plain_fields(node)
            case _:
                new = with_children(node, self.change)
                return self._kept(node, _with_keys(new) if "keys_schema" in new else new)

    def _as_given(self) -> _Writing:
        return _Writing(self._field, defaults=self._defaults, numbers=True)

    def _kept(self, node: Node, new: Node) -> Node:
        """Give *new* with the serialization of *node*, where it belongs to the type."""
        serialization = node.get("serialization")
        if not serialization or serialization.get("is_field_serializer") or node["type"] not in _DESCRIBES_ITSELF:
            return new
        kept = dict(serialization)
        for name in ("schema", "return_schema"):
            if name in kept:
                kept[name] = self.change(kept[name])
        return {**new, "serialization": kept}

    # --- instances ---

    def _instance(self, node: Node) -> Node:
        new: Node = {
            **with_children(node, lambda child: self._inside(node, child)),
            "config": {**node.get("config", {}), **CONFIG},
        }
        if node["type"] == "dataclass":
            return {**new, "post_init": False}  # what it made is written with the rest
        return {**new, "custom_init": False}

    def _inside(self, node: Node, child: Node) -> Node:
        """Give a node between an instance and its fields."""
        kind = child["type"]
        if kind in {"model-fields", "dataclass-args"}:
            return self._fields(node, child)
        if kind in {"function-before", "function-wrap"} and not is_pydantics(child):
            return self._inside(node, child["schema"])
        if kind == "function-after":
            return with_children(child, lambda one: self._inside(node, one))
        return self.change(child)

    def _fields(self, node: Node, child: Node) -> Node:
        cls = node["cls"]

        def strip(name: str, one: Node) -> Node:
            return self._stripped(cls, name, one)

        new = without(with_children(child, self.change), "computed_fields", "extras_schema", "extra_behavior")
        new["fields"] = self._all_stripped(cls, new["fields"])
        add_left_out(new, node, strip)
        if not has_extras(cls):
            return {**new, "extra_behavior": "forbid"}
        extras = {"extras_schema": self.change(child["extras_schema"])} if "extras_schema" in child else {}
        return {**new, **extras, "extra_behavior": "allow"}

    def _plain_fields(self, node: Node) -> Node:
        """Give a typed dict or named tuple whose fields stand under their own names."""
        new = without(node, "computed_fields", "serialization", "metadata")
        if node["type"] == "typed-dict":
            new["config"] = {**node.get("config", {}), **CONFIG}
        return {**new, "fields": self._all_stripped(node.get("cls"), node["fields"])}

    def _all_stripped(self, cls: Any, fields: Any) -> Any:
        if isinstance(fields, dict):
            return {name: self._stripped(cls, name, one) for name, one in fields.items()}
        return [self._stripped(cls, one["name"], one) for one in fields if not one.get("init_only")]

    def _stripped(self, cls: Any, name: str, one: Node) -> Node:
        """Give a field under its own name and nothing else."""
        kept = {part: one[part] for part in _FIELD_PARTS if part in one}
        return {**kept, "schema": self.change(self._field(cls, name, one["schema"]))}


_PATTERNS = frozenset({"pattern_str_validator", "pattern_bytes_validator", "pattern_either_validator"})
"""How pydantic calls what it reads patterns with."""


def _left_out(node: Node) -> Node | None:
    """Give what stands in for *node*, where it does something that is not to be done again."""
    kind = node["type"]
    if kind in {"json", "function-after"} and (kind == "json" or is_decoding(node)):
        return node.get("schema") or {"type": "any"}
    if kind == "function-plain" and getattr(node["function"]["function"], "__name__", "") in _PATTERNS:
        return {"type": "is-instance", "cls": re.Pattern}
    if kind == "function-after" and isinstance(node["function"]["function"], attrgetter):  # use_enum_values
        return {"type": "literal", "expected": [one.value for one in node["schema"].get("members", ())]}
    if kind in {"function-before", "function-wrap"} and "serialization" not in node and not _is_pydantics(node):
        inner: Node = node["schema"]
        return inner
    return None


def _is_pydantics(node: Node) -> bool:
    function = node["function"]["function"]
    if isinstance(function, partial):
        return is_pydantics({"function": {"function": function.func}})
    return is_pydantics(node)


_DESCRIBES_ITSELF = FUNCTIONS | {"lax-or-strict", "json-or-python", "is-instance", "chain", "definition-ref", "any"}
"""Nodes of types that say themselves how they are written; of all others only serializers of the user's do."""


# --- leaves -----------------------------------------------------------------------------------------


def _by_function(node: Node, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> Node:
    """Give a node whose values are written and read by functions."""
    return {
        "type": "function-before",
        "function": {"type": "no-info", "function": read},
        "schema": without(node, "ref", "serialization", "metadata"),
        "serialization": {"type": "function-plain", "function": write, "return_schema": {"type": "str"}},
    }


def _datetime(node: Node) -> Node:
    return _by_function(node, read_datetime, write_datetime)


def _time(node: Node) -> Node:
    return _by_function(node, read_time, write_time)


def _enum(node: Node) -> Node:
    """Give a node that writes members by value where JSON tells the values apart, else by name."""
    cls: type[Enum] = node["cls"]
    plain = {type(member.value) for member in cls} <= {int, str}
    own = without(node, "ref", "serialization", "metadata")
    return own if plain else _named_members(cls, own)


def _named_members(cls: type[Enum], node: Node) -> Node:
    def read(name: Any) -> Any:
        if type(name) is str and name in cls.__members__:
            return cls.__members__[name]
        raise ValueError(f"should be the name of a member of {cls.__name__}")  # as pydantic wants it

    def write(member: Any) -> str:
        if type(member) is cls and cls.__members__.get(member.name) is member:
            return str.__str__(member.name)
        raise ValueError(f"no member of {cls.__name__} with a name")  # as pydantic wants it

    return _by_function(node, read, write)


def _literal(node: Node) -> Node:
    """Give a node for a literal whose values are enum members or bytes, too."""
    expected = node["expected"]
    enums: dict[type[Enum], list[Any]] = {}
    plain: list[Any] = []
    has_bytes = False
    for value in expected:
        if isinstance(value, Enum):
            enums.setdefault(type(value), []).append(value)
        elif isinstance(value, bytes):
            has_bytes = True
        else:
            plain.append(value)
    if not enums and not has_bytes:
        return without(node, "serialization", "metadata")
    choices = [_enum({"type": "enum", "cls": cls, "members": members}) for cls, members in enums.items()]
    choices += [{"type": "bytes"}] if has_bytes else []
    choices += [{"type": "literal", "expected": plain}] if plain else []
    return choices[0] if len(choices) == 1 else {"type": "union", "choices": choices}


def _pattern(node: Node) -> Node:
    """Give a node for compiled patterns, with their flags; for other nodes the node itself."""
    if node.get("cls") is not re.Pattern:
        return node

    def read(parts: Any) -> Any:
        kind, text, flags = parts
        if kind not in {"str", "bytes"} or type(text) is not str or type(flags) is not int:
            raise ValueError("should be a pattern")  # as pydantic wants it
        try:
            return re.compile(text if kind == "str" else text.encode("latin-1"), flags)
        except (re.error, OverflowError) as error:
            raise ValueError(f"should be a pattern: {error}") from error

    def write(pattern: Any) -> list[Any]:
        text = pattern.pattern
        kind, written = ("str", text) if isinstance(text, str) else ("bytes", text.decode("latin-1"))
        return [kind, written, int(pattern.flags & ~re.UNICODE) if kind == "str" else int(pattern.flags)]

    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": read},
        "serialization": {"type": "function-plain", "function": write},
    }


_SPECIAL: dict[str, Callable[[Node], Node]] = {
    "datetime": _datetime,
    "time": _time,
    "enum": _enum,
    "literal": _literal,
    "is-instance": _pattern,
}


def _with_keys(node: Node) -> Node:
    """Give a dict whose keys are written so that they can be read: members of an enum of numbers by their names."""
    key = node["keys_schema"]
    if key["type"] == "enum" and {type(member.value) for member in key["cls"]} != {str}:
        return {**node, "keys_schema": _named_members(key["cls"], key)}
    return node
