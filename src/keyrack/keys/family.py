"""`KeyFamily`: keys of one type that differ by a parameter, such as one result a shard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import Enum
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final, overload
from uuid import UUID

from .._text import described
from ..errors import KeyDefinitionError
from .forms import Scope, forward_names
from .key import UNSET, StoreKey, declaring_frame

if TYPE_CHECKING:
    from typing import Never as NoValue

    from typing_extensions import Self

    from ..registry import KeyRegistry, SlotFamily

Q = TypeVar("Q")
T = TypeVar("T")

_KEPT = 1024
"""How many keys a family keeps at hand; more are made anew."""


class _Typed(GenericAlias):
    """``KeyFamily[int, Score]``: makes families of those types when called."""

    __slots__ = ()

    def __call__(self, name: str | None = None, /, **options: Any) -> Any:
        return self.__origin__(name, self.__args__, **options)


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

    Raises:
        KeyDefinitionError: as for `StoreKey`; and when a key is asked for, a parameter that is not of type Q.
    """

    __slots__ = ("_keys", "_parameter", "_pattern")

    if TYPE_CHECKING:

        @overload
        def __init__(self, name: str | None = None, /, *, doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        @overload
        def __init__(self, name: str | None = None, /, *, default: T, doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        @overload
        def __init__(self, name: str | None = None, /, *, default_factory: Callable[[], T], doc: str = "", strict: bool = True, secret: bool = False) -> None: ...
        def __init__(self, *args: Any, **options: Any) -> None: ...

        @overload
        def __get__(self, instance: KeyRegistry, owner: type[Any], /) -> SlotFamily[Q, T]: ...
        @overload
        def __get__(self, instance: object, owner: type[Any], /) -> Self: ...
        def __get__(self, instance: object, owner: type[Any], /) -> Any: ...
        def __set__(self, instance: KeyRegistry, value: NoValue, /) -> None: ...

    else:

        def __init__(self, name=None, forms=UNSET, /, **options):
            frame = declaring_frame()
            self._keys = {}
            if name is not None and forms is UNSET and "__qualname__" not in frame.f_locals:
                error = f"key family {name!r} has no types; write KeyFamily[int, str]({name!r})"
                raise KeyDefinitionError(error, file=frame.f_code.co_filename, line=frame.f_lineno)
            self._parameter = StoreKey()
            self._pattern = StoreKey(**options)
            if name is not None:
                self._take_name(name)
            if forms is not UNSET:
                self._take_forms(*forms, Scope(frame, forward_names(list(forms))))

        def __class_getitem__(cls, forms):
            return _Typed(cls, forms)

    @property
    def name(self) -> str:
        """What the names of the keys start with."""
        return self._pattern.name

    @property
    def is_complete(self) -> bool:
        """Whether the family has a name and types; in the body of a registry it may still lack them."""
        return self._pattern.is_complete

    @property
    def doc(self) -> str:
        """What the keys are for."""
        return self._pattern.doc

    @property
    def type_text(self) -> str:
        """The type of what is stored, as a person writes it."""
        return self._pattern.type_text

    def __getitem__(self, parameter: Q, /) -> StoreKey[T]:
        """Give the key of one parameter.

        Raises:
            KeyDefinitionError: *parameter* is not of type Q, or makes a name that is too long.
        """
        handle = (type(parameter), parameter)
        try:
            return self._keys[handle]
        except KeyError:
            pass
        key = self.member(f"{self.name}[{self._encoded(parameter)}]")
        if len(self._keys) >= _KEPT:
            self._keys.clear()
        if not isinstance(parameter, tuple):  # (1,) and (True,) are equal and make different names
            self._keys[handle] = key
        return key

    def covers(self, name: str) -> bool:
        """Say whether *name* is that of a key of this family."""
        return name.startswith(f"{self.name}[") and name.endswith("]")

    def member(self, name: str) -> StoreKey[T]:
        """Give the key of this family that has *name*, as ``store.keys()`` lists it."""
        key: StoreKey[T] = self._pattern._renamed(name)  # noqa: SLF001  # a family is made of keys
        return key

    def __repr__(self) -> str:
        return f"KeyFamily({self.name!r}, {self._parameter.type_text}, {self.type_text})"

    def _encoded(self, parameter: object) -> str:
        if type(parameter) is not self._parameter.exact:
            self._check(parameter)
        try:
            return _encoded(parameter)
        except TypeError:
            raise self._error(f"{self.name!r} cannot be told apart by {described(parameter)}") from None

    def _check(self, parameter: object) -> None:
        from .schema import Misfit

        try:
            self._parameter.schema.check(parameter)
        except Misfit:
            wanted = self._parameter.type_text
            raise self._error(f"{self.name}[...] takes {wanted}, got {described(parameter)}") from None

    def _error(self, reason: str) -> KeyDefinitionError:
        return KeyDefinitionError(reason, file=self._pattern.file, line=self._pattern.line)

    def _take_name(self, name: str) -> None:
        self._pattern._take_name(name)  # noqa: SLF001  # a family is made of keys
        self._parameter._take_name(name)  # noqa: SLF001

    def _take_doc(self, doc: Callable[[], str]) -> None:
        self._pattern._take_doc(doc)  # noqa: SLF001

    def _take_forms(self, parameter: Any, form: Any, scope: Scope) -> None:
        self._parameter._take_forms(parameter, scope)  # noqa: SLF001
        self._pattern._take_forms(form, scope)  # noqa: SLF001


def _encoded(parameter: object) -> str:
    """Write a parameter so that no two different ones give the same text."""
    match parameter:
        case Enum():
            return f"{type(parameter).__name__}.{parameter.name}"
        case bool():
            return str(parameter).lower()
        case int() | UUID() | date():
            return str(parameter)
        case str():
            from json import dumps

            return dumps(parameter, ensure_ascii=not parameter.isprintable())
        case tuple():
            return ",".join(f"({_encoded(part)})" if isinstance(part, tuple) else _encoded(part) for part in parameter)
        case _:
            raise TypeError
