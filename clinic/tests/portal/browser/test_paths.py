"""What patients do, from signing in to the clinic's reply read where they asked."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import expect
from sqlalchemy.orm import Session
from widget.conftest import Service

from ampoule_clinic import conversations
from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.desk import tickets
from ampoule_clinic.models import Conversation, Handoff
from portal.browser.conftest import OneTap, last_mail


async def signs_in_by_code(window: Any, service: Service) -> None:
    page = await window.opens("/portal")
    await page.get_by_label("Your e-mail address").fill("jo@example.com")
    await page.keyboard.press("Enter")
    field = page.get_by_label("The code from the e-mail")
    await field.wait_for()
    found = re.search(r"\b\d{6}\b", await last_mail(service))
    assert found
    await field.fill(found[0])
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="My questions").wait_for()


async def test_from_the_question_to_the_reply_read(windows: Any, service: Service) -> None:
    """In two browsers at once."""
    patient, desk = await windows(), await (await windows()).enters("staff", 1)
    await signs_in_by_code(patient, service)
    await patient.page.get_by_role("link", name="Ask a new question").click()
    await patient.page.get_by_label("Your question").fill("what about my dose")
    await patient.page.get_by_role("button", name="Send").click()
    await expect(patient.messages.nth(1)).to_contain_text("Shall I send your question to Maple Lane Clinic?")
    await expect(patient.page.get_by_text("The assistant answers here")).to_be_visible()
    await patient.page.get_by_role("button", name="Yes, pass it on").click()  # One tap.
    await expect(patient.messages.last).to_contain_text("Your question was sent to Maple Lane Clinic.")
    await expect(patient.page.locator("#state")).to_have_text("The clinic has this. Expect a reply by Monday, March 9.")
    reference = await patient.messages.last.locator(".reference strong").inner_text()

    await desk.opens(f"/desk/tickets/{reference}")
    await desk.page.get_by_role("button", name="Claim this ticket").click()
    await expect(patient.page.get_by_text("Sam Clinician from Maple Lane Clinic answers here")).to_be_visible()
    await expect(patient.page.get_by_text("Read by the clinic")).to_be_visible()
    await desk.page.locator("#reply-text").fill("Please keep to your plan. <b>We will call you.</b>")
    await desk.page.keyboard.press("Control+Enter")
    await expect(patient.messages.last).to_contain_text("Please keep to your plan. <b>We will call you.</b>")  # Without a reload.
    await expect(patient.messages.last).to_contain_text("Sam Clinician, Maple Lane Clinic")
    await expect(patient.page.locator("#state")).to_have_text("Sam Clinician replied.")
    await expect(desk.page.get_by_text("The patient has read")).to_be_visible()

    await patient.page.get_by_role("link", name="All my questions").click()
    await expect(patient.page.locator(".count")).to_have_count(0)
    await expect(patient.page.get_by_text("Sam Clinician replied.")).to_be_visible()


async def test_a_reply_is_announced_in_the_list(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    await patient.asks("what about my dose")
    await patient.page.get_by_role("button", name="Yes, pass it on").click()
    await expect(patient.messages.last).to_contain_text("was sent")
    await patient.opens("/portal")
    sam = Actor(1, "Sam Clinician", "clinician")

    def replies(session: Session) -> None:
        reference = session.query(Handoff).one().reference
        tickets.claim(session, service.clinic, reference, sam)
        tickets.reply(session, service.clinic, reference, sam, "Please keep to your plan.")

    await service.clinic.db.write(replies)
    await patient.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # As on coming back to the tab.
    await expect(patient.page.locator(".count")).to_have_text("1 new")
    await patient.page.get_by_role("link", name="what about my dose").click()
    await expect(patient.messages.last).to_contain_text("Please keep to your plan.")
    await patient.page.go_back()
    await expect(patient.page.locator(".count")).to_have_count(0)


async def test_what_is_read_on_screen_is_told(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    await patient.asks("how much is usual?")
    await patient.writes("and then?")

    async def seen() -> tuple[int, int]:
        (row,) = await service.clinic.db.read(lambda session: session.query(Conversation).all())
        return row.patient_seen, row.last_seq

    for _ in range(50):
        if await seen() == (4, 4):
            break
        await patient.page.wait_for_timeout(100)
    assert await seen() == (4, 4)


async def test_drafts_survive(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    page = await patient.opens("/portal/new")
    await page.get_by_label("Your question").fill("half a question")
    await page.get_by_label("A short title").fill("a title")
    await page.reload()
    await expect(page.get_by_label("Your question")).to_have_value("half a question")
    await page.get_by_role("link", name="My visit list").click()
    await page.get_by_label("A question for my visit").fill("half a line")
    await page.reload()
    await expect(page.get_by_label("A question for my visit")).to_have_value("half a line")
    await page.get_by_role("link", name="New question").click()
    await expect(page.get_by_label("A short title")).to_have_value("a title")
    await page.get_by_role("button", name="Send").click()
    await patient.messages.nth(1).wait_for()
    await page.get_by_label("Type your question").fill("half a message")
    await page.reload()
    await expect(page.get_by_label("Type your question")).to_have_value("half a message")
    await patient.opens("/portal/new")
    await expect(page.get_by_label("Your question")).to_have_value("")  # It was sent.
    await patient.asks("another one")
    await expect(page.get_by_label("Type your question")).to_have_value("")  # Each thread has its own.


async def test_sign_out_leaves_nothing(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    await patient.asks("how much is usual?")
    await patient.page.get_by_label("Type your question").fill("half a message")
    await patient.page.get_by_role("button", name="Sign out").first.click()
    await patient.page.get_by_role("heading", name="Sign in").wait_for()
    assert await patient.page.evaluate("sessionStorage.length + localStorage.length") == 0
    await patient.page.go_back()
    await patient.page.get_by_role("heading", name="Sign in").wait_for()


async def test_a_thread_open_in_another_tab_ends_with_the_sign_in(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    await patient.asks("how much is usual?")
    other = await patient.context.new_page()
    await other.goto(f"{service.base}/portal")
    await other.get_by_role("button", name="Sign out").first.click()
    await other.get_by_role("heading", name="Sign in").wait_for()
    await patient.page.get_by_label("Type your question").fill("one more")
    await patient.page.keyboard.press("Enter")
    await patient.page.get_by_role("button", name="Sign in again").wait_for()
    await patient.page.get_by_role("button", name="Sign in again").click()
    await patient.page.get_by_role("heading", name="Sign in").wait_for()


async def test_an_emergency(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    page = await patient.opens("/portal/new")
    await page.get_by_label("Your question").fill("my throat is closing up")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert").get_by_role("link", name="Call 911 now")).to_have_attribute("href", "tel:911")
    await page.get_by_role("link", name="Back to your question").click()
    await expect(patient.messages.last).to_contain_text("Call 911 now")
    await expect(page.locator("ampoule-chat .bar")).to_be_visible()


async def test_without_script(windows: Any, service: Service) -> None:
    patient = await (await windows(java_script_enabled=False)).enters("patient")
    page = await patient.opens("/portal/new")
    await page.get_by_label("Your question").fill("what about my dose")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Shall I send your question to Maple Lane Clinic?")).to_be_visible()
    await page.get_by_role("button", name="Yes, pass it on").click()
    await expect(page.get_by_text("Your question was sent to Maple Lane Clinic.")).to_be_visible()
    await page.get_by_label("Write a message").fill("how much is usual?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".said > li")).to_have_count(6)
    await page.get_by_role("link", name="Keep parts of this for my visit").click()
    await page.get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="Put on my visit list").click()
    await expect(page.locator(".list > li")).to_have_count(1)


async def test_by_keyboard_alone(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    page = await patient.opens("/portal")
    keyboard = page.keyboard

    async def tab_to(name: str) -> None:
        for _ in range(40):
            await keyboard.press("Tab")
            inside = """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                        return (e.labels?.[0]?.innerText ?? e.innerText ?? '').trim(); }"""
            if (await page.evaluate(inside)).startswith(name):
                return
        raise AssertionError(name)

    await keyboard.press("Tab")
    await keyboard.press("Enter")  # Skip to the content.
    await tab_to("Ask a new question")
    await keyboard.press("Enter")
    await page.get_by_role("heading", name="New question").wait_for()
    await tab_to("Your question")
    await keyboard.type("what about my dose")
    await tab_to("Send")
    await keyboard.press("Enter")
    await patient.messages.nth(1).wait_for()
    await tab_to("Yes, pass it on")
    await keyboard.press("Enter")
    await expect(patient.messages.last).to_contain_text("was sent")
    await expect(patient.messages.last).to_be_focused()  # Its button went, the focus did not.
    await tab_to("Keep parts of this for my visit")
    await keyboard.press("Enter")
    await page.get_by_role("heading", name="Keep for my visit").wait_for()
    await tab_to("You asked")
    await keyboard.press("Space")
    await tab_to("Put on my visit list")
    await keyboard.press("Enter")
    await expect(page.locator(".list > li")).to_have_count(1)


async def test_printing_the_list(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    page = await patient.opens("/portal/visit")
    await page.get_by_label("A question for my visit").fill("Which arm is better?")
    await page.get_by_role("button", name="Add to my list").click()
    await page.get_by_role("link", name="Print my list").click()
    await expect(page.get_by_role("button", name="Print")).to_be_visible()
    await page.emulate_media(media="print")
    shown = (await page.locator("body").inner_text()).split()
    assert " ".join(shown) == "My visit list For the visit of Jo Field At Maple Lane Clinic Printed on 04 Mar 2026 Which arm is better?"


async def test_stored_script_is_text(windows: Any, service: Service) -> None:
    script = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    patient = await (await windows()).enters("patient")
    await patient.asks(f"how much is usual? {script}")
    for path in (None, "/portal", "/portal/visit"):
        if path:
            await patient.opens(path)
        assert await patient.page.title() != "owned"
        assert await patient.page.locator("img").count() == 0


async def test_the_warning_before_the_session_ends(windows: Any, service: Service) -> None:
    patient = await (await windows()).enters("patient")
    page = await patient.opens("/portal")
    service.clinic.now.later(minutes=28.5)  # type: ignore[attr-defined]
    await page.evaluate("Date.now = ((now) => () => now() + 28.5 * 60_000)(Date.now.bind(Date))")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    await expect(dialog).to_contain_text("You will be signed out in 2 minutes.")
    await expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    service.clinic.now.later(minutes=25)  # type: ignore[attr-defined]
    await patient.opens("/portal/new")
    await page.get_by_role("heading", name="New question").wait_for()


async def test_one_conversation_has_one_engine_sender(windows: Any, service: Service, engine: OneTap) -> None:
    """A thread is a conversation of its own."""
    patient = await (await windows()).enters("patient")
    await patient.asks("how much is usual?")
    await patient.asks("how much is usual?")
    senders = {body["sender"] for body in engine.seen}
    assert len(senders) == 2
    for sender in senders:
        assert (await service.clinic.db.read(conversations.get, sender)).patient_id == 1
