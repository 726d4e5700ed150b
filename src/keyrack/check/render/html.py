"""A report as one page for a browser: a picture of each workflow, beside it what was found and where keys go.

The page needs nothing but itself. It holds its style, its script and its pictures, and a policy that lets it load
nothing else; without the script everything can still be read. What strangers have named stands in it as text alone: the
script reads identifiers of ours from attributes.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from keyrack._page import page
from keyrack._text import counted
from keyrack.check.render.drawing import drawing, steps
from keyrack.check.render.svg import fitting, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keyrack.check.render.drawing import Drawing
    from keyrack.check.report import Assumption, Diagnostic, Report, Spot, StateNode, WorkflowReport


def render(report: Report) -> str:
    """Write a report as a page: a section for each workflow, and one for what belongs to none.

    Returns:
        A page of HTML, to be written as UTF-8.
    """
    return page(f"keyrack check: {report.verdict}", _asset("page.css"), _asset("page.js"), _body(report))


def _body(report: Report) -> Iterator[str]:
    yield from _header(report)
    yield "<main>"
    yield from _problems(report)
    for number, workflow in enumerate(report.workflows):
        yield from _Section(workflow, f"w{number}").lines()
    yield "</main>"


@cache
def _asset(name: str) -> str:
    return files("keyrack.check.render").joinpath(name).read_text(encoding="utf-8")


def _header(report: Report) -> Iterator[str]:
    found = sum(1 for _ in report)
    suppressed = sum(bool(one.suppressed) for one in report.all())
    more = f", {suppressed:,} suppressed" if suppressed else ""
    yield "<header>"
    yield "<h1>keyrack check</h1>"
    yield f'<p class="verdict {report.verdict}">{report.verdict}</p>'
    yield f'<p class="dim">{counted(len(report.workflows), "workflow")}, {counted(found, "finding")}{more}</p>'
    yield "</header>"


def _problems(report: Report) -> Iterator[str]:
    seen = [one for one in report.problems if not one.suppressed]
    if not seen and not report.notes:
        return
    yield '<section class="problems panel">'
    if seen:
        yield "<h2>Before any workflow</h2>"
        yield '<ol class="findings">'
        for one in seen:
            yield from _finding(one, "", "")
        yield "</ol>"
    for note in report.notes:
        yield f"<p>note: {shown(note)}</p>"
    yield "</section>"


class _Section:
    """Writes what was found about one workflow."""

    def __init__(self, workflow: WorkflowReport, prefix: str) -> None:
        self._workflow: WorkflowReport = workflow
        self._prefix: str = prefix
        self._drawn: Drawing = drawing(workflow)

    def lines(self) -> Iterator[str]:
        one = self._workflow
        yield f'<section class="workflow" id="{self._prefix}" aria-labelledby="{self._prefix}-title">'
        yield '<div class="title">'
        yield f'<h2 id="{self._prefix}-title">{shown(one.name or one.target)}</h2>'
        yield f"<code>{shown(one.target)}</code>{_place(one.spot)}"
        yield (
            f'<span class="dim">{counted(len(one.states), "state")}; {counted(one.reads, "read")}: '
            f"{one.proved:,} proved, {one.refuted:,} refuted, {one.unproven:,} unproven</span>"
        )
        yield "</div>"
        yield '<div class="columns">'
        yield from self._figure()
        yield '<div class="panel">'
        yield from self._findings()
        yield from self._keys()
        yield from self._states()
        yield from _assumptions(one.assumptions)
        yield "</div>"
        yield "</div>"
        yield "</section>"

    def _figure(self) -> Iterator[str]:
        plain = fitting(self._drawn, self._prefix, keys=False)
        keys = fitting(self._drawn, self._prefix, keys=True) if plain and self._drawn.key_arrows else None
        yield '<figure class="panel">'
        if plain is None:
            yield "<p>This workflow has too many ways from state to state for a picture; they are listed beside it.</p>"
        elif keys is None:
            if self._drawn.key_arrows:
                yield "<p>Keys go too many ways for a picture; they are listed beside it.</p>"
            yield f'<div class="frame" tabindex="0" role="region" aria-label="Picture">{plain}</div>'
        else:
            toggle = f"{self._prefix}-keys"
            yield f'<input type="checkbox" class="toggle" id="{toggle}" checked><label for="{toggle}">Show keys</label>'
            yield '<div class="frame" tabindex="0" role="region" aria-label="Picture">'
            yield f'<div class="with-keys">{keys}</div>'
            yield f'<div class="without-keys">{plain}</div>'
            yield "</div>"
        yield from _legend(self._drawn)
        yield "</figure>"

    def _findings(self) -> Iterator[str]:
        seen = [one for one in self._workflow.diagnostics if not one.suppressed]
        yield f"<h3>{counted(len(seen), 'finding') if seen else 'Nothing found'}</h3>"
        if not seen:
            return
        anchored: set[str] = set()
        yield '<ol class="findings">'
        for number, one in enumerate(seen):
            node = self._drawn.ids.get(one.state, "")
            # The border of a state leads to the first of what was found there.
            anchor = f"{self._prefix}-{node}" if node and node not in anchored else f"{self._prefix}-f{number}"
            anchored.add(node)
            yield from _finding(one, anchor, self._shows(one))
        yield "</ol>"

    def _shows(self, one: Diagnostic) -> str:
        """Give the attributes that name what a finding is about in the picture."""
        ids = self._drawn.ids
        ways = [f"{ids[source]}-{ids[target]}" for source, target in steps(one) if source in ids and target in ids]
        drawn = {f"{arrow.source}-{arrow.target}" for arrow in self._drawn.arrows}
        nodes = [ids[name] for name in (*(hop.state for hop in one.path), one.state) if name in ids]
        carrying = [keys for keys in self._drawn.key_arrows if one.key in keys.keys]
        return _data(
            nodes=[*nodes, *(end for keys in carrying for end in (keys.source, keys.target))],
            edges=[way for way in ways if way in drawn],
            flows=[f"{keys.source}-{keys.target}" for keys in carrying],
        )

    def _keys(self) -> Iterator[str]:
        ways: dict[str, list[tuple[str, str]]] = {}
        for flow in self._workflow.flows:
            ways.setdefault(flow.key, []).append((flow.source, flow.target))
        if not ways:
            return
        yield "<h3>Keys</h3>"
        yield '<table class="keys"><thead><tr><th scope="col">key</th><th scope="col">written in</th>'
        yield '<th scope="col">read in</th></tr></thead><tbody>'
        for key, ends in ways.items():
            ids = [(self._drawn.ids.get(source, "inputs"), self._drawn.ids[target]) for source, target in ends]
            data = _data(nodes=[id_ for way in ids for id_ in way], edges=[], flows=[f"{a}-{b}" for a, b in ids])
            yield f'<tr><th scope="row"><button type="button"{data}>{shown(key) or "&#39;&#39;"}</button></th>'
            yield f"<td>{_names(source for source, _ in ends)}</td><td>{_names(target for _, target in ends)}</td></tr>"
        yield "</tbody></table>"

    def _states(self) -> Iterator[str]:
        targets: dict[str, dict[str, None]] = {}
        for edge in self._workflow.edges:
            targets.setdefault(edge.source, {})[edge.target if edge.certain else f"{edge.target}?"] = None
        yield "<details><summary>States and transitions</summary>"
        yield '<table><thead><tr><th scope="col">state</th><th scope="col">task</th>'
        yield '<th scope="col">goes to</th></tr></thead><tbody>'
        for state in self._workflow.states:
            yield (
                f'<tr><th scope="row">{shown(state.name)}</th><td>{_described(state)}</td>'
                f"<td>{_names(targets.get(state.name, ()))}</td></tr>"
            )
        yield "</tbody></table></details>"


def _described(state: StateNode) -> str:
    if state.kind == "split":
        return f"join: {shown(state.strategy)}<br>{_names(state.branches)}{_place(state.spot)}"
    what = {"task": shown(state.label), "exit": "exit state", "missing": "no task"}[state.kind]
    return f"{what}{_place(state.spot)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(shown(name) or "inputs" for name in dict.fromkeys(names))


def _place(spot: Spot | None) -> str:
    return "" if spot is None else f' <span class="place">{shown(spot.file)}:{spot.line}</span>'


def _data(**lists: Iterable[str]) -> str:
    return "".join(f' data-{name}="{" ".join(dict.fromkeys(ids))}"' for name, ids in lists.items())


def _legend(drawn: Drawing) -> Iterator[str]:
    yield "<figcaption><span>goes to</span>"
    if not all(arrow.certain for arrow in drawn.arrows):
        yield '<span class="maybe">may go to: its next state is not known</span>'
    if drawn.key_arrows:
        yield '<span class="carries">key, from where it is written to where it is read</span>'
    if any(node.severity or node.kind == "missing" for node in drawn.nodes):
        yield '<span class="red">finding, and the way on which it shows</span>'
    yield "</figcaption>"


def _finding(one: Diagnostic, anchor: str, shows: str) -> Iterator[str]:
    what = f'<span class="code">{shown(one.code)}</span>{shown(one.message)}'
    id_ = f' id="{anchor}"' if anchor else ""
    yield f'<li class="finding {one.severity}"{id_}>'
    yield f'<button type="button"{shows}>{what}</button>' if shows else f"<p>{what}</p>"
    yield f'<p class="place">{one.severity} at {shown(one.spot.file)}:{one.spot.line}:{one.spot.col}</p>'
    if one.path:
        yield '<ol class="path">'
        yield from (f"<li>{shown(hop.why)}{_place(hop.spot)}</li>" for hop in one.path)
        yield "</ol>"
    yield from (f"<p>note: {shown(each.message)}{_place(each.spot)}</p>" for each in one.related)
    if one.help:
        yield f'<p class="help">help: {shown(one.help)}</p>'
    yield "</li>"


def _assumptions(assumptions: Iterable[Assumption]) -> Iterator[str]:
    lines = [f"<li>{shown(one.message)}{_place(one.spot)}</li>" for one in assumptions]
    if lines:
        yield f"<details><summary>{counted(len(lines), 'assumption')}</summary><ul>"
        yield from lines
        yield "</ul></details>"
