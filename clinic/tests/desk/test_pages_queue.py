"""The queue's page: its order, filters and search, what is unread, and how it stays up to date."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from conftest import Clock, Patient, served
from fastapi import FastAPI

from ampoule_clinic.clinic import Clinic
from desk.kit import Desk, ticket


def references(page: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', page)


async def test_the_empty_queue(app: FastAPI, clinic: Clinic) -> None:
    async with Desk(app, clinic, "front_desk") as desk:
        assert "The queue is empty." in await desk.sees("/desk")
        assert "No ticket fits." in await desk.sees("/desk?urgency=same_day")


async def test_what_is_pressing_comes_first(app: FastAPI, clinic: Clinic, patient: Patient, clock: Clock) -> None:
    routine = await ticket(patient.http, patient.conversation)
    clock.later(minutes=10)
    today = await ticket(patient.http, patient.conversation, urgency="same_day", question="my feet tingle " * 30)
    emergency = await ticket(patient.http, patient.conversation, kind="emergency", urgency="emergency")
    clock.later(minutes=12)
    async with Desk(app, clinic, "front_desk") as desk:
        shown = await desk.sees("/desk")
        assert references(shown) == [emergency, today, routine]
        for words in ("waiting for 12 min", "3 h 48 min left", "Red flag", "Unassigned", "<title>(3) Queue"):
            assert words in shown, words
        assert "my feet tingle " * 12 not in shown, "only the first words"
        clock.later(hours=4, minutes=23)
        async with Desk(app, clinic, "clinician") as later:
            assert "35 min late" in await later.sees("/desk")


async def test_filters_and_search(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    mine = await ticket(patient.http, patient.conversation, kind="admin", question="about 100% of my bill")
    other = await ticket(patient.http, patient.conversation, urgency="same_day", reading={"language": "es"}, details={"name": "Maria Brook", "consent": True})
    async with Desk(app, clinic, "front_desk") as desk:
        await desk.does(mine, "claim")
        for query, found in {"whose=mine": [mine], "whose=unassigned": [other], "status=claimed": [mine], "urgency=same_day": [other], "kind=admin": [mine],
                             "language=es": [other], "status=closed": [], "whose=mine&urgency=same_day": [], "whose=everything": [other, mine]}.items():
            assert references(await desk.sees(f"/desk?{query}")) == found, query
        for words, found in {"maria": [other], mine[4:].lower(): [mine], "100%": [mine], "1%0": [], "nobody at all": []}.items():
            assert references((await desk.posts("/desk", q=words)).text) == found, words
        both = await desk.posts("/desk", q="maria", whose="mine")
        assert references(both.text) == [] and 'value="mine" selected' in both.text and 'value="maria"' in both.text
        # What is searched for never stands in an address; filters do.
        assert (await desk.posts("/desk", q=" ", whose="mine", kind="")).headers["location"] == "/desk?whose=mine"
        assert references(await desk.sees("/desk?q=maria")) == [other, mine]


async def test_unread_goes_away_once_seen(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    reference = await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, "front_desk") as desk, Desk(app, clinic, "clinician") as other:
        assert "Unread</span>" in await desk.sees("/desk")
        await desk.sees(f"/desk/tickets/{reference}")
        assert "Unread</span>" not in await desk.sees("/desk") and "Unread</span>" in await other.sees("/desk")


async def test_more_tickets_than_a_page_holds(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    made = [await ticket(patient.http, patient.conversation) for _ in range(53)]
    async with Desk(app, clinic, "front_desk") as desk:
        first = await desk.sees("/desk?kind=my_dose")
        cursor = re.search(r'name="next" value="([^"]+)"', first)
        assert cursor and len(references(first)) == 50
        where = (await desk.posts("/desk", kind="my_dose", next=cursor[1])).headers["location"]
        second = await desk.sees(where)
        assert references(first) + references(second) == made and 'name="next"' not in second
        await desk.sees("/desk?after=nonsense", 422)


@pytest.mark.parametrize("role", ["clinician", "admin"])
async def test_claiming_from_the_list(app: FastAPI, clinic: Clinic, patient: Patient, role: str) -> None:
    await ticket(patient.http, patient.conversation)
    async with Desk(app, clinic, role) as desk:
        assert ('class="claim"' in await desk.sees("/desk")) is (role != "admin")


async def test_the_stream_says_what_changed_and_ends_with_the_session(app: FastAPI, clinic: Clinic, patient: Patient) -> None:
    reference = await ticket(patient.http, patient.conversation)
    async with (
        Desk(app, clinic, "clinician") as desk, served(app) as base, httpx.AsyncClient(base_url=base, cookies=desk.http.cookies) as browser,
        browser.stream("GET", f"/desk/events?ticket={reference}", timeout=20) as answer,
    ):
        lines = answer.aiter_lines()

        async def state() -> dict[str, str]:
            async for line in lines:
                if line.startswith("data: "):
                    return dict(json.loads(line[6:]))
            raise AssertionError("the stream is over")

        first = await state()
        await desk.does(reference, "note", text="Rang.")
        second = await state()
        assert first["ticket"] != second["ticket"] and first["newest"] < second["newest"]  # type: ignore[operator]
        urgent = await ticket(patient.http, patient.conversation, urgency="emergency")
        clinic.events.notify("desk")
        while urgent not in (await state())["alerts"]:
            pass
        assert (await desk.posts("/desk/sign-out")).status_code == 303
        clinic.events.notify("desk")
        assert await state() == {}  # `ended`


async def test_what_the_page_asks_for_by_itself_does_not_keep_the_session_alive(app: FastAPI, clinic: Clinic, clock: Clock) -> None:
    async with Desk(app, clinic, "clinician") as desk:
        for _ in range(2):
            clock.later(minutes=7)
            assert (await desk.posts("/desk/rows")).status_code == 200
            await desk.sees("/desk/alerts")
        clock.later(minutes=2)
        assert (await desk.http.get("/desk")).headers["location"] == "/desk/sign-in?next=/desk"
