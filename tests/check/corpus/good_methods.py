"""Methods, static methods, class methods, properties and an object with `run` that keeps what it was made with."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


class Writer:
    def __init__(self, key: StoreKey[int]) -> None:
        self.key = key

    @property
    def other(self) -> StoreKey[int]:
        return Keys.d

    @staticmethod
    def write_b(store: MemoryStore) -> None:
        store.put(Keys.b, 2)

    @classmethod
    def write_c(cls, store: MemoryStore) -> None:
        cls.put_three(store, Keys.c)

    @staticmethod
    def put_three(store: MemoryStore, key: StoreKey[int]) -> None:
        store.put(key, 3)

    def write(self, store: MemoryStore) -> None:
        store.put(self.key, 1)

    async def run(self, store: MemoryStore) -> Stage:
        self.write(store)
        self.write_b(store)
        self.write_c(store)
        store.put(self.other, 4)
        return Stage.READ


class Reader:
    async def read(self, store: MemoryStore) -> Stage:
        print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
        return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, Writer(Keys.a))
    .register(Stage.READ, Reader().read)
    .add_exit_states(Stage.DONE)
)
