"""Reports of workflows that nobody has checked: what the tests of pictures draw."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from keyrack.check.report import (
    Diagnostic,
    Edge,
    Flow,
    Hop,
    Related,
    Report,
    Spot,
    StateKind,
    StateNode,
    WorkflowReport,
)

FILE = "app/pipeline.py"

HOSTILE: Final = (
    "end",
    '"><script>alert(1)</script>',
    'a"]; s1-->s2',
    "fire 🔥 and 火",
    "two\nlines\tand \\n more\\",
    "x" * 300,
    "#quot; &lt; %%{init: {}}%% `code` **bold** _it_ 1. $$x$$",
    "class start,graph;subgraph",
    "\u202eltr\u0000\ud800",
    "]]>--><!-- \\N \\G </style></svg>",
    "'; onload=alert(1) x='",
    "",
)
"""Names that mean something to at least one of the languages that draw."""


def spot(line: int) -> Spot:
    return Spot(FILE, line, 5)


def workflow(
    *states: StateNode,
    edges: str = "",
    flows: tuple[Flow, ...] = (),
    diagnostics: tuple[Diagnostic, ...] = (),
    name: str = "orders",
) -> WorkflowReport:
    """Give a report; *edges* are written ``A>B B>C``, uncertain ones ``A?B``."""
    ways: list[Edge] = []
    for way in edges.split():
        source, target = way.replace("?", ">").split(">")
        ways.append(Edge(source, target, ">" in way))
    return WorkflowReport(
        name=name,
        target=f"app.pipeline:{name}",
        initial=next((state.name for state in states if state.initial), ""),
        spot=spot(1),
        states=states,
        edges=tuple(ways),
        flows=flows,
        diagnostics=diagnostics,
        reads=5,
        proved=4,
        refuted=len(diagnostics),
    )


def task(name: str, *, initial: bool = False) -> StateNode:
    return StateNode(name, "task", name.lower(), initial=initial, spot=spot(10))


def line() -> WorkflowReport:
    """Three states, one after the other."""
    return workflow(
        task("FETCH", initial=True),
        task("PARSE"),
        task("STORE"),
        StateNode("DONE", "exit"),
        edges="FETCH>PARSE PARSE>STORE STORE>DONE",
        flows=(
            Flow("url", "", "FETCH"),
            Flow("page", "FETCH", "PARSE"),
            Flow("status", "FETCH", "PARSE"),
            Flow("record", "PARSE", "STORE"),
            Flow("status", "FETCH", "STORE"),
        ),
        name="line",
    )


def missing_price() -> Diagnostic:
    return Diagnostic(
        "KR102",
        "error",
        "'price' may be missing when BILL reads it: not written on ROUTE -> FAST -> BILL",
        Spot(FILE, 31, 32, 31, 50),
        "app.pipeline:orders",
        key="price",
        state="BILL",
        path=(
            Hop("ROUTE", spot(20), "ROUTE returns FAST when `random.random() < 0.3`"),
            Hop("FAST", spot(28), "FAST returns BILL without writing 'price'"),
        ),
        related=(Related("written only by QUOTE", spot(23)),),
        help="write it on this path, guard with contains_key(Keys.price) or declare it as an input",
    )


def orders() -> WorkflowReport:
    """The way that goes past the writer of a key."""
    return workflow(
        task("ROUTE", initial=True),
        task("QUOTE"),
        task("FAST"),
        task("BILL"),
        StateNode("DONE", "exit"),
        edges="ROUTE>QUOTE ROUTE>FAST QUOTE>BILL FAST>BILL BILL>DONE",
        flows=(Flow("order", "", "ROUTE"), Flow("order", "", "BILL"), Flow("price", "QUOTE", "BILL")),
        diagnostics=(missing_price(),),
    )


def loop() -> WorkflowReport:
    """States that come back, one to itself, and a state that reads what it wrote in the round before."""
    return workflow(
        task("START", initial=True),
        task("POLL"),
        task("WAIT"),
        task("CHECK"),
        StateNode("DONE", "exit"),
        edges="START>POLL POLL>POLL POLL>CHECK CHECK>WAIT WAIT>POLL CHECK>DONE CHECK>START",
        flows=(
            Flow("ticket", "START", "POLL"),
            Flow("answer", "POLL", "CHECK"),
            Flow("delay", "WAIT", "POLL"),
            Flow("rounds", "POLL", "POLL"),
        ),
        diagnostics=(
            Diagnostic(
                "KR103",
                "warning",
                "'answer' may be missing when CHECK reads it: POLL writes it only inside a loop that may not run",
                spot(40),
                "app.pipeline:loop",
                key="answer",
                state="CHECK",
                path=(Hop("START", spot(33), "START returns POLL"), Hop("POLL", spot(36), "POLL returns CHECK")),
            ),
        ),
        name="loop",
    )


def split() -> WorkflowReport:
    """Branches that join by a quorum, and a state that reads what one of them wrote."""
    return workflow(
        task("PLAN", initial=True),
        StateNode(
            "GATHER",
            "split",
            "split of 5",
            branches=("fetch_prices", "fetch_stock", "fetch_reviews", "fetch_pictures", "fetch_ratings"),
            strategy="quorum(3)",
            spot=spot(50),
        ),
        task("RANK"),
        task("FAILED"),
        StateNode("DONE", "exit"),
        edges="PLAN>GATHER GATHER>RANK RANK>DONE RANK>FAILED FAILED>DONE",
        flows=(
            Flow("plan", "PLAN", "GATHER"),
            *(Flow(key, "GATHER", "RANK") for key in ("prices", "stock", "reviews", "pictures", "ratings")),
        ),
        diagnostics=(
            Diagnostic(
                "KR105",
                "error",
                "'stock' may be missing when RANK reads it: "
                "join quorum(3) at GATHER guarantees 3 of 5 branches, and 1 writes it",
                spot(61),
                "app.pipeline:split",
                key="stock",
                state="RANK",
                path=(Hop("PLAN", spot(45), "PLAN returns GATHER"), Hop("GATHER", spot(50), "3 of 5 have succeeded")),
            ),
            Diagnostic(
                "KR301", "note", "'plan' is written in PLAN but never read", spot(46), "", key="plan", state="PLAN"
            ),
        ),
        name="split",
    )


def unreachable() -> WorkflowReport:
    """States that nothing leads to, one that has no task, and one whose next state is not known."""
    return workflow(
        task("BEGIN", initial=True),
        task("WORK"),
        task("LEGACY"),
        task("REPORT"),
        StateNode("CLEANUP", "missing"),
        StateNode("DONE", "exit"),
        edges="BEGIN>WORK WORK?BEGIN WORK?WORK WORK?LEGACY WORK?REPORT WORK?DONE LEGACY>REPORT REPORT>CLEANUP",
        diagnostics=(
            Diagnostic("KR202", "error", "REPORT goes to CLEANUP, which has no handler", spot(70), "", state="REPORT"),
            Diagnostic("KR206", "warning", "cannot determine the next state of WORK", spot(66), "", state="WORK"),
            Diagnostic(
                "KR201",
                "warning",
                "state LEGACY is registered but cannot be reached from BEGIN",
                spot(68),
                "",
                state="LEGACY",
                suppressed="comment",
            ),
        ),
        name="unreachable",
    )


def forty() -> WorkflowReport:
    """Forty states in ten stages of four; every stage hands keys on, one comes back."""
    names = [[f"STAGE_{stage}_{part}" for part in "ABCD"] for stage in range(10)]
    states = [task(name, initial=name == "STAGE_0_A") for row in names for name in row]
    edges = [f"STAGE_0_A>STAGE_0_{part}" for part in "BCD"]
    for above, below in pairwise(names):
        edges += [f"{one}>{other}" for one, other in zip(above, below, strict=True)]
        edges += [f"{above[0]}>{below[2]}", f"{above[3]}>{below[1]}"]
    edges += [f"{name}>DONE" for name in names[-1]]
    edges += ["STAGE_6_B>STAGE_2_B"]
    flows = [Flow(f"result_{stage}", f"STAGE_{stage}_A", f"STAGE_{stage + 2}_A") for stage in range(0, 8, 2)]
    flows += [Flow(f"part_{stage}", f"STAGE_{stage}_C", f"STAGE_{stage + 1}_C") for stage in range(9)]
    flows += [Flow("seed", "STAGE_0_A", "STAGE_9_D"), Flow("settings", "", "STAGE_0_A")]
    path = ("STAGE_0_A", "STAGE_1_C", "STAGE_2_C", "STAGE_3_C")
    finding = Diagnostic(
        "KR102",
        "error",
        f"'draft' may be missing when STAGE_4_C reads it: not written on {' -> '.join(path)} -> STAGE_4_C",
        spot(240),
        "app.pipeline:forty",
        key="draft",
        state="STAGE_4_C",
        path=tuple(
            Hop(name, spot(200 + at), f"{name} returns without writing 'draft'") for at, name in enumerate(path)
        ),
    )
    return workflow(
        *states,
        StateNode("DONE", "exit"),
        edges=" ".join(edges),
        flows=tuple(flows),
        diagnostics=(finding,),
        name="forty",
    )


def hostile() -> WorkflowReport:
    """Names, tasks, strategies, keys and sentences that are code in the languages that draw."""
    kinds: tuple[StateKind, ...] = ("task", "split", "exit")
    states = tuple(
        StateNode(
            name,
            kinds[at % 3],
            name,
            branches=(name, name) if at % 3 == 1 else (),
            strategy=name if at % 3 == 1 else "",
            initial=at == 0,
            spot=Spot(name, 1),
        )
        for at, name in enumerate(HOSTILE)
    )
    pairs = [*pairwise(HOSTILE)]
    return WorkflowReport(
        name=HOSTILE[1],
        target=HOSTILE[2],
        initial=HOSTILE[0],
        spot=Spot(HOSTILE[4], 1),
        states=states,
        edges=tuple(Edge(one, other) for one, other in pairs),
        flows=tuple(Flow(f"{one}{other}", one, other) for one, other in pairs),
        diagnostics=tuple(
            Diagnostic(
                "KR102",
                "error",
                name,
                Spot(name, 1),
                name,
                key=name,
                state=name,
                path=(Hop(HOSTILE[0], Spot(name, 1), name), Hop(HOSTILE[1], Spot(name, 1), name)),
                related=(Related(name, Spot(name, 1)),),
                help=name,
            )
            for name in HOSTILE
        ),
        reads=1,
    )


def report(*workflows: WorkflowReport) -> Report:
    return Report(workflows=workflows, seconds=0.09)


SAMPLES: Final = {
    "line": line,
    "orders": orders,
    "loop": loop,
    "split": split,
    "unreachable": unreachable,
    "forty": forty,
    "hostile": hostile,
}
