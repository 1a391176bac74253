"""An embedder tuned on one's own notes: a linear map on a model's rows, or all its weights.

The trainer takes "base" (as sbert's "model"), "seed", "minutes" (0 for no limit), "full", "head" (a map on a full one,
too), "matryoshka" (dimensions that stand alone), "lora" (its rank; 0 tunes every weight), "negatives"
(hard ones for a full one, too), "cache" and "threads"; the embedder takes "model", a folder that it wrote.
"""

from __future__ import annotations

from pathlib import Path

from vecna_notes.errors import ConfigError
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Embedder, Trainable, Trainer

from .settings import missing_modules

NAME = "contrastive"
SUMMARY = "a sentence-transformers model tuned on your own links, titles and headings (`vecna train`)"


@hookimpl
def vecna_embedders() -> list[Offer[Embedder | Trainable]]:
    return [Offer(NAME, SUMMARY, make, "sbert", _missing)]


@hookimpl
def vecna_trainers() -> list[Offer[Trainer]]:
    return [Offer(NAME, SUMMARY, make_trainer, "sbert", _missing)]


def make(options: Options) -> Embedder:
    """Options: "model", a folder that the trainer wrote."""
    from .contrastive_tuned import open_tuned

    folder = options.get("model")
    if not isinstance(folder, str) or not folder:
        raise ConfigError("contrastive has no model of its own: `vecna train` makes one of these notes, and uses it")
    return open_tuned(Path(folder), options)


def make_trainer(options: Options) -> Trainer:
    """Reads its settings; a wrong one is a ConfigError now and not in an hour."""
    from .contrastive_train import Contrastive

    return Contrastive.of(options)


def _missing() -> str:
    return missing_modules(NAME, "onnxruntime", "tokenizers", "safetensors")
