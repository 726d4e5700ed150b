"""Tables that decorators fill while the module is loaded are read as they are then."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LIST BY_NAME ROUTED MIXED READ DONE")
Step = Callable[[MemoryStore], None]


class Keys(KeyRegistry):
    in_list: StoreKey[int]
    by_name: StoreKey[int]
    by_class: StoreKey[int]
    routed: StoreKey[int]
    kept: StoreKey[int]
    noted: StoreKey[list[int]]


STEPS: list[Step] = []
NAMED: dict[str, Step] = {}
PLUGINS: dict[str, type[Any]] = {}


def enlisted_step(step: Step) -> Step:
    STEPS.append(step)
    return step


def named_step(name: str) -> Callable[[Step], Step]:
    def keep(step: Step) -> Step:
        NAMED[name] = step
        return step

    return keep


def plugin_class(cls: type[Any]) -> type[Any]:
    PLUGINS[cls.__name__] = cls
    return cls


class Router:
    def __init__(self) -> None:
        self.routes: dict[str, Step] = {}

    def routed_step(self, name: str) -> Callable[[Step], Step]:
        def keep(step: Step) -> Step:
            self.routes[name] = step
            return step

        return keep

    def dispatch_by_name(self, name: str, store: MemoryStore) -> None:
        self.routes[name](store)


class Kept(dict[str, Step]):
    def keep_step(self, step: Step) -> Step:
        self[step.__name__] = step
        return step


class Log:
    """Its method has the name of one by which sets are changed."""

    def add(self, store: MemoryStore) -> None:
        store.put(Keys.noted, [1])


ROUTER, KEPT, LOG = Router(), Kept(), Log()


@enlisted_step
def one(store: MemoryStore) -> None:
    store.put(Keys.in_list, 1)


@named_step("two")
def two(store: MemoryStore) -> None:
    store.put(Keys.by_name, 2)


@plugin_class
class Three:
    def go(self, store: MemoryStore) -> None:
        store.put(Keys.by_class, 3)


@ROUTER.routed_step("four")
def four(store: MemoryStore) -> None:
    store.put(Keys.routed, 4)


@KEPT.keep_step
def five(store: MemoryStore) -> None:
    store.put(Keys.kept, 5)


def run_list(store: MemoryStore) -> Literal[Stage.BY_NAME]:
    for step in STEPS:
        step(store)
    return Stage.BY_NAME


def run_named(store: MemoryStore) -> Literal[Stage.ROUTED]:
    NAMED["two"](store)
    PLUGINS["Three"]().go(store)
    return Stage.ROUTED


def run_routed(store: MemoryStore) -> Literal[Stage.MIXED]:
    ROUTER.dispatch_by_name("four", store)
    return Stage.MIXED


def run_mixed(store: MemoryStore) -> Literal[Stage.READ]:
    for step in KEPT.values():
        step(store)
    LOG.add(store)
    return Stage.READ


def read(store: MemoryStore) -> Literal[Stage.DONE]:
    store.get(Keys.in_list)
    store.get(Keys.by_name)
    store.get(Keys.by_class)
    store.get(Keys.routed)
    store.get(Keys.kept)
    store.get(Keys.noted)
    return Stage.DONE


workflow: Workflow[Stage, MemoryStore] = Workflow(Stage, initial=Stage.LIST)
workflow.register(Stage.LIST, run_list).register(Stage.BY_NAME, run_named).register(Stage.ROUTED, run_routed)
workflow.register(Stage.MIXED, run_mixed).register(Stage.READ, read).add_exit_states(Stage.DONE)
