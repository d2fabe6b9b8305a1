"""A ticket's states: what leads from one to the next, and who may do it. What is not in the table is not possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.db import last_in
from ampoule_clinic.errors import Refusal
from ampoule_clinic.hours import Hours
from ampoule_clinic.models import Handoff, HandoffEvent, HandoffSeen, Moment

STATES = ("new", "claimed", "waiting_for_patient", "answered", "closed", "reopened")
# Back in the queue: `new`, or `reopened` where somebody had replied or closed it. TAKEN: `claimed`, or QUEUE where nobody has it.
QUEUE, TAKEN = "queue", "taken"

_WORKERS = frozenset({"front_desk", "clinician"})
ROLES: dict[str, frozenset[str]] = {
    "claim": _WORKERS, "release": _WORKERS, "reassign": _WORKERS | {"admin"}, "reply": _WORKERS, "ask": _WORKERS, "approved": _WORKERS, "note": _WORKERS,
    "urgency": _WORKERS, "acknowledge": _WORKERS, "resolve": _WORKERS, "reopen": _WORKERS,
}

_OPEN = tuple(state for state in STATES if state != "closed")
_HELD = ("claimed", "waiting_for_patient", "answered")
MOVES: dict[tuple[str, str], str] = {
    ("new", "claim"): "claimed", ("reopened", "claim"): "claimed",
    **{(state, "claim"): state for state in _HELD},
    ("new", "reassign"): "claimed", ("reopened", "reassign"): "claimed",
    **{(state, "reassign"): state for state in _HELD},
    ("claimed", "release"): QUEUE, ("waiting_for_patient", "release"): QUEUE, ("answered", "release"): "answered",
    **{(state, "reply"): "answered" for state in _HELD},
    **{(state, "ask"): "waiting_for_patient" for state in _HELD},
    **{(state, "approved"): state for state in _HELD},
    **{(state, "resolve"): "closed" for state in _HELD},
    **{(state, action): state for state in _OPEN for action in ("urgency", "acknowledge")},
    **{(state, "note"): state for state in STATES},
    ("closed", "reopen"): "reopened",
    # What the patient and the service do.
    **{(state, "patient_wrote"): state for state in ("new", "claimed", "reopened")},
    ("waiting_for_patient", "patient_wrote"): TAKEN, ("answered", "patient_wrote"): TAKEN,
    ("claimed", "idle_return"): QUEUE,
}

NEEDS_STAFF = ("new", "claimed", "reopened")
# When a ticket wants attention that wants none: after all others.
NEVER = datetime(3000, 1, 1, tzinfo=UTC)

_LOCK = 0x544B54  # Any number, the same in every process.
_SEEN = sql(
    "INSERT INTO handoff_seen (staff_id, handoff_id, at) VALUES (:staff_id, :handoff_id, :at) ON CONFLICT (staff_id, handoff_id) "
    "DO UPDATE SET at = CASE WHEN excluded.at > handoff_seen.at THEN excluded.at ELSE handoff_seen.at END"
).bindparams(bindparam("at", type_=Moment()))


def move(ticket: Handoff, action: str, hours: Hours, now: datetime) -> None:
    """Take the step that the table has for it, and set when the ticket wants attention next. Refusal `not_possible`."""
    before, state = ticket.state, MOVES.get((ticket.state, action))
    if state is None:
        raise Refusal("not_possible")
    if state == TAKEN:
        state = QUEUE if ticket.claimed_by is None else "claimed"
    ticket.state = ("reopened" if ticket.first_reply_at or ticket.closed_at else "new") if state == QUEUE else state
    if ticket.state not in NEEDS_STAFF:
        ticket.due_at = NEVER
    elif before not in NEEDS_STAFF:
        promise(ticket, hours, now)


def promise(ticket: Handoff, hours: Hours, now: datetime) -> None:
    """What may be promised from now on. `reply_by` stays what the patient was told first."""
    ticket.due_at = hours.promise(ticket.urgency, now).by or now
    ticket.overdue_told_at = None


def record(session: Session, ticket: Handoff, what: str, now: datetime, actor: Actor | None = None, text: str | None = None) -> HandoffEvent:
    """Note what happened, as something that staff should see; for an `actor` who knew the rest it is no news."""
    news = max(now, ticket.activity_at + timedelta(microseconds=1))
    if actor and _has_seen(session, ticket, actor):
        seen(session, ticket, actor.id, news)
    ticket.activity_at = news
    return write(session, ticket, what, now, actor, text)


def write(session: Session, ticket: Handoff, what: str, now: datetime, actor: Actor | None = None, text: str | None = None) -> HandoffEvent:
    """A line of the ticket's history. Lines get their numbers in the order of the commits, so that a screen that asks for
    what follows misses none."""
    event = HandoffEvent(handoff_id=ticket.id, what=what, staff_id=actor.id if actor else None, staff_name=actor.name if actor else None, text=text, at=now)
    last_in(session, lambda: _add(session, event), _LOCK)
    return event


def seen(session: Session, ticket: Handoff, staff_id: int, until: datetime) -> None:
    """This member of staff knows what happened to the ticket until then."""
    session.execute(_SEEN, {"staff_id": staff_id, "handoff_id": ticket.id, "at": until})


def _has_seen(session: Session, ticket: Handoff, actor: Actor) -> bool:
    with session.no_autoflush:
        row = session.get(HandoffSeen, (actor.id, ticket.id))
    return row is not None and row.at >= ticket.activity_at


def _add(session: Session, event: HandoffEvent) -> None:
    session.add(event)
    session.flush()
