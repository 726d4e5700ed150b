"""A queue consumer: takes orders in batches, and brings them to a sink that fails now and then.

Time is virtual and chance is seeded: each run prints the same, and none waits.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum
from functools import partial
from random import Random
from typing import Literal

from pydantic import BaseModel

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, Retry, SplitSummary, StoreKey, Workflow
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import BranchEnded, Event, Joined, RetryPlanned

BATCH = 6
"""The most orders in a batch; each place in it has a branch of its own."""


class Order(BaseModel, frozen=True):
    number: int
    item: str


class Dead(BaseModel, frozen=True):
    order: Order
    reason: str


class Keys(KeyRegistry, prefix="orders"):
    batch: StoreKey[list[Order]]
    """What was taken from the queue last."""
    outcome: StoreKey[SplitSummary]
    """What became of it."""
    delivered: StoreKey[int] = StoreKey(default=0)
    dead: StoreKey[list[Dead]] = StoreKey(default_factory=list)
    """What could not be delivered, and why."""


class Stage(Enum):
    TAKE = "take"
    DELIVER = "deliver"
    SETTLE = "settle"
    DRAINED = "drained"


class Sink:
    """Takes an order in 50 ms, unless it is busy or does not know the item."""

    def __init__(self, random: Random) -> None:
        self._random = random

    async def send(self, order: Order) -> None:
        await asyncio.sleep(0.05)
        if order.item == "?":
            raise ValueError("no such item")
        if self._random.random() < 0.4:
            raise ConnectionError("the sink is busy")


@dataclass(frozen=True)
class Consumer:
    queue: asyncio.Queue[Order | None]  # None is the end
    sink: Sink

    async def take(self, store: MemoryStore) -> Literal[Stage.DELIVER, Stage.DRAINED]:
        """Wait for an order, and take those that are there with it."""
        batch: list[Order] = []
        while len(batch) < BATCH and not (batch and self.queue.empty()):
            order = await self.queue.get()
            if order is None:
                self.queue.put_nowait(None)  # the next visit finds it again
                break
            batch.append(order)
        store.put(Keys.batch, batch)
        return Stage.DELIVER if batch else Stage.DRAINED

    async def deliver(self, number: int, store: MemoryStore) -> None:
        """Deliver one order of the batch, if it has that many."""
        for order in store.get_shared(Keys.batch)[number : number + 1]:
            await self.sink.send(order)
            store.update(Keys.delivered, lambda count: count + 1)

    async def settle(self, store: MemoryStore) -> Literal[Stage.TAKE]:
        """Put aside what failed for good, or was not delivered in time."""
        batch, outcome = store.get_many(Keys.batch, Keys.outcome)
        for failure in outcome.errors:
            store.append(Keys.dead, Dead(order=batch[failure.branch.number], reason=failure.message))
        for branch in outcome.timed_out:
            store.append(Keys.dead, Dead(order=batch[branch.number], reason="out of time"))
        return Stage.TAKE


def pipeline(queue: asyncio.Queue[Order | None], random: Random) -> Workflow[Stage, MemoryStore]:
    """Give the workflow that empties a queue."""
    consumer = Consumer(queue, Sink(random))
    deliveries = {f"place {number}": partial(consumer.deliver, number) for number in range(BATCH)}
    # Waits for all of them, three at a time, and goes on whatever has failed.
    join = JoinConfig(JoinStrategy.partial_timeout(), Stage.SETTLE, timeout=2.0, concurrency=3, summary=Keys.outcome)
    retry = Retry.exponential(3, base=0.1, on=ConnectionError, random=random.random)
    return (
        Workflow(Stage, name="orders", initial=Stage.TAKE, outputs=[Keys.delivered, Keys.dead], max_transitions=1000)
        .register(Stage.TAKE, consumer.take)
        .register_split(Stage.DELIVER, deliveries, join, retry=retry)
        .register(Stage.SETTLE, consumer.settle)
        .add_exit_states(Stage.DRAINED)
    )


def show(event: Event) -> None:
    """Say what happens, as an observer."""
    match event:
        case RetryPlanned():
            print(f"{event.time:.2f} s  {event.task} again in {event.delay:.2f} s")
        case BranchEnded(outcome="failed"):
            print(f"{event.time:.2f} s  {event.branch.task} gives up")
        case Joined():
            print(f"{event.time:.2f} s  batch over, {event.branches - event.succeeded} failed")
        case _:
            pass


async def produce(queue: asyncio.Queue[Order | None]) -> None:
    """Put two bursts of orders into the queue, and the end."""
    for number, item in enumerate(["tea", "cups", "?", "milk", "sugar", "spoons", "honey", "lemons"], 1):
        if number == 8:
            await asyncio.sleep(3)
        await queue.put(Order(number=number, item=item))
    await queue.put(None)


async def main(seed: int = 8) -> MemoryStore:
    queue: asyncio.Queue[Order | None] = asyncio.Queue()
    workflow = pipeline(queue, Random(seed))  # noqa: S311  # no secret
    workflow.validate()
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(queue))
        group.create_task(workflow.orchestrate(observers=[show]))
    store = workflow.store
    print("delivered:", store.get(Keys.delivered))
    for dead in store.get(Keys.dead):
        print(f"not delivered: {dead.order.number}, {dead.order.item}: {dead.reason}")
    return store


if __name__ == "__main__":
    run_in_virtual_time(main())
