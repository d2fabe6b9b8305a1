"""The one way in: whoever has proved who they are gets a new session, and whatever the browser had before ends."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.staff import By
from ampoule_clinic.errors import Refusal, body
from ampoule_clinic.web import render

START = "/desk"
_NEXT = re.compile(r"/desk(/[A-Za-z0-9_-]+)*")
_NOT_NEXT = ("/desk/sign-in", "/desk/sign-out", "/desk/two-step", "/desk/set-up", "/desk/extend")


async def signed_in(request: Request, staff_id: int, how: str, next: str = START, second_step_done: bool = False) -> Response:
    """Somebody has proved to be this member of staff, by `how`: a password, a set-up link, a code; an identity provider's
    callback would end here too. Refusal `wrong_sign_in` where they are no longer active.

    The session is full, or, where the second step is still to come (or to be set up, if it is required), good for that alone.
    """
    clinic = clinic_of(request)
    old = request.cookies.get(websessions.cookie_name("staff", clinic.settings), "")

    def work(session: Session) -> tuple[str, str]:
        person = session.get(Staff, staff_id)
        if person is None or not person.active:
            raise Refusal("wrong_sign_in")
        needed = person.totp_secret is not None or clinic.settings.require_totp
        step = "totp" if needed and not second_step_done else "full"
        websessions.end(session, websessions.hash_of(old))
        clinic.audit.record(session, f"staff:{staff_id}", "sign_in", f"staff:{staff_id}", clinic.now(), how=how, step=step)
        return websessions.start(session, "staff", staff_id, clinic.now(), step), step

    token, step = await clinic.db.write(work)
    response = render.go(next if step == "full" else f"/desk/two-step?next={quote(next)}")
    websessions.set_cookie(response, "staff", token, clinic.settings)
    return response


def next_page(wanted: str) -> str:
    """Where to go after signing in: a page of the desk, never an address that somebody else made up."""
    return wanted if _NEXT.fullmatch(wanted) and wanted not in _NOT_NEXT else START


def address(request: Request) -> str:
    return request.client.host if request.client else ""


def by(request: Request) -> By:
    """The one who is signed in, as the one who makes a change."""
    clinic = clinic_of(request)
    return By(f"staff:{request.state.staff.id}", clinic.audit, clinic.now())


def problem(request: Request, refusal: Refusal) -> dict[str, str]:
    """What a page says at the field that is wrong."""
    return body(clinic_of(request).words, refusal.code)["error"]
