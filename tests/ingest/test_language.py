from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.ingest.language import WAY, language_of, name_languages
from vecna_notes.store import Store
from vecna_notes.store.languages import language_code
from vecna_notes.text import digest
from vecna_notes.types import FileStamp, Note

NOTES = {
    "en": "We forget most of what we read within a day unless it is used.",
    "de": "Das meiste, was wir lesen, vergessen wir innerhalb eines Tages wieder.",
    "fr": "Nous oublions presque tout ce que nous lisons en une journée.",
    "es": "Olvidamos casi todo lo que leemos en un día si no lo usamos.",
    "it": "Dimentichiamo quasi tutto quello che leggiamo se non lo usiamo.",
    "pt": "Esquecemos quase tudo o que lemos num dia se não o usamos e não voltamos.",
    "nl": "We vergeten het meeste van wat we lezen binnen een dag.",
    "sv": "Vi glömmer det mesta som vi läser inom en dag om vi inte använder det.",
    "fi": "Unohdamme suurimman osan siitä, mitä luemme, päivän kuluessa.",
    "pl": "Zapominamy większość tego, co czytamy, w ciągu jednego dnia.",
    "tr": "Okuduğumuz şeylerin çoğunu bir gün içinde unuturuz.",
    "ru": "Мы забываем большую часть прочитанного в течение дня.",
    "uk": "Ми забуваємо більшу частину прочитаного протягом дня, її треба повторювати.",
    "ja": "読んだことの大半は一日で忘れてしまう。",
    "zh": "我们读过的大部分内容一天之内就会忘记。",
    "ko": "우리는 읽은 것의 대부분을 하루 안에 잊는다.",
    "el": "Ξεχνάμε τα περισσότερα από όσα διαβάζουμε.",
    "he": "אנחנו שוכחים את רוב מה שקראנו תוך יום",
    "ar": "ننسى معظم ما نقرؤه خلال يوم واحد",
}


@pytest.mark.parametrize("code", NOTES)
def test_a_sentence_tells_its_language(code: str) -> None:
    assert language_of(NOTES[code]) == code


@pytest.mark.parametrize("text", ["", "42", "TODO", "x = f(y)", "https://example.org/a/b", "🎉🎉", "Kubernetes Helm"])
def test_what_says_too_little_has_none(text: str) -> None:
    assert language_of(text) == ""


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    assert len(language_of(text)) in (0, 2)


@pytest.mark.parametrize(
    "name, code",
    [("de", "de"), ("de-AT", "de"), ("en_US", "en"), ("Deutsch", "de"), ("german", "de"), ("xx", "xx"), ("soon", "")],
)
def test_names_of_languages(name: str, code: str) -> None:
    assert language_code(name) == code


def put(store: Store, path: str, text: str, **more: object) -> None:
    stamp = FileStamp(1, 1, 1, 1)
    store.notes.save(Note(path, "T", text, digest(text), **more), [], stamp)  # type: ignore[arg-type]


def test_a_vault_knows_its_languages(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "v") as store:
        for code in ("en", "de", "ja"):
            put(store, f"{code}.md", NOTES[code])
        put(store, "says.md", f"---\nlang: nl\n---\n{NOTES['en']}", properties={"lang": "nl"}, body_line=4)
        put(store, "head.md", f"---\nnote: {NOTES['fr']}\n---\n{NOTES['en']}", body_line=4)
        put(store, "empty.md", "")
        name_languages(store)
        assert store.notes.languages() == {"en": 2, "de": 1, "ja": 1, "nl": 1}
        assert store.notes.without_language(10) == []


def test_only_what_changed_is_looked_at_anew(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "v") as store:
        put(store, "a.md", NOTES["en"])
        put(store, "b.md", NOTES["de"])
        name_languages(store)
        put(store, "a.md", NOTES["fr"])
        assert store.notes.without_language(10) == [store.notes.paths()["a.md"]]
        stored = store.notes.by_path("b.md")
        assert stored is not None
        store.notes.move("b.md", "c.md", replace(stored.note, path="c.md"), stored.stamp)
        assert store.notes.languages() == {"de": 1}
        name_languages(store)
        assert store.notes.languages() == {"de": 1, "fr": 1}


def test_another_way_to_recognise_looks_at_all(tmp_path: Path) -> None:
    with Store.open_writer(tmp_path / "v") as store:
        put(store, "a.md", NOTES["en"])
        name_languages(store)
        store.notes.set_languages([(store.notes.paths()["a.md"], "xx")])
        name_languages(store)
        assert store.notes.languages() == {"xx": 1}
        with store.transaction():
            store.meta.set(WAY, "some older way")
        name_languages(store)
        assert store.notes.languages() == {"en": 1}
