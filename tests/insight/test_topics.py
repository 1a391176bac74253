"""Topics keep their identity while notes come and go."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from vecna_plugins.clusterers.kmeans import KMeans

from tests.fakes import HashEmbedder
from tests.search.conftest import embed_missing, save
from vecna_notes.errors import ConfigError, NotIndexed
from vecna_notes.insight import remembering
from vecna_notes.insight.topics import Topics, rename_topic, topic_log, topics
from vecna_notes.interfaces import Labels
from vecna_notes.store import Store
from vecna_notes.surveying import CheckedClusterer
from vecna_notes.types import Progress, Rows

Grow = Callable[..., Topics]


class Vault:
    """Notes about made-up subjects, each with words of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.embedder = HashEmbedder(dim=96)
        self.heard: list[Progress] = []

    def write(self, subject: str, count: int, seed: int = 0) -> None:
        rng = random.Random(f"{subject}{seed}")
        words = [f"{subject}{ending}" for ending in ("ing", "ation", "ology", "ist", "ful", "ness")]
        notes = {
            f"{subject}/{seed}-{i}.md": " ".join([subject, *rng.choices(words, k=14), *rng.choices(COMMON, k=4)])
            for i in range(count)
        }
        with self.store.transaction():
            save(self.store, notes)
        embed_missing(self.store, self.embedder)

    def topics(self, refresh: bool = False, clusterer: object = None, keep: bool = True) -> Topics:
        make = lambda: CheckedClusterer("kmeans", clusterer or KMeans({}))  # type: ignore[arg-type]  # noqa: E731
        return topics(self.store, "kmeans", make, self.heard.append, refresh, keep)


COMMON = [f"common{i}" for i in range(30)]
SUBJECTS = [f"{a}{b}" for a in ("bra", "kil", "lom", "mun", "tes", "vor") for b in ("do", "fe", "ri", "ta", "zu")]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Store.open_writer(tmp_path) as store:
        yield Vault(store)


@pytest.fixture
def large(vault: Vault) -> Vault:
    """360 notes about 30 subjects: enough for two levels."""
    for subject in SUBJECTS:
        vault.write(subject, 12)
    return vault


def share_kept(before: Topics, after: Topics) -> float:
    """Share of the ids of before that still stand for most of the notes they stood for."""
    now = {topic.id: set(topic.notes) for topic in after.topics}
    kept = [len(now.get(topic.id, set()) & set(topic.notes)) > len(topic.notes) / 2 for topic in before.topics]
    return sum(kept) / len(kept)


def a_twentieth_more(vault: Vault) -> None:
    for subject in SUBJECTS[:6]:
        vault.write(subject, 3, seed=1)


def test_a_twentieth_of_new_notes_leaves_nine_tenths_of_the_ids(large: Vault) -> None:
    before = large.topics()
    a_twentieth_more(large)
    assert share_kept(before, large.topics()) >= 0.9


def test_it_is_the_matching_that_keeps_them(large: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    before = large.topics()
    a_twentieth_more(large)
    monkeypatch.setattr(remembering, "matched", lambda old, new: {})
    assert share_kept(before, large.topics()) < 0.9


def test_they_stay_even_when_everything_is_looked_at_anew(large: Vault) -> None:
    before = large.topics()
    a_twentieth_more(large)
    after = large.topics(refresh=True)
    assert share_kept(before, after) >= 0.9
    names, slots = ({t.id: t.name for t in before.topics}, {t.id: t.slot for t in before.topics})
    kept = [topic for topic in after.topics if topic.id in names]
    assert sum(names[topic.id] == topic.name for topic in kept) >= 0.9 * len(kept)
    assert all(slots[topic.id] == topic.slot for topic in kept)


def test_two_levels_for_many_clusters(large: Vault) -> None:
    found = large.topics()
    assert 2 <= len(found.topics) <= 24
    assert sum(len(topic.parts) for topic in found.topics) > 24
    for topic in found.topics:
        for part in topic.parts:
            assert set(part.notes) <= set(topic.notes) and part.slot == topic.slot
    ids = [one.id for topic in found.topics for one in (topic, *topic.parts)]
    names = [one.name for topic in found.topics for one in topic.parts]
    assert len(set(ids)) == len(ids) and len(set(names)) == len(names) and all(names)


def test_one_level_for_few(vault: Vault) -> None:
    for subject in SUBJECTS[:4]:
        vault.write(subject, 10)
    found = vault.topics()
    assert [len(topic.notes) for topic in found.topics] == [10] * 4
    assert not any(topic.parts for topic in found.topics)
    assert {topic.notes[0].split("/")[0] for topic in found.topics} == set(SUBJECTS[:4])
    assert all(topic.name.startswith(topic.notes[0].split("/")[0]) for topic in found.topics)
    assert {topic.slot for topic in found.topics} == {0, 1, 2, 3}


def test_nothing_is_looked_for_while_nothing_changed(vault: Vault) -> None:
    vault.write("brado", 6)
    before = vault.topics()

    class Asked:
        def cluster(self, rows: Rows, seed: int) -> Labels:
            raise AssertionError("asked again")

    assert vault.topics(clusterer=Asked()) == before
    vault.write("brado", 1, seed=2)
    with pytest.raises(Exception, match="asked again"):
        vault.topics(clusterer=Asked())


def test_a_note_that_is_gone_is_in_no_topic(vault: Vault) -> None:
    vault.write("brado", 6)
    vault.write("kilfe", 6)
    vault.topics()
    vault.store.notes.remove(["brado/0-0.md"])
    assert "brado/0-0.md" not in {path for topic in vault.topics().topics for path in topic.notes}


def test_noise_stays_noise(vault: Vault) -> None:
    class Lonely:
        """The first three are together, the fourth and fifth, too; the others are noise."""

        def cluster(self, rows: Rows, seed: int) -> Labels:
            return np.array([0, 0, 0, 1, 1] + [-1] * (len(rows) - 5))

    vault.write("brado", 8)
    found = vault.topics(clusterer=Lonely())
    assert [len(topic.notes) for topic in found.topics] == [3]
    assert len(found.noise) == 5


def test_a_name_of_the_users_stays(vault: Vault) -> None:
    for subject in SUBJECTS[:3]:
        vault.write(subject, 8)
    topic = vault.topics().topics[0]
    rename_topic(vault.store, topic.id, "My own\n name")
    assert vault.topics().topic(topic.id).name == "My own name"
    vault.write(SUBJECTS[3], 8)
    assert vault.topics(refresh=True).topic(topic.id).name == "My own name"
    rename_topic(vault.store, topic.id, "")
    assert vault.topics().topic(topic.id).name == topic.name
    assert [one.event for one in topic_log(vault.store, 50)].count("renamed") == 2
    with pytest.raises(ConfigError, match="no topic 999"):
        rename_topic(vault.store, 999, "x")


def test_the_log_tells_what_became_of_topics_and_who_comes_back_is_known(vault: Vault) -> None:
    for subject in SUBJECTS[:4]:
        vault.write(subject, 8)
    before = {topic.notes[0].split("/")[0]: topic for topic in vault.topics().topics}
    gone = before[SUBJECTS[0]]
    rename_topic(vault.store, gone.id, "Beloved")
    vault.store.notes.remove(gone.notes)
    vault.topics(refresh=True)
    assert (topic_log(vault.store)[0].event, topic_log(vault.store)[0].topic) == ("faded", gone.id)
    vault.write(SUBJECTS[0], 8)
    back = next(t for t in vault.topics(refresh=True).topics if t.notes[0].startswith(SUBJECTS[0]))
    assert (back.id, back.name) == (gone.id, "Beloved")


def test_a_vault_that_has_grown_is_looked_at_anew_even_when_it_grew_by_little_at_a_time(vault: Vault) -> None:
    resumed: list[int] = []

    class Resuming(Halves):
        def resume(self, rows: Rows, seed: int, labels: Labels) -> Labels:
            resumed.append(len(rows))
            return self.cluster(rows, seed)

    vault.write("brado", 20)
    for seed in range(1, 7):
        vault.topics(clusterer=Resuming(2))
        vault.write("brado", 1, seed=seed)
    vault.topics(clusterer=Resuming(2))
    assert resumed == [21, 22, 23, 24, 25]


class Halves:
    """Everything in as many clusters as it is told."""

    def __init__(self, count: int) -> None:
        self.count = count

    def cluster(self, rows: Rows, seed: int) -> Labels:
        return np.arange(len(rows)) * self.count // len(rows)


def test_a_topic_falls_apart_and_grows_together(vault: Vault) -> None:
    vault.write("brado", 12)
    whole = vault.topics(clusterer=Halves(1)).topics[0]
    parts = vault.topics(clusterer=Halves(2), refresh=True).topics
    assert whole.id in [topic.id for topic in parts]
    assert sorted(topic.status for topic in parts) == ["kept", "split"]
    again = vault.topics(clusterer=Halves(1), refresh=True).topics[0]
    assert (again.id, again.status) == (whole.id, "merged")
    assert [one.event for one in topic_log(vault.store)] == ["merged", "split", "born"]


def test_a_look_with_another_clusterer_is_not_remembered(vault: Vault) -> None:
    vault.write("brado", 12)
    before = vault.topics(clusterer=Halves(1))
    looked = vault.topics(clusterer=Halves(4), refresh=True, keep=False)
    assert len(looked.topics) == 4
    assert vault.topics() == before


def test_of_two_processes_that_look_at_once_one_is_believed(vault: Vault) -> None:
    vault.write("brado", 12)

    class Meanwhile(Halves):
        def cluster(self, rows: Rows, seed: int) -> Labels:
            vault.topics(clusterer=Halves(1))
            return super().cluster(rows, seed)

    found = vault.topics(clusterer=Meanwhile(3))
    assert len(found.topics) == 1
    assert vault.topics() == found


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_notes(vault: Vault, count: int) -> None:
    if count:
        vault.write("brado", count)
        found = vault.topics()
        assert sum(len(topic.notes) for topic in found.topics) + len(found.noise) == count
    else:
        with pytest.raises(NotIndexed):
            vault.topics()


def test_the_middle_of_a_topic_comes_first(vault: Vault) -> None:
    vault.write("brado", 8)
    with vault.store.transaction():
        save(vault.store, {"brado/odd.md": "brado " + " ".join(COMMON)})
    embed_missing(vault.store, vault.embedder)
    found: Sequence[str] = vault.topics(clusterer=Halves(1)).topics[0].notes
    assert found[-1] == "brado/odd.md"
