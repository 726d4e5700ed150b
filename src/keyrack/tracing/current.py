"""The current span: what the code of a task sees of the trace that it is in.

How it works: where an event is told, the context of OpenTelemetry is set to one with the span in it, and set again to
what was there before. Tokens are of no use for this: what begins in one context may end in another. A context says
whose it is, so that what was there before is set only where it belongs: a run whose event loop is gone ends wherever
Python comes to throw it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import context as context_api
from opentelemetry.trace import INVALID_SPAN, get_current_span, set_span_in_context

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span


class Current:
    """Sets the current span, for one observer."""

    def __init__(self) -> None:
        self._key = context_api.create_key("keyrack")

    @property
    def context(self) -> Context:
        """The context as it is."""
        return context_api.get_current()

    @property
    def owner(self) -> object:
        """Whose the context is; None if it is nobody's."""
        return context_api.get_value(self._key)

    def show(self, span: Span, owner: object) -> None:
        """Let *span* be the current one; everything else in the context stays."""
        context_api.attach(context_api.set_value(self._key, owner, set_span_in_context(span)))

    def restore(self, before: Context, owner: object) -> None:
        """Set the context again that was there before, if this one is that of *owner*."""
        if self.owner is owner:
            context_api.attach(before)


def under(span: Span) -> Context:
    """Give the context as it is, with *span* as the parent of what begins."""
    return set_span_in_context(span)


def under_none() -> Context:
    """Give the context as it is, without a parent."""
    return set_span_in_context(INVALID_SPAN)


def current_span() -> Span:
    """Give the span that is the current one; an invalid one where there is none."""
    return get_current_span()
