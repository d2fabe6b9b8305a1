import pytest
from conftest import SERVICE, Clock, FakeEngine, Patient, handed_over
from sqlalchemy import func, select

from ampoule_clinic import handoffs, models, retention
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.engine import EngineDown


async def sweep(clinic: Clinic) -> None:
    await retention.sweep(clinic.db, clinic.engine, clinic.content.clinic, clinic.now())


async def count(clinic: Clinic, table: type[models.Base]) -> int | None:
    return await clinic.db.read(lambda session: session.scalar(select(func.count()).select_from(table)))


async def test_old_conversations_go_from_both_stores(patient: Patient, http, clinic: Clinic, engine: FakeEngine, clock: Clock) -> None:  # type: ignore[no-untyped-def]
    await patient.posts("my number is 555-555-0123")
    await patient.http.post("/internal/handoffs", json=handed_over(patient.conversation), headers=SERVICE)
    clock.later(days=29)
    recent = await Patient(http).arrives()
    await sweep(clinic)
    assert await count(clinic, models.Conversation) == 2
    clock.later(days=1, minutes=1)
    await sweep(clinic)
    assert engine.erased == [patient.conversation]
    assert await clinic.db.read(lambda session: session.scalars(select(models.Conversation.id)).all()) == [recent.conversation]
    assert (await count(clinic, models.Contact), await count(clinic, models.ChatSession), await count(clinic, models.Erasure)) == (0, 1, 0)
    assert len(await clinic.db.read(handoffs.queue)) == 1
    clock.later(days=340)
    await sweep(clinic)
    assert await clinic.db.read(handoffs.queue) == []


async def test_what_the_engine_could_not_forget_is_forgotten_later(patient: Patient, clinic: Clinic, engine: FakeEngine) -> None:
    engine.then = engine.fails
    assert (await patient.http.delete("/api/sessions", headers=patient.headers)).status_code == 200
    with pytest.raises(EngineDown):
        await sweep(clinic)
    assert await count(clinic, models.Erasure) == 1
    engine.then = engine.answers
    await sweep(clinic)
    assert engine.erased == [patient.conversation] and await count(clinic, models.Erasure) == 0
