"""Core schemas: pydantic's description of a type, a tree of plain dicts, and what keyrack makes of it.

Only `keyrack.keys.schema` deals with pydantic itself; this module reads and writes the dicts. Their vocabulary is
that of ``pydantic_core.core_schema``.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import MemberDescriptorType
from typing import Any

from .._text import type_name
from .problems import UNION_LABEL

Node = dict[str, Any]
Change = Callable[[Node], Node]
FieldHook = Callable[[Any, str, Node], Node]
"""Gives the schema of a field of a class, by class, name and what pydantic says."""

UNDESCRIBED: Node = {"type": "any"}
"""Stands for the schema of a field that pydantic does not describe."""

FUNCTIONS = frozenset({"function-before", "function-after", "function-wrap", "function-plain"})

FRESH = frozenset(
    {
        *(
            "none",
            "bool",
            "int",
            "float",
            "str",
            "bytes",
            "complex",
            "date",
            "time",
            "datetime",
            "timedelta",
            "decimal",
        ),
        *("fraction", "uuid", "literal", "enum", "list", "tuple", "set", "frozenset", "dict", "typed-dict"),
        *("nullable", "union", "definition-ref"),
    }
)
"""The nodes that give new containers and immutable leaves, and run no code of the user's."""

_CHILDREN = (
    *("schema", "items_schema", "keys_schema", "values_schema", "extras_schema", "lax_schema", "strict_schema"),
    *("json_schema", "python_schema", "arguments_schema", "steps"),
)
_UNNEEDED = frozenset({"serialization", "metadata"})
NAMED_TUPLES = frozenset({"named-tuple", "call"})


def accepting(node: Node, field: FieldHook, *, strict: bool) -> Node:
    """Give the tree that a value passes on its way in.

    Strict, instances pass by class alone and nothing else passes for them. Lax, the tree stays what pydantic made it.
    """

    def change(node: Node) -> Node:
        if not strict:
            return common(node, change, field)
        return _instance(node) or _unconverted(node, change, field) or common(node, change, field)

    return change(node)


def _instance(node: Node) -> Node | None:
    """Give the schema by which an instance passes as it is, where *node* describes one."""
    inner = node
    while inner["type"] in FUNCTIONS and is_own_validator(inner):
        inner = inner["schema"]
    if inner["type"] in {"model", "dataclass"}:
        return named_as(node, instance_of(inner, inner["cls"]))
    if inner["type"] in NAMED_TUPLES and isinstance(class_of(inner), type):
        return named_as(node, instance_of(inner, class_of(inner)))
    return None


def _unconverted(node: Node, change: Change, field: FieldHook) -> Node | None:
    """Give the schema that takes values of the type only, where pydantic's converts even when it is strict."""
    kind = node["type"]
    if kind == "lax-or-strict":
        return named_as(node, change(node["strict_schema"]))
    if kind == "json" or (kind == "function-after" and is_decoding(node)):
        return named_as(node, change(converted_to(node) or node))
    if kind == "float":
        return number(node)
    return class_keeping(common(node, change, field)) if is_converting(node) else None


def converted_to(node: Node) -> Node | None:
    """Give what the result of a conversion fits, where *node* converts."""
    inner: Node | None = None
    match node["type"]:
        case "function-before" | "default":
            inner = node["schema"]
        case "function-wrap" if not is_pydantics(node):
            inner = node["schema"]
        case "function-after" if is_decoding(node):
            inner = node["schema"]
        case "function-after" if isinstance(node["function"]["function"], attrgetter):  # use_enum_values
            inner = _enum_or_values(node["schema"])
        case "json":
            inner = node.get("schema", {"type": "any"})
        case "lax-or-strict":
            inner = node["strict_schema"]
        case _:
            pass
    return inner


def is_read_once(node: Node) -> bool:
    """Say whether *node* describes what ends with its first use."""
    if node["type"] == "generator":
        return True
    return node["type"] == "is-instance" and isinstance(node["cls"], type) and issubclass(node["cls"], Iterator)


def descend(node: Node) -> Iterator[Node]:
    """Give *node* and every node below it that a Python value can meet."""
    yield node
    children: list[Node] = []

    def visit(child: Node) -> Node:
        children.append(child)
        return child

    common(node, visit, lambda _cls, _name, child: child)
    for child in children:
        yield from descend(child)


# --- both trees -------------------------------------------------------------------------------------


def common(node: Node, change: Change, field: FieldHook) -> Node:
    """Give *node* with each part changed that every tree reads alike."""
    match node["type"]:
        case "union":
            return labelled_union(node, union_members(node), change)
        case "tagged-union" if not callable(node["discriminator"]):
            return labelled_union(node, list(node["choices"].values()), change)
        case "json-or-python":
            return named_as(node, change(node["python_schema"]))
        case "literal":
            return _literal(node)
        case kind:
            new = typed_dict(node) if kind == "typed-dict" else node
            return with_fields(with_children(new, change), _field_change(new.get("cls"), change, field))


def union_members(node: Node) -> list[Node]:
    """Give the members of a union, which may stand in pairs with their labels."""
    return [choice[0] if isinstance(choice, tuple) else choice for choice in node["choices"]]


def is_converting(node: Node) -> bool:
    """Say whether pydantic may make a value of the class by code of its own, as it makes a pattern of a string."""
    if node["type"] == "union":
        return any(map(_makes_instance, union_members(node)))
    return node["type"] in FUNCTIONS and is_pydantics(node)


def _makes_instance(node: Node) -> bool:
    """Say whether *node* makes an instance of one of pydantic's classes, as SecretStr does of a string."""
    return node["type"] in FUNCTIONS and isinstance(node["function"]["function"], type) and is_pydantics(node)


def class_keeping(node: Node) -> Node:
    """Give a schema that refuses what *node* would have to turn into another class."""
    keeping: Node = {"type": "function-wrap", "function": {"type": "no-info", "function": _of_its_class}}
    return named_as(node, {**keeping, "schema": without(node, "ref")})


def _of_its_class(value: Any, validate: Callable[[Any], Any]) -> Any:
    result = validate(value)
    if not isinstance(value, type(result)):
        raise ValueError(f"should be an instance of {type_name(type(result))}")  # as pydantic wants it
    return result


def _field_change(cls: Any, change: Change, field: FieldHook) -> Callable[[str, Node], Node]:
    return lambda name, one: {**one, "schema": change(field(cls, name, one["schema"]))}


def typed_dict(node: Node) -> Node:
    """Give the schema of a TypedDict that refuses keys it does not declare, unless it says otherwise."""
    config = getattr(node.get("cls"), "__pydantic_config__", {})
    says_otherwise = "extra" in config or "extras_schema" in node or node.get("extra_behavior") == "allow"
    return node if says_otherwise else {**node, "extra_behavior": "forbid"}


def with_children(node: Node, change: Change) -> Node:
    """Give *node* with each child changed, and without what only writing out needs."""
    new = {name: part for name, part in node.items() if name not in _UNNEEDED}
    for name in _CHILDREN:
        part = new.get(name)
        if isinstance(part, dict):
            new[name] = change(part)
        elif isinstance(part, list):
            new[name] = [_in_list(child, change) for child in part]
    if isinstance(new.get("choices"), dict):
        new["choices"] = {tag: change(choice) for tag, choice in new["choices"].items()}
    return new


def _in_list(child: Node, change: Change) -> Node:
    """Give a changed child, which may stand in a parameter."""
    return change(child) if "type" in child else {**child, "schema": change(child["schema"])}


def with_fields(node: Node, change: Callable[[str, Node], Node]) -> Node:
    """Give *node* with each of its fields changed, and without those that exist during construction only."""
    fields = node.get("fields")
    if isinstance(fields, dict):
        return {**node, "fields": {name: change(name, one) for name, one in fields.items()}}
    if isinstance(fields, list) and all(isinstance(one, dict) for one in fields):
        return {**node, "fields": [change(one["name"], one) for one in fields if not one.get("init_only")]}
    return node


def labelled_union(node: Node, members: list[Node], change: Change) -> Node:
    """Give a union whose error paths can be told from paths into the value."""
    kept = {name: part for name, part in node.items() if name == "ref" or name.startswith("custom_error")}
    choices = [(change(member), f"{UNION_LABEL}{index}") for index, member in enumerate(members)]
    mode = "left_to_right" if node["type"] == "tagged-union" else node.get("mode", "smart")
    return {**kept, "type": "union", "mode": mode, "choices": choices}


def number(node: Node) -> Node:
    """Give the schema of a float that takes no Decimal and nothing else that only knows how to become one."""
    is_number = {
        "type": "custom-error",
        "schema": {"type": "is-instance", "cls": (float, int)},
        "custom_error_type": "float_type",
    }
    return named_as(node, {"type": "chain", "steps": [is_number, without(node, "ref")]})


def _literal(node: Node) -> Node:
    """Give the schema of a literal that takes 1 for 1 and neither True nor 1.0."""
    by_class: dict[type, list[Any]] = {}
    for value in node["expected"]:
        by_class.setdefault(type(value), []).append(value)
    if not any(issubclass(cls, int) for cls in by_class):
        return node
    members = [_literal_of(cls, values) for cls, values in by_class.items()]
    wanted = " or ".join(map(repr, node["expected"]))
    return named_as(
        node,
        {
            "type": "custom-error",
            "schema": {"type": "union", "mode": "left_to_right", "choices": members},
            "custom_error_type": "literal_error",
            "custom_error_context": {"expected": wanted},
        },
    )


def _literal_of(cls: type, values: list[Any]) -> Node:
    scalar = {int: "int", bool: "bool", str: "str", bytes: "bytes", type(None): "none"}.get(cls)
    first: Node = {"type": "is-instance", "cls": cls} if scalar is None else {"type": scalar}
    return {"type": "chain", "steps": [first, {"type": "literal", "expected": values}]}


def named_as(node: Node, new: Node) -> Node:
    """Give *new* under the name by which *node* is referred to."""
    return {**new, "ref": node["ref"]} if "ref" in node else new


def without(node: Node, *names: str) -> Node:
    """Give *node* without some of its parts."""
    return {name: part for name, part in node.items() if name not in names}


def instance_of(node: Node, cls: type) -> Node:
    """Give a schema that lets instances of *cls* pass as they are."""
    origin = node.get("generic_origin")
    classes = cls if origin is None else (cls, origin)
    return named_as(node, {"type": "is-instance", "cls": classes, "cls_repr": type_name(cls)})


def class_of(node: Node) -> Any:
    """Give the class of a named tuple."""
    return node["cls"] if node["type"] == "named-tuple" else node["function"]


def is_own_validator(node: Node) -> bool:
    """Say whether *node* is a validator of the model or dataclass below it, which ran when the instance was made."""
    inner = node
    while inner["type"] in FUNCTIONS and "schema" in inner:
        inner = inner["schema"]
    decorators = getattr(inner.get("cls"), "__pydantic_decorators__", None)
    own = getattr(decorators, "model_validators", {}).values()
    return any(validator.func == node["function"]["function"] for validator in own)


def is_decoding(node: Node) -> bool:
    """Say whether *node* turns text into what it encodes, as pydantic's Base64Bytes does: a result is no such text."""
    return type(getattr(node["function"]["function"], "__self__", None)).__name__ in {"EncodedBytes", "EncodedStr"}


def is_pydantics(node: Node) -> bool:
    """Say whether the function of *node* is part of how pydantic describes a type."""
    module = getattr(node["function"]["function"], "__module__", None) or ""
    return module.partition(".")[0] in {"pydantic", "pydantic_core"}


# --- instances ----------------------------------------------------------------------------------------


def described_fields(node: Node) -> Mapping[str, Node] | None:
    """Give the schema of each field of a model or dataclass, or None where they cannot be told."""
    if node.get("root_model"):
        return {"root": node["schema"]}
    inner = node["schema"]
    while inner["type"] in FUNCTIONS and "schema" in inner:
        inner = inner["schema"]
    fields = inner.get("fields")
    if isinstance(fields, dict):
        return {name: one["schema"] for name, one in fields.items()}
    if isinstance(fields, list):
        return {one["name"]: one["schema"] for one in fields if not one.get("init_only")}
    return None


def add_left_out(fields: Node, node: Node, strip: Callable[[str, Node], Node]) -> None:
    """Add what pydantic does not describe as a field: what `__post_init__` makes, and extras with a type."""
    if fields["type"] == "dataclass-args":
        known = {one["name"] for one in fields["fields"]}
        for name in node["fields"]:
            if name not in known:
                fields["fields"].append(strip(name, {"type": "dataclass-field", "name": name, "schema": UNDESCRIBED}))
    elif "extras_schema" in fields and not has_extras(node["cls"]):
        # A class attribute stands in the way of the slot, so they lie in the __dict__ under its name.
        extras = {"type": "dict", "keys_schema": {"type": "str"}, "values_schema": fields["extras_schema"]}
        fields["fields"]["__pydantic_extra__"] = {"type": "model-field", "schema": extras}


def has_extras(cls: type) -> bool:
    """Say whether instances keep values that are no fields, where revalidation finds them.

    What else lies in the ``__dict__`` (cached properties, say) is nothing that somebody gave.
    """
    config: dict[str, Any] = getattr(cls, "model_config", None) or getattr(cls, "__pydantic_config__", None) or {}
    slot = next(
        (base.__dict__["__pydantic_extra__"] for base in cls.__mro__ if "__pydantic_extra__" in base.__dict__), None
    )
    return config.get("extra") == "allow" and isinstance(slot, MemberDescriptorType)


def has_private_attributes(cls: type) -> bool:
    """Say whether instances of a model keep private attributes; BaseModel itself does not even say so."""
    return bool(getattr(cls, "__private_attributes__", None))


def _enum_or_values(node: Node) -> Node:
    """Let the values of enum members stand for them, as a model with ``use_enum_values`` holds them."""
    values: Node = {"type": "literal", "expected": [member.value for member in node.get("members", ())]}
    return {"type": "union", "choices": [node, values]} if values["expected"] else {"type": "any"}
