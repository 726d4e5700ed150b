"""The variable that holds the next state is set on the way that writes nothing too."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, TaskResult, Workflow

MISSES = True

Stage = Enum("Stage", "VARIABLE RESULT READ DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=False)
    a: StoreKey[int]
    b: StoreKey[int]


async def variable(store: MemoryStore) -> Stage:
    nxt = Stage.RESULT
    if store.get(Keys.flag):
        store.put(Keys.a, 1)
        nxt = Stage.RESULT
    return nxt


async def result(store: MemoryStore) -> TaskResult[Stage]:
    done = TaskResult.single(Stage.READ)
    if store.get(Keys.flag):
        store.put(Keys.b, 1)
        return done
    return TaskResult.single(Stage.READ)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.VARIABLE)
    .register(Stage.VARIABLE, variable)
    .register(Stage.RESULT, result)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
