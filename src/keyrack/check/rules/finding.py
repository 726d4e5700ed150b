"""How every rule makes its findings: facts in, a diagnostic with the severity and the sentence of its code out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..codes import CODES, said
from ..report import Diagnostic, Related, Spot

if TYPE_CHECKING:
    from ..fixpoint import Solution
    from ..model import Stage, Write
    from ..report import Hop, Severity

MOST_RELATED = 3
"""How many places are named beside the one of a finding."""


def finding(
    solution: Solution,
    code: str,
    spot: Spot,
    facts: Mapping[str, Any],
    *,
    state: str = "",
    key: str = "",
    severity: Severity | None = None,
    path: Iterable[Hop] = (),
    related: Iterable[Related] = (),
    help_: str = "",
    subject: str = "",
) -> Diagnostic:
    """Make a finding.

    Args:
        solution: what it was found in.
        code: its code.
        spot: where it is.
        facts: what its sentence is made of.
        state: the name of the state concerned.
        key: the id of the key concerned.
        severity: how bad it is, where the code does not say.
        path: the way on which it shows.
        related: places that have to do with it; those beyond the first few are left out.
        help_: what to do.
        subject: what tells it from another finding of the same code, key and state.
    """
    return Diagnostic(
        code,
        severity or CODES[code].severity,
        said(code, **facts),
        spot,
        solution.model.name,
        solution.name(key) if key else "",
        state,
        tuple(path),
        tuple(related)[:MOST_RELATED],
        help_,
        subject,
    )


def placed(spot: Spot) -> str:
    """Write a place into a sentence."""
    return f"{spot.file}:{spot.line}"


def listed(names: Sequence[str]) -> str:
    """Write names into a sentence: ``A, B and C``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def branch_names(stage: Stage) -> list[str]:
    """Give a name to each branch of a split; those of the same task are numbered."""
    names = [effects.name for effects in stage.effects]
    return [
        name if names.count(name) == 1 else f"{name} ({names[:at].count(name) + 1})" for at, name in enumerate(names)
    ]


def written_at(writes: Iterable[tuple[str, Write]], sentence: str) -> list[Related]:
    """Name the places of writes, each with the state in which it happens."""
    return [Related(sentence.format(state=state), write.spot) for state, write in writes]
