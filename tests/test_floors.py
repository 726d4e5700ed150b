"""The floors of the house: imports point down, and the contracts that say so can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.source

ROOT = Path(__file__).parents[1]
RUN = "from importlinter.cli import lint_imports_command as run; run(['--no-cache', '--no-logo'])"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the package `keyrack` in *folder* against our contracts."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    return subprocess.run([sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the source."""
    return shutil.copytree(ROOT / "src/keyrack", tmp_path / "keyrack").parent


def test_each_file_imports_only_from_the_floors_below(house: Path) -> None:
    result = lint_imports(house)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("keys/key.py", "import keyrack.store", "each file imports only from the floors below"),
        ("keys/key.py", "import keyrack.backends", "each file imports only from the floors below"),
        ("backends/spi.py", "import keyrack.keys", "each file imports only from the floors below"),
        ("workflow/graph.py", "import keyrack.check", "each file imports only from the floors below"),
        ("attic.py", "", "each file imports only from the floors below"),
        ("store.py", "import pydantic", "only keys/schema.py knows pydantic"),
        ("store.py", "from keyrack import Slot", "only the programs on top read the index"),
    ],
)
def test_an_import_that_breaks_a_contract_is_found(house: Path, file: str, line: str, contract: str) -> None:
    with (house / "keyrack" / file).open("a") as source:
        source.write(f"\n{line}\n")

    result = lint_imports(house)

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout
