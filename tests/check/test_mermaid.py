"""Pictures in the language of mermaid."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

import pytest
from tests.check.pictures import HOSTILE, SAMPLES, forty, line, loop, orders, report, split, spot, task, unreachable
from tests.check.pictures import hostile as hostile_workflow
from tests.check.pictures import workflow as made

from keyrack.check.render import mermaid
from keyrack.check.render.drawing import Drawing, drawing
from keyrack.check.report import Diagnostic, Edge, Flow, StateNode, WorkflowReport

QUOTED = r'"([^"]*)"'
NODE = re.compile(rf"  (\w+)(\[/|\(\[|\[\(|\(\(|\[){QUOTED}(/\]|\]\)|\)\]|\)\)|\])")
EDGE = re.compile(rf"  (\w+) (-->|-\.->)(?:\|{QUOTED}\|)? (\w+)")


@dataclass
class Parsed:
    """What mermaid reads from a diagram."""

    nodes: dict[str, tuple[str, list[str]]] = field(default_factory=dict[str, tuple[str, list[str]]])
    edges: list[tuple[str, str, str, list[str]]] = field(default_factory=list[tuple[str, str, str, list[str]]])
    classes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    styles: dict[int, str] = field(default_factory=dict[int, str])


def shown(label: str) -> list[str]:
    """Give the lines of a label as mermaid shows them."""
    return [unescape(re.sub(r"#(\d+);", r"&#\1;", one)).replace("\u2060", "") for one in label.split("<br/>")]


def parsed(text: str) -> Parsed:
    """Read a diagram, and refuse what is not of the few forms that are written."""
    found = Parsed()
    lines = [one for one in text.splitlines() if not one.startswith("%%")]
    assert lines[0] == "flowchart TB"
    for one in lines[1:]:
        if node := NODE.fullmatch(one):
            found.nodes[node[1]] = (node[2], shown(node[3]))
        elif edge := EDGE.fullmatch(one):
            found.edges.append((edge[1], edge[2], edge[4], shown(edge[3] or "")))
        elif members := re.fullmatch(r"  class ([\w,]+) (\w+)", one):
            found.classes[members[2]] = members[1].split(",")
        elif style := re.fullmatch(r"  linkStyle ([\d,]+) (.+)", one):
            found.styles.update(dict.fromkeys(map(int, style[1].split(",")), style[2]))
        else:
            assert re.fullmatch(r"  classDef \w+ [\w:,#\- ]+", one), one
    return found


def styled(found: Parsed, style: str) -> set[tuple[str, str]]:
    """Give the ends of the edges whose style contains *style*."""
    return {(found.edges[at][0], found.edges[at][2]) for at, one in found.styles.items() if style in one}


RED = "stroke:#cf222e"


def test_states_are_nodes_with_identifiers_of_their_own_and_their_task_below() -> None:
    found = parsed(mermaid.diagram(orders()))

    assert found.nodes["s0"] == ("[", ["ROUTE", "route"])
    assert found.nodes["s4"] == ("([", ["DONE"])
    assert ("start", "-->", "s0", [""]) in found.edges
    assert ("s0", "-->", "s1", [""]) in found.edges


def test_a_split_names_its_strategy_and_its_branches() -> None:
    found = parsed(mermaid.diagram(split()))
    shape, lines = found.nodes["s1"]

    assert shape == "[/"
    assert lines[:2] == ["GATHER", "join: quorum(3)"]
    assert " ".join(lines[2:]) == "fetch_prices, fetch_stock, fetch_reviews, fetch_pictures, fetch_ratings"


def test_what_was_found_is_red_at_its_state_and_on_the_way_that_shows_it() -> None:
    found = parsed(mermaid.diagram(orders()))

    assert found.nodes["s3"][1] == ["BILL", "bill", "KR102"]
    assert found.classes["error"] == ["s3"]
    assert styled(found, RED) == {("s0", "s2"), ("s2", "s3")}


def test_keys_go_on_dotted_edges_and_those_of_one_way_share_an_edge() -> None:
    found = parsed(mermaid.diagram(line()))
    keys = [(source, target, label) for source, arrow, target, label in found.edges if arrow == "-.->"]

    assert keys == [
        ("inputs", "s0", ["url"]),
        ("s0", "s1", ["page, status"]),
        ("s1", "s2", ["record"]),
        ("s0", "s2", ["status"]),
    ]
    assert styled(found, "stroke:#0969da") == {(source, target) for source, target, _ in keys}


def test_a_state_without_a_task_is_red_and_what_is_suppressed_leaves_no_trace() -> None:
    found = parsed(mermaid.diagram(unreachable()))

    assert found.nodes["s4"] == ("[", ["CLEANUP", "no task"])
    assert found.classes["missing"] == ["s4"]
    assert found.nodes["s2"][1] == ["LEGACY", "legacy"]
    assert found.classes["error"] == ["s3"]
    assert found.classes["warning"] == ["s1"]


def test_a_way_that_is_not_certain_is_dashed_and_faint() -> None:
    found = parsed(mermaid.diagram(unreachable()))
    uncertain = {(source, target) for source, arrow, target, _ in found.edges if arrow == "-.->"}

    assert uncertain == {("s1", one) for one in ("s0", "s1", "s2", "s3", "s5")}
    assert styled(found, "stroke-dasharray:6 4") == uncertain


@pytest.mark.parametrize("edges", ["A?B A>B", "A>B A?B"])
def test_a_way_that_is_certain_once_is_certain(edges: str) -> None:
    one = made(task("A", initial=True), task("B"), edges=edges)

    assert drawing(one).arrows[0].certain
    assert len(drawing(one).arrows) == 1


def test_styles_of_edges_count_the_one_to_the_initial_state() -> None:
    found = parsed(mermaid.diagram(loop()))

    assert found.edges[0][:3] == ("start", "-->", "s0")
    assert styled(found, RED) == {("s0", "s1"), ("s1", "s3")}


def test_no_name_becomes_code() -> None:
    found = parsed(mermaid.diagram(hostile_workflow()))

    assert len(found.nodes) == len(HOSTILE) + 1
    assert len(found.edges) == 1 + 2 * (len(HOSTILE) - 1)
    assert found.nodes["s0"][1] == ["end", "end", "KR102"]
    assert found.nodes["s1"][1][0] == '"><script>alert(1)</script>'
    assert found.nodes["s2"][1][0] == 'a"]; s1-->s2'
    assert found.nodes["s4"][1][0] == "two lines and \\n more\\"
    assert found.nodes["s5"][1][0] == "x" * 39 + "…"


@pytest.mark.parametrize(
    "char", ['"', "#", ";", "<", ">", "&", "`", "\\", "*", "%", "{", "}", "[", "|", "$", ":", "🔥"]
)
def test_a_character_that_means_something_is_written_by_its_number(char: str) -> None:
    written = mermaid.escaped(f"a{char}b")

    assert char not in re.sub(r"#\d+;", "", written)
    assert shown(written) == [f"a{char}b"]


@pytest.mark.parametrize("text", ["FETCH_PAGE", "app.load", "quorum(3)", "fetch-all", "größe, 火"])
def test_a_plain_name_can_be_read_in_the_source(text: str) -> None:
    assert mermaid.escaped(text) == text


@pytest.mark.parametrize("text", ["_private_", "- item", "1. item", "__init__", "a --> b", "www.example.com"])
def test_a_name_that_would_be_markdown_is_none(text: str) -> None:
    written = mermaid.escaped(text)

    assert written != text
    assert shown(written) == [text]


def test_several_workflows_are_one_diagram_after_the_other_each_below_its_name() -> None:
    text = mermaid.render(report(line(), hostile_workflow(), orders()))
    comments = [one for one in text.splitlines() if one.startswith("%%")]

    assert text == "\n".join(mermaid.diagrams(report(line(), hostile_workflow(), orders())))
    assert text.count("flowchart TB\n") == 3
    assert comments[0] == "%% workflow line (app.pipeline:line)"
    assert len(comments) == 3


def test_a_comment_is_never_a_directive() -> None:
    one = made(task("A", initial=True), name='%%{init: {"theme": "dark"}}%%\nflowchart')

    first = mermaid.diagram(one).splitlines()[0]

    assert re.search(r"[{}]", first) is None
    assert mermaid.diagram(one).splitlines()[1] == "flowchart TB"


def test_more_edges_than_mermaid_draws_are_left_out_and_it_says_so() -> None:
    states = [task(f"S{at}", initial=at == 0) for at in range(400)]
    edges = tuple(Edge(f"S{at}", f"S{at + 1}") for at in range(399))
    flows = tuple(Flow("key", f"S{at}", f"S{at + 1}") for at in range(399))
    one = WorkflowReport("large", "app:large", "S0", spot(1), tuple(states), edges, flows)

    text = mermaid.diagram(one)

    assert "%% keys are left out: mermaid draws 500 edges\n" in text
    assert len(parsed(text).edges) == 400


def test_a_state_that_only_an_edge_names_is_drawn_as_missing() -> None:
    one = made(task("A", initial=True), edges="A>GONE")

    assert [(node.id, node.kind) for node in drawing(one).nodes] == [("s0", "task"), ("s1", "missing")]


def test_a_finding_about_no_state_changes_no_picture() -> None:
    states = (task("A", initial=True), StateNode("B", "exit"))
    lost = Diagnostic("KR207", "error", "bad", spot(3), "", state="ELSEWHERE")

    assert mermaid.diagram(made(*states, edges="A>B", diagnostics=(lost,))) == mermaid.diagram(
        made(*states, edges="A>B")
    )


def test_a_workflow_without_states_is_an_empty_diagram() -> None:
    assert mermaid.diagram(made(name="empty")) == "%% workflow empty (app.pipeline:empty)\nflowchart TB\n"


def test_a_report_without_workflows_is_nothing() -> None:
    assert mermaid.render(report()) == ""


def test_of_very_many_branches_the_first_are_named_and_the_others_counted() -> None:
    one = made(StateNode("S", "split", branches=tuple(f"branch_number_{at}" for at in range(50)), strategy="all"))
    lines = drawing(one).nodes[0].lines

    assert lines[-1] == "and 42 more"
    assert len(lines) == 7


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_of_the_forms_that_are_known_to_be_drawn(name: str) -> None:
    drawn: Drawing = drawing(SAMPLES[name]())

    found = parsed(mermaid.diagram(SAMPLES[name]()))

    assert {*found.nodes} == {node.id for node in drawn.nodes} | {"start"}
    assert len(found.edges) == 1 + len(drawn.arrows) + len(drawn.key_arrows)


def test_the_start_is_marked_in_a_picture_of_forty_states() -> None:
    found = parsed(mermaid.diagram(forty()))

    assert [target for source, _, target, _ in found.edges if source == "start"] == ["s0"]
    assert len(found.nodes) == 43
