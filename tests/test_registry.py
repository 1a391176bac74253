from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vecna_notes.errors import MissingPart, PluginError, UnknownPlugin
from vecna_notes.registry import Registry

BROKEN = {
    "syntax": "def (",
    "imports": "import a_module_that_is_not_there",
    "raises": "raise RuntimeError('no')",
    "exits": "import sys; sys.exit(3)",
    "misspelt": "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_embedderz(): return []",
    "arguments": "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_embedders(extra): return []",
    "wrong": "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_embedders(): return [42]",
    "none": "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_embedders(): return None",
    "listing": "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_embedders(): return 1 / 0",
    "noisy": "print('hello')\nraise ValueError('x')",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(Path(__file__).with_name("plugin_hash.py"), tmp_path / "hash.py")
    return tmp_path


def test_a_single_file_in_the_plugin_folder_is_a_plugin(folder: Path) -> None:
    registry = Registry(folder)
    rows = {row.offer.name: row for row in registry.offers("embedders")}
    assert rows["hash"].source == str(folder / "hash.py")
    assert {"word2vec", "lsa", "sbert"} <= set(rows)
    assert registry.broken == []
    assert registry.embedder("hash", {}).space.dim == 64  # type: ignore[union-attr]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_a_row_with_its_reason(folder: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / f"bad_{name}.py").write_text(BROKEN[name])
    registry = Registry(folder)
    assert "hash" in [row.offer.name for row in registry.offers("embedders")]
    assert [row.plugin for row in registry.broken] == [f"bad_{name}"]
    assert len(registry.broken[0].reason) > 10
    assert capfd.readouterr().out == ""


def test_a_ranker_that_cannot_be_listed_is_a_row_and_the_others_stay(folder: Path) -> None:
    bad = "from vecna_notes.hookspecs import hookimpl\n@hookimpl\ndef vecna_rankers(): return 1 / 0"
    (folder / "bad.py").write_text(bad)
    registry = Registry(folder)
    assert "bad" not in [row.plugin for row in registry.rankers()]
    assert [(row.plugin, "listing its rankers: ZeroDivisionError" in row.reason) for row in registry.broken] == [
        ("bad", True)
    ]


def test_an_unknown_name_gets_the_nearest(folder: Path) -> None:
    with pytest.raises(UnknownPlugin, match="did you mean 'hash'"):
        Registry(folder).embedder("hahs", {})


def test_an_offer_that_cannot_run_here_says_what_installs_it(folder: Path) -> None:
    source = (
        (folder / "hash.py")
        .read_text()
        .replace(
            "make=lambda options: Hash()",
            "make=lambda options: 1 / 0, extra='sbert', missing=lambda: 'torch is missing'",
        )
    )
    (folder / "hash.py").write_text(source)
    with pytest.raises(MissingPart, match=r"torch is missing; install it with: pip install 'vecna-notes\[sbert\]'"):
        Registry(folder).embedder("hash", {})


def test_a_plugin_that_fails_while_making_is_named(folder: Path) -> None:
    source = (folder / "hash.py").read_text().replace("lambda options: Hash()", "lambda options: 1 / 0")
    (folder / "hash.py").write_text(source)
    with pytest.raises(PluginError, match="'hash' failed while making hash: ZeroDivisionError"):
        Registry(folder).embedder("hash", {})


def test_a_disabled_plugin_is_not_loaded(folder: Path) -> None:
    (folder / "bad.py").write_text("raise SystemExit(1)")
    registry = Registry(folder, disabled=["bad", "hash"])
    assert "hash" not in [row.offer.name for row in registry.offers("embedders")]
    assert registry.broken == []
