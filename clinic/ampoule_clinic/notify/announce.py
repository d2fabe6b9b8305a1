"""What is announced to whom: each function puts its mail or call into the outbox, in the caller's transaction.

An e-mail travels in clear through other people's machines: it says who writes and what to do, never why. The words come
from content/replies/email.yml; no name, kind, reference or ticket text goes into them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.models import Conversation, Handoff
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.portal.models import Patient

KEEP_TRYING = timedelta(days=3)


def staff_replied(session: Session, clinic: Clinic, conversation_id: str) -> None:
    """Somebody at the clinic has written. Said once, until the patient has read what there is."""
    conversation = session.get(Conversation, conversation_id)
    if conversation:
        _tell(session, clinic, conversation.patient_id, "reply", f"reply:{conversation_id}:{conversation.patient_seen}")


def overdue(session: Session, clinic: Clinic, ticket: Handoff) -> None:
    """The clinic has not replied by the time it promised."""
    _tell(session, clinic, ticket.patient_id, "overdue", f"overdue:{ticket.reference}:{ticket.due_at:%Y%m%dT%H%M%S}")


def invitation(session: Session, clinic: Clinic, patient: Patient) -> None:
    """The clinic has opened the portal to a patient."""
    if patient.active and patient.email:
        _mail(session, clinic, patient.email, "invitation", f"invitation:{patient.id}:{clinic.now():%Y%m%dT%H%M}", KEEP_TRYING, link="/portal/sign-in")


def sign_in_code(session: Session, clinic: Clinic, patient: Patient, code: str, minutes: int) -> None:
    """The one-time code that a patient asked for; one asked for before and not sent yet is not sent any more."""
    if not (patient.active and patient.email):
        return
    mine, now = f"code:{patient.id}:", clinic.now()
    session.execute(delete(Outgoing).where(Outgoing.key.startswith(mine, autoescape=True), Outgoing.sent_at.is_(None)))
    _mail(session, clinic, patient.email, "code", f"{mine}{now.timestamp():.6f}", timedelta(minutes=minutes),
          link="/portal/sign-in", code=code, minutes=str(minutes))


def urgent_ticket(session: Session, clinic: Clinic, ticket: Handoff) -> None:
    """A ticket that cannot wait, to the clinic's own system. Nothing for a routine one, a test, or without such a system."""
    if clinic.settings.webhook_url is None or ticket.origin != "clinic" or ticket.urgency == "routine":
        return
    payload = {"event": "ticket.urgent", "reference": ticket.reference, "urgency": ticket.urgency, "created_at": ticket.created_at.isoformat(),
               "link": f"{clinic.settings.public_url}/desk/tickets/{ticket.reference}"}
    key = f"urgent:{ticket.reference}:{ticket.urgency}:{ticket.activity_at.timestamp():.6f}"
    _put(session, clinic, "webhook", key, payload, KEEP_TRYING)


def _tell(session: Session, clinic: Clinic, patient_id: int | None, text: str, key: str) -> None:
    """A mail to a patient who wants to be told."""
    patient = session.get(Patient, patient_id) if patient_id is not None else None
    if patient and patient.active and patient.email and patient.notify_email:
        _mail(session, clinic, patient.email, text, key, KEEP_TRYING, link="/portal")


def _mail(session: Session, clinic: Clinic, to: str, text: str, key: str, lasts: timedelta, link: str, **blanks: str) -> None:
    blanks["link"] = clinic.settings.public_url + link
    payload = {"to": to, "subject": clinic.words(f"email#{text}_subject"), "body": clinic.words(f"email#{text}_body", **blanks)}
    _put(session, clinic, "email", key, payload, lasts)


def _put(session: Session, clinic: Clinic, kind: str, key: str, payload: dict[str, Any], lasts: timedelta) -> None:
    now = clinic.now()
    session.flush()  # A fault in what the caller has stored is the caller's.
    try:
        with session.begin_nested():
            session.add(Outgoing(key=key, kind=kind, payload=payload, created_at=now, next_at=now, expires_at=now + lasts))
    except IntegrityError:
        return  # It is there already.
