"""Two registries give one name two types."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Mine(KeyRegistry, prefix="shop"):
    price: StoreKey[int]


class Yours(KeyRegistry, prefix="shop"):
    price: StoreKey[float]  # expect: KR501 shop.price


async def write(store: MemoryStore) -> Stage:
    store.put(Mine.price, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Yours.price))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
