"""One vault from which something can be learned, indexed once; each test has a copy of its home."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.train.vaults import home_of, indexed, taught, tune
from tests.vaults import Home
from vecna_notes.train.tuned import Tuned


@pytest.fixture(scope="session")
def _taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    folder = tmp_path_factory.mktemp("taught")
    root, home = taught(folder / "vault"), home_of(folder / "home")
    indexed(home, root)
    return root, home


@pytest.fixture
def root(_taught: tuple[Path, Home]) -> Path:
    """For reading only."""
    return _taught[0]


@pytest.fixture
def home(_taught: tuple[Path, Home], tmp_path: Path) -> Home:
    shutil.copytree(_taught[1].folder, tmp_path / "home")
    return Home(tmp_path / "home", embedder="wide")


@pytest.fixture(scope="session")
def _tuned(_taught: tuple[Path, Home], tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Tuned]:
    folder = tmp_path_factory.mktemp("tuned")
    shutil.copytree(_taught[1].folder, folder / "home")
    home = Home(folder / "home", embedder="wide")
    return home, tune(home, _taught[0])


@pytest.fixture
def tuned(_tuned: tuple[Home, Tuned], home: Home) -> Tuned:
    """What passed the gate in this test's home, and is not live yet."""
    shutil.rmtree(home.folder)
    shutil.copytree(_tuned[0].folder, home.folder)
    return _tuned[1]
