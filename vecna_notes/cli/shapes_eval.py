"""The stable shapes of `vecna eval … --json`. Keys may be added; none is renamed or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vecna_notes.evaluate.diff import Difference
    from vecna_notes.evaluate.scores import Evaluation, QueryScore, SystemScore
    from vecna_notes.store.kept import Judgement

Shape = dict[str, Any]
_DECIMALS = 5


def evaluation(one: Evaluation) -> Shape:
    return {
        "schema": "vecna.eval/1",
        "id": one.id,
        "set": one.set,
        "made": round(one.made, 3),
        "k": one.k,
        "queries": one.queries,
        "rows": [_row(row, one.k) for row in one.rows],
        "worst": [_query(query) for query in one.worst],
        "notices": list(one.notices),
    }


def evaluations(found: list[Evaluation]) -> Shape:
    return {"schema": "vecna.evals/1", "evaluations": [evaluation(one) for one in found]}


def difference(found: Difference, before: tuple[int, str], after: tuple[int, str]) -> Shape:
    return {
        "schema": "vecna.eval-diff/1",
        "before": {"id": before[0], "system": before[1], "ndcg@10": _round(found.before)},
        "after": {"id": after[0], "system": after[1], "ndcg@10": _round(found.after)},
        "queries": found.queries,
        "difference": _round(found.difference),
        "difference_ci": [_round(side) for side in found.ci],
        "p": _round(found.p),
        "moved": [
            {
                "query": one.query,
                "kind": one.kind,
                "before": _round(one.before),
                "after": _round(one.after),
                "rank_before": one.rank_before,
                "rank_after": one.rank_after,
            }
            for one in found.moved
        ],
    }


def judgements(found: list[Judgement]) -> Shape:
    labels = [{"query": one.query, "path": one.path, "grade": one.grade, "made": round(one.made, 3)} for one in found]
    return {"schema": "vecna.labels/1", "labels": labels}


def _row(row: SystemScore, k: int) -> Shape:
    return {
        "system": row.system,
        f"ndcg@{k}": _round(row.ndcg),
        "ci": [_round(side) for side in row.ci],
        f"mrr@{k}": _round(row.mrr),
        f"recall@{k}": _round(row.recall),
        "map": _round(row.map),
        "p50_ms": round(row.p50_ms, 2),
        "p95_ms": round(row.p95_ms, 2),
        "default": row.is_default,
        "difference": None if row.difference is None else _round(row.difference),
        "difference_ci": None if row.difference_ci is None else [_round(side) for side in row.difference_ci],
        "p": None if row.p is None else _round(row.p),
        "by_kind": {kind: _round(value) for kind, value in row.by_kind.items()},
    }


def _query(query: QueryScore) -> Shape:
    return {
        "query": query.query,
        "kind": query.kind,
        "ndcg@10": _round(query.ndcg),
        "expected": list(query.expected),
        "got": list(query.got),
        "rank": query.rank,
    }


def _round(value: float) -> float:
    return round(value, _DECIMALS)
