"""Hand-offs: a patient's question as a ticket for the clinic, stored once, with a reference and a time."""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import Annotated, Any, Literal

from ampoule import contacts
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import moves
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Contact, Conversation, Handoff
from ampoule_clinic.notify import announce
from ampoule_clinic.portal.models import Patient

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


def create(session: Session, clinic: Clinic, new: NewHandoff) -> tuple[Handoff, bool]:
    """Store the ticket: it, and whether it is new; the same key gives the ticket that it made before. Of a signed-in
    patient the clinic knows who they are.

    Refusal `not_found` where the clinic has no such conversation.
    """
    if known := _by_key(session, new.key):
        return known, False
    conversation = session.get(Conversation, new.conversation)
    if new.origin == "clinic" and conversation is None:
        raise Refusal("not_found")
    ticket = Handoff(
        key=new.key, conversation_id=new.conversation, origin=new.origin, kind=new.kind, reason=new.reason, urgency=new.urgency,
        language=(new.reading or {}).get("language") or "en", reading=new.reading, details=_unmasked(session, new), question=new.question,
        topics=new.topics,
    )
    patient = session.get(Patient, conversation.patient_id) if conversation and conversation.patient_id else None
    if patient:
        ticket.channel, ticket.patient_id = "portal", patient.id
        ticket.details = ticket.details | _details_of(patient)
    return add(session, clinic, ticket)


def add(session: Session, clinic: Clinic, ticket: Handoff, actor: Actor | None = None) -> tuple[Handoff, bool]:
    """Store a ticket that says what is asked, by whom and how urgently, with a reference and a time; see `create`. `actor` is
    who took it down."""
    if known := _by_key(session, ticket.key):
        return known, False
    now = clinic.now()
    ticket.reference, ticket.state = _reference(session), "new"
    ticket.created_at = ticket.activity_at = now
    ticket.reply_by = clinic.hours.promise(ticket.urgency, now).by
    ticket.due_at = ticket.reply_by or now
    try:
        with session.begin_nested():
            session.add(ticket)
    except IntegrityError:
        # Another process was quicker with this key. Anything else (a reference drawn twice) is an error.
        if known := _by_key(session, ticket.key):
            return known, False
        raise
    moves.write(session, ticket, "created", now, actor)
    announce.urgent_ticket(session, clinic, ticket)
    return ticket, True


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


def signed_in_details(form: Form) -> Details:
    """Those of a signed-in patient, whom the clinic knows. Refusal `no_consent`."""
    if not form.consent:
        raise Refusal("no_consent")
    return Details(about="self", is_patient=True, consent=True)


def _by_key(session: Session, key: str) -> Handoff | None:
    return session.scalar(select(Handoff).where(Handoff.key == key))


def _reference(session: Session) -> str:
    while True:
        reference = "B12-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
        if session.scalar(select(Handoff.id).where(Handoff.reference == reference)) is None:
            return reference


def _details_of(patient: Patient) -> dict[str, Any]:
    known = {"name": patient.name, "birth_date": patient.birth_date, "contact": patient.phone or patient.email}
    return {name: value for name, value in known.items() if value}


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
