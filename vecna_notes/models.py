"""The embedder behind a Space: made by its plugin, or loaded from the folder the vault trained it into."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecna_notes.config import make_private
from vecna_notes.errors import EmbedderError, MissingPart, UnknownPlugin, VecnaError
from vecna_notes.hookspecs import Options
from vecna_notes.interfaces import Embedder, Literate, Noticing, Report, Trainable
from vecna_notes.registry import Registry
from vecna_notes.store import Store
from vecna_notes.text import digest
from vecna_notes.types import Space

LEARNED = ("lsa", "word2vec")
"""Embedders that `auto` trains on the vault, soonest first."""
BEST = "sbert"
"""Embedder that `auto` fills in behind them."""
ALIASES = {"multilingual": f"{BEST}:paraphrase-multilingual-MiniLM-L12-v2"}
"""Short names of an embedder with a model, for `vecna embedders use`."""
_TUNED_NAME = re.compile(r"tuned-\d+")
FEWEST_TIMED = 100
"""Texts embedded in one go from which on their time says how fast an embedder is."""
FOREIGN_SHARE = 0.1
"""From this share of notes in other languages on, an embedder that does not read them is worth a word."""


@dataclass(frozen=True, slots=True)
class Models:
    """Makes, trains and opens embedders for one vault; holds no model itself."""

    store: Store
    registry: Registry
    options: Callable[[str], Options]
    """The settings of an embedder by its name."""
    folder: Path
    """Where this vault's trained models are kept, a folder a Space."""
    tuned: Path
    """Where its tuned models are kept, a folder a name; unlike the others they cannot be made again just so."""

    def open(self, space: Space) -> Embedder:
        """The embedder whose rows lie in `space`, for asking. Raises when it is no longer to be had."""
        options = dict(self.options(space.embedder))
        if "model" in options or is_tuned_name(space.model):
            options["model"] = space.model  # the one that made these rows, whichever is configured by now
        made = self._made(space.embedder, options)
        embedder = made if isinstance(made, Embedder) else made.load(self._trained_folder(space.key))
        if embedder.space.key != space.key:
            raise EmbedderError(
                f"{space.embedder} is now {embedder.space.key}, but the index holds {space.key}; "
                "`vecna index` builds the new one beside it"
            )
        return embedder

    def current(self, name: str) -> Embedder | Trainable:
        """The embedder of that name as settings and vault have it: a Trainable when it must be trained first."""
        live = self.store.kept.tunings.live()
        tuned = {"model": live.name} if live is not None and live.embedder == name else {}
        made = self._made(name, {**self.options(name), **tuned})
        if isinstance(made, Embedder):
            return made
        record = self.store.meta.get(_key(name))
        if not isinstance(record, dict) or self.is_outgrown(name):
            return made
        try:
            return made.load(self._trained_folder(record["space"]))
        except (OSError, ValueError, KeyError, VecnaError):
            return made  # a cache that is gone or damaged is made again

    def train(self, name: str, trainable: Trainable, texts: Sequence[str], report: Report) -> Embedder:
        """Train on `texts` into a folder of its own; the model counts only once it is complete and recorded."""
        scratch = self.folder / f".{name}.new"
        shutil.rmtree(scratch, ignore_errors=True)
        make_private(scratch)
        try:
            embedder = trainable.train(texts, scratch, report)
            final = self.folder / embedder.space.key
            shutil.rmtree(final, ignore_errors=True)
            scratch.rename(final)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return trainable.load(final)

    def record(self, name: str, embedder: Embedder, texts: int) -> None:
        """Remember that `name` is now this trained model."""
        known = {"space": embedder.space.key, "texts": texts, "options": self._options_digest(name)}
        with self.store.transaction():
            self.store.meta.set(_key(name), known)

    def remember(self, embedder: Embedder) -> None:
        """Keep what an embedder says of itself, for a status that opens no model."""
        languages = list(embedder.languages) if isinstance(embedder, Literate) else []
        said = {"languages": languages, "notice": embedder.notice if isinstance(embedder, Noticing) else ""}
        key = _said_key(embedder.space)
        if self.store.meta.get(key) != said:
            with self.store.transaction():
                self.store.meta.set(key, said)

    def timed(self, space: Space, texts: int, seconds: float) -> None:
        """Remember how fast an embedder was here, if that was work enough to tell."""
        if texts >= FEWEST_TIMED and seconds > 0:
            with self.store.transaction():
                self.store.meta.set(_speed_key(space), round(texts / seconds, 1))

    def speed(self, space: Space) -> float | None:
        """Texts a second; None where it was never measured."""
        found = self.store.meta.get(_speed_key(space))
        return float(found) if isinstance(found, int | float) else None

    def notices(self) -> Iterator[str]:
        """What the status must say of the embedder that answers, in sentences."""
        active = self.store.vectors.active()
        yield from self._tuned_notices(active[1] if active else None)
        said = self.store.meta.get(_said_key(active[1])) if active else None
        if active is None or not isinstance(said, dict):
            return
        if said["notice"]:
            yield said["notice"]
        notes = self.store.files.counts().get("indexed", 0)
        if foreign := language_notice(active[1].model, said["languages"], self.store.notes.languages(), notes):
            yield foreign

    def _tuned_notices(self, active: Space | None) -> Iterator[str]:
        live = self.store.kept.tunings.live()
        if live is not None and (active is None or active.model != live.name):
            yield f"{live.name} answers as soon as its vectors are complete: `vecna index`"
        if live is not None and live.is_forced:
            why = live.content["verdict"]["why"]
            yield f"{live.name} answers by force although {why}; `vecna embedders rollback` goes back"

    def remove(self, space: Space) -> None:
        """Delete the trained model of a Space, if it is one."""
        shutil.rmtree(self.folder / space.key, ignore_errors=True)

    def is_trained(self, name: str) -> bool:
        """Whether this vault ever trained an embedder of that name."""
        return self.store.meta.get(_key(name)) is not None

    def is_outgrown(self, name: str) -> bool:
        """Whether a model is to be trained anew: its settings changed, or the vault has grown by the set share."""
        record = self.store.meta.get(_key(name))
        if not isinstance(record, dict):
            return False
        growth = self.options(name).get("retrain_growth", 0.25)
        if record["options"] != self._options_digest(name) or not isinstance(growth, int | float):
            return True
        return self.store.passages.text_count() > int(record["texts"]) * (1 + growth)

    def is_current(self, embedder: Embedder) -> bool:
        """Whether `current` would still open this very one."""
        live, name = self.store.kept.tunings.live(), embedder.space.embedder
        is_other = live is not None and live.embedder == name and live.name != embedder.space.model
        return not is_other and not self.is_outgrown(name)

    def missing(self, name: str) -> str:
        """Why an embedder cannot run here, or ""."""
        try:
            return self.registry.missing("embedders", name)
        except UnknownPlugin as error:  # it may be switched off
            return str(error)

    def rungs(self, setting: str) -> tuple[str, ...]:
        """The embedders a setting asks for, in the order in which they can answer."""
        if setting != "auto":
            return (setting,)
        return tuple(name for name in (*LEARNED, BEST) if not self.missing(name))

    def wanted(self, setting: str) -> tuple[str, ...]:
        """The same, and above them that of the tuned model which is to answer."""
        rungs, live = self.rungs(setting), self.store.kept.tunings.live()
        return rungs if live is None or live.embedder in rungs else (*rungs, live.embedder)

    def _made(self, name: str, options: Options) -> Embedder | Trainable:
        """A tuned model's name stands for its folder."""
        model = options.get("model")
        if not isinstance(model, str) or not is_tuned_name(model):
            return self.registry.embedder(name, options)
        if not (self.tuned / model).is_dir():
            raise MissingPart(
                f"the tuned model {model} is gone; `vecna embedders rollback` goes back to the one before it, "
                "`vecna train` tunes another"
            )
        return self.registry.embedder(name, {**options, "model": str(self.tuned / model)})

    def _trained_folder(self, key: str) -> Path:
        folder = self.folder / key
        if not folder.is_dir():
            raise MissingPart(f"the trained model {key} is gone; `vecna index` trains it again")
        return folder

    def _options_digest(self, name: str) -> str:
        own = {key: value for key, value in self.options(name).items() if key not in ("cache", "threads", "report")}
        return digest(json.dumps(own, sort_keys=True, default=str))


def _key(name: str) -> str:
    return f"trained.{name}"


def _said_key(space: Space) -> str:
    return f"said.{space.key}"


def _speed_key(space: Space) -> str:
    return f"speed.{space.key}"


def is_tuned_name(model: str) -> bool:
    """Whether a model's name is that of one tuned on a vault."""
    return _TUNED_NAME.fullmatch(model) is not None


def language_notice(model: str, reads: Collection[str], counts: Mapping[str, int], notes: int) -> str:
    """That a model meets notes it does not read, with the way out, when they are many; else "".

    `counts` are notes by language, those of unknown language left out; `reads` is empty for a model of many languages.
    """
    foreign = {code: count for code, count in counts.items() if code not in reads}
    total = sum(foreign.values())
    if not reads or total <= FOREIGN_SHARE * notes:
        return ""
    most = ", ".join(f"{code} {count:,}" for code, count in sorted(foreign.items(), key=lambda one: -one[1])[:3])
    more = ", …" if len(foreign) > 3 else ""
    named = "English" if set(reads) == {"en"} else ", ".join(sorted(reads))
    return (
        f"{total:,} of {notes:,} notes are not {named} ({most}{more}); {model} reads {named}: "
        "`vecna embedders use multilingual`"
    )
