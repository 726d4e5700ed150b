"""Which values are proven to come back from JSON as they are, without reading them again.

How it works. A proof is a function from a value to a bool. It is put together from the core schema, for types of
which JSON has a kind of its own or which have one text each: numbers, text, bytes, None, dates, ids, members of plain
enums, and lists, tuples, dicts, models and dataclasses of those. It looks at the exact class of each part, since an
instance of a subclass would come back as one of the base, and at everything that an instance may hold besides.
How many digits an integer has it does not look at, nor whether a text has halves of surrogate pairs.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, Flag
from typing import Any
from uuid import UUID

from .identical import slot_names
from .nodes import Node, descend, has_extras, has_private_attributes

Proof = Callable[[Any], bool]

_LEAVES: dict[str, type] = {"none": type(None), "bool": bool, "int": int, "float": float, "str": str}


def proof_of(node: Node, definitions: Mapping[str, Node], seen: frozenset[str] = frozenset()) -> Proof | None:
    """Give the proof for the values that *node* describes; None where there is none."""
    classes = _leaf_classes(node, definitions, seen)
    if classes is not None:
        return _leaf(classes)
    if node["type"] in _TEXTS:
        return _TEXTS[node["type"]]
    maker = _MAKERS.get(node["type"])
    return None if maker is None else maker(node, definitions, seen)


def _leaf_classes(
    node: Node, definitions: Mapping[str, Node], seen: frozenset[str] = frozenset()
) -> frozenset[type] | None:
    """Give the classes of the values of *node*, where JSON tells all of them apart; None elsewhere."""
    kind = node["type"]
    if kind in _LEAVES and not _CONVERTING & node.keys():
        return frozenset({_LEAVES[kind]})
    if kind == "nullable":
        inner = _leaf_classes(node["schema"], definitions, seen)
        return None if inner is None else inner | {type(None)}
    return None


_CONVERTING = {"strip_whitespace", "to_lower", "to_upper"}
"""What makes the text of a str another one."""

_CONVERTING_CONFIG = {"str_strip_whitespace", "str_to_lower", "str_to_upper", "coerce_numbers_to_str", "cache_strings"}


def _is_own_datetime(value: Any) -> bool:
    return type(value) is datetime and (value.tzinfo is None or value.tzinfo is UTC)


def _is_own_time(value: Any) -> bool:
    return type(value) is time and value.tzinfo is None


_TEXTS: dict[str, Proof] = {
    "bytes": lambda value: type(value) is bytes,
    "date": lambda value: type(value) is date,
    "datetime": _is_own_datetime,
    "time": _is_own_time,
    "decimal": lambda value: type(value) is Decimal and value.is_finite(),
    "uuid": lambda value: type(value) is UUID,
}
"""The proofs for values that have one text each."""


def _enum(node: Node, _definitions: Mapping[str, Node], _seen: frozenset[str]) -> Proof | None:
    cls: type[Enum] = node["cls"]
    if issubclass(cls, Flag) or not {type(member.value) for member in cls} <= {int, str}:
        return None
    return lambda value: type(value) is cls


def _literal(node: Node, _definitions: Mapping[str, Node], _seen: frozenset[str]) -> Proof | None:
    classes = frozenset(map(type, node["expected"]))
    return (lambda value: type(value) in classes) if classes <= {int, str, type(None)} else None


def _referred(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    ref = node["schema_ref"]
    return None if ref in seen else proof_of(definitions[ref], definitions, seen | {ref})


def _default(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    return proof_of(node["schema"], definitions, seen)


def _nullable(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    inner = proof_of(node["schema"], definitions, seen)
    return None if inner is None else lambda value: value is None or inner(value)


def _model(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    """Give the proof for instances of a model that are their fields and nothing else."""
    cls = node["cls"]
    is_plain = (
        node["schema"]["type"] == "model-fields"
        and not (node.get("root_model") or node.get("custom_init") or has_private_attributes(cls) or has_extras(cls))
        and getattr(cls.model_post_init, "__module__", "").startswith("pydantic.")
        and not _CONVERTING_CONFIG & (node.get("config") or {}).keys()
        and not slot_names(cls)
    )
    if not is_plain:
        return None
    fields = {name: proof_of(one["schema"], definitions, seen) for name, one in node["schema"]["fields"].items()}
    return _instance(cls, fields)


def _dataclass(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    cls = node["cls"]
    is_plain = (
        node["schema"]["type"] == "dataclass-args"
        and not has_extras(cls)
        and not _CONVERTING_CONFIG & (node.get("config") or {}).keys()
        and not slot_names(cls)
    )
    if not is_plain:
        return None
    described = [one for one in node["schema"]["fields"] if not one.get("init_only")]
    if [one["name"] for one in described] != node["fields"]:
        return None
    return _instance(cls, {one["name"]: proof_of(one["schema"], definitions, seen) for one in described})


def _instance(cls: type, fields: Mapping[str, Proof | None]) -> Proof | None:
    proofs = [(name, proof) for name, proof in fields.items() if proof is not None]
    if len(proofs) != len(fields):
        return None
    names = frozenset(fields)

    def proof(value: Any) -> bool:
        if type(value) is not cls:
            return False
        held = value.__dict__
        return held.keys() == names and _all_of(proofs, held)

    return proof


def _all_of(proofs: list[tuple[str, Proof]], held: dict[str, Any]) -> bool:
    for name, proof in proofs:  # noqa: SIM110  # a generator costs more than the proofs
        if not proof(held[name]):
            return False
    return True


def _leaf(classes: frozenset[type]) -> Proof:
    if len(classes) == 1:
        (only,) = classes
        return lambda value: type(value) is only
    return lambda value: type(value) in classes


def _all_leaves(classes: frozenset[type]) -> Proof:
    """Give the proof for the parts of a container."""
    return lambda parts: set(map(type, parts)) <= classes


def _parts(node: Node | None, definitions: Mapping[str, Node], seen: frozenset[str] = frozenset()) -> Proof | None:
    """Give the proof for a collection of values that *node* describes."""
    if node is None:
        return None
    classes = _leaf_classes(node, definitions, seen)
    if classes is not None:
        return _all_leaves(classes)
    inner = proof_of(node, definitions, seen)
    return None if inner is None else lambda parts: all(map(inner, parts))


def _list(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    parts = _parts(node.get("items_schema"), definitions, seen)
    return None if parts is None else lambda value: type(value) is list and parts(value)


def _dict(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    values = _parts(node.get("values_schema"), definitions, seen)
    keys = node.get("keys_schema")
    if values is None or keys is None or keys["type"] != "str":
        return None
    text = {str}
    return lambda value: type(value) is dict and set(map(type, value)) <= text and values(value.values())


def _tuple(node: Node, definitions: Mapping[str, Node], seen: frozenset[str]) -> Proof | None:
    if node.get("variadic_item_index") is not None:
        return None
    every = [proof_of(item, definitions, seen) for item in node["items_schema"]]
    proofs = [one for one in every if one is not None]
    length = len(every)
    if len(proofs) < length:
        return None

    def proof(value: Any) -> bool:
        return (
            type(value) is tuple
            and len(value) == length
            and all(one(item) for one, item in zip(proofs, value, strict=True))
        )

    return proof


_MAKERS: dict[str, Callable[[Node, Mapping[str, Node], frozenset[str]], Proof | None]] = {
    "definition-ref": _referred,
    "default": _default,
    "nullable": _nullable,
    "enum": _enum,
    "literal": _literal,
    "list": _list,
    "dict": _dict,
    "tuple": _tuple,
    "model": _model,
    "dataclass": _dataclass,
}


def can_be_unset(node: Node, definitions: Mapping[str, Node]) -> bool:
    """Say whether there are models in the tree with fields that have a default."""
    roots = (node, *definitions.values())
    return any(one["type"] == "model-fields" and _has_default(one) for root in roots for one in descend(root))


def _has_default(node: Node) -> bool:
    return any(field["schema"]["type"] == "default" for field in node["fields"].values())
