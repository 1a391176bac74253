"""A stranger's embedder, as a package and as a single file: listed, indexing, searching; a broken one is a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vaults import Home, make_vault

README_PLUGIN = Path(__file__).resolve().parents[1] / "docs" / "plugins.md"


def ten_lines() -> str:
    """The plugin of docs/plugins.md, as a reader would copy it."""
    return README_PLUGIN.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]


def install(folder: Path) -> dict[str, str]:
    """What an installed package looks like to importlib.metadata; returns the environment that sees it."""
    (folder / "my_package").mkdir(parents=True)
    (folder / "my_package" / "__init__.py").touch()
    (folder / "my_package" / "vowels.py").write_text(ten_lines(), encoding="utf-8")
    info = folder / "my_package-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[vecna_notes]\nvowels = my_package.vowels\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("way", ["package", "file"])
def test_the_ten_lines_of_the_docs_index_and_search(tmp_path: Path, way: str) -> None:
    assert len([line for line in ten_lines().splitlines() if line.strip()]) <= 11
    root, home = make_vault(tmp_path / "vault", 12), Home(tmp_path / "home", embedder="vowels")
    environment: dict[str, str] = {}
    if way == "package":
        environment = install(tmp_path / "site")
    else:
        (home.folder / "config" / "plugins" / "vowels.py").write_text(ten_lines(), encoding="utf-8")
    (home.folder / "config" / "plugins" / "broken.py").write_text("import a_module_nobody_has\n")

    listed = home.vecna("plugins", env=environment)
    assert "vowels" in listed.stdout
    assert ("my-package 1.2" if way == "package" else "vowels.py") in listed.stdout
    assert "broken" in listed.stdout and "a_module_nobody_has" in listed.stdout

    indexed = home.vecna("index", str(root), env=environment)
    assert indexed.returncode == 0, indexed.stderr
    status = json.loads(home.vecna("status", "--json", "--vault", str(root), env=environment).stdout)
    assert [(space["embedder"], space["complete"], space["active"]) for space in status["spaces"]] == [
        ("vowels", True, True)
    ]
    found = home.vecna("search", "--mode", "semantic", "--json", "--vault", str(root), "aeiou", env=environment)
    assert found.returncode == 0, found.stderr
    assert len(json.loads(found.stdout)["hits"]) == 10
