"""How long a session still lasts, and going on: what `web/static/session.js` asks at `<room>/extend`.

Both rooms have the same two routes, each under its own `@allow`: GET, which is `@passive`, and POST, which is not.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.websessions import Visit
from ampoule_clinic.web.forms import read_checked_form


def time_left(request: Request) -> Response:
    """Seconds until the session ends: unless it is used again, and in any case."""
    visit: Visit = request.state.visit
    now = clinic_of(request).now()
    return JSONResponse({"seconds": int((visit.ends_at - now).total_seconds()), "last_seconds": int((visit.last_end - now).total_seconds())})


async def extend(request: Request) -> Response:
    """Begin the idle time anew, which the gate has done when this runs; the end in any case stays. Refusal `stale_form`."""
    await read_checked_form(request)
    return time_left(request)
