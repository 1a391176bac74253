from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import HashEmbedder
from vecna_notes.embedding import embed
from vecna_notes.errors import EmbedderError, SpaceMismatch
from vecna_notes.types import Role, Rows, Space, Vectors, similarity


@dataclass
class Hostile:
    """Returns whatever it was told to."""

    answer: Callable[[int], object]
    space = Space("hostile", "m", "1", 4, "cosine", "r")

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        return self.answer(len(texts))  # type: ignore[return-value]


def _raise(_: int) -> object:
    raise ZeroDivisionError("inside the plugin")


@pytest.mark.parametrize(
    "answer",
    [
        lambda n: np.full((n, 4), np.nan, np.float32),
        lambda n: np.full((n, 4), np.inf, np.float32),
        lambda n: np.zeros((n, 5), np.float32),
        lambda n: np.zeros((n + 1, 4), np.float32),
        lambda n: np.zeros((n, 4), int),
        lambda n: [["a"] * 4] * n,
        lambda n: None,
        _raise,
    ],
)
def test_rows_that_cannot_be_vectors_are_refused_by_name(answer: Callable[[int], object]) -> None:
    with pytest.raises(EmbedderError, match="hostile"):
        embed(Hostile(answer), ["one", "two"], "note")


@given(st.lists(st.text(max_size=80), min_size=1, max_size=30))
def test_rows_come_in_the_order_of_their_texts_whatever_the_batches(texts: list[str]) -> None:
    whole = embed(HashEmbedder(), texts, "note").rows
    for text, row in zip(texts, whole, strict=True):
        np.testing.assert_allclose(embed(HashEmbedder(), [text], "note").rows[0], row, atol=1e-6)
        length = np.linalg.norm(row)
        assert length == pytest.approx(1, abs=1e-5) or length == 0


def test_two_spaces_never_meet() -> None:
    one, other = HashEmbedder(name="one"), HashEmbedder(name="other")
    with pytest.raises(SpaceMismatch, match="embed both with one embedder"):
        embed(one, ["a"], "note").against(embed(other, ["a"], "note"))


def test_vectors_check_what_they_are() -> None:
    space = HashEmbedder().space
    for rows in (np.zeros((2, 3), np.float32), np.zeros((2, 64)), np.full((1, 64), np.nan, np.float32)):
        with pytest.raises(SpaceMismatch):
            Vectors(space, rows)


def test_any_change_of_what_shapes_a_row_is_another_space() -> None:
    base = Space("e", "m", "1", 4, "cosine", "r")
    others = [
        Space("f", "m", "1", 4, "cosine", "r"),
        Space("e", "n", "1", 4, "cosine", "r"),
        Space("e", "m", "2", 4, "cosine", "r"),
        Space("e", "m", "1", 5, "cosine", "r"),
        Space("e", "m", "1", 4, "dot", "r"),
        Space("e", "m", "1", 4, "cosine", "s"),
    ]
    assert len({space.key for space in [base, *others]}) == 7


def test_euclidean_similarity_falls_with_distance() -> None:
    origin, near, far = np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32), np.full((1, 2), 9, np.float32)
    scores = similarity(origin, np.vstack([origin, near, far]), "euclidean")[0]
    assert scores[0] == 1
    assert scores[0] > scores[1] > scores[2] > 0
