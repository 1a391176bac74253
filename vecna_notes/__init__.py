"""vecna-notes: find your way in your own notes.

Each line imports only from lines below it (held by import-linter):

    cli
    tui | mcp | serve                    faces: parse, show
    service | worker_process             the borders between processes
    engine | worker                      one reading thread, one writing process
    vault                                wires everything below
    train                                pairs of texts, and whether what learned from them is better
    evaluate                             questions and figures
    answer | watch | edit
    ingest | search | insight            the use cases, ignorant of one another
    nearest | models                     the disposable graph, the embedder behind a Space
    store                                the truth
    registry | embedding | testing
    config > hookspecs > interfaces > markup > text, editor, door > types > errors
"""

__version__ = "0.1.0"
