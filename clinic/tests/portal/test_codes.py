"""Signing in by a code that comes by e-mail."""

import re
import time

import pytest
from conftest import Clock
from fastapi import FastAPI
from people import Browser, add_patient
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.models import WebSession
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.limits import Limit
from ampoule_clinic.portal import pages_entry
from ampoule_clinic.portal.models import LoginCode, Patient
from portal.conftest import all_of, audited, mails, words

EMAIL = "jo@example.com"


async def asks(browser: Browser, email: str = EMAIL, next: str = "") -> None:
    answer = await browser.post("/portal/sign-in", email=email, next=next)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/portal/code"), answer.text


async def sent(clinic: Clinic) -> str:
    """The code in the last e-mail."""
    found = re.search(r"\b\d{6}\b", (await mails(clinic))[-1]["body"])
    assert found
    return found[0]


async def test_a_code_signs_in_once(stranger: Browser, clinic: Clinic) -> None:
    patient = await add_patient(clinic)
    await asks(stranger, " JO@Example.com ")
    page = await stranger.get("/portal/code")
    assert "If we know this address, a code is on its way. It works for 10 minutes." in words(page) and EMAIL in words(page)
    assert 'autocomplete="one-time-code"' in page.text and 'inputmode="numeric"' in page.text
    code = await sent(clinic)
    answer = await stranger.post("/portal/code", code=f" {code[:3]} {code[3:]}\t")
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    assert "You are signed in as Jo Field." in words(await stranger.get("/portal"))
    assert await audited(clinic, "sign_in") == [(f"patient:{patient}", f"patient:{patient}", {"how": "code"})]
    await asks(stranger)
    assert (await stranger.post("/portal/code", code=code)).status_code == 401


async def test_nobody_learns_whether_an_address_is_known(stranger: Browser, clinic: Clinic) -> None:
    await add_patient(clinic)
    await add_patient(clinic, "Al Meadow", "al@example.com", active=False)
    pages = []
    for email in (EMAIL, "al@example.com", "nobody@example.com"):
        await asks(stranger, email)
        page = await stranger.get("/portal/code")
        wrong = await stranger.post("/portal/code", code="000000")
        pages.append([(page.status_code, words(page).replace(email, "-")), (wrong.status_code, words(wrong).replace(email, "-"))])
    assert pages[0] == pages[1] == pages[2] and "That code did not work" in pages[0][1][1]
    assert [mail["to"] for mail in await mails(clinic)] == [EMAIL]


async def test_each_answer_takes_the_same_time(stranger: Browser, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_patient(clinic)
    monkeypatch.setattr(pages_entry, "SAME_TIME", 0.3)
    for email in (EMAIL, "nobody@example.com"):
        for path, fields in (("/portal/sign-in", {"email": email}), ("/portal/code", {"code": "000000"})):
            began = time.perf_counter()
            await stranger.post(path, **fields)
            assert 0.3 <= time.perf_counter() - began < 0.6


async def test_five_tries(stranger: Browser, clinic: Clinic) -> None:
    await add_patient(clinic)
    await asks(stranger)
    code = await sent(clinic)
    for _ in range(5):
        assert (await stranger.post("/portal/code", code="123" if code != "123" else "1")).status_code == 401
    assert (await stranger.post("/portal/code", code=code)).status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(9.9, 303), (10, 401)])
async def test_ten_minutes(stranger: Browser, clinic: Clinic, clock: Clock, minutes: float, status: int) -> None:
    await add_patient(clinic)
    await asks(stranger)
    clock.later(minutes=minutes)
    assert (await stranger.post("/portal/code", code=await sent(clinic))).status_code == status


async def test_only_the_newest_counts(stranger: Browser, clinic: Clinic) -> None:
    await add_patient(clinic)
    await asks(stranger)
    first = await sent(clinic)
    await asks(stranger)
    second = await sent(clinic)
    if first != second:
        assert (await stranger.post("/portal/code", code=first)).status_code == 401
    assert (await stranger.post("/portal/code", code=second)).status_code == 303


async def test_a_code_is_for_one_address(stranger: Browser, clinic: Clinic) -> None:
    await add_patient(clinic)
    await add_patient(clinic, "Al Meadow", "al@example.com")
    await asks(stranger)
    code = await sent(clinic)
    await asks(stranger, "al@example.com")
    if await sent(clinic) != code:
        assert (await stranger.post("/portal/code", code=code)).status_code == 401


async def test_the_code_is_not_in_the_database(stranger: Browser, clinic: Clinic) -> None:
    """Nor can it be found from its hash without the key, which is a file of its own."""
    await add_patient(clinic)
    await asks(stranger)
    (row,) = await all_of(clinic, LoginCode)
    assert await sent(clinic) not in row.code_hash
    key = clinic.settings.var / "code_key"
    assert key.stat().st_mode & 0o777 == 0o600


async def test_many_codes_and_many_tries_are_slowed_down(stranger: Browser, clinic: Clinic, clock: Clock) -> None:
    await add_patient(clinic)
    now = 0.0
    clinic.codes.asked, clinic.codes.tried = Limit(3, 600, lambda: now), Limit(10, 1800, lambda: now)
    for _ in range(5):
        await asks(stranger)  # The answer is the same; the code that was sent stays good.
    assert len({mail["body"] for mail in await mails(clinic)}) == 1  # Those not sent yet make room for the newest.
    code = await sent(clinic)
    wrong = "000000" if code != "000000" else "000001"
    statuses = []
    for _ in range(12):
        clock.later(seconds=1)
        statuses.append((await stranger.post("/portal/code", code=wrong)).status_code)
    assert statuses == [401] * 10 + [429] * 2
    now = 1800
    assert (await stranger.post("/portal/code", code=wrong)).status_code == 401


async def test_the_session_is_new_at_each_sign_in(stranger: Browser, clinic: Clinic) -> None:
    await add_patient(clinic)
    name = websessions.cookie_name("patient", clinic.settings)
    stranger.carries(name, "a-cookie-that-somebody-planted")
    tokens = []
    for _ in range(2):
        await asks(stranger)
        answer = await stranger.post("/portal/code", code=await sent(clinic))
        assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=lax" in answer.headers["set-cookie"]
        tokens.append(stranger.http.cookies[name])
    assert len({*tokens, "a-cookie-that-somebody-planted"}) == 3
    assert [row.token_hash for row in await all_of(clinic, WebSession)] == [websessions.hash_of(tokens[1])]


@pytest.mark.parametrize(("next", "to"), [
    ("/portal/visit", "/portal/visit"), ("/portal/threads/ab-_9", "/portal/threads/ab-_9"), ("//evil.example", "/portal"), ("/desk", "/portal"),
    ("https://evil.example", "/portal"), ("/portal/../desk", "/portal"), ("/portal\\@evil", "/portal"), ("/portal/sign-out", "/portal")])
async def test_where_one_goes_then(stranger: Browser, clinic: Clinic, next: str, to: str) -> None:
    await add_patient(clinic)
    await asks(stranger, next=next)
    assert (await stranger.post("/portal/code", code=await sent(clinic))).headers["location"] == to


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}])
async def test_only_from_the_portals_own_pages(stranger: Browser, clinic: Clinic, headers: dict[str, str]) -> None:
    await add_patient(clinic)
    assert (await stranger.post("/portal/sign-in", headers=headers, email=EMAIL)).status_code == 403
    await asks(stranger)
    assert (await stranger.post("/portal/code", headers=headers, code=await sent(clinic))).status_code == 403


@pytest.mark.parametrize("email", ["", "jo", "jo@", "@example.com", "jo@example", "jo field@example.com", "x" * 300 + "@example.com",
                                   "jo@example.com\nBcc: al@example.com"])
async def test_what_is_no_address(stranger: Browser, email: str) -> None:
    answer = await stranger.post("/portal/sign-in", email=email)
    assert answer.status_code == 422 and 'aria-describedby="email-problem' in answer.text


async def test_a_forged_memory_of_the_address(stranger: Browser, clinic: Clinic) -> None:
    for value in ("", "x", "AAAA", "L3BvcnRhbA==", "%00"):
        stranger.carries("ampoule-asked", value)
        assert (await stranger.get("/portal/code")).headers.get("location") == "/portal/sign-in"
        assert (await stranger.post("/portal/code", code="1")).headers.get("location") == "/portal/sign-in"


async def test_signing_out(jo: Browser, clinic: Clinic) -> None:
    assert (await jo.post("/portal/sign-out", csrf="wrong")).status_code == 403
    assert (await jo.post("/portal/sign-out")).headers["location"] == "/portal/sign-in"
    assert (await jo.get("/portal")).headers["location"] == "/portal/sign-in?next=/portal"
    assert await all_of(clinic, WebSession) == []
    assert len(await audited(clinic, "sign_out")) == 1


async def test_a_patient_who_is_shut_out(jo: Browser, clinic: Clinic) -> None:
    def shut(session: Session) -> None:
        session.get_one(Patient, 1).active = False

    await clinic.db.write(shut)
    assert (await jo.get("/portal")).status_code == 303
    await asks(jo)
    assert await mails(clinic) == []


async def test_staying_signed_in(jo: Browser, clock: Clock) -> None:
    clock.later(minutes=20)
    assert (await jo.get("/portal/extend")).json() == {"seconds": 600, "last_seconds": 42_000}
    assert (await jo.post("/portal/extend")).json()["seconds"] == 1800
    clock.later(minutes=31)
    assert (await jo.http.get("/portal/extend", headers={"accept": "application/json"})).status_code == 401


async def test_pages_are_not_kept(jo: Browser, stranger: Browser, app: FastAPI) -> None:
    for browser, path in ((stranger, "/portal/sign-in"), (jo, "/portal"), (jo, "/portal/new"), (jo, "/portal/visit"), (jo, "/portal/data")):
        answer = await browser.get(path)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store", path
