"""A task that keeps the store in itself, and uses it from there."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WORK READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


class Work:
    def __init__(self) -> None:
        self.store: MemoryStore | None = None

    async def run(self, store: MemoryStore) -> Stage:
        self.store = store
        store.put(Keys.a, 1)
        print(store.get(Keys.a))
        self.drop()
        return Stage.READ

    def drop(self) -> None:
        if self.store is not None:
            self.store.remove(Keys.a)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR104 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK)
    .register(Stage.WORK, Work())
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
