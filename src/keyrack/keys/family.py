"""`KeyFamily`: keys of one type that differ by a parameter, such as one result a shard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from types import FrameType, GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, final, overload
from uuid import UUID

from .._text import described
from .declaration import UNSET, check_options, declaring_frame, error_at
from .forms import Scope, forward_names
from .key import StoreKey, define, is_importable, rename, sibling, unnamed

if TYPE_CHECKING:
    from typing import Never as NoValue
    from typing import Self

    from ..errors import KeyDefinitionError
    from ..registry import KeyRegistry, SlotFamily
    from .codecs import Codec
    from .key import Holder

Q = TypeVar("Q")
T = TypeVar("T")

_TYPES = 2
_KEPT_TYPES = frozenset({int, str, bool})
_KEPT = 1024
"""How many keys a family keeps at hand; more are made anew."""


class _Typed(GenericAlias):
    """``KeyFamily[int, Score]``: makes families of those types when called."""

    __slots__ = ()

    def __call__(self, name: str | None = None, /, **options: Any) -> Any:
        make: Any = self.__origin__
        return make(name, self.__args__, **options)


@final
class KeyFamily(Generic[Q, T]):
    """Keys of type T that differ by a parameter of type Q: ``Keys.result[3]`` is a ``StoreKey``.

    A parameter is an int, a str, a bool, an enum member, a UUID, a date or a tuple of those. Different parameters give
    different names, and equal ones equal keys: ``KeyFamily[int, Score]("result")[3]`` is named ``result[3]``.

    Args:
        name: what the names of the keys start with; in a registry the attribute's name is taken where none is given.
        default: as for `StoreKey`, for each key.
        default_factory: as for `StoreKey`, for each key.
        doc: what the keys are for.
        strict: as for `StoreKey`.
        secret: as for `StoreKey`.
        codec: as for `StoreKey`.

    Raises:
        KeyDefinitionError: as for `StoreKey`; and when a key is asked for, a parameter that is not of type Q.
    """

    __slots__ = ("_keys", "parameter", "pattern")

    parameter: StoreKey[Q]
    """Stands for the parameter: what fits its type fits the brackets."""
    pattern: StoreKey[T]
    """Stands for the keys: they share its declaration."""
    _keys: dict[tuple[type, object], StoreKey[T]]

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
        def __init__(self, *args: Any, **options: Any) -> None: ...

        @overload
        def __get__(self, instance: KeyRegistry, owner: type[Any], /) -> SlotFamily[Q, T]: ...
        @overload
        def __get__(self, instance: object, owner: type[Any], /) -> Self: ...
        def __get__(self, instance: object, owner: type[Any], /) -> Any: ...
        @overload
        def __set__(self, instance: KeyRegistry, value: NoValue, /) -> None: ...
        @overload
        def __set__(self, instance: Holder, value: KeyFamily[Q, T], /) -> None: ...
        def __set__(self, instance: Any, value: Any, /) -> None: ...

    else:

        def __init__(self, name=None, forms=UNSET, /, **options):
            frame = declaring_frame()
            check_options("KeyFamily", options)
            self._keys = {}
            self.parameter = unnamed(frame)
            self.pattern = unnamed(frame, **options)
            if name is not None:
                rename(self.parameter, name)
                rename(self.pattern, name)
            if forms is not UNSET:
                scope = Scope(frame, forward_names(list(forms)))
                define(self.parameter, forms[0], scope)
                define(self.pattern, forms[1], scope)
            if self.pattern.declaration.in_class_body:
                return  # a registry will say what is missing
            if name is None or forms is UNSET:
                missing = "name" if name is None else "types"
                raise self._error(f"a key family has no {missing}; write KeyFamily[int, str]('name')")

        def __class_getitem__(cls, forms):
            if not isinstance(forms, tuple) or len(forms) != _TYPES:
                wanted = "KeyFamily takes two types: that of the parameter and that of the values"
                raise error_at(declaring_frame(), wanted)
            return _Typed(cls, forms)

    @staticmethod
    def blank(frame: FrameType) -> KeyFamily[Any, Any]:
        """Give a family that is still to be named and defined."""
        make: Any = object.__new__
        family: KeyFamily[Any, Any] = make(KeyFamily)
        family._keys = {}
        family.parameter = unnamed(frame)
        family.pattern = unnamed(frame)
        return family

    __iter__: None = None  # or Python would count up the parameters, and never end
    __contains__: None = None

    @property
    def name(self) -> str:
        """What the names of the keys start with."""
        return self.pattern.name

    @property
    def doc(self) -> str:
        """What the keys are for."""
        return self.pattern.doc

    @property
    def type_text(self) -> str:
        """The type of what is stored, as a person writes it."""
        return self.pattern.type_text

    def __getitem__(self, parameter: Q, /) -> StoreKey[T]:
        """Give the key of one parameter.

        Raises:
            KeyDefinitionError: *parameter* is not of type Q, or makes a name that is too long.
        """
        if type(parameter) not in _KEPT_TYPES:  # not kept at hand: (1,) and (True,) are equal, and make different names
            return self.member(f"{self.name}[{self._encoded(parameter)}]")
        handle = (type(parameter), parameter)
        key = self._keys.get(handle)
        if key is None:
            key = self.member(f"{self.name}[{self._encoded(parameter)}]")
            if len(self._keys) >= _KEPT:
                self._keys.clear()
            self._keys[handle] = key
        return key

    def covers(self, name: str) -> bool:
        """Say whether *name* is that of a key of this family."""
        if not name.startswith(f"{self.name}[") or not name.endswith("]"):
            return False
        read = _READERS.get(self.parameter.exact)
        return read is None or read(name[len(self.name) + 1 : -1])

    def member(self, name: str) -> StoreKey[T]:
        """Give the key of this family that has *name*, as ``store.keys()`` lists it."""
        return sibling(self.pattern, name)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        home = self.pattern.declaration.home
        if home is not None and is_importable(home[0]):
            return getattr, home
        forms = (self.parameter.declaration.form, self.pattern.declaration.form)
        return _rebuild, (self.name, forms, self.pattern.options())

    def __repr__(self) -> str:
        return f"KeyFamily({self.name!r}, {self.parameter.type_text}, {self.type_text})"

    def _encoded(self, parameter: object) -> str:
        if type(parameter) is not self.parameter.exact:
            parameter = self._fitting(parameter)
        try:
            return _encoded(parameter)
        except (TypeError, ValueError):  # of no such type, or an integer of too many digits
            raise self._error(f"the keys of {self.name!r} cannot be told apart by {described(parameter)}") from None

    def _fitting(self, parameter: object) -> Any:
        """Give a parameter of the very type that is declared: an int for a member of an IntEnum."""
        schema = self.parameter.schema
        from .schema import MisfitError

        try:
            return schema.own(parameter)
        except MisfitError:
            wanted = self.parameter.type_text
            raise self._error(f"{self.name}[...] takes {wanted}, got {described(parameter)}") from None

    def _error(self, reason: str) -> KeyDefinitionError:
        return self.pattern.declaration.error(reason)


_READERS: dict[type, Callable[[str], bool]] = {
    int: lambda text: text.removeprefix("-").isdecimal(),
    bool: lambda text: text in {"true", "false"},
    str: lambda text: len(text) > 1 and text[0] == text[-1] == '"',
}
"""Say whether a text is that of a parameter, by the type of the parameter; of other types it may be anything."""


def _rebuild(name: str, forms: Any, options: dict[str, Any]) -> KeyFamily[Any, Any]:
    alias: Any = KeyFamily
    made = alias[forms]
    family: KeyFamily[Any, Any] = made(name, **options)
    return family


def _encoded(parameter: object) -> str:
    """Write a parameter so that no two different ones give the same text."""
    match parameter:
        case Enum():
            name: str | None = parameter.name  # a flag may have none
            return f"{type(parameter).__name__}.{name}" if name else f"{type(parameter).__name__}({parameter.value})"
        case bool():
            return str(parameter).lower()
        case str():
            return _quoted(parameter)
        case tuple():
            parts = [*map(_nested, cast("tuple[object, ...]", parameter))]
            return ",".join(parts) if len(parts) > 1 else f"({','.join(parts)},)"
        case datetime():  # equal ones of two time zones would give two names
            raise TypeError
        case int() | UUID() | date():
            return str(parameter)
        case _:
            raise TypeError


def _nested(part: object) -> str:
    text = _encoded(part)
    return f"({text})" if isinstance(part, tuple) else text


def _quoted(text: str) -> str:
    """Write a string in quotes, with everything that cannot be printed escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return "\\" + char
    return char if char.isprintable() else f"\\{{{ord(char):x}}}"
