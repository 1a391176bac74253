"""What docs/serve.md shows works as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.serve.serving import Running, Serving

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")


def example(language: str, word: str, serving: Serving, running: Running) -> str:
    """The one that holds `word`, with this server in place of the usual one."""
    found = next(one for one in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if word in one)
    return found.replace("~/.local/share/vecna", str(serving.home.folder / "data")).replace("8378", str(running.port))


def test_curl_asks_it(serving: Serving, running: Running) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    done = subprocess.run(["sh", "-c", example("sh", "curl", serving, running)], capture_output=True, text=True)
    assert done.stdout.startswith('{"schema": "vecna.search/1"'), done


def test_neovim_asks_it(serving: Serving, running: Running, tmp_path: Path) -> None:
    if shutil.which("nvim") is None or shutil.which("curl") is None:
        pytest.skip("Neovim or curl is not installed")
    (tmp_path / "related.lua").write_text(example("lua", "VecnaRelated", serving, running))
    listed = "lua for _, one in ipairs(vim.fn.getqflist()) do print(vim.fn.bufname(one.bufnr), one.lnum) end"
    commands = [f"luafile {tmp_path}/related.lua", f"edit {serving.root}/Levain.md", "VecnaRelated", listed, "qall!"]
    done = subprocess.run(
        ["nvim", "--headless", "-u", "NONE", *(word for one in commands for word in ("-c", one))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Bread.md" in done.stderr + done.stdout and "Error" not in done.stderr, done
