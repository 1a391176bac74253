"""Related notes: how fast, with boilerplate and without it, whether closeness in words is true, and what the shares do.

    .venv/bin/python -m tests.benchmarks.related [speed boilerplate closeness shares]

The figures of docs/related.md. `shares` hides the train and dev links of garden and dendron and takes twice and half of
every share; it takes about half an hour. `vecna eval links` gives the figures on links that no share was chosen on.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from tests.benchmarks.large import CHUNKS_PER_NOTE, build
from tests.benchmarks.quality import SHARED, _lines
from tests.benchmarks.strange import QUESTIONS
from vecna_notes.config import Folders, load
from vecna_notes.evaluate import links as rooms
from vecna_notes.evaluate.scratch import scratch
from vecna_notes.evaluate.systems import System
from vecna_notes.insight import closeness
from vecna_notes.insight.relations import ALL, Relations, Shares
from vecna_notes.search.recipe import standard
from vecna_notes.vault import Vault

NOTES = 5_000
ASKED = 300
XQUAD = 400
SECTIONS = ("speed", "boilerplate", "closeness")


def quiet(_: object) -> None:
    pass


def speed() -> None:
    """One note at 5,000 notes of ten passages, warm, and the first question of a process."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "vault"
        build(root, NOTES * CHUNKS_PER_NOTE)
        with _opened(root) as vault:
            paths = sorted(vault.store.notes.paths())
            started = time.perf_counter()
            vault.related(paths[0])
            first = time.perf_counter() - started
            seconds, busy = [], []
            for path in random.Random(0).sample(paths, ASKED):
                started, worked = time.perf_counter(), time.process_time()
                vault.related(path)
                seconds.append(time.perf_counter() - started)
                busy.append(time.process_time() - worked)
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    print(f"  related, {NOTES:,} notes, {NOTES * CHUNKS_PER_NOTE:,} passages: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    print(f"  (goal 50 ms); the first of a process {first:.2f} s; of the processor's time p50 and p95", end=" ")
    print(" and ".join(f"{ms:.1f} ms" for ms in np.percentile(np.array(busy) * 1000, [50, 95])))


def boilerplate() -> None:
    """Every link of dendron hidden, with the lines that its notes repeat embedded and not."""
    with _indexed("dendron") as vault:
        found, decided = vault.boilerplate()
        print(f"  {len(found)} lines, the first: {', '.join(repr(one.text) for one in found[:6])}")
        links = rooms.read_links(SHARED / "dendron" / "links.tsv", rooms.ALL, "dendron")
        recalls: dict[str, list[float]] = {}
        for is_off in (True, False):
            vault.decide_boilerplate(replace(decided, is_off=is_off))
            _index(vault)
            for row in vault.evaluate_links(links, quiet).rows:
                recalls.setdefault(row.system, []).append(row.recall)
        print("  R@10 with every link hidden   in     out    difference")
        for system, (within, without) in recalls.items():
            print(f"    {system:<26} {within:.3f}  {without:.3f}  {without - within:+.3f}", flush=True)


def closeness_in_words() -> None:
    """Links that were hidden and pairs drawn by chance; strange questions and those of xquad-en."""
    for name in ("garden", "dendron"):
        with _indexed(name) as vault:
            links = rooms.read_links(SHARED / name / "links.tsv", "test", name)
            changed, _ = rooms._without_links(vault.store, links)
            spaces = [space for _, space in vault.store.vectors.spaces()]
            with scratch(vault._rooms(), changed, spaces, quiet) as made:
                _reliability(name, made.ground.near(made.rooms.store.vectors.active()[1]), made.rooms.store, links)
            if name == "garden":
                _answerable("garden, about things no note speaks of", vault, QUESTIONS)
    with _xquad() as vault:
        _answerable("xquad-en, about things no note speaks of", vault, QUESTIONS)
        asked = [row["text"] for row in _lines(SHARED / "xquad-en" / "queries.jsonl")]
        _answerable("xquad-en, its own questions", vault, random.Random(0).sample(asked, XQUAD))


def _reliability(name: str, near: object, store: object, links: rooms.LinkSet) -> None:
    relations = Relations(store, near)  # type: ignore[arg-type]
    scale, rows, ids = closeness.scale(relations), relations.lexicon.row_of, relations.store.notes.paths()
    hidden = [(ids[a], ids[b]) for a, b in links.hidden | links.rest if a in ids and b in ids]
    hidden = [pair for pair in hidden if pair[0] in rows and pair[1] in rows]
    rng = random.Random(1)
    drawn = [tuple(rng.sample(relations.lexicon.notes, 2)) for _ in range(4_000)]
    told = {kind: [scale.of(float(one)) for one in relations.likenesses(pairs)]
            for kind, pairs in (("links", hidden), ("any two", drawn))}  # fmt: skip
    print(f"  {name}: from {scale.linked} train links and {scale.drawn} pairs; asked {len(hidden)} other links")
    print("    words                                    links  any two   linked, were both as frequent")
    for level, words in closeness.WORDS.items():
        links_, any_ = (np.mean([one.level == level for one in told[kind]]) for kind in ("links", "any two"))
        print(f"    {words:<40} {links_:5.1%}  {any_:6.1%}    {links_ / max(links_ + any_, 1e-9):5.1%}")
    print("    probability said     observed, were both as frequent")
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        kinds = {
            kind: np.mean([low <= one.probability < low + 0.2 + (low == 0.8) for one in ones])
            for kind, ones in told.items()
        }
        print(f"    {low:.1f} to {low + 0.2:.1f}           {kinds['links'] / max(sum(kinds.values()), 1e-9):5.1%}")


def _answerable(name: str, vault: Vault, questions: Sequence[str]) -> None:
    far = [question for question in questions if vault.closeness(vault.search(question)).level == "far"]
    print(f"  {name}: {len(far)} of {len(questions)} “nothing close” ({len(far) / len(questions):.0%})", flush=True)


def shares() -> None:
    """R@10 on dev links with train links known, and on train and dev links with none known, share by share."""
    names = [field.name for field in fields(Shares) if field.name != "by"]
    variants = [("as they are", ALL)]
    variants += [(f"{name} x{times}", replace(ALL, **{name: times * getattr(ALL, name)}))
                 for name in names for times in (0.0, 0.5, 2.0)]  # fmt: skip
    for vault_name in ("garden", "dendron"):
        with _indexed(vault_name) as vault:
            dev = rooms.read_links(SHARED / vault_name / "links.tsv", "dev", vault_name)
            none = replace(dev, hidden=dev.known | dev.hidden, known=frozenset())
            for label, links in (("train known, dev", dev), ("none known, train and dev", none)):
                for variant, recall in _tried(vault, links, variants):
                    print(f"  {vault_name:8} {label:26} {variant:16} R@10 {recall:.4f}", flush=True)


def _tried(vault: Vault, links: rooms.LinkSet, variants: Sequence[tuple[str, Shares]]) -> Iterator[tuple[str, float]]:
    changed, _ = rooms._without_links(vault.store, links)
    spaces = [space for _, space in vault.store.vectors.spaces()]
    active = vault.store.vectors.active()
    recipe = standard(vault.settings.search, "")
    with scratch(vault._rooms(), changed, spaces, quiet) as made:
        questions, _ = rooms._questions(made.rooms.store, links)
        for variant, shares in variants:
            system = System(variant, "related", active[1] if active else None, recipe, True)
            own = shares if links.known else shares.without_graph()
            done = rooms._compared(made, links, [(system, own)], questions, quiet)
            yield variant, done.evaluation.rows[0].recall


@contextmanager
def _indexed(name: str) -> Iterator[Vault]:
    root = SHARED / name / "notes"
    with _opened(root, write=True) as vault:
        _index(vault)
        yield vault


@contextmanager
def _xquad() -> Iterator[Vault]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for row in _lines(SHARED / "xquad-en" / "corpus.jsonl"):
            (root / f"{row['_id']}.md").write_text(row["text"] + "\n", encoding="utf-8")
        with _opened(root, write=True) as vault:
            _index(vault)
            yield vault


@contextmanager
def _opened(root: Path, write: bool = False) -> Iterator[Vault]:
    folders = Folders.standard()
    with Vault.open(root, folders, load(folders, root), write=write) as vault:
        yield vault


def _index(vault: Vault) -> None:
    vault.sync(quiet)
    for _ in vault.ladder(quiet).climb():
        pass
    vault.settle(quiet, 0)


def main(sections: Sequence[str]) -> int:
    rooms_of = {"speed": speed, "boilerplate": boilerplate, "closeness": closeness_in_words, "shares": shares}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VECNA_DATA_DIR", str(Path(folder) / "data"))
        os.environ.setdefault("VECNA_CONFIG", str(Path(folder) / "config.toml"))
        for name in sections or SECTIONS:
            print(f"{name}", flush=True)
            rooms_of[name]()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", help="speed, boilerplate, closeness, shares; without shares if none")
    sys.exit(main(parser.parse_args().sections))
