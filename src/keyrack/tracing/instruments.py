"""The instruments of the metrics, made of the table of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .names import INSTRUMENTS

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, Meter

    from .names import Instrument


class Instruments:
    """Everything that is measured.

    Args:
        meter: makes the instruments.
    """

    def __init__(self, meter: Meter) -> None:
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        for one in INSTRUMENTS:
            if one.kind == "counter":
                self._counters[one.title] = meter.create_counter(one.title, one.unit, one.tells)
            else:
                self._histograms[one.title] = meter.create_histogram(
                    one.title, one.unit, one.tells, explicit_bucket_boundaries_advisory=one.bounds
                )

    def count(self, instrument: Instrument, *values: str | None) -> None:
        """Count one more.

        Args:
            values: those of its attributes, in the order of the table; None for one that is left out.
        """
        self._counters[instrument.title].add(1, _attributes(instrument, values))

    def record(self, instrument: Instrument, amount: float, *values: str | None) -> None:
        """Record a measurement; its attributes are given as those of `count`."""
        self._histograms[instrument.title].record(amount, _attributes(instrument, values))


def _attributes(instrument: Instrument, values: tuple[str | None, ...]) -> dict[str, str]:
    pairs = zip(instrument.attributes, values, strict=True)
    return {attribute.name: value for attribute, value in pairs if value is not None}
