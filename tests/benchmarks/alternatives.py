"""What a user would pick instead of keyrack; here the stores, doing the same jobs as well as they can.

* ``locked dict``: a dict with an ``RLock``, a strict ``TypeAdapter`` for each key and ``copy.deepcopy``.
* ``BaseModel``: an attribute of a pydantic model with ``validate_assignment``; no lock.
* ``py-key-value``: the memory store of py-key-value-aio with its ``PydanticAdapter``; awaited, no append.
* ``langgraph``: its ``InMemoryStore``; validates nothing.

Where a verb promises a copy and the alternative gives or takes the object itself, it is deep-copied, unless it cannot
be changed. Where there is no append, the list is read, made longer and put back.

What one would pick instead of a workflow is in `machines`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from importlib import import_module
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, create_model
from tests.benchmarks.harness import Loop, Probe

Verb = Literal["put", "get", "get_shared", "append"]

MODULES = {
    "locked dict": "pydantic",
    "BaseModel": "pydantic",
    "py-key-value": "key_value.aio.stores.memory",
    "langgraph": "langgraph.store.memory",
    "diskcache": "diskcache",
    "sqlitedict": "sqlitedict",
    "shelve": "shelve",
    "TaskGroup": "asyncio",
    "pydantic-graph": "pydantic_graph",
    "burr": "burr.core",
    "python-statemachine": "statemachine",
    "transitions": "transitions.extensions.asyncio",
}
"""The alternatives, and what each needs."""

IMPORTS = {
    "locked dict": "import copy, threading; from pydantic import TypeAdapter",
    "BaseModel": "from pydantic import BaseModel",
    "py-key-value": "import key_value.aio.stores.memory; from key_value.aio.adapters.pydantic import PydanticAdapter",
    "langgraph": "from langgraph.store.memory import InMemoryStore",
}
"""What a program starts with that uses one of the stores."""

_ITEM = 1
_LONG = 10_000
"""Up to which length lists are appended to by those who write the whole list as JSON each time."""


def installed(name: str) -> bool:
    """Say whether the alternative *name* is installed."""
    try:
        import_module(MODULES[name])
    except ImportError:
        return False
    return True


def others(verb: Verb, form: Any, value: Any) -> dict[str, Probe | None]:
    """Give the probes of *verb* on a *value* of type *form* with each alternative that is installed.

    The items of lists that are appended to are integers.
    """
    return {name: make(verb, form, value) for name, make in _MAKERS.items() if installed(name)}


class LockedDict:
    """What one writes in half an hour."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._values: dict[str, Any] = {}

    def put(self, name: str, adapter: TypeAdapter[Any], value: Any) -> None:
        """Keep a copy of *value*."""
        own = deepcopy(adapter.validate_python(value, strict=True))
        with self._lock:
            self._values[name] = own

    def put_shared(self, name: str, value: Any) -> None:
        """Keep *value* itself."""
        with self._lock:
            self._values[name] = value

    def get(self, name: str) -> Any:
        """Give a copy."""
        with self._lock:
            return deepcopy(self._values[name])

    def get_shared(self, name: str) -> Any:
        """Give what is kept."""
        with self._lock:
            return self._values[name]

    def append(self, name: str, adapter: TypeAdapter[Any], item: Any) -> None:
        """Add a copy of *item*."""
        own = deepcopy(adapter.validate_python(item, strict=True))
        with self._lock:
            self._values[name].append(own)


def _locked_dict(verb: Verb, form: Any, value: Any) -> Probe:
    store = LockedDict()
    store.put_shared("k", value)
    match verb:
        case "put":
            return Loop("store.put('k', adapter, value)", store=store, adapter=TypeAdapter(form), value=value)
        case "get":
            return Loop("store.get('k')", store=store)
        case "get_shared":
            return Loop("store.get_shared('k')", store=store)
        case "append":
            statement = "store.append('k', adapter, item)"
            return Loop(statement, _renewal(store, value), store=store, adapter=TypeAdapter(int), item=_ITEM)


def _renewal(store: LockedDict, value: Any) -> Callable[[], object]:
    return lambda: store.put_shared("k", [*value])


def _base_model(verb: Verb, form: Any, value: Any) -> Probe:
    config = ConfigDict(validate_assignment=True, arbitrary_types_allowed=True)
    state: Any = create_model("State", __config__=config, value=(form, ...))(value=value)
    match verb:
        case "put":
            return Loop("state.value = value", state=state, value=value)
        case "get":
            return Loop(_copy_of("state.value", value), state=state, copy=deepcopy)
        case "get_shared":
            return Loop("state.value", state=state)
        case "append":
            renew = _setter(state, value)
            return Loop("state.value = [*state.value, item]", renew, state=state, item=_ITEM)


def _setter(state: Any, value: Any) -> Callable[[], object]:
    return lambda: setattr(state, "value", value)


def _py_key_value(verb: Verb, form: Any, value: Any) -> Probe | None:
    if verb == "get_shared" or (verb == "append" and len(value) > _LONG):
        return None
    adapter: Any = import_module("key_value.aio.adapters.pydantic").PydanticAdapter
    store: Any = adapter(import_module(MODULES["py-key-value"]).MemoryStore(), form)

    def renew() -> None:
        asyncio.run(store.put("k", value))

    renew()
    match verb:
        case "put":
            return Loop("await store.put('k', value)", store=store, value=value)
        case "get":
            return Loop("await store.get('k')", store=store)
        case "append":
            return Loop("await store.put('k', [*await store.get('k'), item])", renew, store=store, item=_ITEM)


def _langgraph(verb: Verb, _: Any, value: Any) -> Probe:
    store: Any = import_module(MODULES["langgraph"]).InMemoryStore()
    place = ("app",)

    def renew() -> None:
        store.put(place, "k", {"value": value})

    renew()
    names: Mapping[str, object] = {"store": store, "place": place, "value": value, "item": _ITEM, "copy": deepcopy}
    got = "store.get(place, 'k').value['value']"
    match verb:
        case "put":
            return Loop(f"store.put(place, 'k', {{'value': {_copy_of('value', value)}}})", **names)
        case "get":
            return Loop(_copy_of(got, value), **names)
        case "get_shared":
            return Loop(got, **names)
        case "append":
            return Loop(f"store.put(place, 'k', {{'value': [*{got}, item]}})", renew, **names)


def _copy_of(expression: str, value: object) -> str:
    return expression if isinstance(value, (int, str, bytes)) else f"copy({expression})"


_MAKERS: dict[str, Callable[[Verb, Any, Any], Probe | None]] = {
    "locked dict": _locked_dict,
    "BaseModel": _base_model,
    "py-key-value": _py_key_value,
    "langgraph": _langgraph,
}
