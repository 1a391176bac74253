"""The words of a text as the trained embedders see them: folded, stemmed, without stop words; CJK as bigrams."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vecna_notes.text import STOP_WORDS, digest, has_cjk, normalise

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:'[^\W_{_CJK}]+)*")
_MARK = re.compile("[\u0300-\u036f]")
_MORE = """
across almost along already always among another around became become behind beside beyond eg enough etc even everyone
everything get give given hence ie indeed instead last least less like made make makes many may mine moreover mostly
namely never nevertheless nobody none nothing now often onto others per perhaps put see seem seems several somehow
someone something sometimes somewhere still take thereby thing throughout together toward towards unless use used
using various via way well whence whereas whole yes yourselves
he'd he'll it'd it'll mustn't she'd she'll she's they'd they'll they've we'd we'll we've you'd you'll you've
"""
_LEFT_OUT = STOP_WORDS | frozenset(_MORE.split())
"""More than a question leaves out: in a mean of words, these too are noise (worth .003 nDCG@10 on cranfield)."""
WORDS_VERSION = f"2-{digest(' '.join(sorted(_LEFT_OUT)))[:8]}"
"""Raise its number when the same text gives other words: models trained before no longer fit."""
_LONGEST = 40
"""Longer runs are hashes, keys and encoded pictures, not words."""


def words(text: str) -> list[str]:
    """Stems of the words that mean something, in order; a run of CJK characters gives its overlapping pairs."""
    return list(_words(_fold(text)))


def _words(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match.group()
        if has_cjk(run[0]):
            yield from (run[i : i + 2] for i in range(max(len(run) - 1, 1)))
        elif stem := _stem(run):
            yield stem


def _fold(text: str) -> str:
    """Case and accents gone: a note says "naïve" and a question "naive"."""
    folded = normalise(text).replace("\u2019", "'")
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFKD", folded)))


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    """ "" for what is left out."""
    if word in _LEFT_OUT or len(word) > _LONGEST or (len(word) == 1 and not word.isdigit() and word.isascii()):
        return ""
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
