"""What helps to test pipelines: a proof as a test, a clock that does not wait, and an observer that remembers."""

from __future__ import annotations

from .proofs import assert_proved
from .recorder import Recorder
from .virtual_time import DeadlockError, VirtualTimeLoop, run_in_virtual_time

__all__ = ["DeadlockError", "Recorder", "VirtualTimeLoop", "assert_proved", "run_in_virtual_time"]
