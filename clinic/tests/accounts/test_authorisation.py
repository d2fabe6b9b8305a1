"""Every route of the clinic's pages × everyone who may come: the table says who may, and a route that is not in it fails the test.

`own` is a patient whose object the address names, `other` another patient: for them it must look as if it did not exist.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
import pytest
from ampoule.outcome import Turn
from conftest import OPEN, RED_FLAG, FakeEngine
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from people import PASSWORD, Browser, add_patient, add_staff
from sqlalchemy.orm import Session

from ampoule_clinic import handoffs, messages
from ampoule_clinic.accounts.policy import ANYONE, HALF_SIGNED_IN, PATIENT, ROLES
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import presence
from ampoule_clinic.desk.pages_ticket import ACTS
from ampoule_clinic.handoffs import NewHandoff
from ampoule_clinic.models import Conversation
from ampoule_clinic.portal import pages_entry, threads
from ampoule_clinic.portal.models import VisitItem

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODE = pyotp.TOTP(SECRET).at(int(OPEN.timestamp()))
VISITORS = ("nobody", "half", *ROLES, "own", "other")
STAFF, WORKERS, ADMIN = "front_desk clinician admin", "front_desk clinician", "admin"
SIGNED_IN, ANYBODY, PATIENTS = "half front_desk clinician admin", " ".join(VISITORS), "own other"


@dataclass(frozen=True)
class Route:
    """Who may, what the form holds, and the status that those get who may, where it is not one of FINE."""

    who: str
    fields: dict[str, str] = field(default_factory=dict)
    gives: int | None = None


FINE = {"GET": {200, 303}, "POST": {200, 303, 409, 422}}
NEW_PASSWORD = {"present": PASSWORD, "new_password": "another lamp in the hall"}
TABLE = {
    "GET /desk/sign-in": Route(ANYBODY),
    "POST /desk/sign-in": Route(ANYBODY, {"email": "spare@clinic.example", "password": PASSWORD}),
    "GET /desk/set-up": Route(ANYBODY),
    "POST /desk/set-up": Route(ANYBODY, {"token": "no such link"}, 410),
    "GET /desk/two-step": Route(SIGNED_IN),
    "GET /desk/two-step.svg": Route(SIGNED_IN, gives=404),  # The secret of a second step in use is never shown again.
    "POST /desk/two-step": Route(SIGNED_IN, {"code": CODE}),
    "POST /desk/sign-out": Route(SIGNED_IN),
    "GET /desk/extend": Route(SIGNED_IN),
    "POST /desk/extend": Route(SIGNED_IN),
    "GET /desk/account": Route(STAFF),
    "POST /desk/account/password": Route(STAFF, NEW_PASSWORD),
    "POST /desk/account/two-step-off": Route(STAFF, {"password": PASSWORD, "code": CODE}),
    "GET /desk/staff": Route(ADMIN),
    "POST /desk/staff": Route(ADMIN, {"name": "New Person", "email": "new@clinic.example", "role": "clinician"}),
    "GET /desk/staff/{staff_id}": Route(ADMIN),
    "POST /desk/staff/{staff_id}/role": Route(ADMIN, {"role": "clinician"}),
    "POST /desk/staff/{staff_id}/deactivate": Route(ADMIN),
    "POST /desk/staff/{staff_id}/reset": Route(ADMIN),
    "POST /desk/staff/{staff_id}/activate": Route(ADMIN),
    "GET /desk/audit": Route(ADMIN),
    "POST /desk/audit/check": Route(ADMIN),
    "GET /desk": Route(STAFF),
    "POST /desk": Route(STAFF),
    "POST /desk/rows": Route(STAFF),
    "GET /desk/alerts": Route(STAFF),
    "GET /desk/events": Route(STAFF),
    "GET /desk/tickets/{reference}": Route(STAFF),
    "GET /desk/tickets/{reference}/now": Route(STAFF),
    "POST /desk/tickets/{reference}/claim": Route(WORKERS),
    "POST /desk/tickets/{reference}/release": Route(WORKERS),
    "POST /desk/tickets/{reference}/reassign": Route(STAFF, {"to": "{spare}", "reason": "lunch"}),
    "POST /desk/tickets/{reference}/urgency": Route(WORKERS, {"urgency": "same_day", "reason": "they called"}),
    "POST /desk/tickets/{reference}/note": Route(WORKERS, {"text": "a note"}),
    "POST /desk/tickets/{reference}/reply": Route(WORKERS, {"text": "a reply"}),
    "POST /desk/tickets/{reference}/ask": Route(WORKERS, {"text": "a question"}),
    "POST /desk/tickets/{reference}/approved": Route(WORKERS, {"canned": "hello"}),
    "POST /desk/tickets/{reference}/resolve": Route(WORKERS, {"outcome": "booked"}),
    "POST /desk/tickets/{reference}/reopen": Route(WORKERS, {"reason": "they called again"}),
    "POST /desk/tickets/{reference}/acknowledge": Route(WORKERS),
    "GET /desk/intake": Route(WORKERS),
    "POST /desk/intake/read": Route(WORKERS, {"words": RED_FLAG}),
    "POST /desk/intake": Route(WORKERS, {"words": RED_FLAG, "name": "Jo Field"}),
    "GET /desk/patients": Route(STAFF),
    "POST /desk/patients": Route(STAFF, {"q": "Jo"}),
    "POST /desk/patients/invite": Route(STAFF, {"name": "New Patient", "email": "new@example.com"}),
    "GET /desk/patients/{patient_id}": Route(STAFF),
    "POST /desk/patients/{patient_id}": Route(STAFF, {"name": "Jo Meadow", "email": "jo@example.com"}),
    "POST /desk/patients/{patient_id}/invite": Route(STAFF),
    "POST /desk/patients/{patient_id}/deactivate": Route(STAFF),
    "POST /desk/patients/{patient_id}/activate": Route(STAFF),
    "GET /desk/reports": Route(STAFF),
    "GET /desk/reports/{name}.svg": Route(STAFF, gives=404),  # No such chart.
    "POST /desk/reports.csv": Route(STAFF),
    "POST /desk/reports/tickets.csv": Route("clinician admin"),
    "GET /portal/sign-in": Route(ANYBODY),
    "POST /portal/sign-in": Route(ANYBODY, {"email": "nobody@example.com"}),
    "GET /portal/code": Route(ANYBODY),
    "POST /portal/code": Route(ANYBODY, {"code": "123456"}),
    "POST /portal/enter": Route(ANYBODY, {"token": "forged"}, 403),
    "GET /portal/deleted": Route(ANYBODY),
    "POST /portal/sign-out": Route(PATIENTS),
    "GET /portal/extend": Route(PATIENTS),
    "POST /portal/extend": Route(PATIENTS),
    "GET /portal": Route(PATIENTS),
    "GET /portal/rows": Route(PATIENTS),
    "GET /portal/new": Route(PATIENTS),
    "POST /portal/new": Route(PATIENTS, {"key": "{key}", "text": "how much is usual?"}),
    "GET /portal/threads/{id}": Route(PATIENTS),
    "GET /portal/threads/{id}/state": Route(PATIENTS),
    "POST /portal/threads/{id}/messages": Route(PATIENTS, {"key": "{uuid}", "text": "how much is usual?"}),
    "POST /portal/threads/{id}/pass-on": Route(PATIENTS),
    "GET /portal/threads/{id}/keep": Route(PATIENTS),
    "POST /portal/threads/{id}/keep": Route(PATIENTS),
    "GET /portal/visit": Route(PATIENTS),
    "POST /portal/visit": Route(PATIENTS, {"question": "how long does it take?"}),
    "GET /portal/visit/print": Route(PATIENTS),
    "GET /portal/visit/{item}": Route(PATIENTS),
    "POST /portal/visit/{item}": Route(PATIENTS, {"question": "how long does it take?"}),
    "POST /portal/visit/{item}/remove": Route(PATIENTS),
    "GET /portal/preferences": Route(PATIENTS),
    "POST /portal/preferences": Route(PATIENTS, {"contact_by": "portal"}),
    "GET /portal/data": Route(PATIENTS),
    "POST /portal/data/download": Route(PATIENTS),
    "GET /portal/data/delete": Route(PATIENTS),
    "POST /portal/data/delete": Route(PATIENTS, {"sure": "yes"}),
}
PATIENTS_OBJECTS = [address for address in TABLE if "{id}" in address or "{item}" in address]
STAFFS_OBJECTS = [address for address in TABLE if "{" in address and address not in PATIENTS_OBJECTS and "{name}" not in address]


def routes(app: FastAPI) -> dict[str, frozenset[str]]:
    """The routes under /desk and /portal, each with whom it lets in; that of a ticket's steps as one for each step."""
    found: dict[str, frozenset[str]] = {}
    for route in iter_route_contexts(app.routes):
        path = (getattr(route, "path", "") or "").replace(":int}", "}")
        if not path.startswith(("/desk", "/portal")):
            continue
        for method in route.methods or ["(all)"]:
            for action in ACTS if "{action}" in path else [""]:
                found[f"{method} {path.replace('{action}', action)}"] = getattr(route.endpoint, "__allow__", frozenset())
    return found


def test_the_table_has_every_route_and_no_other(app: FastAPI) -> None:
    assert set(routes(app)) == set(TABLE)


def test_the_marks_say_what_the_table_says(app: FastAPI) -> None:
    for address, marked in routes(app).items():
        who = set(TABLE[address].who.split())
        said = {"half"} & who | set(ROLES) & who | ({PATIENT} if who & {"own", "other"} else set())
        if address.startswith("POST /desk/tickets/"):
            assert marked == set(ROLES) and said <= marked, address  # Who may take a step is checked with the step.
        else:
            assert marked == ({ANYONE} if who == set(VISITORS) else {HALF_SIGNED_IN if one == "half" else one for one in said}), address


class World:
    """Everyone, and one object of each kind."""

    def __init__(self, app: FastAPI, clinic: Clinic) -> None:
        self.app, self.clinic = app, clinic
        self.ids: dict[str, int] = {}

    async def begin(self) -> World:
        for role in (*ROLES, "half"):
            self.ids[role] = await add_staff(self.clinic, "admin" if role == "half" else role, f"Person {role}", totp_secret=SECRET)
        self.ids["own"] = await add_patient(self.clinic)
        self.ids["other"] = await add_patient(self.clinic, "Al Meadow", "al@example.com")
        self.spare = await add_staff(self.clinic, "clinician", "Spare Person", email="spare@clinic.example")
        self.thread, self.item = await self.clinic.db.write(self._patients_objects)
        return self

    def _patients_objects(self, session: Session) -> tuple[str, int]:
        now, thread = self.clinic.now(), threads.new_key()
        session.add(Conversation(id=thread, patient_id=self.ids["own"], subject="A question", created_at=now, active_at=now))
        session.flush()
        asked = messages.add(session, thread, messages.Typed(str(uuid.uuid4()), "how much is usual?"), now)
        custom = FakeEngine(self.clinic.content).outcome()
        messages.reply(session, thread, Turn(["An answer."], custom), now, to=asked.seq)
        item = VisitItem(patient_id=self.ids["own"], question="how long does it take?", created_at=now)
        session.add(item)
        session.flush()
        return thread, item.id

    async def ticket(self, action: str, holder: int | None) -> str:
        """A ticket on which this member of staff can take this step."""

        def work(session: Session) -> str:
            given: dict[str, Any] = {"name": "Jo Field", "about": "self", "is_patient": True, "consent": True}
            new = NewHandoff(key=str(uuid.uuid4()), conversation=self.thread, origin="clinic", kind="supply", reason="refill", question="a refill please",
                             urgency="emergency" if action == "acknowledge" else "routine", details=given)
            ticket, _ = handoffs.create(session, self.clinic, new)
            if action not in ("claim", "acknowledge"):
                ticket.state, ticket.claimed_by, ticket.claimed_at = "claimed", holder, self.clinic.now()
                conversation = session.get_one(Conversation, self.thread)
                conversation.mode = presence.PERSON
            if action == "reopen":
                ticket.state, ticket.closed_at = "closed", self.clinic.now()
            return ticket.reference

        return await self.clinic.db.write(work)

    async def browser(self, visitor: str) -> Browser:
        browser = Browser(self.app)
        browser.http.headers["accept"] = "application/json"
        if visitor == "nobody":
            return browser
        return await browser.enters("patient" if visitor in ("own", "other") else "staff", self.ids[visitor], "totp" if visitor == "half" else "full")

    async def asks(self, visitor: str, address: str, **unknown: str) -> httpx.Response:
        """The route with what it needs, or with the `unknown` in the place of what exists."""
        browser = await self.browser(visitor)
        method, path = address.split(" ")
        action = path.rsplit("/", 1)[1]
        reference = await self.ticket(action, self.ids.get(visitor)) if "{reference}" in path and not unknown else ""
        path = path.format(**{"reference": reference, "staff_id": self.spare, "patient_id": self.ids["own"], "id": self.thread, "item": self.item,
                              "name": "none", **unknown})
        if method == "GET":
            return await browser.get(path)
        made = {"{spare}": str(self.spare), "{key}": threads.new_key(), "{uuid}": str(uuid.uuid4())}
        return await browser.post(path, **{name: made.get(value, value) for name, value in TABLE[address].fields.items()})


@pytest.fixture
async def world(app: FastAPI, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(pages_entry, "SAME_TIME", 0)
    clinic.events.close()  # A stream that somebody may open ends at once.
    return await World(app, clinic).begin()


def expected(address: str, visitor: str, answer: httpx.Response) -> str | None:
    """What is wrong with the answer; None where it is as the table says."""
    route = TABLE[address]
    got = f"{visitor}: {answer.status_code} {answer.text[:200]}"
    if visitor not in route.who.split():
        code = answer.json()["error"]["code"] if "json" in answer.headers.get("content-type", "") else "not_allowed"
        # A patient is nobody at the desk, and staff are nobody at the portal: 401; those who are known but may not: 403.
        known = visitor in ROLES and address.split(" ")[1].startswith("/desk")
        return None if (answer.status_code, code) == ((403, "not_allowed") if known else (401, "signed_out")) else got
    if visitor == "other" and address in PATIENTS_OBJECTS:
        return None if answer.status_code == 404 else got
    fine = {route.gives} if route.gives else FINE[address.split(" ")[0]]
    return None if answer.status_code in fine else got


@pytest.mark.parametrize("address", TABLE)
async def test_who_may(world: World, address: str) -> None:
    # Those who may come last: what they do may end what the route is about.
    visitors = sorted(VISITORS, key=lambda visitor: (visitor in TABLE[address].who.split(), visitor == "own"))
    wrong = [expected(address, visitor, await world.asks(visitor, address)) for visitor in visitors]
    assert [problem for problem in wrong if problem] == []


@pytest.mark.parametrize("address", [*PATIENTS_OBJECTS, *STAFFS_OBJECTS])
async def test_what_does_not_exist(world: World, address: str) -> None:
    """404 for those who may, the very same as for what is another's; for the rest, nothing that tells it from what exists."""
    unknown = {"reference": "B12-XXXXXX", "staff_id": "999", "patient_id": "999", "id": "x" * 22, "item": "999"}
    for visitor in VISITORS:
        answer = await world.asks(visitor, address, **unknown)
        if visitor in TABLE[address].who.split():
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), visitor
        elif "/tickets/" not in address:
            assert expected(address, visitor, answer) is None, visitor
        if visitor == "other" and address in PATIENTS_OBJECTS:
            assert answer.text == (await world.asks(visitor, address)).text


@pytest.mark.parametrize("address", [address for address in TABLE if address.startswith("POST") and TABLE[address].who != ANYBODY])
async def test_without_the_sessions_own_token_nothing_changes(world: World, address: str) -> None:
    for visitor in TABLE[address].who.split():
        browser, stranger = await world.browser(visitor), await world.browser("clinician" if visitor != "clinician" else "admin")
        visit = await stranger.visit()
        assert visit
        path = address.split(" ")[1].format(reference="B12-XXXXXX", staff_id=world.spare, patient_id=world.ids["own"], id=world.thread, item=world.item)
        for token in ("", "wrong", visit.csrf):
            answer = await browser.post(path, csrf=token, **TABLE[address].fields)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "stale_form"), (visitor, token)


async def test_people_at_once_are_not_mixed_up(world: World) -> None:
    """The answer belongs to the cookie that came with the request, whatever else is under way."""
    browsers = [await world.browser(visitor) for visitor in ("front_desk", "clinician", "admin") * 5]
    answers = await asyncio.gather(*(browser.get("/desk/account") for browser in browsers))
    for answer, role in zip(answers, ("front_desk", "clinician", "admin") * 5, strict=True):
        assert f"Person {role}" in answer.text
