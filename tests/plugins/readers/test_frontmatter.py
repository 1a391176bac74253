from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vecna_plugins.readers.frontmatter import front_matter

from vecna_notes.types import Property

READ: list[tuple[str, dict[str, Property]]] = [
    ("title: RDF\n", {"title": "RDF"}),
    ("date: 2022-06-09\n", {"date": "2022-06-09"}),
    ("date: 2024-02-30\ntime: 12:30:00\n", {"date": "2024-02-30", "time": "12:30:00"}),
    ("n: 3\nf: 1.5\ne: 1e3\n", {"n": 3, "f": 1.5, "e": 1000.0}),
    ("phone: 0123\nbig: " + "9" * 5000 + "\n", {"phone": "0123", "big": "9" * 5000}),
    ("a: true\nb: no\nc: ~\nd:\n", {"a": True, "b": "no", "c": None, "d": None}),
    ("q: 'true'\n", {"q": "true"}),
    ("x: .nan\ny: 1e999\n", {"x": ".nan", "y": "1e999"}),
    ("1: one\n2.5: two\ntrue: three\n", {"1": "one", "2.5": "two", "true": "three"}),
    ("tags: [a, b]\n", {"tags": ("a", "b")}),
    ("tags:\n  - a\n  - b/c\n", {"tags": ("a", "b/c")}),
    ("tags:\n  - #x\n  - #y z\n", {"tags": ("#x", "#y z")}),
    ("tags: #x, #y\n", {"tags": "#x, #y"}),
    ("a:\n  b:\n    c: 1\n", {"a.b.c": 1}),
    ("people:\n  - name: Ann\n    age: 4\n", {"people": (("name: Ann", "age: 4"),)}),
    ("up: '[[Home]]'\n", {"up": "[[Home]]"}),
    ("text: |\n  one\n  two\n", {"text": "one\ntwo\n"}),
    ("# a comment\ntitle: x # another\n", {"title": "x"}),
    ("a: 1\na: 2\n", {"a": 2}),
    ("", {}),
]


@pytest.mark.parametrize(("inner", "properties"), READ, ids=range(len(READ)))
@pytest.mark.parametrize("closing", ["---", "...", "---  "])
def test_properties_mean_what_they_say(inner: str, properties: dict[str, Property], closing: str) -> None:
    found = front_matter(f"---\n{inner}{closing}\nbody\n")
    assert dict(found.properties) == properties
    assert found.problems == ()
    assert f"---\n{inner}{closing}\nbody\n"[found.end :] == "body\n"


NONE = ["body\n", "", "----\na: 1\n----\n", "\n---\na: 1\n---\n", "---x\na: 1\n---\n", "text\n---\na: 1\n---\n"]


@pytest.mark.parametrize("text", NONE)
def test_only_three_dashes_in_line_one_open_it(text: str) -> None:
    found = front_matter(text)
    assert (found.end, dict(found.properties), found.problems) == (0, {}, ())


def test_prose_between_two_rules_is_prose() -> None:
    assert front_matter("---\n\nOnce upon a time.\n\n---\nmore\n").end == 0


def test_what_is_never_closed_is_body_and_named() -> None:
    found = front_matter("---\ntitle: x\n\nbody\n")
    assert found.end == 0
    assert found.problems == ("front matter: line 1 opens it, but nothing closes it",)


MENDED = [
    ("title: a: b\ntags: [x]\n", "title", "a: b", "line 2"),
    ("ok: 1\ntitle: @home\n", "title", "@home", "line 3"),
    ("title: x\n\tbad: tab\n", "title", "x", "line 3"),
]


@pytest.mark.parametrize(("inner", "key", "value", "where"), MENDED)
def test_a_common_slip_is_mended_and_named(inner: str, key: str, value: str, where: str) -> None:
    found = front_matter(f"---\n{inner}---\nbody\n")
    assert where in found.problems[0]
    assert found.properties.get(key) == value or not found.properties


HOSTILE = {
    "bomb": "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
    "merge": "a: &a {x: 1}\nb:\n  <<: *a\n",
    "brackets": "a: " + "[" * 20_000 + "\n",
    "deep": "a: " + "[" * 30 + "]" * 30 + "\n",
    "unclosed quote": 'a: "never\n',
    "control": "a: \x1b[31m\n",
    "huge": "k: v\n" * 1_000_000,
    "keys": "".join(f"k{i}: v\n" for i in range(8_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_front_matter_is_refused_in_time_and_the_body_kept(name: str) -> None:
    text = f"---\n{HOSTILE[name]}---\nbody\n"
    started = time.perf_counter()
    found = front_matter(text)
    assert time.perf_counter() - started < 1
    assert text[found.end :] == "body\n"
    assert found.problems and found.problems[0].startswith("front matter: ")


def test_a_tag_runs_nothing_and_is_a_text() -> None:
    found = front_matter("---\na: !!python/object/apply:os.system ['false']\n---\n")
    assert dict(found.properties) == {"a": ("false",)}


@given(st.text(alphabet=st.sampled_from("ab:-#[]{}&*!|>'\"%@`,? \t\n1.~\u2028\u0085é"), max_size=120))
def test_any_text_is_front_matter_or_body(inner: str) -> None:
    text = f"---\n{inner}\n---\nbody"
    found = front_matter(text)
    assert found.end == 0 or text[: found.end].rstrip("\n").endswith(("---", "..."))
    assert all(isinstance(key, str) for key in found.properties)
