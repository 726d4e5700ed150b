"""Right uses: workflows."""

from enum import Enum
from functools import partial
from typing import Literal, Never, NoReturn, TypeVar, assert_type

from keyrack import KeyValueStore, MemoryStore, NamespacedStore, Node, Workflow

from .declared import COUNT, INTS, TEXT, Keys, store


class Stage(Enum):
    LOAD = "load"
    WORK = "work"
    DONE = "done"


StoreT = TypeVar("StoreT", bound=KeyValueStore)


async def load(store: MemoryStore) -> Stage:
    store.put(COUNT, 1)
    return Stage.WORK


def work(store: MemoryStore) -> Stage:
    return Stage.DONE


async def narrow(store: MemoryStore) -> Literal[Stage.WORK, Stage.DONE]:
    return Stage.DONE


def narrow_plain(store: MemoryStore) -> Literal[Stage.DONE]:
    return Stage.DONE


async def any_store(store: KeyValueStore) -> Stage:
    return Stage.DONE


def plain_any_store(store: KeyValueStore) -> Stage:
    return Stage.DONE


async def other_name(memory: MemoryStore, /) -> Stage:
    return Stage.DONE


async def with_default(store: MemoryStore, limit: int = 3) -> Stage:
    return Stage.DONE


async def fails(store: MemoryStore) -> Never:
    raise ValueError


def fails_plain(store: MemoryStore) -> NoReturn:
    raise ValueError


async def limited(store: MemoryStore, limit: int) -> Stage:
    return Stage.DONE


async def in_part(store: NamespacedStore[MemoryStore]) -> Stage:
    return Stage.DONE


class Runner:
    async def run(self, store: MemoryStore) -> Stage:
        return Stage.DONE

    def method(self, store: MemoryStore) -> Stage:
        return Stage.DONE


class PlainRunner:
    def run(self, store: KeyValueStore) -> Literal[Stage.DONE]:
        return Stage.DONE


class Called:
    async def __call__(self, store: MemoryStore) -> Stage:
        return Stage.DONE


class Count(Node[Stage, list[int], int]):
    def prep(self, store: MemoryStore) -> list[int]:
        return store.get(INTS)

    def exec(self, data: list[int]) -> int:
        return len(data)

    def post(self, store: MemoryStore, result: int) -> Stage:
        store.put(COUNT, result)
        return Stage.DONE


class AsyncCount(Node[Stage, list[int], int, KeyValueStore]):
    async def prep(self, store: KeyValueStore) -> list[int]:
        return store.get(INTS)

    async def exec(self, data: list[int]) -> int:
        return len(data)

    async def post(self, store: KeyValueStore, result: int) -> Literal[Stage.DONE]:
        return Stage.DONE


workflow = Workflow(Stage)
assert_type(workflow, Workflow[Stage, MemoryStore])
assert_type(Workflow(Stage, store), Workflow[Stage, MemoryStore])
assert_type(Workflow(Stage, NamespacedStore(store, "v2")), Workflow[Stage, NamespacedStore[MemoryStore]])
assert_type(
    Workflow(Stage, initial=Stage.LOAD, name="books", inputs=[COUNT], outputs=[INTS, TEXT]),
    Workflow[Stage, MemoryStore],
)
assert_type(Workflow(Stage, store, initial=Stage.LOAD), Workflow[Stage, MemoryStore])
assert_type(Workflow(Stage, inputs=[Keys.count, Keys.rows]), Workflow[Stage, MemoryStore])
assert_type(workflow.register(Stage.LOAD, load), Workflow[Stage, MemoryStore])
assert_type(workflow.register(Stage.LOAD, work), Workflow[Stage, MemoryStore])
assert_type(workflow.register(Stage.LOAD, narrow), Workflow[Stage, MemoryStore])
workflow.register(Stage.LOAD, narrow_plain)
workflow.register(Stage.LOAD, any_store)
workflow.register(Stage.LOAD, plain_any_store)
workflow.register(Stage.LOAD, other_name)
workflow.register(Stage.LOAD, with_default)
workflow.register(Stage.LOAD, fails)
workflow.register(Stage.LOAD, fails_plain)
workflow.register(Stage.LOAD, partial(limited, limit=3))
workflow.register(Stage.LOAD, lambda store: Stage.DONE)
workflow.register(Stage.LOAD, Runner())
workflow.register(Stage.LOAD, Runner().method)
workflow.register(Stage.LOAD, PlainRunner())
workflow.register(Stage.LOAD, Called())
workflow.register(Stage.LOAD, Count())
workflow.register(Stage.LOAD, AsyncCount())
Workflow(Stage, NamespacedStore(store, "v2")).register(Stage.LOAD, in_part).register(Stage.WORK, any_store)
Workflow(Stage, NamespacedStore(store, "v2")).register(Stage.LOAD, AsyncCount())
chained = (
    Workflow(Stage, store, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.WORK, Count())
    .add_exit_states(Stage.DONE)
)
assert_type(chained, Workflow[Stage, MemoryStore])
assert_type(chained.run(), Stage)
assert_type(chained.run(Stage.LOAD), Stage)
assert_type(chained.run(Stage.LOAD, store=MemoryStore()), Stage)
assert_type(chained.store, MemoryStore)
assert_type(chained.states, type[Stage])
assert_type(chained.initial, Stage | None)
assert_type(chained.exit_states, tuple[Stage, ...])
chained.validate()
chained.validate_initial_state(Stage.LOAD)


@workflow.stage(Stage.LOAD)
async def decorated(store: MemoryStore) -> Stage:
    return Stage.DONE


@workflow.stage(Stage.WORK)
def decorated_plain(store: KeyValueStore) -> Literal[Stage.DONE]:
    return Stage.DONE


@Workflow(Stage, NamespacedStore(store, "v2")).stage(Stage.WORK)
def decorated_part(store: NamespacedStore[MemoryStore]) -> Stage:
    return Stage.DONE


async def start() -> Stage:
    assert_type(await decorated(store), Stage)
    assert_type(await chained.orchestrate(), Stage)
    assert_type(await chained.orchestrate(Stage.LOAD, store=store), Stage)
    decorated_plain(store)
    return await chained.orchestrate(Stage.LOAD)


def on_any_store(workflow: Workflow[Stage, MemoryStore]) -> Stage:
    return workflow.run()


on_any_store(Workflow(Stage))
on_any_store(chained)
default_store: Workflow[Stage] = Workflow(Stage)
annotated: Workflow[Stage, KeyValueStore] = Workflow(Stage, store)


def build(store: StoreT) -> "Workflow[Stage, StoreT]":
    return Workflow(Stage, store).register(Stage.LOAD, any_store)


assert_type(build(store), Workflow[Stage, MemoryStore])
