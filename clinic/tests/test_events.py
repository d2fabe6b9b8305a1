import asyncio
import json
from typing import Any

import httpx
import pytest
from conftest import Clock, FakeEngine, Patient, served
from fastapi import FastAPI
from sqlalchemy import delete
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, messages, models
from ampoule_clinic.clinic import Clinic


class Stream:
    """One open screen: collects messages, and how the conversation stands, until told to stop."""

    def __init__(self, patient: Patient, base: str, after: int = 0) -> None:
        self.events: list[tuple[str, str, Any]] = []
        self.standing: list[dict[str, Any]] = []
        self.status = 0
        self._task = asyncio.create_task(self._read(patient, base, after))

    async def _read(self, patient: Patient, base: str, after: int) -> None:
        headers = {"Authorization": f"Bearer {patient.token}", "Origin": "http://127.0.0.1:8000", "Last-Event-ID": str(after)}
        async with httpx.AsyncClient(timeout=10) as client, client.stream("GET", f"{base}/api/events", headers=headers) as response:
            self.status = response.status_code
            event: dict[str, str] = {}
            async for line in response.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                elif "event" in event:
                    data = json.loads(event["data"])
                    if event["event"] == "standing":
                        self.standing.append(data)
                    else:
                        self.events.append((event["event"], event.get("id", ""), data))
                    event = {}

    async def has(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            while len(self.events) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return [id for _, id, _ in self.events]

    async def ends(self) -> None:
        async with asyncio.timeout(5):
            await self._task

    def close(self) -> None:
        self._task.cancel()


async def test_every_open_screen_sees_every_message_once(patient: Patient, app: FastAPI) -> None:
    async with served(app) as base:
        screens = [Stream(patient, base), Stream(patient, base)]
        for screen in screens:
            await screen.has(1)
        await patient.posts("how much is usual?")
        for screen in screens:
            assert await screen.has(3) == ["1", "2", "3"]
            assert [data["text"] for _, _, data in screen.events][1:] == ["how much is usual?", "First.\n\nSecond 1."]
            screen.close()


async def test_a_screen_resumes_where_it_was(patient: Patient, app: FastAPI) -> None:
    async with served(app) as base:
        await patient.posts("one")
        screen = Stream(patient, base, after=2)
        assert await screen.has(1) == ["3"]
        screen.close()
        await patient.posts("two")
        screen = Stream(patient, base, after=3)
        assert await screen.has(2) == ["4", "5"]
        screen.close()


async def test_what_another_process_stores_is_seen_too(patient: Patient, app: FastAPI, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ampoule_clinic.events.HEARTBEAT_SECONDS", 0.1)
    async with served(app) as base:
        screen = Stream(patient, base)
        await screen.has(1)
        typed = messages.Typed("0b8ff1bd-7a5c-4a4c-93c1-8ec2a3a6a9c1", "from elsewhere")
        await clinic.db.write(messages.add, patient.conversation, typed, clinic.now())
        assert await screen.has(2) == ["1", "2"]
        screen.close()


@pytest.mark.parametrize("how", ["ended", "expired", "deleted"])
async def test_the_stream_ends_with_the_session(patient: Patient, app: FastAPI, clinic: Clinic, clock: Clock, how: str) -> None:
    async with served(app) as base:
        screen = Stream(patient, base)
        await screen.has(1)
        if how == "ended":
            await patient.http.delete("/api/sessions", headers=patient.headers)
        elif how == "expired":
            clock.later(hours=25)
        else:
            await clinic.db.write(lambda session: session.execute(delete(models.ChatSession)) and None)
        clinic.events.notify(patient.conversation)
        await screen.ends()
        assert screen.events[-1][0] == "ended"


async def test_other_conversations_are_not_in_it(patient: Patient, app: FastAPI, http: httpx.AsyncClient) -> None:
    other = await Patient(http).arrives()
    async with served(app) as base:
        screen = Stream(other, base)
        await screen.has(1)
        await patient.posts("mine alone")
        await asyncio.sleep(0.1)
        assert len(screen.events) == 1
        screen.close()


async def test_stopping_ends_the_streams_and_leaves_nothing_behind(patient: Patient, app: FastAPI, clinic: Clinic, engine: FakeEngine) -> None:
    async with served(app) as base:
        screen = Stream(patient, base)
        await screen.has(1)
        clinic.events.close()
        await screen.ends()
        assert clinic.events._bells == {}


@pytest.mark.parametrize("value", ["x", "1.5", "9" * 5000])
async def test_a_wrong_place_to_resume_is_refused(patient: Patient, value: str) -> None:
    answer = await patient.http.get("/api/events", headers={**patient.headers, "Last-Event-ID": value})
    assert answer.status_code == 422


async def test_who_answers_and_how_far_the_clinic_has_read(patient: Patient, app: FastAPI, clinic: Clinic) -> None:
    async with served(app) as base:
        screen = Stream(patient, base)
        await screen.has(1)

        def claimed(session: Session) -> None:
            conversation = conversations.get(session, patient.conversation)
            conversation.mode, conversation.staff_name, conversation.staff_seen = "person", "Sam Clinician", 1

        await clinic.db.write(claimed)
        clinic.events.notify(patient.conversation)
        async with asyncio.timeout(5):
            while len(screen.standing) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert [(told["mode"], told["staff_name"], told["staff_seen"]) for told in screen.standing] == [("assistant", None, 0), ("person", "Sam Clinician", 1)]
        screen.close()


async def test_how_far_the_patient_has_read(patient: Patient, clinic: Clinic) -> None:
    for seq, seen in ((1, 1), (0, 1), (99, 1)):
        answer = await patient.http.post("/api/seen", json={"seq": seq}, headers=patient.headers)
        assert answer.status_code == 200
        assert (await clinic.db.read(conversations.get, patient.conversation)).patient_seen == seen
    assert (await patient.http.post("/api/seen", json={"seq": "1"}, headers=patient.headers)).status_code == 422
