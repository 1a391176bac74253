"""A stranger's embedder and ranker, as a package and as a single file: listed and used; a broken one is a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vaults import Home, make_vault, python_path

README_PLUGIN = Path(__file__).resolve().parents[1] / "docs" / "plugins.md"


def ten_lines(hook: str = "vecna_embedders") -> str:
    """A plugin of docs/plugins.md, as a reader would copy it."""
    blocks = README_PLUGIN.read_text(encoding="utf-8").split("```python\n")[1:]
    return next(code for block in blocks if hook in (code := block.split("```")[0]))


def install(folder: Path, name: str = "vowels", hook: str = "vecna_embedders") -> dict[str, str]:
    """What an installed package looks like to importlib.metadata; returns the environment that sees it."""
    (folder / "my_package").mkdir(parents=True)
    (folder / "my_package" / "__init__.py").touch()
    (folder / "my_package" / f"{name}.py").write_text(ten_lines(hook), encoding="utf-8")
    info = folder / "my_package-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[vecna_notes]\n{name} = my_package.{name}\n")
    return python_path(folder)


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


@pytest.mark.parametrize("way", ["package", "file"])
def test_the_ten_lines_of_a_ranker_put_hits_in_order_below_exact_ones(tmp_path: Path, way: str) -> None:
    hook = "vecna_rankers"
    assert len([line for line in ten_lines(hook).splitlines() if line.strip()]) <= 11
    root, home = tmp_path / "vault", Home(tmp_path / "home")
    root.mkdir()
    for length in (30, 3, 12):
        (root / f"{length}.md").write_text(f"Knead the levain. {'Then wait for it. ' * length}\n", encoding="utf-8")
    (root / "Levain.md").write_text(f"# Levain\n\n{'Feed the levain with rye. ' * 20}\n", encoding="utf-8")
    environment = {"VECNA_SEARCH__RANKER": "short"}
    if way == "package":
        environment |= install(tmp_path / "site", "short", hook)
    else:
        (home.folder / "config" / "plugins" / "short.py").write_text(ten_lines(hook), encoding="utf-8")
    assert "short passages first" in home.vecna("plugins", env=environment).stdout
    assert home.vecna("index", str(root), env=environment).returncode == 0

    asked = ("search", "--rerank", "--json", "--vault", str(root), "levain")
    found = home.vecna(*asked, env=environment)
    assert found.returncode == 0, found.stderr
    hits = json.loads(found.stdout)["hits"]
    assert [hit["path"] for hit in hits] == ["Levain.md", "3.md", "12.md", "30.md"]
    assert [hit["signals"]["rerank"]["rank"] for hit in hits] == [3, 1, 2, 4]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
