"""Phone intake: the words to read out, and the ticket."""

from __future__ import annotations

import logging
import re

import pytest
from ampoule.content import Content
from ampoule.reader import Reading
from conftest import Clock
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import intake
from ampoule_clinic.models import Handoff, HandoffEvent, Message
from desk.kit import Desk

EMERGENCY = "she says my throat is closing up"
READINGS = {
    "dose": Reading("my_dose", "handoff", kind="my_dose", reason="dose_personal", event="offer"),
    "error": Reading("dosing_error", "handoff", kind="dosing_error", reason="error_10x", urgency="same_day", event="offer"),
    "hello": Reading("greet", "smalltalk"),
    "chest": Reading("emergency_chest", "emergency", "emergency", flags=["chest"]),
    "unsure": Reading("clarify", "clarify", topics=["usual_dose", "stopping"]),
    "medicine": Reading("oos_medicine", "out_of_scope"),
    "wheezy": Reading("usual_dose", "answer", "check", topics=["usual_dose"]),
    "long": Reading("too_long", "out_of_scope"),
    "?!": Reading("capabilities", "smalltalk"),
}


class Reads:
    def read(self, text: str, state: object = None, choice: str | None = None) -> Reading:
        if text == "fails":
            raise RuntimeError(text)
        return READINGS[text]


async def hear(clinic: Clinic, words: str) -> intake.Heard:
    clinic.red_flags._reader = Reads()  # type: ignore[assignment]
    return await intake.hear(clinic, words)


async def test_words_for_the_phone(clinic: Clinic) -> None:
    """What the assistant says of itself in the chat, the front desk does not say on the phone."""
    dose = await hear(clinic, "dose")
    assert (dose.outcome, dose.kind, dose.reason, dose.urgency) == ("handoff", "my_dose", "dose_personal", "routine")
    assert dose.said[0].startswith("A clinician here has to answer this.") and "May I have your full name" in dose.said[-1]
    assert "I will mark this for today." in (await hear(clinic, "error")).said
    assert (await hear(clinic, "hello")).said == ["How can I help you?"]
    assert (await hear(clinic, "unsure")).choices == ["The usual B12 shot dose", clinic.content.topics["stopping"].title]
    assert "pharmacist" in (await hear(clinic, "medicine")).said[0]


async def test_an_emergency_comes_first(clinic: Clinic) -> None:
    chest = await hear(clinic, "chest")
    assert (chest.kind, chest.reason, chest.urgency, chest.safety) == ("emergency", "chest", "emergency", "emergency")
    assert chest.said[0].startswith("Call 911 now.")


@pytest.mark.parametrize("words", ["wheezy", "fails", "long", "?!"])
async def test_doubt_asks_the_safety_check_first(clinic: Clinic, words: str) -> None:
    """So does what nobody could read."""
    heard = await hear(clinic, words)
    assert heard.said[0].startswith("First, a quick safety check.") and (heard.safety, heard.urgency) == ("check", "same_day")


def test_every_text_takes_the_place_of_another(content: Content) -> None:
    """A text of intake.yml is read out in place of the one with its name, or is the page's own."""
    own = {id.partition("#")[2] for id in content.texts if id.startswith("replies/intake#")}
    others = {id.partition("#")[2] for id in content.texts if id.startswith("replies/") and not id.startswith("replies/intake#")}
    assert own - others == {"made", "made_emergency"}


def test_no_amount_is_read_out_beside_a_hand_off(content: Content) -> None:
    assert [id for id, text in content.texts.items() if id.startswith("replies/intake#") and re.search(r"\d", text.text.replace("B12", ""))] == []


async def test_reading_along_stores_and_logs_nothing(app: FastAPI, clinic: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Desk(app, clinic, "front_desk") as desk:
        answer = await desk.posts("/desk/intake/read", words=EMERGENCY)
    assert answer.status_code == 200 and 'data-safety="emergency"' in answer.text and "Call 911 now." in answer.text
    assert EMERGENCY not in caplog.text and "throat" not in answer.request.url.path
    assert await clinic.db.read(_stored) == (0, 0)


def _stored(session: Session) -> tuple[int, int]:
    return session.scalar(select(func.count()).select_from(Handoff)) or 0, session.scalar(select(func.count()).select_from(Message)) or 0


async def test_a_ticket_of_a_call(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    async with Desk(app, clinic, "front_desk") as desk:
        page = await desk.sees("/desk/intake")
        key = re.search(r'name="key" value="([^"]+)"', page)
        assert key
        fields = {"words": "how much is usual", "kind": "admin", "urgency": "same_day", "name": "Jo Field", "phone": "555-555-0177", "birth_date": "1961-05-12"}
        first = await desk.posts("/desk/intake", key=key[1], **fields)
        assert (await desk.posts("/desk/intake", key=key[1], **fields)).headers["location"] == first.headers["location"], "sent twice, made once"
        made = await desk.sees(first.headers["location"])
        reference = first.headers["location"].partition("=")[2]
        assert f"Your reference is {reference}." in made and "Expect a reply today." in made and ">how much is usual<" not in made
        shown = await desk.sees(f"/desk/tickets/{reference}")
        for words in ("how much is usual", "Jo Field", "1961-05-12", 'href="tel:5555550177"', "Phone call", "Today", "There is no chat to write in."):
            assert words in shown, words
        await desk.does(reference, "claim")
        await desk.does(reference, "resolve", outcome="called_back")

    def work(session: Session) -> list[str | None]:
        return list(session.scalars(select(HandoffEvent.staff_name).where(HandoffEvent.what == "created")))

    assert await clinic.db.read(work) == ["Front Desk"]


async def test_the_urgency_is_never_below_what_the_words_call_for(app: FastAPI, clinic: Clinic) -> None:
    async with Desk(app, clinic, "front_desk") as desk:
        answer = await desk.posts("/desk/intake", key="a-key-of-the-form", words=EMERGENCY, urgency="routine", kind="emergency")
        made = await desk.sees(answer.headers["location"])
        assert "Call 911 now. Do not wait for us to call you back." in made and "1 emergency not acknowledged" in made


@pytest.mark.parametrize("fields, status", [
    ({"words": " "}, 422), ({"words": "x" * 4001}, 422), ({"words": "how much", "key": "short"}, 422), ({"words": "how much", "name": "x" * 201}, 422),
])
async def test_what_is_wrong_is_said_and_kept(app: FastAPI, clinic: Clinic, fields: dict[str, str], status: int) -> None:
    async with Desk(app, clinic, "front_desk") as desk:
        answer = await desk.posts("/desk/intake", **({"key": "a-key-of-the-form", "phone": "555-555-0177"} | fields))
    assert answer.status_code == status and 'id="problem"' in answer.text and "555-555-0177" in answer.text


async def test_admins_take_no_calls(app: FastAPI, clinic: Clinic) -> None:
    async with Desk(app, clinic, "admin") as desk:
        await desk.sees("/desk/intake", 403)


async def test_the_database_is_down(app: FastAPI, clinic: Clinic) -> None:
    async with Desk(app, clinic, "front_desk") as desk:
        clinic.db.engine.dispose()
        clinic.db._threads.shutdown(wait=True)
        clinic.db._threads = _Broken()  # type: ignore[assignment]
        for path in ("/desk", "/desk/intake", "/desk/tickets/B12-333333"):
            shown = await desk.sees(path, 503)
            assert "That did not work" in shown and "switched off for now. Please phone" in shown


class _Broken:
    """Threads in which the database never answers."""

    def submit(self, job: object) -> object:
        from ampoule_clinic.db import DatabaseDown

        raise DatabaseDown("gone")

    def shutdown(self, **_: object) -> None: ...
