"""The timeline of a run: gathered by an observer, drawn as a page, summed up on the terminal."""

from __future__ import annotations

from .gather import Timeline
from .model import Bar, ErrorLine, KeyLine, Outcome, RunLine, StateLine, Touch
from .page import render
from .summary import summary

__all__ = ["Bar", "ErrorLine", "KeyLine", "Outcome", "RunLine", "StateLine", "Timeline", "Touch", "render", "summary"]
