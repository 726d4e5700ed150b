"""A span that has begun and ends once: with an outcome, and the error if it failed.

How it works: what the SDK raises where a span ends, as a processor of the program may, goes to the log; those around
the span have to end all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from time import time_ns
from typing import TYPE_CHECKING, Any, TypeAlias

from opentelemetry.trace import Link, Status, StatusCode

from .._text import printable, told
from .names import ERROR, EXCEPTION, OUTCOME
from .outcomes import type_of

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

    from .names import Attribute
    from .outcomes import Outcome

Fact: TypeAlias = "str | bool | int | float | tuple[str, ...] | None"

MILLIARD = 1_000_000_000

_log = logging.getLogger(__name__)


class Clock:
    """The time of the day, in nanoseconds since 1970, that never goes back while a run lasts.

    It is what the SDK takes where it is given no time, so that spans that tasks make lie within those around them.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        """Give the time."""
        self._last = max(self._last, time_ns())
        return self._last


class Opened:
    """A span that has begun.

    Args:
        span: begun at that time.
        began: when it began.
    """

    __slots__ = ("began", "span")

    def __init__(self, span: Span, began: int) -> None:
        self.span: Span = span
        self.began: int = began

    @classmethod
    def begun(
        cls,
        tracer: Tracer,
        name: str,
        at: int,
        parent: Context,
        attributes: Mapping[str, Any],
        links: Iterable[Link] = (),
    ) -> Opened:
        """Begin a span.

        Args:
            tracer: makes it.
            name: what it is called.
            at: when it begins.
            parent: holds the span that it is a child of.
            attributes: what it says from the start.
            links: to spans that led to it.
        """
        span = tracer.start_span(printable(name), context=parent, attributes=attributes, links=[*links], start_time=at)
        return cls(span, at)

    def end(self, at: int, outcome: Outcome, error: BaseException | None = None, *, records: bool = True) -> None:
        """End the span.

        Args:
            at: when it ends.
            outcome: how.
            error: what it ended with.
            records: whether the span tells of the error in full; otherwise one inside of it does.
        """
        try:
            self.span.set_attribute(OUTCOME.name, outcome)
            if outcome not in {"succeeded", "cancelled"}:
                self._fail(at, error, records=records)
            self.span.end(at)
        except Exception:  # noqa: BLE001  # a processor of spans is a stranger's code
            _log.exception("a span could not be ended as it should be")

    def _fail(self, at: int, error: BaseException | None, *, records: bool) -> None:
        span = self.span
        if error is None:
            span.set_status(Status(StatusCode.ERROR))
            return
        fail(span, error, told(error))
        if records:
            record(span, error, at)


def fail(span: Span, error: BaseException, text: str) -> None:
    """Say that *span* has failed, and with what."""
    span.set_attribute(ERROR.name, type_of(error))
    span.set_status(Status(StatusCode.ERROR, text))


def record(span: Span, error: BaseException, at: int) -> None:
    """Add the event that tells of an exception in full, or what can be told of one whose text fails."""
    if not span.is_recording():
        return
    try:
        str(error).encode()
        span.record_exception(error, timestamp=at)
    except Exception:  # noqa: BLE001  # an exception is a stranger's code
        kind, message, *_ = EXCEPTION.attributes
        span.add_event(EXCEPTION.title, {kind.name: type_of(error), message.name: told(error)}, at)


def facts(*pairs: tuple[Attribute, Fact]) -> dict[str, Any]:
    """Give attributes, without those that have no value, in text that every exporter can send."""
    return {one.name: _sendable(value) for one, value in pairs if value is not None}


def given(attributes: Mapping[str, str | bool | int | float]) -> dict[str, Any]:
    """Give attributes of a user's own so that every exporter can send them: integers have 64 bits there."""
    return {
        printable(name): str(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else _sendable(value)
        for name, value in attributes.items()
    }


def _sendable(value: Fact) -> Any:
    if isinstance(value, str):
        return printable(value)
    return tuple(map(printable, value)) if isinstance(value, tuple) else value
