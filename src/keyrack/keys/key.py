"""`StoreKey`: a name bound to a type, declared once and read by type checkers, editors and the run time.

How it works: a key knows its type as a *form* (what stands between the brackets). Scalars and enums need no
validation library: a value whose class is exactly ``key.exact`` fits and cannot be changed. For every other type a
`keyrack.keys.schema.Schema` is made on first use, and with it pydantic is imported. ``key.stamp`` is what a store
keeps beside a value to remember under which type it was validated; equal types have the same stamp.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, final, overload

from .._text import preview
from .clone import Cloner, anything, atom
from .declaration import UNSET, Declaration, check_name, check_options, declaring_frame, error_at
from .forms import NoClass, Scope, exact_class, forward_names, item_form

if TYPE_CHECKING:
    from typing import Never as NoValue
    from typing import Protocol, Self

    from typing_extensions import TypeForm

    from ..registry import KeyRegistry, Slot
    from .codecs import Codec
    from .schema import Schema

if TYPE_CHECKING:

    class Holder(Protocol):
        """Any object but a registry, whose ``__setattr__`` takes no value: its attributes may be assigned keys."""

        def __setattr__(self, name: str, value: object, /) -> None: ...


# Invariant on purpose: with a covariant or an inferred T, put(StoreKey[int], "x") type-checks.
T = TypeVar("T")

MASK = "a secret"
"""What messages show in place of a secret value."""

_set = object.__setattr__


@final
class Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
"""What ``compare_and_set`` expects where nothing shall be stored yet."""


@final
class Put:
    """A value on its way to a key: what ``key.to(value)`` gives and ``store.put_many`` takes."""

    __slots__ = ("key", "value")

    key: StoreKey[Any]
    """Where it goes."""
    value: object
    """What goes there; it is validated when it is put."""

    def __init__(self, key: StoreKey[Any], value: object) -> None:
        self.key = key
        self.value = value

    def __repr__(self) -> str:
        is_secret = getattr(self.key, "secret", False)  # somebody may have made one of anything
        return f"{self.key!r}.to({MASK if is_secret else preview(self.value)})"


class _NotOnAKey:
    """A verb of the store where somebody may look for it on the key: an attribute that is not there, and says where."""

    def __get__(self, key: object, owner: type) -> Any:
        subject = owner.__name__ if key is None else repr(key)
        raise AttributeError(
            f"{subject} is a key and holds no value: pass it to a verb of the store, as in store.get(key), "
            "or bind its registry to a store, as in Keys(store).attribute.get()"
        )


class _Typed(GenericAlias):
    """``StoreKey[int]``: makes keys of that type when called."""

    __slots__ = ()

    def __call__(self, name: str | None = None, /, *more: Any, **options: Any) -> Any:
        if more:
            raise error_at(declaring_frame(), f"StoreKey[T](name) takes no second type, got {preview(more[0])}")
        make: Any = self.__origin__
        return make(name, self.__args__[0], **options)


@final
class StoreKey(Generic[T]):
    """A key: a name, and the type of what is stored under it.

    ``StoreKey("count", int)`` and ``StoreKey[int]("count")`` are the same key. In a `KeyRegistry` the annotation
    ``count: StoreKey[int]`` is enough.

    Args:
        name: the name; in a registry the attribute's name is taken where none is given.
        form: the type, in any form: ``int | None``, ``Literal[...]``, ``Annotated[...]``, ``list[User]``, a string.
        default: what ``get`` gives, as a copy, where nothing is stored.
        default_factory: makes what ``get`` gives where nothing is stored.
        doc: what the key is for.
        strict: whether a value has to be of the type already; False lets pydantic convert it on the way in.
        secret: whether messages and tools show the type only, never the value.
        codec: makes bytes of values where a store keeps bytes; None leaves that to the type.

    Raises:
        KeyDefinitionError: the name cannot be one, there is no type, or the default does not fit it.

    Example:
        >>> from keyrack import MemoryStore, StoreKey
        >>> COUNT = StoreKey("count", int)
        >>> store = MemoryStore()
        >>> store.put(COUNT, 3)
        >>> store.get(COUNT)
        3
    """

    __slots__ = ("clone", "declaration", "exact", "item_exact", "name", "stamp")

    name: str
    """The name under which values are stored."""
    declaration: Declaration
    """What the key was declared with."""
    exact: type
    """Values of exactly this class fit and cannot be changed; a class without instances where there is none."""
    item_exact: type
    """The same for the items of a list that is not itself under a rule."""
    stamp: object
    """Tells types apart: equal types have the identical stamp, once the key was used."""
    clone: Cloner
    """Copies a value that fits."""

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            name: str | None = None,
            /,
            *,
            doc: str = "",
            strict: bool = True,
            secret: bool = False,
            codec: Codec | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            name: str | None = None,
            /,
            *,
            default: T,
            doc: str = "",
            strict: bool = True,
            secret: bool = False,
            codec: Codec | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            name: str | None = None,
            /,
            *,
            default_factory: Callable[[], T],
            doc: str = "",
            strict: bool = True,
            secret: bool = False,
            codec: Codec | None = None,
        ) -> None: ...
        # type[T] first: a checker that does not know TypeForm goes on well with it.
        @overload
        def __init__(
            self,
            name: str,
            form: type[T],
            /,
            *,
            doc: str = "",
            strict: bool = True,
            secret: bool = False,
            codec: Codec | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            name: str,
            form: TypeForm[T],
            /,
            *,
            doc: str = "",
            strict: bool = True,
            secret: bool = False,
            codec: Codec | None = None,
        ) -> None: ...
        def __init__(self, *args: Any, **options: Any) -> None: ...

        @overload
        def __get__(self, instance: KeyRegistry, owner: type[Any], /) -> Slot[T]: ...
        @overload
        def __get__(self, instance: object, owner: type[Any], /) -> Self: ...
        def __get__(self, instance: object, owner: type[Any], /) -> Any: ...
        @overload
        def __set__(self, instance: KeyRegistry, value: NoValue, /) -> None: ...
        @overload
        def __set__(self, instance: Holder, value: StoreKey[T], /) -> None: ...
        def __set__(self, instance: Any, value: Any, /) -> None: ...

        def put_signature(self, value: T) -> None:
            """Tell type checkers what ``store.put`` takes after this key; there is no such method at run time."""

        def swap_signature(self, expected: T | Absent, new: T) -> None:
            """Tell type checkers what ``store.compare_and_set`` takes; there is no such method at run time."""

    else:

        def __init__(self, name=None, form=UNSET, /, **options):
            frame = declaring_frame()
            check_options("StoreKey", options)
            declaration = Declaration(frame, **options)
            _set(self, "declaration", declaration)
            _set(self, "name", name if name is None else declaration.take_name(name))
            _forget(self)
            if form is not UNSET:
                define(self, form, Scope(frame, forward_names(form)))
            if declaration.in_class_body:
                return  # a registry will say what is missing
            if name is None:
                raise declaration.error("a key has no name; write StoreKey('name', int)")
            if form is UNSET:
                hint = f"write StoreKey({name!r}, int), or StoreKey[int]({name!r})"
                raise declaration.error(f"key {name!r} has no type; {hint}")

        def __class_getitem__(cls, form):
            if isinstance(form, tuple):  # typing passes on a tuple of one
                if len(form) != 1:
                    raise error_at(declaring_frame(), f"StoreKey takes one type, got {len(form)}")
                (form,) = form
            return _Typed(cls, form)

        def __setattr__(self, name, value):
            raise AttributeError(f"{self!r} cannot be changed; declare another key")

        def __delattr__(self, name):
            raise AttributeError(f"{self!r} cannot be changed; declare another key")

        get = get_shared = put = put_shared = append = extend = update = remove = exists = _NotOnAKey()

    @property
    def form(self) -> TypeForm[T]:
        """The type, with forward references resolved.

        Raises:
            KeyDefinitionError: it cannot be resolved.
        """
        form: TypeForm[T] = self.declaration.form
        return form

    @property
    def type_text(self) -> str:
        """The type as a person writes it."""
        return self.declaration.text

    @property
    def schema(self) -> Schema:
        """What fits the type, and how it is copied.

        Raises:
            KeyDefinitionError: the type cannot be resolved, or nothing can be validated against it.
        """
        if self.stamp is UNSET:
            _prepare(self)
        return self.declaration.schema

    @property
    def doc(self) -> str:
        """What the key is for: the option, or the string below the attribute of the registry."""
        return self.declaration.doc

    @property
    def strict(self) -> bool:
        """Whether a value has to be of the type already."""
        return self.declaration.strict

    @property
    def secret(self) -> bool:
        """Whether messages and tools show the type only, never the value."""
        return self.declaration.secret

    @property
    def has_default(self) -> bool:
        """Whether ``get`` gives a default where nothing is stored."""
        return self.declaration.has_default

    def make_default(self) -> T:
        """Give the default: a copy of it, or what the factory makes.

        Raises:
            KeyDefinitionError: there is none, or it does not fit the type.
        """
        default: T = self.declaration.make_default()
        return default

    def with_default(self, value: T, /) -> StoreKey[T]:
        """Give the same key with a default.

        Raises:
            KeyDefinitionError: *value* does not fit the type.
        """
        return _rebuild(self.name, self.form, self.options() | {"default": value, "default_factory": None})

    def to(self, value: T, /) -> Put:
        """Give *value* on its way to this key, for ``store.put_many``."""
        return Put(self, value)

    def __repr__(self) -> str:
        return f"StoreKey({self.name!r}, {self.type_text})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not StoreKey:
            return NotImplemented
        return self is other or (self.name == other.name and self.declaration.agrees_with(other.declaration))

    def __hash__(self) -> int:
        return hash(self.name)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        home = self.declaration.home
        if home is not None and is_importable(home[0]):
            return _from_registry, (*home, self.name)
        return _rebuild, (self.name, self.declaration.form, self.options())

    def options(self) -> dict[str, Any]:
        """Give the options with which another key would be as this one."""
        declaration = self.declaration
        options = {"doc": self.doc, "strict": self.strict, "secret": self.secret, "codec": declaration.codec}
        return options | {"default": declaration.default, "default_factory": declaration.factory}


def define(key: StoreKey[Any], form: Any, scope: Scope) -> None:
    """Give a key its type, once.

    Raises:
        KeyDefinitionError: the default does not fit the type.
    """
    key.declaration.take_form(form, scope)
    _prepare_scalar(key)


def rename(key: StoreKey[Any], name: str) -> None:
    """Give a key its name, while nobody but the registry that declares it has seen it.

    Raises:
        KeyDefinitionError: nothing can be called so.
    """
    _set(key, "name", key.declaration.take_name(name))
    _prepare_scalar(key)


def unnamed(frame: FrameType, **options: Any) -> StoreKey[Any]:
    """Give a key that is still to be named and defined."""
    make: Any = object.__new__
    key: StoreKey[Any] = make(StoreKey)
    _set(key, "declaration", Declaration(frame, **options))
    _set(key, "name", None)
    _forget(key)
    return key


def sibling(key: StoreKey[T], name: str) -> StoreKey[T]:
    """Give a key of the same declaration under another name.

    Raises:
        KeyDefinitionError: nothing can be called so.
    """
    other = cast("StoreKey[T]", object.__new__(StoreKey))
    try:
        _set(other, "name", check_name(name))
    except ValueError as error:
        raise key.declaration.error(str(error)) from None
    _set(other, "declaration", key.declaration)
    _forget(other)
    return other


def _forget(key: StoreKey[Any]) -> None:
    """Have nothing that depends on the type yet."""
    _set(key, "exact", NoClass)
    _set(key, "item_exact", NoClass)
    _set(key, "clone", anything)
    _set(key, "stamp", UNSET)


def _prepare_scalar(key: StoreKey[Any]) -> None:
    """Be ready for use at once where that takes no schema."""
    declaration = key.declaration
    if declaration.name is not None and declaration.is_scalar:
        _prepare(key)


def _prepare(key: StoreKey[Any]) -> None:
    """Have what stores need of the type."""
    exact = key.declaration.exact
    if exact is not NoClass:
        _set(key, "exact", exact)
        _set(key, "clone", atom)
        _set(key, "stamp", exact)
        return
    schema = key.declaration.schema
    _set(key, "clone", schema.clone)
    if schema.plain_list and key.strict:
        _set(key, "item_exact", exact_class(item_form(schema.form)))
    _set(key, "stamp", schema)  # last: whoever sees the stamp relies on the rest


def _rebuild(name: str, form: Any, options: dict[str, Any]) -> StoreKey[Any]:
    key: StoreKey[Any] = StoreKey[form](name, **options)
    return key


def _from_registry(owner: type, attribute: str, name: str) -> StoreKey[Any]:
    found: Any = getattr(owner, attribute)
    return cast("StoreKey[Any]", found if isinstance(found, StoreKey) else found.member(name))


def is_importable(cls: type) -> bool:
    """Say whether another process finds *cls* by its module and name."""
    found: Any = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is cls
