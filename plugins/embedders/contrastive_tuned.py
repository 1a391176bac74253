"""A tuned model at work: the base's rows through a head, or its own transformer on ONNX."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from vecna_notes.errors import ConfigError, EmbedderError
from vecna_notes.hookspecs import Options
from vecna_notes.interfaces import Embedder
from vecna_notes.text import digest
from vecna_notes.types import Role, Rows, Space

from . import contrastive_export, sbert
from .bags import unit
from .contrastive_folder import Manifest, read_head, read_manifest
from .contrastive_head import Head
from .exports import graph_of, listener
from .settings import whole
from .weights import find

NAME = "contrastive"


def open_tuned(folder: Path, options: Options) -> Embedder:
    """Raises EmbedderError, saying the way back, where a part of it is gone or damaged."""
    manifest = read_manifest(folder)
    head = read_head(folder, manifest) if manifest.head else None
    if manifest.is_full:
        return Tuned(folder, manifest, _own(folder, manifest, options), head)
    assert head is not None  # what is neither would not be tuned
    return Headed(folder, manifest, open_base(manifest.base, manifest.base_space, options), head)


def open_base(model: str, space: Space, options: Options) -> sbert.Sbert:
    """The model that was or is to be tuned. Raises EmbedderError when it is another by now."""
    made = sbert.make(
        {key: options[key] for key in ("cache", "threads", "report") if key in options} | {"model": model}
    )
    if made.space.key != space.key or not isinstance(made, sbert.Sbert):
        raise EmbedderError(
            f"{model} is now {made.space.key}, but {space.key} was tuned; `vecna embedders rollback` goes back, and "
            "`vecna train` tunes the new one"
        )
    return made


def _own(folder: Path, manifest: Manifest, options: Options) -> sbert.Sbert:
    cache = options.get("cache")
    if not isinstance(cache, Path):
        raise ConfigError('contrastive needs "cache", a folder for what it exports')
    weights = find(sbert.wanted(str(folder)), cache / NAME, False)
    if weights.revision != manifest.digests[weights.files[0].name]:
        raise EmbedderError(f"the weights in {folder} are damaged; `vecna embedders rollback` goes back")
    graph = partial(graph_of, weights, str(folder), cache / NAME, contrastive_export.__name__, listener(options))
    threads = whole(NAME, options, "threads", 0, least=0)
    return sbert.opened(str(folder), weights, contrastive_export.plain_card(folder), graph, threads)


class Headed:
    """Rows of the base through the head, so that stored ones need no text."""

    def __init__(self, folder: Path, manifest: Manifest, base: sbert.Sbert, head: Head) -> None:
        self._base = base
        self._head = head
        self._space = _space(folder, manifest)
        self.max_tokens = base.max_tokens
        self.notice = base.notice
        self.languages = base.languages

    @property
    def space(self) -> Space:
        return self._space

    @property
    def base(self) -> Space:
        return self._base.space

    def derive(self, rows: Rows) -> Rows:
        return self._head.apply(rows)

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        return self.derive(unit(self._base.embed(texts, role)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._base.count_tokens(texts)


class Tuned:
    """Its own transformer, and a head behind it where one was learned."""

    def __init__(self, folder: Path, manifest: Manifest, own: sbert.Sbert, head: Head | None) -> None:
        self._own = own
        self._head = head
        self._space = _space(folder, manifest)
        self.max_tokens = own.max_tokens
        self.notice = own.notice
        self.languages = own.languages

    @property
    def space(self) -> Space:
        return self._space

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        rows = unit(self._own.embed(texts, role))
        return rows if self._head is None else self._head.apply(rows)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._own.count_tokens(texts)


def _space(folder: Path, manifest: Manifest) -> Space:
    recipe = {"base": manifest.base_space.key, "full": manifest.is_full, "head": bool(manifest.head)}
    dim = manifest.base_space.dim
    return Space(NAME, folder.name, manifest.revision, dim, "cosine", digest(json.dumps(recipe, sort_keys=True)))
