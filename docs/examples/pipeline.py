"""A pipeline: ingest 256 records, double them, complete."""

from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow


class Record(BaseModel, frozen=True):
    number: int
    value: float


class Keys(KeyRegistry, prefix="records"):
    wanted: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=256)
    """How many records to ingest."""
    ingested: StoreKey[list[Record]]
    """What came in, in the order in which it came."""
    doubled: StoreKey[list[Record]]
    """The same records with twice the value."""
    total: StoreKey[float]
    """The sum of the doubled values."""


class Stage(Enum):
    INGEST = "ingest"
    DOUBLE = "double"
    SUM = "sum"
    COMPLETE = "complete"


def ingest(store: MemoryStore) -> Literal[Stage.DOUBLE]:
    for number in range(store.get(Keys.wanted)):
        store.append(Keys.ingested, Record(number=number, value=number / 2))
    return Stage.DOUBLE


def double(store: MemoryStore) -> Literal[Stage.SUM]:
    records = store.get_shared(Keys.ingested)  # read only, so no copy is needed
    store.put(Keys.doubled, [Record(number=record.number, value=2 * record.value) for record in records])
    return Stage.SUM


async def add(store: MemoryStore) -> Literal[Stage.COMPLETE]:  # plain and async functions may be mixed
    store.put(Keys.total, sum(record.value for record in store.get_shared(Keys.doubled)))
    return Stage.COMPLETE


def pipeline() -> Workflow[Stage, MemoryStore]:
    return (
        Workflow(Stage, MemoryStore(), initial=Stage.INGEST, inputs=[Keys.wanted], outputs=[Keys.doubled, Keys.total])
        .register(Stage.INGEST, ingest)
        .register(Stage.DOUBLE, double)
        .register(Stage.SUM, add)
        .add_exit_states(Stage.COMPLETE)
    )


def main() -> None:
    workflow = pipeline()
    workflow.validate()
    final = workflow.run()
    store = workflow.store
    print("ended in:", final)
    print("ingested:", len(store.get_shared(Keys.ingested)))
    print("doubled:", len(store.get_shared(Keys.doubled)))
    print("last:", store.get_shared(Keys.doubled)[-1])
    print("total:", store.get(Keys.total))


if __name__ == "__main__":
    main()
