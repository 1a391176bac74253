"""The real program in its own process: what it loads, how it is stopped, what reaches a terminal."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import write_notes
from tests.vaults import Home, make_vault

HEAVY = {"torch", "sentence_transformers", "transformers", "gensim", "sklearn", "scipy", "onnxruntime", "hnswlib"}
HOSTILE = "[/b] [@click=app.quit] \x1b]52;c;AAAA\x07 \x9b31m \u202e"
SLOW = """
import time
import numpy as np
from vecna_notes.hookspecs import Offer, hookimpl
from vecna_notes.types import Space

class Slow:
    space = Space("slow", "s", "1", 4, "cosine", "r")

    def embed(self, texts, role):
        print("noise on stdout")
        time.sleep(0.05 * len(texts))
        return np.ones((len(texts), 4), dtype=np.float32)

@hookimpl
def vecna_embedders():
    return [Offer("slow", "takes its time", make=lambda options: Slow())]
"""


def loaded(*arguments: str, home: Home) -> set[str]:
    """Top-level modules after a command, in a fresh process."""
    probe = (
        f"import sys\nfrom vecna_notes.cli import main\ntry: main({list(arguments)!r})\nexcept SystemExit: pass\n"
        "print(' '.join({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], env=home.environment, capture_output=True, text=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["--version"], ["completions", "fish"]])
def test_help_loads_nothing_that_works(arguments: list[str], own_home: Home) -> None:
    assert not loaded(*arguments, home=own_home) & {*HEAVY, "numpy", "sqlite_utils", "textual", "rich", "pluggy"}


def test_a_search_loads_no_library_that_only_others_need(indexed: tuple[Path, Home]) -> None:
    root, home = indexed
    modules = loaded("search", "--vault", str(root), "--json", "levain", home=home)
    assert not modules & {*HEAVY, "sqlite_utils", "textual", "yaml", "watchdog"}
    assert "numpy" in modules


@pytest.fixture
def slow(tmp_path: Path) -> tuple[Home, Path]:
    home = Home(tmp_path / "home", embedder="slow")
    (home.folder / "config" / "plugins" / "slow.py").write_text(SLOW)
    return home, make_vault(tmp_path / "vault", 200)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: str(value),
)
def test_stopped_midway_it_ends_soon_and_keeps_what_it_has(slow: tuple[Home, Path], number: int, code: int) -> None:
    home, root = slow
    indexer = home.start("index", str(root), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while (
        home.vecna("search", "--vault", str(root), "--mode", "keyword", "levain").returncode
        and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    indexer.send_signal(number)
    started = time.monotonic()
    out, err = indexer.communicate(timeout=10)
    assert time.monotonic() - started < 2
    assert indexer.returncode == code
    assert out == ""
    assert "Traceback" not in err
    assert home.vecna("search", "--vault", str(root), "--mode", "keyword", "levain").returncode == 0


def test_watching_for_people_ends_with_ctrl_c(indexed: tuple[Path, Home], tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    root = write_notes(tmp_path / "vault")
    watcher = home.start("index", "--watch", str(root), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert watcher.stderr is not None and watcher.stdout is not None
    for line in watcher.stderr:
        if line.startswith("watching"):
            break
    (root / "new.md").write_text("# Marzipan\n")
    for line in watcher.stderr:
        if "1 added" in line:
            break
    watcher.send_signal(signal.SIGINT)
    out, err = watcher.communicate(timeout=10)
    assert (watcher.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_error(indexed: tuple[Path, Home]) -> None:
    root, home = indexed
    command = f"{sys.executable} -m vecna_notes search --vault '{root}' -n 5 --color always levain | head -n 1"
    done = subprocess.run(["bash", "-c", command], env=home.environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr and "pipe" not in done.stderr.lower()
    reading, writing = os.pipe()
    os.close(reading)
    closed = subprocess.run(
        [sys.executable, "-m", "vecna_notes", "search", "--vault", str(root), "levain"],
        env=home.environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert "Traceback" not in closed.stderr and "pipe" not in closed.stderr.lower()
    assert closed.returncode == 0


def test_noise_of_plugins_never_reaches_stdout(slow: tuple[Home, Path]) -> None:
    home, root = slow
    for file in sorted(root.rglob("*.md"))[5:]:
        file.unlink()
    assert home.vecna("index", str(root)).stdout == ""
    found = home.vecna("search", "--vault", str(root), "--json", "levain")
    assert found.stdout.startswith("{") and "noise on" not in found.stdout + found.stderr


def on_a_terminal(home: Home, *arguments: str, answer: bytes = b"", **environment: str) -> tuple[int, bytes]:
    """Exit code and every byte that reached the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            sys.executable,
            [sys.executable, "-m", "vecna_notes", *arguments],
            home.environment | {"TERM": "xterm-256color", "VECNA_EDITOR": "true"} | environment,
        )
    heard = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        try:
            piece = os.read(terminal, 65536) if ready else b""
        except OSError:
            break
        if not piece:
            break
        heard += piece
        if answer and b"[y/N]" in heard:
            os.write(terminal, answer)
            answer = b""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), heard


def test_no_control_byte_of_a_note_reaches_the_terminal(tmp_path: Path) -> None:
    home, root = Home(tmp_path / "home"), tmp_path / "vault"
    write_notes(root, {f"evil {HOSTILE.replace('/', '')}.md": f"# {HOSTILE}\n\nlevain {HOSTILE} levain\n"})
    raw_name = os.fsencode(root) + b"/bytes \xff\xfe\n.md"
    with open(raw_name, "w") as file:  # noqa: PTH123  a name that is no text
        file.write(f"# Levain {HOSTILE}\n\nlevain\n")
    assert on_a_terminal(home, "index", str(root))[0] == 0
    bad = (b"\x1b]52", b"\x07", b"\xc2\x9b", "\u202e".encode(), b"\xff")
    for arguments in (
        ["search", "levain"],
        ["search", "--explain", "levain"],
        ["search", "--paths", "levain"],
        ["search", "--vimgrep", "levain"],
        ["search", "--json", "levain"],
        ["search", "--format", "{path} {title} {text}", "levain"],
        ["search", HOSTILE],
        ["status"],
        ["related", "Levain"],
        ["related", HOSTILE],
        ["index", "--explain", HOSTILE],
        ["open", HOSTILE],
        ["status", "-v"],
    ):
        _code, heard = on_a_terminal(home, *arguments, "--vault", str(root))
        assert (heard or arguments[0] == "open") and b"Traceback" not in heard, arguments
        assert not [byte for byte in bad if byte in heard], arguments


def test_hostile_names_go_through_pipes_as_the_bytes_they_are(tmp_path: Path) -> None:
    home, root = Home(tmp_path / "home"), tmp_path / "vault"
    root.mkdir()
    name = b"-rf \xff\xfe\n\x1b]0;x\x07.md"
    with open(os.fsencode(root) + b"/" + name, "w") as file:  # noqa: PTH123
        file.write("# Levain\n\nlevain\n")
    assert home.vecna("index", str(root)).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "vecna_notes", "search", "--vault", str(root), "-0", "levain"],
        env=home.environment,
        capture_output=True,
        cwd=root,
    )
    assert done.stdout == b"./" + name + b"\0"
    assert home.vecna("search", "--vault", str(root), "--json", "levain").stdout.isascii()


@pytest.mark.parametrize(("answer", "code", "left"), [(b"y\n", 0, 20), (b"n\n", 3, 60)])
def test_on_a_terminal_it_asks_before_it_removes_very_many(tmp_path: Path, answer: bytes, code: int, left: int) -> None:
    home, root = Home(tmp_path / "home"), make_vault(tmp_path / "vault", 60)
    assert home.vecna("index", str(root)).returncode == 0
    for file in sorted(root.rglob("*.md"))[:40]:
        file.unlink()
    given, heard = on_a_terminal(home, "index", str(root), answer=answer)
    assert b"[y/N]" in heard
    assert given == code
    done = home.vecna("search", "--vault", str(root), "--paths", "-n", "100", "e")
    assert len(home.state(root)["notes"]) == left, done.stdout


def test_without_a_terminal_there_is_no_screen(indexed: tuple[Path, Home]) -> None:
    root, home = indexed
    done = home.vecna(str(root))
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr


def test_a_bug_is_a_sentence_and_the_log_holds_the_rest(indexed: tuple[Path, Home]) -> None:
    root, home = indexed
    probe = (
        "from vecna_notes.vault import Vault\nfrom vecna_notes.cli import main\n"
        "def search(*_, **__): raise RuntimeError('the \\x1b]0;moon\\x07')\n"
        f"Vault.search = search\nmain(['search', '--vault', {str(root)!r}, 'x'])"
    )
    done = subprocess.run([sys.executable, "-c", probe], env=home.environment, capture_output=True, text=True)
    assert done.returncode == 70
    assert done.stdout == "" and "Traceback" not in done.stderr and "\x1b" not in done.stderr
    assert "RuntimeError" in done.stderr
    log = home.folder / "data" / "vecna.log"
    assert str(log) in done.stderr and "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_an_index_that_may_not_be_written_still_answers(tmp_path: Path) -> None:
    home, root = Home(tmp_path / "home"), write_notes(tmp_path / "vault")
    assert home.vecna("index", str(root)).returncode == 0
    data = home.folder / "data"
    for path in (*data.rglob("*"), data):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        found = unprivileged(home, "search", "--vault", str(root), "--json", "levain")
        assert found.returncode == 0 and found.stdout.startswith("{")
        assert "read-only" in found.stderr
        assert unprivileged(home, "status", str(root)).returncode == 0
        refused = unprivileged(home, "index", str(root))
        assert refused.returncode == 2
        assert "permission denied" in refused.stderr and "bug" not in refused.stderr
    finally:
        for path in (data, *data.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


def unprivileged(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it without root's leave to write everywhere."""
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to take that away")
    command = [*(prefix if os.geteuid() == 0 else []), sys.executable, "-m", "vecna_notes", *arguments]
    return subprocess.run(command, env=home.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
