"""What each reader makes of the odd corners of its kind of file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_plugins_end_to_end import ten_lines
from vecna_notes.errors import ConfigError, Unreadable
from vecna_notes.ingest.resolve import resolver
from vecna_notes.ingest.split import split
from vecna_notes.registry import Registry
from vecna_notes.testing import check_reader
from vecna_notes.text import estimate_tokens
from vecna_notes.types import Note, NoteId, WrittenLink

ALL = Registry().readers(lambda _name: {})


def read(kind: str, text: str, path: str = "") -> Note:
    reader = ALL[kind]
    return reader.read(path or f"a{reader.suffixes[0]}", text.encode())


class TestOrg:
    def test_marks_become_markdowns(self) -> None:
        note = read(
            "org", "#+title: T\n* TODO [#A] Head [[id:x][y]] :a:b:\n** Sub\n# no\nSCHEDULED: <2024-01-01>\ntext\n"
        )
        assert note.text == "\n# Head [[x|y]]\n## Sub\n\n\ntext\n"
        assert (note.title, note.own_title, note.tags) == ("T", "T", ("a", "b"))

    def test_code_is_code_and_nothing_in_it_is_a_heading(self) -> None:
        note = read("org", "#+begin_src python\n* not a heading\n[[no link]]\n#+end_src\n[[file:b.org::*Head][b]]\n")
        assert note.text == "```python\n* not a heading\n[[no link]]\n```\n[b](<b.org#Head>)\n"
        assert [(link.target, link.heading) for link in note.links] == [("b.org", "Head")]

    def test_ids_and_aliases_are_names(self) -> None:
        note = read("org", ':PROPERTIES:\n:ID: 7-a\n:ROAM_ALIASES: "Two words" One\n:END:\n#+filetags: :x:y:\n')
        assert note.aliases == ("7-a", "Two words", "One") and note.tags == ("x", "y")

    def test_a_drawer_never_closed_ends_at_the_next_heading(self) -> None:
        assert read("org", ":LOGBOOK:\nhidden\n* Head\nseen\n").text == "\n\n# Head\nseen\n"


class TestHtml:
    def test_only_what_a_reader_reads(self) -> None:
        page = (
            "<title>T</title><nav>menu</nav><script>no()</script><style>no</style><h1>One</h1>"
            "<p>a &lt;b&gt; <a href='x.md'>in</a> <a href='https://e.org'>out</a> <a href='javascript:no()'>bad</a></p>"
            "<pre>x = [[1]]\n# y</pre><ul><li>i<li>j</ul><table><tr><td>p<td>q</table><footer>foot</footer>"
        )
        note = read("html", page)
        assert note.text == (
            "# T\n\n## One\n\na <b> [in](x.md) out bad\n\n```\nx = [[1]]\n# y\n```\n\n- i\n- j\n\n| p | q |\n"
        )
        assert [link.target for link in note.links] == ["x.md"]

    def test_text_is_no_markup(self) -> None:
        assert "\n\\# no heading" in read("html", "<title>T</title><p># no heading</p>").text

    def test_the_encoding_a_page_names_is_obeyed(self) -> None:
        data = '<meta charset="iso-8859-2"><p>Łódź</p>'.encode("iso-8859-2")
        assert "Łódź" in ALL["html"].read("a.html", data).text


class TestNotebook:
    def test_cells_are_numbered_where_no_heading_says_where_one_is(self) -> None:
        cells = [{"cell_type": "code", "source": ["a = '```'\n", "b"]}, {"cell_type": "markdown", "source": "words"}]
        note = read("notebook", json.dumps({"cells": cells, "metadata": {"language_info": {"name": "python"}}}))
        assert note.text == "## Cell 1\n\n````python\na = '```'\nb\n````\n\n## Cell 2\n\nwords\n"
        assert [chunk.trail for chunk in split(note, estimate_tokens, 200)] == [("Cell 1",), ("Cell 2",)]

    @pytest.mark.parametrize("text", ["", "[]", '{"cells": 3}', '{"worksheets": []}', "{", "null"])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(Unreadable):
            read("notebook", text)


class TestCanvas:
    @pytest.mark.parametrize(
        "said",
        [
            {"nodes": 3, "edges": {}},
            {"nodes": [{"type": "text", "text": 3}, 4, {"type": ["x"]}]},
            {"nodes": [{"id": 1, "type": "text", "text": "a", "x": "b", "y": 1e400}], "edges": [{"fromNode": []}]},
        ],
        ids=str,
    )
    def test_whatever_it_holds_it_is_a_note(self, said: object) -> None:
        check_reader(ALL["canvas"], [json.dumps(said).encode()])

    def test_it_is_called_by_its_file_and_shows_sections(self) -> None:
        node = {"id": "a", "type": "file", "file": "b/c.md", "subpath": "#Head"}
        note = read(
            "canvas", json.dumps({"nodes": [node, {"id": "t", "type": "text", "text": "# Card"}]}), "x/plan.canvas"
        )
        assert (note.title, note.own_title) == ("plan", "")
        assert [(link.target, link.heading) for link in note.links] == [("b/c.md", "Head")]


class TestCode:
    def test_names_stand_above_the_comments_that_explain_them(self) -> None:
        code = "package a\n\n// Adds two.\n// Or more.\nfunc Add(a int) {\n\tx() // no\n}\n/* Long\n * story */\n"
        note = read("code", code, "a.go")
        assert note.text.split("\n") == ["", "## Add", "Adds two.", "Or more.", "", "", "", "Long", "story", ""]

    def test_broken_python_is_read_by_its_comments(self) -> None:
        assert read("code", "def f(:\n    # why\n", "a.py").text.split("\n") == ["## f", "why", ""]

    def test_code_that_says_nothing_is_refused(self) -> None:
        with pytest.raises(Unreadable, match="no docstring"):
            read("code", "x = 1\n", "a.py")

    def test_only_wanted_suffixes(self) -> None:
        def options(name: str) -> dict[str, object]:
            return {"suffixes": [".go"]} if name == "code" else {}

        assert Registry().readers(options)["code"].suffixes == (".go",)
        with pytest.raises(ConfigError, match="gogo"):
            Registry().reader("code", {"suffixes": [".gogo"]})


class TestLogseq:
    ID = "64f1c2d0-1111-2222-3333-abcdefabcdef"

    def test_a_block_reference_leads_to_the_note_that_holds_the_block(self) -> None:
        here = read("markdown", f"- see (({self.ID})) `(({self.ID}))`\n", "pages/here.md")
        there = read("markdown", f"- block\n  id:: {self.ID}\n", "journals/2024_01_05.md")
        resolve = resolver(
            [(NoteId(1), here.path, here.title, ()), (NoteId(2), there.path, there.title, there.aliases)]
        )
        (link,) = here.links
        assert resolve(link, here.path) == (2, "resolved")

    def test_a_journals_page_is_called_by_its_date(self) -> None:
        assert read("markdown", "- a\n", "journals/2024_01_05.md").title == "2024-01-05"


def test_a_note_is_meant_before_a_file_of_the_same_name() -> None:
    names = [(NoteId(1), "a/report.md", "Report", ()), (NoteId(2), "b/report.pdf", "Report", ())]
    resolve = resolver(names)
    found = {written: resolve(WrittenLink(written), "c/x.md") for written in ("report", "Report", "report.pdf")}
    assert found == {"report": (1, "resolved"), "Report": (1, "resolved"), "report.pdf": (2, "resolved")}
    assert resolve(WrittenLink("../other/gone.PDF", style="markdown"), "c/x.md") == (None, "outside")
    assert resolve(WrittenLink("gone"), "c/x.md") == (None, "broken")


def test_the_reader_of_the_docs_keeps_the_contract(tmp_path: Path) -> None:
    (tmp_path / "subtitles.py").write_text(ten_lines("vecna_readers"), encoding="utf-8")
    reader = Registry(tmp_path).readers(lambda _name: {})["subtitles"]
    check_reader(reader, [b"1\n00:00 --> 00:02\nThe lamp is lit.\n"])
    assert "subtitles" not in Registry(tmp_path).readers(lambda _name: {}, skip=["subtitles"])
