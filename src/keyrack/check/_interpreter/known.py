"""Callables that are not followed because what they do is known: the standard library, as far as tasks use it.

Each is found by its object. Where there is a rule for it, `RULES` names the method of the interpreter that applies it.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import concurrent.futures
import contextlib
import copy
import dataclasses
import functools
import inspect
import itertools
import json
import logging
import os
import random
import secrets
import sys
import textwrap
from typing import Any

from ...keys.key import Put
from .source import CHANGERS, CHANGING, is_standard, parsed

HARMLESS: frozenset[Any] = frozenset(
    {
        print, repr, str, issubclass, id, type, bool, hash, format, callable, int, float, abs,
        bytes, round, divmod, ord, chr, bin, hex, oct, dir, input, ascii, slice, object, range, complex, pow,
    }
)  # fmt: skip
"""They look at what they are given, and neither keep it nor call it."""

CALLBACKS: frozenset[Any] = frozenset(
    {map, filter, sorted, min, max, sum, any, all, functools.reduce, itertools.starmap, itertools.takewhile,
     itertools.dropwhile, itertools.filterfalse, itertools.groupby, itertools.accumulate}
)  # fmt: skip
"""They call the functions that they are given, any number of times, before or after they return."""

LAZY: frozenset[Any] = frozenset(
    {map, filter, itertools.starmap, itertools.takewhile, itertools.dropwhile, itertools.filterfalse,
     itertools.groupby, itertools.accumulate}
)  # fmt: skip
"""Those of them that call it when somebody goes through what they give."""

CHOOSING: dict[Any, int] = {min: 0, max: 0, functools.reduce: 2}
"""They give one of their arguments, if there are several: one from that place on."""

CONTAINERS: frozenset[Any] = frozenset(
    {list, tuple, set, frozenset, dict, reversed, enumerate, zip, iter, itertools.chain, itertools.islice}
)
"""They go through what they are given."""

WHOLE: frozenset[Any] = frozenset({list, tuple, set, frozenset, dict, sorted, sum, min, max})
"""They go through an iterator to its end before they return."""

COPYING: frozenset[Any] = frozenset({dataclasses.asdict, dataclasses.astuple, copy.deepcopy, json.dump, json.dumps})
"""They look at all that is in what they are given, and give nothing of it back."""

ENDS: frozenset[Any] = frozenset({sys.exit, os._exit, os.abort, builtins.exit, builtins.quit})
"""They never return."""

DYNAMIC: frozenset[Any] = frozenset({eval, exec, compile, __import__})

QUIET_LOGGERS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})

RULES: dict[Any, str] = {
    asyncio.gather: "gather",
    asyncio.create_task: "spawn",
    asyncio.ensure_future: "spawn",
    asyncio.wait_for: "first",
    asyncio.shield: "shield",
    asyncio.to_thread: "to_thread",
    asyncio.run: "run_here",
    asyncio.wait: "wait",
    random.choice: "chosen",
    secrets.choice: "chosen",
    asyncio.get_running_loop: "loop",
    asyncio.get_event_loop: "loop",
    asyncio.as_completed: "as_completed",
    concurrent.futures.wait: "wait",
    concurrent.futures.as_completed: "as_completed",
    asyncio.TaskGroup: "tasks",
    concurrent.futures.ThreadPoolExecutor: "tasks",
    functools.partial: "partial",
    functools.wraps: "wraps",
    functools.update_wrapper: "second",
    functools.lru_cache: "cached",
    functools.cache: "cached",
    contextlib.contextmanager: "context_function",
    contextlib.asynccontextmanager: "context_function",
    contextlib.suppress: "suppress",
    contextlib.nullcontext: "nullcontext",
    contextlib.closing: "closing",
    contextlib.aclosing: "closing",
    getattr: "getattr",
    setattr: "setattr",
    object.__setattr__: "setattr",
    delattr: "delattr",
    object.__delattr__: "delattr",
    hasattr: "hasattr",
    isinstance: "isinstance",
    len: "len",
    inspect.iscoroutinefunction: "is_async",
    asyncio.iscoroutinefunction: "is_async",
    inspect.isawaitable: "is_awaitable",
    inspect.iscoroutine: "is_awaitable",
    asyncio.iscoroutine: "is_awaitable",
    super: "super",
    next: "next",
    vars: "vars",
    sorted: "sorted",
    itertools.count: "count",
    logging.getLogger: "logger",
    logging.LoggerAdapter: "second",
    Put: "put",
    locals: "dynamic",
    globals: "dynamic",
}

FOLDED: frozenset[Any] = frozenset({isinstance, len, sorted, itertools.count, logging.getLogger, logging.LoggerAdapter})
"""They have a rule for what they give alone: they do nothing."""

_empty: Any = lambda: iter(())  # noqa: E731  # it is never called


CONTEXT_HELPERS = frozenset(
    {
        contextlib.contextmanager(_empty).__code__,
        contextlib.asynccontextmanager(_empty).__code__,
    }
)
"""The code of every function that a decorated context manager function becomes."""


def rule_for(function: Any) -> str | None:
    """Give the rule for a live callable, if there is one."""
    try:
        return RULES.get(function)
    except TypeError:  # it cannot be hashed
        return None


def changes(function: Any) -> bool:
    """Say whether a callable that is not followed may change a list, a dict or a set that it is given."""
    name = getattr(function, "__name__", "")
    module = getattr(function, "__module__", None) or ""
    if not is_standard(module or "builtins"):
        return True
    return name in CHANGERS or name in CHANGING


def belongs(function: Any, group: frozenset[Any]) -> bool:
    """Say whether a live callable is in one of the groups above."""
    try:
        return function in group
    except TypeError:
        return False


STACKS: frozenset[Any] = frozenset({contextlib.ExitStack, contextlib.AsyncExitStack})
ENTERING = frozenset({"enter_context", "enter_async_context"})
"""The verbs by which a stack of context managers enters one."""

_PASSING = frozenset(
    {"builtins", "io", "_io", "threading", "_thread", "asyncio", "tempfile", "pathlib", "socket", "ssl"}
)
"""Modules whose context managers let exceptions pass."""


def swallows(function: Any) -> bool | None:
    """Say whether the context manager that a callable gives may swallow exceptions; None where that is not known."""
    module = (getattr(function, "__module__", None) or "").partition(".")[0]
    if module in _PASSING:
        return False
    leave = getattr(function, "__exit__", None) or getattr(function, "__aexit__", None)
    if not isinstance(function, type) or leave is None:
        return None
    try:
        tree = parsed(textwrap.dedent(inspect.getsource(leave)), "")
    except (OSError, TypeError, SyntaxError):
        return None
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    return any(value is not None and not _is_false(value) for value in returns)


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def is_logging(function: object) -> bool:
    """Say whether it is a verb of a logger: it makes a text of its arguments, and has handlers write it."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, logging.Logger):
        return getattr(function, "__name__", "") in QUIET_LOGGERS
    return getattr(function, "__module__", "") == "logging" and getattr(function, "__name__", "") in QUIET_LOGGERS
