"""The trainer: reads its settings, tunes head or weights, and writes the folder, the manifest last."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vecna_notes.errors import ConfigError, EmbedderError
from vecna_notes.hookspecs import Options
from vecna_notes.interfaces import Embedder, Pair, Say
from vecna_notes.text import digest

from .contrastive_folder import (
    Manifest,
    add_head,
    copy_base,
    digests_of,
    read_manifest,
    write_card,
    write_manifest,
)
from .contrastive_head import Head, Learner
from .contrastive_rows import Embed, rows_of
from .contrastive_tuned import NAME, open_base, open_tuned
from .sbert import wanted
from .settings import whole
from .weights import Weights, find

WORK = ".work"
"""Checkpoints, inside the model's folder; gone when it is done."""
FEWEST = 8
"""Pairs below which there is nothing to set against each other."""
_TOKENS_PER_SECOND = 4_000
"""Of a small model on two slow cores."""
_HEAD_SECONDS_PER_PAIR = 0.001


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was told; with the pairs, all that its model follows from."""

    base: str
    seed: int = 0
    full: bool = False
    head: bool = True
    matryoshka: tuple[int, ...] = ()
    lora: int = 0
    negatives: bool = False

    @property
    def said(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Contrastive:
    settings: Settings
    minutes: float
    options: Options

    @classmethod
    def of(cls, options: Options) -> Contrastive:
        """Raises ConfigError."""
        base = options.get("base", "all-MiniLM-L6-v2")
        if not isinstance(base, str) or not base:
            raise ConfigError(
                "trainers.contrastive.base must name the sentence-transformers model that is to be tuned; "
                "`vecna embedders use sbert` sets the vault to one"
            )
        settings = Settings(
            base=base,
            seed=whole(NAME, options, "seed", 0, 0, "trainers"),
            full=_flag(options, "full", False),
            head=_flag(options, "head", True),
            matryoshka=_dims(options),
            lora=whole(NAME, options, "lora", 0, 0, "trainers"),
            negatives=_flag(options, "negatives", False),
        )
        return cls(settings, _minutes(options), options)

    def seconds(self, pairs: Sequence[Pair]) -> float:
        if not self.settings.full:
            names = sum(len(pair.first) for pair in pairs if not pair.held[0]) / 4
            return 2 + names / _TOKENS_PER_SECOND + len(pairs) * _HEAD_SECONDS_PER_PAIR
        from .contrastive_full import estimate

        guess = estimate(pairs, self._weights())
        return min(guess, self.minutes * 60) if self.minutes else guess

    def train(self, base: Embedder, pairs: Sequence[Pair], held_out: Sequence[Pair], into: Path, say: Say) -> Embedder:
        if base.space.metric != "cosine" or base.space.embedder != "sbert":
            raise EmbedderError(
                f"only sentence-transformers models compared by cosine can be tuned, and {base.space.model} of "
                f"{base.space.embedder} is none: vecna embedders use sbert"
            )
        if len(pairs) < FEWEST:
            raise EmbedderError(f"{len(pairs)} pairs are too few to tune on; {FEWEST} are needed to compare any")
        about = self._about(base, pairs, held_out)
        if not _is_done(into, about):
            self._run(base, pairs, held_out, into, about, say)
        return open_tuned(into, self.options)

    def _run(
        self, base: Embedder, pairs: Sequence[Pair], held_out: Sequence[Pair], into: Path, about: str, say: Say
    ) -> None:
        deadline = time.monotonic() + self.minutes * 60 if self.minutes else float("inf")
        work = _work(into, about)
        weights = self._weights()
        open_base(self.settings.base, base.space, self.options)  # what is tuned must be what made the rows
        scores: dict[str, float] = {}
        embed: Embed = base.embed
        if self.settings.full:
            from .contrastive_full import tune

            scores, embed = tune(self, weights, pairs, held_out, work, deadline, say)
            source = work / "full"
        else:
            source = weights.folder
        head = None
        if self.settings.head or not self.settings.full:
            head, learned = self._learned(embed, pairs, held_out, work, about, deadline, say)
            scores = {**scores, **{f"head {name}": value for name, value in learned.items()}}
        self._write(source, head, scores, base, pairs, into, about)
        shutil.rmtree(into / WORK, ignore_errors=True)

    def _learned(
        self,
        embed: Embed,
        pairs: Sequence[Pair],
        held_out: Sequence[Pair],
        work: Path,
        about: str,
        deadline: float,
        say: Say,
    ) -> tuple[Head, dict[str, float]]:
        shown, asked = rows_of(embed, pairs, held_out, work, about)
        learner = Learner(shown, asked, self.settings.seed, work / "head.safetensors", about, deadline)
        return learner.learn(say)

    def _write(
        self,
        source: Path,
        head: Head | None,
        scores: Mapping[str, float],
        base: Embedder,
        pairs: Sequence[Pair],
        into: Path,
        about: str,
    ) -> None:
        copy_base(source, into)
        name = add_head(into, head) if head is not None else ""
        manifest = Manifest(
            about=about,
            base=self.settings.base,
            base_space=base.space,
            is_full=self.settings.full,
            head=name,
            settings=self.settings.said,
            counts=dict(Counter(pair.source for pair in pairs)),
            scores=scores,
            digests=digests_of(into, self.settings.full, name),
        )
        write_card(into, manifest)
        write_manifest(into, manifest)

    def _weights(self) -> Weights:
        cache = self.options.get("cache")
        if not isinstance(cache, Path):
            raise ConfigError('contrastive needs "cache", a folder for what it exports')
        return find(wanted(self.settings.base), cache / "sbert", False)

    def _about(self, base: Embedder, pairs: Sequence[Pair], held_out: Sequence[Pair]) -> str:
        told = [[asdict(pair) for pair in part] for part in (pairs, held_out)]
        return digest(json.dumps([base.space.key, self.settings.said, told]))


def _is_done(into: Path, about: str) -> bool:
    try:
        return read_manifest(into).about == about
    except EmbedderError:
        return False


def _work(into: Path, about: str) -> Path:
    """The folder of this run's checkpoints; what anything else left there is removed."""
    work = into / WORK / about[:16]
    for other in (into / WORK).glob("*"):
        if other != work:
            shutil.rmtree(other, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    return work


def _flag(options: Options, key: str, default: bool) -> bool:
    value = options.get(key, default)
    if not isinstance(value, bool):
        raise ConfigError(f"trainers.contrastive.{key} must be true or false, not {value!r}")
    return value


def _minutes(options: Options) -> float:
    value = options.get("minutes", 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"trainers.contrastive.minutes must be a number from 0 up, not {value!r}")
    return float(value)


def _dims(options: Options) -> tuple[int, ...]:
    value = options.get("matryoshka", [])
    if not isinstance(value, list | tuple) or not all(isinstance(one, int) and one > 0 for one in value):
        raise ConfigError(
            f"trainers.contrastive.matryoshka must be a list of dimensions such as [128, 64], not {value!r}"
        )
    return tuple(sorted({int(one) for one in value}, reverse=True))
