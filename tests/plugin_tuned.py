"""An embedder, and a trainer that tunes it, as small as they can be: tests copy this file into a plugin folder.

"wide" counts hashed words. "mapped" is a linear map on its rows, learned by gradient from pairs, a checkpoint a step.
Options of the trainer: "steps", "rate", "pull" (back to the identity), "nap" (seconds a step takes).
"""

import json
import time
import zlib
from pathlib import Path

import numpy as np

from vecna_notes.hookspecs import Offer, hookimpl
from vecna_notes.interfaces import Step
from vecna_notes.text import digest
from vecna_notes.types import Space

DIM = 512


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


class Wide:
    space = Space("wide", "crc32", "1", DIM, "cosine", "words")

    def __init__(self, options=None):
        self.nap = float((options or {}).get("nap", 0))

    def embed(self, texts, role):
        time.sleep(self.nap * len(texts))
        rows = np.zeros((len(texts), DIM), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().replace(".", " ").split():
                row[zlib.crc32(word.encode("utf-8", "replace")) % DIM] += 1
        return rows


class Mapped:
    def __init__(self, folder):
        self.map = np.load(folder / "map.npy")
        self.base = Wide.space
        self.space = Space("mapped", folder.name, digest(self.map.tobytes()), DIM, "cosine", Wide.space.key)

    def derive(self, rows):
        return (rows @ self.map).astype(np.float32)

    def embed(self, texts, role):
        return self.derive(unit(Wide().embed(texts, role)).astype(np.float32))


class Trainer:
    def __init__(self, options):
        self.options = options

    def seconds(self, pairs):
        return 0.5

    def train(self, base, pairs, held_out, into, say):
        steps, rate = int(self.options.get("steps", 30)), float(self.options.get("rate", 1.0))
        pull, nap = float(self.options.get("pull", 0.002)), float(self.options.get("nap", 0))
        first = unit(base.embed([pair.first for pair in pairs], "query"))
        second = unit(base.embed([pair.second for pair in pairs], "note"))
        step, map, best, best_at, best_map = self._left(into)
        while step < steps:
            step += 1
            rng = np.random.default_rng([int(self.options.get("seed", 0)), step])
            some = rng.permutation(len(pairs))[:64]
            loss, slope = gradient(first[some], second[some], map)
            map = map - rate * (slope + pull * (map - np.eye(DIM)))
            score = self._score(base, held_out, map)
            if score > best:
                best, best_at, best_map = score, step, map
            self._save(into, step, map, best, best_at, best_map)
            time.sleep(nap)
            if not say(Step(step, steps, float(loss), 64.0, score, best_at, (steps - step) * nap)):
                break
        np.save(into / "map.npy", best_map.astype(np.float32))
        return Mapped(into)

    def _score(self, base, pairs, map):
        if not pairs:
            return 0.0
        one = unit(unit(base.embed([pair.first for pair in pairs], "query")) @ map)
        other = unit(unit(base.embed([pair.second for pair in pairs], "note")) @ map)
        scores = one @ other.T
        return float((1 / (scores >= np.diag(scores)[:, None]).sum(axis=1)).mean())

    def _left(self, into):
        if not (into / "left.json").exists():
            return 0, np.eye(DIM), -1.0, 0, np.eye(DIM)
        left = json.loads((into / "left.json").read_text())
        maps = np.load(into / left["file"])
        return left["step"], maps[0], left["best"], left["best_at"], maps[1]

    def _save(self, into, step, map, best, best_at, best_map):
        np.save(into / f"left-{step % 2}.npy", np.stack([map, best_map]))
        fresh = Path(into) / "left.new"
        left = {"step": step, "best": best, "best_at": best_at, "file": f"left-{step % 2}.npy"}
        fresh.write_text(json.dumps(left))
        fresh.replace(into / "left.json")


def gradient(first, second, map):
    """In-batch InfoNCE on unnormalised maps, scale 8."""
    one, other = first @ map, second @ map
    scores = 8 * one @ other.T
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    loss = -np.log(np.maximum(np.diag(share), 1e-12)).mean()
    off = (share - np.eye(len(share))) * 8 / len(share)
    return loss, first.T @ (off @ other) + second.T @ (off.T @ one)


@hookimpl
def vecna_embedders():
    return [
        Offer("wide", "counts hashed words", make=Wide),
        Offer("mapped", "a map on it", make=lambda options: Mapped(Path(options["model"]))),
    ]


@hookimpl
def vecna_trainers():
    return [Offer("mapped", "learns a map", make=Trainer)]
