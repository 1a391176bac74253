"""A map on a model's rows, learned from pairs: InfoNCE (van den Oord et al. 2018) by hand, in NumPy.

It begins with no change, is held there by a penalty, and in the end goes back as far as held-out pairs say. Nothing but
pairs moves it: centred or whitened rows gain a little by themselves, and the gate could not tell wrong pairs apart.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vecna_notes.interfaces import Say, Step
from vecna_notes.types import Rows

from .bags import unit
from .contrastive_checkpoint import read_arrays, write_arrays

EPOCHS, BATCH = 20, 256
SCALE = 10.0
"""Of the similarities before they become probabilities; 20 and more learn the pairs by heart."""
RATE, PENALTY = 3e-3, 0.1
LOOK_EVERY, PATIENCE = 2, 3
"""Epochs between two looks at the held-out pairs, and worse looks in a row after which it ends."""
CHANCE = 0.01
"""MRR by which a look must be worse than the best one to be called worse: a few hundred pairs tell no less."""
SHARES = (1.0, 0.75, 0.5, 0.25)
"""How far from no change to what was learned (WiSE-FT, Wortsman et al. 2022)."""
K = 10
_KEPT = ("weight", "mean", "square", "average", "best")
_FIRST, _SECOND, _SMALL = 0.9, 0.999, 1e-8
Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Row → weight · row, of unit length."""

    weight: Rows

    @classmethod
    def idle(cls, dim: int) -> Head:
        return cls(np.eye(dim, dtype=np.float32))

    def apply(self, rows: Rows) -> Rows:
        """Zero rows stay zero."""
        return unit(rows @ self.weight.T)

    def towards(self, share: float) -> Head:
        """So far from no change."""
        idle = np.eye(len(self.weight), dtype=np.float32)
        return Head(idle + np.float32(share) * (self.weight - idle))


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Rows of pairs, of unit length."""

    first: Rows
    second: Rows
    notes: Ids
    """Of each pair two, as numbers. Shape (pairs, 2)."""
    apart: Rows | None = None
    """Of each pair a text that does not belong to the first (a hard negative); a zero row where it has none."""

    def __len__(self) -> int:
        return len(self.first)


@dataclass(slots=True, eq=False)
class _State:
    """What a checkpoint keeps."""

    weight: Rows
    mean: Rows
    square: Rows
    average: Rows
    """Of the weights after each epoch: it forgets which batch was last (Polyak and Juditsky 1992)."""
    best: Rows
    step: int = 0
    epoch: int = 0
    best_step: int = 0
    best_score: float = -1.0
    waited: int = 0

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        numbers = [self.step, self.epoch, self.best_step, self.best_score, self.waited]
        rows = {name: getattr(self, name) for name in _KEPT}
        return {**rows, "numbers": np.array(numbers, dtype=np.float64)}

    @classmethod
    def of(cls, kept: dict[str, npt.NDArray[Any]]) -> _State:
        step, epoch, best_step, score, waited = kept["numbers"].tolist()
        rows = {name: kept[name].copy() for name in _KEPT}
        return cls(
            **rows, step=int(step), epoch=int(epoch), best_step=int(best_step), best_score=score, waited=int(waited)
        )


@dataclass(eq=False)
class Learner:
    """Learns one head; `learn` goes on where a killed one stopped, and ends with the same."""

    shown: Shown
    held_out: Shown
    seed: int
    checkpoint: Path
    about: str
    """What it learns from, in a digest: a checkpoint of anything else is left alone."""
    deadline: float = float("inf")
    """By time.monotonic."""
    _start: Rows = field(init=False)

    def __post_init__(self) -> None:
        self._start = np.eye(self.shown.first.shape[1], dtype=np.float32)

    def learn(self, say: Say) -> tuple[Head, dict[str, float]]:
        """The head, and what held-out pairs said: MRR@10 before and after."""
        state = self._resumed()
        steps = EPOCHS * len(_batches(len(self.shown), np.random.default_rng(0)))
        began, done = time.monotonic(), 0
        while state.epoch < EPOCHS and state.waited < PATIENCE:
            loss = self._epoch(state)
            done += len(self.shown)
            rate = done / max(time.monotonic() - began, 1e-9)
            score = self._look(state) if state.epoch % LOOK_EVERY == 0 or state.epoch == EPOCHS else None
            left = (EPOCHS - state.epoch) * len(self.shown) / rate
            told = Step(state.step, steps, loss, rate, score, state.best_step, left)
            write_arrays(self.checkpoint, self.about, state.arrays())
            if not say(told) or time.monotonic() > self.deadline:
                break
        return self._chosen(Head(state.best))

    def _resumed(self) -> _State:
        kept = read_arrays(self.checkpoint, self.about)
        if kept is not None:
            return _State.of(kept)
        nothing = np.zeros_like(self._start)
        return _State(self._start.copy(), nothing.copy(), nothing.copy(), nothing, self._start.copy())

    def _epoch(self, state: _State) -> float:
        """One pass over the pairs; their order follows from seed and epoch alone."""
        rng = np.random.default_rng((self.seed, state.epoch))
        total = 0.0
        for some in _batches(len(self.shown), rng):
            loss, gradient = self._loss(state.weight, some)
            state.step += 1
            _adam(state, gradient + 2 * PENALTY * (state.weight - self._start))
            total += loss * len(some)
        state.epoch += 1
        state.average += (state.weight - state.average) / state.epoch
        return total / max(len(self.shown), 1)

    def _loss(self, weight: Rows, some: Ids) -> tuple[float, Rows]:
        """InfoNCE both ways over one batch, and its gradient. Pairs of the same or of tied notes are not set against
        each other."""
        first, second = self.shown.first[some], self.shown.second[some]
        ours, ours_long = _mapped(first, weight)
        theirs, theirs_long = _mapped(second, weight)
        apart, wrong, wrong_long = self._apart(some, weight)
        scores = np.asarray(SCALE * ours @ theirs.T, dtype=np.float32)
        scores[self._together(some)] = -np.inf
        refused = SCALE * (ours * wrong).sum(axis=1, keepdims=True)
        refused[~apart.any(axis=1)] = -np.inf
        across, down = _softmax(np.hstack([scores, refused]), 1), _softmax(scores, 0)
        right = np.arange(len(some))
        loss = -float(np.log(across[right, right] + 1e-9).mean() + np.log(down[right, right] + 1e-9).mean()) / 2
        push = np.asarray((across[:, :-1] + down) / 2, dtype=np.float32)
        push[right, right] -= 1
        push *= SCALE / len(some)
        away = across[:, -1:] * (SCALE / len(some) / 2)
        gradient = _back(push @ theirs + away * wrong, ours, ours_long, first)
        gradient += _back(push.T @ ours, theirs, theirs_long, second)
        return loss, gradient + _back(away * ours, wrong, wrong_long, apart)

    def _apart(self, some: Ids, weight: Rows) -> tuple[Rows, Rows, Rows]:
        """Rows of hard negatives, as they are and mapped; zero ones stay zero."""
        if self.shown.apart is None:
            nothing = np.zeros((len(some), len(weight)), dtype=np.float32)
            return nothing, nothing, np.ones((len(some), 1), dtype=np.float32)
        rows = self.shown.apart[some]
        return rows, *_mapped(rows, weight)

    def _together(self, some: Ids) -> Flags:
        """Which pairs of a batch share a note, or have notes that stand in one pair themselves."""
        present, places = np.unique(self.shown.notes[some], return_inverse=True)
        places = places.reshape(-1, 2)
        place = np.full(int(self.shown.notes.max()) + 1, -1)
        place[present] = np.arange(len(present))
        pairs = place[self.shown.notes]
        pairs = pairs[(pairs >= 0).all(axis=1)]
        tied = np.eye(len(present), dtype=np.bool_)
        tied[pairs[:, 0], pairs[:, 1]] = tied[pairs[:, 1], pairs[:, 0]] = True
        sides = [(places[:, one], places[:, other]) for one in (0, 1) for other in (0, 1)]
        together: Flags = np.logical_or.reduce([tied[one][:, other] for one, other in sides])
        np.fill_diagonal(together, False)
        return together

    def _look(self, state: _State) -> float:
        """The longer it learned the better, unless held-out pairs are sure of the contrary."""
        score = mrr(self.held_out, self.shown, Head(state.average))
        if score < state.best_score - CHANCE:
            state.waited += 1
            return score
        state.best_score, state.best_step, state.waited = max(score, state.best_score), state.step, 0
        state.best = state.average.copy()
        return score

    def _chosen(self, head: Head) -> tuple[Head, dict[str, float]]:
        """As much of it as held-out pairs like; the most where these are not sure."""
        before = mrr(self.held_out, self.shown, Head.idle(len(head.weight)))
        scores = {share: mrr(self.held_out, self.shown, head.towards(share)) for share in SHARES}
        best = max(share for share, score in scores.items() if score >= max(scores.values()) - CHANCE)
        return head.towards(best), {"before": before, "after": scores[best], "share": best}


def mrr(asked: Shown, others: Shown, head: Head) -> float:
    """MRR@10 of the second text of each pair among all texts of other notes; 0 without pairs."""
    if not len(asked):
        return 0.0
    firsts, seconds = head.apply(asked.first), head.apply(np.concatenate([asked.second, others.second]))
    notes = np.concatenate([asked.notes[:, 1], others.notes[:, 1]])
    scores = firsts @ seconds.T
    right = scores[np.arange(len(asked)), np.arange(len(asked))].copy()
    own = (notes[None, :] == asked.notes[:, :1]) | (notes[None, :] == asked.notes[:, 1:])
    scores[own] = -np.inf
    ranks = 1 + (scores >= right[:, None] - 1e-6).sum(axis=1)
    return float(np.where(ranks <= K, 1 / ranks, 0).mean())


def _batches(count: int, rng: np.random.Generator) -> list[Ids]:
    """All of about one size, so that no pair is alone."""
    parts = max(1, round(count / BATCH))
    return list(np.array_split(rng.permutation(count), parts))


def _mapped(rows: Rows, weight: Rows) -> tuple[Rows, Rows]:
    made = rows @ weight.T
    long = np.linalg.norm(made, axis=1, keepdims=True) + _SMALL
    return made / long, long


def _back(push: Rows, made: Rows, long: Rows, rows: Rows) -> Rows:
    """Through the unit length and the map."""
    inner = (push - (push * made).sum(axis=1, keepdims=True) * made) / long
    return np.asarray(inner.T @ rows, dtype=np.float32)


def _softmax(scores: Rows, axis: int) -> Rows:
    raised = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return np.asarray(raised / raised.sum(axis=axis, keepdims=True), dtype=np.float32)


def _adam(state: _State, gradient: Rows) -> None:
    """Kingma and Ba 2015."""
    state.mean += (1 - _FIRST) * (gradient - state.mean)
    state.square += (1 - _SECOND) * (gradient**2 - state.square)
    mean, square = state.mean / (1 - _FIRST**state.step), state.square / (1 - _SECOND**state.step)
    state.weight -= np.asarray(RATE * mean / (np.sqrt(square) + _SMALL), dtype=np.float32)
