"""The page: what it holds, what it shows, and that a browser asks nobody for anything."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as ET
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.check.pictures import (
    HOSTILE,
    SAMPLES,
    forty,
    hostile,
    line,
    loop,
    orders,
    report,
    split,
    spot,
    task,
    unreachable,
)
from tests.check.pictures import workflow as made

from keyrack.check.render import grid, html
from keyrack.check.report import Assumption, Diagnostic, Report

VOID = {"meta", "link", "input", "br"}
SVG = "{http://www.w3.org/2000/svg}"


class Element:
    """An element with its attributes and its text."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag: str = tag
        self.attributes: dict[str, str] = attributes
        self.parent: Element | None = parent
        self.children: list[Element] = []
        self.words: list[str] = []

    def all(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child.all()

    def text(self) -> str:
        return " ".join("".join(one.words) for one in self.all())

    def classes(self) -> set[str]:
        return {*self.attributes.get("class", "").split()}


class Reader(HTMLParser):
    """Reads a page, and refuses one whose elements do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Element = Element("", {}, None)
        self.at: Element = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        one = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(one)
        if tag not in VOID:
            self.at = one

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, (self.at.tag, tag)
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(page: str) -> Element:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.at is reader.root
    return reader.root


def of(root: Element, tag: str, *classes: str) -> list[Element]:
    return [one for one in root.all() if one.tag == tag and {*classes} <= one.classes()]


def page_of(name: str) -> str:
    return html.render(report(SAMPLES[name]()))


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


def digest(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


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
    edges = [one for one in of(of(read(page_of("forty")), "div", "with-keys")[0], "g", "edge")]
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


# --- in a browser ---------------------------------------------------------------------------------

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no browser of the Chromium family is installed")


def opened(address: str, folder: Path, *flags: str) -> str:
    """Give the page as it is after a browser has opened it and its scripts have run."""
    assert BROWSER is not None
    done = subprocess.run(
        [
            *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *(f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000", "--virtual-time-budget=4000"),
            *(*flags, "--dump-dom", address),
        ],
        capture_output=True,
        timeout=100,
        check=True,
    )
    return done.stdout.decode()


def driven(page: str, script: str) -> str:
    """Add a script to a page, and to what its policy allows; what it gives stands in an attribute of the body."""
    driver = f"document.body.dataset.result = JSON.stringify((() => {{ {script} }})());"
    page = page.replace("script-src ", f"script-src '{digest(driver)}' ", 1)
    return page.replace("</body>", f"<script>{driver}</script></body>", 1)


def result(page: str, script: str, folder: Path) -> dict[str, object]:
    file = folder / "page.html"
    file.write_text(driven(page, script), encoding="utf-8")
    found = re.search(r'<body data-result="([^"]*)"', opened(file.as_uri(), folder))
    assert found
    given: dict[str, object] = json.loads(unescape(found[1]))
    return given


@pytest.fixture
def served() -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Serve pages over HTTP: an address, the paths that were asked for, and the pages by path."""
    asked: list[str] = []
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = pages.get(self.path, "").encode()
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that it has
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked, pages
        server.shutdown()
        thread.join()


@needs_browser
def test_a_browser_asks_for_the_page_and_for_nothing_else(
    served: tuple[str, list[str], dict[str, str]], tmp_path: Path
) -> None:
    address, asked, pages = served
    pages["/page.html"] = html.render(report(*(one() for one in SAMPLES.values())))

    dumped = opened(f"{address}/page.html", tmp_path)

    assert asked == ["/page.html"]
    assert 'aria-pressed="false"' in dumped  # its script has run
    assert "<script>alert(1)" not in dumped


@needs_browser
def test_the_policy_stops_what_would_ask_for_more(
    served: tuple[str, list[str], dict[str, str]], tmp_path: Path
) -> None:
    address, asked, pages = served
    pages["/page.html"] = driven(
        page_of("orders"),
        "const stopped = []; document.body.dataset.stopped = '';"
        "document.addEventListener('securitypolicyviolation', (event) => {"
        "  stopped.push(event.effectiveDirective); document.body.dataset.stopped = stopped.join(' '); });"
        "fetch('/other').catch(() => {}); new Image().src = '/image.png';"
        "const more = document.createElement('script'); more.src = '/more.js'; document.body.append(more);"
        "document.body.insertAdjacentHTML('beforeend', '<p onclick=1 style=\"color:red\">x</p>'); return 1;",
    )

    dumped = opened(f"{address}/page.html", tmp_path)
    stopped = re.search(r'data-stopped="([^"]*)"', dumped)

    assert asked == ["/page.html"]
    assert stopped
    assert {"connect-src", "img-src", "script-src-elem", "style-src-attr"} <= {*stopped[1].split()}


@needs_browser
def test_a_click_on_a_finding_shows_its_way_and_escape_ends_it(tmp_path: Path) -> None:
    script = """
        const workflow = document.querySelector(".workflow"), button = workflow.querySelector("button");
        const lit = (kind) => [...new Set([...workflow.querySelectorAll(`.on[data-${kind}]`)]
            .map((one) => one.dataset[kind]))].sort();
        const state = () => ({chosen: workflow.classList.contains("chosen"), nodes: lit("node"), edges: lit("edge"),
            pressed: button.getAttribute("aria-pressed")});
        const before = state();
        button.click();
        const clicked = state();
        button.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true}));
        return {before, clicked, after: state()};
    """

    found = result(page_of("orders"), script, tmp_path)

    quiet: dict[str, object] = {"chosen": False, "nodes": [], "edges": [], "pressed": "false"}
    assert found["before"] == found["after"] == quiet
    assert found["clicked"] == {
        "chosen": True,
        "nodes": ["s0", "s1", "s2", "s3"],
        "edges": ["s0-s2", "s2-s3"],
        "pressed": "true",
    }


@needs_browser
def test_the_keyboard_reaches_findings_and_keys_and_shows_what_they_are_about(tmp_path: Path) -> None:
    script = """
        const workflow = document.querySelector(".workflow");
        const seen = [...workflow.querySelectorAll("button")].map((button) => {
            button.focus();  // tells nobody while the window of the browser has no focus itself
            button.dispatchEvent(new FocusEvent("focus"));
            const lit = [...workflow.querySelectorAll(".on[data-node]")].map((one) => one.dataset.node);
            return [button.textContent.slice(0, 5), document.activeElement === button, [...new Set(lit)].sort()];
        });
        document.activeElement.dispatchEvent(new FocusEvent("blur"));
        return {seen, left: workflow.classList.contains("chosen")};
    """

    found = result(page_of("orders"), script, tmp_path)

    assert found == {
        "seen": [
            ["KR102", True, ["s0", "s1", "s2", "s3"]],
            ["order", True, ["inputs", "s0", "s3"]],
            ["price", True, ["s1", "s3"]],
        ],
        "left": False,
    }


@needs_browser
def test_the_switch_hides_the_keys(tmp_path: Path) -> None:
    script = """
        const shown = () => [".with-keys", ".without-keys"]
            .map((one) => document.querySelector(one).getClientRects().length > 0);
        const first = shown();
        document.querySelector(".toggle").click();
        return {first, then: shown()};
    """

    assert result(page_of("line"), script, tmp_path) == {"first": [True, False], "then": [False, True]}


@needs_browser
def test_every_text_fits_into_its_box(tmp_path: Path) -> None:
    page = html.render(report(orders(), loop(), split(), unreachable(), forty()))
    script = """
        const outside = [];
        let texts = 0;
        for (const node of document.querySelectorAll("figure > .frame .node, .with-keys .node")) {
            const box = node.querySelector(".box");
            if (!box.getClientRects().length) continue;
            const outer = box.getBBox();
            for (const text of node.querySelectorAll("text")) {
                const inner = text.getBBox();
                texts += 1;
                if (inner.x < outer.x || inner.y < outer.y ||
                    inner.x + inner.width > outer.x + outer.width ||
                    inner.y + inner.height > outer.y + outer.height) outside.push(text.textContent);
            }
        }
        return {outside, many: texts > 100};
    """

    assert result(page, script, tmp_path) == {"outside": [], "many": True}


@needs_browser
def test_hostile_names_run_nothing_in_a_browser(tmp_path: Path) -> None:
    script = """
        return {scripts: document.scripts.length, handlers: document.querySelectorAll("[onload], [onclick]").length,
                title: document.title, states: document.querySelectorAll(".with-keys .node").length};
    """

    found = result(page_of("hostile"), script, tmp_path)

    assert found == {"scripts": 2, "handlers": 0, "title": "keyrack check: refuted", "states": len(HOSTILE)}


@needs_browser
def test_a_finding_of_a_state_is_reached_by_the_link_at_its_border(tmp_path: Path) -> None:
    script = """
        const link = document.querySelector(".with-keys a");
        const target = document.getElementById(link.href.baseVal.slice(1));
        return {tag: target.tagName, code: target.querySelector(".code").textContent, reached: link.tabIndex};
    """

    assert result(page_of("orders"), script, tmp_path) == {"tag": "LI", "code": "KR102", "reached": 0}


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
