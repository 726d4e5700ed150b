"""Wrong uses: appending what does not fit, and to what is no list."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from .declared import (
    ARRAY,
    BASES,
    CELL,
    COUNT,
    GAPPY,
    GRID,
    INTS,
    LEVELS,
    NO_LIST,
    NUMBERS,
    PAIR,
    PAIRS,
    POINTS,
    RATIOS,
    RESULT,
    ROW,
    ROWS,
    SHAPES,
    TABLE,
    TAGS,
    TEXT,
    USER,
    USERS,
    Base,
    Keys,
    Point,
    User,
    keys,
    store,
)

store.append(COUNT, 1)  # E
store.append(TEXT, "x")  # E
store.append(TABLE, ("a", 1))  # E
store.append(TABLE, 1)  # E
store.append(TAGS, "a")  # E
store.append(NUMBERS, 1)  # E
store.append(PAIR, 1)  # E
store.append(NO_LIST, 1)  # E
store.append(ARRAY, 1.0)  # E
store.append(USER, "x")  # E
store.append(ROW, {"id": 1})  # E
store.append("ints", 1)  # E
store.append(RESULT, Point(1))  # E
store.append(RESULT[1], Point(1))  # E
store.append(CELL, [1.0])  # E
store.append(keys.ints, 1)  # E
store.append(INTS)  # E
store.append(INTS, 1, 2)  # E
store.append(INTS, "x")  # E
store.append(INTS, None)  # E
store.append(INTS, 1.5)  # E
store.append(INTS, [1])  # E
store.append(RATIOS, "x")  # E
store.append(RATIOS, None)  # E
store.append(GAPPY, "x")  # E
store.append(USERS, {"name": "Ada"})  # E
store.append(USERS, User)  # E
store.append(ROWS, {"name": "Ada"})  # E
store.append(ROWS, {"id": "1"})  # E
store.append(ROWS, {"id": 1, "age": 3})  # E
store.append(BASES, object())  # E
store.append(PAIRS, (1, 2))  # E
store.append(PAIRS, [1, "x"])  # E
store.append(GRID, 1)  # E
store.append(GRID, ["x"])  # E
store.append(LEVELS, "warning")  # E
store.append(SHAPES, 1)  # E
store.append(SHAPES, Base())  # E
store.append(SHAPES, (1.0, 2.0))  # E
store.append(POINTS, User(name="Ada"))  # E
store.append(CELL[1, 2], "x")  # E
store.append(INTS, lambda: 1)  # E
store.append(Keys.count, 1)  # E
store.append(Keys.ints, "x")  # E
store.append(Keys.rows, {"id": "1"})  # E

store.extend(COUNT, [1])  # E
store.extend(TEXT, "x")  # E
store.extend(TABLE, [("a", 1)])  # E
store.extend(TAGS, ["a"])  # E
store.extend(NUMBERS, [1])  # E
store.extend(NO_LIST, [1])  # E
store.extend("ints", [1])  # E
store.extend(INTS, 1)  # E
store.extend(INTS, ["x"])  # E
store.extend(INTS, "12")  # E
store.extend(INTS, [1, None])  # E
store.extend(INTS, [[1]])  # E
store.extend(INTS, None)  # E
store.extend(INTS)  # E
store.extend(RATIOS, ["x"])  # E
store.extend(USERS, [{"name": "Ada"}])  # E
store.extend(USERS, User(name="Ada"))  # E
store.extend(ROWS, [{"id": "1"}])  # E
store.extend(ROWS, {"id": 1})  # E
store.extend(BASES, [object()])  # E
store.extend(LEVELS, ["debug", "warning"])  # E
store.extend(SHAPES, [Point(1), 1])  # E
store.extend(GRID, [1])  # E
store.extend(INTS, lambda: 1)  # E
added: list[int] = store.append(INTS, 1)  # E
extended: list[int] = store.extend(INTS, [1])  # E
INTS.append(1)  # E
Keys.ints.append(1)  # E
Keys.ints.extend([1])  # E
