"""The verbs of the store in a trace: as events of the attempt that used it, or as spans of their own.

They tell the names and the types of keys, never a value. Of what a verb raised they tell the class alone: the text of
an error may show a part of the value that did not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .current import under
from .names import BACKEND, ERROR, KEYS, NUMBER, OF_VERB, SECONDS, STORE, STORE_USED, TYPES, VERB, WRITES
from .opened import MILLIARD, Fact, Opened, facts, fail
from .outcomes import type_of

if TYPE_CHECKING:
    from ..workflow.events import StoreUsed
    from .names import Attribute
    from .run_trace import RunTrace
    from .verbs import VerbsAs

MOST_KEYS = 32
"""As many keys of one verb are named."""


def as_event(trace: RunTrace, event: StoreUsed) -> None:
    """Add the verb to the span that has used the store."""
    error = None if event.error is None else type_of(event.error)
    said = facts(*_pairs(event), (SECONDS, event.seconds), (ERROR, error))
    _user(trace, event).span.add_event(STORE_USED.title, said, trace.clock.now())


def as_span(trace: RunTrace, event: StoreUsed) -> None:
    """Make the verb a span, within the one that has used the store."""
    user, ended = _user(trace, event), trace.clock.now()
    began = max(user.began, ended - int(event.seconds * MILLIARD))
    name, attributes = OF_VERB.called(event.verb), facts(*_pairs(event))
    span = Opened.begun(trace.tracer, name, began, under(user.span), attributes).span
    if event.error is not None:
        fail(span, event.error, type_of(event.error))
    span.end(ended)


def _pairs(event: StoreUsed) -> list[tuple[Attribute, Fact]]:
    keys = event.keys[:MOST_KEYS]
    return [
        (VERB, event.verb),
        (KEYS, tuple(key.name for key in keys)),
        (TYPES, tuple(key.type for key in keys)),
        (NUMBER, len(event.keys)),
        (WRITES, event.writes),
        (STORE, event.store),
        (BACKEND, event.backend),
    ]


def _user(trace: RunTrace, event: StoreUsed) -> Opened:
    """Find what has used the store, or what is still open around it."""
    stage = trace.stage(event.branch)
    if stage is None or stage.state is not event.state:
        return trace.opened
    if stage.attempt is None or stage.number != event.attempt:
        return stage.opened
    return stage.attempt


VERBS: dict[VerbsAs, Callable[[RunTrace, StoreUsed], None]] = {"events": as_event, "spans": as_span}
"""The ways in which verbs are shown."""
