import asyncio
import io
import re

import httpx
import pytest
from conftest import BASE, SERVICE, FakeEngine, Patient, handed_over
from fastapi import FastAPI
from rich.console import Console
from sqlalchemy import func, select

from ampoule_clinic import handoffs, handoffs_cli, models
from ampoule_clinic.clinic import Clinic

PATH = "/internal/handoffs"


async def test_a_ticket_is_committed_and_has_a_reference(patient: Patient, clinic: Clinic) -> None:
    answer = await patient.http.post(PATH, json=handed_over(patient.conversation), headers=SERVICE)
    assert answer.status_code == 201
    body = answer.json()
    assert re.fullmatch(r"B12-[34679CDFGHJKMNPQRTWX]{6}", body["reference"])
    assert body["urgency"] == "routine" and body["reply_time"] == "within 3 working days" and body["reply_by"]
    (ticket,) = await clinic.db.read(handoffs.queue)
    assert (ticket.reference, ticket.state, ticket.version, ticket.origin) == (body["reference"], "new", 1, "clinic")


async def test_twenty_at_once(patient: Patient, clinic: Clinic) -> None:
    answers = await asyncio.gather(*(patient.http.post(PATH, json=handed_over(patient.conversation), headers=SERVICE) for _ in range(20)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["reference"] for a in answers}) == 20 == len(await clinic.db.read(handoffs.queue))


async def test_the_same_key_twenty_times_at_once_is_one_ticket(patient: Patient, clinic: Clinic) -> None:
    new = handed_over(patient.conversation)
    answers = await asyncio.gather(*(patient.http.post(PATH, json=new, headers=SERVICE) for _ in range(20)))
    assert sorted(a.status_code for a in answers) == [200] * 19 + [201]
    assert len({a.json()["reference"] for a in answers}) == 1 == len(await clinic.db.read(handoffs.queue))


async def test_a_test_is_outside_the_queue(http: httpx.AsyncClient, clinic: Clinic) -> None:
    answer = await http.post(PATH, json=handed_over("local:me", origin="local"), headers=SERVICE)
    assert answer.status_code == 201
    assert await clinic.db.read(handoffs.queue) == []
    assert len(await clinic.db.read(handoffs.queue, "local")) == 1


async def test_the_masked_contact_is_put_back(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    await patient.posts("wrong one: 555-555-0111")
    await patient.posts("ring 555-555-0142, born 12 May 1961")
    mark = re.search(r"\[phone[^]]*]", engine.seen[1]["message"])
    assert mark
    details = {"name": "Jo Field", "contact": mark[0], "birth_date": "[date]", "consent": True, "is_patient": True}
    await patient.http.post(PATH, json=handed_over(patient.conversation, details=details), headers=SERVICE)
    (ticket,) = await clinic.db.read(handoffs.queue)
    assert ticket.details["contact"] == "555-555-0142" and ticket.details["birth_date"] == "12 May 1961"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}])
async def test_without_the_service_token_there_is_nothing(patient: Patient, clinic: Clinic, headers: dict[str, str]) -> None:
    for path in (PATH, f"{PATH}/join"):
        assert (await patient.http.post(path, json=handed_over(patient.conversation), headers=headers)).status_code == 404
    assert await clinic.db.read(handoffs.queue) == []


async def test_a_patients_token_is_no_service_token(patient: Patient) -> None:
    assert (await patient.http.post(PATH, json=handed_over(patient.conversation), headers=patient.headers)).status_code == 404


async def test_only_from_this_machine(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as stranger:
        assert (await stranger.post(PATH, json=handed_over("x"), headers=SERVICE)).status_code == 404


@pytest.mark.parametrize("wrong", [
    {"urgency": "soon"}, {"origin": "web"}, {"key": 5}, {"key": ""}, {"question": None}, {"topics": "usual_dose"}, {"extra": 1}, {"kind": "my dose"},
    {"details": {}}, {"details": {"consent": False}}, {"details": {"consent": True, "is_patient": False}}, {"details": {"consent": True, "age": 3}},
])
async def test_what_does_not_fit_is_refused(patient: Patient, clinic: Clinic, wrong: dict[str, object]) -> None:
    answer = await patient.http.post(PATH, json=handed_over(patient.conversation, **wrong), headers=SERVICE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_request")
    assert await clinic.db.read(handoffs.queue) == []


async def test_an_unknown_conversation_has_no_ticket(http: httpx.AsyncClient) -> None:
    assert (await http.post(PATH, json=handed_over("nobody"), headers=SERVICE)).status_code == 404


async def test_a_later_message_joins_the_open_ticket(patient: Patient, clinic: Clinic) -> None:
    reference = (await patient.http.post(PATH, json=handed_over(patient.conversation), headers=SERVICE)).json()["reference"]
    id = (await patient.posts("and one more thing")).json()["message"]["id"]
    for _ in range(2):
        answer = await patient.http.post(f"{PATH}/join", json={"conversation": patient.conversation, "message_id": id}, headers=SERVICE)
        assert answer.status_code == 200 and answer.json() == {"reference": reference}
    (joined,) = await clinic.db.read(lambda session: session.scalars(select(models.HandoffMessage)).all())
    assert joined.text == "and one more thing"


async def test_nothing_joins_where_there_is_no_ticket(patient: Patient) -> None:
    id = (await patient.posts("and one more thing")).json()["message"]["id"]
    answer = await patient.http.post(f"{PATH}/join", json={"conversation": patient.conversation, "message_id": id}, headers=SERVICE)
    assert answer.status_code == 404


async def test_the_actions_may_hand_over_while_the_turn_runs(patient: Patient, engine: FakeEngine, clinic: Clinic) -> None:
    async def hands_over(body):  # type: ignore[no-untyped-def]
        made = await patient.http.post(PATH, json=handed_over(body["sender"]), headers=SERVICE)
        handoff = {"kind": "my_dose", "reason": "own_dose", "urgency": "routine", "state": "sent", "reference": made.json()["reference"]}
        return httpx.Response(200, json=[{"text": "Sent."}, {"custom": engine.outcome(outcome="handoff", handoff=handoff, topics=[])}])

    engine.then = hands_over
    async with asyncio.timeout(2):
        reply = (await patient.posts("please send it")).json()["reply"]
    assert reply["outcome"]["handoff"]["reference"] == (await clinic.db.read(handoffs.queue))[0].reference


async def test_a_ticket_outlives_its_conversation(patient: Patient, clinic: Clinic) -> None:
    await patient.http.post(PATH, json=handed_over(patient.conversation), headers=SERVICE)
    await patient.http.delete("/api/sessions", headers=patient.headers)
    assert await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(models.Handoff))) == 1


async def test_the_list_shows_words_as_they_are(patient: Patient, clinic: Clinic) -> None:
    await patient.http.post(PATH, json=handed_over(patient.conversation, question="[red]is it[/red] ok?"), headers=SERVICE)
    console = Console(width=300, record=True, file=io.StringIO())
    console.print(handoffs_cli.table(await clinic.db.read(handoffs.queue)))
    shown = console.export_text()
    assert "[red]is it[/red] ok?" in shown and "Jo Field" in shown and "B12-" in shown
