"""vecna-notes: find your way in your own notes.

Each line imports only from lines below it (held by import-linter):

    cli
    tui                                  faces: parse, show
    service
    engine | worker                      one reading thread, one writing process
    vault                                wires everything below
    watch
    ingest | search | insight            the use cases, ignorant of one another
    nearest                              the disposable index
    store                                the truth
    registry | embedding | testing
    config > hookspecs > interfaces > text > types > errors
"""

__version__ = "0.1.0"
