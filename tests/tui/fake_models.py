"""What the fake vault knows of embedders: what is offered, which answers, what was tuned."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vecna_notes.errors import ConfigError, EmbedderError
from vecna_notes.interfaces import Pair
from vecna_notes.train.pairs import Mined
from vecna_notes.train.tuned import How, Plan, Tuned, too_few
from vecna_notes.train.verdict import Compared, Moved, Verdict
from vecna_notes.types import Passage, Space, SpaceStatus
from vecna_notes.vault.choosing import EmbedderStatus

if TYPE_CHECKING:
    from tests.tui.fakes import FakeVault

BASE = Space("sbert", "all-MiniLM-L6-v2", "1", 384, "cosine", "mean")
LEARNED = Space("lsa", "lsa-200", "1", 200, "cosine", "idf")
LACKS = "sentence-transformers is not installed: pip install 'vecna-notes[sbert]'"
WORSE = (
    "it is worse on general knowledge: -0.050 nDCG@10 (95 % interval -0.086 to -0.016, 100), as 'What is a black "
    "hole?' from #1 to #5, and may lose 0.020 at most"
)
BETTER = "it is better on held-out pairs: +0.081 nDCG@10 (95 % interval +0.031 to +0.127, 204 of 61 notes)"


def tuned(name: str = "tuned-1", is_better: bool = True, **changes: Any) -> Tuned:
    moved = (Moved("the paper about sleep", "title", 31, 1), Moved("[@click=app.quit]x\x1b[31m", "link", 1, 6))
    sets = tuple(
        Compared(set, queries, 61, {figure: before}, {figure: after}, ci, moved if set == "held_out" else ())
        for set, figure, queries, before, after, ci in (
            ("held_out", "ndcg", 204, 0.56, *((0.641, (0.031, 0.127)) if is_better else (0.6, (-0.01, 0.09)))),
            ("own", "ndcg", 200, 0.484, 0.494, (-0.034, 0.05)),
            ("general", "ndcg", 100, 0.799, 0.801 if is_better else 0.749, (-0.086, -0.016)),
        )
    )
    verdict = Verdict(is_better, BETTER if is_better else WORSE, sets)
    space = Space("contrastive", name, "1", 384, "cosine", BASE.key)
    pairs = {"link": 412, "accepted": 0, "title": 310, "heading": 96, "alias": 18, "neighbour": 0}
    made = Tuned(name, verdict, pairs, How(), 4.2, time.time() - 7200, space, BASE)
    return replace(made, **changes)


def pairs(count: int, without: tuple[str, ...] = ()) -> Mined:
    sources = [source for source in ("link", "title", "heading") if source not in without]
    found = [
        Pair(f"Forgetting curve {number} \x1b[2J", "How fast it is lost", source, ("a.md", "b.md"))
        for number in range(count)
        for source in sources
    ]
    return Mined(tuple(found), tuple(found[: count // 5]), tuple(found[: count // 4]))


@dataclass(kw_only=True)
class FakeChosen:
    """Answers come from a plain search, turned by the letters of a Space's name so that Spaces differ."""

    tuned_models: list[Tuned] = field(default_factory=list)
    embedder_setting: str = "auto"
    missing: dict[str, int] = field(default_factory=dict)
    """Texts to go by embedder."""
    pair_count: int = 120
    why_not: str = ""
    """Against a tuning."""
    live_asked: list[tuple[str, bool]] = field(default_factory=list)

    def embedders(self) -> list[EmbedderStatus]:
        live = next((one for one in self.tuned_models if one.is_live), None)
        rows = [
            EmbedderStatus("lsa", "what words share, learned here", "", self._state(LEARNED, False), 675_000, 8_800.0),
            EmbedderStatus("sbert", "a sentence model", "", self._state(BASE, live is None), 212_000, 310.0, True),
            EmbedderStatus("fast", "another model", LACKS),
            EmbedderStatus("word2vec", "what stands near, learned here"),
        ]
        for one in self.tuned_models:
            if one.is_live and one.space is not None:
                state = self._state(one.space, True)
                rows.append(EmbedderStatus("contrastive", "tuned here", "", state, 900_000, None, True))
        return rows

    def _state(self, space: Space, is_active: bool) -> SpaceStatus:
        missing = self.missing.get(space.embedder, 0)
        return SpaceStatus(space, 412 - missing, missing, is_active and not missing)

    def nearest_notes(self: FakeVault, key: str, query: str, limit: int = 10) -> list[Passage]:  # type: ignore[misc]
        if key == "broken":
            raise EmbedderError("its model is gone")
        found = [hit.passage for hit in self.search(query, "semantic", limit).hits]
        turn = {"lsa": 2, "tun": 1, "con": 1}.get(key[:3], 0) % max(len(found), 1)
        return found[turn:] + found[:turn]

    def tunings(self) -> list[Tuned]:
        return self.tuned_models

    def plan_tuning(self, how: How) -> Plan:
        mined = pairs(self.pair_count, how.without)
        if why := self.why_not or too_few(mined):
            return Plan(how, mined, None, why)
        return Plan(how, mined, 340.0 if how.full else 4.0)

    def go_live(self, name: str, is_forced: bool = False) -> None:
        self.live_asked.append((name, is_forced))

    def rollback(self) -> Tuned:
        live = next((one for one in self.tuned_models if one.is_live), None)
        if live is None:
            raise ConfigError("no tuned model is in use")
        self.tuned_models = [replace(one, is_live=False) for one in self.tuned_models]
        return live
