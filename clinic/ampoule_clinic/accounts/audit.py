"""The audit log: who did what to what, each line chained to the one before by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.db import Database, last_in
from ampoule_clinic.keys import own_key

_LOCK = 0x415544  # Any number, the same in every process.
BATCH = 1000
# What the log's page lets one look for.
ACTIONS = (
    "sign_in", "sign_in_failed", "sign_out", "view_queue", "view_ticket", "view_patient", "intake", "claim", "release", "reassign", "urgency", "note",
    "reply", "approved_reply", "ask_patient", "resolve", "reopen", "acknowledge", "export", "view_reports", "view_audit", "staff_added", "staff_changed",
    "patient_invited", "patient_changed", "patient_export", "patient_delete", "email_taken", "send_failed",
)


class Head(NamedTuple):
    """Where the chain ends. Whoever keeps it elsewhere (the service's own log does) sees a log that was cut or written anew."""

    id: int
    hash: str


START = Head(0, "0" * 64)


class Broken(Exception):
    """A line is not as it was written, or is missing. `id` says which."""

    def __init__(self, id: int) -> None:
        super().__init__(f"line {id} is not as it was written")
        self.id = id


class _Line(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def detail(self) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Checked:
    """What the last look at the chain found: whole up to `head`, or the first line that is `broken`."""

    at: datetime
    head: Head
    broken: int | None = None


class Audit:
    """`record` belongs into the transaction of what it records: both are stored, or neither."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.checked: Checked | None = None

    @classmethod
    def of(cls, folder: Path) -> Audit:
        """With the key in `folder`/audit_key: without it nobody can forge the chain."""
        return cls(own_key(folder, "audit_key"))

    def record(self, session: Session, actor: str, action: str, object: str, at: datetime, **detail: Any) -> None:
        """Add a line, as the last thing that this transaction does. `detail` holds codes and numbers, never what a patient wrote."""
        entry = AuditEntry(at=at.astimezone(UTC), actor=actor, action=action, object=object, detail=detail or None)
        last_in(session, lambda: self._add(session, entry), _LOCK)

    def _add(self, session: Session, entry: AuditEntry) -> None:
        last = self.head(session)
        entry.id = last.id + 1
        entry.hash = self._hash(last.hash, entry)
        session.add(entry)
        session.flush()

    def _hash(self, before: str, line: _Line) -> str:
        parts = [before, line.id, line.at.isoformat(), line.actor, line.action, line.object, line.detail]
        return hmac.new(self._key, json.dumps(parts, sort_keys=True).encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def head(session: Session) -> Head:
        last = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).first()
        return Head(*last) if last else START

    def follow(self, session: Session, head: Head) -> Head:
        """The head after the next BATCH lines, or the same head where no more follow. Broken at the first line that does not fit."""
        columns = select(AuditEntry.id, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.object, AuditEntry.detail, AuditEntry.hash)
        for line in session.execute(columns.where(AuditEntry.id > head.id).order_by(AuditEntry.id).limit(BATCH)):
            if line.id != head.id + 1 or not hmac.compare_digest(line.hash.encode(), self._hash(head.hash, line).encode()):
                raise Broken(head.id + 1)
            head = Head(line.id, line.hash)
        return head

    def verify(self, session: Session) -> int | None:
        """The first line that is missing or not as it was written; None where the chain is whole."""
        head: Head = START
        before: Head | None = None
        try:
            while head != before:
                head, before = self.follow(session, head), head
        except Broken as broken:
            return broken.id
        return None

    async def check(self, db: Database, at: datetime, whole: bool) -> Checked:
        """Look at the chain, all of it or what is new since the last time; a transaction for each BATCH, so that no writer waits."""
        known = self.checked
        head = START if whole or known is None or known.broken else known.head
        before: Head | None = None
        try:
            while head != before:
                head, before = await db.read(self.follow, head), head
            self.checked = Checked(at, head)
        except Broken as broken:
            self.checked = Checked(at, head, broken.id)
        return self.checked


def is_at(session: Session, head: Head) -> bool:
    """Whether the log has the line that was once its last."""
    return head == START or session.scalar(select(AuditEntry.hash).where(AuditEntry.id == head.id)) == head.hash


def page(session: Session, before: int | None, size: int, **filters: str) -> Sequence[AuditEntry]:
    """The newest lines older than line `before`, filtered by equal `action`, `actor`, `object` where one is given."""
    rows = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(size)
    if before is not None:
        rows = rows.where(AuditEntry.id < before)
    return session.scalars(rows.filter_by(**{name: value for name, value in filters.items() if value})).all()
