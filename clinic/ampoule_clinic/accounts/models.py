"""The tables of accounts, sessions and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ampoule_clinic.models import Base

ROLES = ("front_desk", "clinician", "admin")


class Staff(Base):
    """A member of staff. One without a password has not used their link yet; one who left is inactive, never deleted."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)  # in lower case
    name: Mapped[str] = mapped_column(String(100))  # as patients see it
    role: Mapped[str] = mapped_column(String(16))  # one of ROLES
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_pending: Mapped[str | None] = mapped_column(String(64))  # shown, and not confirmed by a code yet
    totp_last_step: Mapped[int | None]  # the last 30-second step whose code was used: a code works once
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class WebSession(Base):
    """A signed-in browser on the clinic's own pages. Only the hash of the cookie's token is kept."""

    __tablename__ = "web_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    audience: Mapped[str] = mapped_column(String(8))  # staff | patient
    subject_id: Mapped[int] = mapped_column(index=True)
    step: Mapped[str] = mapped_column(String(8))  # full | totp (the second factor is still to come)
    csrf: Mapped[str] = mapped_column(String(43))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class SetupLink(Base):
    """A link that works once: to create the first account, or to set a password. Only its hash is kept."""

    __tablename__ = "setup_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))  # None: the first account
    expires_at: Mapped[datetime]


class AuditEntry(Base):
    """One line of the audit log. `hash` covers the line and the hash before it, so that no line can change or go unseen."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_action", "action", "id"), Index("ix_audit_actor", "actor", "id"), Index("ix_audit_object", "object", "id"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # without gaps
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))  # staff:12 | patient:3 | service | nobody
    action: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(80))  # ticket:B12-7K4M2Q | staff:12 | audit ...
    detail: Mapped[dict[str, Any] | None]  # codes and numbers only, never a patient's words
    hash: Mapped[str] = mapped_column(String(64))
