"""The verbs of a store, as effects on keys: what `get`, `put` and the others do to the state of a path."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any

from ...keys.key import ABSENT
from ..model import STAR
from ..relation import (
    MAYBE_PUT,
    MAYBE_REMOVED,
    NOWHERE,
    PUT,
    REMOVE,
)
from .core import ANY, Guard
from .keyed import Keyed
from .records import prefix_of
from .refusals import OF_A_STORE, is_sentinel, raises_little
from .spread import told_apart
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    Known,
    Opaque,
    PutValue,
    Sequence,
    SlotValue,
    SnapshotValue,
    StoreValue,
    Value,
)

if TYPE_CHECKING:
    from ..relation import Relation
    from .history import History

SLOT_VERBS = {
    "get": "get",
    "get_shared": "get_shared",
    "put": "put",
    "put_shared": "put_shared",
    "append": "append",
    "extend": "extend",
    "update": "update",
    "compare_and_set": "compare_and_set",
    "remove": "remove",
    "exists": "contains_key",
}
"""The verbs of a slot, and of the store."""

_OPTIONS = ("key", "default", "value", "item", "items", "fn", "expected", "new", "snapshot")
"""The names of the parameters of verbs, in the order in which they are given."""

_LOOKING = frozenset({"get", "get_shared", "get_many", "contains_key", "contains"})
"""Verbs that change nothing."""

_OF_MANY = frozenset({"get_many", "put_many"})
"""Verbs that do the same with each of their arguments."""

_FORKING = (bool, NoneType)


class Verbs(Keyed):
    """What the verbs of stores and slots do."""

    run_store: Any = None
    """The store of the workflow, where it is known."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[History] = []
        """Of each transaction that runs what had happened before it."""

    def verb(
        self, store: StoreValue, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Let a verb of a store happen on the current state, and give what it gives."""
        args = [*args]
        if kwargs:
            args = _placed(name, args, kwargs)
        cls: Any = type(self)
        method = _method(cls, name)
        if method is None:
            return self._unknown_verb(name, node)
        if store.level != len(self.before) and not self._is_as_before(store, name, args):
            self.remark(
                "KR901", node, callee="a transaction", reason="which does not keep to the store that it is given"
            )
            self.obscure()
        value: Value = method(self, store, args, node)
        return value

    def _is_as_before(self, store: StoreValue, name: str, args: Many[Value]) -> bool:
        """Say whether a verb looks at keys in the store around a transaction that this has not touched."""
        before = self.before[store.level : store.level + 1]
        if not before or name.strip("_") not in _LOOKING:
            return False
        keys = [self.key_id(store, key) for key in (args if name == "get_many" else args[:1])]
        return all(
            key and history.relation(key) == before[0].relation(key) for history in self.state.histories for key in keys
        )

    def _unknown_verb(self, name: str, node: ast.AST) -> Value:
        if name in {"label", "keys", "len", "is_empty", "close", "bool", "enter", "exit", "repr"}:
            return ANYTHING_CLEAN
        self.remark("KR901", node, callee=f"its {name}()", reason="which is no verb of a store that is known here")
        self.obscure()
        return Opaque(taint=True)

    # --- reading ----------------------------------------------------------------------------------

    def _verb_contains_key(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return Known(self.present(store, args, node))

    _verb_contains = _verb_contains_key

    def _verb_get(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        if len(args) < 2:  # noqa: PLR2004
            return self.read(store, args[0] if args else ANYTHING_CLEAN, node, "get")
        default = args[1]
        if self._parts_at(default, node):
            name = self.key_id(store, args[0])
            if name and all(history.relation(name) == PUT for history in self.state.histories):
                self.note_read(name, node, "get", needed=False)
            elif not self.present(store, args, node, "get"):
                return default
            return self._found_under(name, args[0], default)
        name, key = self._key(store, args, "get", node)
        if name:
            self.note_read(name, node, "get", needed=False)
        value = self.value_of(key)
        told = isinstance(default, Known) and isinstance(default.value, SCALARS) and not default.value
        link: tuple[str, Relation] | None = None
        if told and name and not name.endswith("]"):
            link = name, self.apart(lambda history: history.relation(name)).relation(name)
        none = isinstance(value, Opaque) and value.not_none
        return Opaque(taint=self.tainted(default), not_none=none, key=link)

    def _parts_at(self, default: Value, node: ast.AST) -> bool:
        """Say whether the path parts where a key is read with a default: people look at it later, or at once."""
        if not isinstance(default, Known):
            return node in self.asked
        return node in self.asked or isinstance(default.value, _FORKING) or is_sentinel(default.value)

    def _found_under(self, name: str, key: Value, default: Value) -> Value:
        """Give what was found under a key, and with a sentinel for a default the key: it is no such value."""
        value = self.value_of(key)
        if not isinstance(value, Opaque) or not isinstance(default, Known) or not is_sentinel(default.value):
            return value
        return Opaque(not_none=value.not_none, key=(name, NOWHERE))

    def _verb_get_shared(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return self.read(store, args[0] if args else ANYTHING_CLEAN, node, "get_shared")

    def _verb_get_many(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return Sequence(tuple(self.read(store, key, node, "get_many") for key in args))

    def _verb_at(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return SlotValue(store, args[0] if args else ANYTHING_CLEAN)

    # --- writing ----------------------------------------------------------------------------------

    def _write(self, store: StoreValue, args: Many[Value], node: ast.AST, verb: str, kind: Any) -> Value:
        name, key = self._key(store, args, verb, node)
        plain = kind in {"put", "remove"} and not store.root and raises_little(self.run_store, [key])
        self.throw(OF_A_STORE if plain else ANY)
        if not name:
            self.record("", "remove" if kind == "remove" else "put")
            self.affect_all(MAYBE_REMOVED if kind == "remove" else MAYBE_PUT)
            return NOTHING
        self.note_write(name, node, kind)
        info = self.infos[name]
        if kind == "append" and not info.is_list:
            self.remark("KR502", node, name, key=info.name, type=info.type_text)
        self.affect(name, self._weakly(name, REMOVE if kind == "remove" else PUT))
        return NOTHING

    def _weakly(self, name: str, effect: Any) -> Any:
        if not name.endswith(STAR):
            return effect
        return MAYBE_PUT if effect == PUT else MAYBE_REMOVED

    def _verb_put(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return self._write(store, args, node, "put", "put")

    _verb_put_shared = _verb_put

    def _verb_append(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return self._write(store, args, node, "append", "append")

    def _verb_extend(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return self._write(store, args, node, "extend", "append")

    def _verb_remove(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        return self._write(store, args, node, "remove", "remove")

    def _verb_put_many(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        for put in args:
            self._write(store, [put.key if isinstance(put, PutValue) else ANYTHING_CLEAN], node, "put_many", "put")
        return NOTHING

    def _verb_update(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        key = args[0] if args else ANYTHING_CLEAN
        value = self.read(store, key, node, "update")
        for function in args[1:2]:
            self.call(function, [value], {}, node)
        self._write(store, args, node, "update", "update")
        return self.value_of(key)

    def _verb_compare_and_set(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        name, _ = self._key(store, args, "compare_and_set", node)
        if not name or name.endswith(STAR) or len(args) < 2:  # noqa: PLR2004
            self._write(store, args, node, "compare_and_set", "update")
            return ANYTHING_CLEAN
        self.throw(ANY)
        expected = args[1]
        self.note_read(name, node, "compare_and_set", needed=False)
        self.note_write(name, node, "update")
        wants_absent = isinstance(expected, Known) and expected.value is ABSENT
        if self.present(store, args, node, "compare_and_set"):
            done = False if wants_absent else self.pick([True, False])
        else:
            done = True if wants_absent else (False if not isinstance(expected, Opaque) else self.pick([True, False]))
        if done:
            self.affect(name, PUT)
        return Known(done)

    def _verb_clear(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        self.throw(ANY)
        for name in self.state.touched:
            if name.startswith(prefix_of(store)) and "[@" not in name:
                self.note_write(name, node, "remove")
        self.record("", "clear")
        self.clears = self.clears or self.spot(node)
        self.affect_all(REMOVE, store)
        return NOTHING

    def _verb_snapshot(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        history = self.apart()
        return SnapshotValue(tuple(history.keys.items()), history.rest)

    def _verb_restore(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        found = args[0] if args else None
        self.throw(ANY)
        self.record("", "any")
        if not isinstance(found, SnapshotValue) or prefix_of(store):
            self.remark("KR902", node, verb="restore")
            self.obscure()
            return NOTHING
        if self.branch:
            self.clears = self.clears or self.spot(node)  # what other branches have written since is gone
        if self.aside_of_task or any(running.acts for running in self.state.beside.values()):
            self.remark("KR901", node, callee="restore()", reason="which takes back what others have written")
            self.obscure()
            return NOTHING
        before: dict[str, Relation] = dict(found.keys)
        rest: Relation = found.rest
        self.happen(lambda one: one.holding({**dict.fromkeys(one.keys, rest), **before}, rest))
        return NOTHING

    def _verb_transact(self, store: StoreValue, args: list[Value], node: ast.AST) -> Value:
        if not args:
            return ANYTHING_CLEAN
        before = self.apart()
        guard = Guard(self.frame.number, ())  # catches nothing: what passes it takes back what was written
        self.guards.append(guard)
        self.before.append(before)
        try:
            value = self.call(args[0], [replace(store, level=len(self.before))], {}, node)
        finally:
            self.before.pop()
            self.guards.remove(guard)
            here = self.state
            for state, thrown in guard.caught.values():
                self.state = state.on(one.holding(before.keys, before.rest) for one in state.histories)
                self.throw(thrown)
            self.state = here
        return value

    # --- slots and registries ---------------------------------------------------------------------

    def slot_verb(
        self, slot: SlotValue, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Let a verb of a slot happen."""
        return self.verb(slot.store, SLOT_VERBS[name], [slot.key, *args], kwargs, node)


def _placed(name: str, args: Many[Value], kwargs: Mapping[str, Value]) -> list[Value]:
    """Give the arguments of a verb in their order; where some are not known, what they may be."""
    sure, loose = told_apart(args, kwargs)
    if "*" in kwargs and name in _OF_MANY:
        sure = [*sure, *loose, ANYTHING_CLEAN]
    elif "*" in kwargs and not (sure and name == "get"):  # there may be no default
        sure = [*sure, ANYTHING_CLEAN]
    return [*sure, *(kwargs[option] for option in _OPTIONS if option in kwargs)]


@cache
def _method(cls: Any, name: str) -> Callable[..., Value] | None:
    return getattr(cls, f"_verb_{name.strip('_')}", None)
