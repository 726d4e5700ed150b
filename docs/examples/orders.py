"""The orders of a shop: a typed pipeline, as the tutorial builds it."""

from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow


class Order(BaseModel):
    item: str
    number: Annotated[int, Field(gt=0)]
    price: float


class Keys(KeyRegistry, prefix="shop"):
    lines: StoreKey[list[str]]
    """The orders as they arrive: ``tea,2,4.5``."""
    orders: StoreKey[list[Order]]
    """The orders as they are kept."""
    discount: StoreKey[float] = StoreKey(default=0.0)
    """Which part of the price nobody pays."""
    total: StoreKey[float]
    """What is to be paid for all orders."""


class Stage(Enum):
    READ = "read"
    SUM = "sum"
    DONE = "done"


def read(store: MemoryStore) -> Literal[Stage.SUM]:
    for line in store.get_shared(Keys.lines):
        item, number, price = line.split(",")
        store.append(Keys.orders, Order(item=item, number=int(number), price=float(price)))
    return Stage.SUM


def add(store: MemoryStore) -> Literal[Stage.DONE]:
    full = sum(order.number * order.price for order in store.get_shared(Keys.orders))
    store.put(Keys.total, full * (1 - store.get(Keys.discount)))
    return Stage.DONE


workflow = (
    Workflow(Stage, MemoryStore(), initial=Stage.READ, inputs=[Keys.lines], outputs=[Keys.total])
    .register(Stage.READ, read)
    .register(Stage.SUM, add)
    .add_exit_states(Stage.DONE)
)

if __name__ == "__main__":
    workflow.validate()
    store = workflow.store
    store.put(Keys.lines, ["tea,2,4.5", "cups,6,3.0"])
    print(workflow.run())
    print("to be paid:", store.get(Keys.total))
