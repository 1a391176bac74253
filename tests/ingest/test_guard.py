"""Files made to do harm, made at run time: each costs itself, and the rest of the vault is indexed."""

from __future__ import annotations

import io
import os
import signal
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from vecna_notes.config import Folders, load
from vecna_notes.errors import PluginError, Unreadable
from vecna_notes.ingest.guard import Guard, Limits
from vecna_notes.vault import Vault

PLUGIN = """
import os, signal, time
from vecna_notes.hookspecs import Offer, hookimpl
from vecna_notes.text import digest
from vecna_notes.types import Note


class Rude:
    suffixes = (".rude",)
    is_risky = True

    def read(self, path, data):
        said = data.decode()
        print("noise")
        if said == "sleep":
            time.sleep(1000)
        if said == "spin":
            while True:
                pass
        if said == "abort":
            os.abort()
        if said == "eat":
            bytearray(10_000_000_000)
        if said == "raise":
            raise ValueError("no such thing")
        if said == "write":
            open(os.environ["HOME"] + "/written", "w").write("x" * 10)
        if said == "long":
            said = "word \\n" * 100_000
        return Note(path, "Rude", f"{os.getpid()} {said}", digest(data), properties={"a": (1, ("b",))})


@hookimpl
def vecna_readers():
    return [Offer("rude", "does harm", lambda options: Rude())]
"""
LIMITS = Limits(bytes=10_000_000, text=10_000, memory=300_000_000, seconds=1)


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    (tmp_path / "rude.py").write_text(PLUGIN)
    guard = Guard(LIMITS, {"plugins": str(tmp_path), "disabled": [], "options": {}})
    yield guard
    guard.rest()


def pid(guard: Guard, said: bytes = b"kind") -> int:
    return int(guard.read("rude", "a.rude", said).text.split()[0])


def test_one_child_reads_many_files_and_another_takes_its_place(guard: Guard) -> None:
    large = bytearray(LIMITS.memory)  # a parent's memory is none of the child's
    large[::4096] = b"x" * len(large[::4096])
    first = pid(guard)
    assert pid(guard) == first != os.getpid()
    os.kill(first, signal.SIGKILL)
    assert pid(guard) != first
    guard.rest()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_what_a_child_reads_comes_back_whole(guard: Guard) -> None:
    note = guard.read("rude", os.fsdecode(b"odd \xff.rude"), "naïve \x01 🌱".encode())
    assert note.path == "odd \udcff.rude" and note.text.endswith("naïve \x01 🌱")
    assert note.properties == {"a": (1, ("b",))}


@pytest.mark.parametrize(
    ("said", "kind", "why"),
    [
        (b"spin", Unreadable, "took too long: more than 1 second"),
        (b"sleep", Unreadable, "took too long"),
        (b"eat", Unreadable, "too large: reading it takes more than 300 MB"),
        (b"abort", PluginError, "crashed .SIGABRT."),
        (b"raise", PluginError, "ValueError: no such thing"),
    ],
)
def test_harm_costs_one_file(guard: Guard, said: bytes, kind: type[Exception], why: str) -> None:
    pid(guard)
    with pytest.raises(kind, match=why):
        guard.read("rude", "a.rude", said)
    assert pid(guard)


def test_a_child_writes_nothing(guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    guard.read("rude", "a.rude", b"write")
    assert (tmp_path / "written").read_bytes() == b""


def test_a_long_text_is_cut_at_a_line_and_says_so(guard: Guard) -> None:
    note = guard.read("rude", "a.rude", b"long")
    assert LIMITS.text - 10 < len(note.text) <= LIMITS.text and note.text.endswith("\n")
    assert note.problems[0].startswith(f"partial: the first {len(note.text):,} of 600,0")


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return data.getvalue()


def laughs() -> bytes:
    """Ten times ten times ten …"""
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    return f'<!DOCTYPE a [<!ENTITY l0 "lol">{entities}]><a>&l11;</a>'.encode()


def pdf(unpacked: Iterator[bytes]) -> bytes:
    """One page whose content is packed twice."""
    packer = zlib.compressobj(9)
    once = b"".join(map(packer.compress, unpacked)) + packer.flush()
    stream = zlib.compress(once, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
        b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = b"%PDF-1.5\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table, len(body),
    )  # fmt: skip


def lying(data: bytes, size: int) -> bytes:
    """An archive that says its members are small."""
    return data.replace(struct.pack("<I", size), struct.pack("<I", 1_000))


SPACES, MILLION = b" " * 1_000_000, 1_000_000
WORDS = b"BT /F 9 Tf 9 9 Td (word ) Tj ET\n" * 30_000
W = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'


def bombs() -> dict[str, bytes]:
    inner = zipped(word__document_xml=SPACES * 50)
    return {
        "zip.docx": zipped(word__document_xml=SPACES * 40),
        "lying.docx": lying(zipped(word__document_xml=SPACES * 40), 40 * MILLION),
        "nested.epub": zipped(inner_zip=inner, META_INF__container_xml=b"<a/>"),
        "laughs.docx": zipped(word__document_xml=laughs()),
        "laughs.epub": zipped(**{"META-INF__container_xml": laughs()}),
        "deep.docx": zipped(word__document_xml=W % (b"<w:p>" * 50_000 + b"</w:p>" * 50_000)),
        "stream.pdf": pdf(SPACES for _ in range(600)),
        "words.pdf": pdf(WORDS for _ in range(60)),
        "slow.html": b"<!" * 2_000_000,
        "deep.canvas": b'{"nodes":' + b"[" * 900_000,
        "deep.ipynb": b"[" * 2_000_000,
        "huge.pdf": b"%PDF-1.5" + SPACES * 11,
        "nobody.pdf": b"not a pdf",
    }


def test_bombs_are_refused_while_the_rest_is_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("seconds", "2"), ("memory_mb", "400"), ("max_mb", "10.0")):
        monkeypatch.setenv(f"VECNA_FILES__{name.upper()}", value)
    monkeypatch.setenv("VECNA_INDEX__EMBEDDER", "lsa")
    root = tmp_path / "vault"
    root.mkdir()
    made = bombs()
    for name, data in made.items():
        (root / name).write_bytes(data)
    (root / "deep.html").write_bytes(b"<div>" * 500_000 + b"The lens throws its beam nineteen miles.")
    (root / "good.md").write_text("# Lamp\n\nTrim the wick at dusk.\n")
    folders = Folders.standard()
    with Vault.open(root, folders, load(folders, root), write=True) as vault:
        report = vault.sync(lambda progress: None)
        records = vault.store.files.all()
        assert {path for path, record in records.items() if record.state == "indexed"} == {"deep.html", "good.md"}
        assert [one.passage.path for one in vault.search("nineteen miles", mode="keyword").hits] == ["deep.html"]
        assert report.skipped + report.failed == len(made)
        assert vault.sync(lambda progress: None).is_quiet
    reasons = {path: record.reason for path, record in records.items() if record.state != "indexed"}
    unclear = {path: why for path, why in reasons.items() if not why.startswith(("too large", "took too long"))}
    assert set(unclear) <= {"lying.docx", "nested.epub", "nobody.pdf"} and all(unclear.values()), unclear
