"""Names of languages → the codes under which notes are kept."""

from __future__ import annotations

import re

_NAMES = """
ar arabic · bg bulgarian · ca catalan · cs czech · da danish · de german deutsch · el greek · en english
es spanish español · et estonian · fa persian farsi · fi finnish · fr french français · he hebrew · hi hindi
hr croatian · hu hungarian · id indonesian · it italian italiano · ja japanese · ko korean · lt lithuanian
lv latvian · nl dutch nederlands · no norwegian norsk · pl polish polski · pt portuguese português · ro romanian
ru russian · sk slovak · sl slovenian · sr serbian · sv swedish svenska · th thai · tr turkish · uk ukrainian
vi vietnamese · zh chinese
"""
_CODES = {name: names.split()[0] for names in re.split(r"[·\n]", _NAMES) for name in names.split()}
_CODE = re.compile(r"(?P<code>[a-z]{2,3})(?:[-_][a-z0-9]{2,8})*")


def language_code(name: str) -> str:
    """The code in "de-AT", "German" or "deutsch": "de". "" for what is no language; codes that are not known stay."""
    folded = name.strip().casefold()
    if folded in _CODES:
        return _CODES[folded]
    match = _CODE.fullmatch(folded)
    return match["code"] if match else ""
