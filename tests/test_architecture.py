"""The house keeps its shape: light things stay light, and what is shipped is whole."""

from __future__ import annotations

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
    "mcp",
)


def loaded_after(code: str) -> set[str]:
    """Top-level modules in a fresh process after running `code`."""
    probe = f"{code}\nimport sys; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


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
