"""Conversations of the engine: one row each, with the slots and the last events, written whole.

So the cost of a turn does not grow with the conversation. A read error fails the turn; it is never an empty tracker.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker

from pipeline import patches
from pipeline.paths import VAR

# Before Rasa wraps this store in one that turns a read error into an empty conversation.
patches.apply()

KEPT_EVENTS = 60
FORMAT = 1
LOCAL_KEPT_SECONDS = 24 * 3600

_metadata = sa.MetaData()
_rows = sa.Table(
    "engine_conversations",
    _metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False, index=True),
)


class StoreError(Exception):
    """A stored conversation cannot be read, or was written by another version."""


class ConversationStore(TrackerStore):
    """`url` is an SQLAlchemy address; without it an SQLite file in `var/`, readable by its owner alone."""

    def __init__(self, domain: Domain, host: str | None = None, event_broker: Any = None, url: str | None = None, **kwargs: Any) -> None:
        url = os.environ.get("AMPOULE_ENGINE_DATABASE_URL") or url
        if not url:
            VAR.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{_private(VAR / 'engine.db')}"
        self._engine = sa.create_engine(url)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _sqlite_settings)
        _metadata.create_all(self._engine)
        with self._engine.begin() as connection:  # tests, probes and the terminal: nobody else deletes them
            connection.execute(_rows.delete().where(_rows.c.sender_id.like("local:%"), _rows.c.updated_at < time.time() - LOCAL_KEPT_SECONDS))
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        state = json.dumps({"slots": tracker.current_slot_values(), "events": [e.as_dict() for e in _tail(tracker)]}, ensure_ascii=False)
        with self._engine.begin() as connection:
            row = connection.execute(sa.select(_rows.c.version).where(_rows.c.sender_id == tracker.sender_id)).first()
            values = {"format": FORMAT, "state": state, "updated_at": time.time()}
            if row:
                connection.execute(_rows.update().where(_rows.c.sender_id == tracker.sender_id).values(version=row.version + 1, **values))
            else:
                connection.execute(_rows.insert().values(sender_id=tracker.sender_id, version=1, **values))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_rows.c.format, _rows.c.state).where(_rows.c.sender_id == sender_id)).first()
        if row is None:
            return None
        if row.format != FORMAT:
            raise StoreError("a conversation was stored by another version")
        stored = json.loads(row.state)
        tracker = DialogueStateTracker.from_events(sender_id, deserialise_events(stored["events"]), self.domain.slots, domain=self.domain)
        for name, value in stored["slots"].items():
            if name in tracker.slots:
                tracker.slots[name].value = value
        return tracker

    async def keys(self) -> Iterable[str]:
        with self._engine.connect() as connection:
            return [row.sender_id for row in connection.execute(sa.select(_rows.c.sender_id))]

    def forget(self, sender_id: str) -> bool:
        """Delete one conversation; whether there was one."""
        with self._engine.begin() as connection:
            return bool(connection.execute(_rows.delete().where(_rows.c.sender_id == sender_id)).rowcount)


def _tail(tracker: DialogueStateTracker) -> list:
    """The last events, from the start of a turn on."""
    events = list(tracker.events)
    if len(events) <= KEPT_EVENTS:
        return events
    tail = events[-KEPT_EVENTS:]
    first = next((i for i, e in enumerate(tail) if isinstance(e, ActionExecuted) and e.action_name == ACTION_LISTEN_NAME), 0)
    return tail[first:]


def _private(path: Path) -> Path:
    """The file, made readable by its owner alone before anything is in it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    return path


def _sqlite_settings(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=2000"):
        connection.execute(f"PRAGMA {pragma}")
