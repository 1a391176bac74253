"""Each rule of each dialect, as a table of what is written and what is understood."""

from __future__ import annotations

import time

import pytest
from vecna_plugins.readers.markdown import Markdown
from vecna_plugins.readers.plaintext import PlainText

from vecna_notes.errors import Unreadable
from vecna_notes.types import Note, WrittenLink


def note(text: str | bytes, path: str = "folder/Some note.md") -> Note:
    return Markdown().read(path, text.encode() if isinstance(text, str) else text)


TAGS = [
    ("#a and #b/c-d_e.", ["a", "b/c-d_e"]),
    ("(#in-parens), #ümläut #日本", ["in-parens", "ümläut", "日本"]),
    ("#🌱 #to/🌲/do", ["🌱", "to/🌲/do"]),
    ("#1984 #2024/plan #y1984", ["2024/plan", "y1984"]),
    ("#[[two words]] #one", ["two words", "one"]),
    ("# Heading\n## #tagged heading", ["tagged"]),
    ("#Tag #tag #TAG", ["Tag"]),
    ("`#code` text#no &#35; a/#b", []),
    ("```\n#fence\n```\n#after", ["after"]),
    ("~~~\n#fence\n~~~~\n#after", ["after"]),
    ("[[Note#Heading]] [[#Heading]] [x](y.md#z) [#label](z.md)", []),
    ("https://example.org/#fragment <https://example.org #x>", ["x"]),
    ("%% #hidden %% <!-- #hidden --> #seen", ["seen"]),
    ("#a/ #b- ##c #", ["a", "b"]),
    ("\\#escaped", []),
    ("- #item\n> #quoted\n| #cell |", ["item", "quoted", "cell"]),
    ("*#starred* **#bold**", ["starred", "bold"]),
]


@pytest.mark.parametrize(("text", "tags"), TAGS)
def test_inline_tags(text: str, tags: list[str]) -> None:
    assert list(note(text).tags) == tags


HEAD_TAGS = [
    ("tags: [a, b]", ["a", "b"]),
    ("tags: a b", ["a", "b"]),
    ("tags: a, two words", ["a", "two words"]),
    ("tag: a", ["a"]),
    ("Tags:\n- a\n- '#b'", ["a", "b"]),
    ("tags:\n- #x", ["x"]),
    ("tags: 2024", ["2024"]),
    ("tags:", []),
    ("tags: true", []),
    ("tags: [[nested, list]]", ["nested", "list"]),
]


@pytest.mark.parametrize(("head", "tags"), HEAD_TAGS)
def test_front_matter_tags(head: str, tags: list[str]) -> None:
    assert list(note(f"---\n{head}\n---\ntext").tags) == tags


TITLES = [
    ("---\ntitle: Mine\n---\n# Other", "Mine", "Mine"),
    ("text\n\n# First\n# Second", "First", "First"),
    ("## Only second level", "Some note", ""),
    ("```\n# comment\n```\n# Real #", "Real", "Real"),
    ("# [[Link|Label]] and *stars* ^block-1", "Label and stars", "Label and stars"),
    ("# C# in depth", "C# in depth", "C# in depth"),
    ("Underlined\n===\ntext", "Underlined", "Underlined"),
    ("#notitle", "Some note", ""),
    ("# \n# Second", "Second", "Second"),
    ("---\ntitle: 2024\n---\n", "2024", "2024"),
    ("---\ntitle:\n---\n# H", "H", "H"),
    ("title:: Logseq page\ntags:: a, two words\n\n- text", "Logseq page", "Logseq page"),
    ("", "Some note", ""),
]


@pytest.mark.parametrize(("text", "title", "own"), TITLES)
def test_titles(text: str, title: str, own: str) -> None:
    read = note(text)
    assert (read.title, read.own_title) == (title, own)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("a/b.md", "b"),
        ("a___b.md", "a/b"),
        ("what%3A why%3F.md", "what: why?"),
        ("100%.md", "100%"),
        ("a.b.c.md", "a.b.c"),
    ],
)
def test_a_file_name_is_a_title(path: str, title: str) -> None:
    assert note("", path).title == title


LINKS = [
    ("[[Note]]", WrittenLink("Note")),
    ("[[folder/Note.md|alias]]", WrittenLink("folder/Note.md", label="alias")),
    ("| a | [[Note\\|alias]] |", WrittenLink("Note", label="alias")),
    ("[[Note#H1#H2]]", WrittenLink("Note", "H1#H2")),
    ("[[#Heading]]", WrittenLink("", "Heading")),
    ("[[Note#^id-1]]", WrittenLink("Note", "^id-1")),
    ("![[Note#H]]", WrittenLink("Note", "H", is_embed=True)),
    ("[[A label|dendron.topic.name#h]]", WrittenLink("A label", label="dendron.topic.name#h")),
    ("[[|dendron.topic.name]]", WrittenLink("dendron.topic.name")),
    ("[[`code`|dendron.topic]]", WrittenLink("`code`", label="dendron.topic")),
    ("![[Install Node.js|dendron.ref.cli]]", WrittenLink("Install Node.js", label="dendron.ref.cli", is_embed=True)),
    ("[[Node.js]]", WrittenLink("Node.js")),
    ("[t](Rel%20path.md#a%20h)", WrittenLink("Rel path.md", "a h", "t", style="markdown")),
    ("[t](<a (b) c.md>)", WrittenLink("a (b) c.md", label="t", style="markdown")),
    ('[t](note.md "Title")', WrittenLink("note.md", label="t", style="markdown")),
    ("[t](wiki_(disambiguation).md)", WrittenLink("wiki_(disambiguation).md", label="t", style="markdown")),
    ("[t](#heading)", WrittenLink("", "heading", "t", style="markdown")),
    ("[**bold** `c`](note.md)", WrittenLink("note.md", label="bold c", style="markdown")),
    ("[![alt](pic.png)](note.md)", WrittenLink("note.md", label="alt", style="markdown")),
    ("[label]([[Logseq page]])", WrittenLink("Logseq page", label="label")),
    ("[ref]: ../other.md 'Title'", WrittenLink("../other.md", label="ref", style="markdown")),
    ("text\n\n- [[Line]]", WrittenLink("Line", line=3)),
    ("---\nup: '[[Parent]]'\n---\n", WrittenLink("Parent", line=2)),
    ("---\nup:\n  - [[Parent|p]]\n---\n", WrittenLink("Parent", label="p", line=3)),
]


@pytest.mark.parametrize(("text", "link"), LINKS)
def test_links(text: str, link: WrittenLink) -> None:
    assert note(text).links == (link,)


NO_LINKS = [
    "[t](https://example.org) [m](mailto:a@b.c) [c](command:x) [p](//host/x) <https://x.y>",
    "`[[code]]` ``[[more ` code]]`` `[t](x.md)`",
    "```\n[[fence]]\n```",
    "```\n[[never closed]]",
    "> ```\n> [[quoted fence]]\n> ```",
    "%% [[hidden]] %%\n<!-- [[hidden]]\n[t](x.md) -->",
    "![[picture.png|300]] [[paper.ODT]] ![](a.svg) [x](b.zip)",
    "[[]] [[ ]] [[|]] [x]() []() [[a\nb]]",
    "[[1]](https://example.org)",
    "[^1]: a footnote",
    "$$ [[1, 2], [3, 4]] $$",
]


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_is_no_link(text: str) -> None:
    assert note(text).links == ()


def test_after_code_and_comments_links_count_again() -> None:
    text = "`a` [[one]]\n```\n[[no]]\n```\n[[two]] %%x%% [[three]]\n> ```\n> [[no]]\n\n[[four]]\n"
    assert [(link.target, link.line) for link in note(text).links] == [
        ("one", 1),
        ("two", 5),
        ("three", 5),
        ("four", 9),
    ]


def test_logseq_and_dataview_fields_are_properties() -> None:
    read = note("title:: T\nalias:: x, [[y z]]\nid:: 1-2\n\n- done:: yes\n  collapsed:: true\n- `no:: code`\n")
    assert dict(read.properties) == {"title": "T", "alias": "x, [[y z]]", "done": "yes"}
    assert read.aliases == ("x", "y z")


def test_front_matter_beats_fields() -> None:
    assert note("---\nstatus: a\n---\nstatus:: b\n").properties["status"] == "a"


@pytest.mark.parametrize(("head", "aliases"), [("aliases: [a, b]", ("a", "b")), ("alias: a, b c", ("a", "b c"))])
def test_aliases(head: str, aliases: tuple[str, ...]) -> None:
    assert note(f"---\n{head}\n---\n").aliases == aliases


def test_lines_count_from_the_top_of_the_file() -> None:
    read = note(b"\xef\xbb\xbf---\r\ntitle: T\r\n---\r\nbody [[x]]\r\n")
    assert (read.title, read.body_line, read.links[0].line) == ("T", 4, 4)
    assert read.text == "---\ntitle: T\n---\nbody [[x]]\n"


def test_broken_front_matter_keeps_the_body_and_names_the_line() -> None:
    read = note("---\ntitle: [unclosed\n---\n# Body\n[[x]]")
    assert (read.title, read.links[0].target, read.body_line) == ("Body", "x", 4)
    assert read.problems[0].startswith("front matter: line ")


@pytest.mark.parametrize(
    ("data", "text", "problem"),
    [
        ("grüß".encode(), "grüß", ""),
        ("grüß".encode("utf-16"), "grüß", ""),
        ("\ufeffgrüß".encode("utf-16-be"), "grüß", ""),
        ("grüß – 5 €".encode("cp1252"), "grüß – 5 €", "read as Windows-1252"),
        (b"a\x81\xe9", "a\x81é", "read as Latin-1"),
        (b"ok\n" + "日本語の文章".encode() + b"\xff", "ok\n日本語の文章\ufffd", "line 2"),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree", ""),
    ],
)
def test_encodings(data: bytes, text: str, problem: str) -> None:
    read = note(data)
    assert read.text == text
    assert problem in "".join(read.problems)
    assert bool(problem) == bool(read.problems)


@pytest.mark.parametrize(
    "data", [b"a\x00b", b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(1, 32)) * 20, b"\xff\xfea\x00\x00\x00b\x00"]
)
def test_binary_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(Unreadable, match="binary"):
        note(data)


TRAPS = {
    "brackets": "[" * 200_000,
    "wiki": "[[" * 100_000,
    "half links": "[a](" * 60_000,
    "nested labels": "[![[" * 60_000,
    "labels": "[a" + "[b]" * 80_000,
    "backticks": "".join("`" * (i % 700 + 1) + "a " for i in range(1_000)),
    "fences": "```\n~~~\n" * 50_000 + "x",
    "quoted fences": "> ```\n\n" * 50_000,
    "comments": "<!-- " * 60_000 + "%% " * 60_001,
    "table": "| a " * 100_000 + "\n" + "|-" * 100_000,
    "spaces": "# a" + " " * 300_000 + "b",
    "dashes": "-" * 300_000 + "x",
    "stars": "*" * 300_000,
    "underscores": "_a" * 150_000,
    "quotes": ">" * 300_000,
    "list marks": "- " * 150_000,
    "numbers": "1. " * 100_000,
    "tags": "#a" * 150_000,
    "html": "<a " * 100_000,
    "urls": "https://" * 50_000,
    "entities": "&a" * 150_000,
    "curly": "{{" * 150_000,
    "fields": "a::" * 100_000,
    "one line": "word " * 200_000,
    "equals": "a\n" + "=" * 300_000,
    "definitions": "[a]: " * 60_000,
    "newlines": "\n" * 300_000,
    "carets": " ^a" * 100_000,
}


@pytest.mark.parametrize("name", TRAPS)
def test_hostile_text_is_read_in_linear_time(name: str) -> None:
    started = time.perf_counter()
    note(TRAPS[name])
    assert time.perf_counter() - started < 2


def test_plain_text_is_taken_as_it_is() -> None:
    read = PlainText().read("a/b.txt", b"# no title\n#notag [[nolink]]\n")
    assert (read.title, read.own_title, read.tags, read.links) == ("b", "", (), ())
