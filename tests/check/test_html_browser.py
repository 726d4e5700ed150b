"""The page in a browser: it asks nobody for anything, and shows what is chosen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.check.pages import digest, page_of
from tests.check.pictures import HOSTILE, SAMPLES, forty, loop, orders, report, split, unreachable

from keyrack.check.render import html

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
