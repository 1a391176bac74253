"""An embedder tuned on one's own notes: a linear map on a model's rows, or all its weights.

The trainer takes "base" (as sbert's "model"), "seed", "minutes" (0 for no limit), "full", "head" (a map
on top of a full one), "matryoshka", "lora", "cache" and "threads"; the embedder takes "model", a folder that it wrote.
"""

from __future__ import annotations

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Embedder, Trainable, Trainer

from .settings import missing_modules

NAME = "contrastive"
SUMMARY = "a sentence-transformers model tuned on your own links, titles and headings"


@hookimpl
def vecna_embedders() -> list[Offer[Embedder | Trainable]]:
    return [Offer(NAME, SUMMARY, make, "sbert", lambda: missing_modules(NAME, "onnxruntime", "tokenizers"))]


@hookimpl
def vecna_trainers() -> list[Offer[Trainer]]:
    return [Offer(NAME, SUMMARY, make_trainer, "sbert", lambda: missing_modules(NAME, "onnxruntime", "tokenizers"))]


def make(options: Options) -> Embedder:
    """Options: "model", a folder that the trainer wrote."""
    raise NotImplementedError


def make_trainer(options: Options) -> Trainer:
    raise NotImplementedError
