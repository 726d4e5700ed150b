"""Traces and metrics of runs, through OpenTelemetry: what happens in a workflow, seen from outside.

`Tracing` is an observer, of workflows and of schedulers. It knows the API of OpenTelemetry alone; where spans and
numbers go is up to the SDK that a program sets up. Nothing of OpenTelemetry is imported before one is made.
"""

from __future__ import annotations

from .observer import Tracing
from .verbs import VerbsAs

__all__ = ["Tracing", "VerbsAs"]
