"""What an editor shows: the keys of a registry, the verbs, the type that a call still wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.ide.editor import Editor

pytestmark = pytest.mark.source

PROGRAM = '''\
from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey


class Record: ...


class Keys(KeyRegistry, prefix="survey"):
    records: StoreKey[list[Record]]
    """What the parser found."""
    limit: StoreKey[int] = StoreKey(default=100)
    result: KeyFamily[int, Record]


store = MemoryStore()
'''

KEYS = {"records", "limit", "result"}
VERBS = {"get", "get_shared", "put", "put_shared", "append", "extend", "update", "compare_and_set", "remove"}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with Editor(tmp_path_factory.mktemp("folder"), PROGRAM) as editor:
        yield editor


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from keyrack import Mem|", {"MemoryStore"}),
        ("Keys.|", KEYS),
        ("Keys(store).|", KEYS),
        ("store.|", {*VERBS, "get_many", "put_many", "transact", "at"}),
        ("Keys(store).records.|", {*VERBS, "exists"}),
        ("Keys(store).result[3].|", {*VERBS, "exists"}),
        ("store.at(Keys.limit).|", {*VERBS, "exists"}),
    ],
)
def test_what_can_follow_is_offered(editor: Editor, line: str, expected: set[str]) -> None:
    offered = editor.completions(line)

    assert expected <= set(offered)


def test_no_verb_is_offered_on_a_key(editor: Editor) -> None:
    offered = editor.completions("Keys.records.|")

    assert "to" in offered
    assert not VERBS & set(offered)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Keys.rec|ords", "records: StoreKey[list[Record]]\n\nWhat the parser found."),
        ("Keys(store).rec|ords", "records: Slot[list[Record]]\n\nWhat the parser found."),
        ("Keys.res|ult", "result: KeyFamily[int, Record]"),
        ("number = store.get(Keys.limit); num|ber", "number: int"),
        ("store.pu|t", "Keep a copy of *value* under *key*"),
    ],
)
def test_a_name_is_shown_with_its_type_and_documentation(editor: Editor, line: str, expected: str) -> None:
    shown = editor.hover(line)

    assert expected in shown


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("store.put(Keys.limit, |", ", value: int) -> None"),
        ("store.put(Keys.result[3], |", ", value: Record) -> None"),
        ("store.put_shared(Keys.limit, |", ", value: int) -> None"),
        ("store.compare_and_set(Keys.limit, |", ", expected: int | Absent, new: int) -> bool"),
        ("store.append(Keys.records, |", ", item: Record"),
        ("store.update(Keys.limit, |", ", fn: (int) -> int) -> int"),
        ("store.get(Keys.limit, |", ", default: int"),
        ("Keys.limit.to(|", "(value: int, /) -> Put"),
        ("Keys(store).limit.put(|", "(value: int, /) -> None"),
        ("Keys(store).records.append(|", "(item: Record, /) -> None"),
    ],
)
def test_a_call_shows_the_type_that_the_key_wants(editor: Editor, line: str, expected: str) -> None:
    shown = editor.signatures(line)

    assert any(expected in signature for signature in shown), shown
