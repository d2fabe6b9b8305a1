"""Sessions of the clinic's own pages: how long they last, what keeps them alive, and what ends them at once."""

from conftest import Clock
from fastapi import APIRouter, Depends, FastAPI, Request
from people import Browser, add_patient, add_staff, staff_browser
from sqlalchemy import func, select, update

from ampoule_clinic import retention
from ampoule_clinic.accounts import policy, websessions
from ampoule_clinic.accounts.models import Staff, WebSession
from ampoule_clinic.clinic import Clinic


async def test_idle(app: FastAPI, clock: Clock) -> None:
    browser = await staff_browser(app)
    for _ in range(3):
        clock.later(minutes=14, seconds=59)
        assert (await browser.get("/desk/account")).status_code == 200
    clock.later(minutes=15)
    assert (await browser.get("/desk/account")).headers["location"] == "/desk/sign-in?next=/desk/account"


async def test_in_any_case(app: FastAPI, clock: Clock) -> None:
    browser = await staff_browser(app)
    for _ in range(59):
        clock.later(minutes=10)
        assert (await browser.post("/desk/extend")).status_code == 200
    left = (await browser.post("/desk/extend")).json()
    assert left == {"seconds": 600, "last_seconds": 600}
    clock.later(minutes=10)
    assert (await browser.post("/desk/extend", csrf="x")).status_code == 401


async def test_asking_how_much_is_left_does_not_extend(app: FastAPI, clock: Clock) -> None:
    browser = await staff_browser(app)
    clock.later(minutes=13)
    assert (await browser.get("/desk/extend")).json() == {"seconds": 120, "last_seconds": 10 * 3600 - 13 * 60}
    assert (await browser.post("/desk/extend")).json()["seconds"] == 900
    clock.later(minutes=14)
    assert (await browser.get("/desk/extend")).json()["seconds"] == 60
    clock.later(minutes=1)
    answer = await browser.get("/desk/extend", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signed_out")


async def test_a_page_says_when_it_ends(app: FastAPI, clock: Clock) -> None:
    browser = await staff_browser(app)
    page = (await browser.get("/desk/account")).text
    assert 'data-seconds="900"' in page and 'data-last-seconds="36000"' in page and 'data-room="/desk"' in page
    assert "data-seconds" not in (await browser.get("/desk/sign-in")).text


async def test_a_route_that_says_nothing_is_closed(app: FastAPI, clinic: Clinic) -> None:
    router = APIRouter(prefix="/desk", dependencies=[Depends(policy.gate)])

    @router.get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    app.include_router(router)
    for role in policy.ROLES:
        answer = await (await staff_browser(app, role)).get("/desk/forgotten")
        assert answer.status_code == 403 and "secret" not in answer.text
    assert (await Browser(app).get("/desk/forgotten")).status_code == 403


async def test_a_changed_role_counts_at_once(app: FastAPI, clinic: Clinic) -> None:
    id = await add_staff(clinic, "admin")
    browser = await Browser(app).enters("staff", id)
    assert (await browser.get("/desk/staff")).status_code == 200
    await clinic.db.write(lambda session: session.execute(update(Staff).values(role="clinician")))
    assert (await browser.get("/desk/staff")).status_code == 403
    await clinic.db.write(lambda session: session.execute(update(Staff).values(active=False)))
    assert (await browser.get("/desk/account")).status_code == 303


async def test_a_stream_ends_with_the_session(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    async def valid(browser: Browser) -> bool:
        visit = visits[browser]
        return await clinic.db.read(policy.still_valid, visit, clinic.now())

    visits = {}
    idle, signs_out, leaves = [await staff_browser(app, name=f"Person {n}") for n in range(3)]
    patient = await Browser(app).enters("patient", await add_patient(clinic))
    for browser in (idle, signs_out, leaves, patient):
        visits[browser] = await browser.visit()
        assert await valid(browser)
    await signs_out.post("/desk/sign-out")
    await clinic.db.write(lambda session: session.execute(update(Staff).where(Staff.id == visits[leaves].subject_id).values(active=False)))
    assert not await valid(signs_out) and not await valid(leaves) and await valid(idle)
    clock.later(minutes=14)
    assert await valid(idle)
    clock.later(minutes=1)
    assert not await valid(idle), "being asked has not kept it alive"
    assert await valid(patient)
    clock.later(minutes=15)
    assert not await valid(patient)


async def test_passive_routes_need_a_session_and_do_not_keep_it(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    router = APIRouter(prefix="/desk", dependencies=[Depends(policy.gate)])

    @router.get("/heartbeat")
    @policy.allow(*policy.ROLES)
    @policy.passive
    async def heartbeat(request: Request) -> str:
        return str(request.state.staff.name)

    app.include_router(router)
    browser = await staff_browser(app)
    clock.later(minutes=14)
    assert (await browser.get("/desk/heartbeat")).text == '"Front desk"'
    clock.later(minutes=1)
    assert (await browser.get("/desk/heartbeat")).status_code == 303


async def test_ended_sessions_are_deleted(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    await staff_browser(app)
    await Browser(app).enters("patient", await add_patient(clinic))
    clock.later(hours=11)
    await staff_browser(app, name="Late shift")
    clock.later(hours=2)
    await retention.sweep(clinic.db, clinic.engine, clinic.content.clinic, clinic.now())
    assert await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(WebSession))) == 1


async def test_signed_out_everywhere(app: FastAPI, clinic: Clinic) -> None:
    id = await add_staff(clinic)
    here, there = await Browser(app).enters("staff", id), await Browser(app).enters("staff", id)
    patient = await Browser(app).enters("patient", await add_patient(clinic, id=id))
    await clinic.db.write(websessions.end_all, "staff", id)
    assert await here.visit() is None and await there.visit() is None
    assert await patient.visit(), "a patient with the same number is somebody else"
