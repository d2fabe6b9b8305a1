"""Signing in with a password, signing out, and what a browser may carry."""

import time
from dataclasses import replace

import pytest
from conftest import BASE, Clock, build
from fastapi import FastAPI
from people import PASSWORD, Browser, add_staff, staff_browser
from sqlalchemy import select

from ampoule_clinic.accounts import passwords
from ampoule_clinic.accounts.entry import next_page
from ampoule_clinic.accounts.models import AuditEntry, Staff, WebSession
from ampoule_clinic.accounts.throttle import Throttle
from ampoule_clinic.app import create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal

EMAIL = "desk@clinic.example"


async def lines(clinic: Clinic, *actions: str) -> list[tuple[str, str, str, dict | None]]:
    rows = await clinic.db.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)).all())
    return [(row.actor, row.action, row.object, row.detail) for row in rows]


async def test_signing_in_and_out(app: FastAPI, clinic: Clinic) -> None:
    id = await add_staff(clinic, email=EMAIL)
    browser = Browser(app)
    answer = await browser.get("/desk/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?next=/desk/account")
    page = await browser.get("/desk/sign-in?next=/desk/account")
    assert 'autocomplete="username"' in page.text and 'autocomplete="current-password"' in page.text and 'value="/desk/account"' in page.text
    answer = await browser.signs_in(f" {EMAIL.upper()} ", next="/desk/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account")
    assert (await browser.get("/desk/account")).status_code == 200
    answer = await browser.post("/desk/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")
    assert (await browser.get("/desk/account")).status_code == 303
    me = f"staff:{id}"
    assert await lines(clinic, "sign_in", "sign_out") == [(me, "sign_in", me, {"how": "password", "step": "full"}), (me, "sign_out", me, None)]


async def test_signing_out_ends_the_session_on_the_server(app: FastAPI, clinic: Clinic) -> None:
    browser = await staff_browser(app)
    copy = dict(browser.http.cookies)
    await browser.post("/desk/sign-out")
    browser.carries("ampoule-staff", copy["ampoule-staff"])
    assert (await browser.get("/desk/account")).status_code == 303


async def test_one_message_whatever_is_wrong(app: FastAPI, clinic: Clinic) -> None:
    known = await add_staff(clinic, email=EMAIL)
    await add_staff(clinic, name="Who left", email="left@clinic.example", active=False)
    await add_staff(clinic, name="Not yet", email="new@clinic.example", password_hash=None)
    tries = [(EMAIL, "not the password"), ("nobody@clinic.example", PASSWORD), ("left@clinic.example", PASSWORD), ("new@clinic.example", ""), ("", "")]
    pages = []
    for email, password in tries:
        answer = await Browser(app).signs_in(email, password)
        assert answer.status_code == 401 and "set-cookie" not in answer.headers
        pages.append(answer.text.replace(email, "") if email else answer.text)
    assert len(set(pages)) == 1 and "do not go together" in pages[0]
    failed = await lines(clinic, "sign_in_failed")
    assert failed[:2] == [("nobody", "sign_in_failed", f"staff:{known}", {"reason": "password"}), ("nobody", "sign_in_failed", "staff", {"reason": "password"})]
    assert "nobody@clinic.example" not in str(failed)


async def test_time_does_not_tell_who_has_an_account(app: FastAPI, clinic: Clinic) -> None:
    await add_staff(clinic, email=EMAIL)
    took: dict[str, list[float]] = {EMAIL: [], "nobody@clinic.example": []}
    for _ in range(4):
        for email, times in took.items():
            began = time.perf_counter()
            await Browser(app).signs_in(email, "not the password")
            times.append(time.perf_counter() - began)
    known, unknown = (min(times) for times in took.values())
    assert 0.5 < unknown / known < 2


async def test_an_old_hash_is_made_anew(app: FastAPI, clinic: Clinic) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    id = await add_staff(clinic, email=EMAIL, password_hash=old)
    assert (await Browser(app).signs_in(EMAIL)).status_code == 303
    new = await clinic.db.read(lambda session: session.get_one(Staff, id).password_hash)
    assert new != old and not passwords.outdated(new) and await passwords.verify(new, PASSWORD)


async def test_failing_again_and_again_has_to_wait(app: FastAPI, clinic: Clinic) -> None:
    now = [0.0]
    clinic.throttle = Throttle(lambda: now[0])
    await add_staff(clinic, email=EMAIL)
    browser = Browser(app)
    for _ in range(5):
        assert (await browser.signs_in(EMAIL, "not the password")).status_code == 401
    answer = await browser.signs_in(EMAIL)
    assert answer.status_code == 429 and "Please wait a few minutes" in answer.text
    now[0] += 61
    assert (await browser.signs_in(EMAIL)).status_code == 303
    for _ in range(5):
        assert (await browser.signs_in(EMAIL, "not the password")).status_code == 401, "a right password gives all tries back"


def test_throttle_by_address_and_by_account() -> None:
    throttle = Throttle(lambda: 0.0)
    assert sum(throttle.password(f"{n}@clinic.example", "10.0.0.1") for n in range(100)) == 30
    assert sum(throttle.password(EMAIL, f"10.0.1.{n}") for n in range(100)) == 50
    assert throttle.password("other@clinic.example", "10.0.2.1")


@pytest.mark.parametrize(("password", "code"), [
    ("too short", "password_short"), ("x" * 201, "password_long"), ("desk@clinic.example", "password_own"), ("Front Deskperson", "password_own"),
    ("Password-1234", "password_common"), ("aaaaaaaaaaaaaaa", "password_common"), ("Welcome!!!2026", "password_common"), ("121212121212", "password_common"),
])
def test_passwords_that_are_refused(password: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        passwords.check(password, EMAIL, "Front Deskperson")
    assert refused.value.code == code


@pytest.mark.parametrize("password", ["a lamp in the green kitchen", "tr0mb0ne&marmelade", "вода камень облако"])
def test_passwords_that_are_accepted(password: str) -> None:
    passwords.check(password, EMAIL, "Front Deskperson")


@pytest.mark.parametrize(("wanted", "goes"), [
    ("/desk", "/desk"), ("/desk/tickets/B12-7K4M2Q", "/desk/tickets/B12-7K4M2Q"), ("", "/desk"), ("//evil.example", "/desk"), ("/desk//evil.example", "/desk"),
    ("/desk/\\evil.example", "/desk"), ("https://evil.example/desk", "/desk"), ("/\\evil.example", "/desk"), ("/desk/../portal", "/desk"),
    ("/desk/%2e%2e", "/desk"), ("/desk/sign-out", "/desk"), ("/desk\n/x", "/desk"), ("/deskx", "/desk"), ("/desk?next=x", "/desk"), ("/portal", "/desk"),
])
async def test_only_the_desks_own_pages_come_next(app: FastAPI, clinic: Clinic, wanted: str, goes: str) -> None:
    assert next_page(wanted) == goes
    await add_staff(clinic, email=EMAIL)
    assert (await Browser(app).signs_in(EMAIL, next=wanted.replace("\n", "")))
    answer = await Browser(app).signs_in(EMAIL, next=wanted) if "\n" not in wanted else None
    assert answer is None or answer.headers["location"] == goes


async def test_a_planted_session_is_worth_nothing(app: FastAPI, clinic: Clinic) -> None:
    """Neither a token that somebody made up, nor one that was somebody's, is that of the one who signs in."""
    await add_staff(clinic, email=EMAIL)
    attacker = await staff_browser(app, name="Somebody else")
    for planted in ("made-up", attacker.http.cookies["ampoule-staff"]):
        browser = Browser(app)
        browser.carries("ampoule-staff", planted)
        await browser.signs_in(EMAIL)
        assert browser.http.cookies["ampoule-staff"] != planted
        other = Browser(app)
        other.carries("ampoule-staff", planted)
        assert (await other.get("/desk/account")).status_code == 303, "the planted session has ended"
        assert (await browser.get("/desk/account")).status_code == 200


@pytest.mark.parametrize("cookie", ["", "forged", "x" * 4000, "' OR 1=1 --"])
async def test_a_forged_cookie_opens_nothing(app: FastAPI, clinic: Clinic, cookie: str) -> None:
    await staff_browser(app)
    browser = Browser(app)
    browser.carries("ampoule-staff", cookie)
    assert (await browser.get("/desk/account")).status_code == 303
    assert (await browser.post("/desk/extend", csrf="x")).status_code == 401
    assert (await browser.post("/desk/sign-out", csrf="x")).headers["location"] == "/desk/sign-in"


async def test_a_patients_session_is_no_staff_session(app: FastAPI, clinic: Clinic) -> None:
    from people import add_patient

    patient = await Browser(app).enters("patient", await add_patient(clinic))
    patient.carries("ampoule-staff", patient.http.cookies["ampoule-patient"])
    assert (await patient.get("/desk/account")).status_code == 303


async def test_tokens_and_passwords_are_not_in_the_database(app: FastAPI, clinic: Clinic) -> None:
    browser = await staff_browser(app)
    kept = await clinic.db.read(lambda session: [row.token_hash for row in session.scalars(select(WebSession))])
    assert browser.http.cookies["ampoule-staff"] not in kept and len(kept[0]) == 64
    hashes = await clinic.db.read(lambda session: session.scalars(select(Staff.password_hash)).all())
    assert all(hash.startswith("$argon2id$") for hash in hashes)


@pytest.mark.parametrize(("changes", "status"), [
    ({"origin": BASE}, 303), ({"origin": "null", "sec-fetch-site": "same-origin"}, 303), ({"origin": BASE, "sec-fetch-site": "same-origin"}, 303),
    ({"origin": "https://evil.example"}, 403), ({"origin": "null"}, 403), ({"origin": ""}, 403), ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
    ({"origin": BASE, "sec-fetch-site": "cross-site"}, 403), ({"origin": BASE, "sec-fetch-site": "same-site"}, 403),
    ({"origin": "null", "sec-fetch-site": "same-origin", "host": "evil.example"}, 403), ({"origin": "https://www.clinic.example"}, 403),
])
async def test_nobody_elses_page_can_sign_a_browser_in(app: FastAPI, clinic: Clinic, changes: dict[str, str], status: int) -> None:
    await add_staff(clinic, email=EMAIL)
    answer = await Browser(app).signs_in(EMAIL, headers=changes)
    assert answer.status_code == status and ("set-cookie" in answer.headers) == (status == 303)


async def test_csrf(app: FastAPI, clinic: Clinic) -> None:
    browser, other = await staff_browser(app), await staff_browser(app, name="Somebody else")
    visit = await other.visit()
    assert visit
    for token in ("wrong", visit.csrf, visit.csrf[:-1]):
        for path in ("/desk/sign-out", "/desk/extend", "/desk/account/password"):
            answer = await browser.post(path, csrf=token)
            assert answer.status_code == 403 and "nothing was changed" in answer.text, path
    assert (await browser.http.post("/desk/sign-out")).status_code in (403, 422)
    assert (await browser.http.post("/desk/sign-out", data={"x": "1"})).status_code == 403
    assert (await browser.get("/desk/account")).status_code == 200


async def test_the_cookies_flags(app: FastAPI, clinic: Clinic, settings, content, engine, clock: Clock) -> None:  # type: ignore[no-untyped-def]
    await add_staff(clinic, email=EMAIL)
    flags = (await Browser(app).signs_in(EMAIL)).headers["set-cookie"]
    assert flags.startswith("ampoule-staff=") and "HttpOnly" in flags and "SameSite=lax" in flags and "Path=/" in flags and "Secure" not in flags
    public = "https://ask.clinic.example"
    secure = build(replace(settings, public_url=public), content, engine, clock)
    flags = (await Browser(create_app(secure), public).signs_in(EMAIL)).headers["set-cookie"]
    assert flags.startswith("__Host-ampoule-staff=") and "Secure" in flags and "HttpOnly" in flags and "SameSite=lax" in flags and "Domain" not in flags
    assert "Max-Age" not in flags and "expires" not in flags.lower(), "it goes with the browser"
    await secure.close()


async def test_pages_are_kept_nowhere(app: FastAPI, clinic: Clinic) -> None:
    browser = await staff_browser(app, "admin")
    for path in ("/desk/sign-in", "/desk/set-up", "/desk/account", "/desk/two-step", "/desk/two-step.svg", "/desk/staff", "/desk/audit", "/desk/extend"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), path
        assert "script-src 'self'" in answer.headers["content-security-policy"] and "style=" not in answer.text.split("<svg")[0], path
