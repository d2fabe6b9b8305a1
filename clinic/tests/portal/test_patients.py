"""The desk's page of patients."""

import pytest
from fastapi import FastAPI
from people import Browser, add_patient, staff_browser

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.portal.models import Patient
from portal.conftest import all_of, audited, mails, words

JO = {"name": " Jo  Field ", "email": "JO@example.com", "birth_date": "1961-05-12", "phone": "555-555-0199"}


@pytest.fixture
async def desk(app: FastAPI) -> Browser:
    return await staff_browser(app)


async def test_inviting(desk: Browser, clinic: Clinic) -> None:
    answer = await desk.post("/desk/patients/invite", **JO)
    assert answer.headers["location"] == "/desk/patients/1?done=invited"
    assert "The invitation is on its way." in words(await desk.get("/desk/patients/1?done=invited"))
    (patient,) = await all_of(clinic, Patient)
    assert (patient.name, patient.email, patient.birth_date) == ("Jo Field", "jo@example.com", "1961-05-12")
    assert (patient.phone, patient.active) == ("555-555-0199", True)
    (mail,) = await mails(clinic)
    assert mail["to"] == "jo@example.com" and "http://127.0.0.1:8000/portal/sign-in" in mail["body"]
    assert await audited(clinic, "patient_invited") == [("staff:1", "patient:1", None)]


@pytest.mark.parametrize(("changes", "problem"), [
    ({"name": "J"}, "patient&#39;s full name"), ({"email": "jo"}, "email-problem"), ({"email": ""}, "email-problem"),
    ({"email": "al@example.com"}, "email-problem"),
    ({"birth_date": "12 May"}, "birth_date-problem"), ({"birth_date": "2030-01-01"}, "birth_date-problem"), ({"phone": "none"}, "phone-problem")])
async def test_what_is_wrong_is_said_at_its_field(desk: Browser, clinic: Clinic, changes: dict[str, str], problem: str) -> None:
    await add_patient(clinic, "Al Meadow", "al@example.com")
    answer = await desk.post("/desk/patients/invite", **JO | changes)
    assert answer.status_code in (409, 422) and problem in answer.text
    assert len(await all_of(clinic, Patient)) == 1 and await mails(clinic) == []


async def test_searching(desk: Browser, clinic: Clinic) -> None:
    await add_patient(clinic)
    await add_patient(clinic, "Al 100% Meadow", "al@example.com", birth_date="1950-01-02", phone="555-555-0111")
    for q, found in (("field", "Jo Field"), ("MEADOW al", "Al 100% Meadow"), ("0111", "Al 100% Meadow"), ("1961-05", "Jo Field"), ("100%", "Al 100% Meadow")):
        page = words(await desk.post("/desk/patients", q=q))
        assert "Found: 1" in page and found in page, q
    assert "Nobody was found." in words(await desk.post("/desk/patients", q="_"))
    assert "Found" not in words(await desk.get("/desk/patients?q=field"))


async def test_correcting(desk: Browser, app: FastAPI, clinic: Clinic) -> None:
    jo = await Browser(app).enters("patient", await add_patient(clinic))
    await desk.post("/desk/patients/1", **JO | {"phone": "555-555-0123"})
    assert (await jo.get("/portal")).status_code == 200
    assert "555-555-0123" in (await desk.get("/desk/patients/1")).text
    await desk.post("/desk/patients/1", **JO | {"email": "new@example.com"})
    assert (await jo.get("/portal")).status_code == 303  # Whoever was signed in may have been the wrong person.
    assert [detail for _, _, detail in await audited(clinic, "patient_changed")] == [{"what": "details"}, {"what": "email"}]
    assert len(await audited(clinic, "view_patient")) == 1


async def test_shutting_out(desk: Browser, app: FastAPI, clinic: Clinic) -> None:
    jo = await Browser(app).enters("patient", await add_patient(clinic))
    await desk.post("/desk/patients/1/deactivate")
    assert (await jo.get("/portal")).status_code == 303
    assert "is shut out of the portal" in words(await desk.get("/desk/patients/1"))
    assert (await desk.post("/desk/patients/1/invite")).status_code == 422
    await desk.post("/desk/patients/1/activate")
    assert (await desk.post("/desk/patients/1/invite")).status_code == 303 and len(await mails(clinic)) == 1


async def test_nobody_else(jo: Browser, stranger: Browser, desk: Browser) -> None:
    for path in ("/desk/patients", "/desk/patients/1"):
        assert (await stranger.get(path)).status_code == 303
        assert (await jo.get(path)).status_code == 303  # To the staff's sign-in.
    assert (await desk.get("/portal")).status_code == 303
    for id in ("2", "0", str(10**12)):
        assert (await desk.get(f"/desk/patients/{id}")).status_code in (404, 422)
    for path in ("invite", "1", "1/invite", "1/deactivate", "1/activate"):
        assert (await desk.post(f"/desk/patients/{path}", csrf="forged", **JO)).status_code == 403
