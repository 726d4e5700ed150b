"""Wrong uses: of registries, slots and families."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from keyrack import ABSENT, KeyFamily, Slot, StoreKey

from .declared import CELL, COUNT, INTS, NO_LIST, RESULT, ROWS, SHAPES, Keys, Point, User, keys, store

keys.count.put("1")  # E
keys.count.put(None)  # E
keys.count.put()  # E
keys.count.put(1, 2)  # E
keys.count.put(value=1)  # E
keys.maybe.put("x")  # E
keys.level.put("warning")  # E
keys.row.put({"name": "Ada"})  # E
keys.row.put({"id": 1, "age": 3})  # E
keys.user.put({"name": "Ada"})  # E
keys.pair.put((1, 2))  # E
keys.table.put({"a": "1"})  # E
keys.ints.put(["x"])  # E
keys.rows.put([{}])  # E
keys.count.put_shared("1")  # E
keys.rows.put_shared([{"id": "1"}])  # E
keys.count.append(1)  # E
keys.table.append(1)  # E
keys.pair.append(1)  # E
keys.no_list.append(1)  # E
keys.user.append("x")  # E
keys.ints.append("x")  # E
keys.ints.append([1])  # E
keys.rows.append({"id": "1"})  # E
keys.rows.append({"id": 1, "age": 3})  # E
keys.bases.append(object())  # E
keys.shapes.append(1)  # E
keys.gappy.append("x")  # E
keys.count.extend([1])  # E
keys.no_list.extend([1])  # E
keys.ints.extend(["x"])  # E
keys.ints.extend(1)  # E
keys.rows.extend([{"id": "1"}])  # E
keys.count.update(str)  # E
keys.count.update(lambda old: str(old))  # E
keys.ints.update(lambda old: old.append(1))  # E
keys.count.update()  # E
keys.count.compare_and_set("1", 2)  # E
keys.count.compare_and_set(1, "2")  # E
keys.count.compare_and_set(1, ABSENT)  # E
keys.count.compare_and_set(1)  # E
text: str = keys.count.get()  # E
number: int = keys.maybe.get()  # E
number = keys.count.get(None)  # E
text = keys.count.get_shared()  # E
text = keys.count.update(abs)  # E
keys.count.get_shared(0)  # E
keys.count.get().upper()  # E
keys.count.key.get()  # E
if keys.count:  # E
    keys.count.remove(2)  # E
keys.count.remove(1)  # E
keys.count + 1  # E
keys.count > 1  # E
slot: Slot[int] = keys.maybe  # E
wide: Slot[int | None] = keys.count  # E
slot = Keys.count  # E
key: StoreKey[int] = keys.count  # E
number = keys.count  # E
number = Keys.count  # E

store.at("count")  # E
store.at(keys.count)  # E
store.at(RESULT)  # E
store.at(COUNT).put("1")  # E
store.at(COUNT).append(1)  # E
store.at(COUNT).extend([1])  # E
store.at(INTS).append("x")  # E
store.at(INTS).extend(["x"])  # E
store.at(NO_LIST).append(1)  # E
store.at(SHAPES).append(1)  # E
store.at(ROWS).append({"id": "1"})  # E
store.at(COUNT).update(str)  # E
store.at(COUNT).compare_and_set(None, 1)  # E
text = store.at(COUNT).get()  # E
number = store.at(COUNT).get(None)  # E
Slot(store, "count")  # E
Slot(COUNT, store)  # E

Keys.count = 1  # E
Keys(store).count = 1  # E
Keys(store).count = COUNT  # E
Keys(store).count = keys.count  # E
Keys(store).result = RESULT  # E
Keys(store).ints += [1]  # E
Keys(store).nothing = 1  # E
Keys.cuont  # E
keys.cuont  # E
Keys()  # E
Keys("memory")  # E
Keys(Keys)  # E
Keys[0]  # E
Keys["survey.count"].upper()  # E

RESULT["1"]  # E
RESULT[None]  # E
RESULT[1, 2]  # E
RESULT[1.5]  # E
CELL[1]  # E
CELL["a", "b"]  # E
CELL[1, 2, 3]  # E
Keys.result["1"]  # E
keys.result["1"]  # E
Keys.cell[1]  # E
keys.cell[1]  # E
RESULT[1] = Point(1)  # E
keys.result[1] = Point(1)  # E
del keys.result[1]  # E
store.put(RESULT, Point(1))  # E
store.get(RESULT)  # E
store.remove(RESULT)  # E
RESULT in store  # E
store.put(RESULT[1], 1)  # E
store.put(RESULT[1], User(name="Ada"))  # E
store.put(CELL[1, 2], ["x"])  # E
keys.result.put(Point(1))  # E
keys.result.get()  # E
keys.result[1].put(1)  # E
keys.result[1].append(Point(1))  # E
keys.cell[1, 2].append("x")  # E
text = store.get(RESULT[1])  # E
text = keys.result[1].get()  # E
text = Keys.result[1]  # E
strings: KeyFamily[str, Point] = RESULT  # E
bases: KeyFamily[int, object] = RESULT  # E
bools: KeyFamily[bool, Point] = RESULT  # E
for each in RESULT:  # E
    pass
for slots in keys.result:  # E
    pass
if 1 in RESULT:  # E
    pass


class Derive(StoreKey[int]):  # E
    pass


class DeriveSlot(Slot[int]):  # E
    pass


class DeriveFamily(KeyFamily[int, str]):  # E
    pass
