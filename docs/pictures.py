"""Pictures of splits, drawn from what the engine did: ``python -m docs.pictures`` writes them to ``docs/_static``.

How it works: a page that shows such a picture holds a program, and the program leaves a ``workflow`` and a ``recorder``
that was told of its runs, on a clock that does not wait. The program is run here, and each split that was recorded
becomes a panel. The moment of the verdict is no event; the tally of the engine finds it again, from how the branches
ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from keyrack.testing import Recorder
from keyrack.workflow import BranchEnded, BranchStarted, Event, Graph, Joined, SplitStarted
from keyrack.workflow.graph import Tally

DOCS = Path(__file__).parent
PICTURES = DOCS / "_static"


# --- what happened --------------------------------------------------------------------------------


@dataclass
class Bar:
    """A branch; times are seconds since its split started."""

    task: str
    start: float | None = None
    end: float = 0.0
    ended: str = "never begun"
    """How, in a word or two."""
    outcome: str = "never begun"


@dataclass
class Panel:
    """A split."""

    started: SplitStarted
    tally: Tally
    limit: float | None
    """The time limit of the split."""
    target: str
    """The state to go on in."""
    bars: list[Bar] = field(default_factory=list[Bar])
    decided: float = 0.0
    over: float = 0.0
    caption: str = ""

    def take(self, event: Event) -> bool:
        """Take an event of the split, and say whether it was the last."""
        time = round(event.time - self.started.time, 6)
        match event:
            case BranchStarted():
                self.bars[event.branch.number].start = time
            case BranchEnded():
                self._end(self.bars[event.branch.number], event, time)
            case Joined():
                self.over = time
                needed = f", {event.required} needed" if event.required else ""
                what = f"goes on in {self.target}" if event.satisfied else "fails"
                self.caption = f"{event.succeeded} of {event.branches} succeeded{needed}: {what}"
            case _:
                pass
        return isinstance(event, Joined)

    def _end(self, bar: Bar, event: BranchEnded, time: float) -> None:
        bar.end, bar.outcome = time, event.outcome
        bar.ended = event.outcome if event.error is None else f"{event.outcome}, {type(event.error).__name__}"
        if self.tally.verdict() == "open":
            in_time = event.outcome != "timed out"
            self.decided = time if in_time or self.limit is None else self.limit
            self.tally.succeeded += event.outcome == "succeeded"
            self.tally.lost += event.outcome != "succeeded"


def panels(events: Iterable[Event], graph: Graph[Any]) -> Iterator[Panel]:
    """Give a panel for each split among *events*."""
    panel: Panel | None = None
    for event in events:
        if isinstance(event, SplitStarted):
            row = graph.rows[event.state]
            assert row.join is not None
            assert row.targets is not None
            tally = Tally(event.strategy, len(event.branches))
            bars = [Bar(branch.task) for branch in event.branches]
            panel = Panel(event, tally, row.join.timeout, row.targets[0].name, bars)
        elif panel is not None and panel.take(event):
            yield panel
            panel = None


# --- how it looks ---------------------------------------------------------------------------------

LEFT, RIGHT, ENDS, WIDTH = 90, 510, 535, 720
"""Where bars begin and end at most, where it says how they ended, and where the picture ends."""
ROW, HEAD, FOOT = 26, 64, 40
"""The heights of a bar with its gap, and of what stands above and below the bars."""

STYLE = """
  svg { --paper: #ffffff; --edge: #d0d7de; --ink: #1f2328; --dim: #59636e;
        --succeeded: #1a7f37; --failed: #cf222e; --late: #bc4c00; --cancelled: #818b98; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #151b23; --edge: #3d444d; --ink: #f0f6fc; --dim: #9198a1;
          --succeeded: #3fb950; --failed: #f85149; --late: #db8c3a; --cancelled: #8b949e; }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink);
         paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
  .caption { font-weight: 600; }
  .dim { fill: var(--dim); font-size: 12px; }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .paper { fill: var(--paper); stroke: var(--edge); }
  .grid { stroke: var(--edge); }
  .verdict { stroke: var(--ink); stroke-width: 2; }
  .over { stroke: var(--ink); stroke-dasharray: 2 3; }
  .limit { stroke: var(--late); stroke-width: 2; stroke-dasharray: 6 3; }
  .succeeded { fill: var(--succeeded); }
  .failed { fill: var(--failed); }
  .timed-out { fill: var(--late); }
  .cancelled { fill: var(--cancelled); fill-opacity: 0.2; stroke: var(--cancelled); stroke-dasharray: 4 2; }
  .after { opacity: 0.45; }
"""


@dataclass(frozen=True)
class Scale:
    """Seconds along the picture."""

    last: float
    """The last moment that is drawn."""

    def x(self, time: float) -> float:
        """Give the place of a moment."""
        return round(LEFT + (RIGHT - LEFT) * time / self.last, 1)

    def ticks(self) -> list[float]:
        """Give a few round moments."""
        step = next(step for step in _steps() if self.last / step <= 6)
        return [round(step * number, 6) for number in range(int(self.last / step) + 1)]


def _steps() -> Iterator[float]:
    return (size * round_ for size in (0.001, 0.01, 0.1, 1, 10, 100) for round_ in (1, 2, 5))


def shown(time: float) -> str:
    """Give a moment in words."""
    return f"{time * 1000:g} ms" if time < 1 else f"{time:g} s"


def draw(name: str, title: str, drawn: list[Panel]) -> str:
    """Give the picture of some splits, one below the other on one scale of time."""
    scale = Scale(max(panel.over for panel in drawn))
    parts: list[str] = []
    top = 0
    for panel in drawn:
        parts += _panel(panel, top, scale)
        top += HEAD + ROW * len(panel.bars) + FOOT
    described = " ".join(map(_told, drawn))
    size = f'viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-desc">{escape(described)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{top - 1}" rx="6"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _panel(panel: Panel, top: int, scale: Scale) -> Iterator[str]:
    first, bottom = top + HEAD, top + HEAD + ROW * len(panel.bars)
    yield _text(12, top + 24, panel.caption, "caption")
    for tick in scale.ticks():
        yield _line(scale.x(tick), first - 6, bottom, "grid")
        yield _text(scale.x(tick), bottom + 18, shown(tick), "dim middle")
    for number, bar in enumerate(panel.bars):
        yield from _bar(bar, first + ROW * number, panel.decided, scale)
    if panel.limit is not None and panel.limit <= panel.decided:
        verdict, mark = "time is up: decided", "verdict limit"
    else:
        verdict, mark = "decided", "verdict"
    yield _line(scale.x(panel.decided), first - 10, bottom, mark)
    if panel.over == panel.decided:
        yield _text(scale.x(panel.decided), first - 14, f"{verdict} at {shown(panel.decided)}", "middle")
    else:
        yield _line(scale.x(panel.over), first - 10, bottom, "over")
        yield _text(scale.x(panel.decided), first - 14, f"{verdict} at {shown(panel.decided)}", "end")
        yield _text(scale.x(panel.over), first - 14, f"over at {shown(panel.over)}", "")


def _bar(bar: Bar, top: int, decided: float, scale: Scale) -> Iterator[str]:
    middle = top + ROW // 2 + 4
    yield _text(LEFT - 10, middle, bar.task, "end")
    if bar.start is None:
        yield _text(ENDS, middle, bar.ended, "dim")
        return
    look = bar.outcome.replace(" ", "-")
    yield _rect(scale.x(bar.start), scale.x(min(bar.end, decided)), top, look)
    if bar.end > decided:
        yield _rect(scale.x(max(bar.start, decided)), scale.x(bar.end), top, f"{look} after")
    yield _text(ENDS, middle, bar.ended, "")


def _rect(left: float, right: float, top: int, look: str) -> str:
    width = round(right - left, 1)
    return f'<rect class="{look}" x="{left}" y="{top + 4}" width="{width}" height="{ROW - 8}" rx="3"/>'


def _line(x: float, top: int, bottom: int, look: str) -> str:
    return f'<line class="{look}" x1="{x}" y1="{top}" x2="{x}" y2="{bottom}"/>'


def _text(x: float, y: int, text: str, look: str) -> str:
    return f'<text class="{look}" x="{x}" y="{y}">{escape(text)}</text>'


def _told(panel: Panel) -> str:
    """Give a panel in words."""
    ends = "; ".join(
        f"{bar.task} {bar.ended}" + ("" if bar.start is None else f" at {shown(bar.end)}") for bar in panel.bars
    )
    return f"{panel.caption}. Decided at {shown(panel.decided)}, over at {shown(panel.over)}: {ends}."


# --- pages ----------------------------------------------------------------------------------------


def pages() -> list[Path]:
    """Give the pages that show a picture of their program."""
    return [page for page in sorted(DOCS.rglob("*.md")) if f"../_static/{page.stem}.svg" in page.read_text()]


def picture(page: Path) -> str:
    """Run the program of a page, and give the picture of it."""
    program: dict[str, Any] = {}
    text = page.read_text()
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        exec(compile(block, page, "exec"), program)  # noqa: S102  # the page is ours, and the tests run it too
    workflow, recorder = program["workflow"], program["recorder"]
    assert isinstance(recorder, Recorder)
    graph: Graph[Any] = workflow.graph()
    title = text.partition("\n")[0].removeprefix("# ")
    return draw(page.stem, f"{title}: a timeline", [*panels(recorder.events, graph)])


def main() -> None:
    """Write every picture."""
    for page in pages():
        (PICTURES / f"{page.stem}.svg").write_text(picture(page))


if __name__ == "__main__":
    main()
