"""The map as files: whole, closed to the network, and titles that stay titles."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from vecna_notes.insight.atlas import Map, Point
from vecna_notes.insight.pictures import html, png, svg
from vecna_notes.insight.topics import Topic, Topics

NASTY = "</script><script>alert(1)</script> & \"quoted\" 'title' <b> {{data}} \x1b[31m \ud800"


def drawn(count: int = 40) -> Map:
    names = ("memory", NASTY, "bread & oven")
    topics = tuple(
        Topic(i + 1, name, "kept", 9 * i, (name,), tuple(f"{i}-{j}.md" for j in range(count)))
        for i, name in enumerate(names)
    )
    points = tuple(
        Point(f"{i}-{j}.md", NASTY if j == 0 else f"Note {j}", i / 3 + j / 200, j / 50, i + 1, 9 * i, j % 5, 0.0)
        for i in range(3)
        for j in range(count)
    )
    lonely = Point("alone.md", "Alone", -0.5, 0.1, None, -1, 0, 0.0)
    return Map("tsne", "space", (*points, lonely), Topics("kmeans", "space", topics, ("alone.md",), 0.0))


def test_svg_is_sound_and_holds_every_note_with_its_title() -> None:
    root = ElementTree.fromstring(svg(drawn()))
    titles = [one.text for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 121 and "Alone" in titles
    assert any("<script>alert(1)</script>" in (title or "") for title in titles)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert {"memory", "bread & oven"} <= {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}


def test_png_is_a_picture() -> None:
    pytest.importorskip("PIL")
    raw = png(drawn(), scale=1)
    assert raw.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", raw[16:24]) == (1200, 900)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href", "action")]


def test_html_is_one_page_that_asks_for_nothing() -> None:
    page = html(drawn(), NASTY)
    read = Page()
    read.feed(page)
    assert read.opened.count("script") == 2 and read.addresses == []
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|//cdn|@import|url\(", page)
    page.encode()


def test_titles_in_html_are_data() -> None:
    page = html(drawn(), "notes")
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    read = json.loads(data[1])
    assert len(read["points"]) == 121
    assert any("</script><script>alert(1)</script>" in point[5] for point in read["points"])
    assert not any("\x1b" in point[5] for point in read["points"])


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_the_script_of_the_page_is_javascript() -> None:
    script = re.findall(r"<script>(.*?)</script>", html(drawn(), "notes"), re.DOTALL)[-1]
    done = subprocess.run(["node", "--check", "-"], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_empty_map_is_a_picture_too() -> None:
    nothing = Map("pca", "space", (), Topics("kmeans", "space", (), (), 0.0))
    ElementTree.fromstring(svg(nothing))
    assert html(nothing, "nothing")
