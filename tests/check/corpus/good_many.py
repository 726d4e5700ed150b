"""put_many with key.to, get_many, a loop over a constant tuple of keys, extend and append that make the list."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[str]
    c: StoreKey[int]
    d: StoreKey[int]
    log: StoreKey[list[str]]
    more: StoreKey[list[int]]
    shared: StoreKey[list[int]]


COUNTERS = (Keys.c, Keys.d)


async def write(store: MemoryStore) -> Stage:
    store.put_many(Keys.a.to(1), Keys.b.to("two"))
    store.append(Keys.log, "begun")
    store.extend(Keys.more, [1, 2])
    store.put_shared(Keys.shared, [1])
    for key in COUNTERS:
        store.put(key, 0)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    a, b = store.get_many(Keys.a, Keys.b)
    print(a, b, store.get(Keys.log), store.get(Keys.more), store.get_shared(Keys.shared))
    for key in COUNTERS:
        print(store.get(key))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
