"""What helps to test pipelines: a clock that does not wait, and an observer that remembers."""

from __future__ import annotations

from .recorder import Recorder
from .virtual_time import DeadlockError, VirtualTimeLoop, run_in_virtual_time

__all__ = ["DeadlockError", "Recorder", "VirtualTimeLoop", "run_in_virtual_time"]
