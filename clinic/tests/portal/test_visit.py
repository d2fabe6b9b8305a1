"""My visit list."""

import re
from datetime import timedelta

import pytest
from conftest import RED_FLAG, Clock
from people import Browser

from ampoule_clinic import messages
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.portal import visit
from ampoule_clinic.portal.models import VisitItem
from portal.conftest import all_of, begins, change, words


async def test_questions_by_hand(jo: Browser, clinic: Clinic, clock: Clock) -> None:
    assert "Your list is empty." in words(await jo.get("/portal/visit"))
    for question in ("Which arm is better?", "  How do I\nstore it?  "):
        clock.later(minutes=1)
        assert (await jo.post("/portal/visit", question=question)).headers["location"] == "/portal/visit"
    page = words(await jo.get("/portal/visit"))
    assert page.index("Which arm is better?") < page.index("How do I store it?")
    await jo.post("/portal/visit/1", question="Left or right?")
    await jo.post("/portal/visit/2/remove")
    assert [item.question for item in await all_of(clinic, VisitItem)] == ["Left or right?"]


async def test_what_is_no_question(jo: Browser, clinic: Clinic) -> None:
    await jo.post("/portal/visit", question="First")
    for path in ("/portal/visit", "/portal/visit/1"):
        for question, problem in ((" ", "Please type a question first."), ("x" * 2001, "That is too long.")):
            answer = await jo.post(path, question=question)
            assert answer.status_code == 422 and problem in words(answer) and question in answer.text
    assert [item.question for item in await all_of(clinic, VisitItem)] == ["First"]


async def test_a_full_list(jo: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "MOST", 1)
    await jo.post("/portal/visit", question="First")
    answer = await jo.post("/portal/visit", question="Second")
    assert answer.status_code == 409 and "Your list is full." in words(answer)


async def test_keeping_what_was_answered(jo: Browser, clinic: Clinic) -> None:
    id = await begins(jo, "how much is usual?")
    await change(clinic, lambda session: messages.from_staff(session, id, "Sam Clinician", "Bring your card.", clinic.now()))
    page = await jo.get(f"/portal/threads/{id}/keep")
    assert words(page).count("You asked how much is usual?") == 2 and "Bring your card." in words(page)
    assert re.findall(r'type="checkbox" id="reply-(\d+)"', page.text) == ["2", "3"]
    none = await jo.post(f"/portal/threads/{id}/keep")
    assert none.status_code == 422 and "Please choose at least one reply." in words(none)
    for _ in range(2):  # Twice is once.
        assert (await jo.post(f"/portal/threads/{id}/keep", **{"2": "yes", "3": "yes", "1": "yes", "99": "yes"})).headers["location"] == "/portal/visit"
    kept = [(item.question, item.answer) for item in await all_of(clinic, VisitItem)]
    assert kept == [("how much is usual?", "First.\n\nSecond 1."), ("how much is usual?", "Bring your card.")]


async def test_on_paper(jo: Browser) -> None:
    await jo.post("/portal/visit", question="Which arm is better?")
    page = words(await jo.get("/portal/visit/print"))
    assert "For the visit of Jo Field At Maple Lane Clinic Printed on 04 Mar 2026" in page and "Which arm is better?" in page


async def test_other_peoples_lines_are_not_there(jo: Browser, other: Browser, clinic: Clinic) -> None:
    await other.post("/portal/visit", question="Mine alone")
    for id in (1, 2, 0, -1, 2**31, 10**30, "x"):
        assert (await jo.get(f"/portal/visit/{id}")).status_code in (404, 422)
        for path, fields in (("", {"question": "Changed"}), ("/remove", {})):
            assert (await jo.post(f"/portal/visit/{id}{path}", **fields)).status_code in (404, 422)
    assert (await jo.get("/portal/visit/1")).status_code == 404
    assert [item.question for item in await all_of(clinic, VisitItem)] == ["Mine alone"]
    assert "Mine alone" not in words(await jo.get("/portal/visit"))


async def test_an_emergency_on_the_list(jo: Browser, clinic: Clinic) -> None:
    answer = await jo.post("/portal/visit", question=RED_FLAG)
    assert answer.status_code == 200 and "Call 911 now" in words(answer)
    assert [item.question for item in await all_of(clinic, VisitItem)] == [RED_FLAG]
    assert "Call 911 now" in words(await jo.post("/portal/visit/1", question=RED_FLAG + "x" * 2000))


async def test_the_order_is_that_of_time(jo: Browser, clinic: Clinic) -> None:
    for minutes in (5, 1, 3):
        at = clinic.now() + timedelta(minutes=minutes)
        await change(clinic, lambda session, at=at, minutes=minutes: visit.add(session, 1, f"After {minutes}", at))
    assert re.findall(r"After \d", words(await jo.get("/portal/visit"))) == ["After 1", "After 3", "After 5"]
