"""What a transaction writes to: changes on top of a backend, which see below and are not seen there."""

from __future__ import annotations

import pytest

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.overlay import OverlayBackend
from keyrack.backends.spi import Backend, Entry
from keyrack.errors import StoreClosedError

STAMP = object()


def entry(payload: object) -> Entry:
    return Entry(payload, STAMP)


def payload(backend: Backend, name: str) -> object:
    (found,) = backend.read([name])
    return None if found is None else found.payload


@pytest.fixture
def below() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def overlay(below: MemoryBackend) -> OverlayBackend:
    return OverlayBackend(below)


def test_changes_are_seen_on_top_at_once_and_below_once_they_are_settled(
    below: MemoryBackend, overlay: OverlayBackend
) -> None:
    below.write("old", entry("old"))
    below.write("gone", entry("gone"))

    overlay.write("new", entry("new"))
    overlay.commit({}, {"old": entry("newer"), "gone": None})

    assert [payload(overlay, name) for name in ("new", "old", "gone")] == ["new", "newer", None]
    assert overlay.names("") == ["new", "old"]
    assert below.names("") == ["gone", "old"]
    assert payload(below, "old") == "old"
    assert overlay.settle()
    assert below.names("") == ["new", "old"]
    assert payload(below, "old") == "newer"


def test_what_was_not_settled_never_happened(below: MemoryBackend, overlay: OverlayBackend) -> None:
    below.write("list", entry([1]))

    overlay.append("list", entry([2]), [2])
    overlay.write("new", entry("new"))
    overlay.close()

    assert payload(below, "list") == [1]
    assert below.names("") == ["list"]


@pytest.mark.parametrize("change", ["replaced", "removed", "grown", "grown in place"])
@pytest.mark.parametrize("how", ["read", "append", "commit"])
def test_it_does_not_settle_where_something_that_it_read_has_changed(
    below: MemoryBackend, overlay: OverlayBackend, change: str, how: str
) -> None:
    there = Entry([1], STAMP, held=change == "grown")
    below.write("list", there)
    if how == "read":
        overlay.read(["list"])
    elif how == "append":
        overlay.append("list", entry([2]), [2])
    else:
        overlay.commit({"list": there}, {})

    if change == "replaced":
        below.write("list", entry([1]))
    elif change == "removed":
        below.commit({}, {"list": None})
    else:
        below.append("list", entry([3]), [3])

    overlay.write("new", entry("new"))
    assert not overlay.settle()
    assert "new" not in below.names("")


@pytest.mark.parametrize("change", [None, entry("changed")], ids=["removed", "written"])
def test_it_does_not_settle_where_something_that_was_not_there_has_come(
    below: MemoryBackend, overlay: OverlayBackend, change: Entry | None
) -> None:
    assert overlay.read(["new"]) == [None]
    overlay.commit({}, {"new": change})

    below.write("new", entry("by another"))

    assert not overlay.settle()
    assert payload(below, "new") == "by another"


def test_what_it_wrote_without_reading_is_written_over_whatever_is_there(
    below: MemoryBackend, overlay: OverlayBackend
) -> None:
    overlay.write("one", entry("mine"))

    below.write("one", entry("by another"))

    assert overlay.settle()
    assert payload(below, "one") == "mine"


def test_what_it_read_once_stays_as_it_was(below: MemoryBackend, overlay: OverlayBackend) -> None:
    below.write("one", entry("first"))
    first = overlay.read(["one"])

    below.write("one", entry("second"))

    assert overlay.read(["one", "one"]) == first * 2
    assert not overlay.settle()


def test_values_that_lie_below_without_an_entry_are_recognised_again(
    below: MemoryBackend, overlay: OverlayBackend
) -> None:
    below.data["raw"] = 3

    assert payload(overlay, "raw") == 3
    assert overlay.settle()

    below.data["raw"] = 4
    assert not overlay.settle()


def test_a_list_of_its_own_grows_in_place_unless_it_is_held(overlay: OverlayBackend) -> None:
    own = [1]
    overlay.append("list", entry(own), [1])

    overlay.append("list", entry([2]), [2])
    assert own == [1, 2]

    (found,) = overlay.read(["list"])
    assert found is not None
    found.pin()
    overlay.append("list", entry([3]), [3])
    assert own == [1, 2]
    assert payload(overlay, "list") == [1, 2, 3]


def test_a_list_from_below_is_copied_before_it_grows(below: MemoryBackend, overlay: OverlayBackend) -> None:
    theirs = [1]
    below.write("list", entry(theirs))

    overlay.append("list", entry([2]), [2])
    overlay.append("list", entry([3]), [3])

    assert theirs == [1]
    assert payload(overlay, "list") == [1, 2, 3]


def test_a_commit_compares_with_what_is_on_top(below: MemoryBackend, overlay: OverlayBackend) -> None:
    old, new = entry("old"), entry("new")
    below.write("one", old)
    overlay.write("one", new)

    assert not overlay.commit({"one": old}, {"one": None})
    assert overlay.commit({"one": new}, {"one": None})
    assert overlay.commit({"one": None}, {"one": old})
    assert payload(overlay, "one") == "old"


def test_one_on_another_settles_into_it(below: MemoryBackend, overlay: OverlayBackend) -> None:
    inner = OverlayBackend(overlay)
    below.write("list", entry([1]))

    inner.append("list", entry([2]), [2])

    assert payload(overlay, "list") == [1]
    assert inner.settle()
    assert payload(overlay, "list") == [1, 2]
    assert payload(below, "list") == [1]
    assert overlay.settle()
    assert payload(below, "list") == [1, 2]


def test_it_is_named_after_the_transaction_once_it_ended(overlay: OverlayBackend) -> None:
    overlay.close()
    overlay.close()

    with pytest.raises(StoreClosedError, match=r"^the transaction on MemoryStore is closed; open a new one$"):
        overlay.read(["one"])
