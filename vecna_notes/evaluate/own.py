"""The vault measured on its own notes: questions mined from it, asked of an index that no longer holds their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vecna_notes.config import SearchSettings
from vecna_notes.errors import ConfigError
from vecna_notes.evaluate import wording
from vecna_notes.evaluate.adapt import fit
from vecna_notes.evaluate.ground import Ground, Rooms
from vecna_notes.evaluate.mine import Mined, mine, start_of_body
from vecna_notes.evaluate.questions import Question, Run
from vecna_notes.evaluate.run import run
from vecna_notes.evaluate.scratch import Rewritten, scratch
from vecna_notes.evaluate.systems import HELPER, System, chosen, systems, usable
from vecna_notes.interfaces import Report
from vecna_notes.search.recipe import fact_of, standard
from vecna_notes.store import Store
from vecna_notes.types import Chunk, Property, Space

SET = "own"
_NAMING = ("title", "alias")
"""Kinds of question that also ask for the file's name, and so for a note without it."""
_NAMES = ("title", "alias", "aliases")


def evaluate_own(rooms: Rooms, names: Sequence[str] | None, seed: int, limit: int, report: Report) -> Run:
    """Raises ConfigError when the vault holds nothing to ask, or when a name is of no system."""
    store = rooms.store
    active = store.vectors.active()
    spaces = usable(store, rooms.models)
    asked = chosen(systems(spaces, active[1] if active else None, rooms.settings.search, rooms.recipe), names)
    labelled, notices = labelled_questions(store)
    labelled = labelled[:limit]
    mined = mine(store, limit - len(labelled), seed, frozenset(path for one in labelled for path in one.grades))
    questions = [*labelled, *(one.question for one in mined)]
    if not questions:
        raise ConfigError(
            "there is nothing to ask here: no title, heading, alias or link of these notes tells one note from the "
            "others; label queries of your own: vecna eval label QUERY NOTE"
        )
    keys = {system.space.key for system in asked if system.space is not None}
    needed = [space for space in spaces if space.key in keys or space.embedder == HELPER]
    with scratch(rooms, rewritten(store, mined), needed, report) as made:
        here = [_moved(system, made.counterparts) for system in asked]
        done = run(SET, questions, here, made.ground, report)
        notices += _adapt(store, rooms.settings.search, asked, here, questions, made.ground, report)
    notices = [_described(questions), *notices, *done.evaluation.notices]
    return replace(done, evaluation=replace(done.evaluation, notices=tuple(notices)))


def _adapt(
    store: Store,
    settings: SearchSettings,
    asked: Sequence[System],
    here: Sequence[System],
    questions: Sequence[Question],
    ground: Ground,
    report: Report,
) -> list[str]:
    """Let the default's share of meaning follow what these questions say; in a sentence, what became of it."""
    usual = next(((one, there) for one, there in zip(asked, here, strict=True) if one.is_default), None)
    if usual is None or usual[0].space is None or usual[0].mode != "hybrid" or not settings.adapt:
        return []
    found = fit(questions, usual[1], standard(settings, usual[0].space.embedder), ground, report)
    if found is None:
        return []
    store.kept.set_fact(fact_of(usual[0].space), found.fact)
    return [found.sentence(usual[0].name)]


def labelled_questions(store: Store) -> tuple[list[Question], list[str]]:
    """What the user judged, a question a query, and what of it cannot be asked any more."""
    grades: dict[str, dict[str, int]] = {}
    gone = 0
    for judgement in store.kept.judgements():
        if store.notes.by_path(judgement.path) is None:
            gone += 1
        else:
            grades.setdefault(judgement.query, {})[judgement.path] = judgement.grade
    questions = [Question(query, "label", own) for query, own in grades.items() if any(own.values())]
    return questions, [f"{gone} labelled notes are not in the index any more"] if gone else []


def rewritten(store: Store, mined: Sequence[Mined]) -> list[Rewritten]:
    """The notes that questions were taken from, without them."""
    by_note: dict[str, list[Mined]] = {}
    for one in mined:
        by_note.setdefault(one.note, []).append(one)
    return [_rewritten(store, path, by_note[path], f"~{number}.md") for number, path in enumerate(by_note)]


def _rewritten(store: Store, path: str, mined: Sequence[Mined], other: str) -> Rewritten:
    stored = store.notes.by_path(path)
    assert stored is not None  # it was mined from this very store
    phrases = [one.phrase for one in mined if one.phrase]
    hidden = {one.link for one in mined}
    note, text = stored.note, store.notes.text(stored.id)
    note = replace(
        note,
        path=other if any(one.question.kind in _NAMING for one in mined) else path,
        title=_line(note.title, phrases),
        own_title=_line(note.own_title, phrases),
        text=_text(text, start_of_body(text, note.body_line), mined, phrases),
        aliases=tuple(filter(None, (_line(alias, phrases) for alias in note.aliases))),
        tags=tuple(filter(None, (_line(tag, phrases) for tag in note.tags))),
        properties={key: _value(value, phrases) for key, value in note.properties.items() if key.lower() not in _NAMES},
        links=tuple(link.written for link in store.links.of(stored.id) if link.written not in hidden),
    )
    return Rewritten(path, note, lambda chunk: _cleaned(chunk, phrases))


def _text(text: str, body: int, mined: Sequence[Mined], phrases: Sequence[str]) -> str:
    """Front matter is blank: whatever it says is a field of the note, too."""
    places = [(one.place[0] - body, one.place[1] - body) for one in mined if one.place is not None]
    return "\n" * text.count("\n", 0, body) + wording.without(wording.blanked(text[body:], places), phrases)


def _cleaned(chunk: Chunk, phrases: Sequence[str]) -> Chunk:
    """What marks inside a phrase had kept from being seen in the raw text."""
    if not phrases:
        return chunk
    return replace(
        chunk,
        text=wording.without(chunk.text, phrases),
        trail=tuple(filter(None, (_line(heading, phrases) for heading in chunk.trail))),
        embedded="\n".join(filter(None, map(str.strip, wording.without(chunk.embedded, phrases).split("\n")))),
    )


def _line(text: str, phrases: Sequence[str]) -> str:
    cut = wording.without(text, phrases)
    return text if cut == text else " ".join(cut.split()).strip(" -–—:,;/|>")


def _value(value: Property, phrases: Sequence[str]) -> Property:
    if isinstance(value, str):
        return _line(value, phrases)
    if isinstance(value, Sequence):
        return tuple(_value(one, phrases) for one in value)
    return value


def _moved(system: System, counterparts: dict[str, Space]) -> System:
    return system if system.space is None else replace(system, space=counterparts[system.space.key])


def _described(questions: Sequence[Question]) -> str:
    counts = Counter(question.kind for question in questions)
    return "asked for " + ", ".join(f"{count} by {kind}" for kind, count in counts.most_common())
