"""Find plugins, list what they offer, make one. A broken plugin is a row with its reason, never a crash."""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import io
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar, cast, get_args

import pluggy

from vecna_notes import hookspecs
from vecna_notes.errors import MissingPart, PluginError, UnknownPlugin, VecnaError
from vecna_notes.hookspecs import PROJECT, Offer, Options
from vecna_notes.interfaces import (
    Clusterer,
    Embedder,
    Generator,
    IndexBuilder,
    Projector,
    Ranker,
    Reader,
    Trainable,
    Trainer,
)
from vecna_notes.reranking import Checked
from vecna_notes.surveying import CheckedClusterer, CheckedProjector
from vecna_notes.text import safe_line

Kind = Literal["embedders", "trainers", "rankers", "generators", "clusterers", "projectors", "readers", "indexes"]
KINDS: tuple[Kind, ...] = get_args(Kind)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer with the plugin it came from."""

    kind: Kind
    offer: Offer[Any]
    plugin: str
    source: str
    """Distribution and version, or the file."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that could not be loaded or listed, with the reason."""

    plugin: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    source: str
    load: Callable[[], object]


class Registry:
    """All plugins of this installation and of the user's plugin folder.

    A plugin is imported when something of its kind is first asked for; asking for one offer by the name of its
    entry point imports only that plugin.
    """

    def __init__(
        self, plugin_folder: Path | None = None, disabled: Collection[str] = (), only_ours: bool = False
    ) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._waiting = {
            found.name: found for found in _discover(plugin_folder, only_ours) if found.name not in disabled
        }
        self._sources: dict[str, str] = {}
        self._broken: dict[str, Broken] = {}

    def offers(self, kind: Kind) -> list[Offered]:
        """Everything offered of one kind, by name; plugins that fail on the way become `broken` rows."""
        for name in list(self._waiting):
            self._load(name)
        return sorted(self._listed(kind), key=lambda offered: offered.offer.name)

    @property
    def broken(self) -> list[Broken]:
        """Plugins that failed so far, by name."""
        return sorted(self._broken.values(), key=lambda row: row.plugin)

    def embedder(self, name: str, options: Options) -> Embedder | Trainable:
        """Make the embedder, or the trainable one, of that name."""
        return cast("Embedder | Trainable", self._make("embedders", name, options))

    def reader(self, name: str, options: Options) -> Reader:
        return cast(Reader, self._make("readers", name, options))

    def readers(self, options: Callable[[str], Options], skip: Collection[str] = ()) -> dict[str, Reader]:
        """One reader of each offer that can run here, by name; `options(name)` gives its settings."""
        names = [row.offer.name for row in self.offers("readers") if row.offer.name not in skip]
        return {name: self.reader(name, options(name)) for name in names if not self.missing("readers", name)}

    def index_builder(self, name: str, options: Options) -> IndexBuilder:
        return cast(IndexBuilder, self._make("indexes", name, options))

    def trainer(self, name: str, options: Options) -> Trainer:
        """Raises UnknownPlugin and MissingPart with a way out, PluginError when it cannot be made."""
        return cast(Trainer, self._make("trainers", name, options))

    def generator(self, name: str, options: Options) -> Generator:
        """Raises UnknownPlugin and MissingPart with a way out, PluginError when it cannot be made."""
        return cast(Generator, self._make("generators", name, options))

    def ranker(self, name: str, options: Options) -> Checked:
        """Make the ranker of that name; its answers are checked, and exact hits stay on top of them."""
        return Checked(name, cast(Ranker, self._make("rankers", name, options)))

    def rankers(self) -> list[Offered]:
        """The rankers there are, by name."""
        return self.offers("rankers")

    def clusterer(self, name: str, options: Options) -> CheckedClusterer:
        """Make the clusterer of that name; its answers are checked."""
        return CheckedClusterer(name, cast(Clusterer, self._make("clusterers", name, options)))

    def projector(self, name: str, options: Options) -> CheckedProjector:
        """Make the projector of that name; its answers are checked."""
        return CheckedProjector(name, cast(Projector, self._make("projectors", name, options)))

    def missing(self, kind: Kind, name: str) -> str:
        """Why the named offer cannot run here, with the install line; "" when it can."""
        offered = self._find(kind, name)
        return _missing(offered.offer)

    def _make(self, kind: Kind, name: str, options: Options) -> object:
        offered = self._find(kind, name)
        if why := _missing(offered.offer):
            raise MissingPart(why)
        with _guarded(offered.plugin, f"making {name}"):
            return cast(object, offered.offer.make(options))

    def _find(self, kind: Kind, name: str) -> Offered:
        if name in self._waiting:
            self._load(name)
        for offered in self._listed(kind):
            if offered.offer.name == name:
                return offered
        known = self.offers(kind)
        for offered in known:
            if offered.offer.name == name:
                return offered
        raise UnknownPlugin(_unknown(kind, name, [offered.offer.name for offered in known], self.broken))

    def _load(self, name: str) -> None:
        found = self._waiting.pop(name)
        try:
            with _guarded(name, "loading"):
                self._manager.register(found.load(), name=name)
                self._manager.check_pending()  # a misspelt hook would otherwise never be called, and never be noticed
            self._sources[name] = found.source
        except PluginError as error:
            self._broken[name] = Broken(name, found.source, str(error))
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)

    def _listed(self, kind: Kind) -> Iterator[Offered]:
        for implementation in getattr(self._manager.hook, f"vecna_{kind}").get_hookimpls():
            name = implementation.plugin_name
            if name in self._broken:
                continue
            try:
                with _guarded(name, f"listing its {kind}"):
                    offers = list(implementation.function())
                    if wrong := [offer for offer in offers if not isinstance(offer, Offer)]:
                        raise TypeError(f"returned {type(wrong[0]).__name__} where Offer was expected")
            except PluginError as error:
                self._broken[name] = Broken(name, self._sources[name], str(error))
                continue
            for offer in offers:
                yield Offered(kind, offer, name, self._sources[name])


def _discover(folder: Path | None, only_ours: bool) -> Iterator[_Found]:
    for entry in entry_points(group=PROJECT):
        if only_ours and not entry.value.startswith("vecna_plugins."):
            continue
        yield _Found(entry.name, _origin(entry), entry.load)
    if folder is None or only_ours or not folder.is_dir():
        return
    for file in sorted(folder.glob("*.py")):
        yield _Found(file.stem, str(file), partial(_import_file, file))


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _import_file(file: Path) -> ModuleType:
    name = f"vecna_user_plugins.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _missing(offer: Offer[Any]) -> str:
    why = offer.missing()
    return f"{why}; install it with: pip install 'vecna-notes[{offer.extra}]'" if why and offer.extra else why


def _unknown(kind: Kind, name: str, known: list[str], broken: list[Broken]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    failed = "".join(f"; plugin {row.plugin!r} is broken: {row.reason}" for row in broken if row.plugin == name)
    return (
        f"no plugin offers {safe_line(name)!r} among the {kind}{hint}; installed: {', '.join(known) or 'none'}{failed}"
    )


@contextlib.contextmanager
def _guarded(plugin: str, what: str) -> Iterator[None]:
    """The plugin border: whatever a plugin raises becomes a PluginError that names it, and it prints nowhere."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except VecnaError:
        raise
    except (Exception, SystemExit) as error:
        reason = safe_line(str(error)) or type(error).__name__
        raise PluginError(f"plugin {plugin!r} failed while {what}: {type(error).__name__}: {reason}") from error
