"""A kind that changes while it runs is not folded: either case may be taken."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "ONE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


class Step:
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def turn(self) -> None:
        self.kind = "other"

    async def run(self, store: MemoryStore) -> Stage:
        self.turn()
        if self.kind == "writer":
            store.put(Keys.a, 1)
        return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.ONE)
    .register(Stage.ONE, Step("writer"))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
