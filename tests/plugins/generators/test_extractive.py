"""The answer without a model is made of the notes' own sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from vecna_plugins.generators.extractive import Extractive

from vecna_notes.errors import ConfigError
from vecna_notes.interfaces import Evidence, Prompt

STEAM = Evidence(
    1,
    "Steam engine",
    (),
    "The boiler makes steam. Watt added a separate condenser in 1765, which saved much fuel.\n\n- it drove mills\n",
    0.9,
)
BREAD = Evidence(2, "Rye bread", (), "Bake it for 50 minutes. Rye flour drinks more water than wheat.", 0.4)


def answer(question: str, *evidence: Evidence, **options: object) -> str:
    return "".join(Extractive(options).generate(Prompt(question, evidence)))


def test_the_sentence_that_answers_comes_first_quoted_and_cited() -> None:
    said = answer("When did Watt add the separate condenser?", STEAM, BREAD)
    assert said.startswith("“Watt added a separate condenser in 1765, which saved much fuel.” [1]")


def test_every_sentence_stands_in_the_evidence() -> None:
    said = answer("How long do I bake rye bread?", STEAM, BREAD, drop=0.0)
    quotes = [part.strip("“ ") for part in said.split("”")[:-1]]
    quotes = [quote.split("“")[-1] for quote in quotes]
    assert quotes and all(quote in " ".join((STEAM.text + BREAD.text).split()) for quote in quotes)
    assert said.startswith("“Bake it for 50 minutes.” [2]")


def test_likeness_decides_where_words_do_not() -> None:
    def likeness(texts: Sequence[str]) -> list[float]:
        return [1.0 if "drinks" in text else 0.0 for text in texts]

    prompt = Prompt("Which grain is thirsty?", (STEAM, BREAD), likeness=likeness)
    assert "".join(Extractive({}).generate(prompt)).startswith("“Rye flour drinks more water")


def test_no_more_sentences_than_wanted_and_none_twice() -> None:
    said = answer("water", BREAD, Evidence(3, "Copy", (), BREAD.text, 0.4), drop=0.0, sentences=2)
    assert said.count("“") == 2 and said.count("Rye flour drinks") == 1


def test_odd_evidence_gives_no_answer_and_no_error() -> None:
    assert answer("anything", Evidence(1, "", (), "", 0.0), Evidence(2, "x", (), "# Only a heading\n", 0.0)) == ""


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ConfigError, match=r"generators\.extractive\.sentences"):
        Extractive({"sentences": 0})
