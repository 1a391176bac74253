"""A real file of each kind, made by the programs people use: indexed, found, and opened at its page or section."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vaults import Home
from vecna_notes.config import Folders, load
from vecna_notes.errors import EditRefused
from vecna_notes.tui.marks import heading_line
from vecna_notes.types import Hit
from vecna_notes.vault import Vault

FILES = Path(__file__).with_name("files")
KINDS = ("pdf", "epub", "html", "docx", "org", "ipynb", "canvas", "py")


def quiet(_: object) -> None:
    pass


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("vault")
    for kind in KINDS:
        shutil.copy(FILES / f"lighthouse.{kind}", root / f"{kind}.{kind}")
    (root / "tides.md").write_text("# Tides\n\nHigh water at noon.\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def vault(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
        patch.setenv("VECNA_FILES__SKIP", "[]")
        folders = Folders(tmp_path_factory.mktemp("config") / "config.toml", tmp_path_factory.mktemp("data"))
        with Vault.open(root, folders, load(folders, root), write=True) as vault:
            vault.sync(quiet)
            yield vault


def hit(vault: Vault, query: str, kind: str) -> Hit:
    """The one hit among files of a kind."""
    (found,) = vault.search(f"{query} path:{kind}.{kind}", mode="keyword").hits
    return found


def test_every_file_is_indexed_without_complaint(vault: Vault) -> None:
    records = vault.store.files.all()
    assert {path: (record.state, record.reason) for path, record in records.items()} == {
        path: ("indexed", "") for path in (*(f"{kind}.{kind}" for kind in KINDS), "tides.md")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_found_at_its_section(vault: Vault, kind: str) -> None:
    passage = hit(vault, "compressor paraffin", kind).passage
    text = vault.text(passage.path).split("\n")
    section = {"pdf": "## Page 2", "py": "### compress"}.get(kind, "The fog signal")
    above = [line for line in text[: passage.chunk.last_line] if line.startswith("#")]
    assert any(section in line for line in above)
    assert "paraffin" in "\n".join(text[passage.chunk.first_line - 1 : passage.chunk.last_line])


def test_a_hit_in_a_pdf_says_its_page(vault: Vault) -> None:
    pages = {word: hit(vault, word, "pdf").passage.chunk.trail for word in ("chamois", "foghorn", "swell")}
    assert pages == {"chamois": ("Page 1",), "foghorn": ("Page 2",), "swell": ("Page 3",)}


@pytest.mark.parametrize("kind", ["pdf", "epub", "html", "docx", "org"])
def test_a_file_is_called_what_it_calls_itself(vault: Vault, kind: str) -> None:
    note = vault.note(f"{kind}.{kind}").note
    assert (note.title, note.own_title) == ("Keeping a lighthouse", "Keeping a lighthouse")
    assert note.properties["author"] == "Vecna tests"


@pytest.mark.parametrize("kind", ["epub", "html", "org", "ipynb", "canvas"])
def test_links_to_notes_are_followed(vault: Vault, kind: str) -> None:
    assert {link.target_path for link in vault.links(f"{kind}.{kind}") if link.written.target} == {"tides.md"}


@pytest.mark.parametrize("kind", ["org", "py"])
def test_lines_of_text_files_are_the_files_own(vault: Vault, root: Path, kind: str) -> None:
    passage = hit(vault, "paraffin", kind).passage
    own = (root / passage.path).read_text(encoding="utf-8").split("\n")
    assert len(own) == len(vault.text(passage.path).split("\n"))
    assert "paraffin" in "\n".join(own[passage.chunk.first_line - 1 : passage.chunk.last_line])


@pytest.mark.parametrize("kind", KINDS)
def test_no_such_file_is_ever_written(vault: Vault, root: Path, kind: str) -> None:
    from vecna_notes import edit

    path = f"{kind}.{kind}"
    before = (root / path).read_bytes()
    change = edit.Change(path, vault.note(path).note.digest, (0, 0), "[[tides]]")
    with pytest.raises(EditRefused, match="only read"):
        edit.apply(vault.root, vault.store.folder, change)
    assert (root / path).read_bytes() == before
    assert vault.suggestions(path) == []


def test_a_file_opens_at_its_page_or_line(root: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    said = tmp_path / "said"
    for name in ("zathura", "hx"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}.new && mv {said}.new {said}-{name}\n')
        program.chmod(0o700)
    environment = {"VECNA_VIEWER": str(tmp_path / "zathura"), "VECNA_EDITOR": str(tmp_path / "hx")}
    assert home.vecna("index", str(root), env=environment).returncode == 0
    found = home.vecna("search", "--vault", str(root), "--format", "{path}:{line}", "foghorn path:pdf", env=environment)
    assert home.vecna("open", "--vault", str(root), found.stdout.split("\n")[0], env=environment).returncode == 0
    assert home.vecna("open", "--vault", str(root), "org.org:20", env=environment).returncode == 0
    assert (tmp_path / "said-hx").read_text().split() == [f"{root}/org.org:20:1"]
    assert _waited(tmp_path / "said-zathura").split() == ["-P", "2", f"{root}/pdf.pdf"]


def _waited(file: Path) -> str:
    """A viewer has a window, so nobody waits for its end."""
    import select

    for _ in range(500):
        if file.exists():
            break
        select.select([], [], [], 0.01)
    return file.read_text()


LINKING = "# Lamps\n\nSee [[papers/light.pdf#page=3]], [there](papers/light.pdf#page=2&zoom=50) and ![[light.pdf]].\n"


def test_a_link_to_a_pdf_is_one_to_its_note_and_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
    root, folders = tmp_path / "vault", Folders(tmp_path / "config.toml", tmp_path / "data")
    (root / "papers").mkdir(parents=True)
    (root / "lamps.md").write_text(LINKING, encoding="utf-8")
    with Vault.open(root, folders, load(folders, root), write=True) as vault:
        vault.sync(quiet)
        assert vault.links("lamps.md") == [] and vault.status().links == 0, "an attachment, and no broken link"
        shutil.copy(FILES / "lighthouse.pdf", root / "papers" / "light.pdf")
        vault.sync(quiet)
        links = vault.links("lamps.md")
        assert [(link.target_path, link.state) for link in links] == [("papers/light.pdf", "resolved")] * 3
        assert [link.source_path for link in vault.backlinks("papers/light.pdf")] == ["lamps.md"] * 3
        assert (vault.status().links, vault.status().broken_links) == (3, 0)
        lines = vault.text("papers/light.pdf").split("\n")
        pages = [lines[heading_line("\n".join(lines), link.written.heading) - 1] for link in links]
        assert pages == ["## Page 3", "## Page 2", lines[0]]
        (root / "papers" / "light.pdf").unlink()
        vault.sync(quiet)
        assert vault.links("lamps.md") == [] and vault.status().broken_links == 0
