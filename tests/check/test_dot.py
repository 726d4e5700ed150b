"""Pictures in the language of Graphviz."""

from __future__ import annotations

import re
from html import unescape

import pytest
from tests.check.pictures import HOSTILE, SAMPLES, hostile, line, loop, orders, report, split, unreachable

from keyrack.check.render import dot

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
STATEMENT = re.compile(r"\s+(\w+)(?: -> (\w+))?(?: \[(.*)\])?")


def statements(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Read nodes and edges as Graphviz does, and refuse what is not of the few forms that are written."""
    found: list[tuple[str, str, dict[str, str]]] = []
    lines = text.splitlines()
    assert lines[0] == "digraph keyrack {"
    assert lines[-1] == "}"
    for one in lines[1:-1]:
        strings = STRING.findall(one)
        bare = "".join(f"{between}<{at}>" for at, between in enumerate(STRING.split(one))).rpartition("<")[0]
        assert '"' not in bare
        if re.fullmatch(r"\s+(?:subgraph cluster_\d+ \{|\})", bare):
            continue
        statement = STATEMENT.fullmatch(bare)
        assert statement, bare
        attributes = dict(each.split("=") for each in (statement[3] or "").split(", ") if each)
        read = {name: _value(value, strings) for name, value in attributes.items()}
        found.append((statement[1], statement[2] or "", read))
    return [one for one in found if one[0] not in {"graph", "node", "edge"}]


def _value(written: str, strings: list[str]) -> str:
    number = re.fullmatch(r"<(\d+)>", written)
    return strings[int(number[1])][1:-1] if number else written


def shown(label: str) -> list[str]:
    """Give the lines of a label as Graphviz shows them."""
    lines = re.sub(r"\\(.)", lambda match: "\0" if match[1] == "n" else match[1], label).split("\0")
    return [unescape(one) for one in lines]


def test_states_and_ways_are_nodes_and_edges() -> None:
    found = statements(dot.render(report(orders())))
    nodes = {name: look for name, target, look in found if not target}

    assert nodes["s0"]["label"] == r"ROUTE\nroute"
    assert nodes["s4"]["peripheries"] == "2"
    assert nodes["start0"]["shape"] == "point"
    assert ("start0", "s0", {}) in found
    assert ("s0", "s1", {}) in found


def test_what_was_found_is_red_at_its_state_and_on_the_way_that_shows_it() -> None:
    found = statements(dot.render(report(orders())))
    red = [(name, target) for name, target, look in found if look.get("color") == "#cf222e"]

    assert red == [("s3", ""), ("s0", "s2"), ("s2", "s3")]
    assert next(look for name, _, look in found if name == "s3")["label"] == r"BILL\nbill\nKR102"


def test_keys_are_dotted_and_move_no_state_but_the_inputs() -> None:
    found = statements(dot.render(report(line())))
    keys = {(name, target): look for name, target, look in found if look.get("style") == "dotted"}

    assert keys["s0", "s1"]["label"] == "page, status"
    assert keys["s0", "s1"]["weight"] == "0"
    assert "weight" not in keys["inputs0", "s0"]


def test_a_split_names_its_strategy_and_leans() -> None:
    found = statements(dot.render(report(split())))
    look = next(look for name, target, look in found if name == "s1" and not target)

    assert look["shape"] == "polygon"
    assert shown(look["label"])[:2] == ["GATHER", "join: quorum(3)"]


def test_what_is_not_certain_is_dashed_and_what_is_missing_red() -> None:
    found = statements(dot.render(report(unreachable())))
    dashed = [(name, target) for name, target, look in found if target and look.get("style") == "dashed"]
    missing = next(look for name, target, look in found if name == "s4" and not target)

    assert dashed == [("s1", one) for one in ("s0", "s1", "s2", "s3", "s5")]
    assert missing["color"] == "#cf222e"


def test_the_heavier_the_border_the_worse_the_finding() -> None:
    looks = [look for _, _, look in statements(dot.render(report(split(), loop(), unreachable())))]
    widths = {look["penwidth"] for look in looks if "KR" in look.get("label", "")}

    assert widths == {"1", "2", "3"}


def test_no_name_becomes_code() -> None:
    found = statements(dot.render(report(hostile())))
    labels = [shown(look["label"])[0] for name, target, look in found if not target and name != "start0"]

    assert len(found) == 1 + 1 + len(HOSTILE) + 2 * (len(HOSTILE) - 1)
    assert labels[:3] == ["end", '"><script>alert(1)</script>', 'a"]; s1-->s2']
    assert labels[4] == "two lines and \\n more\\"
    assert labels[9].startswith("]]>--><!-- \\N \\G </style>")


@pytest.mark.parametrize("text", ["&lt;", "a&b", "\\", '\\"', "\\N", "<b>bold</b>", '"', 'x", color="red'])
def test_a_label_is_shown_as_it_is(text: str) -> None:
    written = dot.quoted([text])

    assert STRING.fullmatch(written)
    assert shown(written[1:-1]) == [text]


def test_several_workflows_lie_side_by_side_and_share_no_node() -> None:
    text = dot.render(report(line(), orders(), line()))
    nodes = [name for name, target, _ in statements(text) if not target]

    assert len(nodes) == len({*nodes})
    assert text.count("subgraph cluster_") == 3
    assert [*dict.fromkeys(re.findall(r"\binputs\d\b", text))] == ["inputs0", "inputs1", "inputs2"]


def test_one_workflow_has_no_frame_around_it() -> None:
    assert "cluster" not in dot.render(report(line()))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_edge_joins_nodes_that_are_there(name: str) -> None:
    found = statements(dot.render(report(SAMPLES[name]())))
    nodes = {one for one, target, _ in found if not target}

    assert {end for one, target, _ in found if target for end in (one, target)} <= nodes
