"""The check as a test of a test suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.check.programs import imported
from tests.check.shops import BROKEN, SHOP

from keyrack.errors import ConfigurationError
from keyrack.testing import assert_proved


def workflow_of(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "shop_to_prove") -> Any:
    return imported(name, source, folder, monkeypatch).workflow


def test_a_workflow_that_is_proved_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_proved(workflow_of(SHOP, tmp_path, monkeypatch))


def test_a_key_that_nobody_writes_fails_with_the_report_seen_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = workflow_of(BROKEN, tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(AssertionError) as failed:
        assert_proved(workflow)

    first, *_, last = str(failed.value).strip().splitlines()
    assert first.startswith("shop_to_prove.py:20:27: error KR101: 'shop.price' is read in BILL")
    assert last.startswith("refuted: 1 read, 0 proved, 1 refuted")


def test_an_input_proves_what_nobody_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_proved(workflow_of(BROKEN, tmp_path, monkeypatch), inputs=["shop.price"])


def test_a_start_elsewhere_is_proved_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="KR101"):
        assert_proved(workflow_of(SHOP, tmp_path, monkeypatch), initial="BILL")


def test_what_cannot_be_told_is_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SHOP.replace(
        "    store.put(Keys.price, 3)", "    exec('', {'store': store})\n    store.put(Keys.price, 3)"
    )

    with pytest.raises(AssertionError, match="unproven: "):
        assert_proved(workflow_of(source, tmp_path, monkeypatch))


def test_a_warning_that_is_about_no_read_does_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_proved(workflow_of(SHOP, tmp_path, monkeypatch), outputs=[])


def test_a_comment_lets_a_finding_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = BROKEN.replace("store.get(Keys.price))", "store.get(Keys.price))  # keyrack: ignore[KR101]")

    assert_proved(workflow_of(source, tmp_path, monkeypatch))


def test_what_is_no_workflow_or_no_state_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = "pipeline:workflow"

    with pytest.raises(ConfigurationError, match="takes a Workflow, got str"):
        assert_proved(nothing)
    with pytest.raises(ConfigurationError, match="'BILLL' is no state"):
        assert_proved(workflow_of(SHOP, tmp_path, monkeypatch), initial="BILLL")
