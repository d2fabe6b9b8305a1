"""Reports: figures against a set counted by hand, dates, charts, exports, and who may see them."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ampoule.content import Content
from conftest import OPEN, Clock, Patient
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic import retention
from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import charts, export, figures, labels, reports
from ampoule_clinic.desk.reports import ALL, BadPeriod, Period, Times
from ampoule_clinic.models import Conversation, Handoff, Message

from .kit import Desk

MARCH = Period(date(2026, 3, 1), date(2026, 3, 4))
WORDS = "tingling in my left hand"


def said(outcome: str, *texts: str, topics: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"outcome": outcome, "texts": [f"replies/{text}" for text in texts] or [f"topics/{topic}#answer" for topic in topics], "topics": list(topics)}


ANSWER, TWO = said("answer", topics=("usual_dose",)), said("answer", topics=("usual_dose", "forms"))
# (day of March, hour UTC, outcome, helpful); the clinic's day begins at 5 UTC.
REPLIES: list[tuple[int, int, dict[str, Any], bool | None]] = [
    (1, 15, ANSWER, True), (1, 16, TWO, False), (1, 17, said("clarify", "clarify#choose", topics=("forms",)), None),
    (2, 4, said("out_of_scope", "scope#oos_medicine"), False), (2, 15, said("answer", "scope#withheld", topics=("forms",)), None),
    (3, 15, said("handoff", "handoff#offer", topics=("forms",)), None), (3, 15, said("smalltalk", "handoff#person_receipt"), None),
    (3, 15, said("out_of_scope", "errors#unavailable"), None), (4, 15, said("language", "language#es"), None),
    (5, 3, said("emergency", "emergency#allergy"), None), (5, 5, ANSWER, True), (1, 4, ANSWER, True),
]
EXPECTED = {
    (1, "outcome", "answer"): 2, (1, "outcome", "clarify"): 1, (1, "outcome", "out_of_scope"): 1, (2, "outcome", "answer"): 1, (3, "outcome", "handoff"): 1,
    (3, "outcome", "person"): 1, (3, "outcome", "unavailable"): 1, (4, "outcome", "language"): 1, (4, "outcome", "emergency"): 1,
    (1, "topic", "usual_dose"): 2, (1, "topic", "forms"): 1, (2, "topic", "forms"): 1,
    (1, "gap", "clarify"): 1, (1, "gap", "oos_medicine"): 1, (2, "gap", "withheld"): 1, (3, "gap", "unavailable"): 1, (4, "gap", "language"): 1,
    (1, "helpful", "usual_dose"): 1, (1, "not_helpful", "usual_dose"): 1, (1, "not_helpful", "forms"): 1, (1, "not_helpful", "other"): 1,
}


def figures_of(expected: dict[tuple[int, str, str], int]) -> dict[tuple[date, str, str], int]:
    return {(date(2026, 3, day), name, key): count for (day, name, key), count in expected.items()}


def at(day: int, hour: int = 15, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


async def with_replies(clinic: Clinic, conversation: str = "c1") -> None:
    def work(session: Session) -> None:
        session.add(Conversation(id=conversation, created_at=at(1), active_at=at(5), last_seq=99))
        session.flush()
        session.add(Message(conversation_id=conversation, seq=1, id="greeting", author="assistant", text="Hello.", outcome=said("smalltalk"), at=at(1)))
        for place, (day, hour, outcome, helpful) in enumerate(REPLIES):
            asked = 2 + 2 * place
            session.add(Message(conversation_id=conversation, seq=asked, id=f"q{place}", author="patient", text=WORDS, at=at(day, hour)))
            session.add(Message(conversation_id=conversation, seq=asked + 1, id=f"a{place}", author="assistant", text="An answer.", outcome=outcome,
                                helpful=helpful, reply_to=asked, at=at(day, hour)))
        session.add(Message(conversation_id=conversation, seq=90, id="s", author="staff", text="Yes.", staff_name="Sam Clinician", at=at(3)))

    await clinic.db.write(work)


async def with_tickets(clinic: Clinic, *changes: dict[str, Any]) -> None:
    def work(session: Session) -> None:
        for place, change in enumerate(changes):
            session.add(Handoff(**{
                "key": f"k{place}", "reference": f"B12-{place:06}", "conversation_id": "c1", "origin": "clinic", "kind": "my_dose", "reason": "own_dose",
                "urgency": "routine", "state": "new", "details": {"name": "Jo Field"}, "question": WORDS, "topics": [], "reply_by": at(4, 18),
                "due_at": at(4, 18), "created_at": at(2), "activity_at": at(2)} | change))

    await clinic.db.write(work)


def by_minutes(minutes: int, **changes: Any) -> dict[str, Any]:
    """A ticket claimed after so many minutes, and replied to after ten times as many."""
    return {"state": "answered", "first_claimed_at": at(2) + timedelta(minutes=minutes), "first_reply_at": at(2) + timedelta(minutes=10 * minutes)} | changes


# -- figures ----------------------------------------------------------------------------------------------------------

async def test_messages_are_counted_by_the_clinics_day(clinic: Clinic) -> None:
    await with_replies(clinic)
    report = await reports.make(clinic, MARCH)
    assert report.figures == figures_of(EXPECTED)
    once = ("clarify", "emergency", "handoff", "language", "out_of_scope", "person", "unavailable")
    assert report.totals("outcome") == {"answer": 3} | dict.fromkeys(once, 1)
    assert report.series("outcome", "answer") == [2, 1, 0, 0]


async def test_the_numbers_outlive_their_conversation_and_are_never_counted_twice(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    await with_replies(clinic, patient.conversation + "x")
    await with_replies(clinic, "c2")
    before = await reports.make(clinic, MARCH)
    await retention.forget(clinic, "c2")
    assert (await reports.make(clinic, MARCH)).figures == before.figures == {key: 2 * count for key, count in figures_of(EXPECTED).items()}
    await retention.forget(clinic, "c2")
    clock.later(days=40)
    await retention.sweep(clinic.db, clinic.engine, clinic.content.clinic, clock.now)
    assert await clinic.db.read(lambda session: session.scalars(select(Message)).all()) == []
    assert (await reports.make(clinic, MARCH)).figures == before.figures


async def test_batches_are_whole(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    await with_replies(clinic, "c1")
    await with_replies(clinic, "c0")
    await with_tickets(clinic, *({} for _ in range(7)))
    whole = await reports.make(clinic, MARCH)
    for size in (1, 2, 7, 22):
        monkeypatch.setattr(figures, "BATCH", size)
        assert await reports.make(clinic, MARCH) == whole


async def test_times_and_promises(clinic: Clinic) -> None:
    await with_tickets(
        clinic,
        *(by_minutes(minutes) for minutes in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
        {"kind": "admin"},  # unclaimed, in time
        {"kind": "admin", "reply_by": at(3)},  # unclaimed, late
        by_minutes(20, reply_by=at(2, 16)),  # replied to, late
        {"state": "closed", "closed_at": at(2, 17), "first_claimed_at": at(2, 16), "channel": "phone"},  # called back
        {"state": "closed", "closed_at": at(2, 17)},  # closed by nobody's claim
        {"urgency": "emergency", "reply_by": None},
        {"origin": "local", "kind": "my_labs"}, {"created_at": at(5, 5), "kind": "my_labs"}, {"created_at": at(1, 4), "kind": "my_labs"},
    )
    report = await reports.make(clinic, MARCH)
    assert report.totals("handoff") == {"my_dose": 14, "admin": 2}
    routine, emergency, all_ = (report.tickets[urgency] for urgency in ("routine", "emergency", ALL))
    assert (routine.number, emergency.number, report.tickets["same_day"].number, all_.number) == (15, 1, 0, 16)
    # claimed after 1 .. 10, 20 and 60 minutes: the middle two are 6 and 7; the 11th of 12 is 20
    assert (routine.claim.median, routine.claim.p90, len(routine.claim.seconds), routine.claim.waiting) == (390, 1200, 12, 2)
    # replied to after 10 .. 100, 120, 120 and 200 minutes: the 7th of 13, the 12th of 13
    assert (routine.reply.median, routine.reply.p90, len(routine.reply.seconds), routine.reply.waiting) == (70 * 60, 120 * 60, 13, 2)
    assert (routine.promised, routine.broken) == (15, 2)
    assert (emergency.promised, emergency.claim.waiting, emergency.claim.median, emergency.claim.p90) == (0, 1, None, None)
    assert (all_.claim.waiting, all_.broken) == (3, 2)


@pytest.mark.parametrize(("seconds", "median", "p90"), [
    ([], None, None), ([7], 7, 7), ([1, 2], 1.5, 2), ([3, 1, 2], 2, 3), (list(range(1, 11)), 5.5, 9), (list(range(1, 12)), 6, 10), ([5] * 9 + [99], 5, 5),
])
def test_median_and_nearest_rank(seconds: list[int], median: float | None, p90: int | None) -> None:
    times = Times(seconds)
    assert (times.median, times.p90) == (median, p90)


@pytest.mark.parametrize(("seconds", "text"), [
    (None, "–"), (0, "0 s"), (45, "45 s"), (60, "1 min"), (119, "1 min"), (7800, "2 h 10 min"), (7200, "2 h"), (7205, "2 h"), (90_000, "1 d 1 h"),
])
def test_durations_in_words(seconds: float | None, text: str) -> None:
    assert labels.duration(seconds) == text


async def test_long_periods_are_shown_by_weeks(clinic: Clinic) -> None:
    await with_replies(clinic)
    report = await reports.make(clinic, Period(date(2026, 1, 1), date(2026, 3, 4)))
    assert len(report.period.steps) == 9 and sum(report.series("outcome", "answer")) == report.totals("outcome")["answer"] == 4


# -- dates ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("first", "last", "fields"), [
    ("2026-03-01", "", {"to"}), ("", "2026-03-01", {"from"}), ("first of March", "2026-03-01", {"from"}), ("2026-03-02", "2026-03-01", {"to"}),
    ("2026-03-01", "2026-03-05", {"to"}), ("2025-03-03", "2026-03-04", {"from"}), ("x", "y", {"from", "to"}),
])
def test_dates_that_make_no_sense(first: str, last: str, fields: set[str]) -> None:
    with pytest.raises(BadPeriod) as raised:
        reports.parse(first, last, date(2026, 3, 4))
    assert set(raised.value.problems) == fields


def test_dates() -> None:
    assert reports.parse("", "", date(2026, 3, 4)) == Period(date(2026, 2, 5), date(2026, 3, 4))
    assert len(reports.parse("2025-03-04", "2026-03-04", date(2026, 3, 4)).days) == 366


async def test_a_day_of_the_change_to_summer_time_is_whole(clinic: Clinic) -> None:
    begin, end = Period(date(2026, 3, 8), date(2026, 3, 8)).bounds(clinic.hours.zone)
    assert (begin.astimezone(UTC).hour, end.astimezone(UTC).hour) == (5, 4)


# -- the page and its charts ------------------------------------------------------------------------------------------

async def test_the_page_shows_the_numbers_and_says_who_looked(app: FastAPI, clinic: Clinic) -> None:
    await with_replies(clinic)
    await with_tickets(clinic, by_minutes(5))
    async with Desk(app, clinic, "front_desk") as desk:
        page = await desk.sees("/desk/reports?from=2026-03-01&to=2026-03-04")
        assert page.count("<img") == 6 and 'alt="10 messages; most often: Answered (3), ' in page and "Median time to claim</dt><dd>5 min</dd>" in page
        assert WORDS not in page and "Jo Field" not in page and " style=" not in page and "/desk/reports/tickets.csv" not in page
        for source in re.findall(r'src(?:set)?="([^"]+)"', page):
            if ".svg" in source:
                svg = await desk.http.get(source.replace("&amp;", "&"))
                assert svg.headers["content-type"] == "image/svg+xml" and svg.headers["content-disposition"].startswith("attachment")
    entry = await clinic.db.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.action == "view_reports")).one())
    assert (entry.actor, entry.detail) == (f"staff:{desk.id}", {"first": "2026-03-01", "last": "2026-03-04"})


async def test_an_empty_period(app: FastAPI, clinic: Clinic) -> None:
    async with Desk(app, clinic, "admin") as desk:
        page = await desk.sees("/desk/reports")
        assert "<img" not in page and "No messages in this period." in page and "No ticket was claimed or replied to." in page
        assert (await desk.http.get("/desk/reports/outcomes.svg")).status_code == 404
        assert (await desk.posts("/desk/reports.csv", **{"from": "2026-03-01", "to": "2026-03-04"})).status_code == 200


async def test_a_wrong_date_is_shown_at_its_field(app: FastAPI, clinic: Clinic) -> None:
    async with Desk(app, clinic, "admin") as desk:
        page = await desk.sees("/desk/reports?from=2026-03-04&to=2026-03-01%22%3E", 422)
        assert 'name="to" value="2026-03-01&#34;&gt;" aria-invalid="true" aria-describedby="to-problem"' in page and 'id="to-problem"' in page
        assert (await desk.http.get("/desk/reports/outcomes.svg?from=x&to=y")).status_code == 422
        assert (await desk.posts("/desk/reports.csv", **{"from": "x", "to": "y"})).status_code == 422


async def test_charts_are_svg_without_script_and_differ_with_their_numbers(clinic: Clinic, content: Content) -> None:
    await with_replies(clinic)
    await with_tickets(clinic, by_minutes(5))
    one = await reports.make(clinic, MARCH)
    await with_replies(clinic, "c2")
    await with_tickets(clinic, by_minutes(500, key="other", reference="B12-OTHER", kind="admin"))
    two = await reports.make(clinic, MARCH)
    for name in charts.CHARTS:
        svg = charts.draw(name, one, content, narrow=False)
        root = ET.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not [e for e in root.iter() if e.tag.endswith(("}script", "}foreignObject", "}a", "}image"))]
        assert not [name for e in root.iter() for name in e.attrib if name.startswith("on")]
        assert any(e.text for e in root.iter("{http://www.w3.org/2000/svg}text"))
        assert svg == charts.draw(name, one, content, narrow=False) != charts.draw(name, one, content, narrow=True)
        assert svg != charts.draw(name, two, content, narrow=False)


async def test_a_title_is_text_whatever_it_holds(clinic: Clinic, content: Content) -> None:
    await with_tickets(clinic, {"kind": "$x^2$ <script>&"})
    svg = charts.draw("handoffs", await reports.make(clinic, MARCH), content, narrow=True).decode()
    assert "$x^2$ &lt;script&gt;&amp;" in svg


# -- exports ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cell", [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx", "\nx", " =1", "\u00a0=1", "\u3000@x", "\ufeff=1", "\u200b=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x",
    "\ufe62x", "\ufe63x", "\u2212x", "=cmd|' /C calc'!A0", "\x00=1",
])
def test_what_looks_like_a_formula_is_made_harmless(cell: str) -> None:
    assert export.harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "B12-7K4M2Q", "2026-03-04", "a=1", "1-2", "x@y", "'=1", "–", "(=)", 3, -3, -1.5, None])
def test_everything_else_stays(cell: Any) -> None:
    assert export.harmless(cell) == cell


def read_csv(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


async def test_the_figures_as_csv(app: FastAPI, clinic: Clinic) -> None:
    await with_replies(clinic)
    await with_tickets(clinic, by_minutes(5))
    async with Desk(app, clinic, "front_desk") as desk:
        answer = await desk.posts("/desk/reports.csv", **{"from": "2026-03-01", "to": "2026-03-04"})
    assert answer.headers["content-disposition"] == 'attachment; filename="figures-2026-03-01-to-2026-03-04.csv"'
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    lines = read_csv(answer.content)
    assert {"day": "2026-03-01", "figure": "outcome", "key": "answer", "label": "Answered", "value": "2"} in lines
    assert {"day": "", "figure": "claim_median_s", "key": "all", "label": "All", "value": "300"} in lines
    entry = await clinic.db.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one())
    assert entry.detail == {"first": "2026-03-01", "last": "2026-03-04", "what": "figures"}


async def test_the_tickets_as_csv(app: FastAPI, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "BATCH", 2)
    await with_tickets(clinic, by_minutes(5, resolution="answered_here"), {"reason": "=HYPERLINK(1)"}, {"reply_by": at(2, 16)}, {})
    async with Desk(app, clinic, "clinician") as desk:
        answer = await desk.posts("/desk/reports/tickets.csv", **{"from": "2026-03-01", "to": "2026-03-04"})
    lines = read_csv(answer.content)
    assert [line["reference"] for line in lines] == [f"B12-{n:06}" for n in range(4)]
    assert lines[0] == {
        "reference": "B12-000000", "created": "2026-03-02T10:00:00-05:00", "channel": "widget", "kind": "my_dose", "reason": "own_dose", "urgency": "routine",
        "state": "answered", "claimed": "2026-03-02T10:05:00-05:00", "replied": "2026-03-02T10:50:00-05:00", "reply_promised_by": "2026-03-04T13:00:00-05:00",
        "promise_broken": "0", "closed": "", "outcome": "answered_here"}
    assert lines[1]["reason"] == "'=HYPERLINK(1)" and [line["promise_broken"] for line in lines] == ["0", "0", "1", "0"]
    assert WORDS.encode() not in answer.content and b"Field" not in answer.content


@pytest.mark.parametrize(("role", "status"), [("front_desk", 403), ("clinician", 200), ("admin", 200)])
async def test_who_may_take_the_tickets_along(app: FastAPI, clinic: Clinic, role: str, status: int) -> None:
    async with Desk(app, clinic, role) as desk:
        page = await desk.sees("/desk/reports")
        assert ("/desk/reports/tickets.csv" in page) == (status == 200)
        fields = {"from": "2026-03-01", "to": "2026-03-04"}
        assert (await desk.posts("/desk/reports/tickets.csv", **fields)).status_code == status
        assert (await desk.posts("/desk/reports.csv", **fields)).status_code == 200
        for path in ("/desk/reports.csv", "/desk/reports/tickets.csv"):
            assert (await desk.posts(path, **fields | {"csrf": "forged"})).status_code == 403
            assert (await desk.http.get(path)).status_code in (404, 405)


async def test_nobody_sees_reports_without_signing_in(app: FastAPI, clinic: Clinic, http: Any) -> None:
    assert (await http.get("/desk/reports", headers={"accept": "text/html"})).status_code == 303
    for path in ("/desk/reports/outcomes.svg", "/desk/reports"):
        assert (await http.get(path)).status_code == 401
    assert (await http.post("/desk/reports.csv", data={"from": "2026-03-01", "to": "2026-03-04"})).status_code == 401


async def test_a_page_and_its_charts_count_once(app: FastAPI, clinic: Clinic, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    make = reports.make

    async def counting(*args: Any) -> Any:
        nonlocal counted
        counted += 1
        return await make(*args)

    monkeypatch.setattr(reports, "make", counting)
    await with_replies(clinic)
    async with Desk(app, clinic, "admin") as desk:
        await desk.sees("/desk/reports")
        await desk.http.get("/desk/reports/outcomes.svg")
        assert counted == 1
        clock.later(minutes=2)
        await desk.sees("/desk/reports")
        assert counted == 2 and clock.now > OPEN
