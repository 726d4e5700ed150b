"""An ad exchange: 100 ms for what is known of reader and page, 200 ms for bids, an auction at the second price.

Time is virtual: the latencies are exact, and nobody waits for them.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum
from functools import partial
from math import ceil
from typing import Literal

from pydantic import BaseModel

from keyrack import JoinConfig, JoinError, JoinStrategy, KeyRegistry, MemoryStore, SplitSummary, StoreKey, Workflow
from keyrack.testing import run_in_virtual_time


class Bid(BaseModel, frozen=True):
    bidder: str
    topic: str
    cents: int


class Keys(KeyRegistry, prefix="ad"):
    reader: StoreKey[str]
    page: StoreKey[str]
    likes: StoreKey[list[str]]
    """What the reader likes."""
    floor: StoreKey[int]
    """The cents below which the page sells nothing."""
    country: StoreKey[str]
    bids: StoreKey[list[Bid]] = StoreKey(default_factory=list)
    scores: StoreKey[list[tuple[float, Bid]]]
    """The bids above the floor and what they are worth to the reader, best one first."""
    sale: StoreKey[Bid]
    """The bid that won, at the price to pay."""
    noted: StoreKey[list[str]]
    """The countries in which the sale was noted."""
    context: StoreKey[SplitSummary]
    offers: StoreKey[SplitSummary]
    tracking: StoreKey[SplitSummary]


class Stage(Enum):
    GATHER = "gather"
    BID = "bid"
    SCORE = "score"
    AUCTION = "auction"
    TRACK = "track"
    SOLD = "sold"
    NO_FILL = "no fill"


async def user(store: MemoryStore) -> None:
    await asyncio.sleep(0.040)
    store.put(Keys.likes, {"ada": ["chess", "trains"]}.get(store.get(Keys.reader), []))


async def page(store: MemoryStore) -> None:
    await asyncio.sleep(0.025)
    store.put(Keys.floor, {"chess": 150, "news": 500}[store.get(Keys.page)])


async def geo(store: MemoryStore) -> None:
    country = {"ada": "at", "bob": "fr"}.get(store.get(Keys.reader))
    await asyncio.sleep(0.070 if country else 0.500)  # a stranger takes long to find
    store.put(Keys.country, country or "?")


@dataclass(frozen=True)
class Bidder:
    name: str
    topic: str
    cents: int
    latency: float

    async def run(self, store: MemoryStore) -> None:
        await asyncio.sleep(self.latency)
        if not self.cents:
            raise ConnectionError(f"{self.name} is out of order")
        store.append(Keys.bids, Bid(bidder=self.name, topic=self.topic, cents=self.cents))


async def score(store: MemoryStore) -> Literal[Stage.AUCTION, Stage.NO_FILL]:
    likes, page = store.get_many(Keys.likes, Keys.page)
    relevance = dict.fromkeys(likes, 0.75) | {page: 1.0}
    bids = [bid for bid in store.get(Keys.bids) if bid.cents >= store.get(Keys.floor)]
    scores = [(bid.cents * relevance.get(bid.topic, 0.25), bid) for bid in bids]
    store.put(Keys.scores, sorted(scores, key=lambda scored: -scored[0]))
    return Stage.AUCTION if bids else Stage.NO_FILL


async def auction(store: MemoryStore) -> Literal[Stage.TRACK]:
    (best, bid), *others = store.get(Keys.scores)
    second = others[0][0] if others else 0.0
    cents = ceil(bid.cents * second / best)  # what it takes to stay level with the second
    store.put(Keys.sale, bid.model_copy(update={"cents": max(cents, store.get(Keys.floor))}))
    return Stage.TRACK


async def track(country: str, store: MemoryStore) -> None:
    await asyncio.sleep(0.010 if country == store.get(Keys.country) else 0.050)
    store.append(Keys.noted, country)


BIDDERS = [
    Bidder("Rook", "chess", cents=240, latency=0.090),
    Bidder("Rail", "trains", cents=250, latency=0.150),
    Bidder("Soap", "washing", cents=310, latency=0.120),
    Bidder("Snail", "chess", cents=900, latency=0.201),
    Bidder("Void", "nothing", cents=0, latency=0.030),
]
TRACKERS = {country: partial(track, country) for country in ("fr", "at")}

GATHERED = JoinConfig(JoinStrategy.all(), Stage.BID, timeout=0.100, summary=Keys.context)
OFFERED = JoinConfig(JoinStrategy.partial_timeout(), Stage.SCORE, timeout=0.200, summary=Keys.offers)
TRACKED = JoinConfig(JoinStrategy.any(), Stage.SOLD, summary=Keys.tracking)

exchange = (
    Workflow(Stage, initial=Stage.GATHER, inputs=[Keys.reader, Keys.page], outputs=[Keys.sale, Keys.noted])
    .register_split(Stage.GATHER, [user, page, geo], GATHERED)
    .register_split(Stage.BID, {bidder.name: bidder for bidder in BIDDERS}, OFFERED)
    .register(Stage.SCORE, score)
    .register(Stage.AUCTION, auction)
    .register_split(Stage.TRACK, TRACKERS, TRACKED)
    .add_exit_states(Stage.SOLD, Stage.NO_FILL)
)


async def serve(reader: str, page: str) -> MemoryStore:
    """Find an ad, say what came of it, and give the store of the run."""
    store = MemoryStore()
    store.put_many(Keys.reader.to(reader), Keys.page.to(page))
    begin = asyncio.get_running_loop().time()
    try:
        end = (await exchange.orchestrate(store=store)).value
    except JoinError as error:
        end = f"no ad: {error.succeeded} of {error.total} look-ups in time"
    took = asyncio.get_running_loop().time() - begin
    print(f"{reader} on {page}, {end} after {1000 * took:.0f} ms")
    if Keys.sale in store:
        sale = store.get(Keys.sale)
        print(f"    {sale.bidder} pays {sale.cents / 100:.2f}, noted in {store.get(Keys.noted)}")
    for key in (Keys.context, Keys.offers, Keys.tracking):
        if key in store:
            print(f"    {key.name:<12} {told(store.get(key))}")
    return store


def told(summary: SplitSummary) -> str:
    failed = tuple(failure.branch for failure in summary.errors)
    lost = {"failed": failed, "late": summary.timed_out, "cancelled": summary.cancelled}
    parts = [f"{branch.task} {end}" for end, branches in lost.items() for branch in branches]
    return f"{summary.strategy}: " + ", ".join([f"{len(summary.successes)} succeeded", *parts])


async def main() -> None:
    exchange.validate()
    for reader, page in (("ada", "chess"), ("bob", "news"), ("eve", "chess")):
        await serve(reader, page)


if __name__ == "__main__":
    run_in_virtual_time(main())
