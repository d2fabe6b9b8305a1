"""The queue: which tickets want attention, the most pressing first, in pages that cost the same however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.desk import moves
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import PRIORITIES, Handoff, HandoffEvent, HandoffSeen, Moment

WHOSE = ("all", "mine", "unassigned")
STATUS = ("open", *moves.STATES, "any")
CAP = 99  # Nobody works through more, and counting on would cost.
LOOK = 300  # How many of one's own tickets, and of nobody's, are looked through for unread ones, the most pressing first.
WORDS = 140  # characters of the question

_CLINICS, _EMERGENCY = Handoff.origin == "clinic", PRIORITIES.index("emergency")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """`status` is `open` (all but closed), a state, or `any`; the empty ones let everything through."""

    whose: str = "all"
    status: str = "open"
    urgency: str = ""
    kind: str = ""
    language: str = ""
    search: str = ""


@dataclass(frozen=True)
class Row:
    """`minutes_left` is to when the ticket wants attention, negative once it is late, None where it does not want any;
    `waiting_since` is when the patient began to wait."""

    reference: str
    urgency: str
    kind: str
    state: str
    channel: str
    language: str
    words: str
    verified: bool
    claimed_by: str | None
    claimable: bool
    unread: bool
    needs_acknowledgement: bool
    waiting_since: datetime
    minutes_left: int | None


@dataclass(frozen=True)
class QueuePage:
    """`next` is where the following page begins (`after`), None on the last."""

    rows: list[Row]
    next: str | None


@dataclass(frozen=True)
class Counts:
    """What is to do, each counted to CAP + 1 at most: `shown` writes that as `99+`. Unread are one's own tickets and nobody's
    with something that one has not had on screen."""

    unread: int
    unassigned: int
    late: int
    emergencies: int  # not acknowledged

    @staticmethod
    def shown(count: int) -> str:
        return f"{CAP}+" if count > CAP else str(count)


def page(session: Session, filters: Filters, actor: Actor, now: datetime, after: str | None = None, size: int = 50) -> QueuePage:
    """Open tickets by urgency and the time they are due, others the newest first. Refusal `bad_request` for what is no `after`."""
    rows = select(Handoff, Staff.name, HandoffSeen.at).outerjoin(Staff, Staff.id == Handoff.claimed_by)
    rows = rows.outerjoin(HandoffSeen, and_(HandoffSeen.staff_id == actor.id, HandoffSeen.handoff_id == Handoff.id)).where(*_conditions(filters, actor))
    found = session.execute(_ordered(rows, filters, after).limit(size + 1)).all()
    shown = [_row(ticket, name, seen, actor, now) for ticket, name, seen in found[:size]]
    return QueuePage(shown, _cursor(found[size - 1][0], filters) if len(found) > size else None)


def counts(session: Session, actor: Actor, now: datetime) -> Counts:
    def count(rows: Select[Any] | CompoundSelect[Any]) -> int:
        return session.scalar(select(func.count()).select_from(rows.limit(CAP + 1).subquery())) or 0

    def unread(whose: ColumnElement[bool]) -> Select[Any]:
        rows = select(Handoff.id, Handoff.activity_at).where(_CLINICS, Handoff.open, whose)
        first = rows.order_by(Handoff.priority, Handoff.due_at, Handoff.id).limit(LOOK).subquery()
        known = and_(HandoffSeen.staff_id == actor.id, HandoffSeen.handoff_id == first.c.id)
        return select(first.c.id).outerjoin(HandoffSeen, known).where(or_(HandoffSeen.at.is_(None), HandoffSeen.at < first.c.activity_at))

    tickets, nobodys = select(Handoff.id).where(_CLINICS, Handoff.open), Handoff.claimed_by.is_(None)
    return Counts(
        unread=count(union_all(unread(Handoff.claimed_by == actor.id), unread(nobodys))),
        unassigned=count(tickets.where(nobodys)),
        late=count(tickets.where(Handoff.priority.in_(range(len(PRIORITIES))), Handoff.due_at < now)),
        emergencies=count(tickets.where(Handoff.priority == _EMERGENCY, Handoff.acknowledged_at.is_(None))),
    )


def newest(session: Session) -> int:
    """The number of the last event; 0 before the first."""
    return session.scalar(select(func.max(HandoffEvent.id))) or 0


def _conditions(filters: Filters, actor: Actor) -> list[ColumnElement[bool] | InstrumentedAttribute[bool]]:
    found: list[ColumnElement[bool] | InstrumentedAttribute[bool]] = [_CLINICS]
    if filters.status != "any":
        found.append(~Handoff.open if filters.status == "closed" else Handoff.open)
    if filters.status in moves.STATES and filters.status != "closed":
        found.append(Handoff.state == filters.status)
    if filters.whose == "mine":
        found.append(Handoff.claimed_by == actor.id)
    if filters.whose == "unassigned":
        found.append(Handoff.claimed_by.is_(None))
    if filters.urgency in PRIORITIES:
        found.append(Handoff.priority == PRIORITIES.index(filters.urgency))
    if filters.kind:
        found.append(Handoff.kind == filters.kind)
    if filters.language:
        found.append(Handoff.language == filters.language)
    if term := filters.search.strip():
        name = Handoff.details["name"].as_string()
        found.append(or_(*(place.icontains(term, autoescape=True) for place in (Handoff.reference, Handoff.question, name))))
    return found


def _is_worklist(filters: Filters) -> bool:
    return filters.status not in ("closed", "any")


def _ordered[*Columns](rows: Select[*Columns], filters: Filters, after: str | None) -> Select[*Columns]:
    """In the order of the index that serves it, from behind `after`."""
    if _is_worklist(filters):
        if after:
            priority, due, id = _parse(after, 3)
            behind = tuple_(literal(priority), literal(_moment(due), Moment()), literal(id))
            rows = rows.where(tuple_(Handoff.priority, Handoff.due_at, Handoff.id) > behind)
        return rows.order_by(Handoff.priority, Handoff.due_at, Handoff.id)
    if after:
        created, id = _parse(after, 2)
        rows = rows.where(tuple_(Handoff.created_at, Handoff.id) < tuple_(literal(_moment(created), Moment()), literal(id)))
    return rows.order_by(Handoff.created_at.desc(), Handoff.id.desc())


def _cursor(last: Handoff, filters: Filters) -> str:
    if _is_worklist(filters):
        return f"{last.priority}.{_microseconds(last.due_at)}.{last.id}"
    return f"{_microseconds(last.created_at)}.{last.id}"


def _parse(after: str, parts: int) -> list[int]:
    numbers = after.split(".")
    if len(numbers) != parts or not all(number.isascii() and number.isdigit() and len(number) <= 17 for number in numbers):
        raise Refusal("bad_request")
    return [int(number) for number in numbers]


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _row(ticket: Handoff, claimed_by: str | None, seen: datetime | None, actor: Actor, now: datetime) -> Row:
    wanted = ticket.state in moves.NEEDS_STAFF
    return Row(
        reference=ticket.reference, urgency=ticket.urgency, kind=ticket.kind, state=ticket.state, channel=ticket.channel, language=ticket.language,
        words=" ".join(ticket.question[:WORDS * 2].split())[:WORDS], verified=ticket.patient_id is not None, claimed_by=claimed_by,
        claimable=ticket.claimed_by is None and ticket.open and actor.role in moves.ROLES["claim"],
        unread=ticket.open and ticket.claimed_by in (None, actor.id) and (seen is None or seen < ticket.activity_at),
        needs_acknowledgement=_needs_acknowledgement(ticket), waiting_since=ticket.activity_at if ticket.first_reply_at else ticket.created_at,
        minutes_left=int((ticket.due_at - now).total_seconds() // 60) if wanted else None,
    )


def _needs_acknowledgement(ticket: Handoff) -> bool:
    return ticket.open and ticket.urgency == "emergency" and ticket.acknowledged_at is None
