"""The map on a terminal, as pure functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vecna_notes.insight.braille import (
    BLANK,
    Caption,
    View,
    braille,
    cell_of,
    cells_of,
    labels_of,
    nearest,
    place_of,
    within,
    written,
)

COORDINATES = st.floats(-1.5, 1.5, width=32)
POINTS = st.lists(st.tuples(COORDINATES, COORDINATES, st.integers(-1, 31)), max_size=60)
SIZES = st.tuples(st.integers(1, 60), st.integers(1, 30))
VIEWS = st.builds(View, COORDINATES, COORDINATES, st.floats(0.05, 3), st.floats(1, 2))
LABELS = st.lists(
    st.builds(Caption, st.text("abc 記憶é", max_size=12), COORDINATES, COORDINATES, st.floats(0, 100)), max_size=30
)


def made(points: list[tuple[float, float, int]]) -> tuple[np.ndarray, np.ndarray]:
    plane = np.array([point[:2] for point in points], dtype=np.float32).reshape(-1, 2)
    return plane, np.array([point[2] for point in points], dtype=np.int64)


def test_many_notes_are_dots_of_braille() -> None:
    plane, slots = made([(0.0, 0.0, 3)] * 200 + [(9.0, 9.0, 0)] * 5)
    cells = braille(plane, slots, View(), 11, 5)
    marks = {character for line in cells.lines() for character in line} - {" "}
    assert len(marks) == 1 and "\u2801" <= marks.pop() <= "\u28ff"
    assert (cells.slots[2, 5], (cells.slots >= 0).sum()) == (3, 1)


def test_up_is_up_and_right_is_right() -> None:
    for x, y, where in ((-0.97, 0.97, (0, 0)), (0.97, 0.97, (0, -1)), (-0.97, -0.97, (-1, 0)), (0.97, -0.97, (-1, -1))):
        cells = braille(*made([(x, y, 1)]), View(), 20, 10)  # type: ignore[arg-type]
        assert cells.slots[where] == 1


def test_few_notes_are_shapes_that_tell_topics_apart_without_colour() -> None:
    points = [(-0.8, 0.0, 0), (-0.3, 0.0, 8), (0.2, 0.0, 16), (0.7, 0.0, 24), (0.0, 0.8, -1)]
    assert "".join("".join(braille(*made(points), View(), 40, 20).lines()).split()) == "·●▲■◆"  # type: ignore[arg-type]
    plain = "".join("".join(braille(*made(points), View(), 40, 20, is_ascii=True).lines()).split())  # type: ignore[arg-type]
    assert plain == ".o^#+" and plain.isascii()


def test_a_cell_belongs_to_the_topic_that_most_of_its_notes_are_of() -> None:
    points = [(0.0, 0.0, 2)] * 3 + [(0.0, 0.0, 1)] * 4 + [(0.0, 0.0, -1)] * 2
    assert braille(*made(points), View(), 3, 2).slots.max() == 1  # type: ignore[arg-type]


@given(POINTS, VIEWS, SIZES)
def test_every_note_in_the_window_is_seen_and_none_outside(
    points: list[tuple[float, float, int]], view: View, size: tuple[int, int]
) -> None:
    width, height = size
    plane, slots = made(points)
    cells = braille(plane, slots, view, width, height)
    assert cells.characters.shape == cells.slots.shape == (height, width)
    seen = {cell_of(x, y, view, width, height) for x, y in plane.astype(float).tolist()}
    inside = {(column, row) for column, row in seen if 0 <= column < width and 0 <= row < height}
    drawn = {(int(column), int(row)) for row, column in np.argwhere(cells.characters != BLANK)}
    assert drawn == inside
    cells = cells_of(plane, view, width, height)
    assert {(int(cell) % width, int(cell) // width) for cell in cells if cell >= 0} == inside


@given(LABELS, VIEWS, SIZES)
def test_labels_never_overlap_and_never_stick_out(labels: list[Caption], view: View, size: tuple[int, int]) -> None:
    width, height = size
    taken: set[tuple[int, int]] = set()
    for one in written(labels, view, width, height):
        assert one.width == cell_len(one.text)
        cells = {(one.row, column) for column in range(one.column, one.column + one.width)}
        assert not cells & taken
        assert 0 <= one.row < height and one.column >= 0 and one.column + one.width <= width
        taken |= cells | {(one.row, one.column + one.width)}  # a gap between two in one line


def test_the_heaviest_label_wins_the_room() -> None:
    labels = [Caption("light", 0, 0, 1), Caption("heavy", 0, 0, 9)]
    assert [one.text for one in written(labels, View(), 5, 1)] == ["heavy"]
    assert {one.text for one in written(labels, View(), 30, 9)} == {"light", "heavy"}


def test_a_label_stands_amid_its_topic() -> None:
    plane, _ = made([(0.4, 0.5, 0), (0.5, 0.5, 0), (0.6, 0.5, 0), (-1.0, -1.0, 0)])
    labels = labels_of(plane, np.array([7, 7, 7, 0]), [(7, "seven", 2), (8, "nobody's", 0)])
    assert [(one.text, one.weight, one.slot) for one in labels] == [("seven", 3.0, 2)]
    assert (labels[0].x, labels[0].y) == pytest.approx((0.5, 0.5))


@given(VIEWS, SIZES, st.integers(0, 59), st.integers(0, 29))
def test_a_cell_and_its_place_are_one(view: View, size: tuple[int, int], column: int, row: int) -> None:
    width, height = size
    x, y = place_of(column, row, view, width, height)
    back = cell_of(x, y, view, width, height)
    assert back == (column, row)


def test_the_note_under_the_pointer() -> None:
    plane, _ = made([(0.0, 0.0, 0), (0.5, 0.5, 0)])
    column, row = cell_of(0.5, 0.5, View(), 40, 20)
    assert nearest(plane, column, row, View(), 40, 20) == 1
    assert nearest(plane, 0, 0, View(), 40, 20) is None
    assert nearest(plane[:0], 0, 0, View(), 40, 20) is None


def test_a_lasso_takes_what_lies_in_it_whichever_way_it_is_drawn() -> None:
    plane, _ = made([(0.0, 0.0, 0), (0.5, 0.5, 0), (0.9, -0.9, 0)])
    for corner, other in (((-0.1, -0.1), (0.6, 0.6)), ((0.6, -0.1), (-0.1, 0.6))):
        assert within(plane, corner, other).tolist() == [0, 1]


@given(st.lists(st.tuples(COORDINATES, COORDINATES, st.just(0)), min_size=1, max_size=40), SIZES)
def test_a_fitted_view_shows_every_note(points: list[tuple[float, float, int]], size: tuple[int, int]) -> None:
    width, height = size
    plane, _slots = made(points)
    for stretch in (1.0, 2.0):
        view = View.fitted(plane, width, height, stretch)
        cells = [cell_of(x, y, view, width, height) for x, y in plane.astype(float).tolist()]
        assert all(0 <= column < width and 0 <= row < height for column, row in cells)


def test_zoom_and_pan() -> None:
    view = View().zoomed(2)
    assert view.reach == 0.5 and view.moved(1, 0).x == 0.5 and view.moved(0, -1).y == -0.5
    assert View(reach=1e-9).zoomed(1e9).reach > 0 and View().zoomed(1e-9).reach < 100


def test_no_notes_make_an_empty_window() -> None:
    cells = braille(np.empty((0, 2), dtype=np.float32), np.empty(0, dtype=np.int64), View(), 8, 3)
    assert cells.lines() == [" " * 8] * 3
    assert View.fitted(np.empty((0, 2), dtype=np.float32), 8, 3) == View()
