"""A slot is of one key; the key of the same name in a nested registry is another."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry, prefix="shop"):
    total: StoreKey[int]
    count: StoreKey[int]

    class Bill(KeyRegistry, prefix="bill"):
        total: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    Keys(store).total.put(3)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(Keys(store).total.get())
    print(Keys.Bill(store).total.get())  # expect: KR101 shop.bill.total
    Keys(store).count.update(lambda count: count + 1)  # expect: KR101 shop.count
    if not Keys(store).total.exists():
        print(store.get(Keys.total))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
