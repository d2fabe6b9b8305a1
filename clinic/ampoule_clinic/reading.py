"""Red flags: the trained reader of `core`, run beside the event loop."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from ampoule.outcome import SAFETY
from ampoule.reader import Reading
from ampoule.state import State

log = logging.getLogger(__name__)


class Reader(Protocol):
    def read(self, text: str, state: State | None = None, choice: str | None = None) -> Reading: ...


# The reader's time grows with the square of the length, so what is long is read in pieces; what is absurdly long, at
# both its ends. In characters.
PIECE, OVERLAP = 2000, 200
BEGINNING, END = 12_000, 4_000


class RedFlags:
    """One thread: the reader takes milliseconds, and need not be safe for several."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def read(self, text: str, choice: str | None = None) -> Reading | None:
        """The reading, of a long text that of its gravest piece; None where the reader itself failed, so that a fault
        in it stops no message. Of the buttons only those of the red-flag check count; the others are read by what
        they say."""
        check = choice if choice and choice.startswith("check:") else None
        gravest = None
        for piece in pieces(text):
            try:
                reading = await asyncio.get_running_loop().run_in_executor(self._thread, self._reader.read, piece, None, check)
            except Exception as error:
                log.error("reader failed: %s", type(error).__name__)
                return None
            if gravest is None or SAFETY.index(reading.safety) > SAFETY.index(gravest.safety):
                gravest = reading
            if gravest.safety == "emergency":
                break
        return gravest

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def pieces(text: str) -> list[str]:
    """The text in pieces that overlap, so that no sentence is only seen cut in two."""
    if len(text) > BEGINNING + END:
        text = text[:BEGINNING] + text[-END:]
    return [text[start:start + PIECE] for start in range(0, max(len(text) - OVERLAP, 1), PIECE - OVERLAP)]
