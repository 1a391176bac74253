"""Precision and recall of the verdicts on the pairs planted in the demo vault, and on rewrites of its notes.

    python -m tests.insight.verdicts          prints them, from vectors of sbert kept beside this file
    python -m tests.insight.verdicts --keep   indexes the vault anew with sbert first, and keeps its vectors

The pairs that are planted as links to be found are the adjacent ones: near, and told apart by their author.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from tests.insight.rewrites import CHOSEN_BY, HELD_OUT, LATER
from vecna_notes import demo
from vecna_notes.insight.duplicates import VERDICTS, Compared, DuplicatePair, compared
from vecna_notes.store import Store
from vecna_notes.text import digest
from vecna_notes.types import Chunk, FileStamp, Note, NoteId, Space, Vectors, WrittenLink

FILE = Path(__file__).with_name("demo_vectors.npz")
SPACE = Space("sbert", "all-MiniLM-L6-v2", "kept", 384, "cosine", "kept")
Truth = Mapping[frozenset[str], str]


def planted() -> Truth:
    """Every planted pair with the verdict it should get."""
    table = json.loads((demo.files().parent / "judgements.json").read_text("utf-8"))["planted"]
    return {
        **{frozenset(pair): "same text" for pair in table["near_duplicates"]},
        **{frozenset(pair): "rewritten" for pair in table["paraphrase_pairs"]},
        **{frozenset((link["from"], link["to"])): "adjacent" for link in table["missing_links"]},
    }


def rewritten(of: Mapping[str, tuple[str, str]]) -> Truth:
    return {frozenset((path, other)): "rewritten" for path, (other, _) in of.items()}


def texts(*more: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The demo vault, with the rewrites named."""
    root = demo.files()
    notes = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.md"))}
    known = set(_vectors())
    return {
        **{path: text for path, text in notes.items() if path in known},
        **{p: t for one in more for p, t in one.values()},
    }


def fill(store: Store, notes: Mapping[str, str]) -> None:
    """Index the notes with the vectors kept."""
    vectors = _vectors()
    with store.transaction():
        for path, text in notes.items():
            matter, body = re.match(r"(---\n.*?\n---\n)?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
            told = re.search(r"^(?:title: |# )(.+)$", text, re.MULTILINE)
            links = tuple(WrittenLink(name.strip()) for name in re.findall(r"\[\[([^\]|#]+)", body))
            title = told[1] if told else PurePosixPath(path).stem
            note = Note(path, title, text, digest(text), links=links, body_line=(matter or "").count("\n") + 1)
            store.notes.save(note, [Chunk(body, (), 1, 2, path)], FileStamp(1, 1, 1, 1))
        _resolve(store)
        space = store.vectors.space(SPACE)
        missing = store.vectors.missing(space, 10_000)
        rows = np.stack([vectors[path] for _, path in missing])
        store.vectors.save(space, [name for name, _ in missing], Vectors(SPACE, rows))
        store.vectors.activate(space)


def scored(pairs: Iterable[DuplicatePair], truth: Truth) -> dict[str, tuple[int, int, int]]:
    """Verdict → right, given, planted; a pair nobody planted counts as wrong."""
    given = [(frozenset((one.one, one.other)), one.verdict) for one in pairs]
    return {
        verdict: (
            sum(truth.get(pair) == said == verdict for pair, said in given),
            sum(said == verdict for _, said in given),
            sum(wanted == verdict for wanted in truth.values()),
        )
        for verdict in VERDICTS
    }


def asked(all_notes: Compared, truth: Truth) -> list[DuplicatePair]:
    """The verdicts on exactly these pairs."""
    return [all_notes.pair(*(all_notes.place[path] for path in pair)) for pair in truth]


def _vectors() -> dict[str, np.ndarray]:
    with np.load(FILE) as kept:
        rows = kept["rows"].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return dict(zip(kept["paths"].tolist(), rows, strict=True))


def _resolve(store: Store) -> None:
    named: dict[str, NoteId] = {PurePosixPath(path).stem: id for path, id in store.notes.paths().items()}
    found = [(id, named.get(PurePosixPath(link.target).stem)) for id, _, link in store.links.unresolved()]
    store.links.resolve([(id, target, "resolved" if target else "broken") for id, target in found])


def _keep() -> None:
    """Vectors as a real index has them."""
    from tests.vaults import Home
    from vecna_notes.config import Folders
    from vecna_notes.insight.gathering import gather, note_rows

    with tempfile.TemporaryDirectory() as temporary:
        home, root = Home(Path(temporary) / "home", "sbert"), Path(temporary) / "vault"
        notes = {path: path.read_text("utf-8") for path in demo.files().rglob("*.md")}
        whole = {path.relative_to(demo.files()).as_posix(): text for path, text in notes.items()}
        whole |= {path: text for one in (CHOSEN_BY, LATER, HELD_OUT) for path, text in one.values()}
        for path, text in whole.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
        done = home.vecna("index", str(root), timeout=900)
        assert done.returncode in (0, 1), done.stderr
        store = Store.open_reader(Folders.standard(home.folder / "data").vault(root))
        gathered = gather(store)
        np.savez_compressed(FILE, paths=np.array(gathered.paths), rows=note_rows(store, gathered).astype(np.float16))
        store.close()


def _print(name: str, scores: Mapping[str, tuple[int, int, int]]) -> None:
    print(name)
    for verdict, (right, given, wanted) in scores.items():
        if wanted:
            precision = f"{right / given:.2f}" if given else "  – "
            recall = f"{right / wanted:.2f}"
            print(f"  {verdict:10} precision {precision} ({right}/{given})  recall {recall} ({right}/{wanted})")


def main() -> None:
    if "--keep" in sys.argv:
        _keep()
    with tempfile.TemporaryDirectory() as folder, Store.open_writer(Path(folder)) as store:
        fill(store, texts())
        all_notes, truth = compared(store, None), planted()
        judged = [one for one in all_notes.pairs(()) if one.verdict != "adjacent"]
        without = {pair: verdict for pair, verdict in truth.items() if verdict != "adjacent"}
        _print("demo vault, all that is proposed:", scored(judged, without))
        _print("demo vault, the planted pairs among themselves:", scored(asked(all_notes, truth), truth))
    for name, of in (
        ("the constants were chosen by", CHOSEN_BY),
        ("a rule was added by", LATER),
        ("held out", HELD_OUT),
    ):
        with tempfile.TemporaryDirectory() as folder, Store.open_writer(Path(folder)) as store:
            fill(store, texts(of))
            _print(f"rewrites, {name}:", scored(asked(compared(store, None), rewritten(of)), rewritten(of)))


if __name__ == "__main__":
    main()
