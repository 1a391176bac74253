"""The text of HTML as Markdown: headings, lists, tables, code, and links that stay inside the vault.

Read in one pass over tags, without a tree: no depth of nesting costs more than the next, and nothing is ever fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .made import clean, heading, line, prose

_UNREAD = frozenset({"script", "style", "template", "noscript", "svg", "math", "object", "iframe", "canvas", "select"})
_FURNITURE = frozenset({"nav", "footer", "form", "button", "dialog"})
"""What a web page has beside its text."""
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl",
        "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol",
        "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
    }
    | set(_HEADINGS)
)  # fmt: skip
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|$")
_BRACKETS = re.compile(r"[\[\]]")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_DEEPEST_LIST = 8


@dataclass(slots=True)
class WebText:
    """What a page says."""

    blocks: list[str] = field(default_factory=list)
    """Markdown."""
    title: str = ""
    """What it calls itself in its head …"""
    first_heading: str = ""
    """… and in its body."""
    meta: dict[str, str] = field(default_factory=dict)


def web_text(text: str, *, above: int = 0, with_furniture: bool = False) -> WebText:
    """Headings are `above` levels deeper than they say."""
    parser = _Parser(above, with_furniture)
    parser.feed(text)
    parser.close()
    parser.end_row()
    return parser.found


def web_decoded(data: bytes) -> bytes:
    """UTF-8 where the page names another encoding."""
    named = _CHARSET.search(data[:4096])
    if named is None or data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return data
    try:
        return data.decode(named[1].decode("ascii"), "replace").encode("utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        return data


class _Parser(HTMLParser):
    def __init__(self, above: int, with_furniture: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found = WebText()
        self._above = above
        self._unread = _UNREAD if with_furniture else _UNREAD | _FURNITURE
        self._said: list[str] = []
        self._silent = ""
        self._silent_depth = 0
        self._lists: list[int] = []
        """Of each open list the number of its next item; 0 where items have none."""
        self._kind = ""
        self._lead = ""
        self._quotes = 0
        self._cells: list[str] | None = None
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if self._silent:
            self._silent_depth += tag == self._silent
        elif tag in self._unread:
            self._silent, self._silent_depth = tag, 1
        elif tag in _BLOCKS:
            self._open(tag)
        elif tag == "a":
            self._link = (_local(dict(attributes).get("href") or ""), len(self._said))
        elif tag in ("img", "meta"):
            self._mention(tag, dict(attributes))

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent_depth -= tag == self._silent
            self._silent = self._silent if self._silent_depth else ""
        elif tag in _BLOCKS:
            self._close(tag)
        elif tag == "a" and self._link is not None:
            self._end_link(*self._link)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._said.append(data if self._kind == "pre" else data.replace("\n", " "))

    def _open(self, tag: str) -> None:
        if tag == "br":
            self._said.append("\n")
        elif tag in ("td", "th") and self._cells is not None:
            self._end_cell()
        elif tag in ("tr", "table"):
            self.end_row()
            self._begin(tag)
        else:
            self.end_block()
            self._begin(tag)

    def _begin(self, tag: str) -> None:
        if tag in _HEADINGS or tag in ("pre", "title"):
            self._kind = tag
        elif tag in ("ul", "ol"):
            self._lists = [*self._lists, int(tag == "ol")][:_DEEPEST_LIST]
        elif tag == "li":
            self._lead = self._bullet()
        elif tag == "blockquote":
            self._quotes = min(self._quotes + 1, 3)
        elif tag == "tr":
            self._cells = []

    def _close(self, tag: str) -> None:
        if tag in ("td", "th") and self._cells is not None:
            self._end_cell()
        elif tag in ("tr", "table"):
            self.end_row()
        else:
            self.end_block()
        if tag in ("ul", "ol"):
            self._lists = self._lists[:-1]
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def _bullet(self) -> str:
        indent = "  " * max(0, len(self._lists) - 1)
        if not self._lists or not self._lists[-1]:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1] - 1}. "

    def end_block(self) -> None:
        kind, said, lead = self._kind, "".join(self._said), self._lead
        if self._cells is not None:
            self._said = [f"{said} "]
            return
        self._said, self._kind, self._link = [], "", None
        if kind == "pre":
            if said.strip():
                self.found.blocks.append(fenced(clean(said).strip("\n")))
            return
        text = "\n".join(short for one in clean(said).split("\n") if (short := line(one))) if kind == "" else line(said)
        if not text:
            return
        self._lead = ""
        if kind == "title":
            self.found.title = self.found.title or text
        elif kind:
            self.found.first_heading = self.found.first_heading or text
            self.found.blocks.append(heading(_HEADINGS[kind] + self._above, text))
        else:
            self._add(lead, prose(text))

    def _add(self, lead: str, text: str) -> None:
        """Items of one list stand together, everything else apart."""
        first, *others = text.split("\n")
        quote = "> " * self._quotes
        block = "\n".join([f"{quote}{lead}{first}", *(f"{quote}{' ' * len(lead)}{one}" for one in others)])
        if lead and self.found.blocks and self.found.blocks[-1].lstrip("> ").startswith(("- ", "1. ")):
            self.found.blocks[-1] += f"\n{block}"
        else:
            self.found.blocks.append(block)

    def _end_cell(self) -> None:
        assert self._cells is not None
        if said := line("".join(self._said)):
            self._cells.append(said.replace("|", "/"))
        self._said, self._link = [], None

    def end_row(self) -> None:
        """End a row of a table, or where there is none a block."""
        if self._cells is None:
            self.end_block()
            return
        self._end_cell()
        row, self._cells = " | ".join(self._cells), None
        if row and self.found.blocks and self.found.blocks[-1].startswith("| "):
            self.found.blocks[-1] += f"\n| {row} |"
        elif row:
            self.found.blocks.append(f"| {row} |")

    def _end_link(self, target: str, start: int) -> None:
        self._link = None
        label = line("".join(self._said[start:]))
        if target and label and self._kind == "":
            self._said[start:] = [f"[{_BRACKETS.sub('', label)}]({target})"]

    def _mention(self, tag: str, said: dict[str, str | None]) -> None:
        if tag == "img":
            self._said.append(f" {said.get('alt') or ''} ")
        elif (name := (said.get("name") or "").lower()) in ("author", "description", "keywords", "date"):
            self.found.meta.setdefault(name, line(said.get("content") or ""))


def fenced(code: str, language: str = "") -> str:
    """Code in a fence that nothing in it can close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _local(target: str) -> str:
    """A target inside the vault, or ""."""
    target = target.strip()
    if _SCHEME.match(target) or len(target) > 500 or re.search(r"[<>\n]", target):
        return ""
    return f"<{target}>" if re.search(r"[\s()]", target) else target
