from __future__ import annotations

from pathlib import Path

import pytest

from vecna_notes.config import Folders, load
from vecna_notes.errors import ConfigError


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config.toml", tmp_path / "data")


def test_the_packaged_file_is_the_defaults(folders: Folders) -> None:
    configuration = load(folders)
    assert configuration.settings.search.limit == 10
    assert set(configuration.origins.values()) == {"default"}


def test_a_flag_beats_the_environment_beats_the_vault_beats_the_user(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limit(**overrides: int) -> tuple[int, str]:
        found = load(folders, tmp_path / "vault", {f"search.{key}": value for key, value in overrides.items()})
        return found.settings.search.limit, found.origins["search.limit"]

    (tmp_path / "vault").mkdir()
    folders.config.write_text("[search]\nlimit = 11\n")
    assert limit() == (11, str(folders.config))
    (tmp_path / "vault" / ".vecna.toml").write_text("[search]\nlimit = 12\n")
    assert limit() == (12, str(tmp_path / "vault" / ".vecna.toml"))
    monkeypatch.setenv("VECNA_SEARCH__LIMIT", "13")
    assert limit() == (13, "$VECNA_SEARCH__LIMIT")
    assert limit(limit=14) == (14, "command line")


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[serach]\nlimit = 3", "did you mean 'search.limit'?"),
        ("[search]\nlimti = 3", "did you mean 'search.limit'?"),
        ("[search]\nlimit = 'ten'", "search.limit"),
        ("[search]\nlimit = 0", "must lie between 1 and 1000"),
        ("[search]\nmode = 'psychic'", "search.mode"),
        ("[search", "cannot be read"),
    ],
)
def test_a_wrong_setting_names_its_file_and_the_way_out(folders: Folders, toml: str, sentence: str) -> None:
    folders.config.write_text(toml)
    with pytest.raises(ConfigError) as caught:
        load(folders)
    assert str(folders.config) in str(caught.value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "toml",
    [
        "[screen]\neditor = 'rm -rf'",
        "[index]\nembedder = 'evil'",
        "[plugins]\ndisabled = ['markdown']",
        "[embedders.sbert]\ndownload = true",
        "[index]\nremoval_share = 1.0",
        "[search]\nlimit = 7\nranker = 'evil'",
        "[rankers.crossencoder]\ndownload = true",
        "[topics]\nclusterer = 'evil'",
        "[map]\nprojector = 'evil'",
        "[clusterers.kmeans]\nclusters = 2",
    ],
)
def test_a_vault_from_a_stranger_cannot_say_what_runs(folders: Folders, tmp_path: Path, toml: str) -> None:
    (tmp_path / ".vecna.toml").write_text(toml + "\n[search]\nlimit = 7\n" if "[search]" not in toml else toml)
    configuration = load(folders, tmp_path)
    assert len(configuration.ignored) == 1
    assert configuration.settings.search.limit == 7
    assert configuration.settings.index.embedder == "auto"
    assert configuration.settings.screen.editor == ""
    assert configuration.settings.search.ranker == ""
    assert configuration.settings.embedders["sbert"]["download"] is False


def test_two_vaults_of_one_name_are_kept_apart(folders: Folders, tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "notes", tmp_path / "b" / "notes"
    assert folders.vault(one) != folders.vault(other)
    assert folders.vault(one).parent == folders.data / "vaults"
