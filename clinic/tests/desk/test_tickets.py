"""What staff may do with a ticket, what the patient sees of it, and what is kept of it."""

from __future__ import annotations

import pytest
from conftest import Clock, Patient
from sqlalchemy import func, select

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import people, tickets
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Handoff, HandoffEvent, Message
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.settings import Settings
from desk.work import audited, by_phone, history, joins, of, signed_in, talk, ticket, worker


def refused(code: str):  # type: ignore[no-untyped-def]
    return pytest.raises(Refusal, match=f"^{code}$")


async def test_claiming_takes_the_chat_from_the_assistant_and_says_so(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await sam.takes(reference)
    assert (await talk(patient, clinic)) == [("notice", "Sam Clinician from Maple Lane Clinic has joined this chat. The assistant will be silent for now.")]
    found = await of(clinic, reference)
    assert (found.state, found.claimed_by, found.claimed_at, found.first_claimed_at) == ("claimed", sam.actor.id, clinic.now(), clinic.now())
    assert await history(clinic, reference) == ["created", "claimed"]
    assert await audited(clinic) == [(f"staff:{sam.actor.id}", "claim", f"ticket:{reference}")]


async def test_one_has_it_and_others_take_over_with_a_reason(patient: Patient, clinic: Clinic) -> None:
    sam, lee = await worker(clinic), await worker(clinic, "front_desk", "Lee Desk")
    await signed_in(patient, clinic)
    reference = await ticket(patient, kind="admin", reason="appointment")
    with refused("claim_first"):
        await lee.does(tickets.reply, reference, "Hello.")
    await sam.takes(reference)
    with refused("taken"):
        await lee.takes(reference)
    for step, *args in ((tickets.reply, "Hello."), (tickets.send_approved, "hello"), (tickets.resolve, "booked"), (tickets.release,)):
        with refused("taken"):
            await lee.does(step, reference, *args)
    with refused("no_reason"):
        await lee.does(tickets.reassign, reference, lee.actor.id, "  ")
    await lee.does(tickets.reassign, reference, lee.actor.id, "Sam is out")
    await lee.does(tickets.reply, reference, "Hello.")
    assert [author for author, _ in await talk(patient, clinic)] == ["notice", "notice", "staff"]
    assert (await of(clinic, reference)).claimed_by == lee.actor.id


async def test_assigning_does_not_join_for_somebody_else(patient: Patient, clinic: Clinic) -> None:
    sam, admin = await worker(clinic), await worker(clinic, "admin", "Ada Admin")
    reference = await ticket(patient)
    await admin.does(tickets.reassign, reference, sam.actor.id, "it is clinical")
    found = await of(clinic, reference)
    assert (found.state, found.claimed_by) == ("claimed", sam.actor.id) and await talk(patient, clinic) == []
    assert (await patient.posts("and now?")).json()["reply"]["text"].startswith("First.")
    assert (await sam.views(reference)).may["claim"] is None
    await sam.takes(reference)
    assert [author for author, _ in await talk(patient, clinic)][-1] == "notice"


async def test_passing_on_in_the_middle_of_a_talk(patient: Patient, clinic: Clinic) -> None:
    sam, lee = await worker(clinic), await worker(clinic, "front_desk", "Lee Desk")
    reference = await ticket(patient)
    await lee.takes(reference)
    await lee.does(tickets.reassign, reference, sam.actor.id, "it is clinical")
    assert (await talk(patient, clinic))[-1] == ("notice", "Sam Clinician from Maple Lane Clinic will go on from here.")
    assert (await patient.posts("hello?")).json()["reply"]["outcome"]["texts"] == ["replies/handoff#person_receipt"]


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"active": False}, {}])
async def test_only_those_who_work_on_tickets_can_be_given_one(patient: Patient, clinic: Clinic, changes: dict[str, object]) -> None:
    from people import add_staff

    sam = await worker(clinic)
    other = await add_staff(clinic, name="Kim Other", **changes) if changes else 999  # type: ignore[arg-type]
    reference = await ticket(patient)
    with refused("nobody_chosen"):
        await sam.does(tickets.reassign, reference, other, "please")
    assert [person.id for person in await clinic.db.read(people.assignable)] == [sam.actor.id]


async def test_the_front_desk_does_not_answer_a_clinical_ticket(patient: Patient, clinic: Clinic) -> None:
    lee, sam = await worker(clinic, "front_desk", "Lee Desk"), await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await lee.takes(reference)
    for ask in (False, True):
        with refused("clinical_only"):
            await lee.does(tickets.reply, reference, "Take half.", ask)
    for outcome in ("answered_here", "advised_by_phone"):
        with refused("clinical_only"):
            await lee.does(tickets.resolve, reference, outcome)
    view = await lee.views(reference)
    assert view.clinical and view.may["reply"] == "clinical_only" and "answered_here" not in view.outcomes and view.canned
    await lee.does(tickets.send_approved, reference, "passed_to_clinician")
    assert [author for author, _ in await talk(patient, clinic)] == ["notice", "staff"]
    await lee.does(tickets.reassign, reference, sam.actor.id, "it is clinical")
    await sam.does(tickets.reply, reference, "Please keep to your plan.")
    await sam.does(tickets.reassign, reference, lee.actor.id, "please call them")
    await lee.does(tickets.resolve, reference, "called_back")


async def test_what_nobody_read_counts_as_clinical(patient: Patient, clinic: Clinic) -> None:
    lee = await worker(clinic, "front_desk", "Lee Desk")
    await signed_in(patient, clinic)
    for kind, reason, clinical in (("human", "human", False), ("human", "engine_down", True), ("something_new", "", True), ("admin", "appointment", False)):
        assert (await lee.views(await ticket(patient, kind=kind, reason=reason))).clinical == clinical


async def test_nobody_writes_freely_to_somebody_unknown(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    for ask in (False, True):
        with refused("unverified"):
            await sam.does(tickets.reply, reference, "Your result is fine.", ask)
    with refused("unverified"):
        await sam.does(tickets.send_approved, reference, "booked")
    with refused("no_text"):
        await sam.does(tickets.send_approved, reference, "nothing")
    message = await sam.does(tickets.send_approved, reference, "hello")
    assert (message.author, message.staff_name) == ("staff", "Sam Clinician")
    assert message.text == "Hello, this is Sam Clinician from Maple Lane Clinic. I am reading your question now."
    view = await sam.views(reference)
    assert not view.verified and view.canned and all(canned.unverified for canned in view.canned)
    assert (await of(clinic, reference)).state == "claimed" and (await of(clinic, reference)).first_reply_at is None


async def test_unsigned_texts_are_withheld_where_a_review_is_required(patient: Patient, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    monkeypatch.setenv("AMPOULE_REQUIRE_REVIEW", "1")
    assert (await sam.views(reference)).canned == []
    with refused("unverified"):
        await sam.does(tickets.send_approved, reference, "hello")


async def test_a_reply_is_stored_announced_and_kept(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, " Please come in <b>today</b>. ")
    found = await of(clinic, reference)
    assert (found.state, found.first_reply_at) == ("answered", clinic.now())
    assert (await talk(patient, clinic))[-1] == ("staff", "Please come in <b>today</b>.")
    mail = await clinic.db.read(lambda session: session.scalar(select(Outgoing)))
    assert mail and mail.kind == "email" and "come in" not in str(mail.payload)
    await patient.http.delete("/api/sessions", headers=patient.headers)
    view = await sam.views(reference)
    assert view.gone and view.messages == [] and [event.text for event in view.events] == [None, None, "Please come in <b>today</b>."]
    assert view.may["reply"] == "no_conversation" and view.may["resolve"] is None and view.verified


@pytest.mark.parametrize(("text", "code"), [("", "no_text"), (" \n ", "no_text"), ("x" * 4001, "text_long")])
async def test_a_reply_needs_words(patient: Patient, clinic: Clinic, text: str, code: str) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    with refused(code):
        await sam.does(tickets.reply, reference, text)
    with refused(code):
        await sam.does(tickets.note, reference, text)
    assert (await of(clinic, reference)).state == "claimed"


async def test_a_stale_page_sends_nothing(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    seen = (await sam.views(reference)).last_seq
    await patient.posts("wait, it is gone")
    for step, *args in ((tickets.reply, "Come in."), (tickets.resolve, "booked")):
        with refused("patient_wrote"):
            await sam.does(step, reference, *args, seen_seq=seen)
    await sam.does(tickets.reply, reference, "Good.", seen_seq=(await sam.views(reference)).last_seq)
    await sam.does(tickets.resolve, reference, "answered_here", seen_seq=(await sam.views(reference)).last_seq)


async def test_closing_gives_the_chat_back(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    reference = await ticket(patient)
    await sam.takes(reference)
    with refused("no_outcome"):
        await sam.does(tickets.resolve, reference, "fine")
    await sam.does(tickets.resolve, reference, "called_back", "spoke to her")
    found = await of(clinic, reference)
    assert (found.state, found.open, found.resolution, found.closed_at) == ("closed", False, "called_back", clinic.now())
    assert (await talk(patient, clinic))[-1][0] == "notice"
    assert (await patient.posts("and now?")).json()["reply"]["text"].startswith("First.")
    with refused("no_reason"):
        await sam.does(tickets.reopen, reference, "")
    await sam.does(tickets.reopen, reference, "she called")
    found = await of(clinic, reference)
    assert (found.state, found.open, found.resolution, found.claimed_by) == ("reopened", True, None, None) and found.due_at > clinic.now()


async def test_urgency_keeps_what_was_promised(patient: Patient, clinic: Clinic, clock: Clock) -> None:
    lee, sam = await worker(clinic, "front_desk", "Lee Desk"), await worker(clinic)
    reference = await ticket(patient)
    first = (await of(clinic, reference)).due_at
    with refused("no_reason"):
        await lee.does(tickets.change_urgency, reference, "same_day", "")
    for urgency in ("routine", "soon"):
        with refused("not_possible"):
            await lee.does(tickets.change_urgency, reference, urgency, "why not")
    await lee.does(tickets.change_urgency, reference, "same_day", "due tonight")
    raised = await of(clinic, reference)
    assert raised.urgency == "same_day" and raised.priority == 1 and raised.due_at == raised.reply_by < first
    await lee.does(tickets.change_urgency, reference, "routine", "it was not")
    lowered = await of(clinic, reference)
    assert lowered.priority == 2 and lowered.due_at == lowered.reply_by == raised.due_at
    await lee.does(tickets.change_urgency, reference, "emergency", "short of breath")
    urgent = await of(clinic, reference)
    assert urgent.due_at == clinic.now() and urgent.reply_by == raised.reply_by
    with refused("clinical_only"):
        await lee.does(tickets.change_urgency, reference, "routine", "she is fine")
    await sam.does(tickets.change_urgency, reference, "same_day", "spoke to her")
    assert (await of(clinic, reference)).due_at > clinic.now()


async def test_an_emergency_is_acknowledged_once(patient: Patient, clinic: Clinic) -> None:
    sam, lee = await worker(clinic), await worker(clinic, "front_desk", "Lee Desk")
    reference = await ticket(patient)
    with refused("not_possible"):
        await sam.does(tickets.acknowledge, reference)
    await sam.does(tickets.change_urgency, reference, "emergency", "chest pain")
    await lee.does(tickets.acknowledge, reference)
    await sam.does(tickets.acknowledge, reference)
    found = await of(clinic, reference)
    assert found.acknowledged_by == lee.actor.id and (await sam.views(reference)).acknowledged_by == "Lee Desk"
    assert (await history(clinic, reference)).count("acknowledged") == 1


async def test_urgent_tickets_are_called_out(patient: Patient, clinic: Clinic, settings: Settings) -> None:
    object.__setattr__(clinic.settings, "webhook_url", "https://hook.example")
    sam = await worker(clinic)
    count = lambda session: session.scalar(select(func.count()).select_from(Outgoing))  # noqa: E731
    reference = await ticket(patient)
    assert await clinic.db.read(count) == 0
    await ticket(patient, urgency="same_day")
    await sam.does(tickets.change_urgency, reference, "emergency", "chest pain")
    assert await clinic.db.read(count) == 2
    await sam.does(tickets.change_urgency, reference, "routine", "no, it is not")
    assert await clinic.db.read(count) == 2


async def test_what_is_not_there(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    local = await ticket(patient, origin="local")
    for reference in ("B12-XXXXXX", "", local):
        for step in (tickets.view, tickets.claim, tickets.acknowledge):
            with refused("not_found"):
                await sam.does(step, reference)


async def test_the_page_of_a_ticket(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    await patient.posts("how much is usual?")
    reference = await ticket(patient)
    assert await joins(patient, "and one more thing") == 200
    view = await sam.views(reference)
    shown = view.messages[2]
    assert shown.outcome and shown.outcome["texts"] == ["topics/usual_dose#answer"] and shown.outcome["content_version"] == clinic.content.version
    assert [message.text for message in view.joined] == ["and one more thing"]
    assert [event.what for event in view.events] == ["created", "joined"] and view.claimed_by is None and not view.gone
    assert view.last_seq == view.messages[-1].seq
    seen = await clinic.db.read(lambda session: session.scalar(select(Message.seq).order_by(Message.seq.desc()).limit(1)))
    assert view.conversation and view.conversation.staff_seen == seen
    await sam.does(tickets.view, reference, again=True)
    assert [action for _, action, _ in await audited(clinic)] == ["view_ticket"]


async def test_a_script_is_text(patient: Patient, clinic: Clinic) -> None:
    sam = await worker(clinic)
    words = "<script>alert(1)</script>"
    reference = await ticket(patient, question=words)
    await joins(patient, words)
    view = await sam.views(reference)
    assert view.ticket.question == words == view.joined[0].text


async def test_a_joined_clinical_question_makes_the_ticket_clinical(patient: Patient, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    from ampoule.reader import Reading

    async def read(*_: object) -> Reading:
        return Reading("my_volume", "handoff", kind="my_volume", reason="volume_calc", urgency="same_day")

    lee = await worker(clinic, "front_desk", "Lee Desk")
    await signed_in(patient, clinic)
    reference = await ticket(patient, kind="admin", reason="appointment")
    before = (await of(clinic, reference)).due_at
    assert not (await lee.views(reference)).clinical
    monkeypatch.setattr(clinic.red_flags, "read", read)
    await joins(patient, "and how much do I draw up?")
    found = await of(clinic, reference)
    assert (found.kind, found.urgency) == ("my_volume", "same_day") and found.due_at < before
    assert (await lee.views(reference)).may["reply"] == "clinical_only"


async def test_a_call_is_a_ticket(clinic: Clinic) -> None:
    lee = await worker(clinic, "front_desk", "Lee Desk")
    sent = by_phone()
    make = lambda session: tickets.create_from_phone(session, clinic, lee.actor, **sent)  # noqa: E731
    found, again = await clinic.db.write(make), await clinic.db.write(make)
    assert found.reference == again.reference and (found.channel, found.state, found.urgency) == ("phone", "new", "same_day")
    assert found.details == {"name": "Jo Field", "contact": "555-555-0199", "consent": True} and found.reply_by
    assert await audited(clinic) == [(f"staff:{lee.actor.id}", "intake", f"ticket:{found.reference}")]
    await lee.takes(found.reference)
    view = await lee.views(found.reference)
    assert not view.gone and not view.verified and view.may["approved"] == "no_conversation" and view.may["reply"] == "clinical_only"
    await lee.does(tickets.resolve, found.reference, "called_back")


@pytest.mark.parametrize(("wrong", "code"), [
    ({"words": " "}, "no_text"), ({"kind": "my dose"}, "bad_request"), ({"urgency": "soon"}, "bad_request"), ({"key": "x"}, "bad_request"),
    ({"name": "x" * 201}, "text_long"), ({"words": "x" * 4001}, "text_long"),
])
async def test_what_is_wrong_with_a_call(clinic: Clinic, wrong: dict[str, str], code: str) -> None:
    lee = await worker(clinic, "front_desk", "Lee Desk")
    with refused(code):
        await clinic.db.write(lambda session: tickets.create_from_phone(session, clinic, lee.actor, **by_phone(**wrong)))
    assert await clinic.db.read(lambda session: session.scalar(select(Handoff))) is None


async def test_a_signed_in_patient_is_known(patient: Patient, clinic: Clinic) -> None:
    await signed_in(patient, clinic)
    found = await of(clinic, await ticket(patient, details={"about": "self", "is_patient": True, "consent": True}, reading={"language": "es", "labels": []}))
    assert (found.channel, found.patient_id is not None, found.language) == ("portal", True, "es")
    assert found.details["name"] == "Jo Field" and found.details["birth_date"] == "1961-05-12" and found.details["contact"] == "555-555-0199"


async def test_no_words_in_the_audit_log(patient: Patient, clinic: Clinic) -> None:
    from ampoule_clinic.accounts.models import AuditEntry

    sam = await worker(clinic)
    await signed_in(patient, clinic)
    reference = await ticket(patient, question="my secret question")
    await sam.takes(reference)
    await sam.does(tickets.reply, reference, "a secret reply")
    await sam.does(tickets.note, reference, "a secret note")
    await sam.does(tickets.resolve, reference, "booked", "a secret end")
    lines = await clinic.db.read(lambda session: [str(line.detail) for line in session.scalars(select(AuditEntry))])
    assert len(lines) == 4 and "secret" not in "".join(lines)
    events = await clinic.db.read(lambda session: [event.id for event in session.scalars(select(HandoffEvent))])
    assert events == sorted(events)
