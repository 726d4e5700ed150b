"""Live objects: what stands for them, and whether the store can be reached through them."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, cast

from ...keys.key import StoreKey
from ...registry import KeyRegistry, Slot
from ...store import KeyValueStore
from ...stores import NamespacedStore
from .reach import PLAIN, Reach, names_in
from .scopes import loaded_names, scope_of_code
from .source import function_node
from .values import (
    Code,
    Element,
    Function,
    Group,
    Known,
    Member,
    Opaque,
    Partial,
    Pending,
    PutValue,
    Ref,
    RegistryValue,
    Sequence,
    SlotValue,
    StoreValue,
    Super,
    Value,
)
from .verbs import Verbs

if TYPE_CHECKING:
    from ..model import KeyInfo


@dataclass(slots=True)
class Shared:
    """What is found out for one task and holds for the others."""

    functions: dict[FunctionType, Function | None] = field(default_factory=dict[FunctionType, "Function | None"])
    own: dict[FunctionType, Function] = field(default_factory=dict[FunctionType, "Function"])
    """The user's own among them, those that were called."""
    names: dict[tuple[int, str], Value] = field(default_factory=dict[tuple[int, str], "Value"])
    """What globals of a module, and attributes of modules and registries, stand for."""
    pure: dict[Any, list[Value]] = field(default_factory=dict[Any, "list[Value]"])
    """What functions give that have nothing to do with the store, by what they are given."""
    assigned: set[str] = field(default_factory=set[str])
    """Attributes that some function assigns to an object that is not its own: what they are now says nothing."""
    patched: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    """Attributes of live objects, and globals of modules, that some task binds anew: by the id of the object, or of the
    dict of the globals, and the name, which is empty where it is not known."""
    reach: Reach = field(default_factory=Reach)
    changed: dict[int, object] = field(default_factory=dict[int, object])
    """Live lists, dicts and sets that some task changes, by id: what is in them now says nothing."""
    infos: dict[str, tuple[object, KeyInfo]] = field(default_factory=dict[str, "tuple[object, KeyInfo]"])
    """What is known of keys, by id, each with the key itself."""
    keys: dict[str, list[StoreKey[Any]]] = field(default_factory=dict[str, list[StoreKey[Any]]])
    """Keys that tasks use, by id: several where one name has several types."""
    tainted_names: set[str] = field(default_factory=set[str])
    """Names of globals and attributes in which some task has put the store: what is read from them may be it."""

    def forget(self) -> None:
        """Forget what was made of live objects: more is known now of what tasks do to them."""
        for memo in (self.functions, self.own, self.names, self.pure):
            memo.clear()


class Live(Verbs):
    """Knows stores, functions and taint."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self._functions: dict[FunctionType, Function | None] = shared.functions
        self._own: dict[FunctionType, Function] = shared.own
        self.reach: Reach = shared.reach
        self._pure: dict[Any, list[Value]] = shared.pure
        self.closures: dict[int, tuple[frozenset[str], Mapping[str, Value], int]] = {}
        """Of each activation in which functions were defined: its local names, its free names, the one around it."""
        self.tainted_names: set[str] = shared.tainted_names
        self._names: dict[tuple[int, str], Value] = shared.names
        self.changed: dict[int, object] = shared.changed
        self.patched: set[tuple[int, str]] = shared.patched
        self.assigned: set[str] = shared.assigned
        self.met: dict[str, list[StoreKey[Any]]] = shared.keys
        self.told: dict[str, tuple[object, KeyInfo]] = shared.infos

    # --- live objects -----------------------------------------------------------------------------

    def lifted(self, value: Any) -> Value:
        """Give the abstract value of a live object."""
        if type(value) in PLAIN or type(value) is ModuleType:
            return Known(value)
        if isinstance(value, KeyValueStore):
            return self._store_of(value)
        if isinstance(value, Slot):
            return SlotValue(self._store_of(value.store), Known(value.key))
        if isinstance(value, KeyRegistry):
            return RegistryValue(self._store_of(object.__getattribute__(value, "_store")), Known(type(value)))
        if type(value) is tuple:
            return Sequence(tuple(map(self.lifted, value)))
        return Known(value)

    def _store_of(self, store: KeyValueStore) -> StoreValue:
        if isinstance(store, NamespacedStore):
            inner = self._store_of(store.inner)
            namespace: str = store._namespace  # pyright: ignore[reportPrivateUsage]  # it has no other name
            return StoreValue(inner.root, (*inner.namespaces, namespace))
        if self.run_store is not None and store.backend is self.run_store.backend:
            self.assume("a run uses the store of the workflow, which its module names itself")
            return StoreValue()
        return StoreValue(f"{type(store).__name__}-{id(store):x}")

    def function_of(self, function: FunctionType) -> Function | None:
        """Give a live function as it stands in its source; None where that is not there."""
        if function not in self._functions:
            self._functions[function] = self._read_function(function)
        return self._functions[function]

    def _read_function(self, function: FunctionType) -> Function | None:
        found = function_node(function)
        if found is None:
            return None
        module, node = found
        cells: list[tuple[str, Value]] = []
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
            try:
                value = cell.cell_contents
            except ValueError:  # still empty
                continue
            changing = name in module.declared or (name in module.changed_at and not callable(value))
            cells.append((name, Opaque(taint=self.reach.reaches(value)) if changing else self.lifted(value)))
        names = scope_of_code(function.__code__, module, node)
        loads = frozenset(names_in(function.__code__))
        code = Code(module, node, function.__globals__, function.__qualname__, names, loads)
        keywords = (function.__kwdefaults__ or {}).items()
        return Function(
            code,
            0,
            tuple(cells),
            tuple(map(self.lifted, function.__defaults__ or ())),
            tuple((name, self.lifted(value)) for name, value in keywords),
        )

    def change_live(self, value: Value) -> None:
        """Note that some task changes a live list, dict or set, if it is one: what is in it says nothing any more."""
        if isinstance(value, Known) and isinstance(value.value, list | dict | set):
            self.changed[id(value.value)] = value.value

    def hold(self, live: object, name: str) -> None:
        """Note that a live object has the store in an attribute: whoever has the object may have the store."""
        self.tainted_names.add(name)
        if not self.reach.is_holder(live):
            self.reach.hold(live)
            self._pure.clear()

    def patch(self, live: object, name: str) -> None:
        """Note that an attribute of a live object is bound anew; an empty name stands for any."""
        self.patched.add((_place_of(live), name))

    def is_patched(self, live: object, name: str) -> bool:
        """Say whether some task binds an attribute of a live object anew, or of one of its classes."""
        if not self.patched:
            return False
        classes = live.__mro__ if isinstance(live, type) else (live, *type(live).__mro__)
        return any((_place_of(one), each) in self.patched for one in classes for each in (name, ""))

    # --- taint ------------------------------------------------------------------------------------

    def tainted(self, value: Value, seen: tuple[int, ...] = ()) -> bool:
        """Say whether the store may be reached through a value, past objects on the heap that are looked at already."""
        kind = type(value)
        if kind is Opaque:
            return cast("Opaque", value).taint
        if kind is StoreValue:
            return True
        match value:
            case Known(value=live):
                return self.reach.reaches(live)
            case Sequence(items=items) | Group(items=items):
                return any(self.tainted(item, seen) for item in items)
            case Ref(id=number):
                return self._is_cell_tainted(number, seen)
            case Partial() | Pending():
                parts = (value.call, *value.args, *dict(value.kwargs).values())
                return any(self.tainted(part, seen) for part in parts)
            case Member(owner=owner) | Super(owner=owner):
                return self.tainted(owner, seen)
            case Function():
                return self._is_function_tainted(value, seen)
            case Element() | PutValue():
                return False
            case _:
                return True

    def _is_cell_tainted(self, number: int, seen: tuple[int, ...] = ()) -> bool:
        cell = self.state.heap.get(number)
        if cell is None or cell.taint or (cell.cls is not None and self.reach.reaches(cell.cls)):
            return True
        if number in seen:
            return False
        for item in cell.items or ():
            for part in item if isinstance(item, tuple) else (item,):
                if not isinstance(part, str) and self.tainted(part, (*seen, number)):
                    return True
        return False

    def _is_function_tainted(self, function: Function, seen: tuple[int, ...] = ()) -> bool:
        if any(self.tainted(value, seen) for _, value in function.cells if value != function):
            return True
        code = function.code
        for name in loaded_names(code.node) if code.loads is None else code.loads:
            if function.frame:
                env = self.env_of(function.frame)
                if env is not None and name in env:
                    value = env[name]
                    if value != function and not (isinstance(value, Function) and value.frame == function.frame):
                        if self.tainted(value, seen):
                            return True
                    elif isinstance(value, Function) and value is not function and value.code is not code:
                        continue
                    continue
            if name in code.globals and self.reach.reaches(code.globals[name]):
                return True
        return any(self.tainted(value, seen) for value in function.defaults)

    def env_of(self, number: int) -> Mapping[str, Value] | None:
        """Give the variables of an activation."""
        if self.frames and self.frame.number == number:
            return self.state.env
        return self.state.outer.get(number)


def _place_of(live: object) -> int:
    """Give what tells an object from others; a module is one with the dict of its globals."""
    return id(vars(live)) if isinstance(live, ModuleType) else id(live)
