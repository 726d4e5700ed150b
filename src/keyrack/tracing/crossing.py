"""The way of a trace into other processes: what goes along with each call that is sent there.

How it works: the propagator that the program has set up writes the context into a dict of texts, and reads it again on
the other side. There this module is all that is imported; where OpenTelemetry is missing, the call is made without.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from ..workflow.executors import carriers

_log = logging.getLogger(__name__)
_lock = threading.Lock()


def carry_along() -> None:
    """Let the context go along with every call into another process, from now on."""
    with _lock:
        if carrier not in carriers:
            carriers.append(carrier)


def carrier() -> tuple[Callable[[Any], AbstractContextManager[object]], Any] | None:
    """Give what goes along: the context, and how it arrives; None where it holds nothing to send."""
    from opentelemetry import propagate

    sent: dict[str, str] = {}
    try:
        propagate.inject(sent)
    except Exception:  # noqa: BLE001  # a propagator is a stranger's code
        _log.exception("a propagator raised, and a task in another process runs without the trace")
        return None
    return (arrived, sent) if sent else None


@contextmanager
def arrived(sent: Mapping[str, str]) -> Generator[None, None, None]:
    """Let the context that was sent be the current one."""
    leave = _entered(sent)
    try:
        yield
    finally:
        leave()


def _entered(sent: Mapping[str, str]) -> Callable[[], object]:
    """Set the context that was sent, and give what takes it back; nothing, where there was no way to set it."""
    try:
        from opentelemetry import context, propagate

        return partial(context.detach, context.attach(propagate.extract(sent)))
    except ModuleNotFoundError:
        pass
    except Exception:  # noqa: BLE001  # a propagator is a stranger's code
        _log.exception("a propagator raised, and a task runs without the trace it belongs to")
    return lambda: None
