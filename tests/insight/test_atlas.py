"""The map stays as it is; new notes find their place on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from vecna_plugins.projectors.pca import Pca

from tests.insight.test_topics import SUBJECTS, Vault
from vecna_notes.insight.atlas import Map, atlas, beside_neighbours, kept_atlas
from vecna_notes.interfaces import Plane
from vecna_notes.store import Store
from vecna_notes.surveying import CheckedProjector
from vecna_notes.types import Rows


class Counted:
    """Draws as PCA does and cannot place; counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def project(self, rows: Rows) -> Plane:
        self.times += 1
        return Pca({}).project(rows)


class Drawer:
    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.projector = Counted()

    def draw(self, redraw: bool = False, projector: object = None) -> Map:
        make = lambda: CheckedProjector("pca", projector or self.projector)  # type: ignore[arg-type]  # noqa: E731
        return atlas(self.vault.store, self.vault.topics(), "pca", make, self.vault.heard.append, redraw)

    @property
    def file(self) -> Path:
        return next(self.vault.store.folder.glob("map-*.npz"))


@pytest.fixture
def drawer(tmp_path: Path) -> Iterator[Drawer]:
    with Store.open_writer(tmp_path) as store:
        vault = Vault(store)
        for subject in SUBJECTS[:4]:
            vault.write(subject, 8)
        yield Drawer(vault)


def places(drawn: Map) -> dict[str, tuple[float, float]]:
    return {one.path: (one.x, one.y) for one in drawn.points}


def test_every_note_with_a_vector_is_a_point_in_the_colour_of_its_topic(drawer: Drawer) -> None:
    drawn = drawer.draw()
    of = drawn.topics.of()
    assert [one.path for one in drawn.points] == sorted(of)
    assert all((one.topic, one.slot) == (of[one.path].id, of[one.path].slot) for one in drawn.points)
    assert np.abs(drawn.plane).max() <= 1.5 and np.ptp(drawn.plane, axis=0).max() > 1


def test_it_is_drawn_once(drawer: Drawer) -> None:
    assert places(drawer.draw()) == places(drawer.draw())
    assert drawer.projector.times == 1
    drawer.draw(redraw=True)
    assert drawer.projector.times == 2


def test_new_notes_lie_beside_their_like_and_the_others_where_they_were(drawer: Drawer) -> None:
    before = places(drawer.draw())
    drawer.vault.write(SUBJECTS[1], 2, seed=5)
    after = places(drawer.draw())
    assert drawer.projector.times == 1
    assert {path: after[path] for path in before} == before
    middles = {
        subject: np.mean([place for path, place in before.items() if path.startswith(subject)], axis=0)
        for subject in SUBJECTS[:4]
    }
    for path in after.keys() - before.keys():
        nearest = min(middles, key=lambda subject: float(np.linalg.norm(middles[subject] - after[path])))
        assert nearest == SUBJECTS[1]


def test_a_projector_that_can_place_is_asked_to(drawer: Drawer) -> None:
    class Placing(Counted):
        def place(self, rows: Rows, plane: Plane, new_rows: Rows) -> Plane:
            assert len(rows) == len(plane) == 32
            return np.full((len(new_rows), 2), 0.25, dtype=np.float32)

    drawer.draw(projector=Placing())
    drawer.vault.write(SUBJECTS[0], 1, seed=5)
    assert places(drawer.draw(projector=Placing()))[f"{SUBJECTS[0]}/5-0.md"] == (0.25, 0.25)


def test_what_is_gone_is_gone_and_what_moved_lies_where_it_lay(drawer: Drawer) -> None:
    before = places(drawer.draw())
    store, old = drawer.vault.store, f"{SUBJECTS[0]}/0-0.md"
    note = store.notes.by_path(old)
    assert note is not None
    from dataclasses import replace

    store.notes.move(old, "elsewhere/moved.md", replace(note.note, path="elsewhere/moved.md"), note.stamp)
    store.notes.remove([f"{SUBJECTS[0]}/0-1.md"])
    after = places(drawer.draw())
    assert after["elsewhere/moved.md"] == before[old]
    assert len(after) == 31 and drawer.projector.times == 1


def test_a_vault_that_has_doubled_is_drawn_anew(drawer: Drawer) -> None:
    drawer.draw()
    for subject in SUBJECTS[4:10]:
        drawer.vault.write(subject, 8)
    drawer.draw()
    assert drawer.projector.times == 2


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04rubbish", b"\x00" * 100])
def test_a_damaged_map_is_drawn_again_and_a_deleted_one_comes_out_the_same(drawer: Drawer, damage: bytes) -> None:
    before = places(drawer.draw())
    drawer.file.write_bytes(damage)
    assert places(drawer.draw()) == before
    drawer.file.unlink()
    assert places(drawer.draw()) == before
    assert drawer.projector.times == 3
    assert drawer.file.stat().st_mode & 0o077 == 0


def test_one_note_has_a_place(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "small") as store:
        vault = Vault(store)
        vault.write("brado", 1)
        assert len(Drawer(vault).draw().points) == 1


def test_a_place_amid_neighbours_is_near_the_nearest() -> None:
    rows = np.eye(3, dtype=np.float32)
    plane = np.array([[0, 0], [1, 0], [0, 1]], dtype=np.float32)
    new = rows[:1] * 0.98 + rows[1:2] * 0.199
    assert np.linalg.norm(beside_neighbours(rows, plane, new)[0]) < 0.05


def test_what_is_kept_is_shown_without_drawing(drawer: Drawer) -> None:
    def kept() -> tuple[Map, bool] | None:
        return kept_atlas(drawer.vault.store, drawer.vault.topics(), "pca")

    assert kept() is None
    drawn = drawer.draw()
    assert kept() == (drawn, True)
    drawer.vault.write(SUBJECTS[0], 1, seed=5)
    shown, is_current = kept() or (drawn, True)
    assert not is_current and drawer.projector.times == 1
    assert places(shown) == places(drawn)
