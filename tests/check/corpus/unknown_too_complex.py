"""A task with more ways through it than can be followed is treated as one that may do anything."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK READ DONE")


class Keys(KeyRegistry):
    flag: StoreKey[int] = StoreKey(default=0)
    own: StoreKey[int]


def step0(store: MemoryStore, turn: int) -> int:
    store.put(Keys.own, turn)
    return store.get(Keys.flag)


def step1(store: MemoryStore, turn: int) -> int:
    return step0(store, turn + 1) + step0(store, turn + 2)


def step2(store: MemoryStore, turn: int) -> int:
    return step1(store, turn + 1) + step1(store, turn + 2)


def step3(store: MemoryStore, turn: int) -> int:
    return step2(store, turn + 1) + step2(store, turn + 2)


def step4(store: MemoryStore, turn: int) -> int:
    return step3(store, turn + 1) + step3(store, turn + 2)


def step5(store: MemoryStore, turn: int) -> int:
    return step4(store, turn + 1) + step4(store, turn + 2)


def step6(store: MemoryStore, turn: int) -> int:
    return step5(store, turn + 1) + step5(store, turn + 2)


def step7(store: MemoryStore, turn: int) -> int:
    return step6(store, turn + 1) + step6(store, turn + 2)


def step8(store: MemoryStore, turn: int) -> int:
    return step7(store, turn + 1) + step7(store, turn + 2)


def step9(store: MemoryStore, turn: int) -> int:
    return step8(store, turn + 1) + step8(store, turn + 2)


def step10(store: MemoryStore, turn: int) -> int:
    return step9(store, turn + 1) + step9(store, turn + 2)


def step11(store: MemoryStore, turn: int) -> int:
    return step10(store, turn + 1) + step10(store, turn + 2)


def step12(store: MemoryStore, turn: int) -> int:
    return step11(store, turn + 1) + step11(store, turn + 2)


def step13(store: MemoryStore, turn: int) -> int:
    return step12(store, turn + 1) + step12(store, turn + 2)


def step14(store: MemoryStore, turn: int) -> int:
    return step13(store, turn + 1) + step13(store, turn + 2)


def step15(store: MemoryStore, turn: int) -> int:
    return step14(store, turn + 1) + step14(store, turn + 2)


async def work(store: MemoryStore) -> Stage:  # expect: KR906; KR206 WORK
    print(step15(store, 0))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK)
    .register(Stage.WORK, work)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
