"""Targets: what their texts name, before anything is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyrack.check.target import Target


@pytest.mark.parametrize(
    ("text", "place", "attribute"),
    [
        ("app", "app", ""),
        ("app.pipeline", "app.pipeline", ""),
        ("app.pipeline:workflow", "app.pipeline", "workflow"),
        ("app.pipeline:shops.main", "app.pipeline", "shops.main"),
        ("app/pipeline.py", "app/pipeline.py", ""),
        ("app/pipeline.py:workflow", "app/pipeline.py", "workflow"),
        (r"C:\app\pipeline.py", r"C:\app\pipeline.py", ""),
        (r"C:\app\pipeline.py:workflow", r"C:\app\pipeline.py", "workflow"),
        ("weird:name.py", "weird:name.py", ""),
    ],
)
def test_a_target_is_parted_at_its_colon_but_not_at_that_of_a_path(text: str, place: str, attribute: str) -> None:
    target = Target(text)

    assert (target.place, target.attribute, target.is_whole) == (place, attribute, True)


@pytest.mark.parametrize("text", ["", ":", "app:", ":workflow", "app.pipeline:"])
def test_a_target_without_a_name_on_a_side_of_its_colon_is_not_whole(text: str) -> None:
    assert not Target(text).is_whole


@pytest.mark.parametrize("text", ["app.pipeline", "app.pipeline:workflow", "app"])
def test_a_module_has_no_file_and_no_folder(text: str) -> None:
    assert (Target(text).file, Target(text).folder) == (None, None)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in a package, and a file beside them."""
    (tmp_path / "shop" / "eu").mkdir(parents=True)
    for file in ("shop/__init__.py", "shop/eu/__init__.py", "shop/eu/vat.py", "alone.py"):
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path.resolve()


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("alone.py", "alone"),
        ("./shop/../alone.py", "alone"),
        ("shop/eu/vat.py", "shop.eu.vat"),
        ("shop/eu/__init__.py", "shop.eu"),
        ("shop/eu/vat.py:workflow", "shop.eu.vat"),
    ],
)
def test_a_file_is_imported_as_python_would_from_the_folder_above_its_packages(
    tree: Path, file: str, module: str
) -> None:
    target = Target(file)

    assert (target.folder, target.module) == (tree, module)


def test_a_file_in_a_folder_that_is_no_package_is_imported_from_that_folder(tree: Path) -> None:
    (tree / "jobs").mkdir()

    target = Target("jobs/nightly.py")

    assert (target.folder, target.module) == (tree / "jobs", "nightly")


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("text", ["a\0b.py", "a\0b", "\udcff.py", "x" * 5_000 + ".py"])
def test_names_that_no_file_can_have_are_none(text: str) -> None:
    target = Target(text)

    assert target.module == text.removesuffix(".py")
    assert target.spot_file() == text


def test_links_in_a_circle_are_no_reason_to_fail(tree: Path) -> None:
    (tree / "one.py").symlink_to("two.py")
    (tree / "two.py").symlink_to("one.py")

    assert Target("one.py").folder == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop.eu.vat", "shop/eu/vat.py"),
        ("shop.eu.vat:workflow", "shop/eu/vat.py"),
        ("shop.eu", "shop/eu/__init__.py"),
        ("shop/eu/vat.py:workflow", "shop/eu/vat.py"),
    ],
)
def test_what_is_wrong_with_a_target_as_a_whole_is_told_of_its_file(tree: Path, text: str, expected: str) -> None:
    assert Path(Target(text).spot_file()).resolve() == tree / expected


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(("text", "expected"), [("shpo.eu:workflow", "shpo.eu"), ("shpo.py", "shpo.py")])
def test_what_is_wrong_with_a_target_that_has_no_file_is_told_of_its_name(text: str, expected: str) -> None:
    assert Target(text).spot_file() == expected
