"""Calls of plain functions in executors, and one that is held: what the tests of executors share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.workflow.books import LOAD
from tests.workflow.clock import let_others_run

from keyrack.workflow.executors import in_executor
from keyrack.workflow.graph import Place
from keyrack.workflow.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


SITE = Site("books", LOAD, "count", Place("app.py", 12))
WHERE = "'count' (app.py:12) in state LOAD of workflow 'books'"


def in_thread(call: Callable[..., Any], *args: Any) -> Coroutine[Any, Any, Any]:
    return in_executor(call, SITE, None, *args)


class Held:
    """A plain function that says when it has begun, and ends when it is let go."""

    def __init__(self, outcome: Callable[[], Any] = lambda: "done") -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.ended = False
        self._outcome = outcome

    def __call__(self) -> Any:
        self.begun.set()
        self.go.wait()
        self.ended = True
        return self._outcome()

    async def has_begun(self) -> None:
        await let_others_run()
        self.begun.wait()
