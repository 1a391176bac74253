"""Pieces of which queries are made that nobody should have to expect."""

from __future__ import annotations

PIECES = [
    *("word", "Wörter", "tag:", "tag:#a/b", "-", "-not", "(", ")", "OR", '"', '"a phrase"', "path:", 'path:"x y"'),
    *("file:n", "[", "]", "[done]", "[a:b OR c]", "[x]", "[1]", "[n:>5]", "/", "/re+/", "/(a+)+$/", "/(/"),
    *("before:2024", "after:3d", "before:last week", "before:soonish", "like:[[A note]]", "unlike:", "lang:de"),
    *("foo:bar", "http://x.y/z", "tags:x", "\x1b[31m", "\x00", "\ud800", "\u202e", "\n", "  ", "🎉", "日本語", "“"),
    *("\\", "*", "[[", "]]", "-(", "--", "NEAR(", "^", "title:", "AND NOT", "%", "_", "path:*[?", "”", "-日", "-c++"),
]  # fmt: skip
