"""Emergencies that nobody at the clinic has acknowledged: every page of the desk shows them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic.models import PRIORITIES, Handoff

MOST = 10


def unacknowledged(session: Session) -> list[str]:
    """The references, the longest waiting first, at most `MOST`."""
    rows = select(Handoff.reference).where(Handoff.origin == "clinic", Handoff.open, Handoff.priority == PRIORITIES.index("emergency"),
                                           Handoff.acknowledged_at.is_(None))
    return list(session.scalars(rows.order_by(Handoff.due_at, Handoff.id).limit(MOST)))
