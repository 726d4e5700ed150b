"""Validation: the only module that knows pydantic.

How it works. pydantic describes a type as a *core schema*, a tree of dicts. From that tree three things are made:

* ``accept``, which a value passes on its way in: strict, gives new containers at every level, runs the validators
  that the type carries. Instances of models and dataclasses pass by class alone; a dict does not pass for a model.
* ``check``, which looks at a value that claims to fit (see `keyrack.keys.checking`): instances are validated again,
  field by field and by name, as what they are. What it gives is thrown away.
* a cloner (see `keyrack.keys.clone`), which copies what is mutable.

A put is ``accept``, then the cloner, then ``check`` on the copy: what was checked is what is kept, even if somebody
goes on changing the original. Where ``accept`` makes everything anew and runs no code of the user's, it is all there
is.
"""

from __future__ import annotations

import functools
import os
import threading
from typing import TYPE_CHECKING, Annotated, Any, LiteralString, cast, get_args, get_origin, get_type_hints
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict, PlainValidator, TypeAdapter
from pydantic_core import (
    PydanticCustomError,
    PydanticKnownError,
    SchemaSerializer,
    SchemaValidator,
    ValidationError,
    core_schema,
)

from .._text import LINE, cut, type_name
from . import clone
from .arrays import ArrayRule, has_numpy, is_array_class
from .checking import Checking, is_of_instances_of
from .copying import ClonerMaker
from .fingerprint import describe
from .forms import rewrite
from .json_nodes import CONFIG, writing
from .kinds import may_have_kinds
from .lossless import Proof, can_be_unset, proof_of
from .nodes import FRESH, UNDESCRIBED, Change, Node, accepting, descend, is_read_once
from .problems import ARRAY_RULE, NoJsonError, crash, cut_off, problems
from .problems import MisfitError as MisfitError  # noqa: PLC0414  # its home for everybody else

if TYPE_CHECKING:
    from .checking import Validate
    from .clone import Cloner
    from .codecs import Codec


class CannotCopyError(Exception):
    """A value that fits cannot be copied; the cause says why."""

    def forget(self) -> None:
        """Let go of everything that knows the value."""
        cut_off(self)


class UnusableFormError(Exception):
    """A type form of which no schema can be made."""


class Schema:
    """What fits a type, and how a fitting value is copied."""

    __slots__ = (
        *("__weakref__", "_accept", "_accept_strict", "_check", "_description", "_freeze", "_fresh", "_json", "_keep"),
        *("clone", "codec", "form", "name", "plain_list", "secret", "strict"),
    )

    form: Any
    """The type."""
    name: str
    """The type as a person writes it."""
    clone: Cloner
    """Gives a copy of a value that is known to fit."""
    secret: bool
    """Whether nothing may be shown of a value."""
    codec: Codec | None
    """What makes bytes of a value, where a key asks for it; a snapshot knows keys by their schemas alone."""
    plain_list: bool
    """Whether the type is a list without rules about the list itself, so that an item can be checked alone."""

    def __init__(self, form: Any, *, strict: bool, secret: bool = False, codec: Codec | None = None) -> None:
        tree = _Tree(form)
        bare = _without_plain_validators(form)
        maker = ClonerMaker(tree.definitions, clone.array)
        tree.refuse_what_cannot_be_kept()
        self.form = form
        self.strict = strict
        self.secret = secret
        self.codec = codec
        self.name = type_name(form)
        self.clone = maker.make(tree.root)
        self.plain_list = tree.is_plain_list()
        # What is kept differs from what is given in one thing: arrays in it cannot be written to.
        self._keep = (
            ClonerMaker(tree.definitions, clone.frozen_array).make(tree.root) if maker.has_arrays else self.clone
        )
        self._freeze = ClonerMaker(tree.definitions, clone.freeze_array).make(tree.root) if maker.has_arrays else None
        self._accept = tree.acceptor(strict=strict)
        self._accept_strict = True if strict else None
        self._check = (tree if bare is form else _Tree(bare)).checker()
        self._fresh = strict and tree.is_fresh()
        self._json: JsonForm | None = None
        self._description: str | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def json(self) -> JsonForm:
        """How values are written as JSON, and read."""
        if self._json is None:
            self._json = JsonForm(_Tree(_without_plain_validators(self.form)))
        return self._json

    def description(self) -> str:
        """Describe the type: two that take the same values by the same names have the same description."""
        if self._description is None:
            tree = _Tree(self.form)
            self._description = describe(tree.root, tree.definitions)
        return self._description

    def is_immutable(self, value: object) -> bool:
        """Say whether *value*, which fits, cannot be changed by anybody."""
        return clone.cannot_change(self.clone, value)

    def own(self, value: object) -> Any:
        """Give a copy of *value* that fits.

        Raises:
            MisfitError: it does not fit.
            CannotCopyError: it fits and cannot be copied.
        """
        fitting = self._run(self._accept, value, strict=self._accept_strict)
        return fitting if self._fresh else self._checked_copy(fitting, self._keep)

    def keep(self, value: object) -> Any:
        """Give a copy of a value that was kept, with arrays that cannot be written to."""
        return self._keep(value)

    def share(self, value: object) -> Any:
        """Give *value* itself, which fits; arrays become read-only.

        Raises:
            MisfitError: it does not fit.
        """
        fitting = self._run(self._accept, value, strict=self._accept_strict)
        if self.is_immutable(fitting):
            value = fitting  # nobody can tell one from the other, and rules that convert are followed
        self.check(value)
        if self._freeze is not None:
            self._freeze(value)
        return value

    def check(self, value: object) -> None:
        """Look whether *value* fits as it is; nothing is converted.

        Raises:
            MisfitError: it does not fit.
        """
        self._run(self._check, value, strict=True)

    def checked_copy(self, value: object) -> Any:
        """Give a copy of *value*, about which nothing is known, if it fits as it is.

        Raises:
            MisfitError: it does not fit.
            CannotCopyError: it fits and cannot be copied.
        """
        return self._checked_copy(value, self.clone)

    def _checked_copy(self, value: object, cloner: Cloner) -> Any:
        try:
            copied = cloner(value)
        except Exception as error:
            self.check(value)  # a value that does not fit may not be fit to be copied either: say that first
            raise CannotCopyError from error
        self.check(copied)
        return copied

    def _run(self, validator: SchemaValidator, value: object, *, strict: bool | None) -> Any:
        try:
            return validator.validate_python(value, strict=strict)
        except ValidationError as error:
            failure = error
        except Exception as error:  # from a validator, or from the value: both are strangers' code
            raise MisfitError(functools.partial(crash, error, value)) from error
        raise MisfitError(lambda: problems(failure.errors(include_url=False, include_context=False)))


_JSON_CONFIG = cast("core_schema.CoreConfig", CONFIG)


class JsonForm:
    """How values of a type are written as JSON, and read.

    Args:
        tree: the core schema of the type.
    """

    __slots__ = ("_read", "_read_other", "_tree", "_write", "can_be_unset", "is_lossless", "may_have_kinds")

    is_lossless: Proof | None
    """Says of a value whether it is proven to come back as it is; None where no value is."""
    can_be_unset: bool
    """Whether there are models in it with fields that have a default."""
    may_have_kinds: bool
    """Whether its values may hold something that JSON has no words for."""

    def __init__(self, tree: _Tree) -> None:
        core = self._core(tree, defaults=False)
        self._tree = tree
        self._write = SchemaSerializer(core, _JSON_CONFIG, _use_prebuilt=False)
        self._read = SchemaValidator(core, _JSON_CONFIG, _use_prebuilt=False)
        self._read_other: SchemaValidator | None = None
        self.is_lossless = proof_of(tree.root, tree.definitions)
        self.can_be_unset = can_be_unset(tree.root, tree.definitions)
        self.may_have_kinds = may_have_kinds(tree.root, tree.definitions)

    @staticmethod
    def _core(tree: _Tree, *, defaults: bool) -> core_schema.CoreSchema:
        return tree.changed(lambda node: writing(node, tree.field, defaults=defaults))

    def write(self, value: object) -> bytes:
        """Write *value*.

        Raises:
            NoJsonError: it cannot be written.
        """
        try:
            return self._write.to_json(value, warnings=False)
        except Exception as error:  # a value may be anything, and hold anything
            raise NoJsonError(str(error).removeprefix("Error serializing to JSON: ")) from error

    def read(self, text: bytes) -> Any:
        """Read what was written under this type; nothing is converted beyond what JSON has no words for.

        Raises:
            NoJsonError: *text* is no JSON.
            MisfitError: what it says does not fit.
        """
        return self._validated(self._read, text)

    def read_other(self, text: bytes) -> Any:
        """Read what was written under another type: fields that have a default may be missing.

        Raises:
            NoJsonError: *text* is no JSON.
            MisfitError: what it says does not fit.
        """
        if self._read_other is None:
            core = self._core(self._tree, defaults=True)
            self._read_other = SchemaValidator(core, _JSON_CONFIG, _use_prebuilt=False)
        return self._validated(self._read_other, text)

    def _validated(self, validator: SchemaValidator, text: bytes) -> Any:
        try:
            return validator.validate_json(text, strict=True)
        except ValidationError as error:
            failure = error
        except Exception as error:  # from a validator: a stranger's code
            raise MisfitError(functools.partial(crash, error, text)) from error
        found = failure.errors(include_url=False)
        if found[0]["type"] == "json_invalid":
            raise NoJsonError(found[0]["msg"].removeprefix("Invalid JSON: "))
        raise MisfitError(lambda: problems(found))


_schemas: WeakValueDictionary[tuple[Any, str, bool, bool, Codec | None], Schema] = WeakValueDictionary()
_making = threading.RLock()


def _leave_to_parent() -> None:
    """Make schemas, in a child, though a thread of its parent was making one: that one does not come to an end here."""
    global _making  # noqa: PLW0603  # it is the process's
    _making = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def schema_of(form: Any, *, strict: bool = True, secret: bool = False, codec: Codec | None = None) -> Schema:
    """Give the schema of a type; equal types share one while it is in use.

    Raises:
        UnusableFormError: no schema can be made of *form*.
    """
    # With its text, because `int | str` equals `str | int`, which is described in another order.
    handle = (form, type_name(form), strict, secret, codec)
    try:
        known = _schemas.get(handle)
    except TypeError:  # unhashable, as metadata in Annotated may be
        return _made(form, strict=strict, secret=secret, codec=codec)
    if known is None:
        with _making:  # two would have two stamps for one type
            known = _schemas.get(handle) or _made(form, strict=strict, secret=secret, codec=codec)
            _schemas[handle] = known
    return known


def _made(form: Any, *, strict: bool, secret: bool, codec: Codec | None) -> Schema:
    try:
        return Schema(form, strict=strict, secret=secret, codec=codec)
    except UnusableFormError:
        raise
    except Exception as error:  # pydantic's, and those of classes that describe themselves to it
        reason = str(error).partition("\n\nFor further information")[0]
        raise UnusableFormError(cut(reason, 2 * LINE)) from error


# --- the core schema of a form ----------------------------------------------------------------------

_CONFIG = ConfigDict(arbitrary_types_allowed=True)


class _Tree:
    """The core schema of a form, and what is made of it."""

    root: Node
    """The type."""
    definitions: dict[str, Node]
    """What is referred to by name in it."""

    def __init__(self, form: Any) -> None:
        self.root, self.definitions = _core_schema(_with_array_rules(_known(form)))

    def acceptor(self, *, strict: bool) -> SchemaValidator:
        """Make the validator that a value passes on its way in."""
        return self._validator(lambda node: accepting(node, self.field, strict=strict))

    def checker(self) -> SchemaValidator:
        """Make the validator that looks at a value which claims to fit."""
        return self._validator(Checking(self.root, self).change)

    @staticmethod
    def misfit(kind: str, context: dict[str, Any] | None = None) -> Exception:
        """Give what a function raises to say that a value does not fit."""
        said: Any = kind  # one of pydantic's kinds, where it has a context
        return PydanticCustomError(said, said) if context is None else PydanticKnownError(said, context)

    def cloner(self, node: Node) -> Cloner:
        """Give what copies the values of a node."""
        return ClonerMaker(self.definitions, clone.array).make(node)

    def check_of(self, cls: type) -> Validate | None:
        """Give the check of a model or dataclass; None where it does not describe its instances itself."""
        try:
            tree = _Tree(cls)
            if not is_of_instances_of(tree.described(), cls):
                return None
            return functools.partial(tree.checker().validate_python, strict=True)
        except Exception:  # noqa: BLE001  # pydantic's, and those of classes that describe themselves to it
            return None

    def check_by(self, schema: Node, change: Change) -> Validate:
        """Give the check by a schema that was made of a part of this one by *change*."""
        core = self._with_definitions(schema, change)
        return functools.partial(SchemaValidator(core, _use_prebuilt=False).validate_python, strict=True)

    def described(self) -> Node:
        """Give the node of the type itself, by whatever name it is referred to."""
        node = self.root
        while node["type"] == "definition-ref":
            node = self.definitions[node["schema_ref"]]
        return node

    def is_fresh(self) -> bool:
        """Say whether a value that was accepted is a copy already, and was seen by no code but pydantic's."""
        roots = (self.root, *self.definitions.values())
        return all(node["type"] in FRESH for root in roots for node in descend(root))

    def refuse_what_cannot_be_kept(self) -> None:
        """Raise UnusableFormError for types whose values end with their first use."""
        roots = (self.root, *self.definitions.values())
        if any(is_read_once(node) for root in roots for node in descend(root)):
            raise UnusableFormError("what can be read only once cannot be stored; use list[...] or Sequence[...]")

    def is_plain_list(self) -> bool:
        """Say whether the form is a list without rules about the list itself."""
        node = self.described()
        return node["type"] == "list" and node.get("min_length") is None and node.get("max_length") is None

    def field(self, cls: Any, name: str, node: Node) -> Node:
        """Give the schema of a field; one that holds arrays is made anew, to have their dtype and shape."""
        annotation = _annotation(cls, name) if has_numpy() or node is UNDESCRIBED else None
        if annotation is None or (_with_array_rules(annotation) is annotation and node is not UNDESCRIBED):
            return node
        made, definitions = _core_schema(_with_array_rules(annotation))
        self.definitions |= definitions
        return made

    def _validator(self, change: Change) -> SchemaValidator:
        return SchemaValidator(self.changed(change), _use_prebuilt=False)

    def changed(self, change: Change) -> core_schema.CoreSchema:
        """Give the core schema with each node changed."""
        return self._with_definitions(change(self.root), change)

    def _with_definitions(self, schema: Node, change: Change) -> core_schema.CoreSchema:
        done: dict[str, Node] = {}
        while missing := self.definitions.keys() - done.keys():  # fields with arrays may add some on the way
            done |= {ref: change(self.definitions[ref]) | {"ref": ref} for ref in missing}
        if done:
            schema = {"type": "definitions", "schema": schema, "definitions": list(done.values())}
        return cast("core_schema.CoreSchema", schema)


def _core_schema(form: Any) -> tuple[Node, dict[str, Node]]:
    """Give the core schema of *form*, and the definitions that it refers to by name."""
    # In a tuple, because pydantic refuses a configuration for a model or dataclass that stands alone.
    alone: Any = tuple[form]  # pyright: ignore[reportInvalidTypeForm]  # a type that is known at run time only
    whole: Any = TypeAdapter(alone, config=_CONFIG).core_schema
    if not issubclass(type(whole), dict):  # a stand-in that explains itself when it is used
        raise UnusableFormError(f"{type_name(form)} is not fully defined: a name in it is not known yet")
    definitions: dict[str, Node] = {}
    while whole["type"] == "definitions":
        definitions |= {node["ref"]: node for node in whole["definitions"]}
        whole = whole["schema"]
    return whole["items_schema"][0], definitions


# --- forms that say more than pydantic reads ---------------------------------------------------------


def _known(form: Any) -> Any:
    """Give *form* with the types that only type checkers know replaced by what they are at run time."""
    return rewrite(form, lambda part: str if part is LiteralString else part)


def _with_array_rules(form: Any) -> Any:
    """Give *form* with a check of dtype and shape on each array type that states them."""
    if not has_numpy():
        return form
    return rewrite(form, lambda part: _array_form(part) if is_array_class(get_origin(part)) else part)


def _array_form(form: Any) -> Any:
    rule = ArrayRule(form)

    def fit(value: Any) -> Any:
        broken = rule.broken_by(value)
        if broken is None:
            return value
        about, wanted, found = broken
        words = {"about": about, "wanted": wanted, "found": found}
        raise PydanticCustomError(ARRAY_RULE, "Input should have {about} {wanted}, not {found}", words)

    schema = core_schema.no_info_after_validator_function(fit, core_schema.is_instance_schema(rule.cls))
    return Annotated[rule.cls, _Made(schema)]


class _Made:
    """Metadata by which pydantic takes a schema as it is."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return self.schema


def _without_plain_validators(form: Any) -> Any:
    """Give *form* without validators that stand in for the type: what they give has to fit the type itself."""
    return rewrite(form, lambda part: _bare(part) if get_origin(part) is Annotated else part)


def _bare(form: Any) -> Any:
    inner, *metadata = get_args(form)
    kept = [part for part in metadata if not isinstance(part, PlainValidator)]
    if len(kept) == len(metadata):
        return form
    return Annotated[(inner, *kept)] if kept else inner


def _annotation(cls: Any, name: str) -> Any:
    """Give the type of a field, or None where it cannot be resolved."""
    try:
        if isinstance(cls, type) and issubclass(cls, BaseModel):
            return cls.model_fields[name].annotation
        return get_type_hints(cast("Any", cls), include_extras=True)[name]
    except Exception:  # noqa: BLE001  # resolved in a namespace that is not at hand: its class is checked
        return None
