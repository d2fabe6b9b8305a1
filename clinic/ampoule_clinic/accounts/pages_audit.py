"""The audit log, for admins; looking at it is recorded too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import audit, staff
from ampoule_clinic.accounts.entry import by
from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.accounts.policy import allow
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk/audit")
SIZE = 50


@router.get("")
@allow("admin")
async def audit_page(request: Request, action: str = "", actor: str = "", object: str = "",
                     before: Annotated[int | None, Query(ge=1, lt=2**31)] = None) -> Response:
    clinic, who = clinic_of(request), by(request)
    filters = {"action": action.strip()[:40], "actor": actor.strip()[:200], "object": object.strip()[:80]}

    def work(session: Session) -> tuple[Sequence[AuditEntry], dict[str, str]]:
        who.record(session, "view_audit", "audit")
        names = {f"staff:{person.id}": person.name for person in staff.everyone(session)}
        return audit.page(session, before, SIZE + 1, **filters), names

    lines, names = await clinic.db.write(work)
    checked = await clinic.audit.check(clinic.db, clinic.now(), whole=False)
    return render.page(request, "accounts/audit.html", lines=lines[:SIZE], more=len(lines) > SIZE, names=names, actions=audit.ACTIONS, filters=filters,
                       checked=checked)


@router.post("/check")
@allow("admin")
async def check(request: Request) -> Response:
    """Look at the whole chain again."""
    await read_checked_form(request)
    clinic = clinic_of(request)
    await clinic.audit.check(clinic.db, clinic.now(), whole=True)
    return render.go("/desk/audit")
