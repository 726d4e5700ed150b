"""Values that nobody reads: never read, always overwritten or removed first, and a remove of what is never there."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE AGAIN READ DONE")


class Keys(KeyRegistry):
    never: StoreKey[int]
    wanted: StoreKey[int]
    twice: StoreKey[int]
    dropped: StoreKey[int]
    absent: StoreKey[int]
    log: StoreKey[list[int]]


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.never, 1)  # expect: KR301 never
    store.put(Keys.wanted, 1)
    store.put(Keys.twice, 1)  # expect: KR302 twice
    store.put(Keys.dropped, 1)  # expect: KR302 dropped
    store.remove(Keys.absent)  # expect: KR303 absent
    store.put(Keys.log, [])
    return Stage.AGAIN


async def again(store: MemoryStore) -> Stage:
    store.put(Keys.twice, 2)
    store.remove(Keys.dropped)
    store.append(Keys.log, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.twice), store.get(Keys.log))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE, outputs=[Keys.wanted])
    .register(Stage.WRITE, write)
    .register(Stage.AGAIN, again)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
