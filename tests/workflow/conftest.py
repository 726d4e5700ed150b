"""The stores on which the tests of workflows run: whatever makes a `MemoryStore` here makes one in a file, too."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.places import folder

from keyrack.stores import MemoryStore, SQLiteStore

ON_BOTH = frozenset(
    {
        *("test_engine", "test_run", "test_task", "test_observers", "test_limits", "test_transition_limits"),
        *("test_split", "test_split_ends", "test_split_events", "test_split_results", "test_split_leftovers"),
        *("test_concurrency", "test_attempts", "test_attempt_limits", "test_retry", "test_join", "test_task_groups"),
        *("test_executors", "test_task_result", "test_late_registration", "test_cancelled_calls"),
    }
)
"""The modules whose tests are about what tasks do with a store."""


class Durable(SQLiteStore):
    """A store in a file of its own, which is made as a `MemoryStore` is."""

    def __init__(self, *, lock_timeout: float = 30.0) -> None:
        super().__init__(folder() / "store.db", durability="process", lock_timeout=lock_timeout)
        self.backend.label = "MemoryStore"  # as the messages name it that the tests compare


KINDS: dict[str, Callable[[], object]] = {"memory": MemoryStore, "sqlite": Durable}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each kind of store."""
    if metafunc.definition.path.stem in ON_BOTH:
        metafunc.parametrize("kind_of_store", KINDS, indirect=True)


@pytest.fixture(autouse=True)
def kind_of_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `MemoryStore` make stores of this kind, in the engine and in the tests."""
    kind = getattr(request, "param", "memory")
    if kind == "memory":
        return
    names = [name for name in sys.modules if name.startswith("tests.workflow.")]
    own = cast("Any", request).module
    modules: list[Any] = [sys.modules["keyrack.workflow.engine"], own, *map(sys.modules.__getitem__, names)]
    for module in modules:
        if getattr(module, "MemoryStore", None) is MemoryStore:
            monkeypatch.setattr(module, "MemoryStore", KINDS[kind])
