"""How well meaning is found: nDCG@10 of the real search, and hidden links found again by the real `related`.

    .venv/bin/python -m tests.benchmarks.quality [--json] [cranfield xquad-en garden dendron]

Each collection is written as a vault, indexed by the real indexer with every embedder that is installed, and asked
through the real search. "±" is half of a 95 % bootstrap interval over the queries, or over the notes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vecna_notes.config import Folders, load
from vecna_notes.markup import LINK, WIKI_LINK
from vecna_notes.vault import Vault

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
RETRIEVAL = ("cranfield", "xquad-en")
VAULTS = ("garden", "dendron")
DEPTH = 10
MOST_LINKS = 30
FEWEST_WORDS = 20
LOOKED_THROUGH = 150
FLOORS = {
    ("cranfield", "hybrid sbert"): 0.425,
    ("xquad-en", "hybrid sbert"): 0.970,
    ("cranfield", "hybrid lsa"): 0.405,
    ("xquad-en", "hybrid lsa"): 0.960,
    ("cranfield", "semantic word2vec"): 0.36,
    ("xquad-en", "semantic word2vec"): 0.84,
    ("garden", "related sbert"): 0.445,
    ("dendron", "related sbert"): 0.315,
}


@dataclass(frozen=True, slots=True)
class Figure:
    collection: str
    method: str
    value: float
    """nDCG@10, or R@10 for related notes."""
    margin: float
    mrr: float | None = None
    milliseconds: float = 0.0
    """Median of one question."""

    @property
    def floor(self) -> float | None:
        return FLOORS.get((self.collection, self.method))


def ndcg(ranked: Sequence[str], right: set[str]) -> float:
    """With gains of 0 and 1."""
    gain = sum(1 / np.log2(i + 2) for i, key in enumerate(ranked[:DEPTH]) if key in right)
    return float(gain / sum(1 / np.log2(i + 2) for i in range(min(DEPTH, len(right)))))


def retrieval(name: str, folder: Path) -> Iterator[Figure]:
    queries = {row["_id"]: row["text"] for row in _lines(SHARED / name / "queries.jsonl")}
    right: dict[str, set[str]] = {}
    for query, path, _ in _table(SHARED / name / "qrels.tsv"):
        right.setdefault(query, set()).add(f"{path}.md")
    root = _write_collection(name, folder)
    asked = [(text, right[id]) for id, text in queries.items() if id in right]
    for mode, vault in _ways(root, ("keyword", "semantic", "hybrid")):
        label, _, _embedder = mode.partition(" ")
        started = time.perf_counter()
        scores = []
        for text, wanted in asked:
            found = vault.search(text, label, DEPTH)
            scores.append(ndcg([hit.passage.path.rpartition("/")[2] for hit in found.hits], wanted))
        seconds = (time.perf_counter() - started) / len(asked)
        yield Figure(name, mode, float(np.mean(scores)), _margin(scores), milliseconds=seconds * 1000)


def related(name: str, folder: Path) -> Iterator[Figure]:
    """Every link is hidden, with its text, and the other notes are ranked by likeness to its source.

    A link counts by its own rank: notes tied to the source by other links, in either direction, are passed over.
    """
    root = _write_without_links(SHARED / name / "notes", folder / name)
    long_enough = {path for path in _notes(root) if len((root / path).read_text("utf-8").split()) >= FEWEST_WORDS}
    links: dict[str, set[str]] = {}
    tied: dict[str, set[str]] = {}
    for source, target, _ in _table(SHARED / name / "links.tsv"):
        tied.setdefault(source, set()).add(target)
        tied.setdefault(target, set()).add(source)
        if source in long_enough and target in long_enough:
            links.setdefault(source, set()).add(target)
    asked = {source: targets for source, targets in links.items() if len(targets) <= MOST_LINKS}
    for mode, vault in _ways(root, ("related",)):
        started = time.perf_counter()
        ranks = []
        for source, targets in asked.items():
            near = [note.path for note in vault.related(source, limit=LOOKED_THROUGH)]
            ranks.append(_ranks([path for path in near if path in long_enough], targets, tied[source]))
        seconds = (time.perf_counter() - started) / len(asked)
        recall = [float(np.mean([rank <= DEPTH for rank in own])) for own in ranks]
        mrr = float(np.mean([np.mean([1 / rank for rank in own]) for own in ranks]))
        yield Figure(name, mode, float(np.mean(recall)), _margin(recall), mrr, seconds * 1000)


def _ranks(found: Sequence[str], targets: set[str], tied: set[str]) -> list[float]:
    """Of each target among what is not tied otherwise; infinite for one that was not found."""
    ranks, place = [], 1
    for path in found:
        if path in targets:
            ranks.append(float(place))
        elif path not in tied:
            place += 1
    return ranks + [float("inf")] * (len(targets) - len(ranks))


def _ways(root: Path, modes: tuple[str, ...]) -> Iterator[tuple[str, Vault]]:
    """Index once, then every mode over every Space that came of it; words alone need no Space."""
    folders = Folders.standard()
    configuration = load(folders, root)
    with Vault.open(root, folders, configuration, write=True) as vault:
        vault.sync(lambda progress: None)
        for _ in vault.ladder(lambda progress: None).climb():
            pass
        vault.settle(lambda progress: None, 0)
        spaces = vault.store.vectors.spaces()
    if "keyword" in modes:
        with Vault.open(root, folders, configuration) as vault:
            yield "keyword", vault
    for id, space in spaces:
        with Vault.open(root, folders, configuration, write=True) as vault, vault.store.transaction():
            vault.store.vectors.activate(id)
        for mode in modes:
            if mode != "keyword":
                with Vault.open(root, folders, configuration) as vault:
                    yield f"{mode} {space.embedder}", vault


def _write_collection(name: str, folder: Path) -> Path:
    root = folder / name
    root.mkdir(parents=True)
    for row in _lines(SHARED / name / "corpus.jsonl"):
        front = f"---\ntitle: {json.dumps(row['title'])}\n---\n" if row["title"] else ""
        (root / f"{row['_id']}.md").write_text(front + row["text"] + "\n", encoding="utf-8")
    return root


def _write_without_links(source: Path, root: Path) -> Path:
    for path in _notes(source):
        text = (source / path).read_text(encoding="utf-8", errors="replace")
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(_without_links(text), encoding="utf-8")
    return root


def _without_links(text: str) -> str:
    """Links that lead out of the vault stay: their text names no note."""

    def unlinked(match: re.Match[str]) -> str:
        target = match["angled"] or match["bare"] or ""
        return match.group() if re.match(r"[a-z]+:", target) else ""

    return LINK.sub(unlinked, WIKI_LINK.sub("", text))


def _notes(root: Path) -> list[str]:
    return sorted(file.relative_to(root).as_posix() for file in root.rglob("*.md"))


def _lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _table(file: Path) -> list[list[str]]:
    return [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]


def _margin(scores: Sequence[float], rounds: int = 1000) -> float:
    values, rng = np.array(scores), np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (rounds, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float((high - low) / 2)


def _shown(figure: Figure) -> str:
    floor = (
        ""
        if figure.floor is None
        else f"   floor {figure.floor:.3f}{'' if figure.value >= figure.floor else '  BELOW'}"
    )
    mrr = "" if figure.mrr is None else f"  MRR {figure.mrr:.3f}"
    return (
        f"  {figure.collection:10} {figure.method:18} {figure.value:.4f} ± {figure.margin:.3f}{mrr}"
        f"  {figure.milliseconds:5.1f} ms{floor}"
    )


def main(names: Sequence[str], as_json: bool) -> int:
    """Print a line a figure; 1 when one is below its floor."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VECNA_DATA_DIR"] = str(Path(folder) / "data")
        os.environ["VECNA_CONFIG"] = str(Path(folder) / "config.toml")
        for name in names:
            measure: Callable[[str, Path], Iterator[Figure]] = retrieval if name in RETRIEVAL else related
            for figure in measure(name, Path(folder)):
                figures.append(figure)
                print(_shown(figure), file=sys.stderr if as_json else sys.stdout, flush=True)
    if as_json:
        fields = ("collection", "method", "value", "margin", "mrr", "milliseconds", "floor")
        print(json.dumps([{field: getattr(figure, field) for field in fields} for figure in figures], indent=1))
    return int(any(figure.floor is not None and figure.value < figure.floor for figure in figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[*RETRIEVAL, *VAULTS], help="collections; all when none is named")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.exit(main(options.names, options.json))
