"""A red flag beats everything: each way in which a message can be refused, and each thing that can be down."""

import asyncio
import uuid

import pytest
from conftest import RED_FLAG, Clock, FakeEngine, Patient
from sqlalchemy import update

from ampoule_clinic import models
from ampoule_clinic.clinic import Clinic


def is_emergency(answer, stored: bool = True) -> bool:  # type: ignore[no-untyped-def]
    assert answer.status_code == 200, answer.text
    reply = answer.json()["reply"]
    assert reply["text"].startswith("Call 911 now") and reply["outcome"]["outcome"] == "emergency"
    assert (reply["seq"] is not None) == stored
    return True


@pytest.mark.parametrize("text", ["x" * 3000 + RED_FLAG, RED_FLAG + "\a", RED_FLAG + "\0 and more"])
async def test_beats_what_is_wrong_with_the_text(patient: Patient, text: str) -> None:
    assert is_emergency(await patient.posts(text))
    assert RED_FLAG in (await patient.sees())[1]["text"]


async def test_beats_the_limit_of_the_body(patient: Patient) -> None:
    assert is_emergency(await patient.posts(RED_FLAG + "x" * 100_000), stored=False)


@pytest.mark.parametrize("body", [{"text": RED_FLAG}, {"id": "no", "text": RED_FLAG}, {"id": 5, "text": RED_FLAG}])
async def test_beats_a_missing_id(patient: Patient, body: dict[str, object]) -> None:
    assert is_emergency(await patient.http.post("/api/messages", json=body, headers=patient.headers), stored=False)


async def test_beats_the_rate(patient: Patient) -> None:
    while (await patient.posts("hello")).status_code != 429:
        pass
    assert is_emergency(await patient.posts(RED_FLAG))


async def test_beats_an_expired_session_without_reviving_it(patient: Patient, clock: Clock) -> None:
    clock.later(hours=3)
    assert is_emergency(await patient.posts(RED_FLAG))
    assert (await patient.posts("and now?")).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer forged"}, {"Origin": "https://evil.example"}])
async def test_beats_a_missing_session(patient: Patient, headers: dict[str, str]) -> None:
    answer = await patient.http.post("/api/messages", json={"id": str(uuid.uuid4()), "text": RED_FLAG}, headers=headers)
    assert is_emergency(answer, stored=False)


async def test_beats_an_engine_that_is_down(patient: Patient, engine: FakeEngine) -> None:
    engine.then = engine.fails
    assert is_emergency(await patient.posts(RED_FLAG))


async def test_does_not_wait_for_an_engine_that_is_frozen(patient: Patient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ampoule_clinic.turns.RED_FLAG_SECONDS", 0.05)
    engine.then = engine.freezes
    async with asyncio.timeout(1):
        assert is_emergency(await patient.posts(RED_FLAG))


async def test_does_not_queue_behind_an_earlier_question(patient: Patient, engine: FakeEngine) -> None:
    engine.then = engine.freezes
    waiting = asyncio.create_task(patient.posts("how much is usual?"))
    while not engine.seen:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        assert is_emergency(await patient.posts(RED_FLAG))
    waiting.cancel()


async def test_beats_an_engine_that_missed_it(patient: Patient) -> None:
    assert is_emergency(await patient.posts(RED_FLAG))


async def test_beats_a_person_having_taken_over(patient: Patient, clinic: Clinic) -> None:
    await clinic.db.write(lambda session: session.execute(update(models.Conversation).values(mode="person")) and None)
    assert is_emergency(await patient.posts(RED_FLAG))


async def test_is_answered_once(patient: Patient) -> None:
    id = str(uuid.uuid4())
    answers = await asyncio.gather(*(patient.posts(RED_FLAG, id) for _ in range(4)))
    assert len({a.json()["reply"]["id"] for a in answers}) == 1 and len(await patient.sees()) == 3


async def test_a_doubt_puts_the_check_in_front_and_yes_is_an_emergency(patient: Patient, engine: FakeEngine) -> None:
    engine.then = engine.fails
    reply = (await patient.posts("a bit wheezy")).json()["reply"]
    assert reply["outcome"]["safety"] == "check" and reply["outcome"]["texts"] == ["replies/emergency#check", "replies/errors#unavailable"]
    assert [c["choice"] for c in reply["outcome"]["choices"]] == ["check:yes", "check:no"]
    assert is_emergency(await patient.presses("check:yes"))


async def test_the_check_can_be_answered_with_no(patient: Patient, engine: FakeEngine) -> None:
    engine.then = engine.fails
    await patient.posts("a bit wheezy")
    assert (await patient.presses("check:no")).json()["reply"]["outcome"]["texts"] == ["replies/errors#unavailable"]


async def test_a_reader_that_fails_stops_nothing_and_counts_as_doubt(patient: Patient, engine: FakeEngine) -> None:
    assert (await patient.posts("the reader must fail")).json()["reply"]["text"].startswith("First.")
    engine.then = engine.fails
    assert (await patient.posts("the reader must fail")).json()["reply"]["outcome"]["safety"] == "check"


async def test_a_red_flag_in_the_form_is_seen(patient: Patient, engine: FakeEngine) -> None:
    engine.then = engine.fails
    await patient.posts("how much?")
    assert is_emergency(await patient.fills_in(name=f"Jo, {RED_FLAG}"))


async def test_beats_a_fault_of_the_service(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ampoule_clinic.turns.store", None)
    answer = await patient.posts("how much is usual?")
    assert answer.status_code == 500 and answer.json()["error"]["code"] == "failed"
    answer = await patient.posts(RED_FLAG)
    assert is_emergency(answer, stored=False)
