"""Contracts that the code does not keep: an undeclared read, write and next state, a write that is not certain."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow, task

Stage = Enum("Stage", "READS WRITES UNSURE GOES STALE DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    other: StoreKey[int] = StoreKey(default=0)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


@task(reads=[Keys.flag])
async def reads(store: MemoryStore) -> Stage:
    print(store.get(Keys.flag))
    print(store.get(Keys.other))  # expect: KR601 other
    return Stage.WRITES


@task(writes=[Keys.a])
async def writes(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    store.put(Keys.b, 1)  # expect: KR602 b
    return Stage.UNSURE


@task(writes=[Keys.c])
async def unsure(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        return Stage.GOES  # expect: KR603 c
    store.put(Keys.c, 1)
    return Stage.GOES


@task(to=[Stage.STALE])
async def goes(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        return Stage.STALE
    return Stage.DONE  # expect: KR604 GOES


@task(reads=[Keys.a, Keys.b], may_write=[Keys.c])  # expect: KR605 b; KR605 c
async def stale(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.READS)
    .register(Stage.READS, reads)
    .register(Stage.WRITES, writes)
    .register(Stage.UNSURE, unsure)
    .register(Stage.GOES, goes)
    .register(Stage.STALE, stale)
    .add_exit_states(Stage.DONE)
)
