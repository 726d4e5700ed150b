"""How observers are told: at once, and what one raises is logged and disturbs nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from .._text import described
from .executors import is_coroutine_function
from .task import name_of

E = TypeVar("E")

_log = logging.getLogger(__name__)


def no_observers(observers: Iterable[object]) -> Iterator[str]:
    """Say which of *observers* are none."""
    for observer in observers:
        if not callable(observer):
            yield f"observers are functions of an event, got {described(observer)}"
        elif is_coroutine_function(observer):
            yield f"observers are plain functions; {name_of(observer)!r} is a coroutine function, nobody would await it"


def one_of(observers: Sequence[Callable[[E], object]]) -> Callable[[E], object] | None:
    """Make one observer of all of them; None of none."""
    if not observers:
        return None
    return observers[0] if len(observers) == 1 else each_of(observers)


def each_of(observers: Sequence[Callable[[E], object]]) -> Callable[[E], None]:
    """Make one observer of all of them, that does not raise."""
    tell_each = tuple(guarded(observer) for observer in observers)

    def tell(event: E) -> None:
        for tell_one in tell_each:
            tell_one(event)

    return tell


def guarded(observer: Callable[[E], object]) -> Callable[[E], None]:
    """Keep what an observer raises away from the run."""

    def tell(event: E) -> None:
        try:
            observer(event)
        except (Exception, asyncio.CancelledError):  # noqa: BLE001  # an observer is a stranger's code
            report(event)

    return tell


def listening(observers: Iterable[Callable[[E], object]]) -> tuple[Callable[[E], object], ...]:
    """Give those who want to be told of what happens now, each once."""
    told: list[Callable[[E], object]] = []
    for observer in observers:
        if not any(observer is one for one in told) and asked(observer, "enabled", default=True):
            told.append(observer)
    return tuple(told)


def asked(observer: object, name: str, *, default: bool) -> bool:
    """Say whether an attribute of an observer is true; one that cannot be read is taken for not there."""
    try:
        return bool(getattr(observer, name, default))
    except Exception:  # noqa: BLE001  # an observer is a stranger's code
        _log.exception("an observer raised when it was asked for %r", name)
        return default


def report(event: object) -> None:
    """Log what an observer has just raised."""
    _log.exception("an observer raised at %s", type(event).__name__)
