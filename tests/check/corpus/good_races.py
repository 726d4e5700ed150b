"""Branches that do not get in each other's way: own keys, atomic appends, atomic updates, reads side by side."""

from enum import Enum
from functools import partial

from keyrack import JoinConfig, JoinStrategy, KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN SPLIT READ DONE")


class Keys(KeyRegistry):
    source: StoreKey[int]
    log: StoreKey[list[int]]
    count: StoreKey[int]
    part: KeyFamily[int, int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.source, 3)
    store.put(Keys.count, 0)
    return Stage.SPLIT


async def work(number: int, store: MemoryStore) -> None:
    store.put(Keys.part[number], store.get(Keys.source))
    store.append(Keys.log, number)
    store.update(Keys.count, lambda count: count + 1)


def plain(store: MemoryStore) -> None:
    store.extend(Keys.log, [store.get(Keys.source)])
    store.update(Keys.count, lambda count: count + 1)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.part[0]) + store.get(Keys.part[1]), store.get(Keys.log), store.get(Keys.count))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register_split(
        Stage.SPLIT, [partial(work, 0), partial(work, 1), plain], JoinConfig(JoinStrategy.all(), Stage.READ)
    )
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
