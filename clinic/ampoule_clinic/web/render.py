"""Pages: Jinja templates that escape everything, with the words that a page needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ampoule_clinic.access import clinic_of
from ampoule_clinic.page import tel

_FOLDER = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
# StrictUndefined: a template that asks for something that is not there is a fault, not an empty place on the page.
_templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page. Every template knows `words` (`words("portal#title")`), `clinic_name`, `tel`, `now`, `visit`, `csrf`, `staff`, `patient`
    (None where nobody is signed in) and the filters `day`, `moment`, `machine`, which write a time in the clinic's zone."""
    clinic = clinic_of(request)
    visit = getattr(request.state, "visit", None)
    known = {
        "words": clinic.words, "clinic_name": clinic.content.clinic["name"], "tel": tel(clinic.words), "now": clinic.now(),
        "visit": visit, "csrf": visit.csrf if visit else "", "staff": getattr(request.state, "staff", None), "patient": getattr(request.state, "patient", None),
        "zone": ZoneInfo(clinic.content.clinic["time_zone"]), "path": request.url.path,
    }
    return HTMLResponse(_templates.get_template(template).render(known | values), status)


def go(path: str) -> RedirectResponse:
    """To another page of this service, as a GET. `path` begins with one slash."""
    assert path.startswith("/") and not path.startswith("//")
    return RedirectResponse(path, 303)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %Y, %H:%M}"


_templates.filters["moment"] = _moment
_templates.filters["day"] = lambda at, zone: f"{at.astimezone(zone):%d %b %Y}"
_templates.filters["machine"] = lambda at: at.isoformat(timespec="seconds")
