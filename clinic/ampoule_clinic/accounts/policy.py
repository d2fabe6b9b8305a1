"""Who may use a route: each says so itself, with `@allow(...)`; one that says nothing is open to nobody.

Routers of the clinic's pages carry `dependencies=[Depends(gate)]`, which finds out who asks before anything else runs:
`request.state.visit` (the session), and `request.state.staff` or `request.state.patient`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.websessions import Visit
from ampoule_clinic.errors import Refusal
from ampoule_clinic.portal.models import Patient

ROLES = ("front_desk", "clinician", "admin")
ANYONE, PATIENT, HALF_SIGNED_IN = "anyone", "patient", "half_signed_in"


@dataclass(frozen=True)
class Actor:
    """The member of staff who does something."""

    id: int
    name: str
    role: str


def allow[F: Callable[..., Any]](*who: str) -> Callable[[F], F]:
    """Mark a route's function: roles of staff, or PATIENT, ANYONE, HALF_SIGNED_IN (password given, second factor to come)."""
    assert who and set(who) <= {*ROLES, ANYONE, PATIENT, HALF_SIGNED_IN}

    def mark(function: F) -> F:
        function.__allow__ = frozenset(who)  # type: ignore[attr-defined]
        return function

    return mark


async def gate(request: Request) -> None:
    """Refusal `signed_out` where nobody is signed in who would have to be, `not_allowed` where somebody else is."""
    who: frozenset[str] = getattr(request.scope["route"].endpoint, "__allow__", frozenset())
    if ANYONE in who:
        return
    if PATIENT in who:
        await _patient(request)
    elif who & {*ROLES, HALF_SIGNED_IN}:
        await _staff(request, who)
    else:
        raise Refusal("not_allowed")


async def _staff(request: Request, who: frozenset[str]) -> None:
    clinic = clinic_of(request)
    token = request.cookies.get(websessions.cookie_name("staff", clinic.settings), "")

    def work(session: Session) -> tuple[Visit, Actor] | None:
        visit = websessions.find(session, "staff", token, clinic.now())
        person = session.get(Staff, visit.subject_id) if visit else None
        return (visit, Actor(person.id, person.name, person.role)) if visit and person and person.active else None

    found = await clinic.db.write(work) if token else None
    if found is None or (found[0].step != "full" and HALF_SIGNED_IN not in who):
        raise Refusal("signed_out")
    request.state.visit, request.state.staff = found
    if found[0].step == "full" and found[1].role not in who:
        raise Refusal("not_allowed")


async def _patient(request: Request) -> None:
    clinic = clinic_of(request)
    token = request.cookies.get(websessions.cookie_name("patient", clinic.settings), "")

    def work(session: Session) -> tuple[Visit, Patient] | None:
        visit = websessions.find(session, "patient", token, clinic.now())
        person = session.get(Patient, visit.subject_id) if visit else None
        return (visit, person) if visit and person and person.active else None

    found = await clinic.db.write(work) if token else None
    if found is None:
        raise Refusal("signed_out")
    request.state.visit, request.state.patient = found
