"""Tasks give a key a default where they read it, and make dicts of names, numbered items and values for keys."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, Put, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    total: StoreKey[int]
    words: StoreKey[list[str]] = StoreKey(default_factory=list)
    counts: KeyFamily[str, int]


async def write(store: MemoryStore) -> Stage:
    total = store.get(Keys.total.with_default(0)) + store.get(StoreKey("total", int).with_default(0))
    for word in store.get(Keys.words):
        total += store.get(Keys.counts[word].with_default(total))
    for index, key in enumerate([Keys.a, Keys.b], start=1):
        store.put(key, index)
        if index == 2:
            store.put(Keys.c, 1)
    options = dict({"first": Keys.a}, second=Keys.total)
    store.put_many(Put(options["second"], total), Put(Keys.d, total))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d), store.get(Keys.total))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
