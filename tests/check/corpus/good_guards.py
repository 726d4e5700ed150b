"""Every way to ask first whether a key is there."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "GUARDED EARLY WORDS AND OR WALRUS ASSERT TERNARY WHILE DONE")


class Keys(KeyRegistry):
    maybe: StoreKey[int]
    other: StoreKey[int]
    count: StoreKey[int] = StoreKey(default=0)


async def guarded(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.maybe):
        print(store.get(Keys.maybe))
    else:
        print("nothing yet")
    return Stage.EARLY


async def early(store: MemoryStore) -> Stage:
    if not store.contains_key(Keys.maybe):
        return Stage.WORDS
    print(store.get(Keys.maybe))
    return Stage.WORDS


async def words(store: MemoryStore) -> Stage:
    if Keys.maybe in store:
        print(store.get(Keys.maybe))
    if Keys.maybe not in store:
        return Stage.AND
    print(store.get(Keys.maybe))
    return Stage.AND


async def both(store: MemoryStore) -> Stage:
    if store.get(Keys.count) > 1 and store.contains_key(Keys.maybe) and store.get(Keys.maybe) > 2:
        print(store.get(Keys.maybe))
    if Keys.maybe in store and Keys.other in store:
        print(store.get(Keys.maybe), store.get(Keys.other))
    return Stage.OR


async def one_or_the_other(store: MemoryStore) -> Stage:
    if not store.contains_key(Keys.maybe) or store.get(Keys.maybe) > 3:
        return Stage.WALRUS
    print(store.get(Keys.maybe))
    return Stage.WALRUS


async def walrus(store: MemoryStore) -> Stage:
    if (known := store.contains_key(Keys.maybe)) and store.get(Keys.count) == 0:
        print(known, store.get(Keys.maybe))
    there = Keys.other in store
    if there:
        print(store.get(Keys.other))
    return Stage.TERNARY


async def ternary(store: MemoryStore) -> Stage:
    print(store.get(Keys.maybe) if Keys.maybe in store else "nothing")
    return Stage.WHILE


async def loop(store: MemoryStore) -> Stage:
    while Keys.maybe not in store:
        if store.update(Keys.count, lambda count: count + 1) > 5:
            raise RuntimeError
        if store.get(Keys.count) > 2:
            store.put(Keys.maybe, 1)
    print(store.get(Keys.maybe))
    return Stage.ASSERT


async def stated(store: MemoryStore) -> Stage:
    assert store.contains_key(Keys.maybe)
    print(store.get(Keys.maybe))
    return Stage.DONE


async def arrive(store: MemoryStore) -> Stage:
    if store.get(Keys.count) > 10:
        store.put(Keys.maybe, 1)
        store.put(Keys.other, 1)
    return await guarded(store)


workflow = (
    Workflow(Stage, initial=Stage.GUARDED)
    .register(Stage.GUARDED, arrive)
    .register(Stage.EARLY, early)
    .register(Stage.WORDS, words)
    .register(Stage.AND, both)
    .register(Stage.OR, one_or_the_other)
    .register(Stage.WALRUS, walrus)
    .register(Stage.TERNARY, ternary)
    .register(Stage.WHILE, loop)
    .register(Stage.ASSERT, stated)
    .add_exit_states(Stage.DONE)
)
