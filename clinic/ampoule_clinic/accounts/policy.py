"""Who may use a route: each says so itself, with `@allow(...)`; one that says nothing is open to nobody.

Routers of the clinic's pages carry `dependencies=[Depends(gate)]`, which finds out who asks before anything else runs:
`request.state.visit` (the session), and `request.state.staff` or `request.state.patient`.

    @router.get("/events")      # a person's click, key or submitted form begins the session's idle time anew; what a page
    @allow(*ROLES)              # asks for by itself (event streams, refreshed lists, heartbeats) must not, and is `@passive`.
    @passive
    async def events(request: Request) -> Response: ...

A stream outlives the check at its beginning: its `read` asks `still_valid(session, request.state.visit, clinic.now())` each
time, in the transaction in which it reads, and ends where that is False (signed out, idle for too long, no longer active).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.models import ROLES as ROLES
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.websessions import Audience, Visit
from ampoule_clinic.errors import Refusal
from ampoule_clinic.portal.models import Patient

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


def passive[F: Callable[..., Any]](function: F) -> F:
    """Mark a route that a page asks for by itself: it needs a session but does not keep it alive."""
    function.__passive__ = True  # type: ignore[attr-defined]
    return function


def still_valid(session: Session, visit: Visit, now: datetime) -> bool:
    """Whether a session that was in force still is, and whoever it belongs to is still active. Does not keep it alive."""
    found = websessions.again(session, visit.audience, visit.token_hash, now)
    person = session.get(Staff, visit.subject_id) if visit.audience == "staff" else session.get(Patient, visit.subject_id)
    return found is not None and found.step == visit.step and person is not None and person.active


async def gate(request: Request) -> None:
    """Refusal `signed_out` where nobody is signed in who would have to be, `not_allowed` where somebody else is."""
    endpoint = request.scope["route"].endpoint
    who: frozenset[str] = getattr(endpoint, "__allow__", frozenset())
    use = not getattr(endpoint, "__passive__", False)
    if ANYONE in who:
        return
    if PATIENT in who:
        request.state.visit, request.state.patient = await _signed_in(request, "patient", Patient, use)
    elif who & {*ROLES, HALF_SIGNED_IN}:
        await _staff(request, who, use)
    else:
        raise Refusal("not_allowed")


async def _staff(request: Request, who: frozenset[str], use: bool) -> None:
    visit, person = await _signed_in(request, "staff", Staff, use)
    if person.totp_secret is None and clinic_of(request).settings.require_totp:
        visit = replace(visit, step="totp")  # The setting may be newer than the session.
    if visit.step != "full" and HALF_SIGNED_IN not in who:
        raise Refusal("signed_out")
    request.state.visit, request.state.staff = visit, Actor(person.id, person.name, person.role)
    if visit.step == "full" and person.role not in who:
        raise Refusal("not_allowed")


async def _signed_in[P: (Staff, Patient)](request: Request, audience: Audience, table: type[P], use: bool) -> tuple[Visit, P]:
    """Whose session the request's cookie stands for, read anew each time: what changes in an account counts at once."""
    clinic = clinic_of(request)
    token = request.cookies.get(websessions.cookie_name(audience, clinic.settings), "")

    def work(session: Session) -> tuple[Visit, P] | None:
        visit = websessions.find(session, audience, token, clinic.now(), use)
        person = session.get(table, visit.subject_id) if visit else None
        return (visit, person) if visit and person and person.active else None

    found = await (clinic.db.write if use else clinic.db.read)(work) if token else None
    if found is None:
        raise Refusal("signed_out")
    return found
