"""Settings: layers of TOML over the packaged defaults, checked and frozen, each value knowing where it came from."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from vecna_notes.editor import ADDRESSES, is_address
from vecna_notes.errors import ConfigError
from vecna_notes.text import digest, safe_line

Table = dict[str, Any]
_OPEN_SECTIONS = ("embedders", "trainers", "rankers", "generators", "clusterers", "projectors", "readers")
"""Sections whose tables belong to plugins: their keys are theirs to check."""
_VAULT_MAY_SET = ("index.", "files.skip", "search.", "screen.theme", "screen.glyphs")
_VAULT_MAY_NOT = (
    "index.embedder",
    "index.index",
    "index.max_file_mb",
    "index.threads",
    "index.removal_",
    "search.ranker",
)
"""A vault may come from a stranger: it sets limits and looks, never what runs or what is fetched."""


class IndexSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    embedder: str
    index: str
    exact_below: int
    chunk_tokens: int
    max_file_mb: float
    max_chunks: int
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    gitignore: bool
    templates: bool
    threads: int
    rescan_minutes: float
    poll: bool
    removal_share: float
    removal_count: int


class FileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    skip: tuple[str, ...]
    max_mb: float
    memory_mb: int
    seconds: int


class SearchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mode: Literal["hybrid", "semantic", "keyword"]
    limit: int
    fusion: Literal["weighted", "rrf"]
    semantic_weight: float
    title_weight: float
    nearness: float
    feedback: float
    recency: float
    links: float
    adapt: bool
    ranker: str


class TopicSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clusterer: str


class MapSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    projector: str


class AnswerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    generator: str
    tokens: int
    hosts: tuple[str, ...]
    exclude: tuple[str, ...]


class TrainSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    trainer: str
    without: tuple[str, ...]


class ScreenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    theme: str
    glyphs: Literal["unicode", "ascii"]
    editor: str
    viewer: str = ""
    links: str = "file"


class PluginSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    disabled: tuple[str, ...]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting, by section, as config.toml documents it."""

    index: IndexSettings
    files: FileSettings
    search: SearchSettings
    topics: TopicSettings
    map: MapSettings
    answer: AnswerSettings
    train: TrainSettings
    screen: ScreenSettings
    plugins: PluginSettings
    embedders: dict[str, dict[str, Any]]
    trainers: dict[str, dict[str, Any]]
    rankers: dict[str, dict[str, Any]]
    generators: dict[str, dict[str, Any]]
    clusterers: dict[str, dict[str, Any]]
    projectors: dict[str, dict[str, Any]]
    readers: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings with the origin of each value ("default", a file, or an environment variable)."""

    settings: Settings
    origins: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    """Settings of a vault's own file that a vault may not decide."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are kept; nothing of ours is ever kept in the vault."""

    config: Path
    data: Path
    """Index databases and snapshots, a folder a vault."""

    @classmethod
    def standard(cls, data: Path | None = None) -> Folders:
        """VECNA_CONFIG and VECNA_DATA_DIR, else the platform's places (~/.config also on macOS)."""
        from platformdirs import user_data_path

        own = os.environ.get("VECNA_CONFIG")
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        chosen = data or os.environ.get("VECNA_DATA_DIR") or user_data_path("vecna", appauthor=False)
        return cls(Path(own) if own else base / "vecna" / "config.toml", Path(chosen))

    @property
    def plugins(self) -> Path:
        """Single-file plugins of the user."""
        return self.config.parent / "plugins"

    @property
    def cache(self) -> Path:
        """Exported and downloaded models, shared by all vaults."""
        return self.data / "models"

    @property
    def log(self) -> Path:
        return self.data / "vecna.log"

    def vault(self, root: Path) -> Path:
        """Folder of everything derived from the vault at `root`."""
        resolved = root.resolve()
        name = "".join(c if c.isalnum() else "-" for c in resolved.name.lower()).strip("-")[:24] or "vault"
        return self.data / "vaults" / f"{name}-{digest(os.fsencode(resolved))[:10]}"

    def is_indexed(self, root: Path) -> bool:
        """Whether there is an index of the vault at `root`."""
        return (self.vault(root) / "index.db").is_file()


def make_private(folder: Path) -> None:
    """Make `folder`, and what is missing above it, for its user's eyes only (`mkdir` sees to the last one only)."""
    for missing in reversed([above for above in (folder, *folder.parents) if not above.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def open_private(file: Path) -> BinaryIO:
    """`file`, opened to be written anew, for its user's eyes only."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def load(folders: Folders, vault: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Configuration:
    """Settings for a vault. `overrides` are dotted keys from flags. Raises ConfigError naming the file and the key."""
    merged: Table = {}
    origins: dict[str, str] = {}
    ignored: list[str] = []
    known = set(_flat(_defaults()))
    for origin, table in _layers(folders, vault, overrides or {}):
        for key, value in _flat(table).items():
            if origin.endswith(".vecna.toml") and not _vault_may_set(key):
                ignored.append(f"{origin}: {key} is not for a vault to decide, so it is ignored")
                continue
            _check_known(key, known, origin)
            _put(merged, key, value)
            origins[key] = origin
    try:
        settings = msgspec.convert(merged, Settings, strict=True)
        _check_ranges(settings)
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(_explain(str(error), origins)) from error
    return Configuration(settings, origins, tuple(ignored))


def _check_ranges(settings: Settings) -> None:
    for key, low, high in (
        ("index.chunk_tokens", 32, 8192),
        ("index.max_file_mb", 0.001, 1024),
        ("index.max_chunks", 1, 1_000_000),
        ("index.rescan_minutes", 0.01, 10_000),
        ("index.removal_share", 0, 1),
        ("index.threads", 0, 1024),
        ("files.max_mb", 0.001, 1024),
        ("files.memory_mb", 64, 65_536),
        ("files.seconds", 1, 3600),
        ("search.limit", 1, 1000),
        ("search.semantic_weight", 0, 1),
        ("search.title_weight", 0, 100),
        ("answer.tokens", 100, 1_000_000),
    ):
        section, name = key.split(".")
        value = getattr(getattr(settings, section), name)
        if not low <= value <= high:
            raise ValueError(f"{key} is {value}, but must lie between {low} and {high} - at `$.{key}`")
    _check_links(settings.screen.links)


def _check_links(links: str) -> None:
    if not is_address(links):
        names = ", ".join(ADDRESSES)
        raise ValueError(
            f'screen.links is {links!r}, but must be one of {names}, or a template such as "vscode://file{{path}}:{{line}}"'
            " - at `$.screen.links`"
        )


def flattened(settings: Settings) -> dict[str, Any]:
    """Every value by its dotted key, in the order of config.toml."""
    return _flat(msgspec.to_builtins(settings))


def default_text() -> str:
    """The packaged config.toml."""
    return resources.files("vecna_notes").joinpath("config.toml").read_text(encoding="utf-8")


def _defaults() -> Table:
    return tomllib.loads(default_text())


def _layers(folders: Folders, vault: Path | None, overrides: Mapping[str, Any]) -> Iterator[tuple[str, Table]]:
    yield "default", _defaults()
    if folders.config.is_file():
        yield str(folders.config), _read(folders.config)
    if vault is not None and (vault / ".vecna.toml").is_file():
        yield str(vault / ".vecna.toml"), _read(vault / ".vecna.toml")
    yield from _environment()
    if overrides:
        nested: Table = {}
        for key, value in overrides.items():
            _put(nested, key, value)
        yield "command line", nested


def _environment() -> Iterator[tuple[str, Table]]:
    """VECNA_SEARCH__LIMIT=20 is search.limit = 20; values are read as TOML, else as a string."""
    for name, raw in sorted(os.environ.items()):
        if not name.startswith("VECNA_") or "__" not in name:
            continue
        table: Table = {}
        _put(table, name.removeprefix("VECNA_").lower().replace("__", "."), _toml_value(raw))
        yield f"${name}", table


def _toml_value(raw: str) -> Any:
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw


def _read(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{file} cannot be read: {error}; `vecna config validate` checks it again") from error


def _flat(table: Table, prefix: str = "") -> Table:
    flat: Table = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _put(table: Table, dotted: str, value: Any) -> None:
    *sections, key = dotted.split(".")
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{section} is a setting, not a section, so {dotted} cannot be set")
        table = inner
    table[key] = value


def _vault_may_set(key: str) -> bool:
    return key.startswith(_VAULT_MAY_SET) and not key.startswith(_VAULT_MAY_NOT)


def _check_known(key: str, known: set[str], origin: str) -> None:
    if key in known or key.split(".")[0] in _OPEN_SECTIONS:
        return
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else "; `vecna config show` lists them all"
    raise ConfigError(f"{origin}: there is no setting {safe_line(key)!r}{hint}")


def _explain(message: str, origins: Mapping[str, str]) -> str:
    what, _, where = message.partition(" - at `$.")
    key = where.rstrip("`").split("[")[0]
    if not key:
        return f"the configuration is wrong: {what}"
    return f"{origins.get(key, 'configuration')}: {key}: {what[0].lower()}{what[1:]}"
