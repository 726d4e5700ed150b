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
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final, overload

from .._text import preview, type_name
from ..errors import KeyDefinitionError
from .clone import Cloner, anything, atom
from .forms import Deferred, Never, Scope, exact_class, forward_names, item_form

if TYPE_CHECKING:
    from typing import Never as NoValue

    from typing_extensions import Self, TypeForm

    from ..registry import KeyRegistry, Slot
    from .schema import Schema

# Invariant on purpose: with a covariant or an inferred T, put(StoreKey[int], "x") type-checks.
T = TypeVar("T")

MAX_NAME_BYTES = 511
"""The longest name that a key may have, in bytes of UTF-8."""

MASK = "a secret"
"""What messages show in place of a secret value."""


class _Unset:
    def __repr__(self) -> str:
        return "..."


UNSET: Any = _Unset()
"""Stands for an argument that was not given, since None is a value."""

_OWN_MODULES = frozenset({__name__, "keyrack.keys.family", "keyrack.registry"})
_set = object.__setattr__


def declaring_frame() -> FrameType:
    """Give the frame of the statement that declares a key or a registry."""
    frame = sys._getframe(1)  # noqa: SLF001  # the way to the line that a message has to name
    while frame.f_globals.get("__name__") in _OWN_MODULES and frame.f_back is not None:
        frame = frame.f_back
    return frame


def check_name(name: object) -> str:
    """Give *name* if it can name a key or a namespace.

    Raises:
        ValueError: it cannot; says why.
    """
    if not isinstance(name, str):
        raise ValueError(f"a name is a str, got {preview(name)} ({type_name(type(name))})")
    if not name:
        raise ValueError("a name must not be empty")
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        raise ValueError(f"the name {preview(name)} holds half of a surrogate pair, which no file can") from None
    if length > MAX_NAME_BYTES:
        raise ValueError(f"the name {preview(name)} has {length} bytes of UTF-8; the most is {MAX_NAME_BYTES}")
    if not name.isprintable() and any(ord(char) < 32 or 127 <= ord(char) < 160 for char in name):  # noqa: PLR2004  # C0, C1
        raise ValueError(f"the name {preview(name)} holds a control character")
    return str(name)


@final
class Put:
    """A value on its way to a key: what ``key.to(value)`` gives and ``store.put_many`` takes."""

    __slots__ = ("key", "value")

    def __init__(self, key: StoreKey[Any], value: object) -> None:
        self.key = key
        self.value = value

    def __repr__(self) -> str:
        shown = MASK if self.key.secret else preview(self.value)
        return f"{self.key!r}.to({shown})"


class _NotOnAKey:
    """A verb of the store where somebody may look for it on the key: an attribute that is not there, and says where."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._names = [*getattr(self, "_names", []), name]

    def __get__(self, key: object, owner: type) -> Any:
        names = ", ".join(self._names)
        raise AttributeError(
            f"{owner.__name__ if key is None else key!r} holds no value, so it has none of the verbs {names}: "
            "use those of the store, or bind the registry to a store: Keys(store).attribute"
        )


class _Typed(GenericAlias):
    """``StoreKey[int]``: makes keys of that type when called."""

    __slots__ = ()

    def __call__(self, name: str | None = None, /, **options: Any) -> Any:
        return self.__origin__(name, self.__args__[0], **options)


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

    __slots__ = (
        *("_default", "_doc", "_factory", "_form", "_schema", "_scope"),
        *("clone", "exact", "file", "item_exact", "line", "name", "secret", "stamp", "strict"),
    )

    name: str
    """The name under which values are stored."""
    secret: bool
    """Whether messages and tools show the type only, never the value."""
    strict: bool
    """Whether a value has to be of the type already."""
    file: str
    """The file that declares the key."""
    line: int
    """The line that declares the key."""
    exact: type
    """Values of exactly this class fit and cannot be changed; `Never` where there is no such class."""
    item_exact: type
    """The same for the items of a list that is not itself under a rule."""
    stamp: object
    """Tells types apart: equal types have the identical stamp."""
    clone: Cloner
    """Copies a value that fits."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, name: str | None = None, /, *, doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        @overload
        def __init__(self, name: str | None = None, /, *, default: T, doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        @overload
        def __init__(self, name: str | None = None, /, *, default_factory: Callable[[], T], doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        @overload
        def __init__(self, name: str, form: type[T], /, *, doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        @overload
        def __init__(self, name: str, form: TypeForm[T], /, *, doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        def __init__(self, *args: Any, **options: Any) -> None: ...

        @overload
        def __get__(self, instance: KeyRegistry, owner: type[Any], /) -> Slot[T]: ...
        @overload
        def __get__(self, instance: object, owner: type[Any], /) -> Self: ...
        def __get__(self, instance: object, owner: type[Any], /) -> Any: ...
        def __set__(self, instance: KeyRegistry, value: NoValue, /) -> None: ...

        def put_signature(self, value: T) -> None:
            """Tell type checkers what ``store.put`` takes after this key; there is no such method at run time."""

        def swap_signature(self, expected: T | Absent, new: T) -> None:
            """Tell type checkers what ``store.compare_and_set`` takes after this key; not there at run time."""

    else:

        def __init__(
            self, name=None, form=UNSET, /, *, default=UNSET, default_factory=None, doc="", strict=True, secret=False
        ):
            frame = declaring_frame()
            for attribute, value in (
                ("file", frame.f_code.co_filename),
                ("line", frame.f_lineno),
                ("name", name),
                ("secret", secret),
                ("strict", strict),
                ("_default", default),
                ("_doc", doc),
                ("_factory", default_factory),
                ("_form", UNSET),
                ("_schema", None),
                ("_scope", None),
                ("clone", anything),
                ("exact", Never),
                ("item_exact", Never),
                ("stamp", UNSET),
            ):
                _set(self, attribute, value)
            if default is not UNSET and default_factory is not None:
                raise self._error(f"key {name!r} has a default and a default_factory; give one of them")
            if name is not None:
                self._take_name(name)
            if form is not UNSET:
                self._take_forms(form, Scope(frame, forward_names(form)))
            elif name is not None and "__qualname__" not in frame.f_locals:
                raise self._error(f"key {name!r} has no type; write StoreKey({name!r}, int), or StoreKey[int]({name!r})")

        def __class_getitem__(cls, form):
            return _Typed(cls, form)

        def __setattr__(self, name, value):
            raise AttributeError(f"{self!r} cannot be changed; declare another key")

        def __delattr__(self, name):
            raise AttributeError(f"{self!r} cannot be changed; declare another key")

        get = get_shared = put = put_shared = append = extend = update = remove = exists = _NotOnAKey()

    # --- what a key tells ---

    @property
    def form(self) -> TypeForm[T]:
        """The type, with forward references resolved.

        Raises:
            KeyDefinitionError: it cannot be resolved.
        """
        self._resolve()
        form: TypeForm[T] = self._form
        return form

    @property
    def is_complete(self) -> bool:
        """Whether the key has a name and a type; in the body of a registry it may still lack them."""
        return self.name is not None and self._form is not UNSET

    @property
    def type_text(self) -> str:
        """The type as a person writes it."""
        return "?" if self._form is UNSET else type_name(self._form)

    @property
    def schema(self) -> Schema:
        """What fits the type, and how it is copied.

        Raises:
            KeyDefinitionError: nothing can be validated against this type.
        """
        if self._schema is None:
            self._resolve()
            if self._schema is None:
                self._make_schema()
        schema: Schema = self._schema
        return schema

    @property
    def doc(self) -> str:
        """What the key is for: the option, or the string below the attribute of the registry."""
        doc: str | Callable[[], str] = self._doc
        if not isinstance(doc, str):
            doc = doc()
            _set(self, "_doc", doc)
        return doc

    @property
    def has_default(self) -> bool:
        """Whether ``get`` gives a default where nothing is stored."""
        return self._default is not UNSET or self._factory is not None

    def make_default(self) -> T:
        """Give the default: a copy of it, or what the factory makes.

        Raises:
            KeyDefinitionError: there is none, or it does not fit the type.
        """
        if self._factory is not None:
            return self._fitting(self._factory())
        if self._default is UNSET:
            raise self._error(f"key {self.name!r} has no default")
        self._resolve()
        default: T = self.clone(self._default)
        return default

    def with_default(self, value: T, /) -> StoreKey[T]:
        """Give the same key with a default.

        Raises:
            KeyDefinitionError: *value* does not fit the type.
        """
        return self._copy(default=value, default_factory=None)

    def to(self, value: T, /) -> Put:
        """Give *value* on its way to this key, for ``store.put_many``."""
        return Put(self, value)

    def __repr__(self) -> str:
        return f"StoreKey({self.name!r}, {self.type_text})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoreKey):
            return NotImplemented
        return self is other or (self.name == other.name and bool(self.form == other.form))

    def __hash__(self) -> int:
        return hash(self.name)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        options = {"doc": self.doc, "strict": self.strict, "secret": self.secret}
        return _rebuild, (self.name, self.form, self._default is not UNSET, self._default_or_none(), self._factory, options)

    def _default_or_none(self) -> Any:
        return None if self._default is UNSET else self._default

    # --- how a key comes to be ---

    def _copy(self, **changed: Any) -> StoreKey[T]:
        options = {"doc": self._doc, "strict": self.strict, "secret": self.secret} | changed
        copied: StoreKey[T] = StoreKey[self.form](self.name, **options)  # type: ignore[name-defined]  # a run-time type
        return copied

    def _renamed(self, name: str) -> StoreKey[T]:
        """Give a key of the same type and options under another name."""
        self._resolve()
        renamed: StoreKey[T] = object.__new__(StoreKey)
        for attribute in StoreKey.__slots__:
            _set(renamed, attribute, getattr(self, attribute))
        renamed._take_name(name)
        return renamed

    def _error(self, reason: str) -> KeyDefinitionError:
        return KeyDefinitionError(reason, file=self.file, line=self.line)

    def _take_name(self, name: object) -> None:
        try:
            _set(self, "name", check_name(name))
        except ValueError as error:
            raise self._error(str(error)) from None

    def _take_doc(self, doc: Callable[[], str]) -> None:
        """Have a documentation that is looked up on first use, unless there is one."""
        if not self._doc:
            _set(self, "_doc", doc)

    def _take_forms(self, form: Any, scope: Scope) -> None:
        """Be of type *form*; the default is checked now, unless a name in the type is not known yet."""
        if form is None:
            form = type(None)
        _set(self, "_form", form)
        exact = exact_class(form) if self.strict else Never
        if exact is not Never:
            self._be_exact(exact)
        else:
            _set(self, "_scope", scope)
        if self.has_default:
            self._check_default()

    def _be_exact(self, exact: type) -> None:
        for attribute, value in (("exact", exact), ("stamp", exact), ("clone", atom), ("_scope", None)):
            _set(self, attribute, value)

    def _check_default(self) -> None:
        if self._default is UNSET and _makes_empty(self._factory, self._form):
            return
        try:
            self._resolve_names()
        except NameError:
            return  # on first use, then: the message will name this key
        if self._default is UNSET:
            self._fitting(self._factory())
        else:
            _set(self, "_default", self._fitting(self._default))

    def _fitting(self, default: Any) -> Any:
        """Give a default of one's own that fits."""
        if type(default) is self.exact:
            return default
        from .schema import CannotCopy, Misfit

        try:
            return self.schema.own(default)
        except Misfit as misfit:
            problem = misfit.problems()[0].text("it")
            shown = f"{problem}" if not self.secret else "it does not fit"
            raise self._error(f"the default of key {self.name!r} ({self.type_text}) does not fit: {shown}") from None
        except CannotCopy as error:
            raise self._error(f"the default of key {self.name!r} cannot be copied; use default_factory") from error

    def _resolve_names(self) -> None:
        """Replace forward references by what they name."""
        if self._scope is not None:
            form = self._form
            if isinstance(form, Deferred):
                form = form.resolve(self._scope)
            elif forward_names(form):
                form = self._scope.resolve(form)
            _set(self, "_form", form)
            _set(self, "_scope", None)

    def _resolve(self) -> None:
        """Be ready for use: know the type, and have what stores need.

        Raises:
            KeyDefinitionError: the type cannot be resolved or used; other keys are not affected.
        """
        if self.stamp is not UNSET:
            return
        if self._form is UNSET:
            raise self._error(f"key {self.name!r} has no type; write StoreKey({self.name!r}, int)")
        try:
            self._resolve_names()
        except NameError as error:
            raise self._error(
                f"the type of key {self.name!r} ({self.type_text}) cannot be resolved: {error}; "
                "import or define the name outside TYPE_CHECKING, before the key is first used"
            ) from None
        exact = exact_class(self._form) if self.strict else Never
        if exact is Never:
            self._make_schema()
        else:
            self._be_exact(exact)

    def _make_schema(self) -> None:
        from .schema import UnusableForm, schema_of

        try:
            schema = schema_of(self._form, strict=self.strict)
        except UnusableForm as error:
            raise self._error(f"key {self.name!r} cannot be of type {self.type_text}: {error}") from error
        _set(self, "_schema", schema)
        if self.exact is Never:
            _set(self, "clone", schema.clone)
            if schema.plain_list and self.strict:
                _set(self, "item_exact", exact_class(item_form(self._form)))
            _set(self, "stamp", schema)  # last: whoever sees the stamp may rely on the rest


def _makes_empty(factory: object, form: Any) -> bool:
    """Say whether a factory makes the empty container of a type without rules: it fits, and nothing need be built."""
    return factory in (list, dict, set) and getattr(form, "__origin__", form) is factory and not hasattr(form, "__metadata__")


def _rebuild(name: str, form: Any, has_default: bool, default: Any, factory: Any, options: dict[str, Any]) -> StoreKey[Any]:
    if has_default:
        options["default"] = default
    key: StoreKey[Any] = StoreKey[form](name, default_factory=factory, **options)
    return key


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
