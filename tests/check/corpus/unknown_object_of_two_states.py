"""Two methods of one object are two tasks: the one turns what the other writes."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "TURN WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


class Pair:
    def __init__(self) -> None:
        self.key = Keys.a

    async def turn(self, store: MemoryStore) -> Stage:
        print(len(store))
        self.key = Keys.b
        return Stage.WRITE

    async def write(self, store: MemoryStore) -> Stage:
        store.put(self.key, 1)  # expect: KR902
        return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR106 a
    return Stage.DONE


PAIR = Pair()


workflow = (
    Workflow(Stage, initial=Stage.TURN)
    .register(Stage.TURN, PAIR.turn)
    .register(Stage.WRITE, PAIR.write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
