"""Typed keys for the shared state of pipelines.

This is the index of what keyrack offers; each name is loaded when it is first used.
"""

TYPE_CHECKING = False  # type checkers know the name; importing typing would cost more than all of this file
if TYPE_CHECKING:
    from .backends.spi import Backend as Backend
    from .backends.spi import Encoded as Encoded
    from .backends.spi import Entry as Entry
    from .backends.spi import Piece as Piece
    from .errors import (
        AppendTypeMismatchError as AppendTypeMismatchError,
    )
    from .errors import (
        BackendError as BackendError,
    )
    from .errors import (
        BackendFullError as BackendFullError,
    )
    from .errors import (
        BackendUnavailableError as BackendUnavailableError,
    )
    from .errors import (
        BranchCancelledError as BranchCancelledError,
    )
    from .errors import (
        ConfigurationError as ConfigurationError,
    )
    from .errors import (
        CorruptValueError as CorruptValueError,
    )
    from .errors import (
        ExecutorError as ExecutorError,
    )
    from .errors import (
        JoinError as JoinError,
    )
    from .errors import (
        KeyDefinitionError as KeyDefinitionError,
    )
    from .errors import (
        KeyNotFoundError as KeyNotFoundError,
    )
    from .errors import (
        KeyrackError as KeyrackError,
    )
    from .errors import (
        LockError as LockError,
    )
    from .errors import (
        MissingExtraError as MissingExtraError,
    )
    from .errors import (
        Problem as Problem,
    )
    from .errors import (
        RetryExhaustedError as RetryExhaustedError,
    )
    from .errors import (
        SchedulerError as SchedulerError,
    )
    from .errors import (
        StateNotRegisteredError as StateNotRegisteredError,
    )
    from .errors import (
        StoreClosedError as StoreClosedError,
    )
    from .errors import (
        StoreError as StoreError,
    )
    from .errors import (
        TransitionLimitError as TransitionLimitError,
    )
    from .errors import (
        TypeMismatchError as TypeMismatchError,
    )
    from .errors import (
        ValueCopyError as ValueCopyError,
    )
    from .errors import (
        WorkflowError as WorkflowError,
    )
    from .errors import (
        WorkflowTimeoutError as WorkflowTimeoutError,
    )
    from .keys.arrow_codec import ArrowCodec as ArrowCodec
    from .keys.codecs import Codec as Codec
    from .keys.family import KeyFamily as KeyFamily
    from .keys.key import ABSENT as ABSENT
    from .keys.key import Absent as Absent
    from .keys.key import Put as Put
    from .keys.key import StoreKey as StoreKey
    from .keys.pickle_codec import UnsafePickleCodec as UnsafePickleCodec
    from .registry import KeyRegistry as KeyRegistry
    from .registry import Slot as Slot
    from .registry import SlotFamily as SlotFamily
    from .scheduler import Backoff as Backoff
    from .scheduler import Scheduler as Scheduler
    from .snapshot import Snapshot as Snapshot
    from .store import KeyValueStore as KeyValueStore
    from .stores import MemoryStore as MemoryStore
    from .stores import NamespacedStore as NamespacedStore
    from .stores import SQLiteStore as SQLiteStore
    from .stores import open_store as open_store
    from .workflow import Contract as Contract
    from .workflow import JoinConfig as JoinConfig
    from .workflow import JoinStrategy as JoinStrategy
    from .workflow import Node as Node
    from .workflow import Retry as Retry
    from .workflow import SplitSummary as SplitSummary
    from .workflow import TaskResult as TaskResult
    from .workflow import Workflow as Workflow
    from .workflow.contract import task as task
else:

    def __getattr__(name):
        """Load a name of the index."""
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(module, __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__version__ = "0.1.0"

_MODULES = {
    "Backend": ".backends.spi",
    "Encoded": ".backends.spi",
    "Entry": ".backends.spi",
    "Piece": ".backends.spi",
    "AppendTypeMismatchError": ".errors",
    "BackendError": ".errors",
    "BackendFullError": ".errors",
    "BackendUnavailableError": ".errors",
    "BranchCancelledError": ".errors",
    "ConfigurationError": ".errors",
    "CorruptValueError": ".errors",
    "ExecutorError": ".errors",
    "JoinError": ".errors",
    "KeyDefinitionError": ".errors",
    "KeyNotFoundError": ".errors",
    "KeyrackError": ".errors",
    "LockError": ".errors",
    "MissingExtraError": ".errors",
    "Problem": ".errors",
    "RetryExhaustedError": ".errors",
    "SchedulerError": ".errors",
    "StateNotRegisteredError": ".errors",
    "StoreClosedError": ".errors",
    "StoreError": ".errors",
    "TransitionLimitError": ".errors",
    "TypeMismatchError": ".errors",
    "ValueCopyError": ".errors",
    "WorkflowError": ".errors",
    "WorkflowTimeoutError": ".errors",
    "ArrowCodec": ".keys.arrow_codec",
    "Codec": ".keys.codecs",
    "KeyFamily": ".keys.family",
    "ABSENT": ".keys.key",
    "Absent": ".keys.key",
    "Put": ".keys.key",
    "StoreKey": ".keys.key",
    "UnsafePickleCodec": ".keys.pickle_codec",
    "KeyRegistry": ".registry",
    "Slot": ".registry",
    "SlotFamily": ".registry",
    "Backoff": ".scheduler",
    "Scheduler": ".scheduler",
    "KeyValueStore": ".store",
    "Snapshot": ".snapshot",
    "MemoryStore": ".stores",
    "NamespacedStore": ".stores",
    "SQLiteStore": ".stores",
    "open_store": ".stores",
    "Contract": ".workflow",
    "JoinConfig": ".workflow",
    "JoinStrategy": ".workflow",
    "Node": ".workflow",
    "Retry": ".workflow",
    "SplitSummary": ".workflow",
    "TaskResult": ".workflow",
    "Workflow": ".workflow",
    "task": ".workflow.contract",
}

__all__ = [
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
