"""Server-sent events: every message of a conversation, in order, from the database, to every open screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from weakref import WeakSet

from ampoule_clinic.db import DatabaseDown

HEARTBEAT_SECONDS = 10.0


class Events:
    """Wakes the streams of a conversation. What they send is read from the database, so nothing hangs on being awake."""

    def __init__(self) -> None:
        self._bells: dict[str, WeakSet[asyncio.Event]] = {}
        self._closing = False

    def notify(self, conversation_id: str) -> None:
        """Something was stored in this conversation."""
        for bell in self._bells.get(conversation_id, ()):
            bell.set()

    def close(self) -> None:
        """End all streams: the service is stopping, and the pages will come back."""
        self._closing = True
        for conversation_id in list(self._bells):
            self.notify(conversation_id)

    async def stream(self, conversation_id: str, after: int, read: Callable[[int], Awaitable[list[dict[str, Any]] | None]]) -> AsyncIterator[str]:
        """The conversation's messages after number `after`, then each new one.

        `read(seq)` gives the messages that follow (what is no message names its own `event`), or None once the reader has no right to them any more, which
        ends the stream with an `ended` event. A database that is down ends it without: the page comes again.
        """
        bell = asyncio.Event()
        bells = self._bells.setdefault(conversation_id, WeakSet())
        bells.add(bell)
        try:
            yield ": open\n\n"
            while not self._closing:
                bell.clear()
                try:
                    found = await read(after)
                except DatabaseDown:
                    return
                if found is None:
                    yield "event: ended\ndata: {}\n\n"
                    return
                for message in found:
                    after = message["seq"]
                    name = message.get("event", "message")
                    yield f"id: {after}\nevent: {name}\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"
                # Another process may have stored something without ringing here: look at every heartbeat.
                try:
                    await asyncio.wait_for(bell.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            bells.discard(bell)
            if not bells:
                self._bells.pop(conversation_id, None)
