"""The desk's queue with 100 and with 10,000 open tickets: the time of GET /desk on this machine, and what the second costs
more. On SQLite, and on PostgreSQL where AMPOULE_TEST_POSTGRES names one, whose public schema is dropped.

    cd clinic && .venv/bin/python ../benchmarks/queue_page.py
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

CLINIC = Path(__file__).resolve().parents[1] / "clinic"
sys.path[:0] = [str(CLINIC), str(CLINIC / "tests")]

import httpx  # noqa: E402
import sqlalchemy  # noqa: E402
from ampoule.content import load  # noqa: E402
from ampoule_clinic.accounts import websessions  # noqa: E402
from ampoule_clinic.accounts.models import Staff  # noqa: E402
from ampoule_clinic.app import assemble, create_app, utc_now  # noqa: E402
from ampoule_clinic.models import PRIORITIES, Handoff, HandoffSeen  # noqa: E402
from ampoule_clinic.settings import ROOT, Settings  # noqa: E402
from conftest import FakeReader, served  # noqa: E402
from sqlalchemy import insert, text  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

FEW, MANY, REQUESTS, LIMIT = 100, 10_000, 100, 1.5
KINDS = ("my_dose", "admin", "supply", "my_labs", "human")


def rows(first: int, last: int, now: datetime, colleague: int) -> list[dict[str, object]]:
    """Tickets of a busy clinic: one in a hundred is an emergency, one in four is for today, one in three is somebody's, some are late."""
    found = []
    for n in range(first, last):
        urgency = 0 if n % 100 == 7 else 1 if n % 4 == 0 else 2
        came = now - timedelta(minutes=n % 5000)
        claimed = n % 3 == 1
        found.append({
            "key": f"key-{n}", "reference": f"B12-{n:06}", "conversation_id": f"c{n}", "origin": "clinic", "channel": "widget", "kind": KINDS[n % len(KINDS)],
            "reason": "own_dose", "urgency": PRIORITIES[urgency], "priority": urgency, "state": "claimed" if claimed else "new", "open": True, "language": "en",
            "details": {"name": f"Jo Field {n}", "contact": "555-555-0199"}, "question": f"how much should I take this time, number {n}? " * 4, "topics": [],
            "created_at": came, "activity_at": came, "due_at": came + timedelta(hours=72 if urgency == 2 else 4 if urgency else 0), "version": 1,
            "claimed_by": colleague if claimed else None, "acknowledged_at": came if urgency == 0 and n > FEW else None,
        })
    return found


async def measure(url: str, folder: Path) -> float:
    """How many times as long the page takes with many tickets as with few."""
    settings = Settings(content=ROOT / "content", models=folder, database_url=url, service_token="x", engine_url="http://127.0.0.1:9", var=folder)
    clinic = assemble(settings, load(settings.content), FakeReader())
    now = utc_now()

    def begin(session: Session) -> tuple[str, int]:
        me, colleague = (Staff(email=f"{name}@clinic.example", name=name, role="clinician", created_at=now) for name in ("me", "colleague"))
        session.add_all((me, colleague))
        session.flush()
        return websessions.start(session, "staff", me.id, now), colleague.id

    token, colleague = await clinic.db.write(begin)

    def fill(first: int, last: int) -> None:
        with Session(clinic.db.engine) as session:
            session.execute(insert(Handoff), rows(first, last, now, colleague))
            session.commit()
            seen = [{"staff_id": 1, "handoff_id": id, "at": now} for id in range(first + 1, last + 1) if id % 2]
            session.execute(insert(HandoffSeen), seen)
            session.execute(text("ANALYZE"))
            session.commit()

    async with served(create_app(clinic)) as base, httpx.AsyncClient(base_url=base, cookies={websessions.cookie_name("staff", settings): token}) as http:

        async def quickest() -> float:
            """Milliseconds, of the quickest tenth: whatever else runs on this machine only adds."""
            times = []
            for _ in range(REQUESTS):
                began = time.perf_counter()
                answer = await http.get("/desk")
                times.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200 and answer.text.count("data-row=") == 50, answer.status_code
            return statistics.quantiles(times, n=10)[0]

        fill(0, FEW)
        few = await quickest()
        fill(FEW, MANY)
        many = await quickest()
    await clinic.close()
    print(f"{sqlalchemy.make_url(url).get_backend_name()}: {FEW} tickets {few:.1f} ms, {MANY:,} tickets {many:.1f} ms, ratio {many / few:.2f} (limit {LIMIT})")
    return many / few


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ratios = [await measure(f"sqlite:///{folder}/clinic.db", Path(folder))]
        if url := os.environ.get("AMPOULE_TEST_POSTGRES"):
            engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
            engine.dispose()
            ratios.append(await measure(url, Path(folder)))
    if max(ratios) > LIMIT:
        sys.exit("too slow")


if __name__ == "__main__":
    asyncio.run(main())
