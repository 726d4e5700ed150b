"""The timeline as a page for a browser: the picture of each run, beside it its keys, below it its states and errors.

The page needs nothing but itself, and can be read without its script; with it, a key that is clicked shows where it
was written and read. What strangers have named stands in it as text alone, and no value stands in it at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from .._page import page
from .._text import counted
from .chart import Chart, text
from .lanes import picture
from .scale import sized, written

if TYPE_CHECKING:
    from .gather import Timeline
    from .model import KeyLine, RunLine, StateLine, Touch

MOST_RUNS = 30
"""The most runs that are drawn: the last ones."""

MOST_KEYS = 500
"""The most keys of a run that are listed with their uses."""

MOST_STATES = 500
"""The most states of a run that are listed."""

MOST_TOUCHES = 12
"""The most uses that are listed of a key, of those that write and of those that read: the first and the last ones."""


def render(timeline: Timeline, *, sizes: Mapping[str, int] | None = None) -> str:
    """Write a timeline as a page.

    Args:
        timeline: what was told of one run, or of several.
        sizes: the bytes of the values that are stored, by the name of the key, where they are known.

    Returns:
        A page of HTML, to be written as UTF-8.
    """
    runs = timeline.runs()
    names = ", ".join(dict.fromkeys(run.workflow for run in runs)) or "nothing ran"
    return page(f"keyrack run: {text(names)}", _asset("page.css"), _asset("page.js"), _body(timeline, sizes or {}))


@cache
def _asset(name: str) -> str:
    return files("keyrack.timeline").joinpath(name).read_text(encoding="utf-8")


def _body(timeline: Timeline, sizes: Mapping[str, int]) -> Iterator[str]:
    runs = timeline.runs()
    hidden = timeline.left_out + max(len(runs) - MOST_RUNS, 0)
    yield "<main>"
    if hidden:
        yield f'<p class="dim">Left out: {counted(hidden, "run")} before these.</p>'
    if not runs:
        yield "<h1>Nothing ran.</h1>"
    for number, run in enumerate(runs[-MOST_RUNS:]):
        yield from _Section(run, f"r{number}", sizes, _outer(run, runs)).lines()
    yield "</main>"


def _outer(run: RunLine, runs: list[RunLine]) -> RunLine | None:
    """Give the run within which a run lies, the innermost where there are several."""
    around = [one for one in runs if one.seconds > run.seconds and _holds(one, run)]
    return min(around, key=lambda one: one.seconds, default=None)


def _holds(outer: RunLine, inner: RunLine) -> bool:
    return outer.began <= inner.began and inner.began + inner.end <= outer.began + outer.end


class _Section:
    """The part of a page about one run.

    Args:
        run: the run.
        name: how it is called in identifiers.
        sizes: the bytes of values, by the name of the key.
        outer: the run that was running when it began.
    """

    def __init__(self, run: RunLine, name: str, sizes: Mapping[str, int], outer: RunLine | None) -> None:
        self._run = run
        self._name = name
        self._sizes = sizes
        self._outer = outer
        self._ids = {key: f"{name}k{number}" for number, key in enumerate(run.keys)}

    def lines(self) -> Iterator[str]:
        """Write it."""
        yield f'<section class="run" aria-labelledby="{self._name}">'
        yield from self._header()
        yield '<div class="columns">'
        yield "<div>"
        yield from Chart(self._run, picture(self._run), self._ids).lines()
        yield from self._errors()
        yield from self._states()
        yield "</div>"
        yield from self._keys()
        yield "</div>"
        yield "</section>"

    def _header(self) -> Iterator[str]:
        run = self._run
        end = f"ended in {run.exit}" if run.exit is not None else _ENDS.get(run.outcome, run.outcome)
        states = counted(len(run.states), "state")
        if run.visits > len(run.states):
            states = f"{run.visits:,} visits of {states}"
        facts = [written(run.seconds), states, f"on {text(run.store)}"]
        if self._outer is not None:
            facts.append(f"began {written(run.began - self._outer.began)} into {text(self._outer.workflow)}")
        yield "<header>"
        yield f'<h1 id="{self._name}">{text(run.workflow)}</h1>'
        yield f'<span class="outcome {run.outcome}">{text(end)}</span>'
        yield f'<span class="dim">{", ".join(facts)}</span>'
        yield "</header>"
        if run.error is not None:
            yield f'<p class="error end">{text(run.error)}</p>'

    # --- below the picture ------------------------------------------------------------------------

    def _errors(self) -> Iterator[str]:
        run = self._run
        if not run.errors:
            return
        yield f'<details class="panel"><summary>{counted(run.failures, "failure")}</summary><ol>'
        for error in run.errors:
            yield f'<li><span class="when">{written(error.time)}</span>{text(error.where)}: '
            yield f'<span class="error">{text(error.text)}</span></li>'
        yield "</ol>"
        if run.failures > len(run.errors):
            hidden = run.failures - len(run.errors)
            yield f'<p class="dim">Left out: {hidden:,} between the first and the last of these.</p>'
        yield "</details>"

    def _states(self) -> Iterator[str]:
        run = self._run
        if not run.states:
            return
        states = sorted(run.states.values(), key=lambda state: -run.seconds_of(state))
        yield f'<details class="panel"><summary>{counted(len(states), "state")} by time</summary>'
        yield '<div class="wide"><table><thead><tr><th scope="col">state</th><th scope="col">task</th>'
        for column in ("visits", "time", "longest", "failed attempts", "branches"):
            yield f'<th scope="col">{column}</th>'
        yield "</tr></thead><tbody>"
        yield from (self._state(state) for state in states[:MOST_STATES])
        yield "</tbody></table></div>"
        if len(states) > MOST_STATES:
            yield f'<p class="dim">and {counted(len(states) - MOST_STATES, "more state")}</p>'
        yield "</details>"

    def _state(self, state: StateLine) -> str:
        seconds = self._run.seconds_of(state)
        branches = ", ".join(f"{number:,} {outcome}" for outcome, number in state.branches.items())
        cells = (f"{state.visits:,}", written(seconds), written(max(state.longest, seconds / state.visits)))
        row = "".join(f"<td>{cell}</td>" for cell in (*cells, f"{state.failed:,}", branches))
        return f'<tr><th scope="row">{text(state.name)}</th><td>{text(state.task)}</td>{row}</tr>'

    # --- the keys ---------------------------------------------------------------------------------

    def _keys(self) -> Iterator[str]:
        keys = [*self._run.keys.values()]
        yield '<aside class="panel keys" aria-label="Keys" tabindex="0">'
        yield "<h2>Keys</h2>"
        if not keys:
            yield '<p class="dim">No task has used its store.</p>'
        for number, key in enumerate(keys):
            if number < MOST_KEYS:
                yield from self._key(key)
            else:  # links lead there all the same
                yield f'<p id="{self._ids[key.name]}" class="dim">{text(key.name)}: uses left out</p>'
        yield "</aside>"

    def _key(self, key: KeyLine) -> Iterator[str]:
        id_ = self._ids[key.name]
        yield f'<article id="{id_}">'
        yield f'<h3><a href="#{id_}" data-key="{id_}">{text(key.name) or "&#39;&#39;"}</a></h3>'
        yield f'<p><code>{text(key.type)}</code><span class="dim">{self._size(key)}</span></p>'
        yield from _listed("written", key.writes, [one for one in key.touches if one.writes])
        yield from _listed("read", key.reads, [one for one in key.touches if not one.writes])
        yield "</article>"

    def _size(self, key: KeyLine) -> str:
        size = self._sizes.get(key.name, key.size)
        parts = [] if size is None else [sized(size)]
        if key.length is not None and key.length != size:
            parts.append(f"length {key.length:,}")
        return "".join(f", {part}" for part in parts)


_ENDS = {"running": "still running"}


def _listed(what: str, number: int, touches: list[Touch]) -> Iterator[str]:
    if not number:
        yield f'<p class="dim">never {what}</p>'
        return
    half = MOST_TOUCHES // 2
    shown = touches if len(touches) <= MOST_TOUCHES else [*touches[:half], *touches[-half:]]
    yield f'<p class="dim">{what} {counted(number, "time")}</p>'
    yield "<ol>"
    for at, touch in enumerate(shown):
        if at == half and number > len(shown):
            yield f'<li class="dim">{number - len(shown):,} more, left out</li>'
        yield f'<li><span class="when">{written(touch.time)}</span>{text(str(touch))}</li>'
    yield "</ol>"
