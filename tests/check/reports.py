"""Reports to try renderers on: one as people meet it, one of every kind of trouble, and any that there can be."""

from dataclasses import replace

from hypothesis import strategies as st

from keyrack.check.codes import CODES
from keyrack.check.report import (
    SEVERITIES,
    Assumption,
    Diagnostic,
    Edge,
    Flow,
    Hop,
    Related,
    Report,
    Severity,
    Spot,
    StateNode,
    WorkflowReport,
)

FILE = "app/pipeline.py"
HOSTILE = "a\nb\r\x1b[31mc\u202e\u2028d\udc80 %0A ::error:: | `x` <b> [l](u) {0}"
"""What a name may hold: ends of lines, escapes of terminals, half a surrogate, and the marks of each format."""

MISSING = Diagnostic(
    "KR102",
    "error",
    "'price' may be missing when BILL reads it: not written on ROUTE -> FAST -> BILL",
    Spot(FILE, 31, 32, 31, 43),
    "Orders",
    "price",
    "BILL",
    (
        Hop("ROUTE", Spot(FILE, 20), "ROUTE returns FAST when `random.random() < 0.3`"),
        Hop("FAST", Spot(FILE, 28), "FAST returns BILL without writing 'price'"),
    ),
    (Related("written only by QUOTE", Spot(FILE, 23)),),
    "write it on this path, guard with contains_key(Keys.price), give the key a default, or declare it as an input",
)


def finding(code: str, line: int = 7, severity: Severity | None = None, **facts: str) -> Diagnostic:
    """Make a finding of a code; *facts* are its texts."""
    level = CODES[code].severity if severity is None else severity
    one = Diagnostic(code, level, f"{code} happened", Spot(FILE, line, 5, line, 9), "Orders")
    return replace(one, **facts)  # type: ignore[arg-type]  # texts, all of them


def workflow(*diagnostics: Diagnostic, name: str = "Orders") -> WorkflowReport:
    states = tuple(StateNode(state, "task", spot=Spot(FILE, 40)) for state in ("ROUTE", "FAST", "QUOTE", "BILL"))
    return WorkflowReport(
        name,
        "app.pipeline:workflow",
        "ROUTE",
        Spot(FILE, 38),
        (*states, StateNode("DONE", "exit")),
        (Edge("ROUTE", "FAST"), Edge("FAST", "BILL", certain=False)),
        (Flow("price", "QUOTE", "BILL"),),
        diagnostics,
        tuple(Assumption(f"assumption {number}", Spot(FILE, number)) for number in (1, 2, 3)),
        reads=5,
        proved=4,
        refuted=1,
    )


def report(*diagnostics: Diagnostic) -> Report:
    """Give a report of one workflow with these findings."""
    return Report((workflow(*diagnostics),), seconds=0.09)


CLEAN = Report((replace(workflow(), proved=5, refuted=0),), seconds=0.09)

HOSTILE_REPORT = Report(
    (
        replace(
            workflow(
                Diagnostic(
                    "KR102",
                    "error",
                    HOSTILE,
                    Spot(HOSTILE, 1),
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    (Hop(HOSTILE, Spot(HOSTILE, 2), HOSTILE),),
                    (Related(HOSTILE, Spot(HOSTILE, 3)),),
                    HOSTILE,
                    HOSTILE,
                ),
                finding("KR301", suppressed="comment"),
            ),
            assumptions=(Assumption(HOSTILE), Assumption(HOSTILE, Spot(HOSTILE, 4))),
        ),
    ),
    (Diagnostic("KR001", "error", HOSTILE, Spot("", 0), ""),),
    0.5,
    (HOSTILE,),
)

# Halves of a pair that stand side by side are one character to JSON; so there are only second halves.
_texts = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.characters(min_codepoint=0xDC00, max_codepoint=0xDFFF)),
    max_size=6,
)
_numbers = st.integers(0, 10**9)
_spots = st.builds(Spot, _texts, _numbers, _numbers, _numbers, _numbers)
_severities: st.SearchStrategy[Severity] = st.sampled_from(SEVERITIES)


def _some(inner: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(inner, max_size=2).map(tuple)


_diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(sorted(CODES)) | _texts,
    _severities,
    _texts,
    _spots,
    _texts,
    _texts,
    _texts,
    _some(st.builds(Hop, _texts, _spots, _texts)),
    _some(st.builds(Related, _texts, _spots)),
    _texts,
    _texts,
    st.sampled_from(["", "comment", "baseline"]),
)
_states = st.builds(
    StateNode,
    _texts,
    st.sampled_from(["task", "split", "exit", "missing"]),
    _texts,
    _some(_texts),
    _texts,
    st.booleans(),
    st.none() | _spots,
    _some(_spots),
)
_workflows = st.builds(
    WorkflowReport,
    _texts,
    _texts,
    _texts,
    _spots,
    _some(_states),
    _some(st.builds(Edge, _texts, _texts, st.booleans())),
    _some(st.builds(Flow, _texts, _texts, _texts)),
    _some(_diagnostics),
    _some(st.builds(Assumption, _texts, st.none() | _spots)),
    _numbers,
    _numbers,
    _numbers,
    _numbers,
)
any_report: st.SearchStrategy[Report] = st.builds(
    Report,
    _some(_workflows),
    _some(_diagnostics),
    st.floats(0, 1e9, allow_nan=False),
    _some(_texts),
)
