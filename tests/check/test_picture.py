"""Pictures that the program of graphviz-pure draws."""

from __future__ import annotations

import shutil
import stat
import struct
import sysconfig
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.check.pictures import HOSTILE, SAMPLES, hostile, line, orders, report

from keyrack import MissingExtraError
from keyrack.check.render import picture

HERE = shutil.which(picture.PROGRAM, path=sysconfig.get_path("scripts")) or shutil.which(picture.PROGRAM)
needs_program = pytest.mark.skipif(HERE is None, reason="graphviz-pure is not installed")


def texts(drawn: bytes) -> list[str]:
    root = ET.fromstring(drawn)  # noqa: S314  # as above
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program of our own in the place of the one that draws."""

    def scripts(_name: str) -> str:
        return str(tmp_path)

    monkeypatch.setattr(sysconfig, "get_path", scripts)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / picture.PROGRAM


def written(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@needs_program
def test_an_svg_shows_states_tasks_keys_and_findings() -> None:
    found = texts(picture.render(report(orders()), "svg"))

    assert {"ROUTE", "route", "BILL", "KR102", "price", "inputs"} <= {*found}


@needs_program
def test_an_svg_shows_hostile_names_as_text() -> None:
    found = texts(picture.render(report(hostile()), "svg"))

    assert {"end", HOSTILE[1], HOSTILE[2], "two lines and \\n more\\"} <= {one.replace("\xa0", " ") for one in found}


@needs_program
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_becomes_a_png(name: str) -> None:
    drawn = picture.render(report(SAMPLES[name]()), "png")
    width, height = struct.unpack(">II", drawn[16:24])

    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert width > 50
    assert height > 50


@needs_program
def test_several_workflows_share_a_picture() -> None:
    found = texts(picture.render(report(line(), orders()), "svg"))

    assert {"line", "orders", "FETCH", "ROUTE"} <= {*found}


def test_without_the_program_the_error_says_how_to_get_it(program: Path) -> None:
    assert not program.exists()

    with pytest.raises(MissingExtraError) as caught:
        picture.render(report(line()), "png")

    assert str(caught.value) == (
        "a picture as PNG needs the 'graphviz-pure' package; install it with: pip install 'keyrack[graph]'"
    )


def test_a_program_that_fails_is_quoted_and_another_format_named(program: Path) -> None:
    written(program, "echo 'syntax error in line 3' >&2; exit 1")

    with pytest.raises(ChildProcessError) as caught:
        picture.render(report(line()), "svg")

    assert str(caught.value) == (
        "graphviz-pure could not draw 1 workflow of 4 states (exit code 1): syntax error in line 3; "
        "write .html, .mmd or .dot instead"
    )


def test_a_program_that_writes_nothing_has_failed(program: Path) -> None:
    written(program, "exit 0")

    with pytest.raises(ChildProcessError, match="it said nothing"):
        picture.render(report(line()), "svg")


def test_a_program_that_does_not_end_is_stopped(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_LIMIT", 0.2)
    written(program, "while :; do :; done")

    with pytest.raises(TimeoutError, match=r"not done after 0\.2 s with 1 workflow of 4 states; write \.html"):
        picture.render(report(line()), "svg")


def test_the_graph_comes_on_standard_input_and_the_format_as_an_option(program: Path) -> None:
    written(program, 'read -r first; printf "%s %s" "$1" "$first"')

    assert picture.render(report(line()), "png") == b"-Tpng digraph keyrack {"
