"""`vecna eval ask`: how well questions are answered, and refused where the notes hold nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vecna_notes.cli.index import interruptible
from vecna_notes.cli.noise import hushed
from vecna_notes.cli.program import shared
from vecna_notes.cli.session import Session
from vecna_notes.cli.shapes import dumps

if TYPE_CHECKING:
    from vecna_notes.cli.paint import Paint
    from vecna_notes.evaluate.asked import AskScore, Share

_DECIMALS = 4


@click.command("ask")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--generator", metavar="NAME", help="What answers; else the configured one.")
@click.option("--limit-queries", type=click.IntRange(10), metavar="N", help="Ask only so many, chosen by chance.")
@click.option("--split", default="test", show_default=True, help="Which qrels/SPLIT.tsv; qrels.tsv has none.")
@click.option("--fresh", is_flag=True, help="Write and index the collection anew.")
@click.option("--json", "form", flag_value="json", help="One JSON object.")
@shared
@click.pass_obj
def ask(
    session: Session,
    folder: Path,
    generator: str | None,
    limit_queries: int | None,
    split: str,
    fresh: bool,
    form: str | None,
) -> int:
    """Measure answers on a judged collection in BEIR's form.

    Is the right note among the evidence? Do the citations hold? Does the answer hold a gold answer, where queries.jsonl
    has "answers"? And with the notes of some questions taken out (whole topics, where topics.tsv names them): how often
    is it rightly said that they are not in the notes, and how often wrongly of the others?
    """
    from vecna_notes.cli.eval import prepared, reporting
    from vecna_notes.evaluate.asked import evaluate_answers, part
    from vecna_notes.evaluate.beir import read_collection
    from vecna_notes.vault import Vault

    with hushed(session):
        whole = read_collection(folder, split, limit_queries)
    parted = part(folder, whole)
    with interruptible(), ExitStack() as stack:
        roots = [prepared(session, collection, fresh, form) for collection in (parted.whole, parted.less)]
        stack.enter_context(hushed(session))
        vaults = [stack.enter_context(Vault.open(root, session.folders, session.configuration(root))) for root in roots]
        report = stack.enter_context(reporting(session, form))
        one, other = (lambda question, vault=vault: vault.answer(question, generator) for vault in vaults)
        done = evaluate_answers(parted, one, other, report)
    if form == "json":
        session.write(dumps(shape(done)))
        return 0
    for line in _lines(done, session.paint()):
        session.write(line)
    return 0


def _lines(done: AskScore, paint: Paint) -> Iterator[str]:
    yield f"{paint(done.set, 'accent')}  {done.queries:,} queries, {done.generator}, 95 % intervals"
    rows: list[tuple[str, Share | None]] = [
        (f"right note among the evidence ({done.tokens:.0f} tokens)", done.recall),
        ("answers that hold the gold answer", done.held),
        ("token F1 of the best sentence", done.f1),
        ("best sentence is the gold answer", done.exact),
        ("sentences whose citations hold", done.supported),
        ("“not in your notes”, rightly", done.refused_removed),
        ("“not in your notes”, wrongly", done.refused),
    ]
    for name, value in rows:
        if value is None:
            yield f"  {name:<48} {paint('no gold answers here', 'dim')}"
        else:
            low, high = value.ci
            yield f"  {name:<48} {value.value:.3f}  {paint(f'{low:.3f} to {high:.3f}, of {value.of:,}', 'dim')}"
    yield f"  {'milliseconds, median and p95':<48} {done.p50_ms:.0f}, {done.p95_ms:.0f}"


def shape(done: AskScore) -> dict[str, Any]:
    return {
        "schema": "vecna.eval-ask/1",
        "set": done.set,
        "queries": done.queries,
        "rows": [
            {
                "system": done.generator,
                "default": True,
                "evidence_recall": _share(done.recall),
                "evidence_tokens": round(done.tokens, 1),
                "contains": _share(done.held),
                "f1": _share(done.f1),
                "exact_match": _share(done.exact),
                "supported": _share(done.supported),
                "refused_removed": _share(done.refused_removed),
                "refused": _share(done.refused),
                "p50_ms": round(done.p50_ms, 2),
                "p95_ms": round(done.p95_ms, 2),
            }
        ],
    }


def _share(one: Share | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"value": round(one.value, _DECIMALS), "ci": [round(side, _DECIMALS) for side in one.ci], "of": one.of}
