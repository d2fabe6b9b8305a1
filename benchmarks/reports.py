"""How long a year's report takes with 100,000 messages still stored, and a chart of it.

Run with the web service's Python: `cd clinic && .venv/bin/python ../benchmarks/reports.py`; on PostgreSQL too where
AMPOULE_TEST_POSTGRES names a database that may be emptied.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

CLINIC = Path(__file__).resolve().parents[1] / "clinic"
sys.path[:0] = [str(CLINIC), str(CLINIC / "tests")]

# ruff: noqa: E402, I001
import sqlalchemy
from ampoule.content import load
from conftest import FakeEngine, FakeReader
from sqlalchemy import insert
from sqlalchemy.orm import Session

from ampoule_clinic.app import assemble
from ampoule_clinic.desk import charts, reports
from ampoule_clinic.desk.reports import Period
from ampoule_clinic.models import Conversation, Handoff, Message
from ampoule_clinic.settings import ROOT, Settings

MESSAGES, A_CONVERSATION, TICKETS = 100_000, 20, 10_000
LAST = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)


def fill(session: Session, outcome: dict, topics: list[str]) -> None:
    for n in range(MESSAGES // A_CONVERSATION):
        at = LAST - timedelta(minutes=random.randrange(364 * 24 * 60))
        session.execute(insert(Conversation).values(id=f"c{n:06}", created_at=at, active_at=at))
        session.execute(insert(Message), [
            {"conversation_id": f"c{n:06}", "seq": seq, "id": str(seq), "author": "assistant" if seq % 2 else "patient", "text": "x" * 400, "at": at,
             "outcome": outcome | {"topics": [random.choice(topics)]} if seq % 2 else None, "reply_to": seq - 1 if seq % 2 else None}
            for seq in range(A_CONVERSATION)])
    session.execute(insert(Handoff), [
        {"key": str(n), "reference": f"T{n}", "conversation_id": "c", "origin": "clinic", "kind": "my_dose", "reason": "own_dose", "urgency": "routine",
         "priority": 2, "open": True, "state": "claimed", "details": {}, "question": "x" * 400, "topics": [], "due_at": at, "reply_by": at,
         "created_at": at, "activity_at": at, "first_claimed_at": at + timedelta(minutes=n % 500)}
        for n in range(TICKETS) for at in [LAST - timedelta(minutes=random.randrange(364 * 24 * 60))]])


async def measure(name: str, url: str, folder: Path) -> None:
    content = load(ROOT / "content")
    settings = Settings(content=ROOT / "content", models=folder, database_url=url, engine_url="http://127.0.0.1:5005", service_token="t", var=folder)
    clinic = assemble(settings, content, FakeReader(), lambda: LAST)
    clinic.db.run(clinic.db.engine, fill, FakeEngine(content).outcome(), list(content.topics))
    with clinic.db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")  # PostgreSQL does that by itself a minute later
    period = Period(date(2025, 3, 5), date(2026, 3, 4))
    began, busy = time.perf_counter(), time.process_time()
    report = await reports.make(clinic, period)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    assert report.totals("outcome").total() == MESSAGES // 2 and report.tickets["all"].number == TICKETS
    began = time.perf_counter()
    charts.draw("outcomes", report, content, narrow=False)
    first = time.perf_counter() - began
    began = time.perf_counter()
    charts.draw("topics", report, content, narrow=False)
    print(f"{name}: {MESSAGES} messages, {TICKETS} tickets: {seconds:.2f} s ({busy:.2f} s of it at work here); "
          f"first chart {first:.2f} s, next {time.perf_counter() - began:.2f} s")
    await clinic.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", f"sqlite:///{folder}/clinic.db", Path(folder)))
        if postgres := os.environ.get("AMPOULE_TEST_POSTGRES"):
            engine = sqlalchemy.create_engine(sqlalchemy.make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
            asyncio.run(measure("PostgreSQL", postgres, Path(folder)))


if __name__ == "__main__":
    main()
