"""The map as a file: SVG and HTML by hand, PNG with Pillow. What notes are called is text in them, never markup."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from vecna_notes.errors import MissingPart
from vecna_notes.insight.atlas import Map, Point
from vecna_notes.insight.braille import View, labels_of, written
from vecna_notes.insight.looks import COLOURS, SHAPES, colour
from vecna_notes.text import safe_line

WIDTH, HEIGHT = 1200, 900
_LETTER = (9.0, 18.0)
"""Room that a letter of a label takes, in pixels."""
_COLUMNS, _LINES = int(WIDTH / _LETTER[0]), int(HEIGHT / _LETTER[1])


def svg(drawn: Map) -> str:
    """A picture that scales, with the title of each note under the mouse."""
    view = _view(drawn)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *(_mark(point, view) for point in drawn.points),
        *_svg_labels(drawn, view),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def png(drawn: Map, scale: int = 2) -> bytes:
    """Raises MissingPart without Pillow."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise MissingPart(
            "a PNG needs Pillow, which is not installed here; --svg does without it; install it with: "
            "pip install 'vecna-notes[map]'"
        ) from error
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), "#ffffff")
    draw, view = ImageDraw.Draw(image), _view(drawn)
    for point in drawn.points:
        (x, y), r = _pixel(point, view), _radius(point)
        draw.polygon([(scale * a, scale * b) for a, b in _outline(point.slot, x, y, r)], fill=colour(point.slot))
    font = ImageFont.load_default(15 * scale)
    for text, x, y, slot in _labels(drawn, view):
        at = (scale * x, scale * y)
        draw.text(at, text, fill=_darker(slot), font=font, anchor="ls", stroke_width=2 * scale, stroke_fill="#ffffff")
    content = BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue()


def html(drawn: Map, title: str) -> str:
    """One page that needs nothing else: pan, zoom, titles under the mouse, a search, a list of topics."""
    page = resources.files("vecna_notes.insight").joinpath("map.html").read_text(encoding="utf-8")
    points = [
        [round(p.x, 4), round(p.y, 4), p.slot, p.topic or 0, p.links, safe_line(p.title), safe_line(p.path)]
        for p in drawn.points
    ]
    names = [[t.id, t.slot, safe_line(t.name), len(t.notes), " ".join(t.terms)] for t in drawn.topics.topics]
    data = {"colours": list(COLOURS), "points": points, "topics": names}
    script = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c").replace("&", "\\u0026")
    parts = {"title": escape(safe_line(title)), "data": script}
    return re.sub(r"\{\{(title|data)\}\}", lambda match: parts[match[1]], page)


def _view(drawn: Map) -> View:
    return View.fitted(drawn.plane, _COLUMNS, _LINES)


def _mark(point: Point, view: View) -> str:
    (x, y), r = _pixel(point, view), _radius(point)
    look = f'fill={quoteattr(colour(point.slot))} fill-opacity="0.8"'
    said = f"<title>{escape(safe_line(point.title))}</title>"
    if _kind(point.slot) == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {look}>{said}</circle>'
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in _outline(point.slot, x, y, r))
    return f'<polygon points="{corners}" {look}>{said}</polygon>'


def _svg_labels(drawn: Map, view: View) -> Iterator[str]:
    for text, x, y, slot in _labels(drawn, view):
        yield (
            f'<text x="{x:.0f}" y="{y:.0f}" font-size="15" font-weight="600" fill={quoteattr(_darker(slot))}'
            f' stroke="#ffffff" stroke-width="4" paint-order="stroke">{escape(text)}</text>'
        )


def _labels(drawn: Map, view: View) -> Iterator[tuple[str, float, float, int]]:
    """Text, left end and base line in pixels, slot."""
    names = [(topic.id, safe_line(topic.name), topic.slot) for topic in drawn.topics.topics]
    ids = np.array([point.topic or 0 for point in drawn.points], dtype=np.int64)
    for one in written(labels_of(drawn.plane, ids, names), view, _COLUMNS, _LINES):
        yield one.text, one.column * _LETTER[0], (one.row + 0.75) * _LETTER[1], one.slot


def _pixel(point: Point, view: View) -> tuple[float, float]:
    unit = min(WIDTH, HEIGHT) / 2 / view.reach
    return WIDTH / 2 + (point.x - view.x) * unit, HEIGHT / 2 - (point.y - view.y) * unit


def _radius(point: Point) -> float:
    """Of its mark in pixels: by the root of how many notes link to it."""
    return min(3.0 + 0.8 * math.sqrt(point.links), 9.0)


def _kind(slot: int) -> int:
    return slot // len(COLOURS) % len(SHAPES) if slot >= 0 else 0


def _outline(slot: int, x: float, y: float, r: float) -> list[tuple[float, float]]:
    """Corners of the mark of a topic's shape, of about equal size: round, triangle, square, diamond."""
    corners, turn, size = ((24, 0.0, 1.0), (3, -0.5, 1.3), (4, 0.25, 1.25), (4, 0.5, 1.25))[_kind(slot)]
    angles = [math.pi * (turn + 2 * i / corners) for i in range(corners)]
    return [(x + size * r * math.cos(angle), y + size * r * math.sin(angle)) for angle in angles]


def _darker(slot: int) -> str:
    """A topic's colour, dark enough to be read on white."""
    raw = colour(slot)
    return "#" + "".join(f"{int(int(raw[i : i + 2], 16) * 0.62):02x}" for i in (1, 3, 5))
