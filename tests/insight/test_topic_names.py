"""Names of topics say what sets them apart."""

from __future__ import annotations

from vecna_notes.insight.naming_topics import Said, distinctive, name_of, said

SUBJECTS = {
    "bread": "levain dough flour oven crust",
    "ferry": "harbour sail deck captain anchor",
    "guitar": "chord string fret pick tune",
    "tomato": "greenhouse blight seedling trellis soil",
    "budget": "rent savings pension account debt",
    "sleep": "dream pillow insomnia nap night",
    "python": "typing packaging pytest module wheel",
    "kant": "reason duty noumenon critique maxim",
}


def groups(filler: str) -> list[list[Said]]:
    return [
        [said(f"On {name}", f"{filler} {name} {words} {filler} number {i}") for i in range(4)]
        for name, words in SUBJECTS.items()
    ]


def test_names_are_made_of_what_stands_in_one_topic_only() -> None:
    for found, (name, words) in zip(distinctive(groups("the and of")), SUBJECTS.items(), strict=True):
        assert set(" ".join(found).split()) <= {name, *words.split()}


def test_stop_words_of_any_language_go_because_they_stand_everywhere() -> None:
    for found in distinctive(groups("und der nicht auch eine")):
        assert not {"und", "der", "nicht", "auch", "eine"} & set(" ".join(found).split())


def test_a_title_counts_more_than_the_text() -> None:
    plain = [[said("", f"{w} zither zither") for _ in range(3)] for w in ("one", "two")]
    titled = [[said("Alto", "zither zither") for _ in range(3)], *plain]
    assert distinctive(titled)[0][0] == "alto"


def test_two_words_that_stand_together_are_one_term() -> None:
    pairs = [[said("", "spaced repetition works. We like spaced repetition.")] * 3, [said("", "bread rises")] * 3]
    assert distinctive(pairs)[0][0] == "spaced repetition"


def test_formulas_addresses_and_figures_name_nothing() -> None:
    text = r"$\frac{x_i}{2}$ and \textrm{lattice} at https://example.com/page 1984 x_i lattice"
    found = distinctive([[said("", text)] * 3, [said("", "bread rises")] * 3])[0]
    assert set(" ".join(found).split()) == {"lattice"}


def test_scripts_without_spaces_are_cut() -> None:
    found = distinctive([[said("記憶の宮殿", "記憶の宮殿は場所を使う")] * 3, [said("", "bread")] * 3])[0]
    assert found and all(len(term) <= 5 for term in found)


def test_names_differ() -> None:
    taken: set[str] = set()
    for _ in range(6):
        name = name_of(("bread", "oven", "dough"), taken)
        assert name not in taken
        taken.add(name)
    assert name_of((), set())


def test_a_part_does_not_say_again_what_its_topic_is_called() -> None:
    assert name_of(("memory", "sleep", "dream"), set(), without=("memory", "learning")) == "sleep & dream"
    assert name_of(("memory",), set(), without=("memory",)) == "memory"


def test_no_notes_have_no_terms() -> None:
    assert distinctive([]) == []
    assert distinctive([[said("", "")]]) == [()]
