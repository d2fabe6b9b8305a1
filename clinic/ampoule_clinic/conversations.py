"""Conversations: who talks in them, and how they are forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Erasure


def get(session: Session, conversation_id: str) -> Conversation:
    """Refusal `ended` where the conversation is gone."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise Refusal("ended")
    return conversation


def forget(session: Session, conversation_id: str, now: datetime) -> None:
    """Delete the conversation with its sessions, messages and contacts, and note that the engine must do the same."""
    session.execute(delete(Conversation).where(Conversation.id == conversation_id))
    if session.get(Erasure, conversation_id) is None:
        session.add(Erasure(conversation_id=conversation_id, asked_at=now))


def quiet_since(session: Session, moment: datetime) -> list[str]:
    """The ids of the conversations in which nothing was written since then."""
    return list(session.scalars(select(Conversation.id).where(Conversation.active_at < moment)))


def to_erase(session: Session) -> list[str]:
    """The ids of the forgotten conversations that the engine may still hold."""
    return list(session.scalars(select(Erasure.conversation_id)))


def erased(session: Session, conversation_id: str) -> None:
    session.execute(delete(Erasure).where(Erasure.conversation_id == conversation_id))
