"""Two branches write members of one family by indices that only a run knows: they may be the same."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "SPLIT READ DONE")


class Keys(KeyRegistry):
    left: StoreKey[int] = StoreKey(default=1)
    right: StoreKey[int] = StoreKey(default=2)
    part: KeyFamily[int, int]


async def left(store: MemoryStore) -> None:
    store.put(Keys.part[store.get(Keys.left)], 1)


async def right(store: MemoryStore) -> None:
    store.put(Keys.part[store.get(Keys.right)], 1)


async def read(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SPLIT)
    .register_split(Stage.SPLIT, [left, right], JoinConfig(JoinStrategy.all(), Stage.READ))  # expect: KR106 part[...]
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
