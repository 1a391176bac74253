"""Print everything a vault's index holds as JSON; run by tests in a process of its own."""

import json
import sys
from pathlib import Path

import numpy as np

from vecna_notes.config import Folders, load
from vecna_notes.text import digest
from vecna_notes.vault import Vault

QUERIES = ("memory retention", "bread levain", "python typing sqlite", "lisbon ferry", "guitar chord")


def main(root: Path) -> None:
    folders = Folders.standard()
    with Vault.open(root, folders, load(folders)) as vault:
        store = vault.store
        notes = {}
        for path, id in store.notes.paths().items():
            passages = store.passages.of_note(id)
            notes[path] = {
                "text": digest(store.notes.text(id)),
                "title": store.notes.by_path(path).note.title,
                "chunks": [[p.chunk.text, p.chunk.first_line, p.chunk.last_line, p.chunk.embedded] for p in passages],
                "links": sorted(
                    f"{link.written.target}:{link.state}:{link.target_path}" for link in store.links.of(id)
                ),
            }
        active = store.vectors.active()
        vectors = {}
        if active is not None:
            for id in store.notes.paths().values():
                passages = store.passages.of_note(id)
                known = store.passages.vector_ids([p.id for p in passages], active[0])
                for passage in passages:
                    if passage.id in known:
                        row = store.vectors.rows(active[0], [known[passage.id]])[0]
                        vectors[passage.chunk.embedded] = digest(np.round(row, 4).tobytes())
        answers = {
            query: [[hit.passage.path, round(hit.score, 4)] for hit in vault.search(query, limit=10).hits]
            for query in QUERIES
        }
        status = vault.status()
        counts = [status.indexed, status.waiting, status.skipped, status.failed, status.chunks]
        print(
            json.dumps(
                {
                    "notes": notes,
                    "space": active[1].key if active else None,
                    "vectors": vectors,
                    "answers": answers,
                    "counts": counts,
                    "check": store.check(deep=True),
                },
                sort_keys=True,
            )
        )


main(Path(sys.argv[1]))
