"""The tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, ForeignKeyConstraint, Index, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

PRIORITIES = ("emergency", "same_day", "routine")  # from the first to the last served


class Moment(TypeDecorator[datetime]):
    """A point in time, always UTC; SQLite would lose the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON(none_as_null=True), list[str]: JSON}


class Conversation(Base):
    """One chat, or one thread of a signed-in patient. `id` is random; the engine knows the conversation by it.

    `patient_id` is set once, by the server, where the patient was signed in when it began: only then is it verified.
    `patient_seen` and `staff_seen` are the last message that either side has had on screen.
    """

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient_id: Mapped[int | None] = mapped_column(index=True)
    subject: Mapped[str | None] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(16), default="assistant")  # assistant | person
    staff_name: Mapped[str | None] = mapped_column(String(200))
    last_seq: Mapped[int] = mapped_column(default=0)
    patient_seen: Mapped[int] = mapped_column(default=0)
    patient_seen_at: Mapped[datetime | None]
    staff_seen: Mapped[int] = mapped_column(default=0)
    staff_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    active_at: Mapped[datetime] = mapped_column(index=True)


class ChatSession(Base):
    """A browser's right to one conversation. Only the token's hash is kept. A signed-in patient's goes with the sign-in."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    web_session: Mapped[str | None] = mapped_column(ForeignKey("web_sessions.token_hash", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class Message(Base):
    """One message; `seq` counts within its conversation. A reply names the `seq` that it answers."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "id"), UniqueConstraint("conversation_id", "reply_to"))

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(36))
    author: Mapped[str] = mapped_column(String(16))  # patient | assistant | staff | notice (of a change of who answers)
    text: Mapped[str] = mapped_column(Text)
    choice: Mapped[str | None] = mapped_column(String(200))
    refused: Mapped[str | None] = mapped_column(String(32))
    outcome: Mapped[dict[str, Any] | None]
    reply_to: Mapped[int | None]
    helpful: Mapped[bool | None]
    staff_name: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]


class Contact(Base):
    """A phone number, e-mail address or date of birth that was masked before the message left the service."""

    __tablename__ = "contacts"
    __table_args__ = (
        ForeignKeyConstraint(["conversation_id", "seq"], ["messages.conversation_id", "messages.seq"], ondelete="CASCADE"),
    )

    conversation_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # phone | email | date
    value: Mapped[str] = mapped_column(String(400))


class Handoff(Base):
    """A ticket for the clinic. It outlives its conversation, so it has no foreign key to it.

    `reading` is what was read from the question (labels, words that decided, amounts ...). `reply_by` is when
    the first reply was promised for, `due_at` when it wants attention now: a promised reply, at once where none is
    promised, far in the future while nobody waits for the clinic. `activity_at` is when something last happened
    that staff should see.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        Index("ix_handoffs_queue", "origin", "open", "priority", "due_at", "id"),
        Index("ix_handoffs_claimed", "origin", "open", "claimed_by", "priority", "due_at", "id"),
        Index("ix_handoffs_created", "origin", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    conversation_id: Mapped[str] = mapped_column(String(200), index=True)
    origin: Mapped[str] = mapped_column(String(8))  # clinic | local (a test: outside the queue)
    channel: Mapped[str] = mapped_column(String(8), default="widget")  # widget | portal | phone
    patient_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(80))
    urgency: Mapped[str] = mapped_column(String(16))  # emergency | same_day | routine
    priority: Mapped[int]  # the urgency's rank, 0 first
    state: Mapped[str] = mapped_column(String(24))  # new | claimed | waiting_for_patient | answered | closed | reopened
    open: Mapped[bool]  # not closed
    language: Mapped[str] = mapped_column(String(8), default="en")
    reading: Mapped[dict[str, Any] | None]
    details: Mapped[dict[str, Any]]
    question: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]]
    reply_by: Mapped[datetime | None]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    activity_at: Mapped[datetime]
    claimed_by: Mapped[int | None]
    claimed_at: Mapped[datetime | None]
    first_claimed_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None]
    acknowledged_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @validates("urgency")
    def _rank(self, _key: str, urgency: str) -> str:
        self.priority = PRIORITIES.index(urgency)
        return urgency

    @validates("state")
    def _mark_open(self, _key: str, state: str) -> str:
        self.open = state != "closed"
        return state


class HandoffEvent(Base):
    """What happened to a ticket, and the staff's internal notes. `id` grows, so that a screen can ask for what is new."""

    __tablename__ = "handoff_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(24))  # created | joined | claimed | released | ... | note
    staff_id: Mapped[int | None]
    staff_name: Mapped[str | None] = mapped_column(String(200))  # None: the patient, or the service itself
    text: Mapped[str | None] = mapped_column(Text)  # the note, or the reason
    at: Mapped[datetime]


class HandoffSeen(Base):
    """When a member of staff last had a ticket on screen."""

    __tablename__ = "handoff_seen"

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class HandoffMessage(Base):
    """A later message that joined an open ticket; its words are copied, for the conversation may go first."""

    __tablename__ = "handoff_messages"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Erasure(Base):
    """A conversation that is gone here and still has to go from the engine's store."""

    __tablename__ = "erasures"

    conversation_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    asked_at: Mapped[datetime]
