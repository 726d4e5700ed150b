"""What helps to test pipelines and backends.

A proof as a test, a clock that does not wait, an observer that remembers, and the duties of a backend as tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .proofs import assert_proved
from .recorder import Recorder
from .virtual_time import DeadlockError, VirtualTimeLoop, run_in_virtual_time

if TYPE_CHECKING:
    from .suite import BackendSuite

__all__ = ["BackendSuite", "DeadlockError", "Recorder", "VirtualTimeLoop", "assert_proved", "run_in_virtual_time"]

if not TYPE_CHECKING:  # or every name would be there for type checkers

    def __getattr__(name):
        if name != "BackendSuite":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.util import find_spec

        from ..errors import MissingExtraError

        for package in ("pytest", "hypothesis"):
            if find_spec(package) is None:
                raise MissingExtraError(feature=name, package=package, extra="testing")
        from .suite import BackendSuite

        globals()[name] = BackendSuite
        return BackendSuite
