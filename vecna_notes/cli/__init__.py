"""The command line: it parses and shows. stdout is for what was asked, stderr for what is said about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `vecna` and end the process with its exit code."""
    # one query's products are too small to share out: a second thread costs up to three times the time under load
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from vecna_notes.cli.ending import run
    from vecna_notes.cli.program import program

    sys.exit(run(program, None if arguments is None else list(arguments)))
