"""Suppression by comments: where they reach, what they cannot do, and how wrong ones are told."""

import runpy
import tokenize
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from tests.check.reports import finding

from keyrack.check.api import check
from keyrack.check.codes import CODES
from keyrack.check.report import Diagnostic, Hop, Report, Spot, StateNode, WorkflowReport
from keyrack.check.suppress import apply, apply_all

SOURCE = """\
async def bill(store):
    total = store.get(Keys.total)
    price = store.get(
        Keys.price,
    )
    return Stage.DONE


async def ship(store):
    return Stage.DONE


class Pack(Node):
    def prep(self, store):
        return store.get(Keys.size)

    def post(self, store, prep, made):
        return Stage.DONE


def helper(store):
    return store.get(Keys.deep)


workflow = Workflow(Stage, store)
workflow.register(Stage.BILL, bill)
workflow.register(
    Stage.SHIP,
    ship,
)
workflow.register(Stage.PACK, Pack())
other = Workflow(Stage, store)
"""


class Module:
    """A file with a workflow, and the places in it."""

    def __init__(self, file: Path, source: str = SOURCE) -> None:
        self.file: Path = file
        self.source: str = dedent(source)
        file.write_text(self.source)

    def comment(self, after: str, text: str) -> None:
        """Put a comment at the end of the first line that has *after*."""
        lines = self.source.splitlines()
        at = next(at for at, line in enumerate(lines) if after in line)
        lines[at] += f"  # {text}"
        self.source = "\n".join(lines) + "\n"
        self.file.write_text(self.source)

    def spot(self, text: str, until: str = "") -> Spot:
        """Give the place of a text; its end is that of the first *until* after it."""
        start = self.source.index(text)
        end = self.source.index(until or text, start) + len(until or text)
        line, col = self._at(start)
        return Spot(str(self.file), line, col, *self._at(end))

    def _at(self, offset: int) -> tuple[int, int]:
        before = self.source[:offset]
        return before.count("\n") + 1, offset - before.rfind("\n")

    def finding(self, text: str = "store.get(Keys.total)", code: str = "KR102", **facts: str) -> Diagnostic:
        facts.setdefault("state", "BILL")
        return replace(finding(code, 7, None, **facts), spot=self.spot(text))

    def report(self, *found: Diagnostic, name: str = "Orders") -> WorkflowReport:
        def state(name: str, registered: str, *functions: Spot) -> StateNode:
            spot = self.spot(registered)
            return StateNode(name, "task", spot=Spot(spot.file, spot.line), functions=functions)

        spots = [
            self.spot("async def bill", "return Stage.DONE"),
            self.spot("async def ship", "return Stage.DONE"),
            self.spot("def prep", "Keys.size)"),
            self.spot("def post", "return Stage.DONE"),
        ]
        states = (
            state("BILL", "workflow.register(Stage.BILL", spots[0]),
            state("SHIP", "workflow.register(\n", spots[1]),
            state("PACK", "workflow.register(Stage.PACK", *spots[2:]),
        )
        return WorkflowReport(name, "app:workflow", "BILL", self.spot("workflow ="), states, diagnostics=tuple(found))


@pytest.fixture
def module(tmp_path: Path) -> Module:
    return Module(tmp_path / "app.py")


def told(report: WorkflowReport) -> list[str]:
    """Give the codes that are left, those that were suppressed in brackets."""
    return [f"({one.code})" if one.suppressed else one.code for one in report.diagnostics]


def test_without_a_comment_a_report_stays_as_it_was(module: Module) -> None:
    report = module.report(module.finding())

    assert apply(report) == report


def test_a_comment_on_the_reported_line_suppresses_it(module: Module) -> None:
    module.comment("Keys.total", "keyrack: ignore[KR102]")
    (one,) = apply(module.report(module.finding())).diagnostics

    assert one.suppressed == "comment"


def test_a_comment_on_any_line_of_what_is_reported_suppresses_it(module: Module) -> None:
    for after in ("price = store.get(", "Keys.price,"):
        module.file.write_text(SOURCE)
        module.source = SOURCE
        module.comment(after, "keyrack: ignore[KR102]")
        one = replace(module.finding(), spot=module.spot("store.get(", "Keys.price,"))

        assert told(apply(module.report(one))) == ["(KR102)"]


def test_a_comment_on_another_line_suppresses_nothing_and_is_unused(module: Module) -> None:
    module.comment("return Stage.DONE", "keyrack: ignore[KR102]")

    assert told(apply(module.report(module.finding()))) == ["KR102", "KR003"]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["(KR102)"], "keyrack: ignore[KR102]"),
        (["(KR102)"], "keyrack:ignore[KR102]"),
        (["(KR102)"], "keyrack: ignore [ KR102 ]"),
        (["(KR102)"], "keyrack: ignore[KR102] -- the branch before has written it"),
        (["(KR102)"], "keyrack: ignore[KR102] key=total"),
        (["(KR102)"], "keyrack: ignore[KR102] key='total' -- known"),
        (["(KR102)"], 'keyrack: ignore[KR102] key=price key="total"'),
        (["(KR102)"], "noqa: E501 # keyrack: ignore[KR102]"),
        (["(KR102)"], "keyrack: ignore[KR102]  # noqa: E501"),
        (["(KR102)", "KR003"], "keyrack: ignore[KR102, KR101]"),
        (["KR102", "KR003"], "keyrack: ignore[KR102] key=price"),
        (["KR102", "KR003"], "keyrack: ignore[KR101]"),
        (["KR102", "KR003"], "keyrack: ignore"),
        (["KR102", "KR003"], "keyrack: ignore[]"),
        (["KR102", "KR003"], "keyrack: ignore[ , ]"),
        (["KR102", "KR003"], "keyrack: ignore[KR102] keys=total"),
        (["KR102", "KR003"], "keyrack: ignore[KR102] because it is known"),
        (["KR102", "KR003"], "keyrack: ignore[KR102] key="),
        (["KR102", "KR004"], "keyrack: ignore[KR12]"),
        (["(KR102)", "KR004"], "keyrack: ignore[KR102, XYZ]"),
        (["KR102"], "keyrack: ignored[KR102]"),
        (["KR102"], "ignore[KR102]"),
    ],
)
def test_a_comment_says_codes_and_keys_and_nothing_else(expected: list[str], text: str, module: Module) -> None:
    module.comment("Keys.total", text)
    found = apply(module.report(module.finding(key="total")))

    assert told(found) == expected


def test_a_comment_within_a_string_is_none(module: Module) -> None:
    module.source = 'TEXT = "# keyrack: ignore[KR101]"\nLONG = """\n# keyrack: ignore\n"""\n' + SOURCE
    module.file.write_text(module.source)

    assert told(apply(module.report(module.finding()))) == ["KR102"]


@pytest.mark.parametrize("after", ["async def bill", "class Pack"])
def test_a_comment_on_a_header_suppresses_all_of_that_handler(after: str, module: Module) -> None:
    module.comment(after, "keyrack: ignore[KR102]")
    inside = module.finding(state="BILL") if "bill" in after else module.finding("store.get(Keys.size)", state="PACK")
    helper = module.finding("store.get(Keys.deep)", state=inside.state)
    elsewhere = module.finding("store.get(Keys.deep)", state="SHIP")

    found = apply(module.report(inside, helper, elsewhere))

    assert told(found) == ["(KR102)", "(KR102)", "KR102"]


def test_a_comment_on_a_decorator_or_a_line_of_a_long_header_is_one_on_the_header(tmp_path: Path) -> None:
    for marked in ("@task(", "retries=3,", "async def bill(", "store,", ") -> Stage:"):
        source = SOURCE.replace(
            "async def bill(store):\n", "@task(\n    retries=3,\n)\nasync def bill(\n    store,\n) -> Stage:\n"
        )
        module = Module(tmp_path / "app.py", source)
        module.comment(marked, "keyrack: ignore[KR102]")

        assert told(apply(module.report(module.finding()))) == ["(KR102)"]


def test_a_comment_on_the_line_below_a_header_is_not_on_it(module: Module) -> None:
    module.source = SOURCE.replace("async def bill(store):\n", "async def bill(store):\n    # keyrack: ignore[KR102]\n")
    module.file.write_text(module.source)

    assert told(apply(module.report(module.finding()))) == ["KR003", "KR102"]


def test_a_finding_about_a_whole_function_is_not_suppressed_in_its_middle(module: Module) -> None:
    module.comment("price = store.get(", "keyrack: ignore[KR205]")
    whole = replace(finding("KR205", state="BILL"), spot=module.spot("async def bill", "return Stage.DONE"))

    assert told(apply(module.report(whole))) == ["KR205", "KR003"]


def test_a_comment_on_one_branch_lets_the_findings_of_the_other_stand(module: Module) -> None:
    module.comment("def post", "keyrack: ignore[KR102]")
    own, other = module.finding("return Stage.DONE", state="PACK"), module.finding("store.get(Keys.size)", state="PACK")
    own = replace(own, spot=replace(own.spot, line=module.spot("def post").line + 1))

    assert told(apply(module.report(other, own))) == ["KR102", "(KR102)"]


def test_a_comment_on_the_header_of_a_helper_suppresses_what_lies_in_it(module: Module) -> None:
    module.comment("def helper", "keyrack: ignore[KR102]")

    assert told(apply(module.report(module.finding(), module.finding("store.get(Keys.deep)")))) == ["KR102", "(KR102)"]


@pytest.mark.parametrize("after", ["workflow.register(Stage.BILL", None, "Stage.SHIP,", "    ship,"])
def test_a_comment_on_any_line_of_the_registration_suppresses_the_whole_state(
    after: str | None, module: Module
) -> None:
    state = "BILL" if after and "BILL" in after else "SHIP"
    if after is None:
        module.source = SOURCE.replace("    ship,\n)", "    ship,\n)  # keyrack: ignore[KR102]")
        module.file.write_text(module.source)
    else:
        module.comment(after, "keyrack: ignore[KR102]")
    found = apply(module.report(module.finding(state=state), module.finding(state="PACK")))

    assert told(found) == ["(KR102)", "KR102"]


def test_in_a_chain_of_registrations_a_comment_is_about_its_own(tmp_path: Path) -> None:
    chain = """\
    workflow = (
        Workflow(Stage, store)
        .register(Stage.BILL, bill)
        .register(
            Stage.SHIP,
            ship,
        )
        .register(Stage.PACK, Pack())
    )
    """
    source = SOURCE[: SOURCE.index("workflow =")] + dedent(chain)
    module = Module(tmp_path / "app.py", source)
    module.comment("Stage.SHIP,", "keyrack: ignore[KR102]")
    places = {"BILL": ".register(Stage.BILL", "SHIP": ".register(\n", "PACK": ".register(Stage.PACK"}
    states = tuple(
        StateNode(name, "task", spot=Spot(str(module.file), module.spot(text).line)) for name, text in places.items()
    )
    found = tuple(module.finding(state=name) for name in places)
    report = WorkflowReport("Orders", "", "BILL", module.spot("workflow ="), states, diagnostics=found)

    assert told(apply(report)) == ["KR102", "(KR102)", "KR102"]


def test_a_state_that_is_registered_by_a_function_of_somebody_else_has_the_line(tmp_path: Path) -> None:
    module = Module(tmp_path / "app.py", SOURCE.replace("workflow.register(Stage.BILL", "add(workflow, Stage.BILL"))
    module.comment("add(workflow", "keyrack: ignore[KR102]")
    states = (StateNode("BILL", "task", spot=Spot(str(module.file), module.spot("add(workflow").line)),)
    report = WorkflowReport("Orders", "", "BILL", module.spot("workflow ="), states, diagnostics=(module.finding(),))

    assert told(apply(report)) == ["(KR102)"]


def test_a_stage_decorator_registers_too(tmp_path: Path) -> None:
    module = Module(
        tmp_path / "app.py", SOURCE.replace("async def bill", "@flow.stage(\n    Stage.BILL,\n)\nasync def bill")
    )
    module.comment("    Stage.BILL,", "keyrack: ignore[KR301]")
    states = (StateNode("BILL", "task", spot=Spot(str(module.file), module.spot("@flow").line)),)
    found = (module.finding("store.get(Keys.deep)", code="KR301"),)

    assert told(
        apply(WorkflowReport("Orders", "", "BILL", states[0].spot or Spot("", 0), states, diagnostics=found))
    ) == ["(KR301)"]


@pytest.mark.parametrize("code", ["KR001", "KR002", "KR003", "KR004"])
def test_what_says_that_the_check_did_not_do_its_work_cannot_be_suppressed(code: str, module: Module) -> None:
    module.comment("Keys.total", f"keyrack: ignore[{code}]")
    problem = replace(finding("KR002"), code=code, spot=module.spot("store.get(Keys.total)"))
    report = module.report(*([problem] if code in {"KR001", "KR002"} else []))
    *_, told_off = apply(report).diagnostics

    assert (told_off.code, told_off.message) == ("KR003", f"unused 'keyrack: ignore[{code}]'")
    assert told_off.help == f"{code} cannot be suppressed"
    assert not any(one.suppressed for one in apply(report).diagnostics)


def test_a_bare_comment_is_told_what_it_lacks(module: Module) -> None:
    module.comment("Keys.total", "keyrack: ignore")
    (one,) = apply(module.report()).diagnostics

    assert (one.code, one.severity, one.target) == ("KR003", "warning", "Orders")
    assert one.help == "name what is to be suppressed, as in '# keyrack: ignore[KR102]'"
    assert one.spot == module.spot("# keyrack: ignore")


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ("unknown code KR1002; did you mean 'KR102'?", "KR1002"),
        ("unknown code kr102; did you mean 'KR102'?", "kr102"),
        ("unknown code missing-on-path; did you mean 'KR102'?", "missing-on-path"),
        ("unknown code XYZ", "XYZ"),
    ],
)
def test_an_unknown_code_is_told_with_what_may_be_meant(expected: str, code: str, module: Module) -> None:
    module.comment("Keys.total", f"keyrack: ignore[{code}]")
    (one,) = apply(module.report()).diagnostics

    assert (one.code, one.message) == ("KR004", expected)


def test_an_unused_code_is_told_where_it_stands(module: Module) -> None:
    module.comment("Keys.total", "keyrack: ignore[KR102, KR301] -- known")
    unused = apply(module.report(module.finding())).diagnostics[-1]

    assert (unused.code, unused.message) == ("KR003", "unused 'keyrack: ignore[KR301]'")
    assert unused.spot == module.spot("# keyrack", "-- known")


def test_a_code_that_could_not_be_found_is_not_told_as_unused(module: Module) -> None:
    module.comment("Keys.total", "keyrack: ignore[KR301]")

    assert told(apply(module.report(), codes=CODES.keys() - {"KR301"})) == []
    assert told(apply(module.report())) == ["KR003"]


def test_an_unused_comment_of_code_that_has_no_part_in_the_workflow_is_let_be(module: Module) -> None:
    module.comment("def helper", "keyrack: ignore[KR102]")
    module.comment("other = ", "keyrack: ignore[KR201]")

    assert told(apply(module.report())) == []


def test_a_comment_that_stands_on_nothing_is_unused(module: Module) -> None:
    module.source = SOURCE.replace("\n\nclass", "\n# keyrack: ignore[KR102]\nclass")
    module.file.write_text(module.source)

    assert told(apply(module.report())) == ["KR003"]


def test_a_comment_that_serves_one_workflow_is_used_for_all(module: Module) -> None:
    module.comment("async def bill", "keyrack: ignore[KR102]")
    clean, found = module.report(), module.report(module.finding(), name="Other")

    assert [told(one) for one in apply_all(Report((clean, found))).workflows] == [[], ["(KR102)"]]
    assert [told(one) for one in apply_all(Report((clean, clean))).workflows] == [["KR003"], []]
    assert told(apply(clean)) == ["KR003"]


def test_to_apply_it_again_changes_nothing(module: Module) -> None:
    module.comment("async def bill", "keyrack: ignore[KR102, KR301, XYZ]")
    once = apply(module.report(module.finding()))

    assert told(once) == ["KR004", "KR003", "(KR102)"]
    assert apply(once) == once
    assert apply_all(Report((once,))).workflows == (once,)


def test_what_a_baseline_knows_keeps_that_word_and_uses_its_comment(module: Module) -> None:
    module.comment("async def bill", "keyrack: ignore[KR102]")
    known = replace(module.finding(), suppressed="baseline")

    assert [one.suppressed for one in apply(module.report(known)).diagnostics] == ["baseline"]


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n\ny = (\n    2\n); z = 3  # keyrack: ignore[KR102]\n",
        'x = 1\n\nif x:\n    y = 2\n    z = """\n  """  # keyrack: ignore[KR102]\n',
        "\x0c\nx = '\u2028\x0b'\n\ny = 2  # keyrack: ignore[KR102]\n",
        "y = 2  # keyrack: ignore[KR102]",
    ],
)
def test_a_comment_is_found_whatever_stands_around_it(source: str, module: Module, tmp_path: Path) -> None:
    file = tmp_path / "around.py"
    file.write_text(source, encoding="utf-8")
    line = next(number for number, text in enumerate(source.split("\n"), 1) if "keyrack" in text)
    one = replace(module.finding(), spot=Spot(str(file), line, 1))

    assert told(apply(module.report(one))) == ["(KR102)"]


def test_files_that_were_read_besides_are_looked_at(module: Module, tmp_path: Path) -> None:
    extra = tmp_path / "extra.py"
    extra.write_text("# keyrack: ignore[XYZ]\n")

    assert told(apply(module.report(), [str(extra)])) == ["KR004"]
    assert told(apply(module.report())) == []


def test_a_way_through_another_file_is_no_reason_to_suppress_there(module: Module, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("x = 1  # keyrack: ignore[KR102]\n")
    one = replace(module.finding(), path=(Hop("BILL", Spot(str(other), 1), "why"),))

    assert told(apply(module.report(one))) == ["KR102", "KR003"]


def _latin(file: Path) -> None:
    file.write_bytes(b"# coding: latin-1\nx = '\xe4'  # keyrack: ignore[KR102]\n")


def _windows(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf# first\r\nx = 1  # keyrack: ignore[KR102]\r\n")


def _broken(file: Path) -> None:
    file.write_bytes(b"x = 0\nx = (1  # keyrack: ignore[KR102]\n")


@pytest.mark.parametrize("write", [_latin, _windows, _broken])
def test_comments_are_read_whatever_the_encoding_and_before_what_is_no_python(
    write: Callable[[Path], None], module: Module, tmp_path: Path
) -> None:
    file = tmp_path / "strange.py"
    write(file)
    one = replace(module.finding(), spot=Spot(str(file), 2, 1))

    assert "(KR102)" in told(apply(module.report(one)))


def _no_encoding(file: Path) -> None:
    file.write_bytes(b"# coding: nonsense\n# keyrack: ignore[KR102]\n")


def _no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe keyrack: ignore[KR102]\x00")


def _zero(file: Path) -> None:
    file.write_bytes(b"x = 1\x00  # keyrack: ignore[KR999]\n")


def _deep(file: Path) -> None:
    file.write_text("x = " + "(" * 5_000 + ")" * 5_000 + "  # keyrack\n")


def _folder(file: Path) -> None:
    file.mkdir()


def _nothing(file: Path) -> None:
    """There is no such file."""


@pytest.mark.parametrize("write", [_no_encoding, _no_text, _zero, _deep, _folder, _nothing])
def test_a_file_that_is_no_python_loses_no_finding(
    write: Callable[[Path], object], module: Module, tmp_path: Path
) -> None:
    file = tmp_path / "strange.py"
    write(file)
    one = replace(module.finding(), spot=Spot(str(file), 1, 1))

    assert "KR102" in told(apply(module.report(one)))


def test_a_file_without_such_a_comment_is_not_cut_into_tokens(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    module.source = f"import keyrack\n{SOURCE}"
    module.file.write_text(module.source)
    monkeypatch.setattr(tokenize, "generate_tokens", fail)

    assert told(apply(module.report(module.finding()))) == ["KR102"]


WHOLE = """\
from enum import Enum

from keyrack import MemoryStore, Node, StoreKey, Workflow

Stage = Enum("Stage", "A B C D E END")
KEYS = K1, K2, K3, K4, K5, K6 = [StoreKey(f"k{number}", int) for number in range(1, 7)]
workflow = Workflow(Stage, store=MemoryStore(), initial=Stage.A).add_exit_states(Stage.END)


@workflow.stage(
    Stage.A,  # keyrack: ignore[KR101]
)
def one(store: MemoryStore):
    store.get(K1)
    return Stage.B


def helper(store):
    return store.get(K2)


async def two(
    store: MemoryStore,
):  # keyrack: ignore[KR101]
    helper(store)
    return Stage.C


class Three(Node):  # keyrack: ignore[KR101] key=k3
    def prep(self, store):
        store.get(K4)
        return store.get(K3)

    async def exec(self, x):
        return x

    def post(self, store, made):
        return Stage.D


(
    workflow.register(Stage.B, two)
    .register(
        Stage.C,
        Three(),
    )
    .register(
        Stage.D,
        lambda store: (store.get(K5), Stage.E)[1],  # keyrack: ignore[KR101]
    )
    .register(Stage.E, lambda store: (store.get(K6), Stage.END)[1])  # keyrack: ignore[KR101]
)
"""


def test_a_real_check_finds_its_comments_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "whole.py"
    file.write_text(WHOLE)
    module = runpy.run_path(str(file))
    found = check(module["workflow"]).workflows[0].diagnostics

    assert {one.key: one.suppressed for one in found} == {
        "k1": "comment",
        "k2": "comment",
        "k3": "comment",
        "k4": "",
        "k5": "comment",
        "k6": "comment",
    }
