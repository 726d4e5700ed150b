"""What is no key: every verb of a store refuses it, and says what to write instead."""

from collections.abc import Callable
from typing import Any

import pytest

from keyrack import KeyDefinitionError, KeyFamily, KeyRegistry, KeyValueStore, MemoryStore, StoreKey


class Keys(KeyRegistry, prefix="survey"):
    limit: StoreKey[int] = StoreKey(default=3)
    result: KeyFamily[int, str]


NO_KEYS: list[tuple[Any, str]] = [
    ("survey.records", "'survey.records' (str); declare it once: KEY = StoreKey('name', int)"),
    (None, "None (None)"),
    (["a"], "['a'] (list)"),
    (Keys, "<class 'tests.test_not_a_key.Keys'> (RegistryMeta); name one of its keys: Keys.attribute"),
    (Keys.result, "KeyFamily('survey.result', int, str) (KeyFamily); name one of its keys: family[parameter]"),
    (
        Keys(MemoryStore()).limit,
        "<slot 'survey.limit' (int) of MemorySto… (Slot); it is bound to a store already: use its own verb",
    ),
    (Keys(MemoryStore()), "<Keys of MemoryStore> (Keys)"),
    (StoreKey, "<class 'keyrack.keys.key.StoreKey'> (type)"),
    (StoreKey[int], "keyrack.keys.key.StoreKey[int] ("),
]
VERBS: dict[str, Callable[[Any, Any], object]] = {
    "get": lambda store, key: store.get(key),
    "get_shared": lambda store, key: store.get_shared(key),
    "put": lambda store, key: store.put(key, 1),
    "put_shared": lambda store, key: store.put_shared(key, 1),
    "append": lambda store, key: store.append(key, 1),
    "extend": lambda store, key: store.extend(key, [1]),
    "update": lambda store, key: store.update(key, abs),
    "remove": lambda store, key: store.remove(key),
    "contains_key": lambda store, key: store.contains_key(key),
    "compare_and_set": lambda store, key: store.compare_and_set(key, 1, 2),
    "get_many": lambda store, key: store.get_many(Keys.limit, key),
    "at": lambda store, key: store.at(key),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("key", "said"), NO_KEYS, ids=[f"{type(key).__name__}{number}" for number, (key, _) in enumerate(NO_KEYS)]
)
@pytest.mark.parametrize("kind", [MemoryStore, lambda: KeyValueStore(MemoryStore().backend)], ids=["short", "common"])
def test_what_is_no_key_is_refused_by_every_verb_with_what_to_do(key: Any, said: str, verb: str, kind: Any) -> None:
    store = kind()

    with pytest.raises(KeyDefinitionError) as caught:
        VERBS[verb](store, key)

    assert str(caught.value).startswith(f"{verb} takes a StoreKey, got {said}")
    assert store.is_empty()
