"""A picture of all workflows in the language of Graphviz: one graph, a frame for each workflow where there are several.

Labels are plain: nothing in a name can become markup or an attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keyrack._text import cut
from keyrack.check.render.drawing import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keyrack.check.render.drawing import Arrow, Drawing, KeyArrow, Node, NodeKind
    from keyrack.check.report import Report, Severity

_RED: Final = "#cf222e"
_INK: Final = "#1f2328"
_DIM: Final = "#818b98"
_BLUE: Final = "#0969da"

_HEAD: Final = (
    f'graph [rankdir=TB, nodesep=0.4, ranksep=0.5, fontname="Helvetica", fontcolor="{_INK}", bgcolor="#ffffff"]',
    'node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#59636e", margin="0.16,0.08"]',
    f'node [fontname="Helvetica", fontsize=12, fontcolor="{_INK}"]',
    'edge [color="#59636e", fontname="Helvetica", fontsize=10, arrowsize=0.8]',
)

_SHAPES: Final[dict[NodeKind, dict[str, str]]] = {
    "task": {},
    "split": {"shape": "polygon", "sides": "4", "skew": "0.12", "style": "filled", "margin": "0.02,0.02"},
    "exit": {"peripheries": "2"},
    "missing": {"style": "rounded,filled,dashed", "color": _RED, "fillcolor": "#ffebe9"},
    "inputs": {"shape": "cylinder", "style": "filled", "color": _BLUE, "fontcolor": _BLUE},
}

_FOUND: Final[dict[Severity, dict[str, str]]] = {
    "error": {"color": _RED, "penwidth": "3"},
    "warning": {"color": _RED, "penwidth": "2"},
    "note": {"color": _RED, "penwidth": "1"},
}
"""The border of a node where something was found: the heavier, the worse."""


def render(report: Report) -> str:
    """Draw all workflows of a report in one directed graph, side by side.

    Returns:
        Lines, each with its newline.
    """
    return "".join(f"{line}\n" for line in _lines(report))


def quoted(lines: Iterable[str]) -> str:
    r"""Write *lines* as a string of the language, each centred.

    A backslash begins an escape, as ``\N`` for the name of the node, and ``&`` an entity, in plain strings too.
    """
    return '"' + r"\n".join(map(_escaped, lines)) + '"'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')


def _lines(report: Report) -> Iterator[str]:
    yield "digraph keyrack {"
    yield from (f"  {line}" for line in _HEAD)
    first = 0
    for number, workflow in enumerate(report.workflows):
        drawn = drawing(workflow, first=first)
        first += sum(node.kind != "inputs" for node in drawn.nodes)
        if len(report.workflows) == 1:
            yield from (f"  {line}" for line in _workflow(drawn, number))
        else:
            yield f"  subgraph cluster_{number} {{"
            yield f'    graph [style=rounded, color="#d0d7de", label={quoted([cut(workflow.name, 80)])}]'
            yield from (f"    {line}" for line in _workflow(drawn, number))
            yield "  }"
    yield "}"


def _workflow(drawn: Drawing, number: int) -> Iterator[str]:
    if drawn.initial:
        look = {"shape": "point", "width": "0.12", "fillcolor": _DIM, "color": _DIM}
        yield f"start{number} [{_written(look)}]"
        yield f"start{number} -> {drawn.initial}"
    for node in drawn.nodes:
        yield f"{_id(node.id, number)} [label={_label(node)}{_more(_look(node))}]"
    for arrow in drawn.arrows:
        yield f"{arrow.source} -> {arrow.target}{_bracketed(_arrow(arrow))}"
    for keys in drawn.key_arrows:
        yield f"{_id(keys.source, number)} -> {keys.target} [label={quoted(keys.lines)}{_more(_key_arrow(keys))}]"


def _id(id_: str, number: int) -> str:
    return f"inputs{number}" if id_ == "inputs" else id_


def _label(node: Node) -> str:
    return quoted([*node.lines, *([", ".join(node.codes)] if node.codes else [])])


def _look(node: Node) -> dict[str, str]:
    found: dict[str, str] = {} if node.severity is None else _FOUND[node.severity]
    return {**_SHAPES[node.kind], **found}


def _arrow(arrow: Arrow) -> dict[str, str]:
    look: dict[str, str] = {} if arrow.certain else {"style": "dashed", "color": _DIM}
    return {**look, **({"color": _RED, "penwidth": "2"} if arrow.witness else {})}


def _key_arrow(keys: KeyArrow) -> dict[str, str]:
    look = {"style": "dotted", "color": _BLUE, "fontcolor": _BLUE}
    # Only what comes from outside has its place by its keys: the others shall not bend the picture of the states.
    return look if keys.source == "inputs" else {**look, "weight": "0"}


def _more(look: dict[str, str]) -> str:
    return f", {_written(look)}" if look else ""


def _bracketed(look: dict[str, str]) -> str:
    return f" [{_written(look)}]" if look else ""


def _written(look: dict[str, str]) -> str:
    return ", ".join(f'{name}="{value}"' for name, value in look.items())
