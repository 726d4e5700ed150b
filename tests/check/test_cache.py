"""Reports that are kept: taken when nothing has changed that they are made of, and only then.

Each check runs in its own process, as that of a user does. A kept report is told from one made anew by a mark that the
test puts into it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.check.shops import BROKEN, SHOP, shop

from keyrack import KeyFamily, MemoryStore, NamespacedStore, StoreKey
from keyrack.check import program
from keyrack.check.cache import FOLDER, KEPT, sealed
from keyrack.check.likeness import LONG, MANY, Teller, TooMuchError
from keyrack.check.program import Options
from keyrack.check.render.json import loads

MARK = "kept"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def name_of(target: str = "pipeline", **options: Any) -> str:
    """Check, and give what the report calls the workflow."""
    program.check(Options((target,), format="json", file=Path("report.json"), **options))
    report = loads(Path("report.json").read_text())
    assert [one.code for one in report.problems] == []
    return report.workflows[0].name


def kept() -> list[Path]:
    return sorted(Path(FOLDER).glob("*.json"))


def content_of(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text().partition(" ")[2])
    return content


def mark() -> None:
    """Write another name into each report that is kept."""
    assert kept()
    for file in kept():
        document = content_of(file)
        document["targets"][0]["name"] = MARK
        file.write_text(sealed(json.dumps(document)))


def test_a_second_check_takes_the_report_of_the_first() -> None:
    shop(Path())

    assert name_of() == "Stage"
    mark()
    assert name_of() == MARK
    assert len(kept()) == 1


def test_what_is_found_is_kept_too(capsys: pytest.CaptureFixture[str]) -> None:
    shop(Path(), BROKEN)

    codes = [program.check(Options(("pipeline",))) for _ in range(2)]

    first, second = capsys.readouterr().out.split("refuted: ")[:2]
    assert codes == [1, 1]
    assert second.endswith(first)


def test_a_folder_of_reports_keeps_itself_out_of_version_control() -> None:
    shop(Path())
    name_of()

    assert (Path(FOLDER) / ".gitignore").read_text() == "*\n"
    assert {file.suffix for file in Path(FOLDER).iterdir()} == {".json", ""}


def test_without_a_cache_nothing_is_kept_and_nothing_taken() -> None:
    shop(Path())
    name_of(cache=False)
    assert not Path(FOLDER).exists()

    name_of()
    mark()
    assert name_of(cache=False) == "Stage"


@pytest.mark.parametrize(
    "options", [{"initial": "BILL"}, {"inputs": ("shop.price",)}, {"outputs": ()}, {"outputs": ("shop.total",)}]
)
def test_what_else_is_said_of_a_workflow_makes_another_report(options: dict[str, Any]) -> None:
    shop(Path())
    name_of()
    mark()

    assert name_of(**options) == "Stage"


def test_a_changed_source_is_checked_anew() -> None:
    shop(Path())
    name_of()
    mark()
    shop(Path(), SHOP + "# a word more\n")

    assert name_of() == "Stage"


def test_a_changed_module_that_it_imports_is_checked_anew() -> None:
    shop(Path(), SHOP.replace("from enum", "import helper\nfrom enum"))
    Path("helper.py").write_text("X = 1\n")
    name_of()
    mark()
    Path("helper.py").write_text("X = 1  # another\n")

    assert name_of() == "Stage"


BY_THE_ENVIRONMENT = {
    "global": "FLAG = MODE",
    "deep in a global": "FLAGS = {'a': [({'b': {'c': [MODE]}},)]}",
    "attribute of a class": "class Config:\n    class Inner:\n        mode = MODE",
    "property of a class": "class Config:\n    mode = property(partial(print, MODE))",
    "object": "class Box:\n    def __init__(self, it): self.it = it\nbox = Box(Box(MODE))",
    "slots": "class Box:\n    __slots__ = ('it',)\n    def __init__(self, it): self.it = it\nbox = Box(MODE)",
    "queue": "from collections import deque\nwaiting = deque([MODE])",
    "default": "def helper(mode=MODE): ...",
    "keyword default": "def helper(*, mode=MODE): ...",
    "closure": "def make(mode):\n    def helper(): return mode\n    return helper\nhelper = make([MODE])",
    "attribute of a function": "def helper(): ...\nhelper.mode = MODE",
    "partial": "helper = partial(print, MODE)",
    "method of an enum": "class Way(Enum):\n    A = 1\nWay.go = staticmethod(partial(print, MODE))",
    "what a function gives": "def helper(): ...\nhelper.__annotations__ = {'return': [MODE]}",
    "bound method": "names = [MODE]\nadd = names.append\ndel names",
    "wrapped": "from functools import lru_cache\n@lru_cache\ndef helper(mode=MODE): ...",
    "made by exec": "exec(f'def helper(): return {MODE!r}')",
    "class that has no name": (
        "def make(mode):\n    class Helper:\n        kind = mode\n    return Helper()\nhelper = make(MODE)\ndel make"
    ),
    "method of a class that has no name": (
        "def make(mode):\n    if mode == 'a':\n        class Helper:\n            def it(self): return 1\n"
        "    else:\n        class Helper:\n            def it(self): return 2\n    return Helper()\n"
        "helper = make(MODE)\ndel make"
    ),
    "class made by type": "helper = type('Helper', (), {'kind': MODE})()",
    "default factory": (
        "from collections import defaultdict\nhelper = defaultdict((lambda: 1) if MODE == 'a' else (lambda: 2))"
    ),
    "name with underscores": "__mode__ = MODE",
    "number of a class of its own": "class Number(int): ...\nnumber = Number(1)\nnumber.mode = MODE",
    "order of parameters": "helper = (lambda a, b: a) if MODE == 'a' else (lambda b, a: a)",
    "enum": "Kind = Enum('Kind', {'ONE': MODE})",
    "key": "KEY = StoreKey(f'key_{MODE}', int)",
    "store": "workflow.store.put(StoreKey(f'key_{MODE}', int), 1)",
    "registered": (
        "if MODE == 'a':\n    workflow = Workflow(Stage).register(Stage.BILL, bill).add_exit_states(Stage.DONE)"
    ),
    "exit": (
        "workflow = Workflow(Stage).register(Stage.BILL, bill).add_exit_states(Stage.DONE)\n"
        "if MODE == 'a':\n    workflow.add_exit_states(Stage.PRICE)"
    ),
}


DRIVER = """
import json, sys
from importlib import import_module
from pathlib import Path
from keyrack.check.cache import Cache
from keyrack.check.report import Report

found = []
for name in sys.argv[1:]:
    made = []
    workflow = import_module(name).workflow
    Cache(Path(name + "_kept")).report(workflow, (), lambda: made.append(1) or Report())
    found.append("made" if made else "kept")
    del sys.modules[name]
print(json.dumps(found))
"""
"""Asks for a report of the workflow of each module, and says whether it was made or kept."""


@pytest.fixture(scope="module")
def asked_thrice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Ask for each module twice in one environment, and once in another."""
    folder = tmp_path_factory.mktemp("environment")
    head = "import os\nfrom functools import partial\n"
    names = [f"shop_{number}" for number in range(len(BY_THE_ENVIRONMENT))]
    for name, code in zip(names, BY_THE_ENVIRONMENT.values(), strict=True):
        shop(folder, f"{head}{SHOP}MODE = os.environ['MODE']\n{code}\ndel MODE\n", name)
    runs = [
        subprocess.run(
            [sys.executable, "-c", DRIVER, *names],
            cwd=folder,
            env=os.environ | {"MODE": mode, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])},
            capture_output=True,
            text=True,
            check=True,
        )
        for mode in "aab"
    ]
    told = zip(*(json.loads(one.stdout) for one in runs), strict=True)
    return {case: [*each] for case, each in zip(BY_THE_ENVIRONMENT, told, strict=True)}


@pytest.mark.parametrize("case", BY_THE_ENVIRONMENT)
def test_what_the_environment_makes_other_is_checked_anew(case: str, asked_thrice: dict[str, list[str]]) -> None:
    assert asked_thrice[case] == ["made", "kept", "made"]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no text": lambda _: b"\xff\xfe",
    "cut off": lambda whole: whole[:-1],
    "changed": lambda whole: whole.replace(b"Stage", b"Stave"),
    "without its digest": lambda whole: whole.partition(b" ")[2],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_report_is_made_anew_and_written_again(damage: Callable[[bytes], bytes]) -> None:
    shop(Path())
    name_of()
    (file,) = kept()
    whole = content_of(file)
    file.write_bytes(damage(file.read_bytes()))

    assert name_of() == "Stage"
    assert content_of(file)["targets"] == whole["targets"]


def test_where_nothing_can_be_kept_it_is_checked_all_the_same() -> None:
    shop(Path())
    Path(FOLDER).write_text("a file in its place")

    assert name_of() == "Stage"
    assert Path(FOLDER).is_file()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_no_reason_to_fail() -> None:
    shop(Path())
    Path(FOLDER).mkdir(mode=0o500)

    assert name_of() == "Stage"
    assert kept() == []


def test_a_task_that_imports_modules_when_it_runs_is_checked_anew_each_time() -> None:
    shop(
        Path(),
        SHOP.replace(
            "    store.put(Keys.price", "    from later import put\n\n    put(store)\n    store.put(Keys.price"
        ),
    )
    Path("later.py").write_text("def put(store): ...\n")

    name_of()

    assert kept() == []


def test_a_task_that_imports_an_installed_package_when_it_runs_is_checked_anew_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "later_package.py").write_text("def put(store): ...\n")
    monkeypatch.setenv("PYTHONPATH", str(installed), prepend=os.pathsep)
    lazily = "    from later_package import put\n\n    put(store)\n    store.put(Keys.price"
    shop(Path(), SHOP.replace("    store.put(Keys.price", lazily))

    name_of()

    assert kept() == []


def test_what_is_too_much_to_look_at_is_checked_anew_each_time() -> None:
    shop(Path(), f"{SHOP}MANY = [*range({LONG + 1})]\n")

    assert name_of() == "Stage"
    assert kept() == []


def test_the_oldest_reports_go_first() -> None:
    shop(Path())
    Path(FOLDER).mkdir()
    for number in range(KEPT + 5):
        old = Path(FOLDER) / f"{number}.json"
        old.touch()
        os.utime(old, (number, number))

    name_of()

    assert len(kept()) == KEPT
    assert not (Path(FOLDER) / "5.json").exists()
    assert (Path(FOLDER) / "6.json").exists()


# --- how objects are told -------------------------------------------------------------------------


def told(value: object) -> str:
    return Teller(lambda module: module == __name__).told(value)


class Base:
    mode = 1


def nested(value: object) -> object:
    return SimpleNamespace(one=[value], other={"k": partial(print, value)})


STORE = MemoryStore()
ALIKE: list[tuple[object, object]] = [
    (nested("a"), nested("a")),
    ({3, 1, 2}, {1, 2, 3}),
    (StoreKey("key", int), StoreKey("key", int)),
    (MemoryStore(), MemoryStore()),
    (deque([1, 2]), deque([1, 2])),
    (object(), object()),
]
OTHER: list[tuple[object, object]] = [
    (nested("a"), nested("b")),
    ([1], (1,)),
    (1, True),
    (1, 1.0),
    ("1", 1),
    ([[]], [[], []]),
    ([1, []], [[], 1]),
    ([...], [None]),
    (StoreKey("key", int), StoreKey("key", str)),
    (StoreKey[int]("key"), StoreKey[int]("key", default=1)),
    (KeyFamily[int, str]("key"), KeyFamily[int, int]("key")),
    ([STORE, STORE], [STORE, MemoryStore()]),
    (NamespacedStore(STORE, "one"), NamespacedStore(STORE, "two")),
    (deque([1, 2]), deque([2, 1])),
    (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
    (lambda: 1, lambda: 2),
    (range(2), range(3)),
    ([1].append, [2].append),
]


@pytest.mark.parametrize(("one", "other"), ALIKE, ids=range(len(ALIKE)))
def test_things_that_a_check_cannot_tell_apart_are_told_alike(one: object, other: object) -> None:
    assert told(one) == told(other)


@pytest.mark.parametrize(("one", "other"), OTHER, ids=range(len(OTHER)))
def test_things_that_differ_are_told_apart(one: object, other: object) -> None:
    assert told(one) != told(other)


def test_an_attribute_of_a_class_of_the_users_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(Base)
    monkeypatch.setattr(Base, "mode", 2)

    assert told(Base) != before


def test_one_thing_in_two_places_is_told_from_two_things() -> None:
    shared: list[int] = []

    assert told([shared, shared]) != told([shared, [*shared]])


def test_what_holds_itself_comes_to_an_end() -> None:
    ring: list[object] = []
    ring.append([ring])

    assert told(ring) == "list[Ellipsis] list[Ellipsis] #0"


def test_what_is_deep_is_no_matter() -> None:
    deep: list[object] = []
    for _ in range(sys.getrecursionlimit() * 2):
        deep = [deep]

    assert told(deep)


def test_what_is_long_is_given_up() -> None:
    with pytest.raises(TooMuchError):
        told([0] * (LONG + 1))


def test_too_many_things_are_given_up() -> None:
    many = [[[object()] for _ in range(LONG)] for _ in range(MANY // LONG)]

    with pytest.raises(TooMuchError):
        told(many)
