"""What a patient writes, as far as it concerns the clinic's staff."""

from __future__ import annotations

from ampoule.handoff import why
from ampoule.outcome import Turn
from ampoule.reader import Reading
from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, degraded, handoffs
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import moves
from ampoule_clinic.errors import Refusal
from ampoule_clinic.handoffs import Details, Join, NewHandoff
from ampoule_clinic.models import PRIORITIES, Conversation, Handoff, HandoffMessage, Message
from ampoule_clinic.notify import announce


def open_tickets(session: Session, conversation_id: str) -> list[Handoff]:
    """The conversation's tickets that are not closed, the newest first, held until the transaction ends. The caller has
    taken hold of the conversation before."""
    rows = select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.open).order_by(Handoff.id.desc())
    return list(session.scalars(rows.with_for_update().execution_options(populate_existing=True)))


def open_ticket(session: Session, conversation_id: str) -> Handoff | None:
    """The newest of them, which later messages join."""
    return next(iter(open_tickets(session, conversation_id)), None)


def join(session: Session, clinic: Clinic, later: Join, reading: Reading | None) -> Handoff:
    """Add a message to the conversation's open ticket. Refusal `not_found` where there is no such ticket or message."""
    try:
        conversations.hold(session, later.conversation)
    except Refusal:
        raise Refusal("not_found") from None
    ticket, message = open_ticket(session, later.conversation), find(session, later)
    if ticket is None:
        raise Refusal("not_found")
    _add(session, clinic, ticket, message, "joined", reading)
    return ticket


def find(session: Session, later: Join) -> Message:
    """The message that is to join a ticket. Refusal `not_found`."""
    message = session.scalar(select(Message).where(Message.conversation_id == later.conversation, Message.id == later.message_id))
    if message is None:
        raise Refusal("not_found")
    return message


def receive(session: Session, clinic: Clinic, conversation: Conversation, message: Message, reading: Reading | None) -> Turn:
    """Take a message that goes to a person, and give the receipt for it."""
    ticket = open_ticket(session, conversation.id)
    if ticket:
        _add(session, clinic, ticket, message, "patient_wrote", reading)
    return degraded.receipt(clinic.words, clinic.hours, ticket.urgency if ticket else degraded.URGENCY, conversation.staff_name, clinic.now())


def answers_what_was_asked(session: Session, clinic: Clinic, conversation: Conversation, message: Message, reading: Reading | None) -> None:
    """A ticket that waits for the patient gets what they write to the assistant too, to whom they may have gone back."""
    ticket = open_ticket(session, conversation.id)
    if ticket and ticket.state == "waiting_for_patient":
        _add(session, clinic, ticket, message, "patient_wrote", reading)


def red_flag(session: Session, clinic: Clinic, conversation_id: str, message: Message, reading: Reading) -> bool:
    """See that the clinic learns of an emergency: the open ticket becomes one; a signed-in patient's is a ticket of its
    own. Of anybody else nothing is known. Whether there was something to tell."""
    conversation = conversations.hold(session, conversation_id)
    ticket = open_ticket(session, conversation.id)
    if ticket is None:
        return conversation.patient_id is not None and _emergency(session, clinic, message, reading)
    if not _add(session, clinic, ticket, message, "red_flag", None):
        return False
    ticket.urgency, ticket.due_at = "emergency", clinic.now()
    ticket.acknowledged_by = ticket.acknowledged_at = None
    announce.urgent_ticket(session, clinic, ticket)
    return True


def _add(session: Session, clinic: Clinic, ticket: Handoff, message: Message, what: str, reading: Reading | None) -> bool:
    """Put a message to the ticket, as something that staff should see; whether it was not there yet."""
    if session.get(HandoffMessage, (ticket.id, message.id)):
        return False
    session.add(HandoffMessage(handoff_id=ticket.id, message_id=message.id, text=message.text, at=message.at))
    moves.move(ticket, "patient_wrote", clinic.hours, clinic.now())
    moves.record(session, ticket, what, clinic.now())
    if reading and reading.kind:
        _widen(session, clinic, ticket, reading, reading.kind, reading.reason or "")
    return True


def _widen(session: Session, clinic: Clinic, ticket: Handoff, reading: Reading, kind: str, reason: str) -> None:
    """Take another question into the ticket: the higher urgency counts, and one clinical question makes it clinical."""
    desk = clinic.content.desk
    if desk.is_clinical(kind, reason) and not desk.is_clinical(ticket.kind, ticket.reason):
        ticket.kind, ticket.reason, ticket.reading = kind, reason, why(reading)
    if PRIORITIES.index(reading.urgency) < PRIORITIES.index(ticket.urgency):
        ticket.urgency = reading.urgency
        ticket.due_at = min(ticket.due_at, clinic.hours.promise(reading.urgency, clinic.now()).by or clinic.now())
        announce.urgent_ticket(session, clinic, ticket)


def _emergency(session: Session, clinic: Clinic, message: Message, reading: Reading) -> bool:
    return handoffs.create(session, clinic, NewHandoff(
        key=f"emergency:{message.conversation_id}:{message.seq}", conversation=message.conversation_id, origin="clinic", kind="emergency",
        reason=next(iter(reading.flags), "general"), urgency="emergency", details=Details(about="self", is_patient=True, consent=True),
        question=message.text, reading=why(reading),
    ))[1]
