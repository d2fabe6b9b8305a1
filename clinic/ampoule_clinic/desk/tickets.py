"""What staff does with a ticket. Each step is refused where the rules do not allow it, and noted in the ticket's history
and in the audit log in the transaction in which it happens.

Whoever needs a conversation and its ticket holds the conversation first. The ticket itself has an optimistic lock: of two
who change it at once one is refused, with `taken` or `changed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ampoule import signing
from ampoule.desk_content import Canned, Outcome
from ampoule.handoff import why
from ampoule.reader import Reading
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ampoule_clinic import handoffs, messages
from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import moves, people, presence
from ampoule_clinic.desk.moves import record as record
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import PRIORITIES, Conversation, Handoff, HandoffEvent, HandoffMessage, HandoffSeen, Message
from ampoule_clinic.notify import announce

LONGEST = 4000  # characters of a reply, a note or a reason
_HOLDERS_ONLY = ("release", "reply", "ask", "approved", "resolve")
_TO_THE_PATIENT = ("reply", "ask", "approved")


@dataclass(frozen=True)
class Case:
    """A ticket and its conversation, None where there is none (a phone call) or none any more."""

    ticket: Handoff
    conversation: Conversation | None
    clinical: bool

    @property
    def verified(self) -> bool:
        """Whether the clinic knows who writes: they were signed in."""
        return (self.conversation or self.ticket).patient_id is not None

    def is_with(self, actor: Actor) -> bool:
        """Whether this person has the ticket, and the chat where there is one."""
        return self.ticket.claimed_by == actor.id and (self.conversation is None or self.conversation.mode == presence.PERSON)

    def refusal(self, actor: Actor, action: str) -> str | None:
        """The code of the refusal that this action would get from this person; None where it may be done."""
        ticket = self.ticket
        if actor.role not in moves.ROLES[action]:
            return "not_allowed"
        if (ticket.state, action) not in moves.MOVES and not (ticket.open and action in _HOLDERS_ONLY):
            return "not_possible"
        if action in ("reply", "ask") and self.clinical and actor.role != "clinician":
            return "clinical_only"
        if action in _TO_THE_PATIENT and self.conversation is None:
            return "no_conversation"
        if action in ("reply", "ask") and not self.verified:
            return "unverified"
        if action == "acknowledge" and (ticket.urgency != "emergency" or ticket.acknowledged_at):
            return "not_possible"
        if action == "claim" and ticket.claimed_by is not None:
            return "not_possible" if self.is_with(actor) else None if ticket.claimed_by == actor.id else "taken"
        if action in _HOLDERS_ONLY and ticket.claimed_by != actor.id:
            return "claim_first" if ticket.claimed_by is None else "taken"
        return None


@dataclass(frozen=True)
class TicketView:
    """A ticket's page. `may` has for each action the code of its refusal, None where it may be done."""

    ticket: Handoff
    clinical: bool
    verified: bool
    claimed_by: str | None
    acknowledged_by: str | None
    conversation: Conversation | None
    messages: list[Message]
    joined: list[HandoffMessage]
    events: list[HandoffEvent]
    outcomes: dict[str, Outcome]
    canned: list[Canned]
    may: dict[str, str | None]

    @property
    def gone(self) -> bool:
        """Whether there was a conversation that is deleted by now."""
        return self.conversation is None and self.ticket.channel != "phone"

    @property
    def last_seq(self) -> int:
        """The number of the last message on the page."""
        return self.messages[-1].seq if self.messages else 0


def get(session: Session, reference: str) -> Handoff:
    """Refusal `not_found`; a test's ticket is nobody's either."""
    ticket = session.scalar(select(Handoff).where(Handoff.reference == reference, Handoff.origin == "clinic"))
    if ticket is None:
        raise Refusal("not_found")
    return ticket


def view(session: Session, clinic: Clinic, reference: str, actor: Actor, again: bool = False) -> TicketView:
    """The ticket as this person sees it, which marks it as seen. `again`: the page is open and only asks what is new, which
    is no line in the audit log."""
    case = _case(session, clinic, reference)
    ticket, conversation = case.ticket, case.conversation
    found = messages.after(session, conversation.id, 0) if conversation else []
    events = session.scalars(select(HandoffEvent).where(HandoffEvent.handoff_id == ticket.id).order_by(HandoffEvent.id))
    joined = session.scalars(select(HandoffMessage).where(HandoffMessage.handoff_id == ticket.id).order_by(HandoffMessage.at, HandoffMessage.message_id))
    names = people.names(session, (ticket.claimed_by, ticket.acknowledged_by))
    if conversation and found and conversation.staff_seen < found[-1].seq:
        conversation.staff_seen, conversation.staff_seen_at = found[-1].seq, clinic.now()
        session.flush()  # The conversation before what hangs on its ticket, as everywhere.
    row = session.get(HandoffSeen, (actor.id, ticket.id))
    if row is None or row.at < ticket.activity_at:
        moves.seen(session, ticket, actor.id, ticket.activity_at)
    if not again:
        _audit(session, clinic, ticket, actor, "view_ticket")
    return TicketView(
        ticket=ticket, clinical=case.clinical, verified=case.verified, claimed_by=names.get(ticket.claimed_by or 0),
        acknowledged_by=names.get(ticket.acknowledged_by or 0), conversation=conversation, messages=found, joined=list(joined), events=list(events),
        outcomes={id: outcome for id, outcome in clinic.content.desk.outcomes.items() if _may_say(case, actor, outcome)},
        canned=[text for text in clinic.content.desk.canned.values() if _may_send(clinic, case, text)],
        may={action: case.refusal(actor, action) for action in moves.ROLES},
    )


def claim(session: Session, clinic: Clinic, reference: str, actor: Actor) -> Handoff:
    """Take the ticket, and the patient's chat from the assistant; a second time changes nothing. Refusal `taken` where
    somebody else was quicker."""
    case = _case(session, clinic, reference, hold=True)
    if case.ticket.open and case.is_with(actor):
        return case.ticket
    with _step(session, clinic, reference, actor, "claim", stale="taken") as case:
        if case.ticket.claimed_by is None:
            _give_to(case.ticket, actor.id, clinic)
            _note(session, clinic, case, actor, "claimed", "claim")
        if case.conversation:
            presence.join(session, clinic, case.conversation, actor.name)
    return case.ticket


def release(session: Session, clinic: Clinic, reference: str, actor: Actor, reason: str = "") -> Handoff:
    """Give the ticket back to the queue, and the chat to the assistant."""
    with _step(session, clinic, reference, actor, "release") as case:
        case.ticket.claimed_by = case.ticket.claimed_at = None
        _note(session, clinic, case, actor, "released", "release", _optional(reason))
        if case.conversation:
            presence.leave(session, clinic, case.conversation)
    return case.ticket


def reassign(session: Session, clinic: Clinic, reference: str, actor: Actor, to_staff_id: int, reason: str) -> Handoff:
    """Give the ticket to somebody, oneself included. Refusal `no_reason`, `nobody_chosen`."""
    with _step(session, clinic, reference, actor, "reassign") as case:
        given, person = _required(reason, "no_reason"), people.worker(session, to_staff_id)
        _give_to(case.ticket, person.id, clinic)
        _note(session, clinic, case, actor, "reassigned", "reassign", f"{person.name}: {given}", to=person.id)
        if case.conversation:
            (presence.join if person.id == actor.id else presence.pass_on)(session, clinic, case.conversation, person.name)
    return case.ticket


def change_urgency(session: Session, clinic: Clinic, reference: str, actor: Actor, urgency: str, reason: str) -> Handoff:
    """What the patient was promised is kept: the earlier time counts. Refusal `no_reason`; `clinical_only` where somebody
    else than a clinician would end an emergency."""
    with _step(session, clinic, reference, actor, "urgency") as case:
        ticket, before, given = case.ticket, case.ticket.urgency, _required(reason, "no_reason")
        if urgency not in PRIORITIES or urgency == before:
            raise Refusal("not_possible")
        if before == "emergency" and actor.role != "clinician":
            raise Refusal("clinical_only")
        ticket.urgency, promised = urgency, clinic.hours.promise(urgency, clinic.now()).by
        if promised and ticket.first_reply_at is None:
            ticket.reply_by = min(ticket.reply_by or promised, promised)
        if ticket.state in moves.NEEDS_STAFF:
            ticket.due_at = clinic.now() if promised is None else promised if before == "emergency" else min(ticket.due_at, promised)
        if urgency == "emergency":
            ticket.acknowledged_by = ticket.acknowledged_at = None
        _note(session, clinic, case, actor, "urgency", "urgency", f"{before} → {urgency}: {given}", before=before, after=urgency)
        if PRIORITIES.index(urgency) < PRIORITIES.index(before):
            announce.urgent_ticket(session, clinic, ticket)
    return ticket


def note(session: Session, clinic: Clinic, reference: str, actor: Actor, text: str) -> Handoff:
    """Add a note that only staff reads. Refusal `no_text`, `text_long`."""
    with _step(session, clinic, reference, actor, "note") as case:
        _note(session, clinic, case, actor, "note", "note", _required(text, "no_text"))
    return case.ticket


def acknowledge(session: Session, clinic: Clinic, reference: str, actor: Actor) -> Handoff:
    """Somebody has seen the emergency; a second time changes nothing."""
    ticket = get(session, reference)
    if ticket.acknowledged_at:
        return ticket
    with _step(session, clinic, reference, actor, "acknowledge") as case:
        case.ticket.acknowledged_by, case.ticket.acknowledged_at = actor.id, clinic.now()
        _note(session, clinic, case, actor, "acknowledged", "acknowledge")
    return case.ticket


def reply(session: Session, clinic: Clinic, reference: str, actor: Actor, text: str, ask: bool = False, seen_seq: int | None = None) -> Message:
    """Write to the patient; `ask` waits for their answer. `seen_seq` is the last message that was on screen: Refusal
    `patient_wrote` where they have written since. Also `no_text`, `text_long`."""
    with _step(session, clinic, reference, actor, "ask" if ask else "reply") as case:
        words = _required(text, "no_text")
        _nothing_new(session, case, seen_seq)
        case.ticket.first_reply_at = case.ticket.first_reply_at or clinic.now()
        what, action = ("asked", "ask_patient") if ask else ("replied", "reply")
        return _say(session, clinic, case, actor, words, what, action)


def send_approved(session: Session, clinic: Clinic, reference: str, actor: Actor, canned_id: str) -> Message:
    """Send one of the approved texts; the ticket stays as it is, for nothing is answered yet. Refusal `no_text` for one
    that is unknown, `unverified` for one that may not go where nobody knows who reads it."""
    with _step(session, clinic, reference, actor, "approved") as case:
        canned = clinic.content.desk.canned.get(canned_id)
        if canned is None:
            raise Refusal("no_text")
        if not _may_send(clinic, case, canned):
            raise Refusal("no_text" if case.verified else "unverified")
        return _say(session, clinic, case, actor, fill(clinic, canned, actor), "approved", "approved_reply", canned=canned_id)


def resolve(session: Session, clinic: Clinic, reference: str, actor: Actor, outcome: str, note: str = "", seen_seq: int | None = None) -> Handoff:
    """Close the ticket; the assistant has the chat again. Refusal `no_outcome`, `clinical_only`, and as for `reply`."""
    with _step(session, clinic, reference, actor, "resolve") as case:
        if outcome not in clinic.content.desk.outcomes:
            raise Refusal("no_outcome")
        if not _may_say(case, actor, clinic.content.desk.outcomes[outcome]):
            raise Refusal("clinical_only")
        _nothing_new(session, case, seen_seq)
        case.ticket.resolution, case.ticket.closed_at = outcome, clinic.now()
        _note(session, clinic, case, actor, "resolved", "resolve", ": ".join(filter(None, (outcome, _optional(note)))), outcome=outcome)
        if case.conversation:
            presence.leave(session, clinic, case.conversation)
    return case.ticket


def reopen(session: Session, clinic: Clinic, reference: str, actor: Actor, reason: str) -> Handoff:
    """Put a closed ticket back into the queue. Refusal `no_reason`."""
    with _step(session, clinic, reference, actor, "reopen") as case:
        case.ticket.claimed_by = case.ticket.claimed_at = case.ticket.resolution = None
        _note(session, clinic, case, actor, "reopened", "reopen", _required(reason, "no_reason"))
    return case.ticket


def create_from_phone(session: Session, clinic: Clinic, actor: Actor, *, key: str, words: str, kind: str, reason: str, urgency: str,
                      reading: Reading | None = None, topics: list[str] | None = None, name: str = "", phone: str = "", birth_date: str = "") -> Handoff:
    """A caller's question as a ticket. The same `key`, which the page's form carries, gives the ticket that it made before."""
    if actor.role not in people.WORKERS:
        raise Refusal("not_allowed")
    if not (8 <= len(key) <= 64 and key.isascii()) or kind not in clinic.content.desk.kinds or urgency not in PRIORITIES or len(reason) > 80:
        raise Refusal("bad_request")
    told = {"name": _optional(name, 200), "birth_date": _optional(birth_date, 200), "contact": _optional(phone, 200)}
    ticket, is_new = handoffs.add(session, clinic, Handoff(
        key=f"phone:{key}", conversation_id=f"phone:{key}", origin="clinic", channel="phone", kind=kind, reason=reason, urgency=urgency,
        language=(reading and reading.language) or "en", reading=why(reading) if reading else None, question=_required(words, "no_text"),
        topics=topics or [], details={field: value for field, value in told.items() if value} | {"consent": True},
    ), actor)
    if is_new:
        moves.seen(session, ticket, actor.id, ticket.activity_at)
        _audit(session, clinic, ticket, actor, "intake", kind=kind, urgency=urgency)
    return ticket


def fill(clinic: Clinic, canned: Canned, actor: Actor) -> str:
    """The approved text as this person sends it."""
    return canned.text.fill({**clinic.content.clinic_values(), "staff_name": actor.name})


def _case(session: Session, clinic: Clinic, reference: str, hold: bool = False) -> Case:
    found = session.execute(select(Handoff.conversation_id).where(Handoff.reference == reference, Handoff.origin == "clinic")).first()
    if found is None:
        raise Refusal("not_found")
    conversation = session.get(Conversation, found[0], with_for_update=hold or None)
    ticket = get(session, reference)
    return Case(ticket, conversation, clinic.content.desk.is_clinical(ticket.kind, ticket.reason))


@contextmanager
def _step(session: Session, clinic: Clinic, reference: str, actor: Actor, action: str, stale: str = "changed") -> Iterator[Case]:
    """The ticket, held and moved on, for one step of this person. Refusal where the step may not be taken, and `stale` where
    somebody else changed the ticket at the same time."""
    case = _case(session, clinic, reference, hold=True)
    if code := case.refusal(actor, action):
        raise Refusal(code)
    try:
        moves.move(case.ticket, action, clinic.hours, clinic.now())
        yield case
        session.flush()
    except StaleDataError:
        raise Refusal(stale) from None


def _note(session: Session, clinic: Clinic, case: Case, actor: Actor, what: str, action: str, text: str | None = None, **detail: str | int) -> None:
    """Store the changed ticket, with its line in the history and in the audit log."""
    moves.record(session, case.ticket, what, clinic.now(), actor, text)
    session.flush()
    _audit(session, clinic, case.ticket, actor, action, **detail)


def _audit(session: Session, clinic: Clinic, ticket: Handoff, actor: Actor, action: str, **detail: str | int) -> None:
    clinic.audit.record(session, f"staff:{actor.id}", action, f"ticket:{ticket.reference}", clinic.now(), **detail)


def _say(session: Session, clinic: Clinic, case: Case, actor: Actor, words: str, what: str, action: str, **detail: str | int) -> Message:
    """Say it in the chat, where the person has joined by then, and keep it with the ticket, which outlives the chat."""
    assert case.conversation
    _note(session, clinic, case, actor, what, action, words, **detail)
    presence.join(session, clinic, case.conversation, actor.name)
    message = messages.from_staff(session, case.conversation.id, actor.name, words, clinic.now())
    announce.staff_replied(session, clinic, case.conversation.id)
    return message


def _give_to(ticket: Handoff, staff_id: int, clinic: Clinic) -> None:
    ticket.claimed_by, ticket.claimed_at = staff_id, clinic.now()
    ticket.first_claimed_at = ticket.first_claimed_at or clinic.now()


def _nothing_new(session: Session, case: Case, seen_seq: int | None) -> None:
    if seen_seq is None or case.conversation is None:
        return
    newest = select(func.max(Message.seq)).where(Message.conversation_id == case.conversation.id, Message.author == "patient")
    if (session.scalar(newest) or 0) > seen_seq:
        raise Refusal("patient_wrote")


def _may_say(case: Case, actor: Actor, outcome: Outcome) -> bool:
    return actor.role == "clinician" or not (case.clinical and outcome.clinical)


def _may_send(clinic: Clinic, case: Case, canned: Canned) -> bool:
    return (canned.unverified or case.verified) and signing.may_say(clinic.content, canned.text)


def _required(text: str, code: str) -> str:
    if not text.strip():
        raise Refusal(code)
    return _optional(text) or ""


def _optional(text: str, longest: int = LONGEST) -> str | None:
    """Refusal `text_long`."""
    if len(text) > longest:
        raise Refusal("text_long")
    return text.strip() or None
