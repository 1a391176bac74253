"""Every installed reader keeps the contract of readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import shared
from vecna_notes.errors import Unreadable
from vecna_notes.interfaces import Reader, Risky
from vecna_notes.registry import Registry
from vecna_notes.testing import check_reader

ALL = Registry().readers(lambda _name: {})
READERS = [ALL[name] for name in ("markdown", "plaintext", "org")]
"""Those that read any text."""
FILES = Path(__file__).resolve().parents[1] / "plugins" / "readers" / "files"
SAMPLES = [
    b"# Title\n\nText with #tag and [[Link|label]].\n",
    b"---\ntitle: T\ntags: [a, b]\naliases: x\n---\nbody ![[y#h]] [z](q%20r.md)\n",
    "- Ümläut 日本語 🌱 `code`\n\n```\nfence\n".encode(),
    b"---\nnever: closed\n\n%% a comment\n<!-- another\n",
]
PIECES = [
    *[
        "---\n",
        "...\n",
        "[[",
        "]]",
        "|",
        "#",
        "`",
        "```",
        "~~~\n",
        "%%",
        "<!--",
        "-->",
        "](",
        ")",
        "!",
        "\n",
        "\n\n",
        ":: ",
    ],
    *[
        "- ",
        "> ",
        "a",
        "tag",
        "title: ",
        "&a",
        "*a",
        "\t",
        "\r\n",
        "\ufeff",
        "^id",
        "{{",
        "é",
        "🌱",
        "\u2028",
        "\x85",
        " ",
    ],
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
class TestReaders:
    def test_keeps_the_contract(self, reader: Reader) -> None:
        check_reader(reader, SAMPLES)

    def test_reads_every_note_of_a_real_vault(self, reader: Reader) -> None:
        for name in ("garden", "dendron"):
            check_reader(reader, [file.read_bytes() for file in sorted(shared(name).rglob("*.md"))[::10]])

    @given(data=st.binary(max_size=400))
    def test_any_bytes_are_a_note_or_refused(self, reader: Reader, data: bytes) -> None:
        check_reader(reader, [], [data])

    @given(parts=st.lists(st.sampled_from(PIECES), max_size=60))
    def test_any_markup_is_a_note(self, reader: Reader, parts: list[str]) -> None:
        check_reader(reader, ["".join(parts).encode()])

    @given(place=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=3))
    def test_a_damaged_note_is_a_note_or_refused(self, reader: Reader, place: int, junk: bytes) -> None:
        for sample in SAMPLES:
            cut = place % (len(sample) + 1)
            check_reader(reader, [], [sample[:cut] + junk + sample[cut + 1 :]])


@pytest.mark.parametrize("name", sorted(set(ALL) - {"markdown", "plaintext", "org"}))
class TestRiskyReaders:
    def test_keeps_the_contract(self, name: str) -> None:
        own = [file.read_bytes() for file in sorted(FILES.iterdir()) if file.name.endswith(ALL[name].suffixes)]
        others = [file.read_bytes() for file in sorted(FILES.iterdir())]
        assert own
        check_reader(ALL[name], own, [*SAMPLES, *others])

    @given(place=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=3))
    def test_a_damaged_file_is_a_note_or_refused(self, name: str, place: int, junk: bytes) -> None:
        sample = next(file for file in sorted(FILES.iterdir()) if file.name.endswith(ALL[name].suffixes)).read_bytes()
        cut = place % (len(sample) + 1)
        check_reader(ALL[name], [], [sample[:cut] + junk + sample[cut + len(junk) :]])

    def test_says_that_it_is_risky(self, name: str) -> None:
        assert isinstance(ALL[name], Risky) and ALL[name].is_risky


def test_there_is_a_reader_for_every_kind_that_the_docs_name() -> None:
    suffixes = {suffix for reader in ALL.values() for suffix in reader.suffixes}
    assert {".md", ".txt", ".pdf", ".epub", ".html", ".docx", ".org", ".ipynb", ".canvas", ".py", ".rs"} <= suffixes


class Sloppy:
    """Says what `broken` makes of a note's text."""

    suffixes = (".md",)

    def __init__(self, **broken: object) -> None:
        self.broken = broken

    def read(self, path: str, data: bytes) -> object:
        from dataclasses import replace

        if b"\x00" in data:
            raise Unreadable("binary")
        return replace(READERS[0].read(path, data), **self.broken)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "broken",
    [{"path": "other.md"}, {"title": " "}, {"text": "a\r"}, {"digest": "x"}, {"body_line": 0}, {"tags": ("#a",)}],
    ids=str,
)
def test_a_reader_that_breaks_the_contract_is_found_out(broken: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        check_reader(Sloppy(**broken), SAMPLES)  # type: ignore[arg-type]
