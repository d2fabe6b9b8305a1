"""Members of staff, as tickets name them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.errors import Refusal

WORKERS = ("front_desk", "clinician")


def names(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    """id -> name"""
    wanted = {id for id in ids if id is not None}
    return {id: name for id, name in session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))} if wanted else {}


def assignable(session: Session) -> list[Staff]:
    """Those whom a ticket can be given to, by name."""
    return list(session.scalars(select(Staff).where(Staff.active, Staff.role.in_(WORKERS)).order_by(Staff.name, Staff.id)))


def worker(session: Session, id: int) -> Staff:
    """Refusal `nobody_chosen` for somebody who works on no tickets, or does not any more."""
    person = session.get(Staff, id)
    if person is None or not person.active or person.role not in WORKERS:
        raise Refusal("nobody_chosen")
    return person
