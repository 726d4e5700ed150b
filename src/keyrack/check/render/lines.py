"""Words and places on one line each: what the texts for terminals and logs share.

Names of states and keys, and the code that messages quote, are strangers' text: whatever they hold, a line stays one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..._text import cut, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report import Diagnostic, Spot

LONGEST: Final = 2_000
"""The most characters of one sentence."""


def sentence(text: str) -> str:
    """Give *text* on one line that any terminal can show, shortened where it is very long."""
    return cut(text, LONGEST)


def place(spot: Spot) -> str:
    """Give ``app/pipeline.py:31``."""
    return f"{printable(spot.file)}:{spot.line}"


def column(spot: Spot) -> str:
    """Give ``app/pipeline.py:31:32``."""
    return f"{place(spot)}:{spot.col}"


def header(one: Diagnostic) -> str:
    """Give ``app/pipeline.py:31:32: error KR102: 'price' may be missing …``."""
    return f"{column(one.spot)}: {one.severity} {printable(one.code)}: {sentence(one.message)}"


def details(one: Diagnostic) -> Iterator[str]:
    """Give a line for each step of the way, each place that has to do with it, and what to do."""
    for hop in one.path:
        yield f"{place(hop.spot)}: {sentence(hop.why)}"
    for related in one.related:
        yield f"note: {sentence(related.message)} ({place(related.spot)})"
    if one.help:
        yield f"help: {sentence(one.help)}"
