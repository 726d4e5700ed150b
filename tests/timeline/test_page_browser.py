"""The page in a browser: it asks nobody for anything, fits every width, and shows what is chosen."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.check.test_html_browser import driven, needs_browser, opened, result, served
from tests.timeline.samples import SAMPLES

from keyrack.timeline import render

__all__ = ["served"]  # a fixture

Served = tuple[str, list[str], dict[str, str]]

CLICKS = """
    const run = document.querySelector(".run");
    const names = (what) => [...run.querySelectorAll(what)].map((one) => one.textContent.trim());
    const state = () => ({chosen: run.classList.contains("chosen"), rows: names(".row.on .name"),
        articles: names("article.on h3"), bars: run.querySelectorAll("g.on").length});
    const links = [...run.querySelectorAll("a[data-key]")];
    const chip = links.find((one) => one.textContent === "rows");
    const said = [];
    for (const name of ["error", "warn", "log"]) console[name] = (...words) => said.push(words.join(" "));
    window.onerror = (words) => said.push(words);

    const before = state();
    chip.click();
    const clicked = state();
    const article = run.querySelector("article.on").getBoundingClientRect();
    const seen = article.top >= 0 && article.top < innerHeight;
    chip.click();
    const again = state();
    const reached = links.every((one) => { one.focus(); return document.activeElement === one && one.tabIndex === 0; });
    chip.focus();
    document.activeElement.click();  // what Enter does on a link
    const entered = state();
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true}));
    const escaped = state();
    for (const link of links) link.click();

    const left = (one) => one.getBoundingClientRect().left;
    const ticks = [...document.querySelectorAll(".grid line")].map(left);
    const round = (one) => Math.round((left(one) - ticks[0]) / (ticks[1] - ticks[0]) * 10) / 10;
    const bars = [...run.querySelectorAll(".row.state g")].map(round);
    const chips = [...run.querySelectorAll(".chips")].map(round);
    return {before, clicked, seen, again, reached, entered, escaped, said, ticks: ticks.length, bars, chips};
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser saw of the page of a small run, step by step."""
    return result(render(SAMPLES["small"]()), CLICKS, tmp_path_factory.mktemp("browser"))


CHOSEN = {"chosen": True, "rows": ["PARSE", "ENRICH", "STORE"], "articles": ["rows"], "bars": 3}
QUIET: dict[str, Any] = {"chosen": False, "rows": [], "articles": [], "bars": 0}


@needs_browser
def test_a_click_on_a_key_shows_what_is_known_of_it_and_marks_its_bars(small: dict[str, Any]) -> None:
    assert (small["before"], small["clicked"], small["again"]) == (QUIET, CHOSEN, QUIET)
    assert small["seen"]


@needs_browser
def test_the_keyboard_reaches_every_key_and_escape_ends_what_is_shown(small: dict[str, Any]) -> None:
    assert small["reached"]
    assert (small["entered"], small["escaped"]) == (CHOSEN, QUIET)


@needs_browser
def test_the_script_complains_of_nothing(small: dict[str, Any]) -> None:
    assert small["said"] == []


@needs_browser
def test_bars_and_the_keys_under_them_are_drawn_where_the_ticks_say(small: dict[str, Any]) -> None:
    assert small["ticks"] == 5
    assert small["bars"] == [0, 1.2, 1.6, 3.5, 4.4]
    assert small["chips"][:4] == small["bars"][:4]
    assert small["chips"][4] <= 4.4  # those at the edge move left, so that they fit


@needs_browser
def test_a_browser_asks_for_the_page_and_for_nothing_else(
    served: Served,
    tmp_path: Path,
) -> None:
    address, asked, pages = served
    script = """
        document.body.dataset.stopped = "";
        addEventListener("securitypolicyviolation", () => { document.body.dataset.stopped = "1"; });
        document.body.insertAdjacentHTML("beforeend", document.querySelector("main").outerHTML);
        return document.scripts.length;
    """
    pages["/page.html"] = driven(render(SAMPLES["hostile"]()), script)

    dumped = opened(f"{address}/page.html", tmp_path)

    assert asked == ["/page.html"]
    assert 'aria-current="false"' in dumped  # its script has run
    assert 'data-stopped=""' in dumped
    assert 'data-result="2"' in dumped
    assert "<script>alert(1)" not in dumped


@needs_browser
def test_nothing_is_wider_than_the_page(served: Served, tmp_path: Path) -> None:
    address, asked, pages = served
    names, widths = ("split", "hostile", "long"), (400, 640, 1001, 2000)
    pages.update({f"/{name}.html": render(SAMPLES[name]()) for name in names})
    frames = [f'<iframe src="/{name}.html" width="{width}" height="900">' for name in names for width in widths]
    pages[
        "/all.html"
    ] = f"""<!doctype html><style>iframe {{ border: 0 }}</style><body>{"</iframe>".join(frames)}</iframe>
        <script>onload = () => {{
            const wide = [];
            for (const frame of document.querySelectorAll("iframe")) {{
                const root = frame.contentDocument.documentElement, name = `${{frame.src}} ${{frame.width}}`;
                if (frame.contentWindow.innerWidth !== Number(frame.width)) wide.push(`${{name}} was not measured`);
                const parts = "main .row > *, article, header > *, details, .chips > *, text";
                if (root.scrollWidth > root.clientWidth) wide.push(name);
                for (const one of root.querySelectorAll(parts)) {{
                    const right = one.getBoundingClientRect().right;
                    if (right > root.clientWidth + 0.5) wide.push(`${{name}} ${{one.outerHTML}}`);
                }}
            }}
            document.body.dataset.wide = JSON.stringify(wide);
        }};</script>"""

    found = re.search(r'data-wide="([^"]*)"', opened(f"{address}/all.html", tmp_path))

    assert found
    assert json.loads(unescape(found[1])) == []
    assert len(asked) >= 1 + len(names)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_told_from_what_is_behind_it(scheme: str, tmp_path: Path) -> None:
    script = """
        const channels = (color) => color.match(/[\\d.]+/g).map(Number);
        const light = (color) => {
            const [r, g, b] = channels(color).map((one) => one / 255)
                .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (one) => {
            for (let at = one; at; at = at.parentElement) {
                const color = getComputedStyle(at).backgroundColor;
                if ((channels(color)[3] ?? 1) > 0) return color;
            }
            return "rgb(255, 255, 255)";
        };
        const weak = new Set();
        let texts = 0;
        for (const one of document.querySelectorAll("article")) one.classList.add("on");
        for (const one of document.querySelectorAll("main *")) {
            if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
            if (one.tagName === "title") continue;
            const style = getComputedStyle(one);
            const color = one instanceof SVGElement ? style.fill : style.color;
            const [a, b] = [light(color), light(behind(one))].sort((x, y) => y - x);
            texts += 1;
            if ((a + 0.05) / (b + 0.05) < 4.5) weak.add(`${one.tagName}.${one.getAttribute("class")} ${color}`);
        }
        const dark = light(getComputedStyle(document.body).backgroundColor) < 0.1;
        return {weak: [...weak], many: texts > 50, dark};
    """
    file = tmp_path / "page.html"
    # All kinds of runs on one page: what differs between them is in their sections.
    sections = "".join(
        section
        for name in ("split", "failed", "cancelled")
        for section in re.findall(r"<section.*?</section>", render(SAMPLES[name]()), re.DOTALL)
    )
    page = render(SAMPLES["nothing"]()).replace("</main>", f"{sections}</main>")
    file.write_text(driven(page, script), encoding="utf-8")
    flags = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []

    found = re.search(r'data-result="([^"]*)"', opened(file.as_uri(), tmp_path, *flags))

    assert found
    assert json.loads(unescape(found[1])) == {"weak": [], "many": True, "dark": scheme == "dark"}
