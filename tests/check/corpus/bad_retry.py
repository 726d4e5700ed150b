"""A task that is tried again finds what its own first try has left: the ticket is gone."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, Retry, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BEGIN USE READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    ticket: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.ticket, 1)
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    print(store.get(Keys.ticket))  # expect: KR104 ticket
    store.remove(Keys.ticket)
    print(int(store.get(Keys.text)))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.USE, use, retry=Retry.fixed(2))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
