"""What a type cannot prove: the contract each kind of offer must keep. Shipped, so that strangers can test theirs.

from vecna_notes.testing import check_index

def test_my_index():
    check_index(MyBuilder())
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vecna_notes.errors import EmbedderError, NeedsRebuild, Unreadable
from vecna_notes.interfaces import (
    Embedder,
    Evidence,
    Generator,
    IndexBuilder,
    Prompt,
    Ranker,
    Reader,
    TokenCounter,
    Trainable,
    Turn,
    VectorIndex,
)
from vecna_notes.proofs import check_clusterer, check_projector
from vecna_notes.reranking import refusal
from vecna_notes.text import digest
from vecna_notes.types import Chunk, Hit, Metric, Note, NoteId, Passage, PassageId, Role, Rows, Signal, similarity

__all__ = [
    "TRAINING_TEXTS",
    "check_clusterer",
    "check_embedder",
    "check_generator",
    "check_index",
    "check_projector",
    "check_ranker",
    "check_reader",
    "check_trainable",
]

_DIM = 24
_ROWS = 600
_BIG = 2**40
_METRICS: tuple[Metric, ...] = ("cosine", "dot", "euclidean")


def check_index(builder: IndexBuilder, least_recall: float = 0.95) -> None:
    """Raises AssertionError with a sentence when a builder, or an index of it, breaks the contract of VectorIndex."""
    for metric in _METRICS:
        rows = _random_rows(_ROWS, metric)
        labels = [_BIG + 3 * i for i in range(_ROWS)]
        index = builder.build(labels, rows, _DIM, metric)
        _check_answers(index, labels, rows, metric, least_recall)
        _check_saving(builder, index, rows, metric)
        _check_refusals(index, rows, metric)
        _check_changes(index, labels, rows, metric)
        _check_empty(builder, metric)


def _random_rows(count: int, metric: Metric, seed: int = 0) -> Rows:
    rows = np.random.default_rng(seed).standard_normal((count, _DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) if metric == "cosine" else rows


def _check_answers(index: VectorIndex, labels: Sequence[int], rows: Rows, metric: Metric, least_recall: float) -> None:
    assert len(index) == len(labels), f"{metric}: an index of {len(labels)} rows says it holds {len(index)}"
    queries = _random_rows(50, metric, seed=1)
    expected = similarity(queries, rows, metric)
    found_of_ten = 0
    for query, scores in zip(queries, expected, strict=True):
        found = index.search(query, 10)
        assert len(found) == 10, f"{metric}: asked for 10 of {len(labels)} rows, got {len(found)}"
        given = [score for _, score in found]
        assert given == sorted(given, reverse=True), f"{metric}: answers are not best first"
        assert len({label for label, _ in found}) == 10, f"{metric}: a label came twice"
        for label, score in found:
            true = float(scores[labels.index(label)])
            assert abs(score - true) < 1e-3, f"{metric}: a row that scores {true:.4f} was said to score {score:.4f}"
        best = {labels[i] for i in np.argsort(-scores)[:10]}
        found_of_ten += len(best & {label for label, _ in found})
    recall = found_of_ten / 500
    assert recall >= least_recall, f"{metric}: recall@10 is {recall:.3f}, below {least_recall}"
    assert len(index.search(queries[0], 10 * len(labels))) <= len(labels), f"{metric}: more answers than rows"


def _check_saving(builder: IndexBuilder, index: VectorIndex, rows: Rows, metric: Metric) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.bin"
        index.save(file)
        loaded = builder.load(file, _DIM, metric)
        assert len(loaded) == len(index), f"{metric}: {len(index)} rows were saved, {len(loaded)} loaded"
        for row in rows[:20]:
            before, after = index.search(row, 5), loaded.search(row, 5)
            assert [label for label, _ in before] == [label for label, _ in after], (
                f"{metric}: loading changed an answer"
            )
        nowhere = Path(folder) / "absent" / "index.bin"
        assert _raises(lambda: index.save(nowhere)), f"{metric}: saving where nothing can be saved was not an error"


def _check_refusals(index: VectorIndex, rows: Rows, metric: Metric) -> None:
    size = len(index)
    bad = rows[:1].copy()
    bad[0, 0] = np.nan
    narrow = np.ascontiguousarray(rows[:1, :-1])
    assert _raises(lambda: index.add([1], bad)), f"{metric}: a row with NaN was taken in"
    assert _raises(lambda: index.add([1], narrow)), f"{metric}: a row of another dimension was taken in"
    assert _raises(lambda: index.add([1, 1], rows[:2])), f"{metric}: one label was taken for two rows"
    assert _raises(lambda: index.search(narrow[0], 1)), f"{metric}: a query of another dimension was answered"
    assert len(index) == size, f"{metric}: a refused row was counted"
    assert index.search(rows[0], 0) == [], f"{metric}: k = 0 found something"


def _check_changes(index: VectorIndex, labels: Sequence[int], rows: Rows, metric: Metric) -> None:
    """Adding and removing, for indexes that can; the others say NeedsRebuild."""
    with contextlib.suppress(NeedsRebuild):
        fresh = _random_rows(2_000, metric, seed=2)
        new = [_BIG * 2 + i for i in range(len(fresh))]
        index.add(new, fresh)
        assert len(index) == len(labels) + len(new), f"{metric}: rows were added but not counted"
        found = index.search(fresh[7], 3)
        assert metric == "dot" or found[0][0] == new[7], f"{metric}: an added row does not find itself"
    with contextlib.suppress(NeedsRebuild):
        size = len(index)
        index.remove([labels[0], 5])
        assert len(index) == size - 1, f"{metric}: one known label was removed, {size - len(index)} rows are gone"
        assert labels[0] not in {label for label, _ in index.search(rows[0], 50)}, f"{metric}: a removed row was found"


def _check_empty(builder: IndexBuilder, metric: Metric) -> None:
    empty = builder.build([], np.empty((0, _DIM), dtype=np.float32), _DIM, metric)
    assert len(empty) == 0, f"{metric}: an empty index is not empty"
    assert empty.search(_random_rows(1, metric)[0], 3) == [], f"{metric}: an empty index found something"


def _raises(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except Exception:  # which one is the plugin's choice
        return True
    return False


def check_reader(reader: Reader, samples: Sequence[bytes], others: Sequence[bytes] = ()) -> None:
    """Raises AssertionError with a sentence when a reader breaks its contract.

    `samples` are whole files that are notes; `others` any further bytes that it must survive.
    """
    assert reader.suffixes, "a reader names no suffix"
    for suffix in reader.suffixes:
        assert suffix.startswith(".") and suffix == suffix.lower(), f"suffix {suffix!r} has no dot or is not lower-case"
    path = f"folder/A name{reader.suffixes[0]}"
    for sample in samples:
        note = reader.read(path, sample)
        _check_note(note, path, sample)
        assert note == reader.read(path, sample), f"the same bytes gave two different notes: {sample[:80]!r}"
    torn = [sample[:cut] for sample in samples for cut in (0, 1, len(sample) // 2, len(sample) - 1)]
    for data in (*_ODD_FILES, *torn, *others):
        try:
            _check_note(reader.read(path, data), path, data)
        except Unreadable as refusal:
            assert str(refusal), f"a refusal without a reason: {data[:80]!r}"


_ODD_FILES = (
    b"",
    b"\n",
    b"\x00\x01\x02",
    b"\xef\xbb\xbf# BOM",
    b"\xff\xfea\x00",
    b"\xff\xfe\x00",
    b"caf\xe9 \x81",
    b"\xed\xa0\x80 lone surrogate",
    b"a\r\nb\rc\n",
    b"---\n" * 3,
    b"[" * 5_000,
    b"(" * 5_000,
    b"`" * 5_000,
    bytes(range(256)) * 4,
)


def _check_note(note: Note, path: str, data: bytes) -> None:
    shown = repr(data[:80])
    lines = note.text.count("\n") + 1
    assert isinstance(note, Note), f"{type(note).__name__} is no Note: {shown}"
    assert note.path == path, f"the note of {path!r} says it is {note.path!r}"
    assert note.title.strip(), f"a note without a title: {shown}"
    assert note.own_title in ("", note.title), f"own_title {note.own_title!r} is not the title {note.title!r}: {shown}"
    assert "\r" not in note.text, f"line ends are not \\n: {shown}"
    assert not any("\ud800" <= character <= "\udfff" for character in note.text), f"a lone surrogate: {shown}"
    assert note.digest == digest(data), f"the digest is not that of the bytes: {shown}"
    assert 1 <= note.body_line <= lines, f"the body begins in line {note.body_line} of {lines}: {shown}"
    assert all(1 <= link.line <= lines for link in note.links), f"a link outside the text: {shown}"
    assert not any(tag.startswith("#") or not tag.strip() for tag in note.tags), f"tags {note.tags}: {shown}"
    assert len({tag.casefold() for tag in note.tags}) == len(note.tags), f"a tag came twice: {note.tags}: {shown}"
    assert all(note.aliases), f"an empty alias: {shown}"


_ROLES: tuple[Role, ...] = ("note", "query")
_TEXTS = (
    "Spaced repetition works because forgetting has a shape.",
    "the",
    "",
    " \n\t ",
    "Knead the dough until it is smooth, then let it rise overnight in a cold place. " * 40,
    "記憶の宮殿は場所を使って覚える方法です。",
    "Łódź — naïve café 🙂 <b>x = f(y)</b> \u200b\x00 \ud800",
    "forgetting",
)
TRAINING_TEXTS = tuple(
    f"{subject} {verb} {thing} in the {place}, and the {place} keeps the {thing} for {subject}."
    for subject, verb, thing in (
        ("memory", "stores", "names"),
        ("gardener", "plants", "beans"),
        ("baker", "kneads", "dough"),
        ("sailor", "mends", "sails"),
        ("reader", "marks", "pages"),
    )
    for place in ("morning", "cellar", "harbour", "library", "kitchen", "orchard")
)
"""Thirty small texts: enough for a trainable embedder to learn from."""


def check_embedder(embedder: Embedder, tolerance: float = 1e-5) -> None:
    """Raises AssertionError with a sentence when an embedder breaks the contract."""
    space = embedder.space
    assert space == embedder.space, "an embedder's space changes between two looks at it"
    assert space.dim > 0 and space.embedder and space.revision, f"{space} does not say whose vectors it holds"
    for role in _ROLES:
        rows = _embedded(embedder, _TEXTS, role)
        alone = np.concatenate([_embedded(embedder, [text], role) for text in _TEXTS])
        _check_equal(rows, alone, tolerance, f"{role}: a text's row depends on what stands beside it in the batch")
        again = _embedded(embedder, _TEXTS[::-1], role)[::-1]
        _check_equal(rows, again, tolerance, f"{role}: rows do not follow the order of the texts")
    if isinstance(embedder, TokenCounter):
        _check_counts(embedder)


def check_trainable(trainable: Trainable, corpus: Sequence[str] = TRAINING_TEXTS) -> None:
    """The same for an embedder that learns from the vault; trains it three times."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / part for part in ("first", "again", "other", "empty")]
        for folder in folders:
            folder.mkdir()
        trained = trainable.train(iter(corpus), folders[0], lambda progress: None)
        check_embedder(trained)
        _check_loading(trainable, trained, folders[0], corpus)
        again = trainable.train(list(corpus), folders[1], lambda progress: None)
        _check_equal(
            _embedded(trained, corpus, "note"), _embedded(again, corpus, "note"), 1e-4, "training is by chance"
        )
        other = trainable.train(corpus[: len(corpus) // 2], folders[2], lambda progress: None)
        assert other.space.key != trained.space.key, "trained on other texts, it still claims the same space"
        try:
            trainable.train([], folders[3], lambda progress: None)
        except EmbedderError as error:
            assert str(error), "an empty corpus is refused without a word"
        else:
            raise AssertionError("it claims to have learned from no text at all")


def _check_loading(trainable: Trainable, trained: Embedder, folder: Path, corpus: Sequence[str]) -> None:
    loaded = trainable.load(folder)
    assert loaded.space == trained.space, "a trained model is in another space once it is loaded"
    _check_equal(_embedded(trained, corpus, "note"), _embedded(loaded, corpus, "note"), 1e-6, "loading changes rows")


def _embedded(embedder: Embedder, texts: Sequence[str], role: Role) -> Rows:
    """Rows of unit length where the metric is cosine, looked at first."""
    rows: Rows = embedder.embed(list(texts), role)
    expected = (len(texts), embedder.space.dim)
    assert rows.shape == expected, f"{len(texts)} texts gave rows of shape {rows.shape}, not {expected}"
    assert rows.dtype == np.float32, f"rows are {rows.dtype}, not float32"
    assert np.isfinite(rows).all(), f"a row holds NaN or infinity ({role})"
    if embedder.space.metric != "cosine":
        return rows
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), dtype=np.float32)


def _check_equal(rows: Rows, others: Rows, tolerance: float, what: str) -> None:
    difference = float(np.abs(rows - others).max())
    assert difference <= tolerance, f"{what}: by {difference:.1e}"


def _check_counts(counter: TokenCounter) -> None:
    assert counter.max_tokens > 0, "an embedder that reads no token"
    counts = counter.count_tokens(list(_TEXTS))
    assert len(counts) == len(_TEXTS), f"{len(_TEXTS)} texts gave {len(counts)} counts"
    assert counts == [counter.count_tokens([text])[0] for text in _TEXTS], "a count depends on what stands beside it"
    assert counts[2] == 0, f"an empty text has {counts[2]} tokens"
    assert counts[4] > counts[0] > 0, "a long text has no more tokens than a short one"


def check_ranker(ranker: Ranker) -> None:
    """Raises AssertionError with a sentence when a ranker breaks the contract; ranks a few dozen odd hits."""
    for query in ("forgetting has a shape", "", "記憶", "\ud800 \x00 naïve 🙂", "why " * 2_000):
        for count in (0, 1, len(_TEXTS), 60):
            hits = [_hit(i, _TEXTS[i % len(_TEXTS)], 1 - i / 100) for i in range(count)]
            rows = _random_rows(count, "cosine") if count else np.empty((0, _DIM), dtype=np.float32)
            rows[1::7] = 0
            _check_ranked(ranker, query, hits, rows)
            _check_ranked(ranker, query, hits, None)
    alike = [_hit(i, _TEXTS[0], 0.5) for i in range(5)]
    _check_ranked(ranker, "forgetting", alike, None)


def _check_ranked(ranker: Ranker, query: str, hits: Sequence[Hit], rows: Rows | None) -> None:
    shown = f"asked {query[:20]!r} about {len(hits)} hits {'without' if rows is None else 'with'} rows"
    given = list(hits)
    before = None if rows is None else rows.copy()
    ordered = ranker.rank(query, given, rows)
    assert not (why := refusal(hits, ordered)), f"it {why}: {shown}"
    assert given == list(hits), f"it changed the list it was given: {shown}"
    assert before is None or rows is None or np.array_equal(before, rows), f"it changed the rows it was given: {shown}"
    assert ranker.rank(query, given, rows) == ordered, f"equal input gave another order: {shown}"


def _hit(number: int, text: str, score: float) -> Hit:
    chunk = Chunk(text, ("A heading",), 1, 1, text.strip())
    path = f"note-{number}.md"
    passage = Passage(PassageId(number + 1), NoteId(number + 1), path, f"Note {number}", chunk)
    return Hit(passage, score, (Signal("keyword", number + 1, score),))


def check_generator(generator: Generator) -> None:
    """Raises AssertionError with a sentence when a generator breaks the contract; asks it a few odd questions."""
    for question in ("Why is forgetting steep?", "", "記憶", "\ud800 \x00 naïve 🙂", "why " * 2_000):
        for count in (1, len(_TEXTS)):
            evidence = tuple(Evidence(i + 1, f"Note {i}", ("A heading",), _TEXTS[i], 1 - i / 10) for i in range(count))
            pieces = list(generator.generate(Prompt(question, evidence, (Turn("And before?", "Nothing. [1]"),))))
            assert all(isinstance(piece, str) for piece in pieces), (
                f"it answered {question[:20]!r} with what is no text"
            )
