"""WCAG 2.2 AA on every page and state of the desk: what axe-core finds, whether it fits a phone, and the way by keyboard alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy.orm import Session
from widget.conftest import Chat, Service

from ampoule_clinic.models import Conversation
from ampoule_clinic.portal.models import Patient
from desk.browser.conftest import READING, DeskPage
from desk.browser.test_two_windows import hand_over
from desk.kit import ticket

WIDTHS = {"1280 px": {"width": 1280, "height": 800}, "360 px": {"width": 360, "height": 740}}


async def verified(service: Service, chat: Chat) -> None:
    """As if the patient had been signed in when the conversation began: then staff may write."""

    def work(session: Session) -> None:
        person = Patient(name="Jo Field", email="jo@mail.example", phone="555-555-0100", birth_date="1961-05-12", created_at=service.clinic.now())
        session.add(person)
        session.flush()
        conversation = session.query(Conversation).one()
        conversation.patient_id = person.id

    await service.clinic.db.write(work)


async def states(desk: DeskPage, service: Service, chat: Chat) -> dict[str, list[str]]:
    """Every state of the desk in turn, with what axe-core finds in it."""
    page, found = desk.page, {}

    async def look(state: str) -> None:
        found[state] = [] if await desk.fits() else ["the page scrolls sideways"]
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            found[state] += [f"{scheme}: {violation}" for violation in await desk.violations()]

    await page.goto(f"{desk.base}/desk/sign-in")
    await look("sign-in")
    await desk.signs_in("clinician")
    await look("empty queue")
    reference = await hand_over(chat)
    await expect(page.locator(f"[data-row={reference}]")).to_be_visible()
    await look("queue")
    if await page.get_by_text("Filters", exact=True).is_visible():  # On a phone they are folded up.
        await page.get_by_text("Filters", exact=True).click()
    await page.get_by_label("Urgency").select_option("emergency")
    await expect(page.get_by_text("No ticket fits.")).to_be_visible()
    await look("no results")
    await page.get_by_role("button", name="Keyboard keys").click()
    await look("keys")
    await page.keyboard.press("Escape")
    await desk.opens(f"/desk/tickets/{reference}")
    await look("new ticket")
    await page.get_by_role("button", name="Claim this ticket").click()
    await page.get_by_text("Assign to somebody else").click()
    await page.get_by_text("Change the urgency").click()
    await page.get_by_text("Which texts").first.click()
    await look("unverified")
    await verified(service, chat)
    await page.reload()
    await page.get_by_role("combobox", name="Insert a ready text").fill("call")
    await look("reply, ready texts")
    await chat.asks("one more thing")
    await expect(page.locator("#messages .patient").last).to_contain_text("one more thing")
    await page.get_by_label("Your reply to the patient").fill("Please come in.")
    await page.locator('input[name="seen_seq"]').first.evaluate("field => { field.value = 1; }")
    await page.get_by_role("button", name="Send the reply").click()
    await expect(page.locator("#problem")).to_be_focused()
    await look("refused")
    await page.get_by_role("button", name="Send the reply").click()
    await expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    await look("answered")
    await chat.asks("my throat is closing")
    await expect(page.locator("#alerts .alarm")).to_be_visible()
    await page.reload()
    await look("emergency")
    await page.get_by_role("button", name="I have seen this emergency").click()
    await page.get_by_label("Close with the outcome").select_option("sent_to_emergency")
    await page.get_by_role("button", name="Close the ticket").click()
    await look("closed")
    await service.clinic.db.write(lambda session: session.query(Conversation).delete())
    await page.reload()
    await expect(page.get_by_text("The chat was deleted")).to_be_visible()
    await look("the chat is gone")
    await desk.opens("/desk/intake")
    await look("intake")
    for words, state in {"how much is usual": "intake, answer", "i am a bit wheezy": "intake, check", "my throat is closing": "intake, emergency"}.items():
        await page.get_by_label("The caller's words").fill(words)
        await expect(page.locator("#heard .say").first).to_be_visible()
        await page.wait_for_function("heard => document.querySelector('#heard').dataset.safety === heard",
                                     arg={"answer": "none", "check": "check", "emergency": "emergency"}[state.split(", ")[1]])
        await look(state)
    await page.get_by_role("button", name="Make the ticket").click()
    await expect(page.get_by_text("The ticket is made")).to_be_visible()
    await look("intake, made")
    await desk.opens("/desk/tickets/B12-333333")
    await look("not found")
    return found


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
async def test_axe_finds_nothing(windows: Any, service: Service, patient_chat: Chat, width: dict[str, int]) -> None:
    """In light and in dark."""
    found = await states(await windows(viewport=width), service, patient_chat)
    assert {state: violations for state, violations in found.items() if violations} == {} and len(found) == 19


async def test_from_the_queue_to_the_end_by_keyboard(windows: Any, service: Service, patient_chat: Chat) -> None:
    """No pointer: sign in, find the ticket, claim it, reply with a ready text, close it."""
    desk = await (await windows()).signs_in("clinician")
    page, press = desk.page, desk.page.keyboard.press
    reference = await hand_over(patient_chat)
    await verified(service, patient_chat)
    await expect(page.locator(f"[data-row={reference}]")).to_be_visible()
    await press("?")
    await expect(page.get_by_role("dialog", name="Keyboard keys")).to_be_visible()
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await press("j")
    await expect(page.locator(f'[data-reference="{reference}"]')).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(reference)
    await page.wait_for_load_state()
    await press("c")
    await expect(page.get_by_text("This ticket is yours.")).to_be_visible()
    await page.wait_for_load_state()
    await press("r")
    await expect(page.get_by_label("Your reply to the patient")).to_be_focused()
    await page.keyboard.type("Hello c j n")  # letters are letters where one writes
    await press("Tab")
    await page.keyboard.type("call today")
    await expect(page.get_by_role("listbox", name="Ready texts").get_by_role("option")).to_have_count(1)
    await press("Enter")
    await expect(page.get_by_label("Your reply to the patient")).to_have_value("Hello c j n\nThank you for your message. We will call you today.\n"
                                                                             "Please keep your phone near you. If you miss us, phone (555) 555-0142.")
    await press("Control+Enter")
    await expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    await expect(patient_chat.messages.last).to_contain_text("We will call you today.")
    await page.get_by_label("Close with the outcome").focus()
    await page.keyboard.type("Called back")
    await press("Tab")
    await press("Enter")  # from the note, Enter sends the form
    await expect(page.get_by_text("The ticket is closed.")).to_be_visible()
    await page.wait_for_load_state()
    await press("u")
    await expect(page.get_by_text("The queue is empty.")).to_be_visible()


async def test_keys_of_a_single_letter_can_be_switched_off(windows: Any, service: Service, patient_chat: Chat) -> None:
    desk = await (await windows()).signs_in("clinician")
    await hand_over(patient_chat)
    await expect(desk.page.locator("[data-row]")).to_have_count(1)
    await desk.page.get_by_role("button", name="Keyboard keys").click()
    await desk.page.get_by_label("Use keys of a single letter").uncheck()
    await desk.page.keyboard.press("Escape")
    await desk.page.reload()  # this browser remembers
    for key in ("j", "?", "/"):
        await desk.page.keyboard.press(key)
    assert await desk.page.evaluate("document.activeElement === document.body") and await desk.page.get_by_role("dialog").count() == 0


async def test_phone_intake_in_two_more_keystrokes(windows: Any, service: Service) -> None:
    desk = await (await windows()).signs_in("front_desk", "/desk/intake")
    page = desk.page
    await expect(page.get_by_label("The caller's words")).to_be_focused()
    await page.keyboard.type("my throat is closing")
    await expect(page.locator("#heard").get_by_role("alert")).to_contain_text("Emergency")
    await expect(page.locator("#heard .say").first).to_contain_text("Call 911 now.")
    await expect(page.get_by_label("Urgency")).to_have_value("emergency")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("button", name="Make the ticket")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".reference")).to_have_text("B12-" + (await page.locator(".reference").inner_text())[4:])
    await expect(page.get_by_label("The caller's words")).to_be_focused()  # ready for the next call
    await expect(page.get_by_label("The caller's words")).to_have_value("")


async def test_focus_and_search_stay_while_the_list_changes(windows: Any, service: Service, patient_chat: Chat) -> None:
    desk = await (await windows()).signs_in("clinician")
    first = await hand_over(patient_chat)
    link = desk.page.locator(f'[data-reference="{first}"]')
    await link.focus()
    async with httpx.AsyncClient(trust_env=False, base_url=service.base) as http:
        urgent = await ticket(http, await service.clinic.db.read(lambda session: session.query(Conversation).one().id), urgency="same_day", reading=READING)
        await expect(desk.page.locator("[data-row]")).to_have_count(2)
        await expect(link).to_be_focused()
        await desk.page.keyboard.press("/")
        await desk.page.keyboard.type(urgent)
        await expect(desk.page.locator("[data-row]")).to_have_count(1)
        assert urgent not in desk.page.url
        await desk.page.locator(f'[data-reference="{urgent}"]').click()
        await desk.page.go_back()
        await expect(desk.page.get_by_label("Search by name")).to_have_value(urgent)
        await expect(desk.page.locator("[data-row]")).to_have_count(1)
