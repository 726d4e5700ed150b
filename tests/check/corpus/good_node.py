"""A Node: prep reads what came before, exec has no store, post writes and says where to go."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, Node, StoreKey, Workflow

Stage = Enum("Stage", "LOAD COUNT EMPTY READ DONE")


class Keys(KeyRegistry):
    words: StoreKey[list[str]]
    begun: StoreKey[int]
    total: StoreKey[int]
    longest: StoreKey[int]


async def load(store: MemoryStore) -> Stage:
    store.put(Keys.words, ["to", "be"])
    return Stage.COUNT


class Count(Node[Stage, list[str], int]):
    def prep(self, store: MemoryStore) -> list[str]:
        store.put(Keys.begun, 1)
        return store.get(Keys.words)

    async def exec(self, data: list[str]) -> int:
        return len(data)

    def post(self, store: MemoryStore, result: int) -> Stage:
        print(store.get(Keys.begun))
        store.put(Keys.total, result)
        if result == 0:
            return Stage.EMPTY
        words = store.get(Keys.words)
        store.put(Keys.longest, max(map(len, words)))
        return Stage.READ


async def empty(store: MemoryStore) -> Stage:
    print(store.get(Keys.total))
    return Stage.DONE


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.total), store.get(Keys.longest))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.COUNT, Count())
    .register(Stage.EMPTY, empty)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
