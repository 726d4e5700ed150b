"""The tree that looks at a value which claims to fit, and gives nothing that anybody keeps.

How it works. An instance of exactly the class that is named in the type is validated field by field: what its
``__dict__`` holds, by name. An instance of a subclass is looked at as what it is, by the tree of its own class: its
base may be abstract, and its own rules may be others. `type` itself says which of them a value is, so that no code in
Python runs for most of them.

Validators of a whole model get a copy of the instance, with all that it holds besides its fields: they may look at
that, and may change what they get. Validators that convert are left out: what is looked at is what they gave.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import functools
from collections.abc import Callable
from copy import copy
from operator import attrgetter
from typing import Any, Protocol

from .clone import Cloner, anything, atom
from .identical import slot_names
from .nodes import (
    FUNCTIONS,
    NAMED_TUPLES,
    Change,
    Node,
    add_left_out,
    class_keeping,
    class_of,
    common,
    converted_to,
    descend,
    has_extras,
    has_private_attributes,
    instance_of,
    is_converting,
    is_own_validator,
    is_pydantics,
    named_as,
    number,
    with_children,
    with_fields,
    without,
)
from .problems import CLASS_LABEL, ELSEWHERE, UNION_LABEL

_INSTANCES = frozenset({"model", "dataclass"})
_HASHED = {"set": "items_schema", "frozenset": "items_schema", "dict": "keys_schema"}

Validate = Callable[[Any], Any]


class Around(Protocol):
    """What a check has to know besides the schema of the type."""

    definitions: dict[str, Node]

    def field(self, cls: Any, name: str, node: Node, /) -> Node:
        """Give the schema of a field of a class."""
        ...

    def misfit(self, kind: str, context: dict[str, Any] | None = None, /) -> Exception:
        """Give what a function raises to say that a value does not fit."""
        ...

    def cloner(self, node: Node) -> Cloner:
        """Give what copies the values of a node."""
        ...

    def check_of(self, cls: type) -> Validate | None:
        """Give the check of another class; None where there is none."""
        ...

    def check_by(self, schema: Node, change: Change) -> Validate:
        """Give the check by a schema that was made of a part of the type by *change*."""
        ...


class Checking:
    """Makes the tree that looks at the values of a type.

    Args:
        root: the type.
        around: what there is besides it.
    """

    def __init__(self, root: Node, around: Around) -> None:
        self._around = around
        nodes = [one for start in (root, *around.definitions.values()) for one in descend(start)]
        self._gives_instances = any(map(_needs_instances, nodes))
        self._has_instances = any(one["type"] in _INSTANCES | NAMED_TUPLES for one in nodes)
        self._number = _float
        self._inside = copy(self)
        self._inside._number = number  # an instance is kept with an int that it was given for a float
        self._inside._inside = self._inside

    def change(self, node: Node) -> Node:
        """Give the schema by which the values of *node* are looked at."""
        is_shared = self._has_instances and node.get("ref") in self._around.definitions
        return (self._inside if is_shared else self)._changed(node)  # a definition may stand for a field as well

    def _changed(self, node: Node) -> Node:
        instance = _instance_below(node)
        if instance is not None:
            return named_as(node, self._by_class(node, instance))
        converted = converted_to(node)
        if converted is not None:
            return named_as(node, self.change(converted))
        if node["type"] == "float":
            return self._number(node)
        if node["type"] in NAMED_TUPLES and isinstance(class_of(node), type):
            inner = common(without(node, "ref"), self._inside.change, self._around.field)
            return named_as(node, {"type": "chain", "steps": [instance_of({}, class_of(node)), inner]})
        same = common(node, self.change, self._around.field)
        return class_keeping(same) if is_converting(node) else same

    def _by_class(self, node: Node, instance: Node) -> Node:
        """Give the schema that looks at a value by its class."""
        here: Node = {
            "type": "tagged-union",
            "discriminator": type,
            "choices": {instance["cls"]: self._exact(node, instance)},
            "custom_error_type": ELSEWHERE,
            "custom_error_message": ELSEWHERE,
        }
        there: Node = {"type": "function-plain", "function": {"type": "no-info", "function": self._other(instance)}}
        return {"type": "union", "mode": "left_to_right", "choices": [(here, CLASS_LABEL), (there, UNION_LABEL)]}

    # --- instances of the class ---

    def _exact(self, node: Node, instance: Node) -> Node:
        """Give the schema for an instance of the class itself, under the validators of the whole of it."""
        validators: list[Node] = []
        while node is not instance:
            if node["type"] == "function-after":
                validators.append(node)
            node = node["schema"]
        schema = self._fields(instance)
        if validators or self._gives_instances:
            schema = self._whole(instance, schema)
        for validator in reversed(validators):
            schema = {"type": "function-after", "function": validator["function"], "schema": schema}
        return schema

    def _fields(self, instance: Node) -> Node:
        """Give the schema that looks at the fields, and gives something else than the instance."""
        made = self._made_again(instance)
        if made["schema"]["type"] not in {"model-fields", "dataclass-args"} or not _lies_in_its_dict(instance):
            return made
        reading = {"type": "no-info", "function": attrgetter("__dict__")}
        return {"type": "function-before", "function": reading, "schema": made["schema"]}

    def _whole(self, instance: Node, fields: Node) -> Node:
        """Give the schema that looks at the fields, and gives the like of the instance."""
        if not _holds_more(instance):
            return self._made_again(instance)
        copied = self._around.cloner(instance)

        def look(value: Any, validate: Validate) -> Any:
            validate(value)
            return _spare(value, copied)

        return {"type": "function-wrap", "function": {"type": "no-info", "function": look}, "schema": fields}

    def _made_again(self, node: Node) -> Node:
        """Give the schema by which pydantic makes the like of an instance out of its fields."""
        cls, change = node["cls"], self._inside.change

        def inside(child: Node) -> Node:
            if child["type"] in {"model-fields", "dataclass-args"}:
                new = with_fields(with_children(child, change), strip)
                add_left_out(new, node, strip)
                return new if has_extras(cls) else {**without(new, "extras_schema"), "extra_behavior": "ignore"}
            if child["type"] == "function-before" or (child["type"] == "function-wrap" and not is_pydantics(child)):
                return inside(child["schema"])
            if child["type"] == "function-after":
                return with_children(child, inside)
            return change(child)

        def strip(name: str, one: Node) -> Node:
            """Give a field that must be there, under its own name."""
            kept: Node = {part: one[part] for part in ("type", "name", "kw_only") if part in one}
            return {**kept, "schema": change(self._around.field(cls, name, one["schema"]))}

        new = {**with_children(without(node, "ref"), inside), "revalidate_instances": "always"}
        if node["type"] == "dataclass":
            return {**new, "post_init": False}
        return {**without(new, "post_init"), "custom_init": False}

    # --- instances of other classes ---

    def _other(self, instance: Node) -> Validate:
        """Give what looks at a value that is no instance of the class itself."""
        cls = instance["cls"]
        wanted = instance_of(instance, cls)
        as_declared = functools.cache(lambda: self._around.check_by(self._fields(instance), self.change))
        given = _spare if self._gives_instances else atom

        @functools.lru_cache(maxsize=128)
        def checks_of(kind: type) -> tuple[Validate, ...]:
            if not issubclass(kind, wanted["cls"]):
                raise self._around.misfit("is_instance_of", {"class": wanted["cls_repr"]})
            own = self._around.check_of(kind) if issubclass(kind, cls) else None
            if own is None:
                return (as_declared(),)
            return (own, as_declared()) if _redefines(kind, cls) else (own,)

        def look(value: Any) -> Any:
            kind: Any = type(value)
            if kind is cls:
                raise self._around.misfit(ELSEWHERE)
            for check in checks_of(kind):
                check(value)
            return given(value)

        return look


def _float(node: Node) -> Node:
    """Give the schema of a float that takes no int: a store has made a float of each that it was given."""
    taken = number(node)
    is_number, as_float = taken["steps"]
    return {**taken, "steps": [is_number, {"type": "is-instance", "cls": float}, as_float]}


def _needs_instances(node: Node) -> bool:
    """Say whether *node* does something with what is given for the instances in it."""
    hashed = _HASHED.get(node["type"])
    if hashed is not None:
        return hashed in node and _has_instances(node[hashed])
    is_asked = node["type"] in FUNCTIONS and "schema" in node and converted_to(node) is None
    return is_asked and not is_own_validator(node) and _has_instances(node["schema"])


def _has_instances(node: Node) -> bool:
    """Say whether there may be instances of models or dataclasses in the values of *node*."""
    return any(one["type"] in _INSTANCES or one["type"] == "definition-ref" for one in descend(node))


def _instance_below(node: Node) -> Node | None:
    """Give the model or dataclass that *node* describes, from below the validators of the whole of it."""
    while node["type"] in FUNCTIONS and is_own_validator(node):
        node = node["schema"]
    return node if node["type"] in _INSTANCES else None


def is_of_instances_of(node: Node, cls: type) -> bool:
    """Say whether *node* describes instances of a model or dataclass *cls*."""
    instance = _instance_below(node)
    return instance is not None and instance["cls"] is cls


def _holds_more(instance: Node) -> bool:
    """Say whether an instance made again from its fields may be another one: it holds more, or they would change."""
    cls = instance["cls"]
    has_state = has_private_attributes(cls) or instance.get("post_init") or cls.__new__ is not object.__new__
    kinds = {one["type"] for one in descend(instance["schema"])}
    return bool(has_state or kinds & (FUNCTIONS | _INSTANCES | {"definition-ref"}))


_HARMLESS = frozenset({"title", "frozen", "extra_fields_behavior", "validate_default", "from_attributes"})
"""What the configuration of a class may say without saying what fits a field."""


def _lies_in_its_dict(instance: Node) -> bool:
    """Say whether fields lie in the ``__dict__`` of an instance, and their schemas are all that they have to fit."""
    cls = instance["cls"]
    if instance.get("root_model") or (instance.get("config") or {}).keys() - _HARMLESS:
        return False
    return not (slot_names(cls) or has_extras(cls) or _has_field_of_the_class(cls))


def _has_field_of_the_class(cls: Any) -> bool:
    """Say whether there is a field that instances of a dataclass read from the class, which holds its default."""
    fields = getattr(cls, "__dataclass_fields__", {})
    return any(not one.init and hasattr(cls, name) for name, one in fields.items())


def _spare(value: Any, copied: Cloner = anything) -> Any:
    """Give a copy of an instance, for validators; itself, where it is one that can only be shared."""
    try:
        return copied(value)
    except Exception:  # noqa: BLE001  # a value may do anything when it is copied
        return value


def _redefines(cls: type, base: type) -> bool:
    """Say whether *cls* says something else of a field of *base*, by which that is then looked at as well."""
    fields, others = _declared(cls), _declared(base)
    return any(fields.get(name) != other for name, other in others.items())


def _declared(cls: Any) -> dict[str, Any]:
    """Give what a model or dataclass says of each field."""
    described = getattr(cls, "__dataclass_fields__", None)
    if described is not None:
        return {name: one.type for name, one in described.items()}
    # BaseModel itself has none.
    return {name: (one.annotation, one.metadata) for name, one in getattr(cls, "__pydantic_fields__", {}).items()}
