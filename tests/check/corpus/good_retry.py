"""A task that is tried again and removes last: whatever failed before, the ticket is there."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, Retry, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN USE READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="7")
    ticket: StoreKey[int]
    number: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.ticket, 1)
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    number = int(store.get(Keys.text)) + store.get(Keys.ticket)
    store.put(Keys.number, number)
    store.remove(Keys.ticket)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.number))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.USE, use, retry=Retry.fixed(2))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
