"""The audit log: who did what to what, each line chained to the one before by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.models import AuditEntry

log = logging.getLogger(__name__)

_LOCK = 0x415544  # Any number, the same in every process.
BEGINNING = "0" * 64


class Audit:
    """`record` belongs into the transaction of what it records: both are stored, or neither."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, folder: Path) -> Audit:
        """With the key in `folder`/audit_key, made at the first use: without it nobody can forge the chain."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "audit_key"
        try:
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
                new.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return cls(bytes.fromhex(file.read_text()))

    def record(self, session: Session, actor: str, action: str, object: str, at: datetime, **detail: Any) -> None:
        """Add a line. `detail` holds codes and numbers, never what a patient wrote."""
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        last = session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
        entry = AuditEntry(id=last.id + 1 if last else 1, at=at, actor=actor, action=action, object=object, detail=detail or None)
        entry.hash = self.hash(last.hash if last else BEGINNING, entry)
        session.add(entry)
        session.flush()

    def hash(self, before: str, entry: AuditEntry) -> str:
        line = [before, entry.id, entry.at.isoformat(), entry.actor, entry.action, entry.object, entry.detail]
        return hmac.new(self._key, json.dumps(line, sort_keys=True).encode(), hashlib.sha256).hexdigest()
