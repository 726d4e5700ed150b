"""Typed keys for the shared state of pipelines.

This is the index of what keyrack offers; each name is loaded when it is first used.
"""

TYPE_CHECKING = False  # type checkers know the name; importing typing would cost more than all of this file
if TYPE_CHECKING:
    from .backends.spi import Backend as Backend, Entry as Entry
    from .errors import (
        AppendTypeMismatchError as AppendTypeMismatchError,
        BackendError as BackendError,
        BackendFullError as BackendFullError,
        BackendUnavailableError as BackendUnavailableError,
        ConfigurationError as ConfigurationError,
        CorruptValueError as CorruptValueError,
        JoinError as JoinError,
        KeyDefinitionError as KeyDefinitionError,
        KeyNotFoundError as KeyNotFoundError,
        KeyrackError as KeyrackError,
        LockError as LockError,
        MissingExtraError as MissingExtraError,
        Problem as Problem,
        RetryExhaustedError as RetryExhaustedError,
        SchedulerError as SchedulerError,
        StateNotRegisteredError as StateNotRegisteredError,
        StoreClosedError as StoreClosedError,
        StoreError as StoreError,
        TypeMismatchError as TypeMismatchError,
        ValueCopyError as ValueCopyError,
        WorkflowError as WorkflowError,
        WorkflowTimeoutError as WorkflowTimeoutError,
    )
    from .keys.family import KeyFamily as KeyFamily
    from .keys.key import ABSENT as ABSENT, Absent as Absent, Put as Put, StoreKey as StoreKey
    from .registry import KeyRegistry as KeyRegistry, Slot as Slot, SlotFamily as SlotFamily
    from .store import KeyValueStore as KeyValueStore, Snapshot as Snapshot
    from .stores import MemoryStore as MemoryStore, NamespacedStore as NamespacedStore
    from .workflow import Node as Node, Workflow as Workflow
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
    "Entry": ".backends.spi",
    "AppendTypeMismatchError": ".errors",
    "BackendError": ".errors",
    "BackendFullError": ".errors",
    "BackendUnavailableError": ".errors",
    "ConfigurationError": ".errors",
    "CorruptValueError": ".errors",
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
    "TypeMismatchError": ".errors",
    "ValueCopyError": ".errors",
    "WorkflowError": ".errors",
    "WorkflowTimeoutError": ".errors",
    "KeyFamily": ".keys.family",
    "ABSENT": ".keys.key",
    "Absent": ".keys.key",
    "Put": ".keys.key",
    "StoreKey": ".keys.key",
    "KeyRegistry": ".registry",
    "Slot": ".registry",
    "SlotFamily": ".registry",
    "KeyValueStore": ".store",
    "Snapshot": ".store",
    "MemoryStore": ".stores",
    "NamespacedStore": ".stores",
    "Node": ".workflow",
    "Workflow": ".workflow",
}

__all__ = [
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
