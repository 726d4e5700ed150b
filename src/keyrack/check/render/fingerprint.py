"""What a finding is known by when the file around it has changed: for baselines, SARIF and JSON.

How it works: the hash of what is found and about what (code, target, state, key, subject), never of a line or a
sentence. Findings that are equal in all of these are told apart by their order: the second one has ``:2`` at its end.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..report import Diagnostic


def fingerprint(one: Diagnostic) -> str:
    """Give 24 hexadecimal digits: the same for findings that are equal in all but their places and words."""
    parts = (one.code, one.target, one.state, one.key, one.subject)
    # Lengths keep ("ab", "c") from ("a", "bc"); a surrogate has no UTF-8, and a name may hold one.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


def fingerprints(findings: Iterable[Diagnostic]) -> list[str]:
    """Give the fingerprint of each finding; the second and later ones of the same get ``:2``, ``:3`` at the end."""
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for one in findings:
        name = fingerprint(one)
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}:{seen[name]}")
    return unique
