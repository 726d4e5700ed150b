"""The page: what it holds, and what it says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from tests.check.pages import digest, of, page_of, read
from tests.check.pictures import HOSTILE, SAMPLES, forty, hostile, line, orders, report, split, spot, task
from tests.check.pictures import workflow as made

from keyrack.check.render import grid, html
from keyrack.check.report import Assumption, Diagnostic, Report

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> str:
    return page_of(request.param)


# --- what it holds --------------------------------------------------------------------------------


def test_a_page_holds_all_that_it_needs(sample: str) -> None:
    root = read(sample)

    assert len(of(root, "script")) == len(of(root, "style")) == 1
    for one in root.all():
        assert not {"src", "srcset", "action", "data", "poster", "background"} & {*one.attributes}
        for name in ("href", "xlink:href"):
            link = one.attributes.get(name, "#")
            assert link.startswith("#") or (one.tag, link) == ("link", "data:,")
    assert [one.attributes["href"] for one in of(root, "link") if one.attributes["rel"] == "icon"] == ["data:,"]
    style = "".join(of(root, "style")[0].words)
    assert "url(" not in style
    assert "@import" not in style


def test_nothing_runs_but_the_one_script(sample: str) -> None:
    root = read(sample)

    for one in root.all():
        assert not [name for name in one.attributes if name.startswith("on") or name == "style"]
    assert {one.tag for one in root.all()}.isdisjoint(
        {"iframe", "object", "embed", "form", "base", "img", "foreignobject"}
    )


def test_the_policy_allows_its_own_style_and_script_and_nothing_else(sample: str) -> None:
    root = read(sample)
    policy = next(
        one.attributes["content"]
        for one in of(root, "meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    style, script = ("".join(of(root, tag)[0].words) for tag in ("style", "script"))

    assert policy == (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_every_link_and_every_reference_leads_somewhere(sample: str) -> None:
    root = read(sample)
    ids = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    wanted = {one.attributes["href"][1:] for one in of(root, "a")}
    wanted |= {one.attributes["for"] for one in of(root, "label")}
    wanted |= {one.attributes["aria-labelledby"] for one in root.all() if "aria-labelledby" in one.attributes}

    assert len(ids) == len({*ids})
    assert wanted <= {*ids}


def test_what_a_button_is_about_is_in_the_picture(sample: str) -> None:
    root = read(sample)
    drawn = {kind: {one.attributes.get(f"data-{kind}") for one in root.all()} for kind in ("node", "edge", "flow")}

    buttons = of(root, "button")
    for one in buttons:
        for kind, known in drawn.items():
            assert {*one.attributes[f"data-{kind}s"].split()} <= known
    assert buttons
    assert any(one.attributes["data-nodes"] for one in buttons)


def test_a_picture_is_well_formed_on_its_own(sample: str) -> None:
    pictures = re.findall(r"<svg .*?</svg>", sample, re.DOTALL)

    assert pictures
    for one in pictures:
        root = ET.fromstring(one.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314
        assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
            *("svg", "g", "a", "title", "path", "rect", "polygon", "circle", "text"),
        }


# --- what it says ---------------------------------------------------------------------------------


def test_a_finding_stands_with_its_path_its_notes_and_its_help() -> None:
    found = of(read(page_of("orders")), "li", "finding", "error")[0].text()

    for words in (
        "KR102",
        "'price' may be missing when BILL reads it",
        "app/pipeline.py:31:32",
        "ROUTE returns FAST when `random.random() < 0.3`",
        "FAST returns BILL without writing 'price'",
        "note: written only by QUOTE",
        "help: write it on this path",
    ):
        assert words in found


def test_a_finding_points_at_the_way_on_which_it_shows() -> None:
    button = of(read(page_of("orders")), "button")[0]

    assert button.attributes["data-nodes"] == "s0 s2 s3 s1"
    assert button.attributes["data-edges"] == "s0-s2 s2-s3"
    assert button.attributes["data-flows"] == "s1-s3"


def test_the_state_and_the_way_of_a_finding_are_red_in_the_picture() -> None:
    root = read(page_of("orders"))
    red = {one.attributes["data-edge"] for one in of(root, "g", "edge", "witness")}
    nodes = [one.attributes["data-node"] for one in of(root, "g", "node", "error")]

    assert red == {"s0-s2", "s2-s3"}
    assert {*nodes} == {"s3"}
    assert of(root, "a")[0].attributes["href"] == "#w0-s3"


def test_what_is_red_lies_upon_what_is_not() -> None:
    edges = of(of(read(page_of("forty")), "div", "with-keys")[0], "g", "edge")
    red = ["witness" in one.classes() for one in edges]

    assert sum(red) == 4
    assert all(red[-4:])


def test_what_is_suppressed_is_counted_and_not_shown() -> None:
    page = page_of("unreachable")

    assert "1 suppressed" in page
    assert "KR201" not in page
    assert "KR202" in page


def test_uncertain_ways_and_missing_states_look_different() -> None:
    root = read(page_of("unreachable"))

    assert {one.attributes["data-edge"] for one in of(root, "g", "uncertain")} == {
        f"s1-s{at}" for at in (0, 1, 2, 3, 5)
    }
    assert [one.attributes["data-node"] for one in of(root, "g", "node", "missing")] == ["s4"]


def test_a_split_shows_its_strategy_and_its_branches() -> None:
    node = of(read(page_of("split")), "g", "node", "split")[0]

    assert "join: quorum(3)" in node.text()
    assert "fetch_pictures" in node.text()


def test_keys_are_listed_with_their_writers_and_readers() -> None:
    table = of(read(page_of("line")), "table", "keys")[0].text()

    assert re.search(r"url\s+inputs\s+FETCH\s", table)
    assert re.search(r"status\s+FETCH\s+PARSE, STORE\s", table)


def test_keys_can_be_left_out_and_then_the_inputs_are_too() -> None:
    root = read(page_of("line"))
    with_keys, without = of(root, "div", "with-keys")[0], of(root, "div", "without-keys")[0]

    assert of(root, "input", "toggle")[0].attributes["type"] == "checkbox"
    assert of(with_keys, "g", "flow")
    assert of(with_keys, "g", "inputs")
    assert not of(without, "g", "flow")
    assert not of(without, "g", "inputs")
    assert len(of(without, "g", "node")) == 4


def test_a_workflow_without_keys_has_no_switch_for_them() -> None:
    assert "<input" not in page_of("unreachable")


def test_every_workflow_has_a_section_of_its_own() -> None:
    root = read(html.render(report(line(), orders(), split())))

    assert [one.attributes["id"] for one in of(root, "section", "workflow")] == ["w0", "w1", "w2"]
    assert [one.text().strip() for one in of(root, "h2")] == ["line", "orders", "split"]


def test_what_belongs_to_no_workflow_stands_before_them() -> None:
    problem = Diagnostic("KR001", "error", "cannot load app:workflow: no module 'app'", spot(1), "")
    root = read(html.render(Report(problems=(problem,), notes=("2 entries of the baseline are gone",))))
    section = of(root, "section", "problems")[0].text()

    assert "cannot load app:workflow" in section
    assert "note: 2 entries of the baseline are gone" in section
    assert of(root, "p", "verdict", "refuted")


def test_assumptions_are_listed() -> None:
    one = replace(
        line(), assumptions=(Assumption("HOOKS is read as it is now", spot(9)), Assumption("url is an input"))
    )

    assert "HOOKS is read as it is now" in read(html.render(report(one))).text()
    assert "2 assumptions" in html.render(report(one))


def test_a_proved_workflow_says_so() -> None:
    root = read(html.render(report(line())))

    assert of(root, "p", "verdict", "proved")[0].text() == "proved"
    assert "Nothing found" in root.text()


def test_an_empty_report_and_an_empty_workflow_are_pages_too() -> None:
    for one in (Report(), report(made(name="empty"))):
        assert "keyrack check" in read(html.render(one)).text()


def test_hostile_names_are_text() -> None:
    root = read(page_of("hostile"))
    said = root.text()

    for name in (HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[3], HOSTILE[5], HOSTILE[6], HOSTILE[9], HOSTILE[10]):
        assert name in said
    assert "\\u202eltr\\x00\\ud800" in said
    page_of("hostile").encode()  # whatever a name holds, the page can be written


def test_a_workflow_with_too_many_ways_for_a_picture_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 10)

    page = html.render(report(forty()))

    assert "<svg" not in page
    assert "too many ways from state to state for a picture" in page
    assert "STAGE_9_D" in read(page).text()


def test_keys_that_go_too_many_ways_leave_the_picture_of_the_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 11)

    page = html.render(report(line()))

    assert page.count("<svg") == 1
    assert "Keys go too many ways for a picture" in page


def test_a_finding_about_a_state_that_is_not_drawn_is_still_listed() -> None:
    lost = Diagnostic("KR207", "error", "initial state NOWHERE is not registered", spot(3), "", state="NOWHERE")
    root = read(html.render(report(made(task("A", initial=True), diagnostics=(lost,)))))

    assert "initial state NOWHERE" in of(root, "li", "finding")[0].text()


def test_two_findings_of_one_state_have_anchors_of_their_own() -> None:
    first, other = (Diagnostic(code, "error", code, spot(3), "", state="A") for code in ("KR101", "KR205"))
    root = read(html.render(report(made(task("A", initial=True), diagnostics=(first, other)))))

    assert [one.attributes["id"] for one in of(root, "li", "finding")] == ["w0-s0", "w0-f1"]


def test_a_page_of_hostile_names_reads_the_same_twice() -> None:
    assert html.render(report(hostile())) == html.render(report(hostile()))
