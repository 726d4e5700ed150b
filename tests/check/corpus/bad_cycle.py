"""The second round needs what the first has removed, and the first what only the last round writes."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BEGIN STEP CHECK DONE")


class Keys(KeyRegistry):
    again: StoreKey[int] = StoreKey(default=0)
    ticket: StoreKey[int]
    last: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.ticket, 1)
    return Stage.STEP


async def step(store: MemoryStore) -> Stage:
    print(store.get(Keys.ticket))  # expect: KR104 ticket
    store.remove(Keys.ticket)
    return Stage.CHECK


async def check(store: MemoryStore) -> Stage:
    if store.update(Keys.again, lambda again: again + 1) > 2:
        print(store.get(Keys.last))  # expect: KR102 last
        return Stage.DONE
    store.put(Keys.last, 1)
    return Stage.STEP


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.STEP, step)
    .register(Stage.CHECK, check)
    .add_exit_states(Stage.DONE)
)
