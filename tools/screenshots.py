"""The pictures in docs/images of the pages for staff and patients, at 360 and 1280 px, made with a stand-in engine and reader.

    cd clinic && .venv/bin/python ../tools/screenshots.py [name ...]

A page is a function below, marked with `@shot(name, role)`: it brings the page into the state to be shown.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

CLINIC = Path(__file__).resolve().parents[1] / "clinic"
sys.path[:0] = [str(CLINIC), str(CLINIC / "tests")]

import httpx  # noqa: E402
from ampoule.content import load  # noqa: E402
from ampoule_clinic import posts  # noqa: E402
from ampoule_clinic.accounts import passwords, websessions  # noqa: E402
from ampoule_clinic.accounts.policy import Actor  # noqa: E402
from ampoule_clinic.desk import tickets  # noqa: E402
from ampoule_clinic.models import Conversation  # noqa: E402
from ampoule_clinic.portal import threads, visit  # noqa: E402
from ampoule_clinic.portal.models import Patient  # noqa: E402
from ampoule_clinic.settings import ROOT, Settings  # noqa: E402
from conftest import TOKEN, Clock  # noqa: E402
from conftest import Patient as Visitor  # noqa: E402
from desk import kit  # noqa: E402
from desk.browser.conftest import PASSWORD, READING, DeskPage, Passing  # noqa: E402
from playwright.async_api import Browser, BrowserContext, Page, async_playwright  # noqa: E402
from portal.browser.conftest import OneTap  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402
from test_process import free_port  # noqa: E402
from widget.conftest import ARGUMENTS, CHROMIUM, Service  # noqa: E402

WIDTHS = {1280: 900, 360: 740}
IMAGES = CLINIC.parent / "docs" / "images"


@dataclass
class Scene:
    """What there is to be seen: the service, the references of its tickets, and a patient's thread that was answered."""

    service: Service
    routine: str
    today: str
    emergency: str
    patient: int
    thread: str = ""


class Engine(OneTap):
    """Asks a visitor who they are, and a signed-in patient only whether to pass the question on."""

    async def answers(self, body: dict[str, Any]) -> httpx.Response:
        return await (super().answers(body) if body["metadata"]["signed_in"] else Passing.answers(self, body))


Pose = Callable[[Page, Scene], Awaitable[None]]
SHOTS: dict[str, tuple[str | None, Pose]] = {}


def shot(name: str, role: str | None) -> Callable[[Pose], Pose]:
    """`role` is who is signed in at the desk, or the patient in the portal, None for nobody."""

    def mark(pose: Pose) -> Pose:
        SHOTS[name] = role, pose
        return pose

    return mark


@shot("desk-sign-in", None)
async def sign_in(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/sign-in")


@shot("desk-queue", "front_desk")
async def queue(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk")


@shot("desk-ticket", "clinician")
async def ticket(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/tickets/{scene.today}")
    if await page.get_by_role("button", name="Claim this ticket").count():
        await page.get_by_role("button", name="Claim this ticket").click()
    await page.goto(f"{scene.service.base}/desk/tickets/{scene.today}")


@shot("desk-ticket-unverified", "front_desk")
async def unverified(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/tickets/{scene.routine}")
    if await page.get_by_role("button", name="Claim this ticket").count():
        await page.get_by_role("button", name="Claim this ticket").click()
    await page.goto(f"{scene.service.base}/desk/tickets/{scene.routine}")


@shot("desk-intake", "front_desk")
async def intake(page: Page, scene: Scene) -> None:
    await _hears(page, scene, "how much is the usual dose")


@shot("desk-intake-emergency", "front_desk")
async def intake_emergency(page: Page, scene: Scene) -> None:
    await _hears(page, scene, "my throat is closing up since the shot")


async def _hears(page: Page, scene: Scene, words: str) -> None:
    await page.goto(f"{scene.service.base}/desk/intake")
    await page.get_by_label("The caller's words").fill(words)
    await page.locator("#heard .say").first.wait_for()


@shot("desk-reports", "clinician")
async def reports(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/reports")


@shot("desk-audit", "admin")
async def audit(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/audit")


@shot("desk-staff", "admin")
async def staff(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/staff")


@shot("desk-patients", "front_desk")
async def patients(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/desk/patients")


@shot("portal-sign-in", None)
async def portal_sign_in(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal/sign-in")


@shot("portal-questions", "patient")
async def portal_questions(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal")


@shot("portal-new", "patient")
async def portal_new(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal/new")


@shot("portal-thread", "patient")
async def portal_thread(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal/threads/{scene.thread}")
    await page.locator("ampoule-chat .message.staff").wait_for()


@shot("portal-visit-list", "patient")
async def portal_visit_list(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal/visit")


@shot("portal-details", "patient")
async def portal_details(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal/preferences")


@shot("portal-emergency", "patient")
async def portal_emergency(page: Page, scene: Scene) -> None:
    await page.goto(f"{scene.service.base}/portal/visit")
    await page.get_by_label("A question for my visit").fill("my throat is closing up since the shot")
    await page.get_by_role("button", name="Add to my list").click()
    await page.get_by_role("heading", name="Call 911 now").wait_for()


async def _portal_scene(scene: Scene, clock: Clock) -> None:
    """What a patient has asked: something that the assistant has answered, and something that the clinic has."""
    clinic = scene.service.clinic

    async def says(thread: str, **said: str) -> None:
        await posts.accept(clinic, thread, "", posts.post_of(clinic, {"id": str(uuid.uuid4()), **said}))

    async def asks(words: str) -> str:
        thread = await clinic.db.write(threads.begin, scene.patient, threads.new_key(), "", words, clinic.now())
        await says(thread.id, text=words)
        return str(thread.id)

    await asks("How long until I feel better?")
    clock.later(minutes=3)
    scene.thread = await asks("I was told to change my dose. What about my dose this week?")
    await says(scene.thread, choice="handoff:accept")
    clock.later(minutes=20)
    sam = Actor(2, kit.NAMES["clinician"], "clinician")

    def replies(session: Session) -> None:
        reference = threads.tickets(session, [scene.thread])[0].reference
        tickets.claim(session, clinic, reference, sam)
        tickets.view(session, clinic, reference, sam)
        tickets.reply(session, clinic, reference, sam, "Please keep to your written plan for now. I will phone you this afternoon.")
        visit.add(session, scene.patient, "Which arm is better for the shot?", clinic.now())
        visit.keep(session, scene.patient, scene.thread, [2], clinic.now())

    await clinic.db.write(replies)


async def _scene(service: Service, clock: Clock) -> Scene:
    """Three tickets of different urgency: of a visitor, of a signed-in patient, and one that nobody has acknowledged."""
    clinic, hashed = service.clinic, await passwords.hash_of(PASSWORD)

    def people(session: Session) -> int:
        for role in kit.NAMES:
            kit.add_staff(session, clinic, role, password_hash=hashed)
        patient = Patient(name="Jo Field", email="jo.field@mail.example", phone="555-555-0100", birth_date="1961-05-12", created_at=clinic.now())
        session.add(patient)
        session.flush()
        return patient.id

    patient_id = await clinic.db.write(people)
    async with httpx.AsyncClient(base_url=service.base, trust_env=False) as http:

        async def asks(words: str, verified: bool = False, **changes: object) -> str:
            visitor = await Visitor(http).arrives()
            if verified:
                await clinic.db.write(lambda session: setattr(session.get(Conversation, visitor.conversation), "patient_id", patient_id))
            await visitor.posts("how much is usual?")
            await visitor.posts(words)
            return await kit.ticket(http, visitor.conversation, question=words, **changes)

        details = {"birth_date": "1974-11-02", "contact": "555-555-0199", "about": "self", "is_patient": True, "consent": True}
        routine = await asks("Can I change my appointment on Thursday?", kind="admin", reason="appointment", details={"name": "Kim Brook"} | details)
        clock.later(minutes=25)
        today = await asks("My shot of 1000 mcg is due today. I take metformin too. Should I wait?", verified=True, urgency="same_day", reading=READING)
        clock.later(minutes=9)
        emergency = await asks("I have hives and it is hard to breathe", kind="emergency", reason="allergy", urgency="emergency",
                               details={"name": "Lee Moss"} | details)
        clock.later(minutes=4)
    return Scene(service, routine, today, emergency, patient_id)


async def main(names: list[str]) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        clock, content, port = Clock(), load(ROOT / "content"), free_port()
        settings = Settings(content=ROOT / "content", models=Path(folder), database_url=f"sqlite:///{folder}/clinic.db", service_token=TOKEN,
                            engine_url="http://127.0.0.1:5005/webhooks/rest/webhook", var=Path(folder))
        engine = Engine(content)
        service = Service(replace(settings, port=port, public_url=f"http://127.0.0.1:{port}"), content, engine, clock)
        engine.base = service.base
        await service.start()
        scene = await _scene(service, clock)
        await _portal_scene(scene, clock)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for name in names or SHOTS:
                await _take(browser, name, scene)
            await browser.close()
        await service.stop()


async def _take(browser: Browser, name: str, scene: Scene) -> None:
    role, pose = SHOTS[name]
    for width, height in WIDTHS.items():
        context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
        page = await context.new_page()
        if role == "patient":
            await _signs_in(context, scene)
        elif role:
            await DeskPage(page, scene.service.base).signs_in(role)
        await pose(page, scene)
        await page.wait_for_load_state()
        # A thread fills the screen that there is: it is not to be stretched.
        # What is further down is loaded only when it comes into view.
        await page.evaluate("Promise.all([...document.images].map(image => { image.loading = 'eager'; return image.decode(); }))")
        await page.screenshot(path=IMAGES / f"{name}-{width}.png", full_page=name != "portal-thread")
        await context.close()
        print(f"{name}-{width}.png")


async def _signs_in(context: BrowserContext, scene: Scene) -> None:
    clinic = scene.service.clinic
    token = await clinic.db.write(websessions.start, "patient", scene.patient, clinic.now())
    await context.add_cookies([{"name": websessions.cookie_name("patient", clinic.settings), "value": token, "url": scene.service.base}])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
