"""The text of each code: its programs show what they say, and whoever asks for a code finds it."""

from __future__ import annotations

import re
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from tests.check.programs import blocks, imported

from keyrack.check.codes import CODES
from keyrack.check.explain import UnknownCodeError, explain, explanation
from keyrack.errors import ConfigurationError
from keyrack.testing import run_in_virtual_time

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from keyrack.check.report import Report
    from keyrack.workflow import Workflow

TEXTS = {code: explanation(code) for code in CODES}

NO_PROGRAMS = {
    "KR001": "what cannot be loaded is no workflow",
    "KR002": "a configuration is no program",
    "KR404": "it is reserved",
    "KR906": "a program with too many paths is no small example",
}
REFUSED = {"KR204"}
"""Of which the wrong program is refused when it is made."""

WITH_OTHERS = {
    "KR004": {"KR004", "KR101"},
    "KR106": {"KR106", "KR901"},
    "KR903": {"KR903", "KR206", "KR106"},
}
"""What is found in a wrong program besides, where one cannot be without the other."""

INPUTS: dict[str, Any] = {
    "formula": "1+2+3",
    "orders": [1.0, 2.0],
    "price": 9.5,
    "rate": 2.0,
    "source": "shop_prices",
    "way": "air",
    "weight": 20,
    "word": "tea",
}


class Loader(Protocol):
    def __call__(self, name: str, source: str) -> ModuleType: ...


class Programs(NamedTuple):
    """What stands in a text: a wrong program and a right one."""

    wrong: str
    right: str


def programs(code: str) -> Programs:
    """Read the programs of a text: each begins with the block that stands before both."""
    both, wrong, right = re.fullmatch(r"(.*?)\nWrong:\n(.*?)\nRight:\n(.*)", TEXTS[code], re.DOTALL).groups()  # type: ignore[union-attr]
    return Programs(*("\n\n".join([*blocks(both), *blocks(part)]) for part in (wrong, right)))


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Imports a program under a name."""
    return partial(imported, folder=tmp_path, monkeypatch=monkeypatch)


def found(module: ModuleType) -> Report:
    from keyrack.check.api import check

    return check(module.workflow)


SHOWN = sorted({*CODES} - {*NO_PROGRAMS})


@pytest.mark.parametrize("code", sorted({*SHOWN} - REFUSED))
def test_the_wrong_program_has_what_the_text_is_about_and_nothing_else(code: str, load: Loader) -> None:
    expected = WITH_OTHERS.get(code, {code})

    report = found(load(f"wrong_{code}", programs(code).wrong))

    assert {one.code for one in report} == expected, [one.message for one in report]


@pytest.mark.parametrize("code", SHOWN)
def test_the_right_program_has_nothing_to_report(code: str, load: Loader) -> None:
    report = found(load(f"right_{code}", programs(code).right))

    assert [(one.code, one.message) for one in report] == []


@pytest.mark.parametrize("code", SHOWN)
def test_the_right_program_runs_to_an_exit_state(code: str, load: Loader) -> None:
    load("shop_prices", "def price() -> float:\n    return 9.5\n")
    if code == "KR004":
        pytest.skip("what it needs, another program writes")
    workflow: Workflow[Any, Any] = load(f"run_{code}", programs(code).right).workflow
    for key in workflow.inputs:
        workflow.store.put(key, INPUTS[key.name])

    final = run_in_virtual_time(workflow.orchestrate())

    assert final in workflow.graph().exits


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_the_wrong_program_is_refused_when_it_is_made(code: str, load: Loader) -> None:
    with pytest.raises(ConfigurationError, match=r"is an exit state|has a task"):
        load(f"wrong_{code}", programs(code).wrong)


@pytest.mark.parametrize("code", ["KR101", "KR102", "KR103", "KR104", "KR105", "KR202", "KR205", "KR502"])
def test_the_wrong_program_fails_when_it_runs(code: str, load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.1)  # the way on which it shows
    workflow: Workflow[Any, Any] = load(f"fails_{code}", programs(code).wrong).workflow
    given: dict[str, Any] = {"orders": [], "weight": 1000}
    for key in workflow.inputs:
        workflow.store.put(key, given[key.name])

    with pytest.raises(Exception, match=r"no value for key|has no task|no next state|cannot append|None"):
        run_in_virtual_time(workflow.orchestrate())


@pytest.mark.parametrize("code", CODES)
def test_a_text_says_in_short_lines_what_it_means_before_it_shows_anything(code: str) -> None:
    text = TEXTS[code]

    assert re.match(r"[A-Z]", text)
    assert max(map(len, text.splitlines())) <= 120
    assert text.count("```") % 2 == 0
    assert code in NO_PROGRAMS or min(map(len, programs(code))) > 0


def test_each_code_has_a_text_and_each_text_a_code() -> None:
    folder = files("keyrack.check") / "explanations"

    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{code}.md" for code in CODES)


# --- asking for one -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", ["KR102", "kr102", " Kr102\n", "missing-on-path", "Missing-On-Path", "missing_on_path"]
)
def test_a_code_is_found_by_its_number_and_by_its_name_in_capitals_or_not(asked: str) -> None:
    assert explain(asked) == explain("KR102")


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_an_explanation_begins_with_the_code_its_name_how_bad_it_is_and_its_sentence(code: Any) -> None:
    head, sentence, *_ = explain(code.slug).splitlines()

    assert head == f"{code.code} {code.slug} ({code.severity}, {code.family})"
    assert "{" not in sentence.replace("{exc}", "")
    assert sentence.split("<")[0] == code.sentence.split("{")[0]


def test_an_explanation_shows_programs_set_in_and_without_fences() -> None:
    text = explain("KR101")

    assert "```" not in text
    assert '\n    PRICE = StoreKey("price", float)\n' in text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("KR1O2", "unknown code 'KR1O2'; did you mean 'KR102'?"),
        ("missing-on-pth", "unknown code 'missing-on-pth'; did you mean 'missing-on-path'?"),
        ("KR107", "unknown code 'KR107'; there are KR101, KR102, KR103, KR104, KR105, KR106"),
        ("", "unknown code ''; there are KR001 to KR906, and their names, such as 'load-failed'"),
        ("KR102; rm", "unknown code 'KR102; rm'; there are KR001 to KR906, and their names, such as 'load-failed'"),
        ("../KR102", "unknown code '../KR102'; there are KR001 to KR906, and their names, such as 'load-failed'"),
    ],
)
def test_an_unknown_code_is_an_error_that_says_which_there_are(asked: str, expected: str) -> None:
    with pytest.raises(UnknownCodeError) as caught:
        explain(asked)

    assert str(caught.value) == expected
    assert isinstance(caught.value, ValueError)


def test_an_unknown_code_of_any_length_and_of_any_characters_is_told_on_one_short_line() -> None:
    with pytest.raises(UnknownCodeError) as caught:
        explain("KR\x1b[31m\n" * 10_000)

    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()
