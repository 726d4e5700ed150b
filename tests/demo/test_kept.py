"""`keyrack demo --store`: the result stays, and can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.demo.running import run

from keyrack import SQLiteStore
from keyrack.demo.pipeline import Keys


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "shop"
    root.mkdir()
    (root / "main.py").write_text("import sys\n\ndef run():\n    return sys.argv\n")
    return root


def test_the_result_of_a_survey_is_kept_and_where_is_said(tree: Path) -> None:
    result = run("demo", tree, "--store", "sqlite:///survey.db")

    assert result.returncode == 0
    assert "kept in sqlite:///survey.db; see it with: keyrack inspect sqlite:///survey.db" in result.stderr
    with SQLiteStore("survey.db", read_only=True) as store:
        assert store.get(Keys.report).totals.modules == 1
        assert [path.name for path in store.get(Keys.files)] == ["main.py"]
    shown = run("inspect", "sqlite:///survey.db", "survey.report", "--registry", "keyrack.demo.pipeline:Keys")
    assert (shown.returncode, "modules=1" in shown.stdout) == (0, True)


def test_the_next_survey_takes_the_place_of_the_last_and_leaves_what_else_is_there(tree: Path) -> None:
    from keyrack import StoreKey

    mine = StoreKey("mine", int)
    with SQLiteStore("survey.db") as store:
        store.put(mine, 1)
    run("demo", tree, "--store", "sqlite:///survey.db")
    (tree / "more.py").write_text("def more():\n    return 1\n")

    run("demo", tree, "--store", "sqlite:///survey.db")

    with SQLiteStore("survey.db", read_only=True) as store:
        assert store.get(Keys.report).totals.modules == 2
        assert store.get(mine) == 1


def test_a_store_that_keeps_nothing_is_refused(tree: Path) -> None:
    result = run("demo", tree, "--store", "memory://")

    assert (result.returncode, result.stdout) == (1, "")
    assert "nothing stays in memory://" in result.stderr


def test_a_store_that_cannot_be_opened_is_said_in_a_line(tree: Path) -> None:
    result = run("demo", tree, "--store", "sqlite:///none/survey.db")

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "none" in result.stderr.splitlines()[-1]
    assert "parsed" not in result.stderr  # it is said before anything is done
