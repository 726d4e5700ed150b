"""The index: what `import keyrack` gives, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import keyrack

NAMES = [
    "ABSENT",
    "Absent",
    "AppendTypeMismatchError",
    "Backend",
    "BackendError",
    "BackendFullError",
    "BackendUnavailableError",
    "ConfigurationError",
    "CorruptValueError",
    "Entry",
    "JoinError",
    "KeyDefinitionError",
    "KeyFamily",
    "KeyNotFoundError",
    "KeyRegistry",
    "KeyValueStore",
    "KeyrackError",
    "LockError",
    "MemoryStore",
    "MissingExtraError",
    "NamespacedStore",
    "Node",
    "Problem",
    "Put",
    "RetryExhaustedError",
    "SchedulerError",
    "Slot",
    "SlotFamily",
    "Snapshot",
    "StateNotRegisteredError",
    "StoreClosedError",
    "StoreError",
    "StoreKey",
    "TypeMismatchError",
    "ValueCopyError",
    "Workflow",
    "WorkflowError",
    "WorkflowTimeoutError",
]


def test_the_index_lists_exactly_these_names() -> None:
    assert sorted(keyrack.__all__) == NAMES


@pytest.mark.parametrize("name", NAMES[1:])
def test_each_class_of_the_index_resolves(name: str) -> None:
    assert getattr(keyrack, name).__name__ == name


def test_the_one_value_of_the_index_resolves() -> None:
    assert type(keyrack.ABSENT) is keyrack.Absent


def test_dir_lists_every_name() -> None:
    assert set(NAMES) <= set(dir(keyrack))


def test_a_name_that_is_not_in_the_index_is_an_attribute_error() -> None:
    name = "MemoryStroe"

    with pytest.raises(AttributeError, match=name):
        getattr(keyrack, name)


def test_importing_keyrack_loads_nothing_heavy() -> None:
    heavy = {"asyncio", "pydantic", "pydantic_core", "typing_extensions"}

    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import keyrack"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}

    assert "keyrack" in loaded
    assert heavy.isdisjoint(loaded), heavy & loaded
