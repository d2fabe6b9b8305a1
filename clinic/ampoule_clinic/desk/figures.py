"""Figures of messages: counted from the replies while their conversation exists, and kept as numbers when it goes.

A conversation's numbers move to `daily_figures` in the transaction that deletes it, so each message is counted once,
whenever it is asked and whoever deleted it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from ampoule_clinic.desk.models import DailyFigure
from ampoule_clinic.models import Message

type Figures = Counter[tuple[date, str, str]]  # (day in the clinic's zone, name, key) -> number

OTHER = "other"  # a reply that is not about a topic
BATCH = 500  # far below what one short transaction may take
_BY_A_PERSON = ("replies/handoff#person_", "replies/person#")  # receipts: somebody at the clinic answers

# Only these parts of the outcome: reading all of it takes twice as long.
_REPLIES = select(
    Message.conversation_id, Message.seq, Message.at, Message.outcome["outcome"].as_string(), Message.outcome["texts"], Message.outcome["topics"],
    Message.helpful,
).where(Message.author == "assistant", Message.reply_to.is_not(None), Message.outcome.is_not(None))
_ADD = text("INSERT INTO daily_figures (day, name, key, count) VALUES (:day, :name, :key, :count) "
            "ON CONFLICT (day, name, key) DO UPDATE SET count = daily_figures.count + excluded.count")


def tally(replies: Iterable[Any], zone: ZoneInfo) -> Figures:
    """Count the rows of _REPLIES."""
    figures: Figures = Counter()
    for _, _, at, outcome, texts, about, helpful in replies:
        day, what = at.astimezone(zone).date(), _what(outcome, texts)
        figures[day, "outcome", what] += 1
        topics = about if what == "answer" else []
        for topic in topics:
            figures[day, "topic", topic] += 1
        if gap := _gap(what, texts):
            figures[day, "gap", gap] += 1
        if helpful is not None:
            for topic in topics or [OTHER]:
                figures[day, "helpful" if helpful else "not_helpful", topic] += 1
    return figures


def keep(session: Session, conversation_id: str, zone: ZoneInfo) -> None:
    """Add the conversation's numbers to those that stay. It must be deleted in the same transaction."""
    figures = tally(session.execute(_REPLIES.where(Message.conversation_id == conversation_id)), zone)
    for day, name, key in sorted(figures):  # In one order everywhere, so that two transactions cannot wait for each other.
        session.execute(_ADD, {"day": day.isoformat(), "name": name, "key": key, "count": figures[day, name, key]})


def kept(session: Session, first: date, last: date) -> Figures:
    """The numbers of these days from conversations that are gone."""
    rows = select(DailyFigure.day, DailyFigure.name, DailyFigure.key, DailyFigure.count).where(DailyFigure.day.between(first, last))
    return Counter({(day, name, key): count for day, name, key, count in session.execute(rows)})


def batch(session: Session, begin: datetime, end: datetime, after: tuple[str, int], zone: ZoneInfo) -> tuple[Figures, tuple[str, int] | None]:
    """The numbers of the next BATCH replies from `begin` to before `end`, and after which one to go on; None at the end.

    A year of messages is too much for one short transaction. ("", 0) is before the first.
    """
    rows = _REPLIES.where(Message.at >= begin, Message.at < end, tuple_(Message.conversation_id, Message.seq) > after)
    found = session.execute(rows.order_by(Message.conversation_id, Message.seq).limit(BATCH)).all()
    return tally(found, zone), (found[-1][0], found[-1][1]) if len(found) == BATCH else None


def _what(outcome: str, texts: list[str]) -> str:
    """The outcome, or who took the message instead of the assistant."""
    if any(id.startswith(_BY_A_PERSON) for id in texts):
        return "person"
    if any(id.startswith("replies/errors#") for id in texts):
        return "unavailable"
    return outcome


def _gap(what: str, texts: list[str]) -> str | None:
    """Why there was no answer, where there was none."""
    if scope := next((id for id in texts if id.startswith("replies/scope#")), None):
        return scope.partition("#")[2]
    return what if what in ("clarify", "out_of_scope", "language", "unavailable") else None
