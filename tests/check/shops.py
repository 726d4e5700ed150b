"""A shop to check: its program as text, and the folder that holds it."""

from __future__ import annotations

from pathlib import Path

SHOP = """\
from enum import Enum
from typing import Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "PRICE BILL DONE")


class Keys(KeyRegistry, prefix="shop"):
    price: StoreKey[int]
    total: StoreKey[int]


async def price(store: MemoryStore) -> Stage:
    store.put(Keys.price, 3)
    return Stage.BILL


async def bill(store: MemoryStore) -> Stage:
    store.put(Keys.total, store.get(Keys.price))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.PRICE)
    .register(Stage.PRICE, price)
    .register(Stage.BILL, bill)
    .add_exit_states(Stage.DONE)
)
"""
"""A program that is proved."""

WRITES = "store.put(Keys.price, 3)"
"""The line of the program without which a key is missing."""
READ_AT = "pipeline.py:20:27"
"""Where that key is read."""
BROKEN = SHOP.replace(WRITES, "print(store)")
"""A program that reads what nobody has written."""
EMPTY_SETTINGS = "[tool.keyrack.check]\n"


def shop(folder: Path, source: str = SHOP, name: str = "pipeline") -> Path:
    """Write a program into a folder, with settings that keep those of folders above away; give the file."""
    settings = folder / "pyproject.toml"
    if not settings.exists():
        settings.write_text(EMPTY_SETTINGS)
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    return file
