"""How the verbs of the store are shown; apart, because it is known without OpenTelemetry."""

from __future__ import annotations

from typing import Literal, TypeAlias

VerbsAs: TypeAlias = Literal["none", "events", "spans"]
"""Not at all, as events of the span of the attempt that uses the store, or as spans of their own within it."""
