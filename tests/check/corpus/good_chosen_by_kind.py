"""One class with variants: `match self.kind` takes the case of each object, not all of them."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "ONE TWO THREE READ DONE")
Kind = Enum("Kind", "A B")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


class Step:
    def __init__(self, kind: Kind, following: Stage, *, extra: bool = False) -> None:
        self.kind = kind
        self.following = following
        self.extra = extra

    async def run(self, store: MemoryStore) -> Stage:
        match self.kind:
            case Kind.A:
                store.put(Keys.a, 1)
            case Kind.B:
                print(store.get(Keys.a), store.get(Keys.b, 0))
                store.put(Keys.b, 2)
        if self.extra:
            print(store.get(Keys.b))
            store.put(Keys.c, 3)
        return self.following


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.ONE)
    .register(Stage.ONE, Step(Kind.A, Stage.TWO))
    .register(Stage.TWO, Step(Kind.B, Stage.THREE))
    .register(Stage.THREE, Step(Kind.B, Stage.READ, extra=True))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
