"""The words of a text as the trained embedders see them: folded, stemmed, without stop words; CJK as bigrams."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vecna_notes.text import has_cjk, normalise

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:'[^\W_{_CJK}]+)*")
_MARK = re.compile("[\u0300-\u036f]")
WORDS_VERSION = 1
"""Raise it when the same text gives other words: models trained before no longer fit."""
_LONGEST = 40
"""Longer runs are hashes, keys and encoded pictures, not words."""

_LIST = """
a about above across after again against all almost along already also although always am among an and another any
anybody anyone anything are around as at be became because become been before behind being below beside between
beyond both but by can cannot could did do does doing done down during each either else enough etc even ever every
everyone everything few for from further get give given had has have having he hence her here hers herself him
himself his how however i ie eg if in indeed instead into is it its itself just last least less let like made make
makes many may me might mine more moreover most mostly much must my myself namely neither never nevertheless no
nobody none nor not nothing now of off often on once one only onto or other others otherwise our ours ourselves out
over own per perhaps please put quite rather really same see seem seems several shall she should since so some
somehow someone something sometimes somewhere still such take than that the their theirs them themselves then
there thereby therefore these they thing this those though through throughout thus to together too toward towards
under unless until up upon us use used using various very via was way we well were what whatever when whence
whenever where whereas whether which whichever while who whoever whole whom whose why will with within without
would yes yet you your yours yourself yourselves
aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mustn't shouldn't wasn't weren't won't
wouldn't i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll we're
we've we'd we'll they're they've they'd they'll that's there's here's what's who's where's when's why's how's let's
"""
_STOP_WORDS = frozenset(_LIST.split())


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
    if word in _STOP_WORDS or len(word) > _LONGEST or (len(word) == 1 and not word.isdigit() and word.isascii()):
        return ""
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
