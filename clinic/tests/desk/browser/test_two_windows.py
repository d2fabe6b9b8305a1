"""From the patient's question to the reply read, in two browsers at once."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect
from widget.conftest import Chat
from widget.test_paths import fill

SCRIPT = "<img src=x onerror=\"document.title='owned'\">"


async def hand_over(chat: Chat, words: str = "what about my dose", name: str = "Jo Field") -> str:
    """The visitor's question goes to the clinic; the reference that the visitor reads."""
    await chat.opens()
    await chat.asks(words)
    await chat.presses("Yes, pass it on")
    await chat.presses("patient:yes")
    await fill(chat, name)
    return await chat.messages.last.locator(".reference strong").inner_text()


async def test_a_question_is_seen_claimed_and_answered(patient_chat: Chat, windows: Any) -> None:
    desk = await (await windows()).signs_in("clinician")
    await expect(desk.page.get_by_text("The queue is empty.")).to_be_visible()
    reference = await hand_over(patient_chat)
    row = desk.page.locator(f"[data-row={reference}]")
    await expect(row).to_contain_text("what about my dose")  # without a reload
    await expect(desk.page.locator("#said")).to_have_text("1 new ticket")
    assert (await desk.page.title()).startswith("(1) Queue")
    await row.get_by_role("link").click()
    await expect(desk.page.locator("blockquote")).to_have_text("what about my dose")
    await expect(desk.page.get_by_text("“due today”")).to_be_visible()
    await expect(desk.page.get_by_role("link", name="555-555-0199", exact=True)).to_have_attribute("href", "tel:5555550199")
    await expect(desk.page.get_by_text("Not verified")).to_be_visible()
    await desk.page.get_by_role("button", name="Claim this ticket").click()
    await expect(patient_chat.page.get_by_text("Sam Clinician from").first).to_be_visible()  # who answers now

    # Nobody can be sure who writes there: an approved text only.
    await expect(desk.page.get_by_text("We cannot be sure who is writing here.")).to_be_visible()
    assert await desk.page.locator("#reply-text").count() == 0
    option = desk.page.locator("#approved label").first
    words = (await option.locator(".words").inner_text()).strip()
    await option.click()
    await desk.page.get_by_role("button", name="Send this text").click()
    await expect(desk.page.get_by_text("The text was sent.")).to_be_visible()
    await expect(patient_chat.messages.last).to_contain_text(words.splitlines()[0])
    await expect(patient_chat.messages.last).to_contain_text("Sam Clinician")

    # While a person talks, the assistant is silent, and what the patient writes appears at the desk.
    await patient_chat.asks("thank you, please call after five")
    await expect(desk.page.locator("#messages .patient").last).to_contain_text("please call after five")
    await expect(patient_chat.messages.last).to_contain_text("Your message was passed to Sam Clinician")

    await desk.page.get_by_label("Close with the outcome").select_option(index=1)
    await desk.page.get_by_role("button", name="Close the ticket").click()
    await expect(desk.page.get_by_text("The ticket is closed.")).to_be_visible()
    await patient_chat.asks("how much is usual?")
    await expect(patient_chat.messages.last).to_contain_text("Assistant (automatic)")


async def test_two_members_of_staff(patient_chat: Chat, windows: Any) -> None:
    """What one does is seen by the other, and the second claim is refused with a name."""
    first = await (await windows()).signs_in("clinician")
    second = await (await windows()).signs_in("front_desk")
    reference = await hand_over(patient_chat)
    for desk in (first, second):
        await desk.page.locator(f"[data-row={reference}] a").click()
        await expect(desk.page.get_by_role("button", name="Claim this ticket")).to_be_visible()
    # The other one's page learns of the claim by itself; a click before that would be refused by the server.
    await first.page.get_by_role("button", name="Claim this ticket").click()
    await expect(second.page.locator("#standing")).to_contain_text("With Sam Clinician")
    await expect(second.page.locator("#changed")).to_be_visible()
    await second.page.get_by_role("button", name="Claim this ticket").click()
    await expect(second.page.get_by_role("alert")).to_be_focused()
    await expect(second.page.locator("#standing")).to_contain_text("With Sam Clinician")
    await expect(second.page.get_by_role("button", name="Claim this ticket")).to_have_count(0)


async def test_stored_script_is_only_text(patient_chat: Chat, windows: Any) -> None:
    desk = await (await windows()).signs_in("clinician")
    reference = await hand_over(patient_chat, f"what about my dose {SCRIPT}", f"Jo {SCRIPT}")
    await expect(desk.page.locator(f"[data-row={reference}]")).to_contain_text(SCRIPT)
    await desk.page.locator(f"[data-row={reference}] a").click()
    await expect(desk.page.locator("blockquote")).to_contain_text(SCRIPT)
    await expect(desk.page.locator("#messages .patient").first).to_contain_text(SCRIPT)
    assert await desk.page.locator("main img").count() == 0 and "owned" not in await desk.page.title()


async def test_a_patient_who_wrote_meanwhile(patient_chat: Chat, windows: Any) -> None:
    """An emergency in a ticket is on every page of the desk until somebody acknowledges it."""
    desk = await (await windows()).signs_in("clinician")
    other = await (await windows()).signs_in("front_desk", "/desk/intake")
    reference = await hand_over(patient_chat)
    await desk.page.locator(f"[data-row={reference}] a").click()
    await desk.page.get_by_role("button", name="Claim this ticket").click()
    await patient_chat.asks("my throat is closing")
    for window in (desk, other):
        await expect(window.page.get_by_role("alert").get_by_role("link", name=reference)).to_be_visible()
    await other.page.get_by_role("alert").get_by_role("link", name=reference).click()
    await other.page.get_by_role("button", name="I have seen this emergency").click()
    await expect(other.page.locator("#alerts")).to_be_empty()
    await expect(desk.page.locator("#alerts")).to_be_empty()
