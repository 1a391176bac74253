"""The state of the index as rows: stages, counts, spaces, problems. Only problems can be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vecna_notes.text import safe_line
from vecna_notes.tui.glyphs import Glyphs, meter
from vecna_notes.tui.indexing import Indexing, StageState
from vecna_notes.tui.phrases import duration, plural, shown_path, size, space_name
from vecna_notes.tui.pieces import Piece, Pieces, apart, pad
from vecna_notes.tui.widgets.rowlist import RowList
from vecna_notes.types import Problem, SpaceStatus, Status

BAR = 16
NARROW = 96
"""Below this many cells a problem takes two lines."""
_STAGES = {"scan": "look", "read": "read", "train": "train", "embed": "embed", "index": "index"}


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A line of the Index screen: pieces at the left and right, or a problem."""

    key: str
    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()
    problem: Problem | None = None

    @property
    def is_heading(self) -> bool:
        return self.problem is None


class IndexList(RowList[IndexRow]):
    """Everything the Index screen says, in one scrolling pane."""

    def height_of(self, row: IndexRow, width: int) -> int:
        return 2 if row.problem and width < NARROW else 1

    def paint(self, row: IndexRow, width: int, is_current: bool) -> list[Pieces]:
        if row.problem is None:
            return [apart(row.left, row.right, width - 1, self.look.ellipsis)]
        where = shown_path(row.problem.path) + (f":{row.problem.line}" if row.problem.line else "")
        name: Piece = (where, "bright" if is_current else "text")
        reason: Piece = (safe_line(row.problem.reason), "warn")
        if width < NARROW:
            return [[name], [("  ", ""), reason]]
        return [[*pad([(where[: width // 2 - 2], name[1])], width // 2), reason]]


def index_rows(status: Status | None, indexing: Indexing, look: Glyphs) -> list[IndexRow]:
    """The whole screen, top to bottom."""
    rows = [*_stage_rows(indexing, look)]
    if status is not None:
        rows += [*_count_rows(status, look), *_space_rows(status, look), *_problem_rows(status)]
        notices = dict.fromkeys([*status.notices, *indexing.notices])
        rows += _notice_rows([safe_line(notice) for notice in notices], look)
    return rows


def _stage_rows(indexing: Indexing, look: Glyphs) -> Iterator[IndexRow]:
    if indexing.error:
        yield IndexRow("error", ((f"{look.cross} {indexing.error}", "bad"),))
    if indexing.question:
        yield IndexRow(
            "question", ((f"{look.warning} {indexing.question}", "warn"), ("   enter or ! answers", "faint"))
        )
    pieces: Pieces = []
    for stage in indexing.stages.values():
        if not stage.is_running:
            pieces += [(f"{_STAGES.get(stage.name, stage.name)} ", "dim"), (f"{look.check} ", "good")]
            pieces += [(f"{stage.done:,}   ", "text")]
    if pieces:
        yield IndexRow("stages", tuple(pieces))
    if (running := indexing.running) is not None and indexing.phase in ("working", "paused"):
        yield from _running_rows(running, indexing.phase == "paused", look)
    elif not indexing.stages:
        waiting = {"starting": "the indexer is starting", "following": "another window keeps this index fresh"}
        yield IndexRow("idle", ((waiting.get(indexing.phase, "nothing to do: everything is up to date"), "dim"),))
    yield IndexRow("gap-stages")


def _running_rows(stage: StageState, is_paused: bool, look: Glyphs) -> Iterator[IndexRow]:
    name = _STAGES.get(stage.name, stage.name)
    total = f" of {stage.total:,}" if stage.total else ""
    left: Pieces = [(f"{name} ", "bright")]
    if stage.total:
        full, empty = meter(stage.share, BAR, look)
        left += [(full, "accent"), (empty, "faint"), (" ", "")]
    left += [(f"{stage.done:,}{total}", "text"), (f"   {stage.label}" if stage.label else "", "dim")]
    yield IndexRow("running", tuple(left))
    parts = [f"{stage.rate:,.0f} a second"] if stage.rate else []
    if stage.seconds_left is not None and not is_paused:
        parts.append(f"{duration(stage.seconds_left)} left")
    parts += ["paused: p goes on"] if is_paused else ["newest notes first"] if stage.name in ("read", "embed") else []
    yield IndexRow("rate", ((f" {look.middot} ".join(parts), "dim"),))


def _count_rows(status: Status, look: Glyphs) -> Iterator[IndexRow]:
    yield IndexRow("counts", (("NOTES", "dim"),))
    skips = sorted(status.skips.items(), key=lambda pair: -pair[1])
    reasons = f" {look.middot} ".join(f"{safe_line(reason)} {count:,}" for reason, count in skips[:4])
    broken = f"{status.broken_links:,} broken" if status.broken_links else ""
    ambiguous = f"{status.ambiguous_links:,} ambiguous" if status.ambiguous_links else ""
    links = ", ".join(part for part in (broken, ambiguous) if part)
    kinds = (
        ("indexed", status.indexed, plural(status.chunks, "passage"), "text"),
        ("waiting", status.waiting, "will be read in a moment" if status.waiting else "", "text"),
        ("skipped", status.skipped, reasons, "text"),
        ("failed", status.failed, "see problems below" if status.failed else "", "bad" if status.failed else "text"),
        ("links", status.links, links, "text"),
    )
    for name, count, why, inks in kinds:
        yield IndexRow(f"count-{name}", ((f"  {name:<9}", "dim"), (f"{count:>8,}   ", inks), (why, "faint")))
    yield IndexRow("gap-counts")


def _space_rows(status: Status, look: Glyphs) -> Iterator[IndexRow]:
    yield IndexRow("spaces", (("MEANING", "dim"), (f"   index {size(status.store_bytes)}", "faint")))
    if not status.spaces:
        yield IndexRow("no-space", (("  not computed yet: words are searched meanwhile", "dim"),))
    for space in status.spaces:
        yield _space_row(space, look)
    yield IndexRow("gap-spaces")


def _space_row(space: SpaceStatus, look: Glyphs) -> IndexRow:
    total = space.vectors + space.missing
    full, empty = meter(space.vectors / total if total else 0.0, BAR, look)
    name = safe_line(space.label) or space_name(space.space)
    sign: Piece = (f"{look.dot} ", "good") if space.is_active else (f"{look.ring} ", "faint")
    left: Pieces = [sign, *pad([(f"{name} ", "text")], 26), (full, "meter"), (empty, "faint")]
    count = f" {space.vectors:,}" + (f" of {total:,}" if space.missing else "")
    left.append((f"{count:<16}", "dim"))
    state = "answers" if space.is_active else "ready" if space.is_complete else "filling"
    left += [(f"{state:<8}", "good" if space.is_active else "dim"), (f" {space.space.dim} dim", "faint")]
    return IndexRow(f"space-{space.space.key}", tuple(left))


def _problem_rows(status: Status) -> Iterator[IndexRow]:
    if not status.problems:
        return
    yield IndexRow("problems", (("PROBLEMS", "dim"), (f" {len(status.problems):,}", "faint")))
    for number, problem in enumerate(status.problems[:500]):
        yield IndexRow(f"problem-{number}-{problem.path}-{problem.line}", problem=problem)
    yield IndexRow("gap-problems")


def _notice_rows(notices: list[str], look: Glyphs) -> list[IndexRow]:
    if not notices:
        return []
    rows = [IndexRow(f"notice-{text}", ((f"  {look.bullet} ", "faint"), (text, "dim"))) for text in notices]
    return [IndexRow("notices", (("NOTICES", "dim"),)), *rows]
