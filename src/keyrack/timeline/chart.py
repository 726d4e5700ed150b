"""The picture of a run as lines of HTML: an axis, and below it the lanes, each with its bars and its keys.

Bars are placed by attributes of SVG, in shares of the width, since the page's policy allows no style but its own sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from .._text import counted, printable
from .scale import ticks, written

if TYPE_CHECKING:
    from .lanes import Lane, Picture
    from .model import Bar, RunLine

MOST_KEYS = 20
"""The most keys that stand under a lane."""

MOST_ERRORS = 3
"""The most errors that stand there."""

MOST_MARKS = 40_000
"""The most names of keys that bars carry, to be marked one by one; if there are more, only whole lanes are marked."""

_EDGE = 0.04
"""How near to an edge, as a share, a time is set beside its tick instead of below it."""

_LEAST = 0.003
"""The width of the narrowest bar, as a share."""


def text(words: str) -> str:
    """Escape a stranger's words."""
    return escape(printable(words))


class Chart:
    """Writes the picture of a run.

    Args:
        run: the run.
        drawn: what is drawn of it.
        ids: how its keys are called in identifiers.
    """

    def __init__(self, run: RunLine, drawn: Picture, ids: Mapping[str, str]) -> None:
        self._run = run
        self._drawn = drawn
        self._ids = ids
        times = [] if run.seconds <= 0 else ticks(run.seconds)
        self._ticks: list[tuple[float, str]] = [(time / run.seconds, written(time)) for time in times]
        bars = [bar for lane in drawn.lanes for one in lane.all() for bar in one.bars]
        self._marked: bool = sum(len(_keys(bar)) for bar in bars) <= MOST_MARKS

    def lines(self) -> Iterator[str]:
        """Write it."""
        yield f'<div class="panel chart{" marked" if self._marked else ""}">'
        yield '<div class="plot">'
        yield from self._axis()
        for lane in self._drawn.lanes:
            yield from self._lane(lane)
        yield "</div>"
        yield from (f'<p class="dim more">{note}</p>' for note in self._drawn.notes)
        yield from _legend(self._drawn)
        yield "</div>"

    def _axis(self) -> Iterator[str]:
        yield '<div class="row axis" aria-hidden="true">'
        yield '<svg class="track" width="100%" height="18">'
        for number, (share, time) in enumerate(self._ticks):
            anchor = "start" if share < _EDGE else "end" if share > 1 - _EDGE else "middle"
            kind = "odd" if number % 2 else "even"
            yield f'<text class="{kind}" x="{_percent(share)}" y="12" text-anchor="{anchor}">{time}</text>'
        yield "</svg></div>"
        yield '<div class="grid" aria-hidden="true"><svg width="100%" height="100%">'
        yield "".join(f'<line x1="{_percent(at)}" x2="{_percent(at)}" y1="0" y2="100%"/>' for at, _ in self._ticks)
        yield "</svg></div>"

    def _lane(self, lane: Lane) -> Iterator[str]:
        yield from self._row(lane)
        for branch in lane.branches:
            yield from self._row(branch)
        if lane.hidden:
            yield f'<p class="dim more">{counted(lane.hidden, "more branch", "more branches")}, not drawn</p>'

    def _row(self, lane: Lane) -> Iterator[str]:
        done, read = lane.written(), lane.read()
        keys = " ".join(self._ids[key] for key in dict.fromkeys((*done, *read)))
        kind = "branch" if lane.is_branch else "state"
        visits = f'<span class="times">&times;{lane.visits:,}</span>' if lane.visits > 1 else ""
        note = "" if lane.is_branch or lane.task == lane.name else lane.note or lane.task
        yield f'<div class="row {kind}" data-keys="{keys}">'
        yield f'<div class="label"><span class="name">{text(lane.name)}</span>{visits}'
        yield f'<span class="dim note">{text(note)}</span></div>'
        yield self._track(lane)
        yield f'<div class="time">{written(lane.seconds)}</div>'
        yield from self._below(lane, done, read)
        yield "</div>"

    # --- bars -------------------------------------------------------------------------------------

    def _track(self, lane: Lane) -> str:
        drawn = "".join(self._bar(bar, bool(lane.branches)) for bar in lane.bars)
        bar = lane.bars[0]
        said = _said(bar) if len(lane.bars) == 1 else f"{lane.name}: {counted(lane.visits, 'visit')}"
        return f'<svg class="track" width="100%" height="20" role="img" aria-label="{text(said)}">{drawn}</svg>'

    def _bar(self, bar: Bar, is_split: bool) -> str:
        keys = " ".join(self._ids[key] for key in _keys(bar)) if self._marked else ""
        mark = f' data-key="{keys}"' if keys else ""
        attempts = bar.attempts()
        if len(attempts) > 1:
            parts = self._rect(bar, "wait", 9, 2) + "".join(self._rect(one, _class(one), 3, 14) for one in attempts)
        elif is_split:
            parts = self._rect(bar, f"split {_class(bar)}", 7, 6)
        else:
            parts = self._rect(bar, _class(bar), 3, 14)
        if bar.count > 1 and bar.flaws:
            parts += self._rect(bar, "failed", 14, 3)
        return f"<g{mark}><title>{text(_said(bar))}</title>{parts}</g>"

    def _rect(self, bar: Bar, kind: str, y: int, height: int) -> str:
        whole = self._run.seconds
        width = 1.0 if whole <= 0 else min(max((bar.end - bar.start) / whole, _LEAST), 1.0)
        left = 0.0 if whole <= 0 else min(max(bar.start / whole, 0.0), 1.0 - width)
        title = f"<title>{text(_said(bar))}</title>" if bar.kind == "attempt" else ""
        place = f'x="{_percent(left)}" y="{y}" width="{_percent(width)}" height="{height}"'
        return f'<rect class="{kind}" {place}>{title}</rect>' if title else f'<rect class="{kind}" {place}/>'

    # --- what stands below ------------------------------------------------------------------------

    def _below(self, lane: Lane, done: list[str], read: list[str]) -> Iterator[str]:
        chips = [*((key, "written") for key in done), *((key, "read") for key in read if key not in {*done})]
        errors = lane.errors()
        if not chips and not errors:
            return
        start = 0.0 if self._run.seconds <= 0 else lane.bars[0].start / self._run.seconds
        yield f'<div class="below"><svg class="space" width="{_percent(start)}" height="1" aria-hidden="true"></svg>'
        yield '<div class="chips">'
        for key, kind in chips[:MOST_KEYS]:
            also = " and read" if kind == "written" and key in read else ""
            link = f'href="#{self._ids[key]}" data-key="{self._ids[key]}" title="{kind}{also}"'
            yield f'<a class="key {kind}" {link}>{text(key) or "&#39;&#39;"}</a>'
        if len(chips) > MOST_KEYS:
            yield f'<span class="dim">and {counted(len(chips) - MOST_KEYS, "more key")}</span>'
        yield from (f'<span class="error">{text(error)}</span>' for error in errors[:MOST_ERRORS])
        if len(errors) > MOST_ERRORS:
            yield f'<span class="dim">and {counted(len(errors) - MOST_ERRORS, "more error")}</span>'
        yield "</div></div>"


def _keys(bar: Bar) -> dict[str, None]:
    """Give the keys that were used in it, but for those of its branches."""
    return {key: None for one in bar.own() for key in (*one.written, *one.read)}


def _said(bar: Bar) -> str:
    """Say what a bar shows."""
    if bar.count > 1:
        flaws = f", {bar.flaws:,} with failures" if bar.flaws else ""
        spans = f"between {written(bar.start)} and {written(bar.end)}"
        return f"{bar.name}: {bar.count:,} visits {spans}, {written(bar.seconds)} together{flaws}"
    error = f": {bar.error}" if bar.error else ""
    attempts = len(bar.attempts())
    tries = f", {attempts} attempts" if attempts > 1 else ""
    how = "still running" if bar.outcome == "running" else bar.outcome
    return f"{bar.name}: {how} after {written(bar.seconds)}, from {written(bar.start)} on{tries}{error}"


def _legend(drawn: Picture) -> Iterator[str]:
    bars = [bar for lane in drawn.lanes for one in lane.all() for bar in one.bars]
    kinds = {one.outcome for bar in bars for one in (bar, *bar.bars)}
    yield '<p class="legend dim">'
    for outcome, words in _OUTCOMES.items():
        if outcome in kinds:
            yield f'<span class="{outcome.replace(" ", "-")}">{words}</span>'
    if any(len(bar.attempts()) > 1 for bar in bars):
        yield '<span class="wait">waiting for the next attempt</span>'
    if any(_keys(bar) for bar in bars):
        yield '<span><a class="key written">key</a> written</span><span><a class="key read">key</a> only read</span>'
    yield "</p>"


_OUTCOMES = {
    "succeeded": "succeeded",
    "failed": "failed",
    "timed out": "timed out",
    "cancelled": "cancelled",
    "running": "still running",
}


def _class(bar: Bar) -> str:
    return bar.outcome.replace(" ", "-")


def _percent(share: float) -> str:
    return f"{share * 100:.5g}%"
