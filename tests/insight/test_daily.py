"""Three hundred days of one template: what a day was about is found, not the other days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.vaults import WORDS
from vecna_notes.config import Folders, load
from vecna_notes.vault import Vault

DAYS = 300
TOPICS = 30
FIRST = date(2023, 3, 1)
TEMPLATE = """# {day}

<< [[{before}]] | [[{after}]] >>

## Morning pages
What would make today a great day?

- [ ] water
- [ ] stretching
- [ ] ten minutes of tidying

## What happened

{log}

## Evening review

Three good things that happened today, and what I would do differently tomorrow.
Tags for the day: #journal/daily
"""


def quiet(_: object) -> None:
    pass


def about(rng: random.Random, topic: int, words: int) -> str:
    own = [f"{WORDS[topic]}{ending}" for ending in ("ine", "olo", "ark", "est", "umi")] + [WORDS[topic]]
    return " ".join(rng.choice(own) if rng.random() < 0.6 else rng.choice(WORDS) for _ in range(words)).capitalize()


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder, rng = tmp_path_factory.mktemp("daily"), random.Random(7)
    root = folder / "vault"
    (root / "journal").mkdir(parents=True)
    for i in range(DAYS):
        day = FIRST + timedelta(days=i)
        text = TEMPLATE.format(
            day=day.strftime("%A, %B %d, %Y"),
            before=day - timedelta(days=1),
            after=day + timedelta(days=1),
            log=f"{about(rng, i % TOPICS, 14)}.",
        )
        (root / "journal" / f"{day}.md").write_text(text)
    for topic in range(TOPICS):
        for part in range(4):
            text = f"# Thought {topic} {part}\n\n{about(rng, topic, 30)}.\n\n{about(rng, topic, 30)}.\n"
            (root / f"{topic}-{part}.md").write_text(text)
    folders = Folders(folder / "config.toml", folder / "data")
    configuration = load(folders, root, {"index.embedder": "lsa"})
    with Vault.open(root, folders, configuration, write=True) as vault:
        index(vault)
        yield vault


def index(vault: Vault) -> None:
    vault.sync(quiet)
    sum(vault.ladder(quiet).climb())
    vault.settle(quiet, 0)


def found(vault: Vault) -> tuple[float, float]:
    """Of the first ten notes near to a day: the part that are days of other topics, and how often one is a thought."""
    strange, hits = 0, 0
    asked = sorted(path for path in vault.store.notes.paths() if path.startswith("journal/"))[::17]
    for path in asked:
        near = [note.path for note in vault.related(path, limit=10)]
        strange += sum(one.startswith("journal/") and topic(one) != topic(path) for one in near)
        hits += any(one.startswith(f"{topic(path)}-") for one in near)
    return strange / (10 * len(asked)), hits / len(asked)


def topic(path: str) -> int:
    return (date.fromisoformat(path[8:18]) - FIRST).days % TOPICS


def test_related_notes_of_a_day_are_not_just_other_days(vault: Vault) -> None:
    lines, decided = vault.boilerplate()
    said = {line.text for line in lines if line.notes == DAYS}
    assert {"Morning pages", "stretching", "Evening review", "What would make today a great day?"} <= said
    strange, hits = found(vault)
    assert strange <= 0.1 and hits >= 0.95

    vault.decide_boilerplate(replace(decided, is_off=True))
    vault.forget()
    index(vault)
    strange_before, hits_before = found(vault)
    assert strange_before >= 3 * strange and hits_before <= 0.8
