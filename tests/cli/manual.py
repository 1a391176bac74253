"""docs/cli.md, made from the program's own help: python -m tests.cli.manual writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from vecna_notes.cli.program import program

FILE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
WIDTH = 96
INTRODUCTION = """\
# Command line

<!-- made from the help texts by `python -m tests.cli.manual`; a test fails when it is stale -->

stdout is what you asked for, stderr is what is said about it. Every option of the last paragraph of a help text may
stand before the command's name or after it.

## Which vault

The first of these that there is: the argument, `--vault`, `VECNA_VAULT`, the indexed folder that you stand in, the
vault used last.

## Exit codes

| code | means |
| --- | --- |
| 0 | found, done |
| 1 | nothing found; `index`: some files could not be read; `doctor`: something fails |
| 2 | a wrong option, setting, name or folder |
| 3 | not now: no index yet, another process writes it, or very many notes would be removed |
| 4 | an optional part is not installed; the message holds the line that installs it |
| 70 | a bug; the log holds the details, `VECNA_DEBUG=1` shows them |
| 130, 143, 129 | interrupted by ctrl-c, SIGTERM, or the end of the terminal; what was done is kept |

## Forms

`search`, `related` and `saved run` write, instead of a list for people:

| option | gives |
| --- | --- |
| `--json`, `--jsonl` | one object, or one a line; pure ASCII: control characters and odd bytes arrive as escapes |
| `--paths`, `-0` | files as they open from the current folder, ended by newline or NUL; names are the bytes they are |
| `--vimgrep` | `FILE:LINE:COLUMN:TEXT` |
| `--format TEMPLATE` | your own line |

Colour, links and bars appear on terminals only; `NO_COLOR`, `--color never` and `TERM=dumb` switch colour off. `CI`
switches bars and questions off. `--no-input` answers every question with no.

## JSON

These shapes are stable: keys may be added, none is renamed or removed. Paths are relative to `vault`; bytes that are no
text are lone surrogates, as Python's `os.fsdecode` makes them. Lines count from 1, the last one included. Scores lie
between 0 and 1, and higher is better.

```text
search    {"schema": "vecna.search/1", "vault", "query", "space", "notice", "seconds",
           "closeness": "nothing close" where no note seems to speak of what was asked, else "",
           "hits": [{"path", "title", "heading", "lines": [first, last], "score", "snippet",
                     "signals": {"keyword" | "exact" | "substring" | "semantic" | "title" | "latent" | "nearness" |
                                 "neighbours" | "feedback" | "recency" | "links" | "rerank":
                                 {"rank", "score", "share"}},
                     "others": [{"heading", "lines"}]}],
           "conditions": [{"kind", "text", "span": [start, end], "problem", "removed": notes kept out | null}],
           "closest": [hit, when nothing was found for the filters],
           "expected": with --expect, {"path", "title", "rank", "cut": score of the last one shown, "hit", "sentence",
                        "at": "shown" | "below" | "filtered" | "not recalled" | "no vector" | "not indexed"}}
ask       {"schema": "vecna.answer/1", "vault", "question", "answer", "found": whether the notes speak of it,
           "sentences": [{"text", "span": [start, end], "supported",
                          "citations": [{"number", "support": "exact" | "near" | "missing" | "unknown", "quote"}]}],
           "evidence": [{"number", "path", "title", "heading", "lines": [first, last], "score", "tokens", "text"}],
           "unsupported": sentences, "generator", "host": where evidence was sent to | "", "notes": searched,
           "not_searched", "held_back", "notice", "saved": path of the note it was written into | "", "seconds"}
related   {"schema": "vecna.related/1", "vault", "sources": [{"path", "line"}],
           "related": [{"source", "path", "title", "score", "closeness": words, "linked",
                        "signals": {voice: {"rank", "score", "share"}},
                        "evidence": {"source_lines", "target_lines", "text"}}]}
links suggest {"schema": "vecna.links/1", "vault",
           "suggestions": [{"number", "id", "source", "line", "column", "anchor": words, "target", "title", "section",
                            "kind": "title" | "alias" | "label" | "partial" | "near", "why", "score", "link",
                            "diff": [line], "meets": the passage of the target}]}
links apply {"schema": "vecna.links-applied/1", "vault", "edit": id, "path", "line", "link", "target"}
links undo {"schema": "vecna.links-undone/1", "vault", "undone": {"edit", "path", "about"} | null}
links undo --list {"schema": "vecna.edits/1", "vault", "edits": [{"edit", "path", "about", "made"}]}
links broken {"schema": "vecna.links-broken/1", "vault",
           "broken": [{"source", "line", "written", "state": "broken" | "ambiguous", "near": [path],
                       "fix": link | null}]}
links orphans {"schema": "vecna.links-orphans/1", "vault",
           "orphans": [{"path", "title", "links": of its own, "home": path | null, "score"}]}
links missing {"schema": "vecna.links-missing/1", "vault",
           "pairs": [{"one", "other", "score", "distance": links between | null, "one_line", "other_line", "one_text",
                      "other_text"}]}
links check {"schema": "vecna.links-check/1", "vault", "hidden", "target@5", "words@5", "kinds": {kind: count},
           "seconds_per_note", "links": [{"source", "target", "words", "rank", "anchor", "right_words"}]}
eval      {"schema": "vecna.eval/1", "id", "set", "made", "k", "queries", "notices",
           "rows": [{"system", "ndcg@10", "ci": [low, high], "mrr@10", "recall@10", "map", "p50_ms", "p95_ms",
                     "default", "difference", "difference_ci", "p", "by_kind": {kind: ndcg}}],
           "worst": [{"query", "kind", "ndcg@10", "expected", "got", "rank"}]}
eval ask  {"schema": "vecna.eval-ask/1", "set", "queries",
           "rows": [{"system": generator, "default", "evidence_tokens", "p50_ms", "p95_ms",
                     and each {"value", "ci", "of"}: "evidence_recall", "contains" | null, "f1" | null,
                     "exact_match" | null, "supported", "refused_removed", "refused"}]}
eval list {"schema": "vecna.evals/1", "evaluations": [eval]}
eval diff {"schema": "vecna.eval-diff/1", "before": {"id", "system", "ndcg@10"}, "after", "queries", "difference",
           "difference_ci", "p", "moved": [{"query", "kind", "before", "after", "rank_before", "rank_after"}]}
eval label {"schema": "vecna.labels/1", "labels": [{"query", "path", "grade", "made"}]}
train     {"schema": "vecna.train/1", "name": "tuned-1" | "", "made", "pairs": {source: count}, "seconds",
           "space": key | null,
           "gate": {"live", "better", "forced", "why",
                    "sets": [{"name": "held_out" | "own" | "general", "queries", "notes", "change", "ci",
                              "kinds": {kind: {"queries", "before", "after"}}}]},
           "before": {set: {"ndcg", "mrr", "recall"}}, "after",
           "moved": {set: [{"query", "kind", "rank_before", "rank_after"}]}}
train --jsonl {"event": "pairs", as of train pairs}, {"event": "train", "step", "steps", "loss", "pairs_per_second",
           "held_out": MRR | null, "best": step, "seconds_left"}, {"event": "progress"}, {"event": "tuned", as of train}
train pairs {"schema": "vecna.pairs/1", "pairs": {source: count}, "parts": {"train", "dev", "test"}, "dropped",
           "seconds",
           "samples": {source: [{"first", "second", "notes": [path, path], "apart": count}]}}
train list {"schema": "vecna.tunings/1", "models": [train]}
clusters  {"schema": "vecna.clusters/1", "vault", "clusterer", "space", "made", "noise": [path], "topics": [topic]},
           a topic {"id", "name", "renamed", "status": "born" | "kept" | "merged" | "split", "colour", "shape", "terms",
                    "notes": [path, the most central first], "parts": [topic]}
topics    {"schema": "vecna.topics/1", "vault", "topics": [topic, with "notes": how many]}
topics show {"schema": "vecna.topic/1", "vault", and a topic}
topics log {"schema": "vecna.topic-log/1", "vault", "events": [{"made", "topic", "name", "notes", "other", "other_name",
            "event": "born" | "merged" | "split" | "faded" | "renamed"}]}
map       {"schema": "vecna.map/1", "vault", "projector", "space", "topics": [{"id", "name", "slot", "notes": count}],
           "points": [{"path", "title", "x", "y", "topic": id | null, "links", "modified"}]}
saved     {"schema": "vecna.saved/1", "vault",
           "searches": [{"name", "query", "matching": how many notes, "new": [hit, as of search], "notice"}]}
saved-searches {"schema": "vecna.saved-searches/1", "vault", "searches": [{"name", "query", "seen": count | null}]}
duplicates {"schema": "vecna.duplicates/1", "vault",
           "pairs": [{"paths": [one, other], "titles", "verdict": "same text" | "rewritten" | "adjacent" | null, "why",
                      "score", "contained": [share of each in the other], "likeness", "margin", "ranks",
                      "shared_words", "linked"}]}
duplicate  {"schema": "vecna.duplicate/1", "vault", and the keys of a pair}
tags      {"schema": "vecna.tags/1", "vault", "tags": [{"tag", "notes", "own", "children"}]}
tag-suggestions {"schema": "vecna.tag-suggestions/1", "vault",
           "suggestions": [{"path", "title", "tag", "precision", "right", "cases", "near": [title], "words", "why"}],
           "held_out": {"tags", "suggested", "right", "precision", "recall"}}
again     {"schema": "vecna.again/1", "vault", "notes": [{"path", "title", "kind": "near" | "random", "why",
           "near": path, "changed": date}]}
status    {"schema": "vecna.status/1", "vault", "chunks", "embedded_last_run", "last_run", "bytes", "shares", "writer",
           "notes": {"indexed", "waiting", "skipped", "failed"}, "links": {"all", "broken", "ambiguous"},
           "spaces": [{"key", "embedder", "model", "dim", "vectors", "missing", "complete", "active"}],
           "problems": [{"path", "reason", "line"}], "skips": {why: count}, "notices"}
privacy   {"schema": "vecna.privacy/1", "generator", "generator_host", "hosts", "exclude",
           "sent": [{"made", "host", "generator", "paths"}],
           "agents": [{"made", "client": as it calls itself, "tool", "notes": how many it was given something of}]}
embedders {"schema": "vecna.embedders/1", "choice", "aliases": {name: meant},
           "embedders": [{"name", "summary", "missing", "spaces": [key], "active"}]}
plugins   {"schema": "vecna.plugins/1", "plugins": [{"kind", "name", "summary", "plugin", "source", "missing"}],
           "broken": [{"plugin", "source", "reason"}]}
doctor    {"schema": "vecna.doctor/1", "checks": [{"name", "state": "ok" | "warn" | "fail", "text", "fix"}]}
config    {"schema": "vecna.config/1", "settings": {key: {"value", "origin"}}, "ignored"}
```

`index --jsonl` tells events, one object a line: `progress` (stage, done, total, label, seconds), `indexed` (added,
changed, moved, removed, paths), `synced` (notes, chunks, embedded), `watching` (method), `notice`, `ask`, `error`,
`busy` (pid). With `--watch` it obeys lines on stdin: `pause` `resume` `rescan` `rebuild` `verify` `compact` `yes`
`stop`. `eval own`, `beir` and `links` with `--jsonl` tell `progress`, and at the end `evaluated`, which is an eval.

## Recipes

```sh
# search as you type; enter opens the note at the line (a running screen makes each key quick)
fzf --disabled --ansi --delimiter : --bind 'change:reload:vecna search -q --vimgrep {q} || true' \\
    --bind 'enter:become(vecna open {1}:{2})' --preview 'head -n 60 {1}'
# what is near to the notes that mention something
rg -l espresso | vecna related - --unlinked
# into vim's quickfix list
vim -q <(vecna search --vimgrep "why do I forget")
# all files that are about something, whatever their names hold
vecna search -0 -n 50 "tax return" | xargs -0 tar czf taxes.tgz
```

## Commands
"""


def manual() -> str:
    return INTRODUCTION + "".join(_sections())


def _sections() -> Iterator[str]:
    root = click.Context(program, info_name="vecna", **program.context_settings)
    yield _section(root)
    for name in program.list_commands(root):
        command = program.get_command(root, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=root)
        yield _section(context)
        if isinstance(command, click.Group):
            for inner in command.commands.values():
                yield _section(click.Context(inner, info_name=inner.name, parent=context))


def _section(context: click.Context) -> str:
    context.terminal_width = context.max_content_width = WIDTH
    return f"\n### {context.command_path}\n\n```text\n{context.get_help()}\n```\n"


if __name__ == "__main__":
    FILE.write_text(manual(), encoding="utf-8")
