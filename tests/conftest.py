"""The stores that tests run on."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from tests.kinds import KINDS, OF_BYTES

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.overlay import OverlayBackend
from keyrack.store import KeyValueStore


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, for stores of bytes, what is about objects that are stored themselves."""
    items[:] = [item for item in items if item.get_closest_marker("objects") is None or not _is_of_bytes(item)]


def _is_of_bytes(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and any(value in OF_BYTES for value in call.params.values() if isinstance(value, str))


@pytest.fixture(params=[*KINDS, "a transaction's"])
def store(request: pytest.FixtureRequest) -> Iterator[KeyValueStore]:
    """Give an empty store of every kind, and the one that a transaction gets."""
    if request.param in KINDS:
        yield KINDS[request.param]()
        return
    overlay = OverlayBackend(MemoryBackend())  # as `KeyValueStore.transact` makes it
    yield KeyValueStore(overlay)
    overlay.close()
    assert overlay.settle()


@pytest.fixture(params=KINDS)
def shared_store(request: pytest.FixtureRequest) -> KeyValueStore:
    """Give an empty store of every kind that threads may share."""
    return KINDS[request.param]()


@pytest.fixture
def threads_change_often() -> Iterator[None]:
    """Have the interpreter change threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
