"""Wrong uses: what is read taken for something else."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from typing import Literal

from keyrack import StoreKey

from .declared import (
    CELL,
    COUNT,
    FLAG,
    INTS,
    LEVEL,
    MAYBE,
    NO_LIST,
    PAIR,
    POINT,
    RATIO,
    ROW,
    SHAPES,
    TABLE,
    TEXT,
    USER,
    Admin,
    Base,
    Derived,
    Keys,
    Point,
    User,
    keys,
    store,
)


async def later(old: int) -> int:
    return old + 1


text: str = store.get(COUNT)  # E
number: int = store.get(MAYBE)  # E
number = store.get(COUNT, None)  # E
number = store.get(COUNT, default="none")  # E
number = store.get(RATIO)  # E
flag: bool = store.get(COUNT)  # E
ratios: list[float] = store.get(INTS)  # E
bases: list[Base] = store.get(StoreKey("deriveds", list[Derived]))  # E
ints: list[int] = store.get(NO_LIST)  # E
user: User = store.get(ROW)  # E
admin: Admin = store.get(USER)  # E
level: Literal["debug"] = store.get(LEVEL)  # E
pair: tuple[int, int] = store.get(PAIR)  # E
names: dict[str, str] = store.get(TABLE)  # E
point: Point = store.get(CELL[1, 2])  # E
store.get("count")  # E
store.get(Keys)  # E
store.get(keys.count)  # E
store.get(None)  # E
store.get()  # E
store.get(COUNT, 0, 1)  # E
store.get(COUNT, fallback=0)  # E
store.get(COUNT, default_factory=int)  # E
store.get(COUNT).upper()  # E
store.get(MAYBE) + 1  # E
store.get(COUNT, None) + 1  # E
store.get(USER).nmae  # E
store.get(ROW)["nmae"]  # E
store.get(POINT).z  # E
store.get(INTS)[0].upper()  # E
store.get(SHAPES)[0].x  # E
store.get(NO_LIST)[0]  # E
store.get(PAIR)[2]  # E

text = store.get_shared(COUNT)  # E
number = store.get_shared(MAYBE)  # E
ratios = store.get_shared(INTS)  # E
store.get_shared("count")  # E
store.get_shared(COUNT, 0)  # E
store.get_shared(COUNT, default=0)  # E
store.get_shared(USER).nmae  # E

one: int = store.get_many(COUNT)  # E
two: tuple[str, int] = store.get_many(COUNT, TEXT)  # E
three: tuple[int, str, int] = store.get_many(COUNT, TEXT, MAYBE)  # E
four: tuple[int, str] = store.get_many(COUNT, TEXT, FLAG)  # E
listed: list[int] = store.get_many(COUNT, COUNT)  # E
first, second = store.get_many(COUNT, TEXT, FLAG)  # E
store.get_many(COUNT, TEXT)[0].upper()  # E
store.get_many(COUNT, TEXT)[2]  # E
store.get_many([COUNT, TEXT])  # E
store.get_many(COUNT, "text")  # E
store.get_many(COUNT, TEXT, FLAG, RATIO, "x")  # E

store.update(COUNT, lambda old: str(old))  # E
store.update(COUNT, str)  # E
store.update(COUNT, lambda: 1)  # E
store.update(COUNT, lambda old: None)  # E
store.update(COUNT, 1)  # E
store.update(COUNT)  # E
store.update(COUNT, later)  # E
store.update(TEXT, lambda old: old + 1)  # E
store.update(TEXT, len)  # E
store.update(MAYBE, lambda old: old + 1)  # E
store.update(INTS, lambda old: old.append(1))  # E
store.update(INTS, lambda old: [*old, "x"])  # E
store.update(INTS, tuple)  # E
store.update(ROW, lambda old: {"name": "x"})  # E
store.update("count", lambda old: old)  # E
store.update(lambda old: old, COUNT)  # E
text = store.update(COUNT, lambda old: old + 1)  # E

store.remove("count")  # E
store.remove(Keys)  # E
store.remove()  # E
store.contains_key("count")  # E
"count" in store  # E
Keys in store  # E
number = store.contains_key(COUNT)["x"]  # E
name: int = store.keys()[0]  # E
store.items()  # E
store.pop(COUNT)  # E
store[COUNT]  # E
for each in store:  # E
    pass
store.transact(lambda: None)  # E
store.transact(lambda within: within.nothing())  # E
store.transact(COUNT)  # E
text = store.transact(lambda within: within.get(COUNT))  # E
store.restore({})  # E
store.restore(store)  # E
store.snapshot().get(COUNT)  # E
COUNT.get()  # E
COUNT.get(store)  # E
Keys.count.get()  # E
Keys.count + 1  # E
store.label = "x"  # E
