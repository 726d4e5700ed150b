"""What a dict of the task holds is gone through by its views."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    names: StoreKey[list[str]] = StoreKey(default_factory=lambda: ["x"])


async def write(store: MemoryStore) -> Stage:
    keys = {"a": Keys.a, "b": Keys.b}
    for name, key in keys.items():
        store.put(key, len(name))
    values = [store.get(key) for key in keys.values()]
    if "a" in keys.keys():  # noqa: SIM118
        store.put(Keys.c, sum(values) + len(store.get(Keys.names)))
    (_, first), *_ = keys.items()
    print(store.get(first), sorted(keys.keys()), *keys.values())
    items = keys.items()
    keys["d"] = Keys.d
    for _, key in items:
        store.put(key, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
