"""Tasks write logs, by loggers of their module and by those that they ask for: nothing is written to keys by that."""

from __future__ import annotations

import logging
from enum import Enum, auto
from typing import Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

log = logging.getLogger(__name__)


class Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()[:40]


handler = logging.StreamHandler()
handler.setFormatter(Short())
log.addHandler(handler)


class Stage(Enum):
    QUOTE = auto()
    BILL = auto()
    DONE = auto()


class Keys(KeyRegistry):
    price: StoreKey[float]


def quote(store: MemoryStore) -> Literal[Stage.BILL]:
    store.put(Keys.price, 9.5)
    log.info("the store is %s", store)
    logging.getLogger("shop.prices").info("quoted %s", store.get(Keys.price))
    return Stage.BILL


def bill(store: MemoryStore) -> Literal[Stage.DONE]:
    adapted = logging.LoggerAdapter(log, {"stage": "bill"})
    adapted.info("to pay: %s", store.get(Keys.price))
    logging.getLogger().debug("billed")
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.QUOTE)
workflow.register(Stage.QUOTE, quote)
workflow.register(Stage.BILL, bill)
workflow.add_exit_states(Stage.DONE)
