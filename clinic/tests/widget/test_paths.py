"""What a visitor does with the chat."""

from playwright.async_api import expect

from widget.conftest import Chat, Scripted, Service, Site


async def test_a_question_and_its_answer(chat: Chat) -> None:
    await chat.opens()
    await expect(chat.page.get_by_role("link", name="Emergency? Call 911 now.")).to_have_attribute("href", "tel:911")
    assert "automatic helper" in (await chat.texts())[0]
    await chat.asks("how much is usual?")
    answer = chat.messages.nth(2)
    await expect(answer).to_contain_text("Assistant (automatic)")
    await answer.get_by_text("Where this comes from").click()
    await expect(answer.get_by_role("listitem")).to_have_text("A guide, FAQ")
    await expect(answer.get_by_role("group", name="You could also ask").get_by_role("button")).to_have_text("Side effects")
    await chat.presses("Tell me more")
    await expect(chat.messages.nth(2).get_by_role("button")).to_have_count(0)
    await expect(chat.messages).to_have_count(5)


async def test_whether_it_helped(chat: Chat, service: Service) -> None:
    await chat.opens()
    await chat.asks("how much is usual?")
    yes = chat.page.get_by_role("group", name="Was this helpful?").get_by_role("button", name="Yes")
    await yes.click()
    await expect(yes).to_have_attribute("aria-pressed", "true")
    await expect(chat.page.get_by_text("Thank you. That was noted.")).to_be_visible()
    await chat.page.reload()
    await expect(yes).to_have_attribute("aria-pressed", "true")


async def test_choosing_among_topics(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("something unclear")
    await expect(chat.messages.nth(2).get_by_role("button")).to_have_text(["Ask the clinic", "The usual dose"])
    await chat.presses("The usual dose")
    await expect(chat.messages.nth(3)).to_contain_text("The usual dose")


async def test_a_hand_off_by_the_form(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("what about my dose")
    await chat.presses("Yes, pass it on")
    await chat.presses("patient:yes")
    await chat.form.get_by_role("button", name="Yes, send it").click()
    await expect(chat.form.get_by_label("What is your full name")).to_be_focused()
    await expect(chat.form.locator("[data-step=name] .error")).to_contain_text("first and last name")
    await expect(chat.form.locator("[data-step=consent] .error")).to_have_text("Please choose an answer here.")
    await fill(chat, "Nobody Atall")
    await expect(chat.form.locator("[data-step=name] .error")).to_contain_text("first and last name")  # as the assistant judged it
    await fill(chat, "Jo Field")
    last = chat.messages.last
    await expect(last.locator(".reference strong")).to_have_text("B12-7K4M2Q")
    await expect(chat.form).to_have_count(0)
    await expect(last).to_be_focused()
    own = await chat.page.locator("ampoule-chat .patient .text").all_inner_texts()
    assert own[3:] == ["Nobody Atall", "Jo Field", "Born on 12 May 1961", "555-555-0199", "about:self", "consent:yes"]


async def fill(chat: Chat, name: str) -> None:
    form = chat.form
    await form.get_by_label("What is your full name").fill(name)
    await form.get_by_label("Your date of birth").fill("1961-05-12")
    await form.get_by_label("How can the clinic reach you?").fill("555-555-0199")
    await form.get_by_label("About me").check()
    await form.get_by_label("You may send my question").check()
    await form.get_by_role("button", name="Yes, send it").click()


async def test_the_form_is_still_there_after_a_reload(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("what about my dose")
    await chat.presses("Yes, pass it on")
    await chat.presses("patient:yes")
    await chat.page.reload()
    await fill(chat, "Jo Field")
    await expect(chat.messages.last).to_contain_text("B12-7K4M2Q")


async def test_an_emergency_in_the_form_stops_it(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("what about my dose")
    await chat.presses("Yes, pass it on")
    await chat.presses("patient:yes")
    await fill(chat, "my throat is closing")
    await expect(chat.messages.last.get_by_role("link", name="Call 911 now")).to_be_visible()
    await expect(chat.form).to_have_count(0)
    assert "555-555-0199" not in await chat.texts()


async def test_the_form_while_the_assistant_is_away(chat: Chat, engine: Scripted) -> None:
    await chat.opens()
    engine.then = engine.fails
    await chat.asks("how much is usual?")
    await chat.form.get_by_label("No, I am not").check()
    await expect(chat.form.get_by_label("Your date of birth")).to_be_hidden()
    await chat.form.get_by_label("Yes, I am").check()
    await fill(chat, "Jo Field")
    await expect(chat.messages.last).to_contain_text("Your question was sent to")
    await expect(chat.messages.last.get_by_role("button", name="Copy the reference")).to_be_visible()
    await expect(chat.form).to_have_count(0)


async def test_an_emergency_comes_first_and_stays(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("my throat is closing")
    call = chat.messages.last.get_by_role("link", name="Call 911 now")
    await expect(call).to_be_in_viewport()
    assert await chat.messages.last.evaluate("e => e.firstElementChild.className") == "call"
    sizes = await chat.page.evaluate("""() => [...document.querySelector('ampoule-chat').shadowRoot.querySelectorAll('.panel *')]
        .filter(e => e.className !== 'call').map(e => parseFloat(getComputedStyle(e).fontSize))""")
    assert await call.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > max(sizes)
    await expect(chat.page.locator("ampoule-chat [role=alert].unseen")).to_contain_text("Call 911 now")
    await expect(chat.page.locator("ampoule-chat .bar")).to_have_class("bar urgent")


async def test_the_two_buttons_of_the_safety_check_come_first(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("please do the safety check")
    parts = await chat.messages.last.evaluate("e => [...e.children].map(c => c.className)")
    assert parts[:3] == ["who", "text", "choices"] and parts[3] == "text"
    await expect(chat.messages.last.get_by_role("button").nth(0)).to_have_text("Yes, now")
    await chat.presses("Yes, now")
    await expect(chat.messages.last.get_by_role("link", name="Call 911 now")).to_be_visible()


async def test_another_language_is_marked_as_such(chat: Chat) -> None:
    await chat.opens()
    await chat.asks("hablo español")
    await expect(chat.messages.last.locator(".text")).to_have_attribute("lang", "es")


async def test_a_person_at_the_clinic_is_named(chat: Chat, service: Service) -> None:
    from ampoule_clinic import messages, models

    await chat.opens()
    conversation = await service.clinic.db.read(lambda session: session.query(models.Conversation).one().id)
    await service.clinic.db.write(messages.from_staff, conversation, "Sam Lee", "We will call you today.", service.clinic.now())
    service.clinic.events.notify(conversation)
    await expect(chat.messages.last).to_contain_text("Sam Lee, Maple Lane Clinic")
    await chat.page.keyboard.press("Escape")
    await service.clinic.db.write(messages.from_staff, conversation, "Sam Lee", "And again.", service.clinic.now())
    service.clinic.events.notify(conversation)
    await expect(chat.launcher).to_have_text("Ask about B12 shots (new message)")


async def test_copying_and_printing(chat: Chat) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.opens()
    await chat.asks("how much is usual?")
    await chat.page.get_by_text("More", exact=True).click()
    await chat.page.get_by_role("button", name="Copy this chat").click()
    await expect(chat.page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    copied = await chat.page.evaluate("navigator.clipboard.readText()")
    assert "You\nhow much is usual?\n\nAssistant (automatic)\n" in copied
    await chat.page.evaluate("""() => { const append = ShadowRoot.prototype.append; ShadowRoot.prototype.append = function (frame) {
        append.call(this, frame); frame.contentWindow.print = () => { window.paper = frame.contentDocument.body.innerText; }; }; }""")
    await chat.page.get_by_text("More", exact=True).click()
    await chat.page.get_by_role("button", name="Print this chat").click()
    assert "how much is usual?" in await chat.page.evaluate("window.paper")


async def test_privacy_and_end(chat: Chat, service: Service) -> None:
    from ampoule_clinic import models

    await chat.opens()
    await chat.asks("how much is usual?")
    await chat.page.get_by_text("More", exact=True).click()
    await chat.page.get_by_text("Privacy", exact=True).click()
    await expect(chat.page.get_by_text("This chat is kept so that you can read it again.")).to_be_visible()
    await chat.page.get_by_role("button", name="End and clear").click()
    await expect(chat.page.get_by_role("button", name="No, keep it")).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.messages).to_have_count(3)
    await chat.page.get_by_text("More", exact=True).click()
    await chat.page.get_by_role("button", name="End and clear").click()
    await chat.page.get_by_role("button", name="Yes, end and delete").click()
    await expect(chat.messages).to_have_count(0)
    assert await service.clinic.db.read(lambda session: session.query(models.Message).count()) == 0
    assert await chat.page.evaluate("Object.keys(sessionStorage).filter(k => !k.endsWith(':open'))") == []
    await chat.page.get_by_role("button", name="Start a new chat").click()
    await expect(chat.messages).to_have_count(1)
    await expect(chat.input).to_be_focused()


async def test_after_hours(chat: Chat, service: Service) -> None:
    service.clinic.now.later(days=3)  # type: ignore[attr-defined] - a Saturday
    await chat.opens()
    await expect(chat.panel).to_contain_text("Maple Lane Clinic is closed now.")


async def test_the_demo_and_the_page_have_the_element(chat: Chat, site: Site) -> None:
    await chat.page.goto(f"{site.service}/demo")
    await chat.opens()
    await chat.page.goto(f"{site.service}/")
    await chat.asks("how much is usual?")
    await expect(chat.launcher).to_be_hidden()
    await expect(chat.page.get_by_role("region", name="Vitamin B12 shots")).to_be_visible()
