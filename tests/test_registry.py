"""Registries: what their keys are called, how they are found, inherited, nested, and bound to a store."""

import copy
import pickle
from typing import Annotated, Any, ClassVar, Final

import pytest
from pydantic import BaseModel, Field

from keyrack import KeyDefinitionError, KeyFamily, KeyRegistry, MemoryStore, Slot, SlotFamily, StoreKey


class Record(BaseModel):
    name: str


OUTSIDE = StoreKey("outside", int)


class Keys(KeyRegistry, prefix="survey"):
    """What a survey keeps."""

    records: StoreKey[list[Record]]
    """What the parser found."""
    limit: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=100)
    result: KeyFamily[int, Record]
    named: StoreKey[int] = StoreKey("another name")
    plain = StoreKey[str]()
    whole = StoreKey("whole", bytes)
    taken: StoreKey[int] = OUTSIDE
    secret: StoreKey[str] = StoreKey(secret=True, strict=False, doc="Not for you.")
    version: ClassVar[int] = 3
    fixed: Final = 4

    def count(self) -> int:
        return len(self.records.get([]))


class More(Keys):
    extra: StoreKey[int]


class Other(Keys, prefix="other"):
    extra: StoreKey[int]


class Bare(KeyRegistry):
    x: StoreKey[int]


class Outer(KeyRegistry, prefix="outer"):
    x: StoreKey[int]

    class Inner(KeyRegistry, prefix="inner"):
        x: StoreKey[int]
        shards: KeyFamily[int, str]

        class Deep(KeyRegistry, prefix="deep"):
            x: StoreKey[int]

    class Same(KeyRegistry):
        y: StoreKey[int]


Untyped: Any = Keys


# --- names ------------------------------------------------------------------------------------------


def test_keys_are_named_after_prefix_and_attribute() -> None:
    assert Keys.records.name == "survey.records"
    assert Keys.limit.name == "survey.limit"
    assert Keys.result.name == "survey.result"
    assert Keys.result[3].name == "survey.result[3]"
    assert Keys.named.name == "survey.another name"
    assert Keys.plain.name == "survey.plain"
    assert Bare.x.name == "x"


def test_a_key_that_is_complete_is_taken_as_it_is() -> None:
    assert Keys.whole.name == "whole"
    assert Keys.taken is OUTSIDE
    assert OUTSIDE.name == "outside"


def test_the_annotation_is_the_type() -> None:
    assert Keys.records.form == list[Record]
    assert Keys.limit.make_default() == 100
    assert Keys.result[1].form is Record
    assert Keys.plain.form is str
    assert repr(Keys.limit) == "StoreKey('survey.limit', int)"
    assert repr(Keys.result) == "KeyFamily('survey.result', int, Record)"


def test_options_of_an_annotated_key_hold() -> None:
    assert Keys.secret.secret
    assert not Keys.secret.strict
    assert Keys.secret.doc == "Not for you."


def test_an_attribute_gives_the_very_key_each_time() -> None:
    assert Keys.records is Keys.records
    assert Keys.result is Keys.result


def test_what_is_no_key_stays_what_it_is() -> None:
    assert Keys.version == 3
    assert Keys.fixed == 4
    assert Keys.__doc__ == "What a survey keeps."
    assert Keys(MemoryStore()).count() == 0


# --- inheritance and nesting ------------------------------------------------------------------------


def test_a_subclass_has_the_keys_of_its_base_under_their_names() -> None:
    assert More.records is Keys.records
    assert Other.records is Keys.records
    assert More.extra.name == "survey.extra"
    assert Other.extra.name == "other.extra"
    assert Keys.records in More
    assert More.extra not in list(Keys)


def test_a_registry_with_two_bases_has_the_keys_of_both() -> None:
    class Both(Bare, Keys, prefix="both"):
        own: StoreKey[int]

    assert {Bare.x, Keys.limit, Both.own} <= set(Both)
    assert Both.own.name == "both.own"


def test_a_subclass_may_declare_a_key_again_with_the_same_type() -> None:
    class Again(Keys):
        limit: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=7)

    assert Again.limit == Keys.limit
    assert Again.limit.make_default() == 7
    assert Keys.limit.make_default() == 100
    assert [key.name for key in Again].count("survey.limit") == 1


def test_keys_of_a_registry_inside_a_registry_have_both_prefixes() -> None:
    assert Outer.Inner.x.name == "outer.inner.x"
    assert Outer.Inner.Deep.x.name == "outer.inner.deep.x"
    assert Outer.Same.y.name == "outer.y"
    assert Outer.Inner.shards[3].name == "outer.inner.shards[3]"
    assert Outer.x.name == "outer.x"


def test_a_registry_that_inherits_from_a_nested_one_goes_on_with_its_prefix() -> None:
    class Further(Outer.Inner):
        z: StoreKey[int]

    assert Further.z.name == "outer.inner.z"
    assert Further.x is Outer.Inner.x


def test_a_registry_that_is_only_mentioned_in_another_keeps_its_names() -> None:
    class Mentions(KeyRegistry, prefix="mentions"):
        other = Bare

    assert Mentions.other.x.name == "x"


def test_a_registry_in_a_function_resolves_what_is_local() -> None:
    class Local(BaseModel):
        x: int

    class InFunction(KeyRegistry):
        items: StoreKey["list[Local]"]
        again: StoreKey[list[Local]]

    assert InFunction.items.form == InFunction.again.form == list[Local]


# --- looking up -------------------------------------------------------------------------------------


def test_a_registry_lists_its_keys_in_the_order_of_their_declaration() -> None:
    class Few(KeyRegistry):
        b: StoreKey[int]
        a: StoreKey[int]
        family: KeyFamily[int, int]

    class Longer(Few):
        c: StoreKey[int]

    assert [key.name for key in Longer] == ["b", "a", "family", "c"]
    assert len(Longer) == 4
    inner = Outer.Inner
    assert list(Outer) == [Outer.x, inner.x, inner.shards, inner.Deep.x, Outer.Same.y]
    assert bool(KeyRegistry)
    assert list(KeyRegistry) == []


def test_a_key_is_found_by_its_name() -> None:
    assert Keys["survey.records"] is Keys.records
    assert Keys["whole"] is Keys.whole
    assert Outer["outer.inner.deep.x"] is Outer.Inner.Deep.x
    assert Keys["survey.result[3]"] == Keys.result[3]
    assert More["survey.records"] is Keys.records


@pytest.mark.parametrize(
    ("name", "offers"),
    [
        ("survey.recrods", "; did you mean 'survey.records'?"),
        ("xyz", ""),
        ("survey.result[x]", "; did you mean 'survey.result'?"),
        ('survey.result["3"]', "; did you mean 'survey.result'?"),
    ],
)
def test_a_name_that_no_key_has_is_an_error_that_offers_the_nearest(name: str, offers: str) -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        Keys[name]

    assert str(caught.value) == f"Keys declares no key named {name!r}{offers}"


def test_an_attribute_that_is_not_there_is_an_error_that_offers_the_nearest() -> None:
    with pytest.raises(AttributeError, match="registry Keys has no key 'recrods'; did you mean 'records'"):
        _ = Untyped.recrods
    with pytest.raises(AttributeError, match="registry Keys has no key 'recrods'; did you mean 'records'"):
        _ = Untyped(MemoryStore()).recrods
    assert not hasattr(Keys, "nothing")
    assert not hasattr(Keys(MemoryStore()), "nothing")


# --- bound to a store -------------------------------------------------------------------------------


def test_an_instance_gives_slots() -> None:
    store = MemoryStore()
    keys = Keys(store)

    keys.records.append(Record(name="a"))
    keys.result[3].put(Record(name="b"))

    assert isinstance(keys.records, Slot)
    assert isinstance(keys.result, SlotFamily)
    assert store.get(Keys.records) == [Record(name="a")]
    assert keys.result[3].get() == Record(name="b")
    assert keys.limit.get() == 100
    assert keys.records.key is Keys.records
    assert keys.records.store is store
    assert keys.count() == 1


def test_every_verb_of_a_slot_is_that_of_the_store() -> None:
    class Numbers(KeyRegistry):
        many: StoreKey[list[int]]
        one: StoreKey[int]

    store = MemoryStore()
    keys = Numbers(store)

    keys.many.put([1])
    keys.many.append(2)
    keys.many.extend([3, 4])
    assert keys.many.get() == [1, 2, 3, 4]
    assert keys.many.get_shared() is store.get_shared(Numbers.many)
    assert keys.one.get(7) == 7
    assert keys.one.get(None) is None
    assert not keys.one.exists()
    keys.one.put(1)
    assert keys.one.update(lambda value: value + 1) == 2
    assert keys.one.compare_and_set(2, 5)
    assert not keys.one.compare_and_set(2, 6)
    assert keys.one.exists()
    keys.one.remove()
    assert not keys.one.exists()
    shared = [9]
    keys.many.put_shared(shared)
    assert keys.many.get_shared() is shared


def test_the_keys_of_a_family_that_are_stored_are_listed_by_name() -> None:
    keys = Keys(MemoryStore())
    for number in (3, 2, 1):
        keys.result[number].put(Record(name=str(number)))
    keys.records.put([])

    assert [slot.key for slot in keys.result.stored()] == [Keys.result[1], Keys.result[2], Keys.result[3]]
    assert [slot.get().name for slot in keys.result.stored()] == ["1", "2", "3"]


def test_slots_and_registries_say_what_they_are() -> None:
    keys = Keys(MemoryStore())

    assert repr(keys) == "<Keys of MemoryStore>"
    assert repr(keys.records) == "<slot 'survey.records' (list[Record]) of MemoryStore>"
    assert repr(keys.result[3]) == "<slot 'survey.result[3]' (Record) of MemoryStore>"
    assert repr(keys.result) == "<slots of KeyFamily('survey.result', int, Record) of MemoryStore>"


def test_two_instances_are_bound_to_their_own_stores() -> None:
    one, other = Keys(MemoryStore()), Keys(MemoryStore())

    one.limit.put(1)

    assert one.limit.get() == 1
    assert other.limit.get() == 100


@pytest.mark.parametrize("store", [None, 3, "memory://", {}, MemoryStore, Keys])
def test_a_registry_is_bound_to_a_store_and_nothing_else(store: object) -> None:
    with pytest.raises(KeyDefinitionError, match=r"Keys\(store\) takes a store, got "):
        Untyped(store)


def test_a_registry_without_a_store_is_a_plain_type_error() -> None:
    with pytest.raises(TypeError, match="store"):
        Untyped()


# --- what cannot be done ----------------------------------------------------------------------------


def test_attributes_of_a_registry_are_neither_assigned_nor_deleted() -> None:
    with pytest.raises(AttributeError) as caught:
        Untyped.records = []
    assert str(caught.value) == (
        "Keys.records cannot be assigned: a registry declares keys, values live in a store: "
        "Keys(store).records.put(value)"
    )
    with pytest.raises(AttributeError, match=r"Keys\.new cannot be assigned"):
        Untyped.new = StoreKey("new", int)
    with pytest.raises(AttributeError, match=r"Keys\.records cannot be deleted"):
        del Untyped.records
    assert Keys.records.name == "survey.records"


def test_attributes_of_a_bound_registry_are_neither_assigned_nor_deleted() -> None:
    keys: Any = Untyped(MemoryStore())

    with pytest.raises(
        AttributeError, match=r"Keys\(store\)\.records cannot be assigned; write Keys\(store\)\.records\.put\(value\)"
    ):
        keys.records = []
    with pytest.raises(AttributeError, match=r"Keys\(store\)\.new cannot be assigned"):
        keys.new = 3
    with pytest.raises(
        AttributeError, match=r"Keys\(store\)\.records cannot be deleted; write Keys\(store\)\.records\.remove\(\)"
    ):
        del keys.records
    assert Keys(MemoryStore()).records.get([]) == []


def test_a_slot_is_neither_true_nor_false() -> None:
    keys = Keys(MemoryStore())

    with pytest.raises(
        TypeError, match=r"<slot 'survey.records' .* is neither true nor false; read its value with .get()"
    ):
        bool(keys.records)


def test_a_slot_takes_no_attributes() -> None:
    slot: Any = Keys(MemoryStore()).records

    with pytest.raises(AttributeError):
        slot.value = []


# --- copies and pickles -----------------------------------------------------------------------------

IN_PICKLES = [
    Keys.records, Keys.limit, Keys.result[3], Keys.named, Keys.plain, Keys.whole, Keys.taken, Keys.secret,
    Other.extra, More.extra, Outer.Inner.x, Outer.Inner.Deep.x, Outer.Inner.shards[1],
]  # fmt: skip


@pytest.mark.parametrize("key", IN_PICKLES, ids=repr)
def test_a_key_of_a_registry_comes_back_from_a_pickle(key: StoreKey[Any]) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        got: StoreKey[Any] = pickle.loads(pickle.dumps(key, protocol))

        assert key == got
        assert key.name == got.name
        assert key.doc == got.doc
        assert (key.secret, key.strict, key.has_default) == (got.secret, got.strict, got.has_default)


def test_a_key_of_a_registry_in_a_function_comes_back_from_a_pickle_where_its_type_can() -> None:
    class InFunction(KeyRegistry):
        x: StoreKey[list[int]] = StoreKey(default=[1])
        """The doc."""

    got: StoreKey[list[int]] = pickle.loads(pickle.dumps(InFunction.x))

    assert InFunction.x == got
    assert got.make_default() == [1]
    assert got.doc == "The doc."


def test_copies_are_the_originals() -> None:
    assert copy.deepcopy(Keys.records) is Keys.records
    assert copy.copy(Keys.result) is Keys.result
    assert copy.deepcopy(Keys) is Keys
    assert pickle.loads(pickle.dumps(Keys)) is Keys
