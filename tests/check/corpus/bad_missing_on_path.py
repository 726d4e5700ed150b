"""The fast path goes around the stage that writes the price."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True


class Stage(Enum):
    ROUTE = "route"
    QUOTE = "quote"
    FAST = "fast"
    BILL = "bill"
    PRINT = "print"
    DONE = "done"


class Keys(KeyRegistry):
    hurry: StoreKey[bool] = StoreKey(default=True)
    price: StoreKey[int]


async def route(store: MemoryStore) -> Stage:
    if store.get(Keys.hurry):
        return Stage.FAST
    return Stage.QUOTE


async def quote(store: MemoryStore) -> Stage:
    store.put(Keys.price, 7)
    return Stage.BILL


async def fast(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.BILL


async def bill(store: MemoryStore) -> Stage:
    print(store.get(Keys.price))  # expect: KR102 price
    return Stage.PRINT


async def show(store: MemoryStore) -> Stage:
    print(store.get(Keys.price))  # one report for one cause
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.ROUTE)
    .register(Stage.ROUTE, route)
    .register(Stage.QUOTE, quote)
    .register(Stage.FAST, fast)
    .register(Stage.BILL, bill)
    .register(Stage.PRINT, show)
    .add_exit_states(Stage.DONE)
)
