"""Match statements whose cases all write, and one that ends where nothing fits."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "ALL SOME READ DONE")


class Keys(KeyRegistry):
    order: StoreKey[str] = StoreKey(default="go north")
    a: StoreKey[str]
    b: StoreKey[str]


async def every(store: MemoryStore) -> Stage:
    match store.get(Keys.order).split():
        case ["go", where]:
            store.put(Keys.a, where)
        case ["stay"] | ["wait", *_]:
            store.put(Keys.a, "here")
        case _:
            store.put(Keys.a, "nowhere")
    return Stage.SOME


async def some(store: MemoryStore) -> Stage:
    match store.get(Keys.order):
        case "stop":
            return Stage.DONE
        case order if order.startswith("go"):
            store.put(Keys.b, order)
        case order:
            message = f"what is {order}?"
            raise ValueError(message)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.ALL)
    .register(Stage.ALL, every)
    .register(Stage.SOME, some)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
