"""Guards that look like guards and are none: the wrong key, the wrong branch, `or` for `and`, a guard undone."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BEGIN WRONG_KEY WRONG_BRANCH OR UNDONE INVERTED DONE")


class Keys(KeyRegistry):
    lucky: StoreKey[bool] = StoreKey(default=True)
    first: StoreKey[int]
    second: StoreKey[int]
    third: StoreKey[int]
    fourth: StoreKey[int]
    fifth: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    if store.get(Keys.lucky):
        store.put(Keys.second, 1)
    if not store.get(Keys.lucky):
        store.put(Keys.first, 1)
        store.put(Keys.third, 1)
        store.put(Keys.fifth, 1)
    return Stage.WRONG_KEY


async def wrong_key(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.second):
        print(store.get(Keys.first))  # expect: KR102 first
    return Stage.WRONG_BRANCH


async def wrong_branch(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.second):
        print("there")
    else:
        print(store.get(Keys.second))  # expect: KR102 second
    return Stage.OR


async def either(store: MemoryStore) -> Stage:
    if Keys.third in store or store.get(Keys.lucky):
        print(store.get(Keys.third))  # expect: KR102 third
    return Stage.UNDONE


async def undone(store: MemoryStore) -> Stage:
    store.put(Keys.fourth, 1)
    if Keys.fourth in store:
        store.remove(Keys.fourth)
        print(store.get(Keys.fourth))  # expect: KR104 fourth
    return Stage.INVERTED


async def inverted(store: MemoryStore) -> Stage:
    if Keys.fifth not in store:
        print("missing, and on we go")
    print(store.get(Keys.fifth))  # expect: KR102 fifth
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.WRONG_KEY, wrong_key)
    .register(Stage.WRONG_BRANCH, wrong_branch)
    .register(Stage.OR, either)
    .register(Stage.UNDONE, undone)
    .register(Stage.INVERTED, inverted)
    .add_exit_states(Stage.DONE)
)
