"""Copies of an index hold what the notes say, so none is left lying about."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from vecna_notes.evaluate import scratch
from vecna_notes.store import Store


def test_what_a_killed_evaluation_left_goes_and_what_is_in_use_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used, young, other = (tmp_path / f"{name}" for name in ("vecna-eval-a", "vecna-eval-b", "vecna-eval-c", "d"))
    for folder in (left, used, young, other):
        Store.open_writer(folder).close()
    long_ago = time.time() - 2 * scratch.OLD_SECONDS
    with Store.open_writer(used):
        for folder in (left, used, other):
            os.utime(folder, (long_ago, long_ago))
        scratch.sweep()
    assert [folder.exists() for folder in (left, used, young, other)] == [False, True, True, True]
