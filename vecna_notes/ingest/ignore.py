"""What stays out of the index, and which rule says so. Layers add up: `!` takes back only what its own layer ignored,
and the config's `include` beats them all."""

from __future__ import annotations

import contextlib
import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

from vecna_notes.config import IndexSettings
from vecna_notes.ingest.regular import opened
from vecna_notes.text import normalise, safe_line

_BUILT_IN = frozenset({".git", ".obsidian", ".trash", ".smart-env", "node_modules"})
_LARGEST = 1_000_000
_MOST_STARS = 4
"""Stars in one part of a pattern: each more multiplies the time to match a hostile name."""
_WILD = re.compile(r"[*?\[]")
_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_NESTED_QUANTIFIER = re.compile(r"[+*}]\)?[+*{]|\([^()]*[+*}][^()]*\)[+*{]")

Rule = Callable[[str, bool], str]
"""Takes (path, is_dir) and gives the rule that ignores it, or ""."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Lines of one ignore file, or of the config, in git's language."""

    spec: GitIgnoreSpec
    names: tuple[str, ...]
    """What to call each pattern."""
    any: re.Pattern[str] | None
    """All patterns in one, to find out at once that none fits; None when they cannot be joined."""

    @classmethod
    def parse(cls, lines: Sequence[str], name: Callable[[int, str], str]) -> _Patterns:
        """A line that is no pattern is left out."""
        good = [(i, line) for i, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
        compiled = [
            (pattern, name(i, line.strip())) for i, line in good if _is_tame(line) for pattern in _compiled(line)
        ]
        patterns = [pattern for pattern, _ in compiled]
        return cls(GitIgnoreSpec(patterns), tuple(name for _, name in compiled), _joined(patterns))

    def verdict(self, path: str) -> tuple[bool, str] | None:
        """Whether `path` (with "/" at its end for a folder) is ignored, and by which line; None when none speaks."""
        if self.any is not None and not self.any.search(path):
            return None
        check = self.spec.check_file(path)
        if check.include is None or check.index is None:
            return None
        return check.include, self.names[check.index]


def _joined(patterns: Sequence[Any]) -> re.Pattern[str] | None:
    written = [_GROUP_NAME.sub("(?:", pattern.regex.pattern) for pattern in patterns if pattern.regex is not None]
    try:
        with _unwarned():
            return re.compile("|".join(f"(?:{one})" for one in written) or r"(?!)")
    except (re.error, OverflowError, RecursionError):
        return None


def _is_tame(line: str) -> bool:
    return len(line) <= 1000 and all(part.count("*") <= _MOST_STARS for part in line.split("/"))


def _compiled(line: str) -> list[Any]:
    try:
        with _unwarned():
            return list(GitIgnoreSpec.from_lines([line]).patterns)
    except ValueError:  # pathspec's pattern errors are ValueErrors
        return []


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """Without what Python says of "[[]": that means to git what it means here today."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


@dataclass(slots=True)
class _Nested:
    """One kind of ignore file, in any folder; the deepest that speaks decides."""

    root: str
    name: str
    files: dict[str, _Patterns | None] = field(default_factory=dict)
    chains: dict[str, tuple[tuple[int, _Patterns], ...]] = field(default_factory=dict)
    """For each folder the files in it and above it, deepest first: (where paths as they see them begin, patterns)."""

    def __call__(self, path: str, is_dir: bool) -> str:
        folder = path.rpartition("/")[0]
        chain = self.chains.get(folder)
        if chain is None:
            chain = self.chains[folder] = tuple(self._chain(folder))
        written = path + "/" if is_dir and chain else path
        for start, patterns in chain:
            verdict = patterns.verdict(written[start:])
            if verdict is not None:
                return verdict[1] if verdict[0] else ""
        return ""

    def _chain(self, folder: str) -> Iterator[tuple[int, _Patterns]]:
        while True:
            if (patterns := self._in(folder)) is not None:
                yield len(folder) + 1 if folder else 0, patterns
            if not folder:
                return
            folder = folder.rpartition("/")[0]

    def _in(self, folder: str) -> _Patterns | None:
        if folder not in self.files:
            place = f"{folder}/{self.name}" if folder else self.name
            lines = _lines(f"{self.root}/{place}")
            label = safe_line(place)
            self.files[folder] = _Patterns.parse(lines, lambda i, line: f'{label}:{i} "{line}"') if lines else None
        return self.files[folder]


@dataclass(frozen=True, slots=True)
class Rules:
    """Every reason to keep a file of one vault out. Ignore files are read when their folder is first asked about."""

    layers: tuple[Rule, ...]
    included: _Patterns | None
    include: tuple[str, ...]

    @classmethod
    def load(cls, root: Path, settings: IndexSettings) -> Rules:
        top = os.path.realpath(root)
        nested = [".gitignore"] if settings.gitignore else []
        nested += [".ignore", ".vecnaignore", ".obsidianignore"]
        layers: list[Rule] = [built_in, *(_Nested(top, name) for name in nested), *_obsidian(top, settings.templates)]
        if settings.exclude:
            layers.append(_globs(settings.exclude, "exclude"))
        included = _Patterns.parse(settings.include, lambda _, line: line) if settings.include else None
        return cls(tuple(layers), included, tuple(settings.include))

    def why(self, path: str, is_dir: bool = False) -> str | None:
        """The rule that keeps a path out, by itself or through a folder above it; None when it is let in."""
        inherited: str | None = None
        place = path.find("/")
        while place >= 0:
            inherited = self.judge(path[:place], True, inherited)
            place = path.find("/", place + 1)
        return self.judge(path, is_dir, inherited)

    def judge(self, path: str, is_dir: bool, inherited: str | None) -> str | None:
        """`why` for one whose folder has been judged: `inherited` is that folder's rule."""
        if self.included is not None and not is_dir and self._is_included(path):
            return None
        return inherited or next((rule for layer in self.layers if (rule := layer(path, is_dir))), None)

    def may_hold_included(self, folder: str) -> bool:
        """Whether something below an ignored folder may be let in by the config's `include`."""
        return any(_may_lie_below(glob.strip("/"), folder) for glob in self.include)

    def _is_included(self, path: str) -> bool:
        assert self.included is not None
        verdict = self.included.verdict(path)
        return verdict is not None and verdict[0]


def _may_lie_below(glob: str, folder: str) -> bool:
    if "/" not in glob:
        return True  # a glob without "/" fits at any depth
    certain = _WILD.split(glob)[0].rpartition("/")[0] if _WILD.search(glob) else glob
    return not certain or f"{certain}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{certain}/")


def built_in(path: str, is_dir: bool) -> str:
    """What no vault means as notes: hidden things, trash, conflict copies, drawings, Logseq's backups."""
    name = path.rpartition("/")[2]
    if name.startswith("."):
        return f'built-in "{name}"' if name in _BUILT_IN else 'built-in ".*" (hidden)'
    if name in _BUILT_IN:
        return f'built-in "{name}"'
    if ".sync-conflict" in name:
        return 'built-in "*.sync-conflict*"'
    if name.lower().endswith(".excalidraw.md"):
        return 'built-in "*.excalidraw.md"'
    return 'built-in "logseq/bak"' if is_dir and path.endswith("logseq/bak") else ""


def _globs(globs: Sequence[str], name: str) -> Rule:
    patterns = _Patterns.parse(globs, lambda _, line: f'config {name} "{line}"')

    def rule(path: str, is_dir: bool) -> str:
        verdict = patterns.verdict(path + "/" if is_dir else path)
        return verdict[1] if verdict is not None and verdict[0] else ""

    return rule


def _obsidian(root: str, with_templates: bool) -> Iterator[Rule]:
    """Obsidian's excluded files, and the folders of its template plugins."""
    settings = f"{root}/.obsidian"
    for written in _strings(_json(f"{settings}/app.json").get("userIgnoreFilters")):
        yield _user_filter(written)
    if with_templates:
        return
    for file, key in (("templates.json", "folder"), ("plugins/templater-obsidian/data.json", "templates_folder")):
        folder = _json(f"{settings}/{file}").get(key)
        if isinstance(folder, str) and folder.strip("/ ."):
            yield _below(folder.strip("/ "), f'template folder "{safe_line(folder)}" (.obsidian/{file})')


def _user_filter(written: str) -> Rule:
    """A path's beginning, or /a regular expression/; case aside, as Obsidian does."""
    why = f'.obsidian/app.json "{safe_line(written)}"'
    if len(written) > 2 and written.startswith("/") and written.endswith("/"):
        pattern = _expression(written[1:-1])
        return lambda path, is_dir: why if pattern is not None and pattern.search(path) else ""
    start = normalise(written)
    return lambda path, is_dir: why if normalise(path + "/" if is_dir else path).startswith(start) else ""


def _expression(written: str) -> re.Pattern[str] | None:
    """None for what Python does not understand, and for what could take for ever."""
    if len(written) > 500 or _NESTED_QUANTIFIER.search(written):
        return None
    try:
        return re.compile(written, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError):
        return None


def _below(folder: str, why: str) -> Rule:
    start = normalise(folder) + "/"
    return lambda path, is_dir: why if (normalise(path) + "/").startswith(start) else ""


def _lines(file: str) -> list[str]:
    """Lines of a small text file; none when it cannot be read."""
    try:
        with opened(file) as stream:
            return (
                stream.read(_LARGEST)
                .removeprefix(b"\xef\xbb\xbf")
                .decode("utf-8", "surrogateescape")
                .replace("\r", "")
                .split("\n")
            )
    except OSError:
        return []


def _json(file: str) -> dict[str, Any]:
    try:
        read = json.loads("\n".join(_lines(file)) or "{}")
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []
