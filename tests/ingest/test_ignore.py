from __future__ import annotations

import json
import re
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vecna_notes import config
from vecna_notes.config import IndexSettings
from vecna_notes.ingest.ignore import Rules, _joined, _Patterns


def settings(**changes: object) -> IndexSettings:
    return msgspec.structs.replace(config.load(config.Folders.standard()).settings.index, **changes)


def why(root: Path, path: str, *, is_dir: bool = False, **changes: object) -> str | None:
    return Rules.load(root, settings(**changes)).why(path, is_dir)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


BUILT_IN = [
    (".git/x.md", 'built-in ".git"'),
    ("a/.obsidian/x.md", 'built-in ".obsidian"'),
    (".trash/x.md", 'built-in ".trash"'),
    (".smart-env/x.md", 'built-in ".smart-env"'),
    ("a/node_modules/b/x.md", 'built-in "node_modules"'),
    (".hidden/x.md", 'built-in ".*" (hidden)'),
    ("a/.x.md", 'built-in ".*" (hidden)'),
    ("a/x.sync-conflict-20240101-1.md", 'built-in "*.sync-conflict*"'),
    ("Drawing.excalidraw.md", 'built-in "*.excalidraw.md"'),
    ("logseq/bak/pages/x.md", 'built-in "logseq/bak"'),
    ("logseq/config.md", None),
    ("notes/git.md", None),
    ("x (conflicted copy).md", None),
]


@pytest.mark.parametrize(("path", "rule"), BUILT_IN)
def test_built_in_rules(tmp_path: Path, path: str, rule: str | None) -> None:
    assert why(tmp_path, path) == rule


def test_a_rule_names_its_file_and_line(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "# mine\n\n drafts.md\ndrafts/\n")
    write(tmp_path / "a/.vecnaignore", "*.log.md\r\n")
    assert why(tmp_path, "drafts/deep/x.md") == '.gitignore:4 "drafts/"'
    assert why(tmp_path, "drafts", is_dir=True) == '.gitignore:4 "drafts/"'
    assert why(tmp_path, "drafts.md") is None
    assert why(tmp_path, "a/b/x.log.md") == 'a/.vecnaignore:1 "*.log.md"'
    assert why(tmp_path, "x.log.md") is None


@pytest.mark.parametrize("name", [".gitignore", ".ignore", ".vecnaignore", ".obsidianignore"])
def test_every_ignore_file_is_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, "x.md\n")
    assert why(tmp_path, "x.md") == f'{name}:1 "x.md"'


def test_gitignore_can_be_switched_off(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "x.md\n")
    assert why(tmp_path, "x.md", gitignore=False) is None


def test_the_deepest_ignore_file_decides_within_its_layer(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "*.md\n!keep.md\n")
    write(tmp_path / "sub/.gitignore", "!*.md\n")
    assert why(tmp_path, "x.md") and why(tmp_path, "other/x.md")
    assert why(tmp_path, "keep.md") is None
    assert why(tmp_path, "sub/deep/x.md") is None


def test_nothing_below_an_ignored_folder_can_be_taken_back(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "drafts/\n!drafts/keep.md\n")
    assert why(tmp_path, "drafts/keep.md") == '.gitignore:1 "drafts/"'


def test_a_layer_takes_back_only_what_it_ignored_itself(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "x.md\n")
    write(tmp_path / ".vecnaignore", "!x.md\n!.hidden/\n")
    assert why(tmp_path, "x.md") == '.gitignore:1 "x.md"'
    assert why(tmp_path, ".hidden/x.md") is not None


def test_config_exclude_and_include(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "drafts/\n")
    assert why(tmp_path, "old/x.md", exclude=("old/**",)) == 'config exclude "old/**"'
    assert why(tmp_path, "drafts/x.md", include=("drafts/x.md",)) is None
    assert why(tmp_path, "drafts/y.md", include=("drafts/x.md",)) is not None
    assert why(tmp_path, ".hidden/deep/x.md", include=(".hidden/**",)) is None
    assert why(tmp_path, "x.md", include=("x.md",), exclude=("*.md",)) is None


@pytest.mark.parametrize(
    ("glob", "folder", "may"),
    [
        ("a/b/c.md", "a", True),
        ("a/b/c.md", "a/b", True),
        ("a/b/c.md", "z", False),
        ("a/**/c.md", "a/x/y", True),
        ("a/*.md", "b", False),
        ("*.md", "anything", True),
        ("**/x.md", "anything", True),
        ("ab/x.md", "a", False),
    ],
)
def test_where_an_include_may_lie(tmp_path: Path, glob: str, folder: str, may: bool) -> None:
    assert Rules.load(tmp_path, settings(include=(glob,))).may_hold_included(folder) == may


def test_obsidian_excluded_files(tmp_path: Path) -> None:
    write(tmp_path / ".obsidian/app.json", json.dumps({"userIgnoreFilters": ["Archive/", "/dr[ae]fts?/", "(", "/(/"]}))
    assert why(tmp_path, "archive/x.md") == '.obsidian/app.json "Archive/"'
    assert why(tmp_path, "a/Draft 1.md") == '.obsidian/app.json "/dr[ae]fts?/"'
    assert why(tmp_path, "Archived.md") is None


def test_a_filter_that_could_take_for_ever_is_left_out(tmp_path: Path) -> None:
    filters = ["/(a+)+$/", "/(a*)*b/", "/(.*a){20}/", "/([a-z]+)*$/"]
    write(tmp_path / ".obsidian/app.json", json.dumps({"userIgnoreFilters": filters}))
    started = time.perf_counter()
    assert why(tmp_path, "a" * 40 + "!.md") is None
    assert time.perf_counter() - started < 1


def test_template_folders(tmp_path: Path) -> None:
    write(tmp_path / ".obsidian/templates.json", '{"folder": "Meta/Templates"}')
    write(tmp_path / ".obsidian/plugins/templater-obsidian/data.json", '{"templates_folder": "tp/"}')
    assert why(tmp_path, "Meta/Templates/Daily.md") == 'template folder "Meta/Templates" (.obsidian/templates.json)'
    assert (why(tmp_path, "tp/x.md") or "").startswith('template folder "tp/"')
    assert why(tmp_path, "Meta/Templates more/x.md") is None
    assert why(tmp_path, "Meta/Templates/Daily.md", templates=True) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"userIgnoreFilters": 3}', '{"folder": "/"}', "[" * 100_000, "\x00"])
def test_broken_settings_ignore_nothing(tmp_path: Path, text: str) -> None:
    for name in ("app.json", "templates.json"):
        write(tmp_path / ".obsidian" / name, text)
    assert why(tmp_path, "x.md") is None


def test_odd_lines_of_an_ignore_file_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbf!\n/\n\xff\xfe\n***********a.md\nx.md\n")
    assert why(tmp_path, "x.md") == '.gitignore:5 "x.md"'
    assert why(tmp_path, "a" * 200 + ".md") is None


LINES = st.lists(st.text(alphabet="ab/*!.?[]\\ #", min_size=1, max_size=8), max_size=6)
PATHS = st.lists(st.text(alphabet="ab.", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)


@given(LINES, PATHS, st.booleans())
@example(["[[]"], "a", False)
def test_the_quick_look_never_changes_a_verdict(lines: list[str], path: str, is_dir: bool) -> None:
    patterns = _Patterns.parse(lines, lambda i, line: line)
    assume("." not in path.split("/"))  # which no path of a vault holds, and pathspec drops
    path = path + "/" if is_dir else path
    check = patterns.spec.check_file(path)
    assert (patterns.verdict(path) is None) == (check.include is None)
    assert isinstance(_joined(list(patterns.spec.patterns)), re.Pattern)
