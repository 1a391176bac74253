"""All weights of a model tuned by sentence-transformers' own trainer: MultipleNegativesRanking (InfoNCE) both ways,
with in-batch and hard negatives. One pass, a low rate with warm-up, and in the end a step back to what it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vecna_notes.errors import MissingPart
from vecna_notes.interfaces import Pair, Say
from vecna_notes.types import Role, Rows

from .bags import unit
from .card import Card, read_card
from .contrastive_full_run import Progress, Watch, arguments, last_checkpoint, running_over
from .contrastive_head import SHARES, Head, Shown, mrr
from .contrastive_rows import Embed, evenly, some_of
from .settings import missing_modules
from .torch_run import quiet
from .weights import Weights

if TYPE_CHECKING:
    from .contrastive_train import Contrastive

BATCH = 32
SCALE = 20.0
MAX_TOKENS = 64
"""Of a text while it learns; what a note is about stands in its beginning."""
MOST_PAIRS = 1_500
"""Links and names before headings, which say the same again: a pair is a quarter of a second on two slow cores."""
MOST_HELD_OUT = 100
CHANCE = 0.01
DONE = "done.json"
_CHARACTERS_PER_TOKEN = 4
_FLOPS_PER_SECOND = 5e10
"""That training gets out of two cores, looks at held-out pairs included."""


def estimate(pairs: Sequence[Pair], weights: Weights) -> float:
    """Seconds, by its size and the length of the texts."""
    config = json.loads((weights.folder / "config.json").read_bytes())
    weighing = 12 * int(config.get("num_hidden_layers", 6)) * int(config.get("hidden_size", 384)) ** 2
    tokens = sum(
        min(len(text) // _CHARACTERS_PER_TOKEN + 3, MAX_TOKENS)
        for pair in shown(pairs)
        for text in (pair.first, pair.second)
    )
    return 60 + 6 * weighing * tokens / _FLOPS_PER_SECOND


def tune(
    trainer: Contrastive,
    weights: Weights,
    pairs: Sequence[Pair],
    held_out: Sequence[Pair],
    work: Path,
    deadline: float,
    say: Say,
) -> tuple[dict[str, float], Embed]:
    """Writes the tuned model into `work`/full. What held-out pairs said of it, and what embeds with it.

    Raises MissingPart with the line that installs what is missing.
    """
    if why := missing_modules("tuning all weights", "torch", "sentence_transformers", "accelerate", "datasets"):
        raise MissingPart(f"{why}; install it with: pip install 'vecna-notes[train]', or tune without --full")
    with quiet(_threads(trainer)):
        asked = some_of(held_out, MOST_HELD_OUT)
        tuning = _Tuning(trainer, weights, shown(pairs), asked, work, deadline, say)
        scores = tuning.done()
        if scores is None:
            scores = tuning.tuned()
    return scores, tuning.embed


def shown(pairs: Sequence[Pair]) -> list[Pair]:
    """What is learned from, in the order given."""
    first = [pair for pair in pairs if pair.source != "heading"]
    chosen = evenly(first, MOST_PAIRS)
    chosen += evenly([pair for pair in pairs if pair.source == "heading"], MOST_PAIRS - len(chosen))
    return chosen


def _threads(trainer: Contrastive) -> int:
    value = trainer.options.get("threads", 0)
    return value if isinstance(value, int) else 0


@dataclass(eq=False)
class _Tuning:
    trainer: Contrastive
    weights: Weights
    pairs: Sequence[Pair]
    held_out: Sequence[Pair]
    work: Path
    deadline: float
    say: Say
    _model: Any = field(init=False, default=None)
    _card: Card = field(init=False)

    def __post_init__(self) -> None:
        self._card = read_card(self.weights.folder, self.trainer.settings.base)

    @property
    def folder(self) -> Path:
        return self.work / "full"

    def done(self) -> dict[str, float] | None:
        """What an earlier run said that got as far as this."""
        try:
            scores: dict[str, float] = json.loads((self.folder / DONE).read_bytes())
        except (OSError, ValueError):
            return None
        self._model = opened(self.folder)
        return scores

    def tuned(self) -> dict[str, float]:
        import torch
        from transformers import set_seed

        set_seed(self.trainer.settings.seed)
        torch.use_deterministic_algorithms(True, warn_only=True)
        self._model = model = opened(self.weights.folder)
        longest = model.max_seq_length
        model.max_seq_length = min(self._card.max_tokens, MAX_TOKENS)
        before = {name: value.detach().clone() for name, value in model.state_dict().items()}
        first = self._score()
        if self.trainer.settings.lora:
            _adapt(model, self.trainer.settings.lora)
        watch = self._learn(first)
        watch.load_best(model)
        if self.trainer.settings.lora:
            model[0].model = model[0].model.merge_and_unload()
        share, after = self._mixed(before)
        model.max_seq_length = longest
        scores = {"full before": first, "full after": after, "full share": share}
        self._save(scores)
        return scores

    def embed(self, texts: Sequence[str], role: Role) -> Rows:
        """By the tuned weights, prompts included: the beginning of each text, as they learned it."""
        self._model.max_seq_length = min(self._card.max_tokens, MAX_TOKENS)
        found = self._model.encode(
            self._card.prepared(list(texts)), prompt=self._card.prompt(role), batch_size=32, show_progress_bar=False
        )
        return np.asarray(found, dtype=np.float32)

    def _learn(self, first: float) -> Watch:
        chosen = list(batches(self.pairs, BATCH, self.trainer.settings.seed))
        steps = len(chosen)
        watch = Watch(
            self.work, steps, len(self.pairs), self.deadline, self.say, self._score, Progress(best_score=first)
        )
        adapted = self.trainer.settings.lora > 0
        start = None if adapted else last_checkpoint(self.work / "steps")  # adapters begin anew, and end the same
        watch.resume(start)
        settings = arguments(self.work / "steps", steps, BATCH, self.trainer.settings.seed, self._card, adapted)
        running = running_over(chosen, self._model, settings, self._dataset(), self._loss(), watch)
        running.train(resume_from_checkpoint=str(start) if start else None)
        return watch

    def _dataset(self) -> Any:
        """With "negatives" another column, which costs half as much again. A pair that has none is set against a text
        that it might meet in a batch anyhow."""
        from datasets import Dataset

        columns = {"anchor": [pair.first for pair in self.pairs], "positive": [pair.second for pair in self.pairs]}
        if self.trainer.settings.negatives:
            others = columns["positive"][1:] + columns["positive"][:1]
            columns["negative"] = [(*pair.apart, other)[0] for pair, other in zip(self.pairs, others, strict=True)]
        return Dataset.from_dict(columns)

    def _loss(self) -> Any:
        from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss

        ways = ("query_to_doc", "doc_to_query")
        loss: Any = MultipleNegativesRankingLoss(
            self._model, scale=SCALE, directions=ways, partition_mode="per_direction"
        )
        dims = self.trainer.settings.matryoshka
        whole = self._model.get_sentence_embedding_dimension()
        return MatryoshkaLoss(self._model, loss, [whole, *dims]) if dims else loss

    def _score(self) -> float:
        """MRR@10 of held-out pairs, by the model as it is."""
        if not self.held_out:
            return 0.0
        self._model.eval()
        first = self._encoded([pair.first for pair in self.held_out])
        second = self._encoded([pair.second for pair in self.held_out])
        numbers: dict[str, int] = {}
        notes = np.array([[numbers.setdefault(path, len(numbers)) for path in pair.notes] for pair in self.held_out])
        self._model.train()
        nothing = Shown(first[:0], second[:0], notes[:0])
        return mrr(Shown(first, second, notes), nothing, Head.idle(first.shape[1]))

    def _encoded(self, texts: list[str]) -> Rows:
        rows = self.embed(texts, "note")
        return unit(rows)

    def _mixed(self, before: dict[str, Any]) -> tuple[float, float]:
        """As far from what it was as held-out pairs like; the furthest where these are not sure."""
        after = {name: value.detach().clone() for name, value in self._model.state_dict().items()}
        scores = {}
        for share in SHARES:
            self._take(before, after, share)
            scores[share] = self._score()
        share = max(share for share, score in scores.items() if score >= max(scores.values()) - CHANCE)
        self._take(before, after, share)
        return share, scores[share]

    def _take(self, before: dict[str, Any], after: dict[str, Any], share: float) -> None:
        mixed = {
            name: before[name] + share * (value - before[name]) if value.is_floating_point() else value
            for name, value in after.items()
        }
        self._model.load_state_dict(mixed)

    def _save(self, scores: dict[str, float]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        fresh = self.work / ".full"
        shutil.rmtree(fresh, ignore_errors=True)
        self._model.eval()
        self._model.save_pretrained(str(fresh), create_model_card=False, safe_serialization=True)
        (fresh / DONE).write_text(json.dumps(scores), encoding="utf-8")
        fresh.rename(self.folder)


def opened(folder: Path) -> Any:
    """On a GPU where there is one, in full precision."""
    import torch
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        str(folder),
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True, "dtype": torch.float32},
    )


def _adapt(model: Any, rank: int) -> None:
    """Low-rank adapters (Hu et al. 2021) instead of every weight: a quarter of the memory."""
    if why := missing_modules("LoRA", "peft"):
        raise MissingPart(f"{why}; install it with: pip install peft, or set trainers.contrastive.lora to 0")
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", lora_dropout=0.0)
    model[0].model = get_peft_model(model[0].model, config)


def batches(pairs: Sequence[Pair], size: int, seed: int) -> Iterator[list[int]]:
    """Every pair once, in batches in which no note and no text stands twice; small ones at the end are left out."""
    left = list(np.random.default_rng(seed).permutation(len(pairs)).tolist())
    while left:
        batch: list[int] = []
        taken: set[str] = set()
        rest: list[int] = []
        for place in left:
            own = {*pairs[place].notes, pairs[place].first, pairs[place].second}
            if len(batch) < size and not own & taken:
                batch.append(place)
                taken |= own
            else:
                rest.append(place)
        if len(batch) >= min(size, 8):
            yield batch
        left = rest
