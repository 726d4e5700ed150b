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
    "ArrowCodec",
    "Backend",
    "BackendError",
    "BackendFullError",
    "BackendUnavailableError",
    "Backoff",
    "BranchCancelledError",
    "Codec",
    "ConfigurationError",
    "Contract",
    "CorruptValueError",
    "Encoded",
    "Entry",
    "ExecutorError",
    "JoinConfig",
    "JoinError",
    "JoinStrategy",
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
    "Piece",
    "Problem",
    "Put",
    "Retry",
    "RetryExhaustedError",
    "SQLiteStore",
    "Scheduler",
    "SchedulerError",
    "Slot",
    "SlotFamily",
    "Snapshot",
    "SplitSummary",
    "StateNotRegisteredError",
    "StoreClosedError",
    "StoreError",
    "StoreKey",
    "TaskResult",
    "TransitionLimitError",
    "TypeMismatchError",
    "UnsafePickleCodec",
    "ValueCopyError",
    "Workflow",
    "WorkflowError",
    "WorkflowTimeoutError",
    "open_store",
    "task",
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


def loaded_by(statement: str) -> set[str]:
    """Give the modules that a fresh interpreter loads for a statement, beside those of its own start."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_keyrack_loads_nothing_but_the_index() -> None:
    assert loaded_by("import keyrack") == {"keyrack"}


@pytest.mark.parametrize("name", ["StoreKey", "MemoryStore", "KeyRegistry", "JoinError", "ExecutorError"])
def test_keys_stores_and_errors_load_neither_workflows_nor_what_those_need(name: str) -> None:
    loaded = loaded_by(f"from keyrack import {name}")

    assert not loaded & {"keyrack.workflow", "asyncio", "logging", "random", "fractions", "pydantic"}


def test_a_workflow_loads_no_progress_no_process_pool_and_no_schema() -> None:
    heavy = {"pydantic", "pydantic_core", "rich", "multiprocessing", "keyrack.workflow.progress", "keyrack.testing"}

    loaded = loaded_by("from keyrack import JoinConfig, JoinStrategy, Node, Retry, TaskResult, Workflow")

    assert "keyrack.workflow" in loaded
    assert not loaded & heavy
