"""In a Node, prep comes before post: it cannot read what post writes, the first time."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, Node, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "COUNT DONE")


class Keys(KeyRegistry):
    total: StoreKey[int]
    never: StoreKey[int]


class Count(Node[Stage, int, int]):
    def prep(self, store: MemoryStore) -> int:
        return store.get(Keys.total)  # expect: KR102 total

    def exec(self, data: int) -> int:
        return data + 1

    def post(self, store: MemoryStore, result: int) -> Stage:
        store.put(Keys.total, result)
        print(store.get(Keys.never))  # expect: KR101 never
        return Stage.COUNT if result < 3 else Stage.DONE


workflow = Workflow(Stage, initial=Stage.COUNT).register(Stage.COUNT, Count()).add_exit_states(Stage.DONE)
