"""Reads org files, line by line: each line of the file is one line of the note, with org's marks as Markdown's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.markup import blank, hidden
from vecna_notes.text import decode, digest
from vecna_notes.types import Note, Property

from .links import find_links
from .made import line
from .names import name_of, once

_HEADING = re.compile(r"(?P<stars>\*+)[ \t]+(?P<rest>.*)\Z")
_TODO = re.compile(r"(?:TODO|DONE|NEXT|WAITING|HOLD|CANCELL?ED|STARTED)(?=[ \t]|\Z)[ \t]*")
_PRIORITY = re.compile(r"\[#\w\][ \t]*")
_TAGS = re.compile(r"[ \t]+:(?P<tags>[\w@#%:-]+):[ \t]*\Z")
_KEYWORD = re.compile(r"[ \t]*#\+(?P<key>[\w-]+)(?:\[[^\]\n]*\])?:[ \t]*(?P<value>.*)\Z")
_BEGIN = re.compile(r"[ \t]*#\+begin_(?P<kind>\w+)(?:[ \t]+(?P<language>[\w+-]+))?", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(?P<kind>\w+)", re.IGNORECASE)
_DRAWER = re.compile(r"[ \t]*:(?P<name>[\w-]+):[ \t]*\Z")
_PROPERTY = re.compile(r"[ \t]*:(?P<key>[\w+-]+):[ \t]+(?P<value>.*)\Z")
_PLANNED = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):")
_COMMENT = re.compile(r"[ \t]*#(?:[ \t]|\Z)")
_LINK = re.compile(r"\[\[(?P<target>[^\[\]\n]{1,500})\](?:\[(?P<label>[^\[\]\n]{0,500})\])?\]")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][\w+-]*):")
_QUOTED_NAME = re.compile(r'"([^"]+)"|(\S+)')
_SPLIT = re.compile(r"[: \t]+")
_CODE = ("src", "example", "export")
_LONGEST_TITLE = 300


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("org", "org files: Emacs, org-roam, Logseq", _make)]


def _make(options: Options) -> Reader:
    return Org()


class Org:
    suffixes: tuple[str, ...] = (".org",)

    def read(self, path: str, data: bytes) -> Note:
        text, problem = decode(data)
        said = _Said()
        made = "\n".join([said.line(one) for one in text.split("\n")])
        links = find_links(blank(made, hidden(made), "fence", "code", "comment"), made, 1)[0]
        title = said.properties.pop("title", "")[:_LONGEST_TITLE].strip()
        return Note(
            path=path,
            title=title or name_of(path),
            text=made,
            digest=digest(data),
            own_title=title,
            aliases=once(name for name in said.aliases if name != title),
            tags=once(said.tags),
            properties=dict[str, Property](said.properties),
            links=tuple(links),
            problems=(problem,) if problem else (),
        )


@dataclass(slots=True)
class _Said:
    """What has been read so far."""

    properties: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    drawer: str = ""
    block: str = ""
    has_heading: bool = False

    def line(self, text: str) -> str:
        """The same line as Markdown; what is for org and not for a reader becomes a blank line."""
        if self.block in _CODE:
            return self._code(text)
        if self.drawer:
            return self._kept(text)
        if match := _HEADING.match(text):
            return self._heading(match)
        if match := _DRAWER.match(text):
            self.drawer = "" if match["name"].lower() == "end" else match["name"].lower()
            return ""
        if text.lstrip()[:2] == "#+":
            return self._keyword(text)
        if _COMMENT.match(text) or _PLANNED.match(text):
            return ""
        return _LINK.sub(_linked, text)

    def _code(self, text: str) -> str:
        match = _END.match(text)
        if match and match["kind"].lower() == self.block:
            self.block = ""
            return "```"
        return text.replace("```", "'''")

    def _kept(self, text: str) -> str:
        """A line of a drawer; one that is never closed ends at the next heading."""
        if match := _HEADING.match(text):
            self.drawer = ""
            return self._heading(match)
        if text.strip().lower() == ":end:":
            self.drawer = ""
        elif self.drawer == "properties" and (match := _PROPERTY.match(text)):
            self._property(match["key"].lower(), match["value"].strip())
        return ""

    def _property(self, key: str, value: str) -> None:
        if key == "id":
            self.aliases.append(value)
        elif key == "roam_aliases":
            self.aliases += [line(quoted or bare) for quoted, bare in _QUOTED_NAME.findall(value)]
        elif key != "custom_id" and not self.has_heading and value:
            self.properties.setdefault(key, value)

    def _heading(self, match: re.Match[str]) -> str:
        self.has_heading = True
        rest = match["rest"]
        if tagged := _TAGS.search(rest):
            self.tags += filter(None, tagged["tags"].split(":"))
            rest = rest[: tagged.start()]
        rest = _PRIORITY.sub("", _TODO.sub("", rest, count=1), count=1)
        return f"{'#' * min(len(match['stars']), 6)} {_LINK.sub(_linked, rest)}".rstrip()

    def _keyword(self, text: str) -> str:
        if match := _BEGIN.match(text):
            kind = match["kind"].lower()
            if kind in _CODE:
                self.block = kind
                return f"```{match['language'] or ''}"
            return ""
        if match := _KEYWORD.match(text):
            key, value = match["key"].lower(), line(match["value"])
            if key in ("filetags", "tags"):
                self.tags += filter(None, _SPLIT.split(value))
            elif key in ("roam_alias", "alias", "aliases", "identifier"):
                self.aliases += [line(quoted or bare) for quoted, bare in _QUOTED_NAME.findall(value)]
            elif key == "caption":
                return value
            elif value and not self.has_heading:
                self.properties.setdefault(key, value)
        return ""


def _linked(match: re.Match[str]) -> str:
    """A link of org as one of Markdown; what leaves the vault keeps its label and address."""
    target, label = match["target"].strip(), (match["label"] or "").strip()
    scheme = _SCHEME.match(target)
    kind = scheme["scheme"].lower() if scheme else ""
    if kind in ("id", "denote", "roam"):
        return _wiki(target.partition(":")[2], label)
    if kind == "file" or target.startswith(("./", "../")) or (not kind and "/" in target):
        place, _, heading = target.removeprefix("file:").partition("::")
        heading = heading.lstrip("*#").strip()
        return f"[{label or place}](<{place}{f'#{heading}' if heading else ''}>)"
    if kind:
        return f"{label} {target}".strip()
    return _wiki(f"#{target.lstrip('*#')}" if target.startswith(("*", "#")) else target, label)


def _wiki(target: str, label: str) -> str:
    return f"[[{target}|{label}]]" if label else f"[[{target}]]"
