"""A default, of the call or of the key, takes the place of a missing value."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "READ CHECK DONE")


class Keys(KeyRegistry):
    limit: StoreKey[int] = StoreKey(default=10)
    seen: StoreKey[list[int]] = StoreKey(default_factory=list)
    name: StoreKey[str]
    size: StoreKey[int]


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.limit), store.get(Keys.seen), store.get_shared(Keys.seen))
    print(store.get(Keys.name, "nobody"), store.get(Keys.size, default=3))
    print(Keys(store).limit.get(), Keys(store).name.get("nobody"))
    store.update(Keys.limit, lambda limit: limit + 1)
    return Stage.CHECK


async def check(store: MemoryStore) -> Stage:
    size = store.get(Keys.size, None)
    if size is None:
        print("no size yet")
        return Stage.DONE
    print(size, store.get(Keys.size))
    if (name := store.get(Keys.name, None)) is not None:
        print(name, store.get(Keys.name))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.READ)
    .register(Stage.READ, read)
    .register(Stage.CHECK, check)
    .add_exit_states(Stage.DONE)
)
