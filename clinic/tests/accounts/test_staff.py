"""Accounts are made by links that work once; admins keep them, on their pages and from a terminal."""

import asyncio
import re

import pytest
from conftest import Clock
from fastapi import FastAPI
from people import PASSWORD, Browser, add_staff, password_hash, staff_browser
from sqlalchemy import func, select

from ampoule_clinic import staff as command
from ampoule_clinic.accounts import staff
from ampoule_clinic.accounts.models import AuditEntry, SetupLink, Staff
from ampoule_clinic.accounts.staff import By
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal

ADMIN = {"email": "sam@clinic.example", "name": "Sam Admin", "password": PASSWORD}


def by(clinic: Clinic) -> By:
    return By("service", clinic.audit, clinic.now())


async def person(clinic: Clinic, email: str = ADMIN["email"]) -> Staff | None:
    return await clinic.db.read(staff.find, email)


async def first_link(clinic: Clinic) -> str:
    token = await clinic.db.write(staff.first_run_link, by(clinic))
    assert token
    return token


async def test_the_first_account(app: FastAPI, clinic: Clinic) -> None:
    token = await first_link(clinic)
    browser = Browser(app)
    page = await browser.get("/desk/set-up")
    assert "Create the first account" in page.text and 'autocomplete="new-password"' in page.text and token not in page.text
    answer = await browser.post("/desk/set-up", token=token, **ADMIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert (await browser.get("/desk/staff")).status_code == 200
    made = await person(clinic)
    assert made and (made.role, made.name, made.active) == ("admin", "Sam Admin", True)
    assert (await Browser(app).post("/desk/set-up", token=token, **ADMIN)).status_code == 410
    assert await clinic.db.write(staff.first_run_link, by(clinic)) is None
    assert "Choose your password" in (await Browser(app).get("/desk/set-up")).text


async def test_the_first_link_ends(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    old = await first_link(clinic)
    new = await first_link(clinic)
    assert (await Browser(app).post("/desk/set-up", token=old, **ADMIN)).status_code == 410, "the newest counts"
    clock.later(hours=1)
    answer = await Browser(app).post("/desk/set-up", token=new, **ADMIN)
    assert answer.status_code == 410 and "This link does not work" in answer.text
    newest = await first_link(clinic)
    await add_staff(clinic, name="Somebody else")
    assert (await Browser(app).post("/desk/set-up", token=newest, **ADMIN)).status_code == 410, "there is an account already"


async def test_the_first_link_twice_at_once_makes_one_account(app: FastAPI, clinic: Clinic) -> None:
    token = await first_link(clinic)
    forms = [{**ADMIN, "email": f"sam{n}@clinic.example"} for n in range(4)]
    answers = await asyncio.gather(*(Browser(app).post("/desk/set-up", token=token, **form) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    assert await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(Staff))) == 1


@pytest.mark.parametrize(("changes", "status", "words"), [
    ({"email": "sam"}, 422, "does not look like an e-mail"), ({"email": "a b@c.de"}, 422, "does not look like"), ({"name": "S"}, 422, "a name of 2 to 100"),
    ({"password": "short"}, 422, "12 letters or more"), ({"password": "sam@clinic.example"}, 422, "your own name or e-mail"),
    ({"token": "wrong"}, 410, "does not work"), ({"token": ""}, 410, "does not work"),
])
async def test_a_slip_keeps_what_was_typed_and_the_link(app: FastAPI, clinic: Clinic, changes: dict[str, str], status: int, words: str) -> None:
    form = {"token": await first_link(clinic), **ADMIN}
    answer = await Browser(app).post("/desk/set-up", **form | changes)
    assert answer.status_code == status and words in answer.text
    assert 'value="sam@clinic.example"' in answer.text or "email" in changes
    assert PASSWORD not in answer.text
    assert (await Browser(app).post("/desk/set-up", **form)).status_code == 303


async def test_nobody_elses_page_can_use_a_link(app: FastAPI, clinic: Clinic) -> None:
    answer = await Browser(app).post("/desk/set-up", token=await first_link(clinic), headers={"origin": "https://evil.example"}, **ADMIN)
    assert answer.status_code == 403 and await person(clinic) is None


def link_in(page: str) -> str:
    found = re.search(r'value="http://127\.0\.0\.1:8000/desk/set-up#([\w-]{43})"', page)
    assert found
    return found[1]


async def test_an_admin_adds_someone(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    answer = await admin.post("/desk/staff", name="New  Person ", email=" New@Clinic.example", role="clinician")
    token = link_in(answer.text)
    new = await person(clinic, "new@clinic.example")
    assert new and (new.name, new.role, new.password_hash) == ("New Person", "clinician", None)
    assert "Link not used yet" in (await admin.get("/desk/staff")).text
    browser = Browser(app)
    assert (await browser.post("/desk/set-up", token=token, password="new.person")).status_code == 422
    assert (await browser.post("/desk/set-up", token=token, password=PASSWORD)).headers["location"] == "/desk"
    assert (await browser.get("/desk/account")).status_code == 200
    assert (await Browser(app).post("/desk/set-up", token=token, password=PASSWORD)).status_code == 410, "once"
    for fields, status in (({"email": "new@clinic.example"}, 409), ({"role": "root"}, 422), ({"name": ""}, 422)):
        answer = await admin.post("/desk/staff", **{"name": "Other", "email": "other@clinic.example", "role": "admin"} | fields)
        assert answer.status_code == status


async def test_a_link_ends_after_a_day(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    token = await clinic.db.write(staff.add, by(clinic), "new@clinic.example", "New Person", "clinician")
    clock.later(hours=24)
    assert (await Browser(app).post("/desk/set-up", token=token, password=PASSWORD)).status_code == 410


async def test_reset_shuts_out_and_lets_in_again(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    id = await add_staff(clinic, email="lost@clinic.example", totp_secret="JBSWY3DPEHPK3PXP", totp_last_step=1)
    browser = await Browser(app).enters("staff", id)
    first = link_in((await admin.post(f"/desk/staff/{id}/reset")).text)
    second = link_in((await admin.post(f"/desk/staff/{id}/reset")).text)
    assert await browser.visit() is None and (await Browser(app).signs_in("lost@clinic.example")).status_code == 401
    assert (await Browser(app).post("/desk/set-up", token=first, password="another lamp in the hall")).status_code == 410
    assert (await browser.post("/desk/set-up", token=second, password="another lamp in the hall")).status_code == 303
    assert (await Browser(app).signs_in("lost@clinic.example", "another lamp in the hall")).headers["location"] == "/desk", "without a code"


async def test_closing_and_opening_an_account(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    id = await add_staff(clinic, email="left@clinic.example", name="Jo Leaver")
    browser = await Browser(app).enters("staff", id)
    assert "stay claimed until" in (await admin.get(f"/desk/staff/{id}")).text
    link = link_in((await admin.post(f"/desk/staff/{id}/reset")).text)
    browser = await Browser(app).enters("staff", id)
    assert (await admin.post(f"/desk/staff/{id}/deactivate")).headers["location"] == f"/desk/staff/{id}"
    assert await browser.visit() is None
    assert (await Browser(app).post("/desk/set-up", token=link, password=PASSWORD)).status_code == 410
    assert (await admin.post(f"/desk/staff/{id}/reset")).status_code == 422
    assert "Open the account again" in (await admin.get(f"/desk/staff/{id}")).text
    link = link_in((await admin.post(f"/desk/staff/{id}/activate")).text)
    assert (await Browser(app).post("/desk/set-up", token=link, password=PASSWORD)).status_code == 303


async def test_the_last_admin_stays(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin", "Sam Admin")
    visit = await admin.visit()
    assert visit
    me = visit.subject_id
    await add_staff(clinic, "admin", "Never came", password_hash=None)
    await add_staff(clinic, "admin", "Who left", active=False)
    for path, fields in ((f"/desk/staff/{me}/deactivate", {}), (f"/desk/staff/{me}/role", {"role": "clinician"})):
        answer = await admin.post(path, **fields)
        assert answer.status_code == 409 and "only admin who can sign in" in answer.text
    other = await add_staff(clinic, "admin", "Other Admin")
    assert (await admin.post(f"/desk/staff/{me}/role", role="clinician")).status_code == 303
    assert (await admin.get("/desk/staff")).status_code == 403
    again = await Browser(app).enters("staff", other)
    assert (await again.post(f"/desk/staff/{other}/deactivate")).status_code == 409


async def test_two_admins_cannot_leave_at_once(clinic: Clinic) -> None:
    for _ in range(10):
        ids = [await add_staff(clinic, "admin", f"Admin {n}", email=f"admin{n}@clinic.example") for n in range(2)]

        async def leaves(id: int) -> str:
            try:
                await clinic.db.write(staff.deactivate, by(clinic), id)
            except Refusal as refusal:
                return refusal.code
            return "left"

        assert sorted(await asyncio.gather(*map(leaves, ids))) == ["last_admin", "left"]
        await clinic.db.write(lambda session: [session.delete(row) for row in session.scalars(select(Staff))])


async def test_nobody_there(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    for path in ("", "/role", "/deactivate", "/reset", "/activate"):
        answer = await admin.post(f"/desk/staff/999{path}", role="admin") if path else await admin.get("/desk/staff/999")
        assert answer.status_code == 404, path
    assert (await admin.get("/desk/staff/99999999999999999999")).status_code in (404, 422)


async def test_everything_is_recorded(app: FastAPI, clinic: Clinic) -> None:
    admin = await staff_browser(app, "admin")
    id = await add_staff(clinic, email="jo@clinic.example", name="Jo")
    for path, fields in (("role", {"role": "clinician"}), ("reset", {}), ("deactivate", {}), ("activate", {})):
        await admin.post(f"/desk/staff/{id}/{path}", **fields)
    await admin.post("/desk/staff", name="New Person", email="new@clinic.example", role="clinician")
    rows = await clinic.db.read(lambda session: session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all())
    assert [(row.actor, row.action, row.object, row.detail) for row in rows] == [
        ("staff:1", "staff_changed", f"staff:{id}", {"what": "role", "role": "clinician"}), ("staff:1", "staff_changed", f"staff:{id}", {"what": "reset"}),
        ("staff:1", "staff_changed", f"staff:{id}", {"what": "deactivated"}), ("staff:1", "staff_changed", f"staff:{id}", {"what": "activated"}),
        ("staff:1", "staff_added", f"staff:{id + 1}", {"role": "clinician"})]


class Terminal:
    """`python -m ampoule_clinic.staff` in this process."""

    def __init__(self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        monkeypatch.setenv("DATABASE_URL", clinic.settings.database_url)
        monkeypatch.setenv("AMPOULE_VAR", str(clinic.settings.var))

    def __call__(self, *arguments: str) -> str:
        command.main(list(arguments))
        return self.capsys.readouterr().out.strip()

    def fails(self, *arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            command.main(list(arguments))
        return str(ended.value.code if isinstance(ended.value.code, str) else self.capsys.readouterr().err)


@pytest.fixture
def terminal(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(clinic, monkeypatch, capsys)


def run(clinic: Clinic, work):  # type: ignore[no-untyped-def]
    return clinic.db.run(clinic.db.engine, work)


def test_the_first_run_link_of_the_command(terminal: Terminal, clinic: Clinic) -> None:
    shown = terminal("first-run-link")
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/desk/set-up#[\w-]{43}", shown)
    hashes = run(clinic, lambda session: [(link.token_hash, link.staff_id) for link in session.scalars(select(SetupLink))])
    assert len(hashes) == 1 and shown.split("#")[1] not in hashes[0][0] and hashes[0][1] is None
    terminal("add", "jo@clinic.example", "--name", "Jo", "--role", "admin")
    assert terminal("first-run-link") == ""


def test_the_command(terminal: Terminal, clinic: Clinic) -> None:
    assert "/desk/set-up#" in terminal("add", "Jo@Clinic.example", "--name", "Jo Desk", "--role", "front_desk")
    listed = terminal("list")
    assert "jo@clinic.example" in listed and "link not used yet" in listed and "front_desk" in listed
    assert terminal("role", "jo@clinic.example", "admin") == "" and "admin" in terminal("list")
    assert "/desk/set-up#" in terminal("reset", "jo@clinic.example")
    assert terminal("deactivate", "jo@clinic.example") == "" and "closed" in terminal("list")
    actions = run(clinic, lambda session: [(row.actor, row.action) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))])
    assert actions == [("service", "staff_added"), *[("service", "staff_changed")] * 3]


def test_the_commands_errors_are_one_line(terminal: Terminal, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    run(clinic, lambda session: session.add(Staff(email="sam@clinic.example", name="Sam", role="admin", active=True, created_at=clinic.now(),
                                                  password_hash=password_hash())))
    cases = {
        ("reset", "no@clinic.example"): "no account with this e-mail",
        ("add", "sam@clinic.example", "--name", "Sam", "--role", "admin"): "already",
        ("add", "sam", "--name", "Sam", "--role", "admin"): "not an e-mail",
        ("add", "jo@clinic.example", "--name", "J", "--role", "admin"): "2 to 100",
        ("deactivate", "sam@clinic.example"): "only admin", ("role", "sam@clinic.example", "clinician"): "only admin",
        ("audit-verify", "--head", "x"): "must be a line's number",
    }
    for arguments, words in cases.items():
        shown = terminal.fails(*arguments)
        assert words in shown and "Traceback" not in shown, arguments
    monkeypatch.setenv("AMPOULE_PUBLIC_URL", "http://ask.clinic.example")
    assert terminal.fails("list").startswith("staff: AMPOULE_PUBLIC_URL must be")


def test_without_tables(terminal: Terminal, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    assert "start the service once" in terminal.fails("list")


def test_audit_verify(terminal: Terminal, clinic: Clinic) -> None:
    assert terminal("audit-verify").startswith("whole: 0 lines")
    for n in range(3):
        terminal("add", f"jo{n}@clinic.example", "--name", "Jo", "--role", "front_desk")
    shown = terminal("audit-verify")
    head = shown.rsplit(" ", 1)[1]
    assert shown.startswith("whole: 3 lines") and head.startswith("3:") and len(head) == 66
    terminal("add", "jo3@clinic.example", "--name", "Jo", "--role", "front_desk")
    assert terminal("audit-verify", "--head", head).startswith("whole: 4")
    assert "cut or written anew" in terminal.fails("audit-verify", "--head", f"3:{'0' * 64}")
    assert "cut or written anew" in terminal.fails("audit-verify", "--head", f"9:{'0' * 64}")
