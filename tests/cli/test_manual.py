from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli import manual
from tests.cli.conftest import Vecna
from tests.vaults import Home


def test_the_manual_is_fresh() -> None:
    """Word by word: how click breaks lines is click's, and differs between its versions."""
    written, made = manual.FILE.read_text(encoding="utf-8"), manual.manual()
    assert written.split() == made.split(), "write it anew: python -m tests.cli.manual"


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "levain"],
        ["related", "Levain"],
        ["status"],
        ["embedders", "list"],
        ["plugins"],
        ["doctor"],
        ["config", "show"],
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_the_manual_names_every_key(
    arguments: list[str], vecna: Vecna, root: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECNA_VAULT", str(root))
    shape = vecna(*arguments, "--json").json
    name = shape["schema"].removeprefix("vecna.").removesuffix("/1")
    described = re.search(rf"^{name} .*?(?=^\S)", manual.INTRODUCTION, re.MULTILINE | re.DOTALL)
    assert described is not None
    assert set(shape) | keys_of_rows(shape) <= set(re.findall(r'"(\w+)"', described[0]))


def keys_of_rows(shape: dict[str, object]) -> set[str]:
    rows = [value[0] for value in shape.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    assert json.dumps(shape)
    return {key for row in rows for key in row}
