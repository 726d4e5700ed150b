"""The page: what it holds, and what it says."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest
from tests.check.pages import Element, digest, of, read
from tests.timeline import samples
from tests.timeline.samples import HOSTILE, SAMPLES, only
from tests.timeline.test_gather import BEGUN, FETCH, PARSE, used

from keyrack.timeline import Timeline, chart, render
from keyrack.workflow import Branch, BranchEnded, BranchStarted, Event, StateEntered


@cache
def written(name: str) -> str:
    return render(SAMPLES[name]())


def page_of(name: str) -> Element:
    return read(written(name))


def share(text: str) -> float:
    """Read a percentage."""
    assert text.endswith("%")
    return float(text[:-1])


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> str:
    return written(request.param)


# --- what it holds --------------------------------------------------------------------------------


def test_a_page_holds_all_that_it_needs_and_runs_nothing_else(sample: str) -> None:
    root = read(sample)

    assert len(of(root, "script")) == len(of(root, "style")) == 1
    for one in root.all():
        assert not {"src", "srcset", "action", "data", "poster", "background", "style"} & {*one.attributes}
        assert not [name for name in one.attributes if name.startswith("on")]
        link = one.attributes.get("href", "#")
        assert link.startswith("#") or (one.tag, link) == ("link", "data:,")
    style = "".join(of(root, "style")[0].words)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_its_own_style_and_script_and_nothing_else(sample: str) -> None:
    root = read(sample)
    [policy] = [one.attributes["content"] for one in of(root, "meta") if "http-equiv" in one.attributes]
    style, script = ("".join(of(root, tag)[0].words) for tag in ("style", "script"))

    assert policy == (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_every_reference_leads_somewhere_and_identifiers_are_unique(sample: str) -> None:
    root = read(sample)
    ids = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    wanted = {one.attributes["href"][1:] for one in of(root, "a") if "href" in one.attributes}
    wanted |= {one.attributes["aria-labelledby"] for one in root.all() if "aria-labelledby" in one.attributes}
    for name in ("data-key", "data-keys"):
        wanted |= {key for one in root.all() for key in one.attributes.get(name, "").split()}

    assert len(ids) == len({*ids})
    assert wanted <= {*ids}


def test_no_bar_leaves_its_track(sample: str) -> None:
    for one in of(read(sample), "rect"):
        left, width = share(one.attributes["x"]), share(one.attributes["width"])

        assert left >= 0
        assert width > 0
        assert left + width <= 100.001


def test_no_page_is_large(sample: str) -> None:
    assert len(sample) < 1_000_000


def test_no_value_stands_in_a_page(sample: str) -> None:
    for value in ("hunter2", "https://example.org", "4711"):
        assert value not in sample


def test_a_value_in_the_error_of_a_verb_is_not_said() -> None:
    error = ValueError("4711 does not fit")
    page = render(Timeline([BEGUN, StateEntered(1, 100.0, FETCH, "fetch"), used(101.0, error=error)]))

    assert "ValueError" in page
    assert "4711" not in page


def test_hostile_names_are_text() -> None:
    page = render(samples.hostile())
    said = read(page).text()

    for name in (HOSTILE[0], HOSTILE[1], HOSTILE[3], HOSTILE[4]):
        assert name in said
    assert "\\u202egnp.exe\\x00\\x1b[31m\\ud800" in said
    assert page.count("<script>") == 1
    assert not {"\u202e", "\x00", "\x1b", "\ud800"} & {*page}
    page.encode()


def test_a_page_reads_the_same_twice() -> None:
    timeline = samples.split()

    assert render(timeline) == render(timeline)


# --- what it says ---------------------------------------------------------------------------------


def test_bars_are_where_their_times_are() -> None:
    bars = [one for one in of(page_of("small"), "rect") if "wait" not in one.classes()]
    places = [(share(one.attributes["x"]), share(one.attributes["width"])) for one in bars]

    expected = [(0, 1.2), (1.2, 0.4), (1.6, 0.3), (2.4, 0.3), (3.2, 0.3), (3.5, 0.9), (4.4, 0.2)]
    assert places == [pytest.approx((start / 4.6 * 100, width / 4.6 * 100), abs=0.01) for start, width in expected]


def test_failed_attempts_are_marked_and_so_is_the_wait_between() -> None:
    [row] = [one for one in of(page_of("small"), "div", "row", "state") if "CHECK" in one.text()]

    kinds = [one.attributes["class"] for one in of(row, "rect")]

    assert kinds == ["wait", "failed", "failed", "succeeded"]
    assert "ConnectionError: the price list did not answer" in [one.text() for one in of(row, "span", "error")]


def test_branches_stand_below_their_split_with_their_outcomes() -> None:
    root = page_of("split")
    rows = [one.classes() & {"state", "branch"} for one in of(root, "div", "row") if "axis" not in one.classes()]
    branches = of(root, "div", "row", "branch")[:4]

    assert rows == [{"state"}, {"state"}, *4 * [{"branch"}], {"state"}, *2 * [{"branch"}], {"state"}]
    assert [of(one, "rect")[0].attributes["class"] for one in branches] == [
        *("succeeded", "failed", "timed-out", "succeeded"),
    ]
    assert "partial_timeout: 2 of 4 succeeded, 0 needed" in root.text()


def test_keys_stand_under_the_bar_in_which_they_were_used() -> None:
    rows = of(page_of("small"), "div", "row", "state")
    chips = [[(one.text(), one.attributes["class"]) for one in of(row, "a", "key")] for row in rows]

    assert chips[0] == [("url", "key written"), ("page", "key written"), ("token", "key read")]
    assert chips[1] == [("rows", "key written"), ("page", "key read")]
    assert chips[4] == [("report", "key written"), ("rows", "key read")]


def test_a_key_is_described_by_type_size_writers_and_readers() -> None:
    articles = {of(one, "h3")[0].text().strip(): one for one in of(page_of("small"), "article")}
    rows = articles["rows"]
    said = [re.sub(r"\s+", " ", one.text()).strip() for tag in ("p", "li") for one in of(rows, tag)]

    assert said == [
        *("list[int] , length 12,001", "written 2 times", "read 1 time"),
        *("put by parse in PARSE 1.6 s", "append by enrich in ENRICH 4.4 s", "get by keep in STORE 4.6 s"),
    ]
    assert "48 kB" in articles["page"].text()
    assert "never written" in articles["token"].text()


def test_who_knows_the_size_of_a_value_better_is_believed() -> None:
    page = render(samples.small(), sizes={"page": 1_500_000, "other": 7})

    assert "1.5 MB" in page
    assert "48 kB" not in page


def test_many_uses_are_the_first_and_the_last_with_how_many_are_left_out() -> None:
    events: list[Event] = [StateEntered(1, 100.0, FETCH, "fetch"), *(used(100.0 + at) for at in range(500))]

    article = of(read(render(Timeline([BEGUN, *events]))), "article")[0].text()

    assert "written 500 times" in article
    assert "488 more, left out" in article
    assert "8 min 19 s" in article


def test_a_run_that_failed_says_so_with_its_error() -> None:
    root = page_of("failed")

    assert [one.text() for one in of(root, "span", "outcome", "failed")] == ["failed"]
    assert "row 17 has no price" in of(root, "p", "error")[0].text()
    assert "3 failures" in root.text()
    assert [one.text() for one in of(of(root, "div", "plot")[0], "span", "error")] == [
        "ValueError: row 17 has no price"
    ]
    assert "nap in CHECK, attempt 2 of 3" in root.text()


def test_a_run_that_was_cancelled_says_so() -> None:
    root = page_of("cancelled")

    assert [one.text() for one in of(root, "span", "outcome", "cancelled")] == ["cancelled"]
    assert "CancelledError" not in root.text()


def test_a_run_within_another_says_when_it_began() -> None:
    root = page_of("nested")

    assert [one.text() for one in of(root, "h1")] == ["outer", "inner", "inner"]
    assert root.text().count("began 2 s into outer") == 2


def test_a_run_that_has_not_ended_says_so() -> None:
    root = read(render(Timeline([BEGUN, StateEntered(1, 100.0, FETCH, "fetch"), used(103.0)])))

    assert "still running" in root.text()
    assert [one.attributes["class"] for one in of(root, "rect")] == ["running"]


def test_a_run_without_any_time_is_drawn_all_the_same() -> None:
    events: list[Event] = [BEGUN, StateEntered(1, 100.0, FETCH, "fetch"), StateEntered(1, 100.0, PARSE, "parse")]

    assert len(of(read(render(Timeline(events))), "rect")) == 2


def test_nothing_told_is_a_page_too() -> None:
    assert "Nothing ran." in page_of("nothing").text()


def test_a_long_run_says_what_is_not_drawn_by_itself() -> None:
    root = page_of("long")

    assert "Bars that are too narrow to be told apart are drawn as one." in root.text()
    assert len(of(root, "div", "row", "state")) == 5
    assert "10,001 visits of 5 states" in root.text()


def test_times_of_the_axis_stand_in_order_and_within_it(sample: str) -> None:
    places = [share(one.attributes["x"]) for one in of(read(sample), "text")]

    assert all(0 <= at <= 100.001 for at in places)
    if len(only_axes(sample)) == 1:
        assert all(one < other for one, other in pairwise(places))


def only_axes(page: str) -> list[Element]:
    return of(read(page), "div", "axis")


def test_bars_with_more_keys_than_can_be_marked_leave_the_marks_to_the_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "MOST_MARKS", 3)

    root = read(render(samples.small()))

    assert not of(root, "div", "chart", "marked")
    assert not [one for one in of(root, "g") if "data-key" in one.attributes]
    assert [one for one in of(root, "div", "row") if one.attributes.get("data-keys")]


def test_many_keys_under_a_bar_are_counted() -> None:
    events: list[Event] = [StateEntered(1, 100.0, FETCH, "fetch"), *(used(101.0, f"key{at}") for at in range(700))]

    root = read(render(Timeline([BEGUN, *events])))

    assert f"and {700 - chart.MOST_KEYS} more keys" in root.text()
    assert len(of(root, "article")) == 500
    assert "key699: uses left out" in root.text()


def test_a_run_of_many_states_branches_and_keys_stays_a_small_page() -> None:
    events: list[Event] = []
    for at in range(10_000):
        stage = [*samples.Stage][at % 5]
        events.append(StateEntered(1, 100.0 + at, stage, "work"))
        events += [used(100.0 + at, f"key{(at + more) % 900}", state=stage) for more in range(3)]
    timeline = Timeline([BEGUN, *events])

    page = render(timeline)

    assert only(timeline).visits == 10_000
    assert len(page) < 3_000_000


def test_many_splits_of_many_branches_stay_a_small_page() -> None:
    events: list[Event] = []
    for at in range(30):
        events.append(StateEntered(1, 100.0 + at, FETCH, "split", is_split=True))
        for number in range(100):
            events.append(BranchStarted(1, 100.0 + at, FETCH, Branch(number, "load")))
            events += [used(100.5 + at, f"key {number} {key}", branch=number) for key in range(10)]
            events.append(BranchEnded(1, 100.9 + at, FETCH, Branch(number, "load"), "succeeded", None))

    page = render(Timeline([BEGUN, *events]))

    assert len(page) < 3_000_000
    assert len(of(read(page), "div", "row", "branch")) == 100
