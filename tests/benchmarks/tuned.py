"""What tuning brings: test links of garden and dendron found again, titles of held-out notes searched for, and judged
collections under the model that was tuned on each.

    .venv/bin/python -m tests.benchmarks.tuned [garden dendron] [--full]

The figures of docs/tuning.md. Only train links are learned from; the gate is asked too, and its verdict printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.benchmarks.quality import SHARED, _lines
from tests.benchmarks.related import _indexed
from vecna_notes import embedding
from vecna_notes.evaluate import links as hidden
from vecna_notes.evaluate.chance import interval
from vecna_notes.evaluate.metrics import ndcg, order, reciprocal_rank
from vecna_notes.evaluate.questions import Answer
from vecna_notes.evaluate.systems import labels, usable
from vecna_notes.interfaces import Embedder, Step
from vecna_notes.train.pairs import Mined
from vecna_notes.train.tuned import How
from vecna_notes.worker import switch

COLLECTIONS = ("cranfield", "xquad-en")


def quiet(_: object) -> None:
    pass


def measure(name: str, is_full: bool) -> None:
    table = SHARED / name / "links.tsv"
    how = How(full=is_full, links=hidden.read_links(table, "train", name).hidden)
    test = hidden.read_links(table, "test", name)
    with _indexed(name) as vault:
        before = hidden.evaluate_links(vault._rooms(), test, ["sbert", "related"], quiet)
        mined, base = vault.mine_pairs(how), vault._base()
        started = time.monotonic()
        done = vault.tune(how, lambda step: _heard(step, started), quiet, mined)
        print(f"  {name}: {dict(mined.counts)}, tuned in {done.seconds:.1f} s; the gate: {done.verdict.why}")
        vault.go_live(done.name, is_forced=True)
        switch(vault)
        assert done.space is not None
        name_now = labels(usable(vault.store, vault.models))[done.space.key]
        after = hidden.evaluate_links(vault._rooms(), test, [name_now, "related"], quiet)
        _told("links, meaning alone", before.answers["sbert"], after.answers[name_now])
        _told("links, everything", before.answers["related"], after.answers["related"])
        _compare(base, vault.models.open(done.space), mined)


def _compare(base: Embedder, tuned: Embedder, mined: Mined) -> None:
    _difference("titles of held-out notes, MRR@10", titles(base, mined), titles(tuned, mined))
    for name in COLLECTIONS:
        _difference(f"{name}, nDCG@10", collection(base, name), collection(tuned, name))


def titles(embedder: Embedder, mined: Mined) -> list[float]:
    """Each title of a dev or test note among the texts, without their titles, of all notes that have one."""
    every = [pair for part in (mined.train, mined.dev, mined.test) for pair in part if pair.source == "title"]
    asked = [pair for part in (mined.dev, mined.test) for pair in part if pair.source == "title"]
    texts = embedding.embed(embedder, [pair.second for pair in every], "note").rows
    scores = embedding.embed(embedder, [pair.first for pair in asked], "query").rows @ texts.T
    found = [order({every[i].second: float(score) for i, score in enumerate(row)}) for row in scores]
    return [reciprocal_rank(ranked, {pair.second: 1}) for ranked, pair in zip(found, asked, strict=True)]


def collection(embedder: Embedder, name: str) -> list[float]:
    """By meaning alone."""
    folder = SHARED / name
    notes = {row["_id"]: f"{row.get('title', '')}\n{row['text']}".strip() for row in _lines(folder / "corpus.jsonl")}
    asked = {row["_id"]: row["text"] for row in _lines(folder / "queries.jsonl")}
    right: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, note, grade = line.split("\t")
        right.setdefault(query, {})[note] = int(grade)
    texts = embedding.embed(embedder, list(notes.values()), "note").rows
    queries = embedding.embed(embedder, [asked[query] for query in right], "query").rows
    ids = np.array(list(notes))
    return [
        ndcg([str(ids[i]) for i in np.argsort(-(texts @ row), kind="stable")[:10]], grades)
        for row, grades in zip(queries, right.values(), strict=True)
    ]


def _told(what: str, before: Sequence[Answer], after: Sequence[Answer]) -> None:
    _difference(f"{what}, R@10", [one.recall for one in before], [one.recall for one in after])
    _difference(f"{what}, MRR", [one.mrr for one in before], [one.mrr for one in after])


def _difference(what: str, before: Sequence[float], after: Sequence[float]) -> None:
    moved = [two - one for one, two in zip(before, after, strict=True)]
    low, high = interval(moved)
    print(
        f"    {what:34} {np.mean(before):.3f} → {np.mean(after):.3f}  {np.mean(moved):+.3f} "
        f"(95 % interval {low:+.3f} to {high:+.3f}, {len(moved)})",
        flush=True,
    )


def _heard(step: Step, started: float) -> bool:
    if step.held_out is not None:
        print(
            f"    step {step.step} of {step.steps}, {time.monotonic() - started:.0f} s: {step.held_out:.3f}", flush=True
        )
    return True


def main(names: Sequence[str], is_full: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VECNA_DATA_DIR", str(Path(folder) / "data"))
        os.environ.setdefault("VECNA_CONFIG", str(Path(folder) / "config.toml"))
        os.environ.setdefault("VECNA_INDEX__EMBEDDER", "auto")
        for name in names or ("garden", "dendron"):
            measure(name, is_full)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--full", action="store_true")
    given = parser.parse_args()
    sys.exit(main(given.names, given.full))
