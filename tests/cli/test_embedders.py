from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, write_notes
from tests.vaults import Home
from vecna_notes.config import Folders, load
from vecna_notes.vault import Vault

OTHER = (Path(__file__).parents[1] / "plugin_hash.py").read_text().replace('"hash"', '"other"')


@pytest.fixture
def vault(tmp_path: Path, own_home: Home, vecna: Vecna) -> Path:
    (own_home.folder / "config" / "plugins" / "other.py").write_text(OTHER)
    root = write_notes(tmp_path / "vault")
    assert vecna("index", root).code == 0
    return root


def active(vecna: Vecna) -> list[str]:
    return [space["embedder"] for space in vecna("status", "--json").json["spaces"] if space["active"]]


def test_a_choice_takes_over_when_its_vectors_are_there(vecna: Vecna, vault: Path) -> None:
    assert vecna("embedders", "use", "other", "--later").code == 0
    assert active(vecna) == ["hash"]
    assert vecna("embedders", "list", "--json").json["choice"] == "other"
    assert vecna("index", vault).code == 0
    assert active(vecna) == ["other"]
    assert vecna("embedders", "use", "hash").code == 0
    assert active(vecna) == ["hash"]
    assert vecna("status", "--json").json["embedded_last_run"] == 0, "its vectors were still there"


def test_removing_leaves_the_one_in_use(vecna: Vecna, vault: Path) -> None:
    vecna("embedders", "use", "other")
    answer = vecna("embedders", "remove", "other")
    assert answer.code == 2 and "in use" in answer.err
    assert vecna("embedders", "remove", "hash").code == 0
    assert [space["embedder"] for space in vecna("status", "--json").json["spaces"]] == ["other"]
    assert vecna("embedders", "remove", "hash").code == 2


def test_an_unknown_embedder_names_the_near_one(vecna: Vecna, vault: Path) -> None:
    answer = vecna("embedders", "use", "othr")
    assert answer.code == 2 and "did you mean 'other'" in answer.err
    assert active(vecna) == ["hash"]


def test_a_missing_part_is_exit_code_4_with_the_install_line(vecna: Vecna, vault: Path, own_home: Home) -> None:
    plugin = OTHER.replace('"other"', '"absent"').replace(
        "make=lambda", 'extra="sbert", missing=lambda: "it needs a part", make=lambda'
    )
    (own_home.folder / "config" / "plugins" / "absent.py").write_text(plugin)
    answer = vecna("embedders", "use", "absent")
    assert answer.code == 4
    assert "pip install 'vecna-notes[sbert]'" in answer.err


def test_a_model_and_leave_to_fetch_it_are_handed_to_the_embedder(vecna: Vecna, vault: Path, own_home: Home) -> None:
    plugin = (
        OTHER.replace('"other"', '"picky"')
        .replace("make=lambda options: Hash()", "make=lambda options: Hash(options)")
        .replace(
            "    space =",
            "    def __init__(self, options):\n"
            "        if not options.get('download'):\n"
            "            raise NeedsConsent('it is not on this machine', lambda: 91_000_000)\n"
            "        model = f\"{options.get('model')}/{options.get('download')}\"\n"
            "        self.space = Space('picky', model, '1', 64, 'cosine', '')\n\n"
            "    unused =",
        )
    )
    plugin = f"from vecna_notes.errors import NeedsConsent\n{plugin}"
    (own_home.folder / "config" / "plugins" / "picky.py").write_text(plugin)
    answer = vecna("embedders", "use", "picky:some/model")
    assert answer.code == 4 and "not on this machine" in answer.err
    assert active(vecna) == ["hash"]
    answer = vecna("embedders", "use", "picky:some/model", "--download")
    assert answer.code == 0 and "fetching 91 MB" in answer.err
    [space] = [one for one in vecna("status", "--json").json["spaces"] if one["active"]]
    assert space["model"] == "some/model/True"
    assert vecna("search", "--mode", "semantic", "levain").code == 0


def test_a_short_name_stands_for_a_model_and_fetches_nothing_unasked(
    vecna: Vecna, vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was touched"))
    answer = vecna("embedders", "use", "multilingual")
    assert answer.code == 4 and "paraphrase-multilingual-MiniLM-L12-v2 is not on this machine" in answer.err
    assert active(vecna) == ["hash"]
    assert "short for sbert:paraphrase-multilingual-MiniLM-L12-v2" in vecna("embedders", "list").text
    assert vecna("embedders", "list", "--json").json["aliases"]["multilingual"].startswith("sbert:")


def test_what_an_embedder_says_of_itself_reaches_status_and_doctor(vecna: Vecna, vault: Path, own_home: Home) -> None:
    plugin = OTHER.replace('"other"', '"english"').replace(
        "    space =", "    languages = ('en',)\n    notice = 'it runs slowly here'\n    space ="
    )
    (own_home.folder / "config" / "plugins" / "english.py").write_text(plugin)
    assert vecna("embedders", "use", "english").code == 0
    assert "it runs slowly here" in vecna("status", "--json").json["notices"]
    with Vault.open(vault, Folders.standard(), load(Folders.standard(), vault), write=True) as opened:
        german = opened.note("kitchen/Levain.md").id
        opened.store.notes.set_languages([(german, "de")])
    said = "1 of 5 notes are not English (de 1); crc32 reads English: `vecna embedders use multilingual`"
    assert said in vecna("status").text
    assert said in vecna("doctor").text
    assert vecna("embedders", "use", "hash").code == 0
    assert said not in vecna("status").text
