"""Forward references in registries: resolved late and one by one, so that one that fails breaks no other key."""

from pathlib import Path
from typing import get_args

import pytest
from tests.modules import FUTURE, HEAD, MARK, marked_line, modules_in

from keyrack import KeyDefinitionError

LATER = """
class Keys(KeyRegistry, prefix="p"):
    items: StoreKey["list[Item]"]
    by_name: StoreKey["dict[str, Item]"] = StoreKey(default={})
    shards: KeyFamily["Shard", "Item"]
    count: StoreKey[int]

class Item:
    pass

class Shard(int):
    pass
"""


@pytest.mark.parametrize("future", ["", FUTURE], ids=["in strings", "future annotations"])
def test_a_class_may_come_after_the_registry(future: str, tmp_path: Path) -> None:
    source = LATER.replace('"dict', "dict").replace('Item]"]', "Item]]").replace('"', "") if future else LATER
    source = source.replace("prefix=p", 'prefix="p"')

    with modules_in(tmp_path) as load:
        module = load(future + HEAD + source)
        keys, store = module.Keys, module.MemoryStore()
        store.put(keys.items, [module.Item()])

        assert get_args(keys.items.form) == (module.Item,)
        assert store.get(keys.by_name) == {}
        assert get_args(keys.by_name.form) == (str, module.Item)
        assert keys.shards.member("p.shards[1]").form is module.Item


FOR_CHECKERS = """
if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction as F

class Keys(KeyRegistry):
    price: StoreKey[list[Decimal]]  # here
    parts: KeyFamily[int, F]
    by_price: KeyFamily[Decimal, int]
    count: StoreKey[int]
    names: StoreKey[list[str]] = StoreKey(default_factory=list)
"""


def test_a_type_imported_for_type_checkers_only_is_an_error_on_first_use_of_its_key_alone(tmp_path: Path) -> None:
    source = FUTURE + HEAD + FOR_CHECKERS

    with modules_in(tmp_path) as load:
        module = load(source)
        keys, store = module.Keys, module.MemoryStore()
        store.put(keys.count, 3)
        store.append(keys.names, "a")
        with pytest.raises(KeyDefinitionError) as caught:
            store.put(keys.price, [])
        with pytest.raises(KeyDefinitionError, match="'price'"):
            _ = keys.price.form
        with pytest.raises(KeyDefinitionError, match="'price'"):
            keys(store).price.append(1)
        with pytest.raises(KeyDefinitionError, match="'Decimal' is not defined"):
            _ = keys.by_price[3]
        with pytest.raises(KeyDefinitionError, match="'F' is not defined"):
            store.put(keys.parts[3], 1)

        assert store.get(keys.count) == 3
        assert store.get(keys.names) == ["a"]
        assert store.keys() == ["count", "names"]
        assert repr(keys.price) == "StoreKey('price', list[Decimal])"
        assert caught.value.reason == (
            "the type of key 'price' (list[Decimal]) cannot be resolved: name 'Decimal' is not defined; "
            "import or define the name, outside TYPE_CHECKING, before the key is first used"
        )
        assert caught.value.line in {marked_line(source), marked_line(source) - 1}


def test_the_names_of_keyrack_may_be_imported_for_type_checkers_only(tmp_path: Path) -> None:
    source = """
from __future__ import annotations
import typing
from keyrack import KeyRegistry, MemoryStore
if typing.TYPE_CHECKING:
    from keyrack import KeyFamily, StoreKey

class Keys(KeyRegistry):
    count: StoreKey[int]
    shards: KeyFamily[int, str]
"""

    with modules_in(tmp_path) as load:
        module = load(source)
        store = module.MemoryStore()
        store.put(module.Keys.count, 3)
        store.put(module.Keys.shards[1], "a")

        assert store.keys() == ["count", "shards[1]"]


def test_a_name_that_turns_up_after_a_failed_use_is_found_then(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        module = load(FUTURE + HEAD + "class Keys(KeyRegistry):\n    item: StoreKey[list[Item]]\n")
        store = module.MemoryStore()
        with pytest.raises(KeyDefinitionError):
            store.put(module.Keys.item, [])

        vars(module)["Item"] = int
        store.put(module.Keys.item, [3])

        assert store.get(module.Keys.item) == [3]


def test_a_registry_in_a_function_finds_local_classes_and_those_of_enclosing_functions(tmp_path: Path) -> None:
    source = """
def outer():
    class Far: ...
    def inner():
        class Near: ...
        class Keys(KeyRegistry):
            near: StoreKey[list[Near]]
            late: StoreKey[list[Late]]
            both: KeyFamily[int, dict[str, Near]]
        class Late: ...
        return Keys, Near, Late
    return inner()
"""

    with modules_in(tmp_path) as load:
        keys, near, _late = load(FUTURE + HEAD + source).outer()

        assert get_args(keys.near.form) == (near,)
        assert get_args(keys.both[1].form) == (str, near)


def test_a_class_in_the_body_of_the_registry_is_found(tmp_path: Path) -> None:
    source = """
class Keys(KeyRegistry):
    class Item:
        pass
    items: StoreKey[list[Item]]
"""

    with modules_in(tmp_path) as load:
        for future in ("", FUTURE):
            keys = load(future + HEAD + source).Keys

            assert get_args(keys.items.form) == (keys.Item,)


def test_a_self_referential_model_below_the_registry_is_complete_on_first_use(tmp_path: Path) -> None:
    source = """
from pydantic import BaseModel

class Keys(KeyRegistry):
    tree: StoreKey[Tree]

class Tree(BaseModel):
    children: list[Tree] = []
    leaf: Leaf | None = None

class Leaf(BaseModel):
    x: int = 1
"""

    with modules_in(tmp_path) as load:
        module = load(FUTURE + HEAD + source)
        store = module.MemoryStore()
        value = module.Tree(children=[module.Tree(leaf=module.Leaf())])
        store.put(module.Keys.tree, value)

        assert value == store.get(module.Keys.tree)


INCOMPLETE = {
    "model": "from pydantic import BaseModel\nclass Thing(BaseModel):\n    x: Nowhere\n",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass Thing:\n    x: Nowhere\n",
    "typed dict": "from typing_extensions import TypedDict\nclass Thing(TypedDict):\n    x: Nowhere\n",
    "named tuple": "class Thing(NamedTuple):\n    x: Nowhere\n",
}


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_a_class_that_names_what_is_nowhere_is_an_error_that_names_the_key(kind: str, tmp_path: Path) -> None:
    keys = "class Keys(KeyRegistry):\n    thing: StoreKey[list[Thing]]\n    fine: StoreKey[int]\n"
    source = f"{FUTURE}{HEAD}{INCOMPLETE[kind]}\n{keys}"

    with modules_in(tmp_path) as load:
        module = load(source)
        store = module.MemoryStore()
        store.put(module.Keys.fine, 3)

        with pytest.raises(KeyDefinitionError) as caught:
            store.put(module.Keys.thing, [])

        assert caught.value.reason.startswith("key 'thing' cannot be of type list[Thing]: ")
        assert "\n" not in str(caught.value)
        assert store.keys() == ["fine"]


@pytest.mark.skipif("sys.version_info >= (3, 12)", reason="pydantic takes typing.TypedDict from 3.12 on")
def test_the_typed_dict_of_typing_is_an_error_that_says_which_one_to_take(tmp_path: Path) -> None:
    source = HEAD + (
        "class Movie(TypedDict):\n    title: str\n\n"
        f"class Keys(KeyRegistry):\n    fine: StoreKey[int]\n    movie: StoreKey[Movie]  {MARK}\n"
    )

    with modules_in(tmp_path) as load:
        module = load(source)

        with pytest.raises(KeyDefinitionError) as caught:
            module.MemoryStore().put(module.Keys.movie, {"title": "M"})

        assert caught.value.reason == (
            "key 'movie' cannot be of type Movie: Please use `typing_extensions.TypedDict` instead of "
            "`typing.TypedDict` on Python < 3.12."
        )


@pytest.mark.parametrize("text", ["list[", "1 +", "int[str]", "math.nothing", "undefined.thing"])
def test_an_annotation_that_makes_no_sense_breaks_no_other_key(text: str, tmp_path: Path) -> None:
    source = f"import math\n{HEAD}class Keys(KeyRegistry):\n    wrong: StoreKey[{text!r}]\n    fine: StoreKey[int]\n"

    with modules_in(tmp_path) as load:
        try:
            module = load(source)
        except KeyDefinitionError as error:
            assert "wrong" in str(error)  # noqa: PT017  # at declaration is early enough, too
            return
        store = module.MemoryStore()
        store.put(module.Keys.fine, 3)

        with pytest.raises(KeyDefinitionError, match="'wrong'"):
            store.put(module.Keys.wrong, 3)
        assert store.get(module.Keys.fine) == 3


@pytest.mark.parametrize("text", ["StoreKey[math.nothing]", "StoreKey['Later' | None]", "StoreKey[Annotated[int]]"])
def test_an_annotation_that_cannot_be_evaluated_is_an_error_on_first_use_of_its_key_alone(
    text: str, tmp_path: Path
) -> None:
    source = f"{FUTURE}import math\n{HEAD}class Keys(KeyRegistry):\n    wrong: {text}\n    fine: StoreKey[int]\n"

    with modules_in(tmp_path) as load:
        module = load(source)
        store = module.MemoryStore()
        store.put(module.Keys.fine, 3)

        with pytest.raises(KeyDefinitionError, match=r"the type of key 'wrong' .* cannot be resolved"):
            store.put(module.Keys.wrong, 3)
        assert store.get(module.Keys.fine) == 3


@pytest.mark.parametrize("default", ["", " = StoreKey(default=3)"], ids=["without default", "with default"])
def test_a_type_of_a_module_that_is_half_imported_is_found_on_first_use(default: str, tmp_path: Path) -> None:
    source = f"{FUTURE}{HEAD}from types import SimpleNamespace\nmodels = SimpleNamespace()\n"

    with modules_in(tmp_path) as load:
        module = load(f"{source}class Keys(KeyRegistry):\n    item: StoreKey[models.Item]{default}\n")
        module.models.Item = int
        store = module.MemoryStore()
        store.put(module.Keys.item, 4)

        assert store.get(module.Keys.item) == 4


@pytest.mark.parametrize("future", ["", FUTURE], ids=["in strings", "future annotations"])
@pytest.mark.parametrize("text", ["'StoreKey[list[Item]]'", "ClassVar[StoreKey[list[Item]]]"])
def test_quotes_and_class_var_may_stand_around_a_key(text: str, future: str, tmp_path: Path) -> None:
    source = f"{future}{HEAD}class Item: ...\nclass Keys(KeyRegistry):\n    items: {text} = StoreKey()\n"

    with modules_in(tmp_path) as load:
        module = load(source)

        assert get_args(module.Keys.items.form) == (module.Item,)
