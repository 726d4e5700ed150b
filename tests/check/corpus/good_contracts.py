"""Contracts that say exactly what the tasks do."""

from enum import Enum
from typing import Literal

from keyrack import KeyFamily, KeyRegistry, MemoryStore, Node, StoreKey, Workflow, task

Stage = Enum("Stage", "LOAD COUNT DROP READ DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    text: StoreKey[str]
    extra: StoreKey[int]
    total: StoreKey[int]
    part: KeyFamily[int, int]


@task(reads=[Keys.flag], writes=[Keys.text, Keys.part], may_write=[Keys.extra], to=[Stage.COUNT])
async def load(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        store.put(Keys.extra, 1)
    store.put(Keys.text, "to be")
    store.put(Keys.part[1], 1)
    return Stage.COUNT


@task(reads=[Keys.text], writes=[Keys.total])
class Count(Node[Stage, str, int]):
    def prep(self, store: MemoryStore) -> str:
        return store.get(Keys.text)

    def exec(self, data: str) -> int:
        return len(data)

    def post(self, store: MemoryStore, result: int) -> Literal[Stage.DROP]:
        store.put(Keys.total, result)
        return Stage.DROP


@task(removes=[Keys.text], to=[Stage.READ, Stage.DONE])
async def drop(store: MemoryStore) -> Stage:
    store.remove(Keys.text)
    if store.is_empty():
        return Stage.DONE
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.total), store.get(Keys.part[1]), store.get(Keys.extra, 0))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.COUNT, Count())
    .register(Stage.DROP, drop)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
