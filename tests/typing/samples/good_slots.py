"""Right uses: registries, their slots, families."""

from typing import Any, Literal, assert_type

from keyrack import ABSENT, KeyFamily, KeyRegistry, KeyValueStore, NamespacedStore, Slot, SlotFamily, StoreKey

from .declared import (
    BASES,
    COUNT,
    GRID,
    LEVELS,
    RATIOS,
    RESULT,
    ROWS,
    Admin,
    Derived,
    Keys,
    Point,
    Row,
    User,
    keys,
    store,
)

assert_type(Keys.count, StoreKey[int])
assert_type(Keys.maybe, StoreKey[int | None])
assert_type(Keys.rows, StoreKey[list[Row]])
assert_type(Keys.result, KeyFamily[int, Point])
assert_type(Keys.result[3], StoreKey[Point])
assert_type(Keys.cell[1, 2], StoreKey[list[float]])
assert_type(Keys["survey.count"], StoreKey[Any])
assert_type(len(Keys), int)
assert_type(keys.count, Slot[int])
assert_type(keys.maybe, Slot[int | None])
assert_type(keys.rows, Slot[list[Row]])
assert_type(keys.result, SlotFamily[int, Point])
assert_type(keys.result[3], Slot[Point])
assert_type(keys.cell[1, 2], Slot[list[float]])
assert_type(keys.result.stored(), list[Slot[Point]])
assert_type(store.at(COUNT), Slot[int])
assert_type(store.at(Keys.rows), Slot[list[Row]])
assert_type(store.at(RESULT[3]), Slot[Point])
assert_type(Slot(store, COUNT), Slot[int])
assert_type(Keys(NamespacedStore(store, "v2")).count, Slot[int])

assert_type(keys.count.get(), int)
assert_type(keys.count.get(0), int)
assert_type(keys.count.get(default=0), int)
assert_type(keys.count.get(None), int | None)
assert_type(keys.maybe.get("none"), int | str | None)
assert_type(keys.ratios.get([]), list[float])
assert_type(keys.ratios.get([1]), list[float])
assert_type(keys.row.get({"id": 1}), Row)
assert_type(keys.level.get("debug"), Literal["debug", "info"])
assert_type(keys.rows.get_shared(), list[Row])
assert_type(keys.count.update(lambda old: old + 1), int)
assert_type(keys.row.update(lambda old: {"id": old["id"] + 1}), Row)
assert_type(keys.ints.update(sorted), list[int])
assert_type(keys.ratios.update(lambda old: [*old, 1]), list[float])
assert_type(keys.count.compare_and_set(1, 2), bool)
assert_type(keys.ratios.compare_and_set(ABSENT, [1]), bool)
assert_type(keys.row.compare_and_set({"id": 1}, {"id": 2}), bool)
assert_type(keys.count.exists(), bool)
assert_type(keys.count.key, StoreKey[int])
assert_type(keys.count.store, KeyValueStore)
keys.count.remove()
keys.count.put(1)
keys.maybe.put(None)
keys.ratios.put([1])
keys.ratios.put([])
keys.row.put({"id": 1})
keys.rows.put([{"id": 1, "name": "Ada"}])
keys.bases.put([Derived()])
keys.level.put("info")
keys.gappy.put([1, None])
keys.no_list.put(None)
keys.no_list.put([])
keys.table.put({})
keys.pair.put((1, "x"))
keys.user.put(Admin(name="Ada"))
keys.shapes.put([Point(1), User(name="Ada")])
keys.ratios.put_shared([1])
keys.row.put_shared({"id": 1})
keys.bases.put_shared([Derived()])
keys.ints.append(1)
keys.ratios.append(1)
keys.gappy.append(None)
keys.rows.append({"id": 1})
keys.bases.append(Derived())
keys.shapes.append(Point(1))
keys.cell[1, 2].append(1)
keys.ratios.extend([1])
keys.ratios.extend([])
keys.rows.extend([{"id": 1}])
keys.bases.extend([Derived()])
keys.gappy.extend([None])
keys.shapes.extend([Point(1), User(name="Ada")])
keys.result[1].put(Point(1))
store.at(RATIOS).put([1])
store.at(RATIOS).append(1)
store.at(RATIOS).extend([1])
store.at(ROWS).append({"id": 1})
store.at(ROWS).extend([{"id": 1}])
store.at(ROWS).extend({"id": number} for number in range(3))
store.at(BASES).append(Derived())
store.at(BASES).put([Derived()])
store.at(RESULT[3]).put(Point(1))
store.at(LEVELS).append("debug")
store.at(LEVELS).extend(["debug"])
store.at(GRID).append([1])
store.at(GRID).extend([[1], []])

for key in Keys:
    assert_type(key, StoreKey[Any] | KeyFamily[Any, Any])
    if isinstance(key, StoreKey):
        assert_type(store.get(key), Any)
        store.put(key, 1)
        store.remove(key)


class More(Keys):
    extra: StoreKey[float] = StoreKey(default=1)
    doc_: StoreKey[str] = StoreKey(doc="said so")

    class Inner(KeyRegistry):
        deep: StoreKey[int]


assert_type(More.extra, StoreKey[float])
assert_type(More.count, StoreKey[int])
assert_type(More(store).extra, Slot[float])
assert_type(More(store).count, Slot[int])
assert_type(More.Inner.deep, StoreKey[int])
assert_type(More.Inner(store).deep, Slot[int])
assert_type(More(store).doc_, Slot[str])
