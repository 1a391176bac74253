"""Notes near in meaning to a note, or to the passage at one of its lines: from stored vectors, without any model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vecna_notes.insight.likeness import Meeting, likeness, nearest_notes
from vecna_notes.insight.sharing import shared_source, sharing
from vecna_notes.nearest import Nearest
from vecna_notes.store import Store
from vecna_notes.types import NoteId, Passage, RelatedNote, Space, SpaceId

CANDIDATES = 80
"""Notes each way of looking proposes."""
TIES = 20
"""More than are shown, so that equal scores at the end of the list are told apart by path."""
SECOND_OPINION = "lsa"
"""Where its vectors are stored too, this embedder knows the vault's own vocabulary better than a pretrained one."""
SECOND_SHARE = 0.5
WORDS_SHARE = 0.5
"""What the second opinion and shared rare words count beside the active space; R@10 of hidden links, garden / dendron:
.421 / .315 the space alone, .453 / .342 with words, .463 / .360 with both."""


@dataclass(frozen=True, slots=True)
class _Opinion:
    share: float
    meetings: Mapping[NoteId, Meeting]


def related(
    store: Store, nearest: Nearest | None, note_id: NoteId, line: int | None, limit: int, unlinked: bool
) -> list[RelatedNote]:
    """Best first, equal ones by path. Without vectors only shared words speak; without either there is nothing."""
    source = _source(store, note_id, line)
    if not source or limit <= 0:
        return []
    linked = store.links.linked(note_id)
    left_out = {note_id, *(linked if unlinked else ())}
    opinions = _opinions(store, nearest, source, left_out)
    scores = _scores(opinions)
    best = sorted(scores, key=lambda note: (-scores[note], note))[: limit + TIES]
    meetings = {note: next(o.meetings[note] for o in opinions if note in o.meetings) for note in best}
    targets = store.passages.by_ids([meeting.target for meeting in meetings.values()])
    shown = [
        (scores[note], target, meeting)
        for note, meeting in meetings.items()
        if (target := targets.get(meeting.target)) is not None
    ]
    shown.sort(key=lambda one: (-one[0], one[1].path))
    return [_related(score, target, meeting, source, linked) for score, target, meeting in shown[:limit]]


def _related(
    score: float, target: Passage, meeting: Meeting, source: list[Passage], linked: set[NoteId]
) -> RelatedNote:
    met = next((passage for passage in source if passage.id == meeting.source), None) or shared_source(source, target)
    return RelatedNote(target.note_id, target.path, target.title, score, target.note_id in linked, met, target)


def _source(store: Store, note_id: NoteId, line: int | None) -> list[Passage]:
    """The passage at the line; the whole note without one, and for lines that belong to no passage."""
    at_line = store.passages.at_line(note_id, line) if line is not None else None
    return [at_line] if at_line else store.passages.of_note(note_id)


def _opinions(store: Store, nearest: Nearest | None, source: list[Passage], left_out: set[NoteId]) -> list[_Opinion]:
    """What each way of looking says of all candidates, the one that gives the evidence first."""
    ids = [passage.id for passage in source]
    words = {note: one for note, one in sharing(store, source, CANDIDATES).items() if note not in left_out}
    if nearest is None:
        return [_Opinion(1.0, words)]
    near = nearest_notes(store, nearest, ids, CANDIDATES)
    candidates = sorted((near | words.keys()) - left_out)
    opinions = [
        _Opinion(share, likeness(store, space, ids, candidates)) for space, share in _spaces(store, nearest.space)
    ]
    return [*opinions, _Opinion(WORDS_SHARE, words)]


def _spaces(store: Store, active: Space) -> Iterable[tuple[SpaceId, float]]:
    yield store.vectors.space(active), 1.0
    for id, space in store.vectors.spaces():
        if space.embedder == SECOND_OPINION != active.embedder:
            yield id, SECOND_SHARE
            return


def _scores(opinions: list[_Opinion]) -> dict[NoteId, float]:
    """Mean of the opinions by their shares; an opinion that found nothing at all is not asked."""
    asked = [opinion for opinion in opinions if opinion.meetings]
    whole = sum(opinion.share for opinion in asked)
    scores: dict[NoteId, float] = {}
    for opinion in asked:
        for note, meeting in opinion.meetings.items():
            scores[note] = scores.get(note, 0.0) + opinion.share * meeting.score / whole
    return {note: round(min(max(score, 0.0), 1.0), 6) for note, score in scores.items()}
