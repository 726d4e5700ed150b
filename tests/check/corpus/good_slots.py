"""Slots, registries bound to the store and nested registries are ways to the same keys."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry, prefix="shop"):
    price: StoreKey[int]
    items: StoreKey[list[int]]

    class Bill(KeyRegistry, prefix="bill"):
        total: StoreKey[int]
        note: StoreKey[str]


async def write(store: MemoryStore) -> Stage:
    keys = Keys(store)
    keys.price.put(3)
    keys.items.append(1)
    total = store.at(Keys.Bill.total)
    total.put(keys.price.get())
    total.update(lambda value: value + 1)
    Keys.Bill(store).note.put("paid")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    bill = Keys.Bill(store)
    slot = bill.total
    print(Keys(store).price.get(), store.get(Keys.items), slot.get())
    if bill.note.exists():
        print(bill.note.get_shared())
    print(store.get(Keys.Bill.note))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
