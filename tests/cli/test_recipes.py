"""Every recipe of docs/recipes.md, as it stands there, is run: our part of it always, the rest where its program is."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

import pyte
import pytest
import yaml

from tests.terminal import Terminal
from tests.vaults import Home

DOCS = Path(__file__).resolve().parents[2] / "docs" / "recipes.md"
RUN = {"fzf", "Pipes", "tmux", "Neovim", "Telescope", "fzf-lua", "Vim", "lazygit"}
BLOCK = re.compile(r"^## (?P<name>.+?)\n|^```(?P<kind>\w+)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
LEVAIN = re.compile(r"(?:.*/)?kitchen/Levain\.md:\d+:1:.+")
PROBE = "for _, one in ipairs(vim.fn.getqflist()) do print(vim.fn.bufname(one.bufnr) .. ':' .. one.lnum) end"
STAND_IN = """
local caught = {}
local function any(name)
  return setmetatable({}, { __index = function(_, key) return function(...)
    caught[key] = { ... }
    return any(key)
  end end })
end
for _, name in ipairs({ 'pickers', 'finders', 'make_entry', 'sorters' }) do
  package.preload['telescope.' .. name] = function() return any(name) end
end
package.preload['telescope.config'] = function() return { values = any('config') } end
package.preload['fzf-lua'] = function()
  return { fzf_live = function(command) caught.fzf_live = { command } end, defaults = { actions = { files = {} } } }
end
"""
"""Modules of plugins that are not here; they keep what they are given."""


def recipe(name: str) -> str:
    heading, found = "", {}
    for match in BLOCK.finditer(DOCS.read_text(encoding="utf-8")):
        heading = match["name"] or heading
        if match["code"] is not None:
            assert heading not in found, "one block a recipe, so that none goes untried"
            found[heading] = match["code"]
    assert set(found) == RUN
    return str(found[name])


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


class Program(Terminal):
    """Any program in a terminal of its own."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.raw, self.exit_code = b"", None
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)
        self._pid, self._handle = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {**environment, "TERM": "xterm-256color"})
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))


@pytest.fixture
def environment(home: Home, root: Path, tmp_path: Path) -> dict[str, str]:
    """A vault that is meant, `vecna` among the programs, and an editor that tells what it was to open."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "$@" >"$0.opened"\n')
    editor.chmod(0o700)
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "vecna").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vecna_notes "$@"\n')
    (bin / "vecna").chmod(0o700)
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"
    return home.environment | {"PATH": path, "VECNA_VAULT": str(root), "VECNA_EDITOR": f"{editor} {{path}} {{line}}"}


def sh(command: str, environment: Mapping[str, str], root: Path) -> list[str]:
    done = subprocess.run(
        ["sh", "-c", command], env=environment, cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def in_nvim(lua: str, environment: Mapping[str, str], root: Path, *commands: str, file: str = "") -> list[str]:
    """What is printed by `commands` after a configuration was read."""
    needs("nvim")
    config = root.parent / f"recipe-{os.getpid()}.lua"
    config.write_text(lua)
    steps = [word for command in (f"luafile {config}", *commands, "qa!") for word in ("-c", command)]
    done = subprocess.run(
        ["nvim", "--headless", "-n", "-u", "NONE", *([file] if file else []), *steps],
        env=environment, cwd=root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    config.unlink()
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr
    return done.stderr.replace("\r", "").splitlines()  # where a headless nvim prints


def test_what_fzf_lists_can_be_cut_and_opened(environment: dict[str, str], root: Path) -> None:
    (find,) = re.findall(r"local find='(.+)'", recipe("fzf"))
    file, line, shown = sh(find.replace("{q}", "'feed the levain'"), environment, root)[0].split("\t")
    assert file == str(root / "kitchen" / "Levain.md") and "Levain" in shown
    assert sh(find.replace("{q}", "''"), environment, root) == []
    assert sh(f"vecna open {shlex.quote(file)}:{line}", environment, root) == []
    assert Path(f"{environment['VECNA_EDITOR'].split()[0]}.opened").read_text() == f"{file} {line}\n"


def test_fzf_finds_while_one_types(environment: dict[str, str], root: Path) -> None:
    needs("fzf")
    if tuple(map(int, sh("fzf --version", environment, root)[0].split()[0].split(".")[:2])) < (0, 38):
        pytest.skip("fzf is older than 0.38")
    opened = Path(f"{environment['VECNA_EDITOR'].split()[0]}.opened")
    with Program(["bash", "-c", f"{recipe('fzf')}\nvn levain"], environment, root) as terminal:
        terminal.wait_for("Feed the levain every day")
        terminal.press("\x15forget most of what we read")  # ctrl+u
        terminal.wait_for(lambda: "> Forgetting curve" in terminal.text and "## Why it decays" in terminal.text)
        terminal.press("\r")
        assert terminal.wait_for_end() == 0
    file, _, line = opened.read_text().rpartition(" ")
    assert file == str(root / "memory" / "Forgetting curve.md") and int(line) > 1


def test_pipes(environment: dict[str, str], root: Path) -> None:
    related, holding, counted = (line.partition("   #")[0] for line in recipe("Pipes").strip().splitlines())
    if shutil.which("rg") is None:  # what it would name
        related = "printf 'kitchen/Levain.md\\nkitchen/Rye bread.md\\n' |" + related.partition("|")[2]
        holding = "printf 'kitchen/Levain.md\\0' |" + holding.partition("|")[2]
    said = "\n".join(sh(related, environment, root))
    assert "memory/Spacing.md:" in said and "kitchen/Levain.md\n" in said and "kitchen/Rye bread.md\n" in said
    assert "kitchen/Rye bread.md" in sh(holding, environment, root)
    assert sh(counted, environment, root)[0].endswith("memory/Forgetting curve.md")


def test_tmux_opens_the_screen_in_a_popup(environment: dict[str, str], root: Path, tmp_path: Path) -> None:
    command = recipe("tmux").split()[-1]
    assert command == "vecna" and sh("vecna --help", environment, root)
    needs("tmux")
    config, socket = tmp_path / "tmux.conf", tmp_path / "tmux"
    config.write_text(recipe("tmux"))
    tmux = ["tmux", "-S", str(socket), "-f", str(config)]
    try:
        with Program([*tmux, "new-session", "sh"], environment, root) as terminal:
            terminal.wait_for("0:sh")
            terminal.press("\x02N")  # ctrl+b
            terminal.wait_for("1 Search")
            terminal.press("levain")
            terminal.wait_for("kitchen/")
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True, timeout=20)


@pytest.mark.parametrize("name", ["Neovim", "Telescope"])
def test_editors_get_lines_they_can_read(environment: dict[str, str], root: Path, name: str) -> None:
    """Without the editor: the commands as its recipe spells them."""
    for words in re.findall(r"\{ ('vecna'.+?) \}", recipe(name)):
        filled = re.sub(r"\basked\.args\b|\bprompt\b", "'levain'", words).replace("here", "'kitchen/Rye bread.md:1'")
        lines = sh(shlex.join(shlex.split(filled.replace(",", " "))), environment, root)
        assert lines and any(map(LEVAIN.fullmatch, lines))


def test_neovim_fills_the_quickfix_list(environment: dict[str, str], root: Path) -> None:
    lua = recipe("Neovim")
    assert "kitchen/Levain.md:3" in in_nvim(lua, environment, root, "Vecna feed the levain", f"lua {PROBE}")
    near = in_nvim(lua, environment, root, "VecnaRelated", f"lua {PROBE}", file="kitchen/Rye bread.md")
    assert any(line.startswith("kitchen/Levain.md:") for line in near)
    odd = in_nvim(lua, environment, root, "Vecna -bread levain \"'; $(touch pwned)", f"lua {PROBE}")
    assert odd and not (root / "pwned").exists()


def test_telescope_is_given_a_command_that_finds(environment: dict[str, str], root: Path) -> None:
    asking = (
        "lua vim.fn.feedkeys(vim.api.nvim_replace_termcodes('\\\\n', true, true, true), 'x')",
        "lua assert(caught.find and caught.new_job[1]('') == nil)",
        "lua for _, line in ipairs(vim.fn.systemlist(caught.new_job[1]('levain'))) do print(line) end",
    )
    lua = STAND_IN.replace("local caught", "caught") + recipe("Telescope")
    assert any(map(LEVAIN.fullmatch, in_nvim(lua, environment, root, *asking)))


def test_fzf_lua_is_given_a_command_that_finds(environment: dict[str, str], root: Path) -> None:
    (command,) = re.findall(r"fzf_live\('(.+)'", recipe("fzf-lua"))
    assert any(map(LEVAIN.fullmatch, sh(command.replace("<query>", "'levain'"), environment, root)))
    key = "lua vim.fn.feedkeys(vim.api.nvim_replace_termcodes('\\\\n', true, true, true), 'x')"
    lua = STAND_IN.replace("local caught", "caught") + recipe("fzf-lua")
    assert in_nvim(lua, environment, root, key, "lua print(caught.fzf_live[1])") == [command]


def test_vim_greps_by_meaning(environment: dict[str, str], root: Path) -> None:
    program, form = (line.partition("=")[2] for line in recipe("Vim").strip().splitlines())
    assert form == "%f:%l:%c:%m"
    assert any(map(LEVAIN.fullmatch, sh(program.replace("\\ ", " ") + " levain", environment, root)))
    lua = f"vim.cmd([[{recipe('Vim')}]])"
    assert "kitchen/Levain.md:3" in in_nvim(lua, environment, root, "silent grep! feed the levain", f"lua {PROBE}")


def test_lazygit_shows_what_is_near_a_file(environment: dict[str, str], root: Path) -> None:
    (custom,) = yaml.safe_load(recipe("lazygit"))["customCommands"]
    assert custom["context"] == "files" and custom["output"] == "popup"
    command = custom["command"].replace("{{.SelectedFile.Name | quote}}", '"kitchen/Rye bread.md"')
    assert "{{" not in command and "kitchen/Levain.md" in "\n".join(sh(command, environment, root))
