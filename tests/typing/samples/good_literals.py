"""Right uses: literals that take their type from the key."""

from keyrack import ABSENT

from .declared import (
    ANYTHING,
    BASE,
    BASES,
    CELL,
    CLASS,
    COLOR,
    COUNT,
    EITHER,
    GAPPY,
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
    PAIRS,
    RATIO,
    RATIOS,
    RENDER,
    RESULT,
    ROW,
    ROWS,
    SHAPES,
    TABLE,
    TAGS,
    TREE,
    USER,
    USER_ID,
    USERS,
    Admin,
    Color,
    Derived,
    Page,
    Point,
    User,
    UserId,
    store,
)

ints = [1]
deriveds = [Derived()]

# put
store.put(RATIO, 1)
store.put(RATIOS, [1])
store.put(RATIOS, [])
store.put(RATIOS, [1, 2.5])
store.put(MAYBE, None)
store.put(GAPPY, [1, None])
store.put(GAPPY, [None])
store.put(ROW, {"id": 1})
store.put(ROW, {"id": 1, "name": "Ada"})
store.put(ROWS, [{"id": 1}, {"id": 2, "name": "Ada"}])
store.put(BASE, Derived())
store.put(BASES, [Derived()])
store.put(USER, Admin(name="Ada"))
store.put(USERS, [Admin(name="Ada")])
store.put(USERS, [User(name="Ada"), Admin(name="Bob")])
store.put(LEVEL, "debug")
store.put(LEVELS, ["debug", "info"])
store.put(EITHER, "x")
store.put(PAIR, (1, "x"))
store.put(PAIRS, [(1, "x")])
store.put(NUMBERS, ())
store.put(NUMBERS, (1, 2, 3))
store.put(TAGS, set())
store.put(TAGS, {"a"})
store.put(TABLE, {})
store.put(TABLE, {"a": 1})
store.put(TREE, {"a": [1], "b": []})
store.put(GRID, [[1], [2.5], []])
store.put(SHAPES, [Point(1), User(name="Ada")])
store.put(SHAPES, [Point(1)])
store.put(NO_LIST, None)
store.put(NO_LIST, [1])
store.put(NO_LIST, [])
store.put(RENDER, str)
store.put(RENDER, lambda number: str(number + 1))
store.put(CLASS, Derived)
store.put(COLOR, Color.RED)
store.put(USER_ID, UserId(1))
store.put(COUNT, UserId(1))
store.put(COUNT, True)
store.put(ANYTHING, object())
store.put(NOTHING, None)
store.put(PAGE, Page(items=[]))
store.put(COUNT, value=1)
store.put(key=COUNT, value=1)
store.put(RESULT[1], Point(1))
store.put(CELL[1, 2], [1])

# put_shared
store.put_shared(RATIO, 1)
store.put_shared(RATIOS, [1])
store.put_shared(RATIOS, [])
store.put_shared(MAYBE, None)
store.put_shared(GAPPY, [1, None])
store.put_shared(ROW, {"id": 1})
store.put_shared(ROWS, [{"id": 1}])
store.put_shared(BASES, [Derived()])
store.put_shared(LEVEL, "debug")
store.put_shared(LEVELS, ["debug"])
store.put_shared(TABLE, {})
store.put_shared(TREE, {"a": [1]})
store.put_shared(GRID, [[1]])
store.put_shared(NO_LIST, [])
store.put_shared(NO_LIST, None)
store.put_shared(RENDER, lambda number: str(number + 1))
store.put_shared(COUNT, value=1)
store.put_shared(SHAPES, [Point(1)])
store.put_shared(PAIR, (1, "x"))

# compare_and_set
store.compare_and_set(RATIO, 1, 2)
store.compare_and_set(RATIOS, [1], [2])
store.compare_and_set(RATIOS, [], [2])
store.compare_and_set(RATIOS, ABSENT, [2])
store.compare_and_set(COUNT, ABSENT, 1)
store.compare_and_set(COUNT, expected=ABSENT, new=1)
store.compare_and_set(COUNT, expected=1, new=2)
store.compare_and_set(ROW, {"id": 1}, {"id": 2})
store.compare_and_set(ROWS, [{"id": 1}], [])
store.compare_and_set(BASES, [Derived()], [Derived()])
store.compare_and_set(LEVEL, "debug", "info")
store.compare_and_set(MAYBE, None, 1)
store.compare_and_set(NO_LIST, None, [])
store.compare_and_set(SHAPES, [Point(1)], [User(name="Ada")])
store.compare_and_set(GAPPY, [1, None], [])

# to
store.put_many(RATIO.to(1), RATIOS.to([1]), ROW.to({"id": 1}), ROWS.to([{"id": 1}]), BASES.to([Derived()]))
store.put_many(LEVEL.to("debug"), GAPPY.to([1, None]), TREE.to({"a": [1]}), NO_LIST.to([]), TABLE.to({}))
store.put_many(RENDER.to(lambda number: str(number + 1)), SHAPES.to([Point(1)]))
store.put_many(*[CELL[1, i].to([i]) for i in range(3)])
store.put_many()

# with_default
RATIOS.with_default([1])
RATIOS.with_default([])
ROW.with_default({"id": 1})
BASES.with_default([Derived()])
LEVEL.with_default("debug")
MAYBE.with_default(None)
GAPPY.with_default([None])
NO_LIST.with_default([])

# append, extend
store.append(RATIOS, 1)
store.append(INTS, 1)
store.append(GAPPY, None)
store.append(GAPPY, 1)
store.append(ROWS, {"id": 1})
store.append(ROWS, {"id": 1, "name": "Ada"})
store.append(BASES, Derived())
store.append(USERS, Admin(name="Ada"))
store.append(LEVELS, "debug")
store.append(GRID, [1])
store.append(GRID, [])
store.append(PAIRS, (1, "x"))
store.append(SHAPES, Point(1))
store.append(SHAPES, User(name="Ada"))
store.append(SHAPES, Admin(name="Ada"))
store.append(INTS, item=1)
store.append(ANYTHING, 1)
store.extend(RATIOS, [1])
store.extend(RATIOS, [])
store.extend(RATIOS, (1, 2.5))
store.extend(RATIOS, range(3))
store.extend(RATIOS, (n / 2 for n in range(3)))
store.extend(GAPPY, [None])
store.extend(GAPPY, [1, None])
store.extend(ROWS, [{"id": 1}])
store.extend(ROWS, ({"id": n} for n in range(3)))
store.extend(BASES, [Derived()])
store.extend(BASES, deriveds)
store.extend(ROWS, [{"id": n} for n in range(3)])
store.extend(RATIOS, ints)
store.extend(INTS, {1: "x"})
store.extend(GAPPY, ints)
store.extend(RATIOS, map(float, "x"))
store.extend(BASES, {Derived()})
store.extend(LEVELS, ["debug"])
store.extend(GRID, [[1], []])
store.extend(SHAPES, [Point(1)])
store.extend(SHAPES, [User(name="Ada"), Point(1)])
store.extend(INTS, items=[1])

# get
store.get(RATIOS, [])
store.get(RATIOS, [1])
store.get(ROW, {"id": 1})
store.get(ROWS, [])
store.get(BASES, [Derived()])
store.get(GAPPY, [None])
store.get(LEVEL, "debug")
store.get(COUNT, default=0)

# update
store.update(RATIOS, lambda old: [*old, 1])
store.update(RATIOS, lambda old: [])
store.update(ROW, lambda old: {"id": old["id"] + 1})
store.update(BASES, lambda old: [Derived(), *old])
store.update(LEVEL, lambda old: "debug" if old == "info" else "info")
store.update(MAYBE, lambda old: None)
store.update(COUNT, lambda old: old + 1)
store.update(COUNT, fn=lambda old: old + 1)
store.update(GAPPY, lambda old: [None])
