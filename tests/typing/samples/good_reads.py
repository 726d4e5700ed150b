"""Right uses: what each verb gives."""

from collections.abc import Callable
from typing import Any, Literal, assert_type

import numpy as np
from numpy.typing import NDArray

from keyrack import ABSENT, Put, Snapshot, StoreKey

from .declared import (
    ANYTHING,
    ARRAY,
    BASE,
    BASES,
    CELL,
    CLASS,
    COLOR,
    COUNT,
    EITHER,
    FLAG,
    GAPPY,
    INTS,
    LEVEL,
    MAYBE,
    NO_LIST,
    NOTHING,
    NUMBERS,
    PAGE,
    PAIR,
    POINT,
    POSITIVE,
    RATIO,
    RATIOS,
    RENDER,
    RESULT,
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
    Color,
    Derived,
    Keys,
    Page,
    Point,
    Row,
    User,
    UserId,
    store,
)

# get, for every kind of key
assert_type(store.get(COUNT), int)
assert_type(store.get(FLAG), bool)
assert_type(store.get(TEXT), str)
assert_type(store.get(RATIO), float)
assert_type(store.get(MAYBE), int | None)
assert_type(store.get(EITHER), int | str)
assert_type(store.get(LEVEL), Literal["debug", "info"])
assert_type(store.get(COLOR), Color)
assert_type(store.get(USER_ID), UserId)
assert_type(store.get(POSITIVE), int)
assert_type(store.get(RENDER), Callable[[int], str])
assert_type(store.get(CLASS), type[Base])
assert_type(store.get(ANYTHING), Any)
assert_type(store.get(NOTHING), None)
assert_type(store.get(USER), User)
assert_type(store.get(PAGE), Page[int])
assert_type(store.get(POINT), Point)
assert_type(store.get(ROW), Row)
assert_type(store.get(BASE), Base)
assert_type(store.get(ARRAY), NDArray[np.float64])
assert_type(store.get(PAIR), tuple[int, str])
assert_type(store.get(NUMBERS), tuple[int, ...])
assert_type(store.get(TAGS), set[str])
assert_type(store.get(TABLE), dict[str, int])
assert_type(store.get(TREE), dict[str, list[float]])
assert_type(store.get(INTS), list[int])
assert_type(store.get(GAPPY), list[int | None])
assert_type(store.get(ROWS), list[Row])
assert_type(store.get(SHAPES), list[Point | User])
assert_type(store.get(NO_LIST), list[int] | None)
assert_type(store.get(RESULT[1]), Point)
assert_type(store.get(CELL[1, 2]), list[float])
assert_type(store.get(Keys.ints), list[int])
assert_type(store.get(key=COUNT), int)

# get with a default
assert_type(store.get(COUNT, 0), int)
assert_type(store.get(COUNT, default=0), int)
assert_type(store.get(key=COUNT, default=0), int)
assert_type(store.get(COUNT, None), int | None)
assert_type(store.get(COUNT, default=None), int | None)
assert_type(store.get(MAYBE, None), int | None)
assert_type(store.get(MAYBE, "none"), int | str | None)
assert_type(store.get(RATIO, 0), float)
assert_type(store.get(RATIOS, []), list[float])
assert_type(store.get(RATIOS, [1]), list[float])
assert_type(store.get(BASES, [Derived()]), list[Base])
assert_type(store.get(ROW, {"id": 1}), Row)
assert_type(store.get(USER, None), User | None)
assert_type(store.get(LEVEL, "debug"), Literal["debug", "info"])
assert_type(store.get(INTS, ()), list[int] | tuple[()])

# get_shared
assert_type(store.get_shared(COUNT), int)
assert_type(store.get_shared(INTS), list[int])
assert_type(store.get_shared(USER), User)
assert_type(store.get_shared(ROW), Row)
assert_type(store.get_shared(ARRAY), NDArray[np.float64])
assert_type(store.get_shared(MAYBE), int | None)
assert_type(store.get_shared(RESULT[1]), Point)

# get_many
assert_type(store.get_many(COUNT), tuple[int])
assert_type(store.get_many(COUNT, TEXT), tuple[int, str])
assert_type(store.get_many(COUNT, TEXT, MAYBE), tuple[int, str, int | None])
assert_type(store.get_many(COUNT, TEXT, MAYBE, USERS), tuple[int, str, int | None, list[User]])
assert_type(store.get_many(COUNT, COUNT, COUNT, COUNT, COUNT), tuple[int, ...])
assert_type(store.get_many(COUNT, TEXT, MAYBE, USERS, FLAG), tuple[Any, ...])
assert_type(store.get_many(*[RESULT[number] for number in range(9)]), tuple[Point, ...])
number, text = store.get_many(COUNT, TEXT)
assert_type(number, int)
assert_type(text, str)

# the other verbs
assert_type(COUNT in store, bool)
assert_type(store.contains_key(INTS), bool)
assert_type(store.keys(), list[str])
assert_type(len(store), int)
assert_type(store.is_empty(), bool)
assert_type(store.compare_and_set(COUNT, 1, 2), bool)
assert_type(store.compare_and_set(INTS, ABSENT, []), bool)
assert_type(store.update(COUNT, lambda old: old + 1), int)
assert_type(store.update(COUNT, abs), int)
assert_type(store.update(MAYBE, lambda old: old), int | None)
assert_type(store.update(INTS, sorted), list[int])
assert_type(store.update(ROW, lambda old: {"id": old["id"] + 1}), Row)
assert_type(store.transact(lambda within: within.get(COUNT)), int)
assert_type(store.transact(lambda within: within.get_many(COUNT, TEXT)), tuple[int, str])
assert_type(store.transact(lambda within: within.put(COUNT, 1)), None)
assert_type(store.snapshot(), Snapshot)
assert_type(store.label, str)
store.restore(store.snapshot())
store.remove(COUNT)
store.remove(INTS)
store.clear()
assert_type(COUNT.to(1), Put)
assert_type(COUNT.with_default(1), StoreKey[int])
assert_type(COUNT.make_default(), int)
assert_type(COUNT.name, str)
assert_type(COUNT.doc, str)
assert_type({COUNT: 1}, dict[StoreKey[int], int])
