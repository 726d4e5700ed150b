"""Wrong uses: declarations, and keys of one type passed for keys of another."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from keyrack import KeyFamily, KeyRegistry, KeyValueStore, MemoryStore, NamespacedStore, Slot, StoreKey

from .declared import (
    BASE,
    COUNT,
    FLAG,
    INTS,
    LEVEL,
    MAYBE,
    RATIO,
    RATIOS,
    RESULT,
    ROW,
    TEXT,
    USER,
    USER_ID,
    Admin,
    Base,
    Derived,
    Keys,
    Level,
    Row,
    T,
    keys,
    store,
)

StoreKey(1)  # E
StoreKey("k", 1)  # E
StoreKey("k", [int])  # E
StoreKey("k", int, str)  # E
StoreKey("k", int, default=1)  # E
StoreKey("k", int, default="x")  # E
StoreKey("k", int, default_factory=int)  # E
StoreKey("k", "Nowhere")  # E
StoreKey(int, "k")  # E
StoreKey("k", int, doc=1)  # E
StoreKey("k", int, strict="yes")  # E
StoreKey("k", int, hidden=True)  # E
StoreKey("k", int, codec="json")  # E
StoreKey[int]("k", default="x")  # E
StoreKey[int]("k", default=None)  # E
StoreKey[int]("k", default=1, default_factory=int)  # E
StoreKey[int]("k", default_factory=str)  # E
StoreKey[int]("k", default_factory=1)  # E
StoreKey[int]("k", default_factory=lambda: "x")  # E
StoreKey[list[int]]("k", default_factory=dict)  # E
StoreKey[list[int]]("k", default=["x"])  # E
StoreKey[list[int]]("k", default_factory=lambda: ["x"])  # E
StoreKey[Row]("k", default={"name": "Ada"})  # E
StoreKey[Level]("k", default="warning")  # E
StoreKey[int]("k", str)  # E
StoreKey[int, str]("k")  # E
COUNT.with_default("x")  # E
COUNT.with_default(None)  # E
COUNT.with_default()  # E
ROW.with_default({"name": "Ada"})  # E
RATIOS.with_default(["x"])  # E
annotated: StoreKey[int] = StoreKey("k", str)  # E
annotated_default: StoreKey[int] = StoreKey("k", default="x")  # E
annotated_factory: StoreKey[list[int]] = StoreKey("k", default_factory=dict)  # E
annotated_family: KeyFamily[int, str] = KeyFamily("k", default=1)  # E
KeyFamily[int, str]("k", default=1)  # E
KeyFamily[int, str]("k", default_factory=int)  # E
KeyFamily[int, str]("k", int)  # E
KeyFamily[int]("k")  # E
KeyFamily(1)  # E


class Wrong(KeyRegistry, prefix="wrong"):
    value: StoreKey[int] = 1  # E
    default: StoreKey[int] = StoreKey(default="x")  # E
    none: StoreKey[int] = StoreKey(default=None)  # E
    factory: StoreKey[list[int]] = StoreKey(default_factory=dict)  # E
    lambda_: StoreKey[list[int]] = StoreKey(default_factory=lambda: ["x"])  # E
    listed: StoreKey[list[int]] = StoreKey(default=["x"])  # E
    row: StoreKey[Row] = StoreKey(default={"name": "Ada"})  # E
    level: StoreKey[Level] = StoreKey(default="warning")  # E
    other: StoreKey[int] = StoreKey("other", str)  # E
    taken: StoreKey[str] = COUNT  # E
    constrained: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default="x")  # E
    bare = StoreKey[int](default="x")  # E
    family: KeyFamily[int, str] = KeyFamily(default=1)  # E
    family_factory: KeyFamily[int, list[int]] = KeyFamily(default_factory=dict)  # E
    family_key: KeyFamily[int, str] = StoreKey("x", str)  # E
    key_family: StoreKey[str] = KeyFamily("x")  # E
    family_bare = KeyFamily[int, str](default=1)  # E
    two: StoreKey[int, str]  # E
    one: KeyFamily[int]  # E
    unknown: StoreKey[Nowhere]  # E


class Shadows(Keys):
    count: StoreKey[str]  # E


def takes_int(key: StoreKey[int]) -> int:
    return store.get(key)


def takes_bases(key: StoreKey[list[Base]]) -> None:
    store.append(key, Base())


def takes_maybe(key: StoreKey[int | None]) -> None:
    store.put(key, None)


takes_int(FLAG)  # E
takes_int(MAYBE)  # E
takes_int(TEXT)  # E
takes_int(RATIO)  # E
takes_int(USER_ID)  # E
takes_int("count")  # E
takes_int(keys.count)  # E
takes_int(RESULT)  # E
takes_int(RESULT[1])  # E
takes_maybe(COUNT)  # E
takes_bases(StoreKey("deriveds", list[Derived]))  # E
takes_bases(INTS)  # E
wide: StoreKey[int | None] = COUNT  # E
narrow: StoreKey[int] = MAYBE  # E
anything: StoreKey[object] = COUNT  # E
derived: StoreKey[Derived] = BASE  # E
admin: StoreKey[Admin] = USER  # E
text: StoreKey[str] = LEVEL  # E
mixed: list[StoreKey[int]] = [COUNT, TEXT]  # E
by_name: dict[str, StoreKey[int]] = {"a": TEXT}  # E
slot: Slot[list[Base]] = store.at(StoreKey("deriveds", list[Derived]))  # E
COUNT.form = str  # E
COUNT.doc = "x"  # E
COUNT.anything = 1  # E
NamespacedStore(store)  # E
NamespacedStore("v2", store)  # E
NamespacedStore({}, "v2")  # E
NamespacedStore(store, 2)  # E
NamespacedStore(store.backend, "v2")  # E
inner: str = NamespacedStore(store, "v2").inner  # E
nested: MemoryStore = NamespacedStore(store, "v2")  # E
other_inner: NamespacedStore[NamespacedStore[MemoryStore]] = NamespacedStore(store, "v2")  # E
NamespacedStore(store, "v2").inner = store  # E
MemoryStore(1)  # E
MemoryStore(timeout=1)  # E
MemoryStore(lock_timeout="1")  # E
KeyValueStore()  # E
KeyValueStore(store)  # E
KeyValueStore({})  # E


@dataclass
class Step:
    key: StoreKey[int]


Step(TEXT)  # E
Step("count")  # E
Step(1)  # E
Step(COUNT).key = TEXT  # E
Step(COUNT).key = 1  # E


class Service:
    count = StoreKey("count", int)


Service().count = TEXT  # E
Service().count = 1  # E
store.put(Service().count, "x")  # E


def swap(store: KeyValueStore, key: StoreKey[T], value: T) -> T:
    store.put(key, 1)  # E
    store.append(key, value)  # E
    store.update(key, str)  # E
    wrong: int = store.get(key)  # E
    return value


def through_slot(slot: Slot[T], value: T) -> T:
    slot.put(1)  # E
    slot.append(value)  # E
    return slot.get(None)  # E


def grow(store: KeyValueStore, key: StoreKey[list[T]], item: T) -> None:
    store.append(key, [item])  # E
    store.append(key, 1)  # E
    store.put(key, item)  # E
    store.extend(key, item)  # E


crossed: str = swap(store, COUNT, 1)  # E
