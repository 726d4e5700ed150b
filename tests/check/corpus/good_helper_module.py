"""Helpers of another module that take the store are followed, and a NoReturn helper ends its path."""

from tests.check.corpus import helpers
from tests.check.corpus.helpers import Shared, Stage, stop

from keyrack import MemoryStore, Workflow


async def begin(store: MemoryStore) -> Stage:
    store.put(Shared.url, "here")
    if helpers.fetch(store):
        return Stage.READ
    return stop("an empty page")


async def read(store: MemoryStore) -> Stage:
    print(store.get(Shared.page), store.get(Shared.status), helpers.read_page(store))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
