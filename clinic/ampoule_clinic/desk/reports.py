"""Reports: what a period's messages and tickets come to, in numbers; no words, no names.

Times are by the clock, nights and weekends included. The median of an even number is the mean of the middle two; the
90th percentile is the smallest time that at least nine in ten do not exceed (nearest rank). A ticket is replied to when
the first reply is written, or when it is closed, where it was answered by phone. The promise is broken where that is
after `reply_by`, or has not happened by then.
"""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import figures
from ampoule_clinic.desk.figures import Figures
from ampoule_clinic.models import PRIORITIES, Handoff

DEFAULT_DAYS, MOST_DAYS = 28, 366
WEEKLY_FROM = 63  # days, from which on charts and tables show weeks
KEEP_SECONDS = 60.0
ALL = "all"
_COLUMNS = (
    Handoff.id, Handoff.reference, Handoff.channel, Handoff.kind, Handoff.reason, Handoff.urgency, Handoff.state, Handoff.open, Handoff.created_at,
    Handoff.reply_by, Handoff.first_claimed_at, Handoff.first_reply_at, Handoff.closed_at, Handoff.resolution,
)


@dataclass(frozen=True)
class Period:
    """From one day to another, both included, in the clinic's time zone."""

    first: date
    last: date

    @classmethod
    def until(cls, today: date) -> Period:
        return cls(today - timedelta(days=DEFAULT_DAYS - 1), today)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def step(self) -> int:
        """How many days one bar or one row stands for."""
        return 7 if len(self.days) >= WEEKLY_FROM else 1

    @property
    def steps(self) -> list[date]:
        """The first day of each."""
        return self.days[::self.step]

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when to before when."""
        after = self.last + timedelta(days=1)
        return datetime.combine(self.first, time(), zone), datetime.combine(after, time(), zone)


class BadPeriod(Exception):
    """The dates make no sense. `problems` says why, by field (`from`, `to`)."""

    def __init__(self, **problems: str) -> None:
        super().__init__()
        self.problems = problems


def parse(first: str, last: str, today: date) -> Period:
    """The period that was asked for; the last DEFAULT_DAYS where nothing was. BadPeriod."""
    if not first and not last:
        return Period.until(today)
    found, problems = {}, {}
    for name, text in (("from", first), ("to", last)):
        try:
            found[name] = date.fromisoformat(text)
        except ValueError:
            problems[name] = "Give a date, such as 2026-03-31." if text else "Give a date here too."
    if problems:
        raise BadPeriod(**problems)
    if found["to"] > today:
        raise BadPeriod(to="This day is still to come. The last day can be today.")
    if found["to"] < found["from"]:
        raise BadPeriod(to="The last day is before the first.")
    if (found["to"] - found["from"]).days >= MOST_DAYS:
        raise BadPeriod(**{"from": f"That is too long: {MOST_DAYS} days at most."})
    return Period(found["from"], found["to"])


@dataclass
class Times:
    """Seconds, one for each ticket where it has happened, and how many still wait for it."""

    seconds: list[int] = field(default_factory=list)
    waiting: int = 0

    @property
    def median(self) -> float | None:
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def p90(self) -> int | None:
        return sorted(self.seconds)[-(-len(self.seconds) * 9 // 10) - 1] if self.seconds else None

    def add(self, since: datetime, at: datetime | None, over: bool) -> None:
        if at is not None:
            self.seconds.append(int((at - since).total_seconds()))
        elif not over:
            self.waiting += 1


@dataclass
class Tickets:
    """How soon the tickets of one urgency were taken up and replied to."""

    number: int = 0
    claim: Times = field(default_factory=Times)
    reply: Times = field(default_factory=Times)
    promised: int = 0
    broken: int = 0


@dataclass
class Report:
    """`figures` has messages (outcome, topic, gap, helpful, not_helpful) and tickets (handoff) by day and key."""

    period: Period
    figures: Figures
    tickets: dict[str, Tickets]  # by urgency, and ALL

    def totals(self, name: str) -> Counter[str]:
        """By key, the most frequent first."""
        found: Counter[str] = Counter()
        for (_, of, key), count in self.figures.items():
            if of == name:
                found[key] += count
        return Counter(dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))))

    def series(self, name: str, key: str) -> list[int]:
        """One number for each of the period's steps."""
        days, step = self.period.days, self.period.step
        return [sum(self.figures[day, name, key] for day in days[n:n + step]) for n in range(0, len(days), step)]


class Reports:
    """Reports, each kept for a minute: a page and its charts show the same numbers and count them once."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._made: dict[Period, tuple[datetime, Report]] = {}
        self._lock = asyncio.Lock()

    async def of(self, period: Period) -> Report:
        async with self._lock:
            now = self._clinic.now()
            self._made = {key: made for key, made in self._made.items() if abs((now - made[0]).total_seconds()) < KEEP_SECONDS}
            if period not in self._made:
                self._made[period] = now, await make(self._clinic, period)
            return self._made[period][1]


async def make(clinic: Clinic, period: Period) -> Report:
    """Count the period's messages and tickets, in transactions short enough for a busy database. DatabaseDown."""
    begin, end = period.bounds(clinic.hours.zone)
    counted: Figures = await clinic.db.read(figures.kept, period.first, period.last)
    message: tuple[str, int] | None = ("", 0)
    while message is not None:
        more, message = await clinic.db.read(figures.batch, begin, end, message, clinic.hours.zone)
        counted.update(more)
    tickets = {urgency: Tickets() for urgency in (*PRIORITIES, ALL)}
    async for ticket in tickets_of(clinic, period):
        counted[ticket.created_at.astimezone(clinic.hours.zone).date(), "handoff", ticket.kind] += 1
        for urgency in (ticket.urgency, ALL):
            _add(tickets[urgency], ticket, clinic.now())
    return Report(period, counted, tickets)


async def tickets_of(clinic: Clinic, period: Period) -> AsyncIterator[Handoff]:
    """The tickets that came in during the period, by their number. Only what a report needs of them is loaded."""
    begin, end = period.bounds(clinic.hours.zone)
    rows = select(Handoff).options(load_only(*_COLUMNS, raiseload=True)).where(
        Handoff.origin == "clinic", Handoff.created_at >= begin, Handoff.created_at < end)

    def batch(session: Session, after: int) -> list[Handoff]:
        return list(session.scalars(rows.where(Handoff.id > after).order_by(Handoff.id).limit(figures.BATCH)))

    found = await clinic.db.read(batch, 0)
    while found:
        for ticket in found:
            yield ticket
        found = await clinic.db.read(batch, found[-1].id) if len(found) == figures.BATCH else []


def replied_at(ticket: Handoff) -> datetime | None:
    return min((at for at in (ticket.first_reply_at, ticket.closed_at) if at), default=None)


def is_broken(ticket: Handoff, now: datetime) -> bool:
    """Whether the promised reply came late, or is late."""
    return ticket.reply_by is not None and (replied_at(ticket) or now) > ticket.reply_by


def _add(to: Tickets, ticket: Handoff, now: datetime) -> None:
    to.number += 1
    to.claim.add(ticket.created_at, ticket.first_claimed_at, over=not ticket.open)
    to.reply.add(ticket.created_at, replied_at(ticket), over=not ticket.open)
    to.promised += ticket.reply_by is not None
    to.broken += is_broken(ticket, now)
