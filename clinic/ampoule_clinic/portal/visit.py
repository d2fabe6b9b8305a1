"""My visit list: what a patient wants to ask at the next appointment, with answers that they kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ampoule_clinic import messages
from ampoule_clinic.errors import Refusal
from ampoule_clinic.portal import threads
from ampoule_clinic.portal.models import VisitItem

LONGEST = 2000  # letters of a question
MOST = 200  # lines of a list


def listing(session: Session, patient_id: int) -> list[VisitItem]:
    """The oldest first."""
    return list(session.scalars(select(VisitItem).where(VisitItem.patient_id == patient_id).order_by(VisitItem.created_at, VisitItem.id)))


def own(session: Session, patient_id: int, item_id: int) -> VisitItem:
    """Refusal `not_found` where there is no such line, or it is not this patient's."""
    item = session.get(VisitItem, item_id)
    if item is None or item.patient_id != patient_id:
        raise Refusal("not_found")
    return item


def add(session: Session, patient_id: int, question: str, now: datetime, answer: str | None = None) -> None:
    """Refusal `empty_question`, `long_question`, `list_full`."""
    _room(session, patient_id, 1)
    session.add(VisitItem(patient_id=patient_id, question=_checked(question), answer=answer, created_at=now))


def edit(session: Session, patient_id: int, item_id: int, question: str) -> None:
    """Refusal `not_found`, `empty_question`, `long_question`."""
    own(session, patient_id, item_id).question = _checked(question)


def remove(session: Session, patient_id: int, item_id: int) -> None:
    """Refusal `not_found`."""
    session.delete(own(session, patient_id, item_id))


def keep(session: Session, patient_id: int, conversation_id: str, seqs: Sequence[int], now: datetime) -> int:
    """Put these replies on the list, with what they reply to; says how many were not there yet. Refusal `not_found` for
    somebody else's thread, `list_full`."""
    threads.own(session, patient_id, conversation_id)
    there = {(item.question, item.answer) for item in listing(session, patient_id)}
    wanted = [(pair.question, pair.reply.text) for pair in threads.pairs(messages.after(session, conversation_id, 0)) if pair.reply.seq in seqs]
    new = [pair for pair in dict.fromkeys(wanted) if pair not in there]
    _room(session, patient_id, len(new))
    session.add_all(VisitItem(patient_id=patient_id, question=question, answer=answer, created_at=now) for question, answer in new)
    return len(new)


def _room(session: Session, patient_id: int, more: int) -> None:
    if session.scalar(select(func.count()).where(VisitItem.patient_id == patient_id)) + more > MOST:  # type: ignore[operator]
        raise Refusal("list_full")


def _checked(question: str) -> str:
    question = question.strip()
    if not question:
        raise Refusal("empty_question")
    if len(question) > LONGEST:
        raise Refusal("long_question")
    return question
