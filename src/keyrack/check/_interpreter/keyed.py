"""Which key a verb means, what is known of it, and how it is read: the path goes on where it is there.

The verbs themselves stand in `verbs`.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from collections.abc import Sequence as Many
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from ...errors import KeyNotFoundError
from ...keys.forms import is_list, unwrapped
from ...keys.key import StoreKey
from ..model import STAR, KeyInfo, star_of
from ..relation import IF_ABSENT, IF_PRESENT, PUT
from .core import ANY, Thrown
from .records import Records, prefix_of
from .refusals import is_sentinel, keeps_out
from .values import ANYTHING_CLEAN, Element, Known, Opaque, StoreValue, Value

if TYPE_CHECKING:
    from ..report import Spot

_PLAIN = StoreValue()


class Keyed(Records):
    """How keys are told, and read."""

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

    def is_foreign(self, value: Value, live: Any) -> bool:
        """Say whether a value that was read from a key is surely not an object, for those are not of its type."""
        keys = self.met.get(value.key[0]) if isinstance(value, Opaque) and value.key is not None else None
        return bool(keys) and is_sentinel(live) and all(keeps_out(key, live) for key in keys or ())


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
