"""Wrong uses: values that do not fit their key."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from keyrack import ABSENT, Absent

from .declared import (
    ARRAY,
    BASE,
    BASES,
    CLASS,
    COLOR,
    COUNT,
    EITHER,
    FLAG,
    GRID,
    INTS,
    LEVEL,
    LEVELS,
    MAYBE,
    NO_LIST,
    NOTHING,
    NUMBERS,
    PAGE,
    PAIR,
    POINT,
    RATIO,
    RATIOS,
    RENDER,
    ROW,
    ROWS,
    SHAPES,
    TABLE,
    TAGS,
    TEXT,
    TREE,
    USER,
    USER_ID,
    USERS,
    Base,
    Derived,
    Keys,
    Page,
    Point,
    User,
    keys,
    store,
)

ints = [1]
deriveds = [Derived()]
store.put(COUNT, "1")  # E
store.put(COUNT, None)  # E
store.put(COUNT, 1.5)  # E
store.put(COUNT)  # E
store.put(COUNT, 1, 2)  # E
store.put(COUNT, valeu=1)  # E
store.put("count", 1)  # E
store.put(Keys, 1)  # E
store.put(None, 1)  # E
store.put(int, 1)  # E
store.put(store, 1)  # E
store.put(keys.count, 1)  # E
store.put(FLAG, 1)  # E
store.put(TEXT, b"x")  # E
store.put(TEXT, 1)  # E
store.put(RATIO, "0.5")  # E
store.put(MAYBE, "x")  # E
store.put(EITHER, None)  # E
store.put(LEVEL, "warning")  # E
store.put(LEVEL, str(1))  # E
store.put(COLOR, "RED")  # E
store.put(COLOR, 1)  # E
store.put(USER_ID, 1)  # E
store.put(NOTHING, 0)  # E
store.put(CLASS, int)  # E
store.put(CLASS, Derived())  # E
store.put(RENDER, len)  # E
store.put(RENDER, lambda number: number + 1)  # E
store.put(RENDER, lambda: "x")  # E
store.put(RENDER, "x")  # E
store.put(USER, {"name": "Ada"})  # E
store.put(USER, User)  # E
store.put(USER, User(name=1))  # E
store.put(POINT, (1.0, 2.0))  # E
store.put(PAGE, Page[str](items=["x"]))  # E
store.put(ROW, {"name": "Ada"})  # E
store.put(ROW, {"id": "1"})  # E
store.put(ROW, {"id": 1, "age": 3})  # E
store.put(ROW, {"id": 1, "name": None})  # E
store.put(ROW, [("id", 1)])  # E
store.put(BASE, object())  # E
store.put(ARRAY, [1.0])  # E
store.put(PAIR, (1, 2))  # E
store.put(PAIR, (1, "x", "y"))  # E
store.put(PAIR, [1, "x"])  # E
store.put(NUMBERS, (1, "x"))  # E
store.put(NUMBERS, [1])  # E
store.put(TAGS, ["a"])  # E
store.put(TAGS, {1})  # E
store.put(TABLE, {"a": "1"})  # E
store.put(TABLE, {1: 1})  # E
store.put(TREE, {"a": ["x"]})  # E
store.put(TREE, {"a": 1})  # E
store.put(INTS, 1)  # E
store.put(INTS, (1, 2))  # E
store.put(INTS, ["x"])  # E
store.put(INTS, [1, None])  # E
store.put(RATIOS, ints)  # E
store.put(BASES, deriveds)  # E
store.put(BASES, [Base(), 1])  # E
store.put(USERS, [{"name": "Ada"}])  # E
store.put(ROWS, [{"id": 1}, {}])  # E
store.put(GRID, [1])  # E
store.put(LEVELS, ["debug", "warning"])  # E
store.put(SHAPES, [Point(1), 2])  # E
store.put(NO_LIST, [None])  # E
store.put(Keys.count, "1")  # E
store.put(Keys.rows, [{"id": "1"}])  # E
store.put(COUNT or TEXT, None)  # E

store.put_shared(COUNT, "1")  # E
store.put_shared(COUNT)  # E
store.put_shared("count", 1)  # E
store.put_shared(MAYBE, "x")  # E
store.put_shared(INTS, ["x"])  # E
store.put_shared(RATIOS, ints)  # E
store.put_shared(ROW, {"name": "Ada"})  # E
store.put_shared(ROW, {"id": 1, "age": 3})  # E
store.put_shared(USER, {"name": "Ada"})  # E
store.put_shared(LEVEL, "warning")  # E
store.put_shared(RENDER, lambda number: number + 1)  # E
store.put_shared(COUNT, lambda: 1)  # E
store.put_shared(RENDER, lambda: str)  # E

COUNT.to("1")  # E
RATIOS.to(["x"])  # E
ROW.to({"id": "1"})  # E
COUNT.to()  # E
store.put_many(COUNT, 1)  # E
store.put_many((COUNT, 1))  # E
store.put_many([COUNT.to(1)])  # E
store.put_many({COUNT: 1})  # E
store.put_many(COUNT.to(1), TEXT.to(2))  # E
store.put_many(COUNT.to(1), TEXT)  # E

store.compare_and_set(COUNT, "1", 2)  # E
store.compare_and_set(COUNT, 1, "2")  # E
store.compare_and_set(COUNT, 1, None)  # E
store.compare_and_set(COUNT, None, 1)  # E
store.compare_and_set(COUNT, 1, ABSENT)  # E
store.compare_and_set(COUNT, 1)  # E
store.compare_and_set(COUNT, 1, 2, 3)  # E
store.compare_and_set("count", 1, 2)  # E
store.compare_and_set(1, COUNT, 2)  # E
store.compare_and_set(RATIOS, ["x"], [1])  # E
store.compare_and_set(RATIOS, [1], ["x"])  # E
store.compare_and_set(ROW, {"id": 1}, {"name": "Ada"})  # E
store.compare_and_set(LEVEL, "debug", "warning")  # E
store.compare_and_set(COUNT, Absent, 1)  # E
store.compare_and_set(COUNT, old=1, new=2)  # E
changed: int = store.compare_and_set(TEXT, "a", "b").name  # E
nothing: None = store.compare_and_set(COUNT, 1, 2)  # E

store[COUNT] = 1  # E
del store[COUNT]  # E
COUNT.put(1)  # E
Keys.count.put(1)  # E
COUNT.put_shared(1)  # E
