"""What there is to choose, and one query asked of Spaces that do not answer otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.train.test_worker import working
from tests.train.vaults import fill, opened
from tests.vaults import Home
from vecna_notes.errors import ConfigError
from vecna_notes.train.pairs import OFF
from vecna_notes.train.tuned import How, Tuned


def test_a_tuned_model_is_asked_before_it_has_vectors(root: Path, home: Home, tuned: Tuned) -> None:
    with opened(home, root) as vault:
        query = vault.store.notes.by_path("3-2.md").note.title  # type: ignore[union-attr]
        made = [one.path for one in vault.nearest_notes(tuned.name, query)]
        plain = [one.path for one in vault.nearest_notes("crc32", query)]
        assert made != plain and len(set(made)) == 10
        with pytest.raises(ConfigError, match="no space 'nonsense'"):
            vault.nearest_notes("nonsense", query)
    with opened(home, root, write=True) as vault:
        vault.go_live(tuned.name)
        fill(vault)
        assert [one.path for one in vault.nearest_notes(tuned.name, query)] == made
        known = {one.name: one for one in vault.embedders()}
        assert known["mapped"].state is not None and known["mapped"].state.is_active
        assert known["mapped"].options == {"model": "tuned-1"}
        assert known["wide"].state is not None and not known["wide"].state.is_active
        assert known["wide"].size > 72 * 512 * 4 - 1


def test_speed_is_told_only_where_it_was_measured(root: Path, home: Home) -> None:
    with opened(home, root, write=True) as vault:
        space = vault.store.vectors.spaces()[0][1]
        assert vault.models.speed(space) is None  # 72 notes tell nothing
        vault.models.timed(space, 400, 2.0)
        assert next(one.speed for one in vault.embedders() if one.name == "wide") == 200


def test_a_plan_counts_and_says_what_stands_against_it(root: Path, home: Home) -> None:
    with opened(home, root) as vault:
        plan = vault.plan_tuning(How())
        assert plan.why_not == "" and plan.seconds == 0.5 and set(OFF) <= set(plan.how.without)
        few = vault.plan_tuning(How(without=("title", "heading", "link")))
        assert "30 are needed" in few.why_not and few.seconds is None


def test_the_worker_chooses_and_removes_what_it_is_told(root: Path, home: Home, tuned: object) -> None:
    with working(home, root) as worker:
        worker.send("use " + json.dumps({"name": "mapped", "options": {"model": "tuned-1"}}))
        assert worker.until("live", name="tuned-1")["space"].startswith("mapped-")
        worker.send("remove tuned-1")
        assert "is in use" in worker.until("unused")["text"]
        worker.send("use " + json.dumps({"name": "wide"}))
        assert worker.until("live", name=None)["space"].startswith("wide-")
        worker.send("remove tuned-1")
        assert worker.until("notice")["text"] == "tuned-1 is removed"
        worker.send("use " + json.dumps({"name": "nonsense"}))
        assert "nonsense" in worker.until("unused")["text"]
    with opened(home, root) as vault:
        assert vault.tunings() == [] and vault.store.vectors.active() is not None
