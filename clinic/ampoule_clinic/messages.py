"""Messages: stored as typed, numbered within their conversation, each answered once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampoule import contacts
from ampoule.outcome import Turn
from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, errors
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Contact, Conversation, Handoff, Message
from ampoule_clinic.words import Words


@dataclass(frozen=True)
class Typed:
    """A message as the patient's page sent it: words, or a button of the last reply.

    `id` is the page's own UUID, the same when it sends again. `refused` is the code of a refusal, if it gets one.
    """

    id: str
    text: str
    choice: str | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Standing:
    """What decides how a message is answered."""

    reply: Message | None
    person: bool  # somebody at the clinic answers, not the assistant
    verified: bool
    ticket_open: bool


def add(session: Session, conversation_id: str, typed: Typed, now: datetime) -> Message:
    """Store a patient's message, or give back the one stored under its id.

    Refusal: `ended` where the conversation is gone, `bad_choice` for a button that the last reply does not offer.
    """
    conversation = conversations.hold(session, conversation_id)
    known = session.scalar(select(Message).where(Message.conversation_id == conversation_id, Message.id == typed.id))
    if known:
        return known
    text = typed.text if typed.choice is None else _title(session, conversation_id, typed.choice)
    message = _append(session, conversation, now, id=typed.id, author="patient", text=text, choice=typed.choice, refused=typed.refused)
    session.flush()
    for place, found in enumerate(contacts.mask(text).found):
        session.add(Contact(conversation_id=conversation_id, seq=message.seq, place=place, kind=found.kind, value=found.value))
    return message


def reply(session: Session, conversation_id: str, turn: Turn, now: datetime, to: int | None = None) -> Message:
    """Store the reply to message `to`, or give back the one it already has. Refusal `ended` where the conversation is gone."""
    conversation = conversations.hold(session, conversation_id)
    if to is not None and (known := reply_to(session, conversation_id, to)):
        return known
    return _append(session, conversation, now, **_reply_fields(turn, to))


def from_staff(session: Session, conversation_id: str, staff_name: str, text: str, now: datetime) -> Message:
    """Store what a person at the clinic says. Refusal `ended` where the conversation is gone."""
    conversation = conversations.hold(session, conversation_id)
    return _append(session, conversation, now, id=str(uuid.uuid4()), author="staff", text=text, staff_name=staff_name)


def notice(session: Session, conversation_id: str, text: str, now: datetime) -> Message:
    """Store that somebody else answers from now on. Refusal `ended` where the conversation is gone."""
    conversation = conversations.hold(session, conversation_id)
    return _append(session, conversation, now, id=str(uuid.uuid4()), author="notice", text=text)


def rate(session: Session, conversation_id: str, id: str, helpful: bool) -> None:
    """Store whether a reply helped; the last word counts. Refusal `not_found` where there is no such reply."""
    message = session.scalar(select(Message).where(Message.conversation_id == conversation_id, Message.id == id, Message.author == "assistant"))
    if message is None:
        raise Refusal("not_found")
    message.helpful = helpful


def unstored_reply(conversation_id: str, turn: Turn, now: datetime) -> Message:
    """A reply to be shown though it cannot be kept."""
    return Message(conversation_id=conversation_id, at=now, **_reply_fields(turn, None))


def standing(session: Session, conversation_id: str, seq: int) -> Standing:
    """How message `seq` stands. Refusal `ended` where the conversation is gone."""
    conversation = conversations.get(session, conversation_id)
    tickets = select(Handoff.id).where(Handoff.conversation_id == conversation_id, Handoff.open).limit(1)
    return Standing(reply_to(session, conversation_id, seq), conversation.mode == "person", conversation.patient_id is not None,
                    session.scalar(tickets) is not None)


def after(session: Session, conversation_id: str, seq: int) -> list[Message]:
    """The messages that follow number `seq`, in order."""
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq).order_by(Message.seq)
    return list(session.scalars(rows))


def reply_to(session: Session, conversation_id: str, seq: int) -> Message | None:
    return session.scalar(select(Message).where(Message.conversation_id == conversation_id, Message.reply_to == seq))


def last_reply(session: Session, conversation_id: str) -> Message | None:
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.outcome.is_not(None))
    return session.scalar(rows.order_by(Message.seq.desc()).limit(1))


def last_question(session: Session, conversation_id: str) -> Message | None:
    """The last thing the patient typed that was not refused."""
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.author == "patient",
                                 Message.refused.is_(None), Message.choice.is_(None))
    return session.scalar(rows.order_by(Message.seq.desc()).limit(1))


def public(message: Message, words: Words) -> dict[str, Any]:
    """The message as pages and programs see it."""
    shown = {"seq": message.seq, "id": message.id, "author": message.author, "text": message.text, "at": message.at.isoformat(),
             "reply_to": message.reply_to, "outcome": message.outcome, "helpful": message.helpful, "staff_name": message.staff_name}
    return shown | errors.body(words, message.refused) if message.refused else shown


def _append(session: Session, conversation: Conversation, now: datetime, **fields: Any) -> Message:
    conversation.last_seq += 1
    conversation.active_at = now
    message = Message(conversation_id=conversation.id, seq=conversation.last_seq, at=now, **fields)
    session.add(message)
    return message


def _reply_fields(turn: Turn, to: int | None) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "author": "assistant", "text": "\n\n".join(turn.texts), "outcome": turn.custom, "reply_to": to}


def _title(session: Session, conversation_id: str, choice: str) -> str:
    """What the button says."""
    offered = last_reply(session, conversation_id)
    for button in offered.outcome["choices"] if offered and offered.outcome else ():
        if button["choice"] == choice:
            return str(button["title"])
    raise Refusal("bad_choice")
