"""Facts: what is read from one source, and which sources are refused."""

from __future__ import annotations

import argparse
import ast
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.threads import at_once, numbered

from keyrack.demo.facts import ModuleFacts, Spot, facts_of
from keyrack.demo.files import ModuleName, UnfitError


def facts(source: str, name: str = "shop.cart", *, is_package: bool = False) -> ModuleFacts:
    return facts_of(source.encode(), ModuleName(name, "shop", is_package))


def test_an_empty_source_is_a_module_with_nothing_in_it() -> None:
    assert facts("") == ModuleFacts(
        name="shop.cart",
        package="shop",
        lines=0,
        functions=0,
        classes=0,
        public=0,
        undocumented=0,
        imports=(),
        longest=None,
        deepest=None,
    )


@pytest.mark.parametrize(
    ("lines", "source"),
    [(1, "x = 1"), (1, "x = 1\n"), (2, "x = 1\n\n"), (2, "x = 1\r\ny = 2\r\n"), (2, "x = 1\ry = 2"), (1, "'\f'\n")],
)
def test_lines_are_counted_as_an_editor_counts_them(lines: int, source: str) -> None:
    assert facts(source).lines == lines


def test_functions_and_classes_are_counted_at_any_depth() -> None:
    source = """
class A:
    class B:
        async def f(self):
            def g(): ...
if True:
    for _ in ():
        with x:
            def h(): ...
"""

    found = facts(source)

    assert (found.functions, found.classes) == (3, 2)


def test_the_counts_of_a_real_module_are_those_of_a_plain_walk_over_its_tree() -> None:
    source = Path(argparse.__file__).read_bytes()
    nodes = list(ast.walk(ast.parse(source)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    found = facts_of(source, ModuleName("argparse", "", is_package=False))

    assert found.functions == len(functions) > 100
    assert found.classes == sum(isinstance(node, ast.ClassDef) for node in nodes)
    assert found.longest is not None
    assert found.longest.size == max((node.end_lineno or 0) - node.lineno + 1 for node in functions)


# --- what others may call -------------------------------------------------------------------------


def test_public_functions_are_those_that_can_be_reached_without_an_underscore() -> None:
    source = """
def f(): "documented"
def g(): return 1
def _h(): ...
class A:
    def m(self):
        def inner(): ...
    def _n(self): ...
    class _B:
        def o(self): ...
"""

    found = facts(source)

    assert (found.public, found.undocumented) == (3, 2)


@pytest.mark.parametrize("name", ["shop._cart", "_shop.cart"])
def test_a_private_module_has_no_public_functions(name: str) -> None:
    found = facts("def f(): ...", name)

    assert (found.functions, found.public) == (1, 0)


# --- imports --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "imports"),
    [
        ("import os, os.path as p", ("os", "os.path")),
        ("import os\ndef f():\n    import os", ("os",)),
        ("from collections.abc import Mapping, Set", ("collections.abc",)),
        ("from . import prices, taxes as t", ("shop.prices", "shop.taxes")),
        ("from .prices import vat", ("shop.prices",)),
        ("from .prices import *", ("shop.prices",)),
        ("from . import *", ()),
        ("from .. import above_what_is_known", ()),
        ("from ....much import too_far", ()),
    ],
)
def test_imports_are_full_names_of_modules_each_once(source: str, imports: tuple[str, ...]) -> None:
    assert facts(source).imports == imports


def test_a_package_imports_what_is_in_it_with_one_dot() -> None:
    assert facts("from . import cart", "shop", is_package=True).imports == ("shop.cart",)


# --- how long, how deep ---------------------------------------------------------------------------


def test_the_longest_function_is_named_with_what_is_around_it() -> None:
    source = """
class A:
    def short(self): ...
    def long(self):
        x = 1
        return x
"""

    assert facts(source).longest == Spot(name="A.long", line=4, size=3)


def test_of_two_longest_functions_the_upper_one_is_found() -> None:
    assert facts("def f(): ...\ndef g(): ...").longest == Spot(name="f", line=1, size=1)


@pytest.mark.parametrize(
    ("size", "line", "source"),
    [
        (1, 2, "def f():\n  x"),
        (1, 3, "x\nif a:\n  x\nelse:\n  x"),
        (2, 4, "if a:\n  x\nelif b:\n  if c: y"),
        (2, 5, "if a:\n  x\nelse:\n  if c:\n    y"),
        (2, 3, "match a:\n  case 1:\n    x"),
        (3, 4, "for a in b:\n  while c:\n    try:\n      x\n    except E:\n      y\n    else: z\n    finally: w"),
        (2, 6, "try:\n  x\nexcept E:\n  pass\nexcept F:\n  with a: y"),
        (2, 5, "try:\n  x\nfinally:\n  def f():\n    y"),
        (2, 5, "for a in b:\n  x\nelse:\n  class C:\n    y"),
        (2, 2, "async def f():\n  async with a: x"),
    ],
)
def test_depth_counts_how_often_a_statement_is_indented(size: int, line: int, source: str) -> None:
    deepest = facts(source).deepest

    assert deepest is not None
    assert (deepest.size, deepest.line) == (size, line)


def test_a_chain_of_elifs_is_one_level_deep() -> None:
    source = "if a: pass\n" + "elif b: pass\n" * 100

    assert facts(source).deepest == Spot(name="", line=1, size=1)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"def f(:", "line 1: invalid syntax"),
        (b"x = 1\n  y = 2", "line 2: unexpected indent"),
        (b"a\0b", "source code string cannot contain null bytes"),
        (b"# coding: klingon", "unknown encoding: klingon"),
        (b"# coding: \x1b[31m\nx = (", "line 2: '(' was never closed"),
        (b"# coding: ascii\n'\xff'", "'ascii' codec can't decode byte 0xff in position 17"),
        (b"'\xff'", "'utf-8' codec can't decode byte 0xff"),
        (b"(" * 100_000, "line 1: too many nested parentheses"),
        (b"-" * 100_000 + b"1", "nested too deeply for the parser"),
        (b"+".join([b"a"] * 50_000), "nested too deeply for the parser"),
    ],
    ids=str.split("syntax indent null codec escape ascii utf-8 parentheses minus plus"),
)
def test_what_is_no_python_is_refused_with_the_reason(source: bytes, reason: str) -> None:
    with pytest.raises(UnfitError) as refusal:
        facts_of(source, ModuleName("m", "", is_package=False))

    assert reason in str(refusal.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_surveyed_or_refused_in_printable_words(source: bytes) -> None:
    refused = ""
    try:
        facts_of(source, ModuleName("m", "", is_package=False))
    except UnfitError as error:
        refused = str(error) or "\0"

    assert refused.isprintable()


def test_what_python_would_warn_about_is_surveyed_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        found = facts('x = "\\d"\ny = x is 1\nassert (x, "always")')

    assert found.lines == 3


@pytest.mark.usefixtures("threads_change_often")
def test_many_threads_survey_in_silence_and_leave_warnings_as_they_were() -> None:
    def survey(_: int) -> None:
        for _ in range(300):
            facts('x = "\\d"\ny = x is 1\n')

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)

        at_once(*numbered(survey, 16))
        after = list(warnings.filters)

    assert after == before
