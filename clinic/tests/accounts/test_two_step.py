"""The second step: setting it up, giving codes, and what one may do before."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from conftest import Clock
from fastapi import FastAPI
from people import PASSWORD, Browser, add_staff, staff_browser
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import second_factor, staff
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.throttle import Throttle
from ampoule_clinic.clinic import Clinic

EMAIL = "clinician@clinic.example"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(clock: Clock, secret: str = SECRET, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(clock.now.timestamp()) + 30 * steps)


async def test_a_code_follows_the_password(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    await add_staff(clinic, "clinician", email=EMAIL, totp_secret=SECRET)
    browser = Browser(app)
    answer = await browser.signs_in(EMAIL, next="/desk/account")
    assert answer.headers["location"] == "/desk/two-step?next=/desk/account"
    half = browser.http.cookies["ampoule-staff"]
    page = await browser.get("/desk/two-step?next=/desk/account")
    assert 'autocomplete="one-time-code"' in page.text and SECRET not in page.text.replace(" ", "") and "Phone intake" not in page.text
    answer = await browser.post("/desk/two-step", code=f"{code(clock)[:3]} {code(clock)[3:]}", next="/desk/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account")
    assert browser.http.cookies["ampoule-staff"] != half, "a new session"
    assert (await browser.get("/desk/account")).status_code == 200
    old = Browser(app)
    old.carries("ampoule-staff", half)
    assert (await old.get("/desk/two-step")).status_code == 303


async def test_half_signed_in_opens_nothing_else(app: FastAPI, clinic: Clinic) -> None:
    browser = await Browser(app).enters("staff", await add_staff(clinic, "admin", totp_secret=SECRET), "totp")
    for path in ("/desk/account", "/desk/staff", "/desk/audit"):
        assert (await browser.get(path)).headers["location"] == f"/desk/sign-in?next={path}"
    assert (await browser.post("/desk/account/two-step-off", password=PASSWORD)).status_code == 401
    assert (await browser.get("/desk/two-step.svg")).status_code == 404, "a secret in use is never shown again"
    assert (await browser.post("/desk/sign-out")).status_code == 303


async def test_each_code_works_once(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    id = await add_staff(clinic, email=EMAIL, totp_secret=SECRET)
    used = code(clock)
    assert (await (await Browser(app).enters("staff", id, "totp")).post("/desk/two-step", code=used)).status_code == 303
    again = await Browser(app).enters("staff", id, "totp")
    assert (await again.post("/desk/two-step", code=used)).status_code == 401
    assert (await again.post("/desk/two-step", code=code(clock, steps=-1))).status_code == 401, "nor one from before it"
    clock.later(seconds=30)
    assert (await again.post("/desk/two-step", code=code(clock))).status_code == 303


async def test_the_same_code_from_two_browsers_at_once(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    import asyncio

    id = await add_staff(clinic, totp_secret=SECRET)
    browsers = [await Browser(app).enters("staff", id, "totp") for _ in range(4)]
    answers = await asyncio.gather(*(browser.post("/desk/two-step", code=code(clock)) for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_drift(clock: Clock, steps: int, right: bool) -> None:
    assert (second_factor.matching_step(SECRET, code(clock, steps=steps), clock.now) is not None) == right


@pytest.mark.parametrize("typed", ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", " "])
def test_what_is_no_code(clock: Clock, typed: str) -> None:
    assert second_factor.matching_step(SECRET, typed, clock.now) is None


async def test_trying_codes_has_to_wait(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    now = [0.0]
    clinic.throttle = Throttle(lambda: now[0])
    id = await add_staff(clinic, totp_secret=SECRET)
    for n in range(5):
        browser = await Browser(app).enters("staff", id, "totp")
        assert (await browser.post("/desk/two-step", code="000000")).status_code == 401, n
    answer = await browser.post("/desk/two-step", code=code(clock))
    assert answer.status_code == 429 and "Please wait" in answer.text
    now[0] += 301
    assert (await browser.post("/desk/two-step", code=code(clock))).status_code == 303


async def test_setting_it_up(app: FastAPI, clinic: Clinic, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await add_staff(clinic, "clinician", email=EMAIL)
    browser, elsewhere = await Browser(app).enters("staff", id), await Browser(app).enters("staff", id)
    drawn = []
    monkeypatch.setattr(second_factor, "picture", lambda *told: drawn.append(told) or b"<svg/>")
    page = await browser.get("/desk/two-step")
    picture = await browser.get("/desk/two-step.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    secret, account, issuer = drawn[0]
    assert secret in page.text.replace(" ", "") and account == EMAIL and issuer == clinic.content.clinic["name"]
    assert (await browser.post("/desk/two-step", code="000000")).status_code == 401
    assert secret in (await browser.get("/desk/two-step")).text.replace(" ", ""), "the same secret as before the slip"
    answer = await browser.post("/desk/two-step", code=code(clock, secret), next="/desk/account")
    assert answer.headers["location"] == "/desk/account"
    assert "On: a code from your phone" in (await browser.get("/desk/account")).text
    assert await elsewhere.visit() is None
    assert (await Browser(app).signs_in(EMAIL)).headers["location"].startswith("/desk/two-step")


def test_the_picture_says_what_an_app_reads() -> None:
    uri = pyotp.TOTP(SECRET).provisioning_uri(name=EMAIL, issuer_name="A clinic")
    assert parse_qs(urlsplit(uri).query) == {"secret": [SECRET], "issuer": ["A clinic"]}
    svg = second_factor.picture(SECRET, EMAIL, "A clinic")
    assert svg.startswith(b"<?xml") and b"<path" in svg and b"style" not in svg and b"<script" not in svg


async def test_turning_it_off_needs_both(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    id = await add_staff(clinic, totp_secret=SECRET)
    browser = await Browser(app).enters("staff", id)
    for password, typed in ((PASSWORD, "000000"), ("not the password", code(clock))):
        answer = await browser.post("/desk/account/two-step-off", password=password, code=typed)
        assert answer.status_code == 401 and "aria-invalid" in answer.text
    answer = await browser.post("/desk/account/two-step-off", password=PASSWORD, code=code(clock))
    assert answer.headers["location"] == "/desk/account"
    person = await clinic.db.read(lambda session: session.get_one(Staff, id))
    assert (person.totp_secret, person.totp_last_step) == (None, None)
    assert "Off: your password alone" in (await browser.get("/desk/account")).text


@pytest.fixture
def required(clinic: Clinic) -> None:
    clinic.settings = replace(clinic.settings, require_totp=True)


@pytest.mark.usefixtures("required")
async def test_required_leads_to_setting_it_up(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    await add_staff(clinic, "admin", email=EMAIL)
    browser = Browser(app)
    assert (await browser.signs_in(EMAIL)).headers["location"] == "/desk/two-step?next=/desk"
    assert "Set up two-step sign-in" in (await browser.get("/desk/two-step")).text
    for path in ("/desk/account", "/desk/staff", "/desk/audit"):
        assert (await browser.get(path)).status_code == 303
    secret = await clinic.db.read(lambda session: staff.find(session, EMAIL).totp_pending)
    assert (await browser.post("/desk/two-step", code=code(clock, secret))).headers["location"] == "/desk"
    assert (await browser.get("/desk/staff")).status_code == 200


@pytest.mark.usefixtures("required")
async def test_required_later_counts_in_open_sessions(app: FastAPI, clinic: Clinic) -> None:
    browser = await staff_browser(app, "admin")
    assert (await browser.get("/desk/staff")).status_code == 303
    assert (await browser.get("/desk/two-step")).status_code == 200


@pytest.mark.usefixtures("required")
async def test_required_and_turned_off_leads_to_another_phone(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    browser = await staff_browser(app, totp_secret=SECRET)
    answer = await browser.post("/desk/account/two-step-off", password=PASSWORD, code=code(clock))
    assert answer.headers["location"] == "/desk/two-step?next=/desk/account"
    assert (await browser.get("/desk/account")).status_code == 303


async def test_changing_the_password(app: FastAPI, clinic: Clinic) -> None:
    id = await add_staff(clinic, email=EMAIL)
    browser, elsewhere = await Browser(app).enters("staff", id), await Browser(app).enters("staff", id)
    new = "another lamp in the hall"
    for present, wanted, words in (("wrong", new, "not your present password"), (PASSWORD, "short", "12 letters or more")):
        answer = await browser.post("/desk/account/password", present=present, new_password=wanted)
        assert answer.status_code in (401, 422) and words in answer.text
    assert (await browser.post("/desk/account/password", present=PASSWORD, new_password=new)).status_code == 303
    assert await elsewhere.visit() is None and (await browser.get("/desk/account")).status_code == 200
    assert (await Browser(app).signs_in(EMAIL)).status_code == 401
    assert (await Browser(app).signs_in(EMAIL, new)).status_code == 303


def test_secrets_are_long_enough(clinic: Clinic) -> None:
    def work(session: Session) -> str | None:
        session.add(Staff(id=1, email=EMAIL, name="Sam", role="admin", active=True, created_at=clinic.now()))
        session.flush()
        return second_factor.pending(session, 1)

    secret = clinic.db.run(clinic.db.engine.execution_options(ampoule_write=True), work)
    assert secret and len(secret) * 5 >= 160
