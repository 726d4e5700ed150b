"""The inventory: what lies in a store, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from pydantic import BaseModel

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey
from keyrack.demo.inventory import Line, inventory


class Color(Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: int


class User(BaseModel):
    name: str
    age: int


class Keys(KeyRegistry, prefix="app"):
    number: StoreKey[int]
    """How many."""
    ratio: StoreKey[float]
    text: StoreKey[str]
    path: StoreKey[Path]
    color: StoreKey[Color]
    flag: StoreKey[bool]
    nothing: StoreKey[int | None]
    users: StoreKey[list[User]]
    """Who has signed in."""
    ages: StoreKey[dict[str, int]]
    user: StoreKey[User]
    point: StoreKey[Point]
    score: KeyFamily[int, float]
    """A score each."""
    limit: StoreKey[int] = StoreKey(default=5000)
    password: StoreKey[str] = StoreKey(secret=True)


@pytest.fixture
def store() -> MemoryStore:
    """A store with nothing in it."""
    return MemoryStore()


def line(store: MemoryStore, name: str) -> Line:
    (found,) = (line for line in inventory(Keys, store) if line.key == f"app.{name}")
    return found


def test_every_key_has_a_line_in_the_order_of_declaration(store: MemoryStore) -> None:
    names = [line.key.removesuffix("[…]") for line in inventory(Keys, store)]

    assert names == [key.name for key in Keys]


def test_a_line_has_type_value_and_documentation(store: MemoryStore) -> None:
    store.put(Keys.number, 1_234_567)

    assert line(store, "number") == Line("app.number", "int", "1,234,567", "How many.")


def test_values_are_shown_and_containers_are_measured(store: MemoryStore) -> None:
    keys = Keys(store)
    keys.ratio.put(0.5)
    keys.text.put("hello")
    keys.path.put(Path("somewhere"))
    keys.color.put(Color.RED)
    keys.flag.put(True)
    keys.nothing.put(None)
    keys.users.put([User(name="Ada", age=36)])
    keys.ages.put({"Ada": 36, "Bob": 40})
    keys.user.put(User(name="Ada", age=36))
    keys.point.put(Point(1, 2))

    assert {line.key.removeprefix("app."): line.holds for line in inventory(Keys, store)} == {
        "number": "nothing",
        "ratio": "0.5",
        "text": "'hello'",
        "path": "somewhere",
        "color": "RED",
        "flag": "True",
        "nothing": "None",
        "users": "1 item",
        "ages": "2 items",
        "user": "2 fields",
        "point": "2 fields",
        "score[…]": "0 keys",
        "limit": "default 5,000",
        "password": "nothing",
    }


def test_the_keys_of_a_family_have_one_line(store: MemoryStore) -> None:
    for shard in (1, 2):
        Keys(store).score[shard].put(0.5)

    assert line(store, "score[…]") == Line("app.score[…]", "float", "2 keys", "A score each.")


def test_a_secret_is_not_shown(store: MemoryStore) -> None:
    Keys(store).password.put("hunter2")

    assert line(store, "password").holds == "a secret"


def test_looking_at_a_store_does_not_change_it(store: MemoryStore) -> None:
    Keys(store).users.put([User(name="Ada", age=36)])

    list(inventory(Keys, store))
    Keys(store).users.append(User(name="Bob", age=40))

    assert store.keys() == ["app.users"]
    assert [user.name for user in store.get(Keys.users)] == ["Ada", "Bob"]
