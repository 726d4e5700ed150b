"""KR205, KR502 and the limits, KR901 to KR906: what the reading of the code itself had to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .finding import finding

if TYPE_CHECKING:
    from ..fixpoint import Solution
    from ..report import Diagnostic

_SUBJECTS = ("callee", "verb", "task")
"""The facts that tell one remark of a state from another."""


def remark_findings(solution: Solution) -> Iterator[Diagnostic]:
    """Give what was remarked of every task that runs."""
    for stage in solution.stages:
        for effects in stage.effects:
            for remark in effects.remarks:
                subject = " ".join(str(remark.facts[fact]) for fact in _SUBJECTS if fact in remark.facts)
                yield finding(
                    solution,
                    remark.code,
                    remark.spot,
                    remark.facts,
                    state=stage.state.name,
                    key=remark.key,
                    subject=subject,
                )
