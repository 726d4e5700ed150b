"""What the tests of traces start with, and what none of them may leave."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from opentelemetry import context
from tests.tracing.exporting import Telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def telemetry(caplog: pytest.LogCaptureFixture) -> Iterator[Telemetry]:
    """Give an SDK of its own; in the end no span may be open, nobody may have complained, the context is as it was."""
    before = context.get_current()
    made = Telemetry()
    yield made
    assert made.open == []
    assert context.get_current() is before
    sources = "opentelemetry", "keyrack.workflow.observers", "keyrack.tracing"
    said = [record for record in caplog.get_records("call") if record.name.startswith(sources)]
    assert [record.getMessage() for record in said if record.levelno >= logging.WARNING] == []
