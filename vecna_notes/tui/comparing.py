"""Questions of the Models screen: what there is to choose, what a tuning would be like, one query in several Spaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line
from vecna_notes.tui.phrases import short_space_name
from vecna_notes.tui.ports import Vault
from vecna_notes.types import Space

if TYPE_CHECKING:
    from vecna_notes.evaluate.scores import Evaluation
    from vecna_notes.train.tuned import Plan, Tuned
    from vecna_notes.vault.choosing import EmbedderStatus

MOST_COLUMNS = 3
FIRST = 10


@dataclass(frozen=True, slots=True)
class Model:
    """A row of the list: an embedder with what this vault knows of it, or "auto"."""

    key: str
    """Of its Space; the name of a tuned model, which stays, and of an offer without vectors."""
    name: str
    """As a person calls it."""
    status: EmbedderStatus | None = None
    tuned: Tuned | None = None
    ndcg: float | None = None
    """Of meaning alone, in the last evaluation on these notes."""
    is_chosen: bool = False
    """The vault's setting names it."""

    @property
    def space(self) -> Space | None:
        return self.status.state.space if self.status and self.status.state else None

    @property
    def can_be_asked(self) -> bool:
        """Of a tuned model rows may be made for the moment."""
        return self.is_ready or self.tuned is not None

    @property
    def is_active(self) -> bool:
        return bool(self.status and self.status.state and self.status.state.is_active)

    @property
    def is_ready(self) -> bool:
        return bool(self.status and self.status.state and self.status.state.is_complete)


@dataclass(frozen=True, slots=True)
class Answer:
    """A note that a Space found."""

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Column:
    """What one Space answers."""

    key: str
    name: str
    answers: tuple[Answer, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One query in several Spaces."""

    query: str
    columns: tuple[Column, ...]
    voted: frozenset[str] = frozenset()
    """Paths of notes that answer it, as the user said."""

    def agreement(self) -> list[tuple[str, str, float]]:
        """Share of their first notes that neighbouring columns have in common."""
        found = []
        for one, other in pairwise(self.columns):
            most = max(len(one.answers), len(other.answers))
            both = {answer.path for answer in one.answers} & {answer.path for answer in other.answers}
            if most:
                found.append((one.name, other.name, len(both) / most))
        return found

    def is_higher(self, column: int, rank: int) -> bool:
        """Whether a note stands higher there than in the first column, or is not in that one at all."""
        path = self.columns[column].answers[rank].path
        ranks = [at for at, answer in enumerate(self.columns[0].answers) if answer.path == path]
        return column > 0 and (not ranks or ranks[0] > rank)


def models() -> Callable[[Vault], list[Model]]:
    """Everything that can answer; tuned models last."""

    def question(vault: Vault) -> list[Model]:
        tunings = {one.name: one for one in vault.tunings()}
        known = vault.embedders()
        scores = _scores(vault.evaluations(), known)
        setting = vault.embedder_setting
        rows = [_model(one, tunings, scores, setting) for one in known]
        shown = {row.tuned.name for row in rows if row.tuned is not None}
        rest = [Model(name, name, tuned=one) for name, one in tunings.items() if name not in shown]
        rows.sort(key=lambda row: row.tuned is not None)
        return [Model("auto", "auto", is_chosen=setting == "auto"), *rows, *rest]

    return question


def _model(one: EmbedderStatus, tunings: dict[str, Tuned], scores: dict[str, float], setting: str) -> Model:
    if one.state is None:
        return Model(one.name, safe_line(one.name), one, is_chosen=setting == one.name)
    space = one.state.space
    tuned = tunings.get(space.model)
    plain = short_space_name(space) if one.options else safe_line(one.name)
    name = tuned.name if tuned else plain
    key = tuned.name if tuned else space.key
    return Model(key, name, one, tuned, scores.get(space.key), setting == one.name)


def _scores(runs: Sequence[Evaluation], known: Sequence[EmbedderStatus]) -> dict[str, float]:
    """nDCG@10 by Space, of the last evaluation on these notes; where a name could mean two Spaces it means none."""
    last = next((run for run in runs if run.set == "own"), None)
    spaces = [one.state.space for one in known if one.state is not None]
    found: dict[str, float] = {}
    for row in last.rows if last else ():
        named = [space.key for space in spaces if row.system in (space.key, space.embedder)]
        if len(named) == 1:
            found[named[0]] = row.ndcg
    return found


def plan(full: bool, minutes: float | None, without: Sequence[str]) -> Callable[[Vault], Plan]:
    def question(vault: Vault) -> Plan:
        from vecna_notes.train.tuned import How

        return vault.plan_tuning(How(full=full, minutes=minutes, without=tuple(without)))

    return question


def beside(query: str, spaces: Sequence[tuple[str, str]]) -> Callable[[Vault], Comparison]:
    """One query in Spaces, each by its key and what it is called; one that cannot be asked says why."""

    def question(vault: Vault) -> Comparison:
        columns = tuple(_column(vault, query, key, name) for key, name in spaces)
        return Comparison(query, columns, _voted(vault, query))

    return question


def _column(vault: Vault, query: str, key: str, name: str) -> Column:
    try:
        found = vault.nearest_notes(key, query, FIRST)
    except VecnaError as error:
        return Column(key, name, failure=safe_line(str(error)))
    return Column(key, name, tuple(Answer(passage.path, safe_line(passage.title)) for passage in found))


def label(query: str, path: str, is_answer: bool) -> Callable[[Vault], frozenset[str]]:
    """Say that a note answers a query, or take it back; all that do from then on."""

    def question(vault: Vault) -> frozenset[str]:
        if is_answer:
            vault.judge(query, path, 1)
        else:
            vault.forget_judgement(query, path)
        return _voted(vault, query)

    return question


def _voted(vault: Vault, query: str) -> frozenset[str]:
    return frozenset(known.path for known in vault.judgements() if known.query == query and known.grade > 0)


def go_live(name: str, is_forced: bool) -> Callable[[Vault], None]:
    return lambda vault: vault.go_live(name, is_forced)


def rollback() -> Callable[[Vault], str]:
    """The name of the model that answers no longer."""
    return lambda vault: vault.rollback().name
