"""Two embedders asked the same questions of a vault's own in one run: the one that answers, and one that might."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from vecna_notes.evaluate.ground import Rooms
from vecna_notes.evaluate.mine import mine
from vecna_notes.evaluate.own import labelled_questions, rewritten
from vecna_notes.evaluate.questions import Answer, Question
from vecna_notes.evaluate.run import ASKING, answered
from vecna_notes.evaluate.scratch import Scratch, scratch
from vecna_notes.evaluate.systems import System
from vecna_notes.ingest.embed import fill, fill_derived
from vecna_notes.interfaces import Derived, Embedder, Report
from vecna_notes.types import Progress, Rows, Space, Vectors

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Beside:
    """What two ways of searching made of the same questions, in their order."""

    questions: tuple[Question, ...]
    before: tuple[Answer, ...]
    after: tuple[Answer, ...]


def beside(
    rooms: Rooms, base: Embedder, tuned: Embedder, known: Mapping[str, Rows], seed: int, limit: int, report: Report
) -> Beside:
    """Search as it is over rows of `base`, and over those of `tuned`. There may be nothing to ask.

    Rows of `tuned` that `known` has, by text digest, are not computed again.
    """
    labelled = labelled_questions(rooms.store)[0][:limit]
    mined = mine(rooms.store, limit - len(labelled), seed, frozenset(path for one in labelled for path in one.grades))
    questions = [*labelled, *(one.question for one in mined)]
    if not questions:
        return Beside((), (), ())
    exact = replace(rooms, builder=None)  # so few questions are asked of every row sooner than of a graph that is made
    with scratch(exact, rewritten(rooms.store, mined), [base.space], report, [base, tuned]) as made:
        _fill(made, base.space, tuned, known)
        systems = list(_systems(rooms, base.space, tuned.space))
        answers: dict[str, list[Answer]] = {system.name: [] for system in systems}
        started = time.monotonic()
        for done, question in enumerate(questions, 1):
            for name, paths in made.ground.answers(question, systems).items():
                answers[name].append(answered(paths, question.grades))
            report(Progress("index", done, len(questions), ASKING, time.monotonic() - started))
    return Beside(tuple(questions), tuple(answers[BEFORE]), tuple(answers[AFTER]))


def _systems(rooms: Rooms, base: Space, tuned: Space) -> Iterator[System]:
    """Both go by the base's recipe: what is compared are the rows."""
    mode = "semantic" if rooms.settings.search.mode == "semantic" else "hybrid"
    recipe = rooms.recipe(base)
    yield System(BEFORE, mode, base, recipe, is_default=True)
    yield System(AFTER, mode, tuned, recipe)


def _fill(made: Scratch, base: Space, tuned: Embedder, known: Mapping[str, Rows]) -> None:
    store = made.rooms.store
    with store.transaction():
        id = store.vectors.space(tuned.space)
        if known:
            store.vectors.save(id, list(known), Vectors(tuned.space, np.stack(list(known.values()))))
    if isinstance(tuned, Derived) and tuned.base.key == base.key:
        windows = fill_derived(store, id, tuned, store.vectors.space(base))
    else:
        windows = fill(store, id, tuned)
    for _ in windows:
        pass
