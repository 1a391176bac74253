"""Words that ask or join but do not mean: taken out of a query as long as something else remains."""

from __future__ import annotations

_LIST = """
a about above after again against all also although am an and any anybody anyone anything are as at be because been
before being below between both but by can cannot could did do does doing done down during each either else ever
every few for from further had has have having he her here hers herself him himself his how however i if in into is
it its itself just let me might more most much must my myself neither no nor not of off on once one only or other
otherwise our ours ourselves out over own please quite rather really same shall she should since so some such tell
than that the their theirs them themselves then there therefore these they this those though through thus to too
under until unto up upon us very was we were what whatever when whenever where wherever whether which whichever
while who whoever whom whose why will with within without would yet you your yours yourself
aren't can't couldn't didn't doesn't don't hadn't hasn't haven't he's here's how's i'd i'll i'm i've isn't it's
let's shouldn't that's there's they're wasn't we're weren't what's when's where's who's why's won't wouldn't you're
"""
STOP_WORDS = frozenset(_LIST.split())
"""English function words, question words among them; FTS5 has no such list of its own."""
