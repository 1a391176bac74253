"""Zip files that are books and letters, opened with care: so many members, so many bytes, none inside another."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from vecna_notes.errors import Unreadable

MOST_MEMBERS = 10_000
MOST_BYTES = 200_000_000
"""Of all that is read of one file, unpacked."""
MOST_OF_A_MEMBER = 64_000_000
WORST_RATIO = 300
"""Unpacked against packed, where that matters: text and its markup rarely shrink below a fiftieth."""
_SMALL = 2_000_000
_DEEPEST = 1_000
_PIECE = 1 << 16


class Archive:
    """Raises Unreadable for what is no archive, is damaged, locked or too large."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
            raise Unreadable(f"damaged or no such file: {error}") from error
        members = self._zip.infolist()
        if len(members) > MOST_MEMBERS:
            raise Unreadable(f"too large: {len(members):,} files in one, of which {MOST_MEMBERS:,} are looked at")
        self._members = {member.filename: member for member in members}
        self._read = 0

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def member(self, name: str) -> bytes:
        """What a member says of its size is not believed: only so much is unpacked."""
        member = self._members.get(name)
        if member is None:
            raise Unreadable(f"damaged: {name[:80]!r} is not in it")
        least = max(_SMALL, WORST_RATIO * member.compress_size)
        room = min(MOST_OF_A_MEMBER, MOST_BYTES - self._read, least)
        if member.file_size > room:
            raise Unreadable(_too_large(member.file_size, member.compress_size))
        unpacked = self._unpacked(member, room)
        if len(unpacked) > room:
            raise Unreadable(_too_large(len(unpacked), member.compress_size))
        self._read += len(unpacked)
        return unpacked

    def _unpacked(self, member: zipfile.ZipInfo, room: int) -> bytes:
        found = bytearray()
        try:
            with self._zip.open(member) as stream:
                while len(found) <= room and (piece := stream.read(_PIECE)):
                    found += piece
        except (RuntimeError, NotImplementedError) as error:  # what zipfile raises for a password and odd packings
            raise Unreadable(f"locked or packed in a way that is not read: {error}") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise Unreadable(f"damaged: {error}") from error
        return bytes(found)

    def xml(self, name: str) -> Element:
        return xml_tree(self.member(name))


def _too_large(size: int, packed: int) -> str:
    return f"too large: {packed / 1000:,.0f} kB of it unpack to {size / 1_000_000:,.0f} MB or more"


def xml_tree(data: bytes) -> Element:
    """The root; names as "{namespace}name". A file that declares entities, of which bombs are made, is refused."""
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator="}")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise Unreadable(f"too large: nested deeper than {_DEEPEST:,} elements")
        builder.start(_qualified(name), {_qualified(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_qualified(name))

    def refuse(*_: object) -> None:
        raise Unreadable("too large: it declares XML entities, of which bombs are made")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.data, refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError) as error:
        raise Unreadable(f"damaged: {error}") from error


def _qualified(name: str) -> str:
    return f"{{{name}" if "}" in name else name
