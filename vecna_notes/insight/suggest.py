"""Links that a note could have: the words to link from, the note to link to, and why.

Candidates are the notes it names, wholly or in part, and those near it in meaning or in the graph of links; each gets
the words that name it best. How likely its author would have set the link is a logistic sum of what is known of the
words and of the pair.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log1p

from vecna_notes.insight import anchors
from vecna_notes.insight.closeness import WORDS
from vecna_notes.insight.linkstyle import Target, heading_for, in_table, written
from vecna_notes.insight.lore import Lore
from vecna_notes.insight.mentions import Mention, mentions, partial
from vecna_notes.insight.prose import Prose, read, words_of
from vecna_notes.insight.suggestion import Suggestion
from vecna_notes.markup import heading_text
from vecna_notes.store.kept import Feedback
from vecna_notes.text import STOP_WORDS, excerpt
from vecna_notes.types import Chunk, NoteId, RelatedNote

NEAR = 60
"""Related notes that are looked at."""
FAR = 40
"""Notes two links away that are looked at, those with most neighbours in common first."""
OTHERS = "vecna:"
"""Begins the anchors of what is said of pairs as duplicates, tags and notes to see again."""
MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_EXCERPT = 160
_SHARED = 4
_HEADING = re.compile(r"#{2,6}[ \t]")

NOBODY = NoteId(-1)
"""Stands for a text that is no note."""
LEAST = 0.02
"""Likelihood below which no name is suggested …"""
NEAREST = 3
"""… and the place among related notes up to which one that is not named is: its author may not have seen it."""
SMALL = 300
"""Passages; what a smaller vault says of how common words are is not taken for more than it is."""

WEIGHTS: Mapping[str, float] = {
    "always": -1.74, "title": 0.37, "alias": -0.25, "label": -0.14, "partial": -2.45, "near": -6.66, "exact": 1.06,
    "doubt": -0.66, "cover": -0.65, "capital": 1.09, "count": 0.08, "links": 0.14, "said": -7.61, "rank": 2.93,
    "common": 0.31, "into": 0.8, "back": 2.24,
}  # fmt: skip
"""Of `signs`: a logistic regression over 900 train and dev links of garden and dendron, hidden as `vecna links check`
hides them, against all other candidates of their notes. Of these links, each fifth learned without, the target was
among the first five suggestions for .84 and .66, at the very words for .78 and .48; boosted trees gained nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target with the words that name it best."""

    mention: Mention
    rank: int
    """Among related notes, 1-based; 0 when it is not among them."""
    met: RelatedNote | None


def suggest(
    lore: Lore, note: NoteId, related: Sequence[RelatedNote], feedback: Iterable[Feedback], limit: int
) -> list[Suggestion]:
    """Best first. Notes it links to are left out, and what the user did not want."""
    stored = lore.store.notes.by_id(note)
    if stored is None or limit <= 0 or not stored.note.path.lower().endswith(MARKDOWN):
        return []
    prose = read(lore.store.notes.text(note), stored.note.body_line, lore.called.stem)
    found = sorted(
        ((likelihood(signs(lore, note, one)), one) for one in candidates(lore, prose, note, related)),
        key=lambda one: (-one[0], one[1].mention.span),
    )
    unwanted = _unwanted(feedback)
    suggestions: list[Suggestion] = []
    for score, one in found:
        if len(suggestions) == limit:
            break
        if not (1 <= one.rank <= NEAREST if one.mention.kind == "near" else score >= LEAST):
            continue
        made = _made(lore, prose, stored.note.path, stored.note.digest, one, score)
        if made is not None and not unwanted & {(made.target, ""), (made.target, made.anchor.casefold())}:
            suggestions.append(made)
    return suggestions


def suggest_for(lore: Lore, text: str, hidden: Collection[NoteId], limit: int) -> list[Suggestion]:
    """Of a text that is no note yet: its mentions of notes by name, best first, as if it stood in the vault's top."""
    prose = read(text, 1, lore.called.stem)
    found = [
        Candidate(mention, 0, None)
        for target, mention in mentions(prose, lore.called, NOBODY).items()
        if target in lore.notes and target not in hidden
    ]
    ranked = sorted(((likelihood(signs(lore, NOBODY, one)), one) for one in found), key=lambda one: -one[0])
    made = (_made(lore, prose, "", "", one, score) for score, one in ranked if score >= LEAST)
    return [one for one in made if one is not None][:limit]


def candidates(lore: Lore, prose: Prose, note: NoteId, related: Sequence[RelatedNote]) -> list[Candidate]:
    """One a target."""
    near = {one.note_id: (rank, one) for rank, one in enumerate(related[:NEAR], 1)}
    named = mentions(prose, lore.called, note)
    linked = lore.web.out.get(note, frozenset()) | {note}
    far = sorted(lore.web.second(note), key=lambda one: (-lore.web.adamic_adar(note, one), one))[:FAR]
    told = {stem for stem in {word.stem for word in prose.words if word.is_content} if stem in lore.called.saying}
    hinted = sorted({target for stem in told for target in lore.called.saying[stem]})
    found: list[Candidate] = []
    for target in dict.fromkeys([*named, *near, *far, *hinted]):
        rank, met = near.get(target, (0, None))
        mention = None if target in linked else named.get(target) or partial(prose, lore.called, target, lore.rarity)
        if mention is None and met is not None and target not in linked:
            mention = anchors.near(prose, lore, met)
        if mention is not None and target in lore.notes:
            found.append(Candidate(mention, rank, met))
    return found


def signs(lore: Lore, note: NoteId, one: Candidate) -> dict[str, float]:
    """What speaks for a candidate and against it."""
    mention, web = one.mention, lore.web
    said = max(lore.frequency(mention.words), 1) if mention.words else 1
    return {
        "always": 1.0,
        mention.kind: 1.0,
        "exact": float(mention.is_exact),
        "doubt": 1 - mention.share,
        "cover": mention.cover,
        "links": log1p(mention.links),
        "said": log1p(said) / log(2 + max(lore.passages, SMALL)),
        "count": log(mention.count),
        "rank": 1 / log(1 + one.rank, 2) if one.rank else 0.0,
        "common": log1p(web.adamic_adar(note, mention.note)),
        "into": log1p(len(web.into.get(mention.note, ()))),
        "back": float(note in web.out.get(mention.note, ())),
        "capital": float(mention.words[:1].isupper()),
    }


def likelihood(signs: Mapping[str, float]) -> float:
    return 1 / (1 + exp(-sum(WEIGHTS.get(name, 0.0) * value for name, value in signs.items())))


def _unwanted(feedback: Iterable[Feedback]) -> set[tuple[str, str]]:
    """(target, words) that are not suggested again; no words where the pair itself is not wanted.

    Accepted ones too: where their link is not seen yet, the note was not indexed since; where it was taken out again,
    it was by its author.
    """
    said = [one for one in feedback if one.verdict != "not today" and not one.anchor.startswith(OTHERS)]
    return {(one.target, "" if one.verdict == "never" else one.anchor.casefold()) for one in said}


def _made(lore: Lore, prose: Prose, source: str, digest: str, one: Candidate, score: float) -> Suggestion | None:
    """None where no link can lead there, or none can stand there."""
    mention, text = one.mention, prose.text
    path, title = lore.notes[mention.note]
    if not mention.words:
        new = written(lore.style, lore.resolve, source, title, Target(mention.note, path), False)
        new = new and f" (see {new})"
    else:
        section = _section(lore, one)
        table = in_table(text, mention.span[0])
        new = written(lore.style, lore.resolve, source, mention.words, Target(mention.note, path, section), table)
    if new is None:
        return None
    start = text.rfind("\n", 0, mention.span[0]) + 1
    end = text.find("\n", mention.span[1])
    end = len(text) if end < 0 else end
    return Suggestion(
        source=source,
        digest=digest,
        span=mention.span,
        anchor=mention.words,
        line=text.count("\n", 0, start) + 1,
        column=mention.span[0] - start + 1,
        target=path,
        title=title,
        section=_section(lore, one),
        kind=mention.kind,
        why=_why(lore, one),
        score=round(score, 4),
        new=new,
        before=text[start:end],
        after=text[start : mention.span[0]] + new + text[mention.span[1] : end],
        meets=excerpt(one.met.target.chunk.text, None, _EXCERPT) if one.met else "",
    )


def _section(lore: Lore, one: Candidate) -> str:
    """The heading under which the target meets the note, where the words name that heading more than the note."""
    if one.met is None or one.mention.kind not in ("partial", "near") or not one.mention.words:
        return ""
    heading, said = heading_for(_trail(one.met.target.chunk)), set(lore.called.key(one.mention.words))
    in_heading = said & set(lore.called.key(heading))
    in_title = said & set(lore.called.key(one.met.title))
    return heading if len(in_heading) > len(in_title) else ""


def _trail(chunk: Chunk) -> tuple[str, ...]:
    """With the heading that a passage begins with."""
    first = chunk.text.lstrip().partition("\n")[0]
    return (*chunk.trail, heading_text(first)) if _HEADING.match(first) else chunk.trail


def _why(lore: Lore, one: Candidate) -> str:
    mention = one.mention
    named = {
        "title": "its title" if mention.is_exact else "its title, inflected",
        "alias": "an alias of it" if mention.is_exact else "an alias of it, inflected",
        "label": f"words that link to it {_times(mention.links)} elsewhere",
        "partial": "part of its name",
        "near": "",
    }[mention.kind]
    reasons = [named, *_shared(lore, one)] if named else _shared(lore, one)
    if one.rank:
        close = one.met.closeness if one.met and one.met.closeness != WORDS["far"] else ""
        reasons.append(", ".join(filter(None, (f"number {one.rank} among its related notes", close))))
    return "; ".join(reasons)


def _shared(lore: Lore, one: Candidate) -> list[str]:
    """Rare words of the two passages that meet."""
    if one.met is None or one.mention.kind not in ("near", "partial"):
        return []
    both = set(words_of(one.met.source.chunk.text)) & set(words_of(one.met.target.chunk.text)) - STOP_WORDS
    rare = sorted((word for word in both if len(word) > 2), key=lambda word: (-lore.rarity(word), word))[:_SHARED]
    return [f"a passage meets it over {', '.join(rare)}"] if rare else ["a passage meets it"]


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
