"""What the interpreter knows of a value: abstract values, all of them immutable and comparable."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, final

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from ...keys.family import KeyFamily
    from ..relation import Relation
    from .scopes import Scope
    from .source import FunctionNode, Module

SCALARS = (int, str, bytes, float, complex, bool, type(None), Enum)


@final
class Known:
    """A live object: a constant, a key, a function, a class, a module."""

    __match_args__ = ("value",)
    __slots__ = ("_hash", "value")

    value: Any

    def __init__(self, value: Any) -> None:
        self.value = value
        self._hash = hash(value) if isinstance(value, SCALARS) and not isinstance(value, Enum) else id(value)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not Known or self._hash != other._hash:
            return False
        mine, its = self.value, other.value
        return mine is its or (type(mine) is type(its) and isinstance(mine, SCALARS) and mine == its)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Known({self.value!r})"


@final
class Opaque:
    """A value that nothing is known of."""

    __match_args__ = ("taint", "truth", "not_none", "symbol")
    __slots__ = ("_hash", "key", "not_none", "symbol", "taint", "truth")

    taint: bool
    """Whether the store may be in it."""
    truth: bool | None
    """Whether it is true, where that was asked."""
    not_none: bool
    symbol: str
    """Tells it from other values: where it was bound to a name."""
    key: tuple[str, Relation] | None
    """The key from which it was read, with a default that is false, and the relation of the key then: where the value
    is true, the key was there."""

    def __init__(
        self,
        *,
        taint: bool = False,
        truth: bool | None = None,
        not_none: bool = False,
        symbol: str = "",
        key: tuple[str, Relation] | None = None,
    ) -> None:
        self.taint, self.truth, self.not_none, self.symbol, self.key = taint, truth, not_none, symbol, key
        self._hash = hash((taint, truth, not_none, symbol, key))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            type(other) is Opaque
            and self._hash == other._hash
            and (self.taint, self.truth, self.not_none, self.symbol, self.key)
            == (other.taint, other.truth, other.not_none, other.symbol, other.key)
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Opaque({self.taint}, {self.truth}, {self.not_none}, {self.symbol!r})"


@dataclass(frozen=True, slots=True)
class StoreValue:
    """A store: that of the run, or another one."""

    root: str = ""
    """Empty for the store of the run."""
    namespaces: tuple[str, ...] = ()
    level: int = 0
    """How many transactions, one in another, it stands for."""


@dataclass(frozen=True, slots=True)
class Element:
    """A key of a family whose parameter is not known."""

    family: KeyFamily[Any, Any]
    symbol: str = ""
    """Tells the parameter from others, where it has a name."""
    default: bool = False
    """Whether the task gives it a default."""


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A key bound to a store."""

    store: StoreValue
    key: Value


@dataclass(frozen=True, slots=True)
class RegistryValue:
    """A registry bound to a store."""

    store: StoreValue
    registry: Known


@dataclass(frozen=True, slots=True)
class SlotFamilyValue:
    """A family bound to a store."""

    store: StoreValue
    family: Known


@dataclass(frozen=True, slots=True)
class PutValue:
    """What ``key.to(value)`` gives."""

    key: Value


@dataclass(frozen=True, slots=True)
class SnapshotValue:
    """What ``store.snapshot()`` gives."""

    keys: tuple[tuple[str, Any], ...]
    rest: Any


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of a value, not called yet: a verb, a method of a container, a method of something unknown."""

    owner: Value
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """A function as it stands in the source, with what its free names are bound to."""

    module: Module
    node: FunctionNode
    globals: Mapping[str, Any]
    name: str
    scope: Scope
    loads: frozenset[str] | None = None
    """Names that it reads from outside; None where nobody has looked yet."""
    fixed: dict[ast.expr, Known] = field(default_factory=dict["ast.expr", "Known"])
    """Expressions in it that stand for the same thing whenever it runs, as far as they were met: ``Keys.price``."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the interpreted code defines itself, or a live one."""

    code: Code
    frame: int = 0
    """The activation in which it was defined; 0 for a live function."""
    cells: tuple[tuple[str, Value], ...] = ()
    """Of a live function: its free names."""
    defaults: tuple[Value, ...] = ()
    keyword_defaults: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable with some of its arguments: a bound method, a `functools.partial`, a coroutine not yet awaited."""

    call: Value
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A call whose body has not run yet."""

    kind: str
    """``coroutine``, ``generator``, ``mapped`` (what ``map`` and others give), ``view`` (of a dict, as it is then),
    ``context`` (made by a context manager function), ``task``, ``cached``, ``unordered`` (the items of a set),
    ``endless`` (numbers)."""
    call: Value
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    begun: bool = False
    """Of a generator: whether somebody has gone through it, or through a part of it."""


@dataclass(frozen=True, slots=True)
class Group:
    """What is waited for together: the awaitable of ``gather``, a task group."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A tuple whose items are known."""

    items: tuple[Value, ...]
    cls: type | None = None
    """Of a named tuple."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An object on the heap: a list, a dict, a set, an instance of the user's class."""

    id: int


@dataclass(frozen=True, slots=True)
class Super:
    """What ``super()`` gives."""

    cls: type
    owner: Value


Value: TypeAlias = (
    Known
    | Opaque
    | StoreValue
    | Element
    | SlotValue
    | RegistryValue
    | SlotFamilyValue
    | PutValue
    | SnapshotValue
    | Member
    | Function
    | Partial
    | Pending
    | Group
    | Sequence
    | Ref
    | Super
)


@dataclass(frozen=True, slots=True)
class Cell:
    """An object on the heap."""

    kind: str
    """``list``, ``set``, ``dict``, ``object``, ``tasks`` (a task group, an executor)."""
    items: tuple[Any, ...] | None = ()
    """Items, pairs of a dict, pairs of name and value of an object; None where they are not known."""
    taint: bool = False
    """Whether the store may be in it though no item shows it."""
    cls: type | None = None
    """Of an object."""


def parts_of(value: Any) -> tuple[Any, ...]:
    """Give the values of which a value is made, those on the heap left out."""
    match value:
        case Sequence(items=items) | Group(items=items):
            return items
        case Partial() | Pending():
            return (value.call, *value.args, *(each for _, each in value.kwargs))
        case Member(owner=owner) | Super(owner=owner):
            return (owner,)
        case Function():
            return (*value.defaults, *(each for _, each in value.cells), *(each for _, each in value.keyword_defaults))
        case SlotValue(key=key) | PutValue(key=key):
            return (key,)
        case _:
            return ()


def swapped(value: Any, old: Value, new: Value) -> Any:
    """Give a value, or a tuple of values, in which one thing stands for another."""
    if value == old:
        return new
    match value:
        case [*parts]:
            return tuple([swapped(part, old, new) for part in parts])
        case Sequence() | Group():
            return replace(value, items=swapped(value.items, old, new))
        case Partial() | Pending():
            call, args, kwargs = swapped((value.call, value.args, value.kwargs), old, new)
            return replace(value, call=call, args=args, kwargs=kwargs)
        case Member() | Super():
            return replace(value, owner=swapped(value.owner, old, new))
        case Function() if value.cells or value.defaults or value.keyword_defaults:
            given = swapped((value.cells, value.defaults, value.keyword_defaults), old, new)
            return replace(value, cells=given[0], defaults=given[1], keyword_defaults=given[2])
        case _:
            return value


def containers(source: Any) -> tuple[int, ...]:
    """Give the numbers of the lists, dicts and sets that are gone through where a value is gone through."""
    match source:
        case Ref(id=number) | Pending(kind="view", call=Member(owner=Ref(id=number))):
            return (number,)
        case Pending(kind="iterator", args=over):
            return tuple(number for one in over for number in containers(one))
        case _:
            return ()


def parts_of_cell(cell: Cell) -> list[Any]:
    """Give the items of a list or a set, or the keys and the values of a dict."""
    pairs = cell.kind == "dict"
    return [part for item in cell.items or () for part in (item if pairs else (item,))]


NOTHING = Known(None)
LOOP = Opaque(not_none=True, symbol="loop")
"""An event loop."""
ANYTHING_CLEAN = Opaque()
TAINTED = Opaque(taint=True)


def is_lasting(value: Value) -> bool:
    """Say whether a value that was made at some time is still what it was then."""
    match value:
        case Known() | StoreValue() | RegistryValue() | Function(frame=0):
            return True
        case Sequence(items=items):
            return all(map(is_lasting, items))
        case _:
            return False


def known_as(value: Opaque, *, truth: bool | None = None, not_none: bool = False) -> Opaque:
    """Give an unknown value of which something more is known."""
    known = value.truth if truth is None else truth
    none = value.not_none or not_none
    return Opaque(taint=value.taint, truth=known, not_none=none, symbol=value.symbol, key=value.key)
