"""What stands beside sentence-transformers' trainer: settings, looks at held-out pairs, checkpoints that survive."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vecna_notes.interfaces import Say, Step

from .card import Card

RATE, ADAPTER_RATE, WARM_UP = 2e-5, 2e-4, 0.1
LOOKS, PATIENCE = 3, 2
"""Looks at the held-out pairs, and worse ones in a row after which it ends."""
CHECKPOINTS = 8
WHOLE = "whole.json"
"""In a checkpoint that was written to its end, with how far it had come."""
BEST = "best.safetensors"


@dataclass(slots=True)
class Progress:
    best_score: float = 0.0
    best_step: int = 0
    waited: int = 0


@dataclass(eq=False)
class Watch:
    """Hears of every step."""

    work: Path
    steps: int
    pairs: int
    deadline: float
    say: Say
    score: Callable[[], float]
    progress: Progress
    began: float = field(default_factory=time.monotonic)
    _first: int = 0
    _loss: float = 0.0

    def resume(self, checkpoint: Path | None) -> None:
        if checkpoint is not None:
            self.progress = Progress(**json.loads((checkpoint / WHOLE).read_bytes()))
            self._first = int(checkpoint.name.rpartition("-")[2])

    def heard(self, loss: float) -> None:
        self._loss = loss

    def stepped(self, step: int, model: Any) -> bool:
        """Whether it goes on."""
        held_out = None
        if step == self.steps or step % max(1, self.steps // LOOKS) == 0:
            held_out = self._look(step, model)
        seconds = max(time.monotonic() - self.began, 1e-9)
        rate = (step - self._first) / seconds
        told = Step(
            step,
            self.steps,
            self._loss,
            rate * self.pairs / self.steps,
            held_out,
            self.progress.best_step,
            (self.steps - step) / max(rate, 1e-9),
        )
        is_wanted = self.say(told)
        return is_wanted and time.monotonic() < self.deadline and self.progress.waited < PATIENCE

    def _look(self, step: int, model: Any) -> float:
        from safetensors.torch import save_file

        score = self.score()
        if score <= self.progress.best_score and self.progress.best_step:
            self.progress.waited += 1
            return score
        self.progress = Progress(score, step)
        fresh = self.work / f".{BEST}"
        save_file({name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}, fresh)
        fresh.replace(self.work / BEST)
        return score

    def load_best(self, model: Any) -> None:
        from safetensors.torch import load_file

        if self.progress.best_step:
            model.load_state_dict(load_file(self.work / BEST))


def arguments(folder: Path, steps: int, batch: int, seed: int, card: Card, is_adapted: bool) -> Any:
    """One pass; a checkpoint every eighth of it."""
    import torch
    from sentence_transformers import SentenceTransformerTrainingArguments

    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,
        per_device_train_batch_size=batch,
        prompts=card.note_prompt or None,
        learning_rate=ADAPTER_RATE if is_adapted else RATE,
        warmup_steps=max(1, round(WARM_UP * steps)),
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
        logging_strategy="steps",
        logging_steps=1,
        save_strategy="steps",
        save_steps=max(1, steps // CHECKPOINTS),
        save_total_limit=2,
        seed=seed,
        data_seed=seed,
        bf16=_has_bf16(),
        use_cpu=not (torch.cuda.is_available() or torch.backends.mps.is_available()),
        report_to=[],
        disable_tqdm=True,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
    )


def _has_bf16() -> bool:
    """Whether half precision is fast here; weights stay in full."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    flags = {line for line in _cpu_flags() if line in ("avx512_bf16", "amx_bf16")}
    return bool(flags) and not torch.backends.mps.is_available()


def _cpu_flags() -> list[str]:
    """Empty where the system does not tell."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return next((line.split() for line in text.splitlines() if line.startswith("flags")), [])


def running_over(batches: Sequence[list[int]], model: Any, settings: Any, dataset: Any, loss: Any, watch: Watch) -> Any:
    """sentence-transformers' trainer, over these batches and no others."""
    from sentence_transformers import SentenceTransformerTrainer
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from transformers import PrinterCallback

    class Chosen(DefaultBatchSampler):  # type: ignore[misc]
        def __iter__(self) -> Iterator[list[int]]:
            yield from batches

        def __len__(self) -> int:
            return len(batches)

    class Running(SentenceTransformerTrainer):  # type: ignore[misc]
        def get_batch_sampler(self, dataset: Any, batch_size: int, drop_last: bool, **others: Any) -> Any:
            return Chosen(dataset, batch_size, drop_last)

    running = Running(model=model, args=settings, train_dataset=dataset, loss=loss, callbacks=[_callback(watch)])
    running.remove_callback(PrinterCallback)
    return running


def _callback(watch: Watch) -> Any:
    from transformers import TrainerCallback

    class Told(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
            watch.heard(float((logs or {}).get("loss", watch._loss)))

        def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **others: Any) -> Any:
            if not watch.stepped(state.global_step, model):
                control.should_training_stop = True
            return control

        def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / WHOLE).write_text(json.dumps(asdict(watch.progress)), encoding="utf-8")

    return Told()


def last_checkpoint(folder: Path) -> Path | None:
    """The newest that was written to its end; what a kill left half is removed."""
    found: list[tuple[int, Path]] = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / WHOLE).is_file():
            found.append((int(checkpoint.name.rpartition("-")[2]), checkpoint))
        else:
            shutil.rmtree(checkpoint, ignore_errors=True)
    return max(found)[1] if found else None
