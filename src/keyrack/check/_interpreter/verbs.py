"""The verbs of a store, as effects on keys: what `get`, `put` and the others do to the state of a path."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from ...errors import KeyNotFoundError
from ...keys.forms import is_list, unwrapped
from ...keys.key import ABSENT, StoreKey
from ..model import STAR, KeyInfo, star_of
from ..relation import (
    IF_ABSENT,
    IF_PRESENT,
    MAYBE_PUT,
    MAYBE_REMOVED,
    NOWHERE,
    PUT,
    REMOVE,
)
from .core import ANY, Guard, Thrown
from .records import Records, prefix_of
from .refusals import OF_A_STORE, is_sentinel, keeps_out, raises_little
from .spread import told_apart
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    Element,
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
    from ..report import Spot
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

_PLAIN = StoreValue()
_FORKING = (bool, NoneType)


class Verbs(Records):
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

    # --- which key --------------------------------------------------------------------------------

    def key_id(self, store: StoreValue, key: Value) -> str:
        """Give the id of a key in a store; empty where it is not known which key it is."""
        prefix = prefix_of(store) if store != _PLAIN else ""
        if isinstance(key, Element):
            family: Any = key.family
            symbol = f"[@{key.symbol}]" if key.symbol else STAR
            name = f"{prefix}{family.name}{symbol}"
            if name not in self.infos:
                self._learn(name, family.pattern, f"{family.name}[...]", f"{prefix}{family.name}{STAR}", store)
            return name
        if isinstance(key, Known) and isinstance(key.value, StoreKey) and key.value.name:
            known: StoreKey[Any] = key.value
            name = prefix + known.name
            met = self.met.setdefault(name, [])
            if not met or (met[0] is not known and all(known is not one and known != one for one in met)):
                met.append(known)
            if name not in self.infos:
                self._learn(name, known, prefix + known.name, star_of(name), store)
            return name
        return ""

    def _learn(self, name: str, key: StoreKey[Any], shown: str, family: str, store: StoreValue) -> None:
        told = self.told.get(name)
        if told is None or told[0] is not key:
            told = self.told[name] = key, self._info(name, key, shown, family, store)
        self.infos[name] = told[1]

    def _info(self, name: str, key: StoreKey[Any], shown: str, family: str, store: StoreValue) -> KeyInfo:
        try:
            list_ = is_list(key.form)
        except Exception:  # noqa: BLE001  # a form that cannot be resolved says so on first use
            list_ = True
        return KeyInfo(
            name,
            shown,
            key.type_text,
            has_default=key.has_default,
            is_list=list_,
            family=family,
            foreign=bool(store.root),
        )

    def _key(self, store: StoreValue, args: Many[Value], verb: str, node: ast.AST) -> tuple[str, Value]:
        key: Value = args[0] if args else ANYTHING_CLEAN
        found = self.key_id(store, key)
        if not found:
            self.remark("KR902", node, verb=verb)
            self.opaque = True
        return found, key

    def default_of(self, key: Value) -> bool:
        """Say whether a key has a default."""
        if isinstance(key, Element):
            return key.default or key.family.pattern.has_default
        return isinstance(key, Known) and isinstance(key.value, StoreKey) and key.value.has_default

    # --- reading ----------------------------------------------------------------------------------

    def read(self, store: StoreValue, key: Value, node: ast.AST, verb: str) -> Value:
        """Read a key that has to be there: the path goes on where it is, the error goes to who catches it."""
        name, _ = self._key(store, [key], verb, node)
        if not name:
            self.throw(Thrown(KeyNotFoundError))
            return self.value_of(key)
        if self.default_of(key):
            self.note_read(name, node, verb, needed=False)
            self._make_default(key, node)
            return self.value_of(key)
        shown = star_of(name) if "[@" in name else name
        caught = self.catches_missing()
        if shown != name:
            before = self.state.histories
            self.happen(lambda history: history.related(shown, history.relation(name)))
            self.note_read(shown, node, verb, needed=caught is not True)
            self.state.histories = tuple(
                one.holding(old.keys, old.rest) for one, old in zip(self.state.histories, before, strict=True)
            )
            self.infos.setdefault(shown, self.infos[name])
        else:
            self.note_read(name, node, verb, needed=caught is not True)
        if caught is not False:
            self._throw_missing(name, (shown, self.spot(node), self.via))
        if name.endswith(STAR):
            return self.value_of(key)
        found = PUT if caught is False else IF_PRESENT
        self.happen(lambda history: history.after(name, found))
        return self.value_of(key)

    def _make_default(self, key: Value, node: ast.AST) -> None:
        """Let the factory of a default make it, where it may do something to the store."""
        live = key.family.pattern if isinstance(key, Element) else key.value if isinstance(key, Known) else None
        factory = live.declaration.factory if live is not None else None
        if factory is not None and not isinstance(factory, type):
            self.throw(ANY)
            if self.tainted(Known(factory)):
                self.remark("KR901", node, callee=self.name_of(Known(factory), node), reason="which makes a default")
                self.obscure()

    def _throw_missing(self, name: str, read: tuple[str, Spot, tuple[Spot, ...]]) -> None:
        here = self.state
        absent = [one for history in here.histories if (one := history.after(name, IF_ABSENT)) is not None]
        if not absent:
            return
        self.state = here.on(absent)
        self.throw(Thrown(KeyNotFoundError, read))
        self.state = here

    def value_of(self, key: Value) -> Value:
        """Give what is known of a value from the type of its key."""
        if isinstance(key, Known) and isinstance(key.value, StoreKey):
            return Opaque(not_none=_never_none(key.value))
        return ANYTHING_CLEAN

    def present(self, store: StoreValue, args: Many[Value], node: ast.AST, verb: str = "contains_key") -> bool:
        """Look whether a key is there: both ways are gone."""
        name, _ = self._key(store, args, verb, node)
        if not name:
            return self.pick([True, False])
        self.note_read(name, node, verb, needed=False)
        if name.endswith(STAR):
            return self.pick([True, False])
        found = self.pick([True, False])
        self.happen(lambda history: history.after(name, IF_PRESENT if found else IF_ABSENT))
        return found

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

    def is_foreign(self, value: Value, live: Any) -> bool:
        """Say whether a value that was read from a key is surely not an object, for those are not of its type."""
        keys = self.met.get(value.key[0]) if isinstance(value, Opaque) and value.key is not None else None
        return bool(keys) and is_sentinel(live) and all(keeps_out(key, live) for key in keys or ())

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


@cache
def _never_none(key: StoreKey[Any]) -> bool:
    try:
        form = unwrapped(key.form)
    except Exception:  # noqa: BLE001  # a form that cannot be resolved says so on first use
        return False
    if form in {None, NoneType, Any, object}:
        return False
    if get_origin(form) in {Union, UnionType}:
        return NoneType not in get_args(form)
    return isinstance(form, type) or isinstance(get_origin(form), type)
