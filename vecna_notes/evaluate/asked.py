"""Answers measured on a judged collection: is the right note among the evidence, does the answer hold what it should,
and does it say "not in your notes" where, and only where, that is so."""

from __future__ import annotations

import json
import random
import re
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import numpy as np

from vecna_notes.answer.ask import Answer
from vecna_notes.answer.evidence import Piece
from vecna_notes.evaluate.beir import Collection
from vecna_notes.evaluate.chance import interval
from vecna_notes.evaluate.questions import Question
from vecna_notes.interfaces import Report
from vecna_notes.text import normalise
from vecna_notes.types import Progress

REMOVED = 200
"""Questions whose notes are taken out, so that nothing answers them."""
STAGE = "questions"
_QUOTED = re.compile(r"“([^”]*)”")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "“”‘’–—…")

Ask = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of questions, with its 95 % bootstrap interval."""

    value: float
    ci: tuple[float, float]
    of: int


@dataclass(frozen=True, slots=True)
class AskScore:
    """How well a vault answers. What needs gold answers is None where the collection has none."""

    set: str
    queries: int
    generator: str
    recall: Share
    """Questions whose right note is among the packed passages."""
    tokens: float
    """Of evidence, in the mean."""
    held: Share | None
    """Answers that hold a gold answer."""
    f1: Share | None
    """Token F1 of the best sentence with a gold answer, as SQuAD counts it (Rajpurkar et al. 2016)."""
    exact: Share | None
    """Best sentences that are a gold answer."""
    supported: Share
    """Sentences of answers whose citations hold."""
    refused: Share
    """Questions that the notes answer, and that were called "not in your notes" all the same."""
    refused_removed: Share
    """The same of questions whose notes had been taken out, where it is right."""
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Parted:
    """A collection, and the same without the notes that answer some of its questions."""

    whole: Collection
    less: Collection
    """Its questions are those that still have their notes …"""
    removed: tuple[Question, ...]
    """… and these have none left."""
    gold: Mapping[str, tuple[str, ...]]
    """Right answers by question, where the collection has them."""


def part(folder: Path, whole: Collection, seed: int = 0) -> Parted:
    """Take out whole topics where `topics.tsv` names them, else notes, until 200 questions, or a fifth, lost theirs."""
    topics = _topics(folder)
    topic_of = {path: topics.get(Path(path).stem, path) for path in whole.notes}
    order = sorted(set(topic_of.values()))
    random.Random(seed).shuffle(order)
    wanted = min(REMOVED, len(whole.questions) // 5)
    gone: set[str] = set()
    removed: list[Question] = []
    for topic in order:
        if len(removed) >= wanted:
            break
        gone |= {path for path, own in topic_of.items() if own == topic}
        removed = [one for one in whole.questions if _right(one) <= gone]
    notes = {path: text for path, text in whole.notes.items() if path not in gone}
    left = tuple(one for one in whole.questions if not _right(one) & gone)
    less = replace(whole, name=f"{whole.name}-less", notes=notes, questions=left)
    return Parted(whole, less, tuple(removed), _gold(folder))


def evaluate_answers(parted: Parted, whole: Ask, less: Ask, report: Report) -> AskScore:
    """`whole` and `less` answer from the two vaults."""
    asked = [*parted.whole.questions, *parted.less.questions, *parted.removed]
    started = time.monotonic()

    def answered(questions: Sequence[Question], ask: Ask, before: int) -> Iterator[Answer]:
        for number, question in enumerate(questions, before + 1):
            yield ask(question.text)
            report(Progress("index", number, len(asked), STAGE, time.monotonic() - started))

    full = list(answered(parted.whole.questions, whole, 0))
    left = list(answered(parted.less.questions, less, len(full)))
    lost = list(answered(parted.removed, less, len(full) + len(left)))
    spans = [
        (answer, gold)
        for question, answer in zip(parted.whole.questions, full, strict=True)
        if (gold := parted.gold.get(question.text))
    ]
    times = [answer.seconds * 1000 for answer in full]
    return AskScore(
        set=f"ask:{parted.whole.name}",
        queries=len(full),
        generator=full[0].generator,
        recall=_share(
            [_is_recalled(one, answer.pieces) for one, answer in zip(parted.whole.questions, full, strict=True)]
        ),
        tokens=mean(sum(piece.tokens for piece in answer.pieces) for answer in full),
        held=_share([_holds(answer.text, gold) for answer, gold in spans]) if spans else None,
        f1=_share([max(f1(best(answer.text), one) for one in gold) for answer, gold in spans]) if spans else None,
        exact=_share([_is_exact(best(answer.text), gold) for answer, gold in spans]) if spans else None,
        supported=_share([one.is_supported for answer in full for one in answer.sentences] or [True]),
        refused=_share([not answer.is_found for answer in left]),
        refused_removed=_share([not answer.is_found for answer in lost]),
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
    )


def best(text: str) -> str:
    """The first sentence an answer quotes, or the first there is."""
    quoted = _QUOTED.search(text)
    return quoted.group(1) if quoted else text.split("\n", 1)[0]


def f1(said: str, gold: str) -> float:
    """Harmonic mean of precision and recall over words, articles and punctuation aside."""
    one, other = Counter(_words(said)), Counter(_words(gold))
    common = sum((one & other).values())
    return 2 * common / (sum(one.values()) + sum(other.values())) if common else 0.0


def _is_exact(said: str, gold: Sequence[str]) -> bool:
    return any(_words(said) == _words(one) for one in gold)


def _holds(text: str, gold: Sequence[str]) -> bool:
    said = f" {' '.join(_words(text))} "
    return any(f" {' '.join(_words(one))} " in said for one in gold if _words(one))


def _words(text: str) -> list[str]:
    return _ARTICLES.sub(" ", normalise(text).translate(_PUNCTUATION)).split()


def _is_recalled(question: Question, pieces: Sequence[Piece]) -> bool:
    return any(piece.passage.path in _right(question) for piece in pieces)


def _right(question: Question) -> set[str]:
    return {path for path, grade in question.grades.items() if grade}


def _share(values: Sequence[float | bool]) -> Share:
    given = [float(value) for value in values]
    return Share(mean(given), interval(given), len(given)) if given else Share(0.0, (0.0, 0.0), 0)


def _topics(folder: Path) -> dict[str, str]:
    """Topic by id, from the file that a collection may have."""
    file = folder / "topics.tsv"
    if not file.is_file():
        return {}
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:] if "\t" in line]
    return {row[0]: row[1] for row in rows}


def _gold(folder: Path) -> dict[str, tuple[str, ...]]:
    """Right answers by the text of a question: "answers" of its row in queries.jsonl, a list of texts."""
    found: dict[str, tuple[str, ...]] = {}
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line) if line.strip() else {}
        answers = row.get("answers") or row.get("answer") or ()
        answers = [answers] if isinstance(answers, str) else answers
        texts = [one if isinstance(one, str) else str(dict(one).get("text", "")) for one in answers]
        if any(texts):
            found[row["text"]] = tuple(filter(None, texts))
    return found
