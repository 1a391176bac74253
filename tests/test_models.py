"""What is said of the model that answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.models import language_notice

MODEL = "all-MiniLM-L6-v2"


def test_an_english_model_meets_other_languages() -> None:
    counts = {"en": 806, "fr": 24, "de": 190}
    assert language_notice(MODEL, ["en"], counts, 1_020) == (
        "214 of 1,020 notes are not English (de 190, fr 24); all-MiniLM-L6-v2 reads English: "
        "`vecna embedders use multilingual`"
    )


@pytest.mark.parametrize(
    ("reads", "counts", "notes"),
    [
        (["en"], {"en": 90, "de": 10}, 100),
        (["en"], {"en": 1, "de": 10}, 1_000),
        (["en", "de"], {"en": 50, "de": 50}, 100),
        ([], {"de": 100}, 100),
        (["en"], {}, 100),
        (["en"], {}, 0),
    ],
    ids=["a tenth", "of unknown language", "reads both", "reads many", "none known", "no notes"],
)
def test_what_needs_no_word(reads: list[str], counts: dict[str, int], notes: int) -> None:
    assert language_notice(MODEL, reads, counts, notes) == ""


@given(counts=st.dictionaries(st.sampled_from(["en", "de", "fr", "ja", "ru"]), st.integers(1, 999)))
def test_the_count_is_of_notes_it_does_not_read(counts: dict[str, int]) -> None:
    foreign, notes = sum(counts.values()) - counts.get("en", 0), sum(counts.values())
    notice = language_notice(MODEL, ["en"], counts, notes)
    assert notice.startswith(f"{foreign:,} of {notes:,} notes") == (foreign > 0.1 * notes)
