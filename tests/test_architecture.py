"""The house keeps its shape: light things stay light, and what is shipped is whole."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "gensim",
    "sklearn",
    "scipy",
    "onnxruntime",
    "textual",
    "textual_serve",
    "aiohttp",
    "mcp",
    "llm",
)


def loaded_after(code: str) -> set[str]:
    """Top-level modules in a fresh process after running `code`."""
    probe = f"{code}\nimport sys; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())  # the code itself may have said something before


def test_help_imports_nothing_heavy() -> None:
    modules = loaded_after("from vecna_notes.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass")
    assert not modules & {*HEAVY, "numpy", "sqlite_utils", "hnswlib"}


def test_listing_plugins_imports_nothing_heavy() -> None:
    modules = loaded_after(
        "from vecna_notes.registry import Registry, KINDS\n"
        "registry = Registry()\n"
        "for kind in KINDS: assert [row.offer.missing() for row in registry.offers(kind)]\n"
        "assert not registry.broken, registry.broken"
    )
    assert not modules & {*HEAVY, "hnswlib"}


def test_no_file_holds_more_than_one_idea() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for folder in ("vecna_notes", "plugins")
        for file in (ROOT / folder).rglob("*.py")
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_nothing_is_unpickled_or_evaluated() -> None:
    banned = (
        "import pickle",
        "import joblib",
        "torch.load(",
        " eval(",
        " exec(",
        "shell=True",
        "trust_remote_code=True",
    )
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for folder in ("vecna_notes", "plugins")
        for file in (ROOT / folder).rglob("*.py")
        for word in banned
        if word in file.read_text(encoding="utf-8")
    ]
    assert not found


WRITERS = {
    "vecna_notes/edit/place.py": "notes: the only file that does",
    "vecna_notes/edit/journal.py": "how to undo that",
    "plugins/embedders/bags.py": "models, in the data folder",
    "plugins/embedders/contrastive_checkpoint.py": "checkpoints of a tuning, in the data folder",
    "plugins/embedders/contrastive_folder.py": "tuned models, in the data folder",
    "plugins/embedders/contrastive_full.py": "tuned models, in the data folder",
    "plugins/embedders/contrastive_full_run.py": "checkpoints of a tuning, in the data folder",
    "plugins/embedders/contrastive_train.py": "tuned models, in the data folder",
    "plugins/embedders/exports.py": "exported models, in the cache",
    "plugins/embedders/weights.py": "downloaded models, in the cache",
    "plugins/indexes/exact.py": "snapshots",
    "plugins/indexes/hnsw.py": "snapshots",
    "vecna_notes/cli/ending.py": "the log",
    "vecna_notes/cli/eval.py": "collections that were judged, in the data folder",
    "vecna_notes/cli/map.py": "a picture, where the user says",
    "vecna_notes/cli/noise.py": "the log",
    "vecna_notes/cli/sample.py": "the sample vault, in the data folder",
    "vecna_notes/cli/session.py": "which vault was used last",
    "vecna_notes/cli/settings.py": "the configuration",
    "vecna_notes/cli/tokens.py": "tokens, in the data folder",
    "vecna_notes/config.py": "nothing: it opens caches for others",
    "vecna_notes/evaluate/beir.py": "collections that were judged, in the data folder",
    "vecna_notes/evaluate/scratch.py": "copies of an index, for an evaluation",
    "vecna_notes/ingest/boilerplate.py": "a cache",
    "vecna_notes/ingest/child.py": "nothing: it shuts its output",
    "vecna_notes/insight/atlas.py": "a cache",
    "vecna_notes/insight/learning.py": "a cache",
    "vecna_notes/insight/lexicon.py": "a cache",
    "vecna_notes/insight/topics.py": "nothing: it renames topics",
    "vecna_notes/models.py": "models, in the data folder",
    "vecna_notes/nearest/snapshot.py": "snapshots",
    "vecna_notes/nearest/stamp.py": "snapshots",
    "vecna_notes/service.py": "its socket",
    "vecna_notes/store/connection.py": "a mark beside the index",
    "vecna_notes/store/lock.py": "the lock of the index",
    "vecna_notes/store/notes.py": "nothing: it replaces chunks",
    "vecna_notes/store/opening.py": "the index",
    "vecna_notes/store/store.py": "a mark beside the index",
    "vecna_notes/train/runs.py": "tuned models, in the data folder",
    "vecna_notes/tui/screens/evaluation.py": "a table, where the user says",
    "vecna_notes/tui/screens/topical.py": "a picture, where the user says",
    "vecna_notes/worker_process.py": "the log",
    "vecna_notes/vault/handed.py": "what agents were given, beside the index",
}
"""Every file that writes, moves or deletes files, and which. Notes are written by `vecna_notes.edit`, nobody else."""
_WRITING = {
    "write_text", "write_bytes", "rename", "renames", "symlink_to", "hardlink_to", "touch", "unlink", "rmtree",
    "copytree", "copyfile", "copy2",
}  # fmt: skip


def writes(call: ast.Call) -> bool:
    """Whether a call may write, move or delete a file."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "replace":  # a path's has one argument, a string's two
        return isinstance(call.func, ast.Attribute) and len(call.args) == 1 and not call.keywords
    if name in ("open", "fdopen"):
        said = (*call.args, *(word.value for word in call.keywords))
        given = [one.value for one in said if isinstance(one, ast.Constant)]
        modes = [one for one in given if isinstance(one, str) and one and set(one) <= set("rwaxbt+")]
        return any(set(mode) & set("wax+") for mode in modes) or any(
            flag in ast.unparse(call) for flag in ("O_CREAT", "O_WRONLY", "O_RDWR")
        )
    return name in _WRITING


def test_only_the_editing_hand_writes_notes() -> None:
    found = {
        str(file.relative_to(ROOT))
        for folder in ("vecna_notes", "plugins")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and writes(node)
    }
    assert found <= set(WRITERS), "say in WRITERS what these write; a note is written through vecna_notes.edit only"


def test_every_package_is_listed() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {
        ".".join(("vecna_plugins" if part == "plugins" else part) for part in file.parent.relative_to(ROOT).parts)
        for folder in ("vecna_notes", "plugins")
        for file in (ROOT / folder).rglob("__init__.py")
    }
    assert listed == there


@pytest.mark.slow
def test_the_wheel_holds_everything(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for folder, package in (("vecna_notes", "vecna_notes"), ("plugins", "vecna_plugins")):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"{package}/{file.relative_to(ROOT / folder).as_posix()}" in names
