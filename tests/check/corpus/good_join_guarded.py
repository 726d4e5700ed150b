"""Behind a join that may miss a branch: ask, have a default, or have written before."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, SplitSummary, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN SPLIT READ DONE")


class Keys(KeyRegistry):
    left: StoreKey[int]
    right: StoreKey[int]
    known: StoreKey[int]
    summary: StoreKey[SplitSummary]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.known, 0)
    return Stage.SPLIT


async def left(store: MemoryStore) -> None:
    store.put(Keys.left, 1)


async def right(store: MemoryStore) -> None:
    store.put(Keys.right, 1)
    store.put(Keys.known, store.get(Keys.known) + 1)


async def read(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.left):
        print(store.get(Keys.left))
    print(store.get(Keys.right, 0), store.get(Keys.known), store.get(Keys.summary).successes)
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register_split(Stage.SPLIT, [left, right], JoinConfig(JoinStrategy.any(), Stage.READ, summary=Keys.summary))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
