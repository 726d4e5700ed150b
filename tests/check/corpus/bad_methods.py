"""An object that was made with another key writes another key, and a subclass that overrides writes its own."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE MORE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


class Writer:
    def __init__(self, key: StoreKey[int], following: Stage) -> None:
        self.key = key
        self.following = following

    def write(self, store: MemoryStore) -> None:
        store.put(self.key, 1)

    async def run(self, store: MemoryStore) -> Stage:
        self.write(store)
        return self.following


class OtherWriter(Writer):
    def write(self, store: MemoryStore) -> None:
        store.put(Keys.c, 1)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.b), store.get(Keys.c))
    print(store.get(Keys.a))  # expect: KR101 a
    print(store.get(Keys.d))  # expect: KR101 d
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, Writer(Keys.b, Stage.MORE))
    .register(Stage.MORE, OtherWriter(Keys.a, Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
