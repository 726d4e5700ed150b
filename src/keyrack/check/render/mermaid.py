"""A picture of each workflow in the language of mermaid, which code hosts draw in pages and summaries.

It sets the colours of lines alone: those of boxes and texts come from the theme, light or dark, of the page.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from keyrack._text import cut
from keyrack.check.render.drawing import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from keyrack.check.render.drawing import Drawing, Node, NodeKind
    from keyrack.check.report import Report, WorkflowReport

MOST_EDGES: Final = 500
"""How many edges mermaid draws; a diagram of more is refused."""

_INDENT: Final = "  "

_SHAPES: Final[dict[NodeKind, tuple[str, str]]] = {
    "task": ('["', '"]'),
    "split": ('[/"', '"/]'),
    "exit": ('(["', '"])'),
    "missing": ('["', '"]'),
    "inputs": ('[("', '")]'),
}

_CLASSES: Final = {
    "start": "fill:#818b98,stroke:#818b98",
    "exit_": "stroke-width:3px",
    "missing": "stroke:#cf222e,stroke-width:2px,stroke-dasharray:4 3",
    "error": "stroke:#cf222e,stroke-width:4px",
    "warning": "stroke:#cf222e,stroke-width:2px",
    "note": "stroke:#cf222e,stroke-width:1px,stroke-dasharray:2 2",
}
"""How nodes look, least important first: of what two of them say, the later one holds."""

_WITNESS: Final = "stroke:#cf222e,stroke-width:3px"
_UNCERTAIN: Final = "stroke:#818b98,stroke-width:1px,stroke-dasharray:6 4"
_KEY: Final = "stroke:#0969da,stroke-width:1px,stroke-dasharray:2 3"


def render(report: Report) -> str:
    """Draw every workflow of a report: one diagram after the other, each below a comment that names it.

    Returns:
        Lines, each with its newline. One workflow makes a file that mermaid draws; several have to be taken apart, as
        `diagrams` gives them, for mermaid knows one diagram a file.
    """
    return "\n".join(diagrams(report))


def diagrams(report: Report) -> list[str]:
    """Draw each workflow of a report on its own."""
    return [diagram(one) for one in report.workflows]


def diagram(workflow: WorkflowReport) -> str:
    """Draw one workflow.

    What mermaid would refuse to draw for its number of edges is left out, keys first, and a comment says so.
    """
    return "".join(f"{line}\n" for line in _lines(workflow, drawing(workflow)))


def escaped(text: str) -> str:
    """Write *text* so that mermaid shows it as it is, within quotes.

    Every character that means something to mermaid, to markdown or to HTML is written by its number.
    """
    return _SPECIAL.sub(lambda match: "".join(f"#{ord(char)};" for char in match[0]), _BREAK.sub("\\\\\u2060", text))


_BREAK: Final = re.compile(r"\\(?=n)")
"""A backslash before an n breaks the line, in numbers too: something that has no width comes between."""

_SPECIAL: Final = re.compile(r"(?<![^\W_])[_.\-]|[_.\-](?![^\W_])|(?<=www)\.|[^\w\s,()…_.\-]", re.IGNORECASE)


def _lines(workflow: WorkflowReport, drawn: Drawing) -> Iterator[str]:
    target = f" ({_comment(workflow.target)})" if workflow.target else ""
    yield f"%% workflow {_comment(workflow.name)}{target}"
    edges, left_out = _within_limit(_edges(drawn))
    for what in left_out:
        yield f"%% {what} are left out: mermaid draws {MOST_EDGES} edges"
    yield "flowchart TB"
    body = chain(_nodes(drawn), (edge for edge, _ in edges), _classes(drawn), _link_styles([how for _, how in edges]))
    for line in body:
        yield f"{_INDENT}{line}"


def _comment(text: str) -> str:
    """Give *text* on one line; a brace would begin a directive."""
    return re.sub(r"[{}%]", "", cut(text, 200))


def _nodes(drawn: Drawing) -> Iterator[str]:
    if drawn.initial:
        yield 'start((" "))'
    for node in drawn.nodes:
        opening, closing = _SHAPES[node.kind]
        lines = [*node.lines, *([", ".join(node.codes)] if node.codes else [])]
        yield f"{node.id}{opening}{_broken(lines)}{closing}"


def _broken(lines: Iterable[str]) -> str:
    return "<br/>".join(map(escaped, lines))


def _edges(drawn: Drawing) -> Iterator[tuple[str, str]]:
    """Give each edge with how it looks."""
    if drawn.initial:
        yield f"start --> {drawn.initial}", ""
    for arrow in drawn.arrows:
        line = "-->" if arrow.certain else "-.->"
        style = _WITNESS if arrow.witness else "" if arrow.certain else _UNCERTAIN
        yield f"{arrow.source} {line} {arrow.target}", style
    for keys in drawn.key_arrows:
        yield f'{keys.source} -.->|"{_broken(keys.lines)}"| {keys.target}', _KEY


def _within_limit(edges: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
    """Leave out keys, then uncertain edges, until mermaid draws what is left."""
    kept = list(edges)
    left_out: list[str] = []
    for style, what in ((_KEY, "keys"), (_UNCERTAIN, "uncertain edges")):
        if len(kept) > MOST_EDGES:
            kept = [edge for edge in kept if edge[1] != style]
            left_out.append(what)
    return kept, left_out


def _classes(drawn: Drawing) -> Iterator[str]:
    members: dict[str, list[str]] = {name: [] for name in _CLASSES}
    if drawn.initial:
        members["start"].append("start")
    for node in drawn.nodes:
        for name in _class_names(node):
            members[name].append(node.id)
    for name, ids in members.items():
        if ids:
            yield f"classDef {name} {_CLASSES[name]}"
            yield f"class {','.join(ids)} {name}"


def _class_names(node: Node) -> Iterator[str]:
    if node.kind == "exit":
        yield "exit_"
    if node.kind == "missing":
        yield "missing"
    if node.severity is not None:
        yield node.severity


def _link_styles(styles: Sequence[str]) -> Iterator[str]:
    for style in (_UNCERTAIN, _KEY, _WITNESS):
        numbers = [str(at) for at, one in enumerate(styles) if one == style]
        if numbers:
            yield f"linkStyle {','.join(numbers)} {style}"
