"""One classifier a tag, and how often each is right on notes that it was not shown."""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from vecna_notes.config import open_private
from vecna_notes.text import digest
from vecna_notes.types import Rows

FILE = "tags.npz"
FOLDS = 5
STRENGTH = 10.0
NEGATIVES = 2_000
"""Notes without the tag that a classifier is shown; the others are held out from it anyway."""
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    carriers: Mapping[str, Flags]
    held_out: Flags
    """Notes that are counted on: those with any tag."""
    likely: Mapping[str, Rows]
    """Of each note, by a classifier that did not see it."""

    def counts(self, tag: str, place: int, fewest: int, without: int | None = None) -> tuple[int, int]:
        """(right, cases) among held-out notes that look at least as likely as the one at `place`.

        Where fewer than `fewest` do, the likeliest of them are counted.
        """
        likely, counted = self.likely[tag], self.held_out.copy()
        if without is not None:
            counted[without] = False
        scores, carries = likely[counted], self.carriers[tag][counted]
        cases = int((scores >= likely[place]).sum())
        best = np.argsort(-scores, kind="stable")[: max(cases, min(fewest, len(scores)))]
        return int(carries[best].sum()), len(best)


def learned(rows: Rows, carriers: Mapping[str, Flags], is_tagged: Flags, folder: Path, version: str) -> Learned:
    """Learn each tag, or take what was learned from the same vectors and tags before."""
    name = digest(version + "\0".join(f"{tag} {digest(held.tobytes())}" for tag, held in carriers.items()))
    name = digest(name + digest(is_tagged.tobytes()))
    likely = _read(folder / FILE, name, list(carriers), len(rows))
    if likely is None:
        with _alone():
            likely = {tag: _likely(rows, held, is_tagged) for tag, held in carriers.items()}
        _write(folder / FILE, name, likely)
    return Learned(carriers, is_tagged, likely)


def _alone() -> AbstractContextManager[object]:
    """One thread: the steps are so small that several spend their time waiting for each other, eight times as long."""
    from threadpoolctl import threadpool_limits

    return cast("AbstractContextManager[object]", threadpool_limits(limits=1))


def _likely(rows: Rows, carries: Flags, is_tagged: Flags) -> Rows:
    """A note that was shown is judged by the classifier of the fold that left it out, others by all in the mean."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    def fitted(places: npt.NDArray[np.int64]) -> LogisticRegression:
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
        return model.fit(rows[places], carries[places])

    rng = np.random.default_rng(0)
    without = np.flatnonzero(is_tagged & ~carries)
    if len(without) > NEGATIVES:
        without = np.sort(rng.choice(without, NEGATIVES, replace=False))
    shown = np.sort(np.concatenate([np.flatnonzero(carries), without]))
    folds = min(FOLDS, int(carries.sum()), len(without))
    likely, own = np.zeros(len(rows), dtype=np.float32), np.zeros(len(rows), dtype=np.float32)
    for seen, unseen in StratifiedKFold(folds, shuffle=True, random_state=0).split(shown, carries[shown]):
        said = fitted(shown[seen]).predict_proba(rows)[:, 1].astype(np.float32)
        likely += said / folds
        own[shown[unseen]] = said[shown[unseen]]
    likely[shown] = own[shown]
    return likely


def _read(file: Path, name: str, tags: list[str], count: int) -> dict[str, Rows] | None:
    """None where there is no such file, or it is another vault's state, or damaged."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            likely, known = kept["likely"], str(kept["name"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None
    return dict(zip(tags, likely, strict=True)) if known == name and likely.shape == (len(tags), count) else None


def _write(file: Path, name: str, likely: Mapping[str, Rows]) -> None:
    """A folder that may not be written learns anew each time."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        with open_private(fresh) as stream:
            np.savez(stream, name=name, likely=np.array(list(likely.values()), dtype=np.float32))
        fresh.replace(file)
