"""A subclass that calls super() has done what its base does, over two levels and a mixin."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    base: StoreKey[int]
    mixed: StoreKey[int]
    own: StoreKey[int]


class Base:
    async def run(self, store: MemoryStore) -> Stage:
        self.write(store)
        return Stage.READ

    def write(self, store: MemoryStore) -> None:
        store.put(Keys.base, 1)


class Mixin(Base):
    def write(self, store: MemoryStore) -> None:
        super().write(store)
        store.put(Keys.mixed, store.get(Keys.base))


class Task(Mixin):
    def write(self, store: MemoryStore) -> None:
        super().write(store)
        store.put(Keys.own, store.get(Keys.mixed))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.base), store.get(Keys.mixed), store.get(Keys.own))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, Task())
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
