from __future__ import annotations

from pathlib import Path

import pytest
from vecna_plugins.embedders.languages import read_languages


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("language: en", ("en",)),
        ("language:\n- en\n- de", ("de", "en")),
        ("language: [multilingual, ar, de]", ()),
        ("language:\n- no", ("no",)),
        ("language: zh-CN", ("zh",)),
        ("license: mit", ()),
        ("language: [", ()),
        ("- a list", ()),
    ],
)
def test_the_card_says_it(front: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n\n# A model\n")
    assert read_languages(tmp_path, "someone/model") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all-MiniLM-L6-v2", ("en",)),
        ("paraphrase-multilingual-MiniLM-L12-v2", ()),
        ("BAAI/bge-small-zh-v1.5", ("zh",)),
        ("BAAI/bge-m3", ()),
        ("intfloat/multilingual-e5-small", ()),
        ("intfloat/e5-small-v2", ("en",)),
        ("someone/notes", ()),
    ],
)
def test_else_the_name_does(name: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    assert read_languages(tmp_path, name) == expected
