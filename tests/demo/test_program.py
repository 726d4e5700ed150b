"""The program: a survey and its display end together."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Self

import pytest

from keyrack.demo.pipeline import Keys, Stage, survey_of
from keyrack.demo.program import demo, watched
from keyrack.demo.screen import Lines, Progress, ending
from keyrack.demo.times import Times


class Seen:
    """A display that remembers what it was shown, and fails when it was shown enough."""

    def __init__(self, enough: int = 1_000_000) -> None:
        self.progress: list[Progress] = []
        self._enough = enough

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def show(self, progress: Progress) -> None:
        self.progress.append(progress)
        if len(self.progress) >= self._enough:
            raise BrokenPipeError


def times() -> Times:
    return Times(Stage.DISCOVER)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of a hundred modules."""
    for number in range(100):
        (tmp_path / f"m{number:02}.py").write_text("import sys\n")
    return tmp_path


def test_a_display_is_shown_the_survey_from_its_start_to_its_end(tree: Path) -> None:
    seen = Seen()

    end = asyncio.run(watched(survey_of(tree), times(), seen))

    assert end is Stage.DONE
    assert seen.progress[0] == Progress(Stage.DISCOVER, found=0, done=0)
    assert seen.progress[-1] == Progress(Stage.REPORT, found=100, done=100)


def test_a_survey_ends_when_its_display_fails(tree: Path) -> None:
    survey = survey_of(tree)

    with pytest.raises(BrokenPipeError):
        asyncio.run(watched(survey, times(), Seen(enough=1)))

    assert not Keys(survey.store).report.exists()


def test_an_error_of_a_survey_reaches_the_caller_as_it_is(tree: Path) -> None:
    survey = survey_of(tree)
    Keys(survey.store).root.remove()

    with pytest.raises(Exception, match=r"survey\.root"):
        asyncio.run(watched(survey, times(), Seen()))


@pytest.mark.usefixtures("capsys")
@pytest.mark.parametrize("name", [".", "m00.py", "gone"])
def test_the_garbage_collector_is_left_as_it_was(tree: Path, name: str) -> None:
    before = gc.get_threshold()

    demo(tree / name)

    assert gc.get_threshold() == before


def test_lines_are_written_when_the_files_are_known_and_after_each_quarter() -> None:
    written: list[str] = []
    stages = [(Stage.DISCOVER, 8, 0), (Stage.PARSE, 9, 0), *((Stage.COLLECT, 9, done) for done in range(10))]

    with Lines(written.append) as lines:
        for stage, found, done in stages:
            lines.show(Progress(stage, found, done))

    assert written == [f"parsed {done} of 9 files" for done in (0, 3, 5, 7, 9)]


@pytest.mark.parametrize(
    ("shown", "name", "width"),
    [
        ("shop.cart", "shop.cart", 9),
        ("…op.cart", "shop.cart", 8),
        ("…", "shop.cart", 1),
        ("…", "shop.cart", 0),
        ("…界界", "界界界", 5),
        ("…界", "界界界", 4),
    ],
)
def test_of_a_long_name_the_end_is_shown(shown: str, name: str, width: int) -> None:
    assert ending(name, width) == shown
