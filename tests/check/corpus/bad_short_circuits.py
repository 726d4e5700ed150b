"""What stands behind `and`, `or` and in one arm of a ternary may not run."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


def wrote(store: MemoryStore, key: StoreKey[int]) -> bool:
    store.put(key, 1)
    return True


async def write(store: MemoryStore) -> Stage:
    done = store.get(Keys.flag) or wrote(store, Keys.a)
    fine = not store.get(Keys.flag) and wrote(store, Keys.b)
    more = False if store.get(Keys.flag) else wrote(store, Keys.c)
    print(done, fine, more)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    print(store.get(Keys.c))  # expect: KR102 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
