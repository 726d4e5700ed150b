"""Loggers: which there are, and who gets what they write."""

from __future__ import annotations

import logging
import sys
from typing import Any

from .source import is_library, is_standard

_LOGGERS: tuple[type, ...] = (logging.Logger, logging.LoggerAdapter)


def handlers_of(verb: object, first: object) -> list[Any]:
    """Give what gets the records of a logger: what filters them, what handles them, and what makes them.

    Args:
        verb: the method of the logger, or a function that uses the logger above all.
        first: what it is given first, if that is known: a function of a class is given the logger.
    """
    default: object = first if isinstance(first, _LOGGERS) else logging.root
    logger: Any = getattr(verb, "__self__", default)
    found: list[Any] = [logging.getLogRecordFactory()]
    while issubclass(type(logger), logging.LoggerAdapter):
        found.append(logger)
        logger = logger.logger
    found += getattr(logger, "filters", ())
    while isinstance(logger, logging.Logger):
        for handler in logger.handlers:
            found += (handler, handler.formatter, *handler.filters)
        logger = logger.parent if logger.propagate else None
    return found


def logger_of(name: str) -> logging.Logger:
    """Give the logger of a name, or the next one above it that is there already: that handles what it writes."""
    while name:
        logger = logging.root.manager.loggerDict.get(name)
        if isinstance(logger, logging.Logger):
            return logger
        name = name.rpartition(".")[0]
    return logging.root


def is_users(live: Any) -> bool:
    """Say whether a function is the user's, or the class of an object."""
    module = getattr(live, "__module__", None) or ""
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return live is not None and not is_standard(module) and not is_library(file)
