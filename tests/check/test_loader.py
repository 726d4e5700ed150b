"""Loading: from a target to live workflows, and what is said where there are none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from keyrack.check.loader import LoadError, load
from keyrack.check.report import Spot
from keyrack.check.target import Target

HEAD = """\
from enum import Enum
from keyrack import Workflow

Stage = Enum("Stage", "LOAD DONE")
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write modules below the working directory, and forget what was imported of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def write(name: str, source: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in () if name.startswith("loose/") else [*Path(name).parents][:-1]:
            (tmp_path / folder / "__init__.py").touch()
        file.write_text(dedent(source), encoding="utf-8")
        return file

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def names(target: str) -> list[tuple[str, str]]:
    """The targets and the names of the workflows that a target names."""
    return [(text, workflow.name) for text, workflow in load(Target(target))]


def refusal(target: str) -> LoadError:
    with pytest.raises(LoadError) as caught:
        load(Target(target))
    return caught.value


def reason(target: str) -> str:
    return refusal(target).reason


# --- what is found --------------------------------------------------------------------------------


def test_a_workflow_is_found_under_its_name(write: Write) -> None:
    write("shop.py", f'{HEAD}\nworkflow = Workflow(Stage, name="shop")\n')

    assert names("shop:workflow") == [("shop:workflow", "shop")]


@pytest.mark.parametrize("factory", ["make", "Makers.make", "Makers.Inner.make", "LAMBDA", "PARTIAL", "Makers.made"])
def test_a_factory_is_called_however_deep_it_lies(write: Write, factory: str) -> None:
    source = f"""{HEAD}
from functools import partial

def make(name="shop"):
    return Workflow(Stage, name=name)

class Makers:
    make = staticmethod(make)
    made = make()
    class Inner:
        make = staticmethod(make)

LAMBDA = lambda: make()
PARTIAL = partial(make)
"""
    write("shop.py", source)

    assert names(f"shop:{factory}") == [(f"shop:{factory}", "shop")]


def test_a_module_gives_each_of_its_workflows_once_in_the_order_of_its_names(write: Write) -> None:
    write("shop.py", f'{HEAD}\nday = Workflow(Stage, name="day")\n')
    write(
        "shops.py", f'{HEAD}\nfrom shop import day\nnight = Workflow(Stage, name="night")\nagain = day\n_own = night\n'
    )

    assert names("shops") == [("shops:day", "day"), ("shops:night", "night")]


def test_a_module_of_a_package_is_found_by_its_dotted_name(write: Write) -> None:
    write("app/jobs/shop.py", f'{HEAD}\nworkflow = Workflow(Stage, name="shop")\n')

    assert names("app.jobs.shop:workflow") == [("app.jobs.shop:workflow", "shop")]


@pytest.mark.parametrize("target", ["app/jobs/shop.py", "app/jobs/shop.py:workflow", "./app/jobs/../jobs/shop.py"])
def test_a_file_stands_for_its_module(write: Write, target: str) -> None:
    write("app/jobs/prices.py", "PRICE = 1\n")
    write("app/jobs/shop.py", f'{HEAD}\nfrom .prices import PRICE\nworkflow = Workflow(Stage, name="shop")\n')

    assert names(target) == [(target if ":" in target else f"{target}:workflow", "shop")]
    assert "app.jobs.shop" in sys.modules


def test_a_file_finds_the_files_beside_it(write: Write) -> None:
    write("loose/prices_beside.py", "PRICE = 1\n")
    write("loose/shop_beside.py", f"{HEAD}\nimport prices_beside\nworkflow = Workflow(Stage)\n")

    assert len(names("loose/shop_beside.py")) == 1


def test_globals_that_must_not_be_asked_for_anything_are_let_be(write: Write) -> None:
    source = f"""{HEAD}
class Proxy:
    def __getattribute__(self, name):
        raise RuntimeError(f"asked for {{name}}")

request = Proxy()
workflow = Workflow(Stage, name="shop")
"""
    write("shop.py", source)

    assert names("shop") == [("shop:workflow", "shop")]


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["", ":", "shop:", ":workflow"])
def test_half_a_target_is_refused(target: str) -> None:
    assert reason(target) == "a target is module:workflow, module:factory or a module"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("shpo", "there is no module 'shpo'; did you mean 'shop'?"),
        ("shpo:workflow", "there is no module 'shpo'; did you mean 'shop'?"),
        ("app.shpo", "there is no module 'app.shpo'; did you mean 'shop'?"),
        ("app.shop.workflow", "there is no module 'app.shop.workflow'; did you mean 'app.shop:workflow'?"),
        ("app.shop.wrong", "there is no module 'app.shop.wrong'"),
        ("later", "there is no module 'later'; there is one in src: install the project, or add src to PYTHONPATH"),
        (
            "later.jobs",
            "there is no module 'later'; there is one in src: install the project, or add src to PYTHONPATH",
        ),
        ("app/shop", "'app/shop' is no name of a module; did you mean 'app/shop.py'?"),
        ("app/", "'app/' is no name of a module; did you mean 'app'?"),
        ("pyproject.toml", "there is no module 'pyproject'"),
        ("Makefile/", "'Makefile/' is no name of a module"),
        ("my-shop", "'my-shop' is no name of a module; did you mean 'my-shop.py'?"),
        (".shop", "'.shop' is no name of a module"),
        ("shpo.py", "there is no file 'shpo.py'"),
        ("app.py:workflow", "there is no file 'app.py'"),
        ("my-shop.py", "a module cannot be called 'my-shop'; rename the file"),
    ],
)
def test_what_is_no_module_is_told_with_what_may_be_meant(write: Write, target: str, expected: str) -> None:
    write("app/shop.py", f"{HEAD}\nworkflow = Workflow(Stage)\n")
    write("shop.py", "")
    write("my-shop.py", "")
    Path("src/later").mkdir(parents=True)

    assert reason(target).partition(" below ")[0] == expected


@pytest.mark.usefixtures("write")
def test_a_module_that_is_like_no_other_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    assert reason("zzzzzz") == f"there is no module 'zzzzzz' below {tmp_path}"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("shop:workflwo", "module 'shop' has no 'workflwo'; did you mean 'workflow'?"),
        ("shop:Makers.mak", "'Makers' has no 'mak'; did you mean 'make'?"),
        ("shop:zzz", "module 'shop' has no 'zzz'"),
        ("shop:number", "it is no workflow, and no function that makes one: 3 (int)"),
        ("shop:nothing", "it is no workflow, and no function that makes one: None (None)"),
        (
            "shop:sys",
            (
                "it is no workflow, and no function that makes one: <module 'sys' (built-in)> (module); "
                "did you mean 'sys'?"
            ),
        ),
        ("shop:give_three", "it is a function that gives no workflow, but 3 (int)"),
        ("shop:Makers", "it is a function that gives no workflow, but <Makers> (Makers)"),
        (
            "shop:needs",
            "it needs arguments, (name, *, size=1); name a function that needs none, and gives the workflow",
        ),
        ("shop:later", "it is an async function; a function that makes a workflow is a plain one"),
    ],
)
def test_what_is_no_workflow_is_told_with_what_it_is(write: Write, target: str, expected: str) -> None:
    source = f"""{HEAD}
import sys

workflow = Workflow(Stage)
number = 3
nothing = None

class Makers:
    def make(self): ...

def give_three(): return 3
def needs(name, *, size=1): ...
async def later(): return workflow
"""
    write("shop.py", source)

    assert reason(target) == expected


def test_a_module_without_workflows_says_what_to_name(write: Write) -> None:
    write("shop.py", f"{HEAD}\ndef make():\n    return Workflow(Stage)\n")

    assert reason("shop") == "it holds no workflow; if a function makes one, name the function: shop:make"


def test_a_file_with_the_name_of_a_module_of_python_is_not_taken_for_it(write: Write) -> None:
    write("json.py", f"{HEAD}\nworkflow = Workflow(Stage)\n")

    assert reason("json.py").startswith("the name 'json' is taken by another module, ")


# --- what the program raises ----------------------------------------------------------------------


def test_what_a_module_raises_is_told_with_the_line(write: Write) -> None:
    file = write("shop.py", "import sys\n\nraise ValueError('no\\nprices')\n")

    assert (refusal("shop").reason, refusal("shop").spot) == ("ValueError: no prices", Spot(str(file), 3))


def test_what_is_raised_in_a_library_is_told_with_the_line_of_the_program(write: Write) -> None:
    file = write("shop.py", "import json\n\nprices = json.loads('no')\n")

    assert refusal("shop").spot == Spot(str(file), 3)
    assert reason("shop").startswith("JSONDecodeError: Expecting value")


def test_what_a_factory_raises_is_told_with_the_line(write: Write) -> None:
    file = write("shop.py", "def make():\n    return {}['price']\n")

    assert (refusal("shop:make").reason, refusal("shop:make").spot) == ("KeyError: 'price'", Spot(str(file), 2))


def test_what_is_wrong_with_a_registration_is_told_with_the_line(write: Write) -> None:
    file = write("shop.py", f"{HEAD}\nworkflow = Workflow(Stage)\nworkflow.register(Stage.LOAD, 3)\n")

    assert refusal("shop").spot == Spot(str(file), 7)
    assert reason("shop").startswith("ConfigurationError: ")


@pytest.mark.parametrize(
    "source",
    [
        "raise SystemExit(0)",
        "import sys; sys.exit()",
        "raise KeyboardInterrupt",
        "import asyncio; raise asyncio.CancelledError",
        "raise GeneratorExit",
        "class Skipped(BaseException): ...\nraise Skipped",
        "def f(): f()\nf()",
        "class Mean(Exception):\n    def __str__(self): raise ValueError\nraise Mean",
        "import no_such_module_at_all",
        "import shop.inner",
        "from . import prices",
    ],
)
@pytest.mark.parametrize("target", ["shop", "shop:workflow"])
def test_whatever_a_module_raises_is_a_reason(write: Write, source: str, target: str) -> None:
    write("shop.py", source)

    assert refusal(target).reason


def test_a_module_that_is_missing_in_a_module_is_not_taken_for_the_target(write: Write) -> None:
    file = write("shop.py", "import no_such_module_at_all\n")

    assert reason("shop") == "ModuleNotFoundError: No module named 'no_such_module_at_all'"
    assert refusal("shop").spot == Spot(str(file), 1)


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [("x = 1\ny = = 2\n", "SyntaxError", 2), ("if x:\ny = 1\n", "IndentationError", 2), ("x = '\n", "SyntaxError", 1)],
)
def test_what_is_no_python_is_told_with_its_place(write: Write, source: str, kind: str, line: int) -> None:
    write("prices.py", source)
    write("shop.py", "import prices\n")

    spot = refusal("shop").spot

    assert reason("shop").startswith(f"{kind}: ")
    assert spot is not None
    assert (Path(spot.file).name, spot.line) == ("prices.py", line)


def test_code_in_a_text_that_is_no_python_is_told_with_the_line_that_runs_it(write: Write) -> None:
    file = write("shop.py", "x = 1\neval('= 2')\n")

    assert refusal("shop").spot == Spot(str(file), 2)


@pytest.mark.parametrize("content", [b"x = 1\0\n", b"x = '\xff'\n", b"# coding: no-such-coding\n"])
def test_a_file_that_is_no_text_is_refused(write: Write, content: bytes) -> None:
    write("shop.py", "").write_bytes(content)

    assert reason("shop")


def test_a_global_that_fails_when_it_is_asked_for_is_told_with_the_line(write: Write) -> None:
    file = write("shop.py", "def __getattr__(name):\n    raise LookupError(name)\n")

    assert (refusal("shop:workflow").reason, refusal("shop:workflow").spot) == (
        "LookupError: workflow",
        Spot(str(file), 2),
    )
