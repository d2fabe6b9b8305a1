"""Hand-offs: a patient's question as a ticket for the clinic, stored once, with a reference and a time."""

from __future__ import annotations

import re
import secrets
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ampoule import contacts
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic.errors import Refusal
from ampoule_clinic.hours import Hours
from ampoule_clinic.models import Contact, Conversation, Handoff, HandoffMessage, Message

# No vowels, so that no word appears; nothing that is read as something else on paper or over the phone.
_ALPHABET = "34679CDFGHJKMNPQRTWX"
_LETTERS = 6

Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Details(_Strict):
    """Who asks. Contact and date of birth may be marks, such as `[phone …42]`: the service knows what stood there."""

    name: Short | None = None
    birth_date: Short | None = None
    contact: Short | None = None
    about: Literal["self", "other"] | None = None
    is_patient: bool | None = None
    consent: Literal[True]


class NewHandoff(_Strict):
    """What the engine's actions, or the page's form, hand over. `key` is the same when it is handed over again."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    conversation: Short
    origin: Literal["clinic", "local"]
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
    reason: Annotated[str, StringConstraints(max_length=80)]
    urgency: Literal["emergency", "same_day", "routine"]
    details: Details
    question: Long
    topics: Annotated[list[Short], Field(max_length=10)] = []
    reading: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _only_patients(self) -> NewHandoff:
        if self.origin == "clinic" and self.details.is_patient is False:
            raise ValueError("only the clinic's own patients have tickets")
        return self


class Join(_Strict):
    conversation: Short
    message_id: Annotated[str, StringConstraints(min_length=1, max_length=36)]


def create(session: Session, new: NewHandoff, hours: Hours, now: datetime) -> tuple[Handoff, bool]:
    """Store the ticket: it, and whether it is new; the same key gives the ticket that it made before.

    Refusal `not_found` where the clinic has no such conversation.
    """
    if known := _by_key(session, new.key):
        return known, False
    if new.origin == "clinic" and session.get(Conversation, new.conversation) is None:
        raise Refusal("not_found")
    reply_by = hours.promise(new.urgency, now).by
    ticket = Handoff(
        key=new.key, reference=_reference(session), conversation_id=new.conversation, origin=new.origin, kind=new.kind, reason=new.reason,
        urgency=new.urgency, state="new", details=_unmasked(session, new), question=new.question, topics=new.topics, reading=new.reading,
        reply_by=reply_by, due_at=reply_by or now, created_at=now, activity_at=now,
    )
    try:
        with session.begin_nested():
            session.add(ticket)
    except IntegrityError:
        # Another process was quicker with this key. Anything else (a reference drawn twice) is an error.
        if known := _by_key(session, new.key):
            return known, False
        raise
    return ticket, True


def join(session: Session, later: Join, now: datetime) -> Handoff:
    """Add a message to the conversation's open ticket. Refusal `not_found` where there is no such ticket or message."""
    ticket = session.scalar(select(Handoff).where(Handoff.conversation_id == later.conversation, Handoff.state != "closed")
                            .order_by(Handoff.id.desc()).limit(1))
    message = session.scalar(select(Message).where(Message.conversation_id == later.conversation, Message.id == later.message_id))
    if ticket is None or message is None:
        raise Refusal("not_found")
    if session.get(HandoffMessage, (ticket.id, message.id)) is None:
        session.add(HandoffMessage(handoff_id=ticket.id, message_id=message.id, text=message.text, at=now))
    return ticket


def queue(session: Session, origin: str = "clinic") -> list[Handoff]:
    """The tickets of this origin, the newest first."""
    return list(session.scalars(select(Handoff).where(Handoff.origin == origin).order_by(Handoff.created_at.desc())))


class Form(_Strict):
    """The page's form, shown while the engine is down."""

    patient: bool
    name: str = ""
    birth_date: str = ""
    contact: str = ""
    about: Literal["self", "other"] = "self"
    consent: bool = False


def details(form: Form, today: date) -> Details:
    """The form's details, once they make sense. Refusal `invalid_name`, `invalid_birth_date`, `invalid_contact`, `no_consent`."""
    name, contact = form.name.strip(), form.contact.strip()
    if not 3 <= len(name) <= 200 or not re.search(r"\w\S*\s+\S*\w", name):
        raise Refusal("invalid_name")
    try:
        born = date.fromisoformat(form.birth_date)
    except ValueError:
        raise Refusal("invalid_birth_date") from None
    if not 0 <= today.year - born.year <= 130 or born > today:
        raise Refusal("invalid_birth_date")
    if len(contact) > 200 or not any(found.kind in ("phone", "email") for found in contacts.mask(contact).found):
        raise Refusal("invalid_contact")
    if not form.consent:
        raise Refusal("no_consent")
    return Details(name=name, birth_date=born.isoformat(), contact=contact, about=form.about, is_patient=True, consent=True)


def _by_key(session: Session, key: str) -> Handoff | None:
    return session.scalar(select(Handoff).where(Handoff.key == key))


def _reference(session: Session) -> str:
    while True:
        reference = "B12-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
        if session.scalar(select(Handoff.id).where(Handoff.reference == reference)) is None:
            return reference


def _unmasked(session: Session, new: NewHandoff) -> dict[str, Any]:
    """The details with what the patient typed in place of the marks that left the service."""
    given = new.details.model_dump(exclude_none=True)
    known = session.scalars(select(Contact).where(Contact.conversation_id == new.conversation).order_by(Contact.seq.desc(), Contact.place))
    by_kind: dict[str, list[str]] = {}
    for contact in known:
        by_kind.setdefault("birth_date" if contact.kind == "date" else "contact", []).append(contact.value)
    for name, values in by_kind.items():
        mark = given.get(name, "")
        if not mark or contacts.MASK.search(mark):
            given[name] = next((value for value in values if contacts.mask(value).text == mark), values[0])
    return given
