"""The Train pane: a tuning while it runs, and what the gate said of a model that was tuned."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from vecna_notes.text import safe_line
from vecna_notes.tui.comparing import Model
from vecna_notes.tui.curves import Figure, bounds, curve
from vecna_notes.tui.glyphs import ASCII, Glyphs, meter
from vecna_notes.tui.phrases import age, duration, plural
from vecna_notes.tui.pieces import Piece, Pieces, fit, pad
from vecna_notes.tui.screens.panel import PanelList, PanelRow, gap, prose
from vecna_notes.tui.training import Training, elapsed

if TYPE_CHECKING:
    from vecna_notes.train.tuned import Tuned
    from vecna_notes.train.verdict import Compared, Moved

_AXIS = 16
_SET = 14
MOVED_SHOWN = 6
WHAT = (
    "Your links, titles, headings and aliases say which texts belong together. A model that learns this finds notes by "
    "your own words for things; it may also get worse. So it answers only after it was better than the one before on "
    "pairs it has never seen, and worse nowhere."
)
HOW = "t shows the pairs and how long it takes, and asks. Search goes on meanwhile; u goes back at once."


def train_rows(
    training: Training, model: Model | None, now: float, width: int, height: int, look: Glyphs
) -> list[PanelRow]:
    """Top to bottom: what runs, or what is known of the model under the cursor."""
    rows: list[PanelRow] = []
    if training.is_running:
        return [*_running(training, now, width, height, look)]
    if training.error:
        rows += [*prose("error", f"{look.cross} {training.error}", width, "bad"), gap("error")]
    tuned = model.tuned if model else None
    if tuned is None:
        return [*rows, *_about(model, width)]
    rows += _verdict(tuned, width, look)
    if training.name == tuned.name and training.losses:
        rows += [gap("curves"), *_curves(training, width, 10, look)]
    return rows


class TrainList(PanelList):
    """What enter asks is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "ask it in each")]


def pane_title(training: Training, model: Model | None, look: Glyphs) -> str:
    if training.is_running:
        kind = "all weights" if training.settings.get("full") else "a map on stored vectors"
        return f"tuning {look.middot} {kind}"
    return f"what the gate said of {model.name}" if model and model.tuned else "train"


# ── running ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _running(training: Training, now: float, width: int, height: int, look: Glyphs) -> Iterator[PanelRow]:
    yield from _pairs(training.pairs, width, look)
    if training.phase == "starting":
        words = "paused: p goes on" if training.is_paused else "reading notes and vectors"
        yield PanelRow("starting", ((words, "bright"), (f"   {elapsed(training, now)}", "dim")))
    else:
        yield from _curves(training, width, max(height - 9, 6), look)
        yield from _progress(training, now, width, look)
    yield gap("keys")
    yield PanelRow("keys", tuple(_keys(training)))


def _pairs(pairs: Mapping[str, int], width: int, look: Glyphs) -> Iterator[PanelRow]:
    if not pairs:
        return
    told = f" {look.middot} ".join(f"{source} {count:,}" for source, count in pairs.items() if count)
    yield from prose("pairs", f"{plural(sum(pairs.values()), 'pair')}: {told}", width, "dim")
    yield gap("pairs")


def _curves(training: Training, width: int, height: int, look: Glyphs) -> Iterator[PanelRow]:
    """The loss above, what counts below it, over the same steps."""
    down = min(max((height - 2) // 2, 2), 10)
    last = float(max(training.steps, 1))
    if training.losses:
        yield from _curve("loss", training.losses, last, width, down, look, "meter")
    if training.held_out:
        yield from _curve("held-out", training.held_out, last, width, down, look, "good")
    yield _steps(training, width, look)


def _curve(
    name: str, figures: tuple[Figure, ...], last: float, width: int, height: int, look: Glyphs, inks: str
) -> Iterator[PanelRow]:
    low, high = bounds(figures)
    is_ascii = look is ASCII
    side = "|" if is_ascii else "│"
    lines = curve(figures, last, low, high, max(width - _AXIS - 1, 4), height, is_ascii)
    for number, line in enumerate(lines):
        head = name if number == 0 else ""
        value = _value(high) if number == 0 else _value(low) if number == height - 1 else ""
        left = f"{head:<9}{value:>{_AXIS - 10}} "
        yield PanelRow(f"{name}-{number}", ((left, "dim"), (side, "faint"), (line, inks)))


def _value(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if abs(value) < 10 else f"{value:.1f}"


def _steps(training: Training, width: int, look: Glyphs) -> PanelRow:
    """The axis, with a star under the best step."""
    room = max(width - _AXIS - 1, 4)
    star = "*" if look is ASCII else "★"
    rule = list(look.rule * room)
    if training.best and training.steps:
        rule[min(round(training.best / training.steps * (room - 1)), room - 1)] = star
    ends = "+" if look is ASCII else "└"
    return PanelRow("axis", ((" " * _AXIS + ends, "faint"), ("".join(rule), "faint")))


def _progress(training: Training, now: float, width: int, look: Glyphs) -> Iterator[PanelRow]:
    full, empty = meter(training.progress, 18, look)
    share = f" {training.progress:.0%}"
    left = (f"step {training.step:,} of {training.steps:,}  ", "text")
    yield PanelRow("step", (left, (full, "accent"), (empty, "faint"), (share, "text")))
    speed = f"{training.speed:,.0f}" if training.speed >= 10 else f"{training.speed:.1f}"
    parts = [f"{speed} pairs/s"] if training.speed else []
    if training.phase == "training" and training.seconds_left is not None and not training.is_paused:
        parts.append(f"{duration(training.seconds_left)} left")
    parts.append(f"running {elapsed(training, now)}")
    yield PanelRow("speed", ((f" {look.middot} ".join(parts), "dim"),))
    yield _best(training, look)
    if training.phase == "judging":
        share = f" {training.share:.0%}" if training.share else ""
        yield PanelRow("judging", ((f"the gate compares it: {training.words}{share}", "bright"),))
    elif training.is_stopping:
        yield PanelRow("stopping", (("stopping; the best so far goes before the gate", "warn"),))
    elif training.is_paused:
        yield PanelRow("paused", (("paused: p goes on", "warn"),))


def _best(training: Training, look: Glyphs) -> PanelRow:
    first, best = (training.held_out[0][1] if training.held_out else None), training.best_score
    if first is None or best is None:
        return PanelRow("best", (("held-out pairs: not measured yet", "faint"),))
    return PanelRow(
        "best",
        (
            ("held-out MRR@10 ", "dim"),
            (f"{_value(first)} {look.to} {_value(best)}", "good" if best > first else "text"),
            (f"   best at step {training.best:,}", "dim"),
        ),
    )


def _keys(training: Training) -> Iterator[Piece]:
    first = "go on" if training.is_paused else "pause"
    keys = [("p", first), ("s", "stop, keep the best"), ("esc", "leave it on")]
    for key, does in keys if training.phase != "judging" else keys[2:]:
        yield key, "key"
        yield f" {does}  ", "dim"


# ── what came of it ─────────────────────────────────────────────────────────────────────────────────────────────────


def _about(model: Model | None, width: int) -> Iterator[PanelRow]:
    status = model.status if model else None
    if model is not None and status is not None:
        yield from prose("summary", f"{model.name}: {safe_line(status.summary)}", width, "text")
        if status.lacks:
            yield from prose("lacks", safe_line(status.lacks), width, "warn")
        yield gap("summary")
    yield PanelRow("title", (("An embedder tuned on your own notes", "bright"),))
    for number, text in enumerate((WHAT, HOW)):
        yield gap(f"about-{number}")
        yield from prose(f"about-{number}", text, width, "dim")


def _verdict(tuned: Tuned, width: int, look: Glyphs) -> Iterator[PanelRow]:
    inks = "warn" if tuned.is_forced else "good" if tuned.is_live else "text"
    state = "answers, by force" if tuned.is_forced else "answers" if tuned.is_live else "is kept, and not used"
    kind = "all weights" if tuned.how.full else "head"
    when = age(tuned.made, time.time())
    facts = [kind, plural(sum(tuned.pairs.values()), "pair"), f"{tuned.seconds:.1f} s", when + " ago" * (when != "now")]
    yield PanelRow("state", ((f"{tuned.name} {state}", f"{inks} bold"),))
    yield PanelRow("facts", ((f" {look.middot} ".join(facts), "dim"),))
    yield gap("why")
    yield from prose("why", safe_line(tuned.verdict.why), width, "text")
    yield gap("sets")
    if tuned.verdict.sets:
        yield PanelRow("sets", ((f"{'set':<{_SET}}{'before':>7}{'after':>6}{'change':>7}  95 % interval", "dim"),))
    for one in tuned.verdict.sets:
        yield _set(one, width, look)
    yield from _moves(tuned, width, look)


def _set(one: Compared, width: int, look: Glyphs) -> PanelRow:
    from vecna_notes.train.verdict import MAIN

    names = {"held_out": "held-out pairs", "own": "own questions", "general": "general"}
    low, high = one.ci
    is_sure = low > 0 or high < 0
    inks = ("good" if one.change > 0 else "bad") if is_sure else "text"
    name: Pieces = pad(fit([(names.get(one.name, safe_line(one.name)), "text")], _SET, look.ellipsis), _SET)
    before, after = decimal3(one.before[MAIN]), decimal3(one.after[MAIN])
    figures: Pieces = [(f"{before:>7}{after:>6}", "meter"), (f"{_signed(one.change):>7}", inks)]
    return PanelRow(f"set-{one.name}", (*name, *figures, (f"  {_signed(low)} to {_signed(high)}", "faint")))


def decimal3(score: float) -> str:
    return "1.000" if score >= 0.9995 else f"{max(score, 0.0):.3f}"[1:]


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("0.", ".", 1)


def _moves(tuned: Tuned, width: int, look: Glyphs) -> Iterator[PanelRow]:
    if not any(one.moved for one in tuned.verdict.sets):
        return
    yield gap("moved")
    yield PanelRow("moved", (("QUERIES THAT MOVED", "dim"), ("   enter asks one in each", "faint")))
    for one in tuned.verdict.sets:
        for number, moved in enumerate(one.moved[:MOVED_SHOWN]):
            yield _move(f"{one.name}-{number}", moved, look)


def _move(key: str, moved: Moved, look: Glyphs) -> PanelRow:
    rose = (moved.after or 10**9) < (moved.before or 10**9)
    sign = (f"{look.better if rose else look.worse} ", "good" if rose else "bad")
    ranks = f"{_place(moved.before):>4} {look.to} {_place(moved.after):<5}"
    query = safe_line(moved.query)
    return PanelRow(f"moved-{key}", (sign, (ranks, "dim"), (query, "text")), value=query)


def _place(rank: int | None) -> str:
    return "none" if rank is None else f"#{rank}"
