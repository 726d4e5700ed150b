"""`keyrack check`: proves before anything runs that each key a state reads was written on every way to it.

Each name is loaded when it is first used: who renders a report need not load what makes one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import check
    from .report import (
        Assumption,
        Diagnostic,
        Edge,
        Flow,
        Hop,
        Related,
        Report,
        Spot,
        StateNode,
        WorkflowReport,
    )

__all__ = [
    "Assumption",
    "Diagnostic",
    "Edge",
    "Flow",
    "Hop",
    "Related",
    "Report",
    "Spot",
    "StateNode",
    "WorkflowReport",
    "check",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".api" if name == "check" else ".report", __name__), name)
