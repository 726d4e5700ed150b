"""The suite is loaded when it is asked for, and says what it lacks."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

import keyrack.testing
from keyrack.testing.suite import BackendSuite


def run(program: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, text=True, check=False, timeout=60
    )

    assert result.returncode == 0, result.stderr


def test_the_suite_is_in_the_index() -> None:
    assert keyrack.testing.BackendSuite is BackendSuite
    assert "BackendSuite" in keyrack.testing.__all__


def test_a_name_that_is_not_in_the_index_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'keyrack\.testing' has no attribute 'Suite'"):
        getattr(keyrack.testing, "Suite")  # noqa: B009  # for type checkers it is not there


def test_what_helps_to_test_pipelines_needs_neither_pytest_nor_hypothesis() -> None:
    run(
        """
        import sys

        sys.modules["pytest"] = sys.modules["hypothesis"] = None

        from keyrack.testing import Recorder, assert_proved, run_in_virtual_time
        """
    )


@pytest.mark.parametrize("package", ["pytest", "hypothesis"])
def test_a_package_that_is_missing_is_named_with_its_extra(package: str) -> None:
    run(
        f"""
        import sys

        import keyrack.testing
        from keyrack.errors import MissingExtraError

        sys.modules[{package!r}] = None
        try:
            keyrack.testing.BackendSuite
        except MissingExtraError as error:
            assert (error.feature, error.package, error.extra) == ("BackendSuite", {package!r}, "testing")
            assert not isinstance(error, AttributeError)
        else:
            raise AssertionError
        """
    )


def test_a_class_that_does_not_say_how_a_backend_is_made_is_abstract() -> None:
    with pytest.raises(TypeError, match="make_backend"):
        BackendSuite()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]
