"""How long a verb waits for another writer, for all backends that have a lock."""

from __future__ import annotations

import threading
from math import inf
from typing import Any

from .._text import described

LOCK_TIMEOUT: float = 30.0
"""How long a writer waits for another one before it gives up, in seconds, where nothing else is said."""


def patience(lock_timeout: float) -> float:
    """Give a time limit as locks take it: -1 for ever.

    Raises:
        ValueError: *lock_timeout* is no positive number.
    """
    given: Any = lock_timeout
    if not isinstance(given, int | float) or not given > 0:
        raise ValueError(f"lock_timeout is a number of seconds above 0, got {described(given)}")
    return -1.0 if given == inf else float(min(given, threading.TIMEOUT_MAX))
