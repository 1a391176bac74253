"""From the first to the last drawn line: the screen ends with whoever quits it, with a signal, or with its terminal."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import sys
from collections.abc import Iterator

from vecna_notes.tui.app import VecnaApp

LOOK_SECONDS = 1.0
"""Between two looks whether the terminal is still there."""
END_SECONDS = 3.0
"""How long the screen may take to end by itself when it was told to."""
HANG_UP = 1
"""Of SIGHUP, which not every system has."""
_SIGNALS = [signal.SIGTERM, HANG_UP] if hasattr(signal, "SIGHUP") else []


def run(app: VecnaApp) -> int:
    """Show it until it ends; the worker has ended by then. Returns the exit code."""
    return asyncio.run(show(app))


async def show(app: VecnaApp) -> int:
    """The same in a loop that runs already."""
    shown = asyncio.create_task(app.run_async())
    with _ended_from_outside(app, shown) as codes:
        try:
            await asyncio.wait([shown])
        finally:
            for child in (app.surveyor, app.evaluator, app.worker):
                if child is not None:
                    await child.stop()
    if codes:  # whatever went wrong then, it had nowhere to be shown
        return codes[0]
    shown.result()
    return app.return_code or 0


@contextlib.contextmanager
def _ended_from_outside(app: VecnaApp, shown: asyncio.Task[int | None]) -> Iterator[list[int]]:
    """A signal reaches the loop: raised in one of its callbacks, it would be logged and forgotten.

    Gives exit codes, of which there are none when it ended by itself.
    """
    loop, codes = asyncio.get_running_loop(), list[int]()

    def end(number: int) -> None:
        codes.append(128 + number)
        app.exit()
        loop.call_later(END_SECONDS, shown.cancel)

    async def watch() -> None:
        while not _has_hung_up():
            await asyncio.sleep(LOOK_SECONDS)
        end(HANG_UP)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, end, number)
    watching = asyncio.create_task(watch())
    try:
        yield codes
    finally:
        watching.cancel()
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _has_hung_up() -> bool:
    """Whether nobody can type any more: SIGHUP goes to whoever is in front, and that may be an editor."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(sys.__stdin__ or 0, select.POLLHUP)
    return any(mask & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, mask in poll.poll(0))
