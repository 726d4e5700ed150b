"""Races of two branches: put and put, put and append, read and write, remove and put, remove and read."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN PUTS APPEND READS REMOVES PEEKS READ DONE")


class Keys(KeyRegistry):
    twice: StoreKey[int]
    items: StoreKey[list[int]]
    source: StoreKey[int]
    gone: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.source, 1)
    store.put(Keys.gone, 1)
    return Stage.PUTS


async def put_one(store: MemoryStore) -> None:
    store.put(Keys.twice, 1)


async def put_two(store: MemoryStore) -> None:
    store.put(Keys.twice, 2)


async def replace(store: MemoryStore) -> None:
    store.put(Keys.items, [1])


async def add(store: MemoryStore) -> None:
    store.append(Keys.items, 2)


async def look(store: MemoryStore) -> None:
    print(store.get(Keys.source))


async def change(store: MemoryStore) -> None:
    store.put(Keys.source, 2)


async def remove(store: MemoryStore) -> None:
    store.remove(Keys.gone)


async def bring_back(store: MemoryStore) -> None:
    store.put(Keys.gone, 2)


async def peek(store: MemoryStore) -> None:
    print(store.get(Keys.gone, 0))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.twice), store.get(Keys.items), store.get(Keys.source))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register_split(Stage.PUTS, [put_one, put_two], JoinConfig(JoinStrategy.all(), Stage.APPEND))  # expect: KR401 twice
    .register_split(Stage.APPEND, [replace, add], JoinConfig(JoinStrategy.all(), Stage.READS))  # expect: KR401 items
    .register_split(Stage.READS, [look, change], JoinConfig(JoinStrategy.all(), Stage.REMOVES))  # expect: KR402 source
    .register_split(  # expect: KR401 gone
        Stage.REMOVES, [remove, bring_back], JoinConfig(JoinStrategy.all(), Stage.PEEKS)
    )
    .register_split(Stage.PEEKS, [remove, peek], JoinConfig(JoinStrategy.all(), Stage.READ))  # expect: KR402 gone
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
