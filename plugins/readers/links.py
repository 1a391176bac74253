"""Links as their authors wrote them: wiki links of all dialects, and Markdown links that stay inside the vault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from vecna_notes.markup import BLOCK_REFERENCE, LINK, WIKI_LINK, plain_line, spaces
from vecna_notes.types import WrittenLink

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_DEFINED = re.compile(
    r"^ {0,3}\[(?P<label>[^\[\]^\n][^\[\]\n]*)\]:[ \t]+(?:<(?P<angled>[^<>\n]*)>|(?P<bare>\S+))", re.M
)
_ATTACHMENT = re.compile(
    r"\.(?:png|jpe?g|jfif|gif|svg|webp|bmp|avif|ico|tiff?|heic|psd|mp[34]|m4[av]|wav|og[gav]|opus|flac|webm|mov|mkv|avi"
    r"|3gp|mobi|djvu|doc|xlsx?|pptx?|od[tps]|rtf|[ct]sv|zip|tgz|gz|7z|rar|excalidraw|drawio|ttf|woff2?)\Z",
    re.IGNORECASE,
)
"""Kinds of file that are never notes. Not .js or .json: notes are called "Node.js"."""


def find_links(prose: str, body: str, first_line: int) -> tuple[list[WrittenLink], str]:
    """The links of a body, and its prose with the links blank too.

    `prose` is the body with code and comments blank, character for character; `first_line` numbers its first line.
    """
    if "[" not in prose:
        return [], prose
    links: list[WrittenLink] = []
    rest: list[str] = []
    line, place = first_line, 0
    for match in _matches(prose):
        line += prose.count("\n", place, match.start())
        is_tag = prose[match.start() - 1 : match.start()] == "#"  # Logseq's #[[two words]] is both
        rest += (prose[place : match.start()], match.group() if is_tag else spaces(match.group()))
        place = match.end()
        link = _wiki(match, body, line) if match.re is WIKI_LINK else _markdown(match, body, line)
        links += [link] if link is not None else []
    return links, "".join(rest) + prose[place:]


def _matches(text: str) -> list[re.Match[str]]:
    """In order and without overlap; of two that start together the Markdown link wins: [[1]](target)."""
    found: list[re.Match[str]] = []
    if "](" in text:
        found += LINK.finditer(text)
    if "]:" in text:
        found += _DEFINED.finditer(text)
    found += WIKI_LINK.finditer(text) if "[[" in text else ()
    found.sort(key=lambda match: match.start())
    return list(_apart(found))


def _apart(matches: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    end = 0
    for match in matches:
        if match.start() >= end:
            yield match
            end = match.end()


def block_links(prose: str, first_line: int) -> list[WrittenLink]:
    """Logseq's ((id)) of a block, wherever that is."""
    if "((" not in prose:
        return []
    found = BLOCK_REFERENCE.finditer(prose)
    return [WrittenLink(match["id"], line=first_line + prose.count("\n", 0, match.start())) for match in found]


def wiki_links(text: str, first_line: int) -> list[WrittenLink]:
    """Only the wiki links of a text, for front matter."""
    if "[[" not in text:
        return []
    found = (_wiki(match, text, first_line + text.count("\n", 0, match.start())) for match in WIKI_LINK.finditer(text))
    return [link for link in found if link is not None]


def _wiki(match: re.Match[str], text: str, line: int) -> WrittenLink | None:
    target, _, heading = _group(match, "target", text).partition("#")
    target = target.strip().removesuffix("\\")
    label = " ".join(_group(match, "label", text).split())
    if not target and not heading.strip():
        target, label = label, ""  # Dendron writes [[|target]] for a link without a label
    if not (target or heading.strip()) or (_is_attachment(target) and "." not in label):
        return None
    return WrittenLink(target, heading.strip(), label, line, "wiki", bool(match["embed"]))


def _markdown(match: re.Match[str], text: str, line: int) -> WrittenLink | None:
    label = plain_line(_group(match, "label", text))
    is_embed = match.re is LINK and bool(match["embed"])
    if match.re is LINK and (page := WIKI_LINK.fullmatch(match["page"] or "")):
        link = _wiki(page, page.string, line)
        return None if link is None else replace(link, label=label)
    written = (_group(match, "angled", text) or _group(match, "bare", text)).strip()
    if not written or _SCHEME.match(written):
        return None
    target, _, heading = written.partition("#")
    target = _unquoted(target.partition("?")[0])
    if not (target or heading) or _is_attachment(target):
        return None
    return WrittenLink(target, _unquoted(heading), label, line, "markdown", is_embed)


def _group(match: re.Match[str], name: str, text: str) -> str:
    """A group as it was written, where the searched text had code blank."""
    start, end = match.span(name)
    return text[start:end] if start >= 0 else ""


def _unquoted(text: str) -> str:
    return unquote(text, errors="replace").replace("\x00", "").strip() if "%" in text else text


def _is_attachment(target: str) -> bool:
    return _ATTACHMENT.search(target) is not None
