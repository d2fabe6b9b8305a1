"""The outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ampoule_clinic.models import Base


class Outgoing(Base):
    """Something to be sent. `key` is the same where the same thing is put in again.

    It waits until it is sent or given up, and loses its `payload` then. `next_at` is when it is tried next: while
    somebody is sending it that is later, so that nobody else does. After `expires_at` nobody wants it any more.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_next", "sent_at", "failed_at", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(8))  # email | webhook
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(80))  # the type of the last failure
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
