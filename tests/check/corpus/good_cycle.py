"""A loop of states: what the first round has written, later rounds find."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN STEP CHECK DONE")


class Keys(KeyRegistry):
    count: StoreKey[int]
    last: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.count, 0)
    return Stage.STEP


async def step(store: MemoryStore) -> Stage:
    print(store.get(Keys.last) if Keys.last in store else "the first round")
    store.put(Keys.count, store.get(Keys.count) + 1)
    return Stage.CHECK


async def check(store: MemoryStore) -> Stage:
    store.put(Keys.last, store.get(Keys.count))
    return Stage.STEP if store.get(Keys.count) < 3 else Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN, max_transitions=20)
    .register(Stage.BEGIN, begin)
    .register(Stage.STEP, step)
    .register(Stage.CHECK, check)
    .add_exit_states(Stage.DONE)
)
