"""From a reading to a reply: what is said, in which order, and what never stands beside what. No trained model is needed."""

from __future__ import annotations

import re

import pytest
from ampoule import reply, signing
from ampoule.check import AMOUNT
from ampoule.content import BLANK, Content
from ampoule.handoff import STEPS, Draft, advance
from ampoule.labels import FIRST_REASON, FLAG_GROUPS, HANDOFF_KINDS, OUT_OF_SCOPE, SMALLTALK, UNREADABLE
from ampoule.outcome import Turn
from ampoule.reader import Reading
from ampoule.state import State

CONVERSION = {"amount": "1", "unit": "mg", "from_amount": "1000", "from_unit": "mcg"}
DETAILS = {"patient": True, "name": "Jo Poe", "birth_date": "date", "contact": "phone …42", "about": "self", "consent": True}
TOPIC_IDS = (
    "usual_dose",
    "what_dose_depends_on",
    "why_numbers_differ",
    "repletion_phase",
    "maintenance_phase",
    "mcg_vs_mg",
    "concentration",
    "side_effects",
    "forms",
    "switch_to_oral",
)


def draft(state: str = "asking", **changes) -> Draft:
    return Draft(**{"kind": "my_dose", "reason": "dose_personal", "urgency": "routine", "question": "how much for me", "state": state, **changes})


def handoff_reading(kind: str, **changes) -> Reading:
    return Reading(**{"label": kind, "outcome": "handoff", "kind": kind, "reason": FIRST_REASON[kind], "event": "offer", **changes})


def answer(topic: str = "forms", **changes) -> Reading:
    return Reading(**{"label": topic, "outcome": "answer", "topics": [topic], **changes})


def emergency(group: str = "allergy", **changes) -> Reading:
    return Reading(**{"label": f"emergency_{group}", "outcome": "emergency", "safety": "emergency", "flags": [group], **changes})


def say(content: Content, reading: Reading, state: State | None = None, **options) -> tuple[Turn, State]:
    state = state or State()
    state.handoff = advance(state.handoff, reading, "the question", False)
    turn = reply.compose(content, reading, state, **options)
    assert len(turn.texts) == len(turn.custom["texts"])
    assert all(text and not BLANK.search(text) for text in turn.texts)
    assert all(id in content.texts for id in turn.custom["texts"])
    assert turn.slots == state.as_slots()
    return turn, state


def ids(turn: Turn) -> list[str]:
    return turn.custom["texts"]


# -- every outcome composes -------------------------------------------------------------------------------------------

EVERYTHING = [
    *(answer(t) for t in TOPIC_IDS),
    answer("forms", topics=["forms", "side_effects"]),
    *(handoff_reading(k) for k in HANDOFF_KINDS),
    *(handoff_reading(k, topics=["usual_dose"], urgency="same_day") for k in HANDOFF_KINDS),
    *(emergency(g) for g in (*FLAG_GROUPS, "general")),
    Reading("still_waiting", "emergency", "emergency"),
    Reading("fine_now", "emergency", "emergency"),
    *(Reading(label, "out_of_scope") for label in (*OUT_OF_SCOPE, *UNREADABLE)),
    *(Reading("oos_unreviewed", "out_of_scope", conversion_problem=p) for p in ("not_iu", "not_ml", "not_syringe_units", "not_pg")),
    *(Reading(label, "smalltalk") for label in (*SMALLTALK, "affirm", "deny", "fine_now", "no_flag", "help_called", "more_detail", "ask_source")),
    *(Reading("language", "language", language=code) for code in ("es", "fr", "de", "pt", "it", "pl", "hi", "zh", "ar", "tl", "ur", "other", "xx")),
    Reading("convert", "convert", conversion=CONVERSION),
    Reading("convert", "convert", conversion=CONVERSION, topics=["im_vs_sc"]),
    Reading("convert", "convert", conversion={"amount": "1000000", "unit": "mcg", "from_amount": "1000", "from_unit": "mg"}, conversion_problem="big_mg"),
    Reading("clarify", "clarify", topics=["forms", "usual_dose", "causes"]),
    Reading("convert", "clarify", topics=["mcg_vs_mg"], conversion_problem="zero"),
    Reading("convert", "clarify", topics=["mcg_vs_mg"], conversion_problem="ambiguous_amount", details={"from_quantity": "1.000 mcg"}),
    answer("forms", label="more_detail"),
    answer("forms", label="ask_source"),
    answer("mcg_vs_mg", label="glossary", term="mma"),
]
NAMES = [f"{r.outcome}-{r.label}-{i}" for i, r in enumerate(EVERYTHING)]


@pytest.mark.parametrize("reading", EVERYTHING, ids=NAMES)
@pytest.mark.parametrize("safety", ["none", "check"])
def test_every_outcome_composes_from_reviewed_texts(content: Content, reading: Reading, safety: str) -> None:
    reading = Reading.from_dict({**reading.as_dict(), "safety": "emergency" if reading.outcome == "emergency" else safety})
    turn, _ = say(content, reading)
    assert (turn.custom["outcome"], turn.custom["safety"]) == (reading.outcome, reading.safety)
    assert turn.custom["content_version"] == content.version
    assert (ids(turn)[0] == "replies/emergency#check") == (reading.safety == "check")


@pytest.mark.parametrize("topic", TOPIC_IDS)
def test_an_answer_shows_its_text_sources_and_related_topics(content: Content, topic: str) -> None:
    turn, state = say(content, answer(topic))
    assert turn.texts == [content.topics[topic].answer.text]
    assert [s["id"] for s in turn.custom["sources"]] == list(content.topics[topic].sources)
    assert f"more:{topic}" in [c["choice"] for c in turn.custom["choices"]]
    assert {c["choice"] for c in turn.custom["choices"][1:]} == {f"topic:{t}" for t in content.topics[topic].related[:3]}
    assert state.topics == [topic] and state.choices == turn.custom["choices"]


def test_two_questions_get_both_answers(content: Content) -> None:
    turn, _ = say(content, answer("forms", topics=["forms", "side_effects"]))
    assert ids(turn) == ["topics/forms#answer", "topics/side_effects#answer"] and turn.custom["topics"] == ["forms", "side_effects"]


# -- emergencies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        State(),
        State(handoff=draft("asking")),
        State(handoff=draft("sent", reference="AB-1")),
        State(emergency="open"),
        State(emergency="called", checking=True),
    ],
    ids=["new", "asking", "sent", "open", "called"],
)
@pytest.mark.parametrize("reading", [r for r in EVERYTHING if r.outcome == "emergency"], ids=lambda r: r.label)
def test_the_first_line_of_every_emergency_has_the_number(content: Content, reading: Reading, state: State) -> None:
    state = State.from_slots(state.as_slots())
    turn, after = say(content, reading, state)
    assert "911" in turn.texts[0].splitlines()[0] and "call" in turn.texts[0].splitlines()[0].lower()
    assert turn.custom["reminder"] is None and turn.custom["choices"] == [] and after.emergency == "open"
    assert not any(id.startswith(("topics/", "replies/handoff")) for id in ids(turn))


@pytest.mark.parametrize("reading", [r for r in EVERYTHING if r.outcome == "emergency"], ids=lambda r: r.label)
def test_no_emergency_text_holds_an_amount_or_says_that_someone_reads_along(content: Content, reading: Reading) -> None:
    said = "\n".join(say(content, reading)[0].texts)
    assert not AMOUNT.search(said)
    assert not re.search(r"\b(?:we will|nurse will|is reading|probably|don't worry)\b", said)


def test_suicide_has_its_own_text_and_the_crisis_line(content: Content) -> None:
    turn, _ = say(content, emergency("chest", flags=["chest", "suicide"]))
    assert ids(turn) == ["replies/emergency#suicide"] and "988" in turn.texts[0]


def test_poison_names_the_poison_line(content: Content) -> None:
    assert "1-800-222-1222" in say(content, emergency("poison"))[0].texts[0]


def test_an_emergency_in_another_language_has_the_fixed_sentences_under_it(content: Content) -> None:
    turn, _ = say(content, emergency(language="es"))
    assert ids(turn) == ["replies/emergency#allergy", "replies/language#es"]


@pytest.mark.parametrize("reading", [r for r in EVERYTHING if r.outcome == "language"], ids=lambda r: r.language)
def test_a_message_in_another_language_gets_the_number_in_its_first_sentence(content: Content, reading: Reading) -> None:
    (text,) = say(content, reading)[0].texts
    assert "911" in re.split(r"[.。।۔]\s?", text)[0]


def test_the_check_has_its_two_buttons_and_then_does_what_was_asked(content: Content) -> None:
    turn, state = say(content, answer("forms", safety="check", flags=["allergy"]))
    assert ids(turn) == ["replies/emergency#check", "topics/forms#answer"] and "911" in turn.texts[0]
    assert [c["choice"] for c in turn.custom["choices"][:2]] == ["check:yes", "check:no"]
    assert state.checking and state.emergency is None
    assert not say(content, Reading("no_flag", "smalltalk"), state)[1].checking


# -- beside a hand-off ------------------------------------------------------------------------------------------------


def without_conversion(turn: Turn) -> str:
    return "\n".join(text for id, text in zip(ids(turn), turn.texts, strict=True) if not id.startswith("replies/convert"))


@pytest.mark.parametrize("kind", HANDOFF_KINDS)
def test_no_amount_or_interval_beside_a_hand_off(content: Content, kind: str) -> None:
    for topic in content.topics:
        for urgency in ("routine", "same_day"):
            turn, _ = say(content, handoff_reading(kind, topics=[topic], urgency=urgency))
            assert not AMOUNT.search(without_conversion(turn)), (topic, ids(turn))
            assert f"topics/{topic}#brief" in ids(turn) and turn.custom["sources"] == []


@pytest.mark.parametrize("reason", ["needle_injury", "leber_cobalt", "reaction_history", "nerve_worse", "mental_health"])
def test_some_reasons_have_their_own_text(content: Content, reason: str) -> None:
    turn, _ = say(content, handoff_reading("my_symptoms", reason=reason))
    assert ids(turn)[0] == f"replies/handoff#{'low_mood' if reason == 'mental_health' else reason}"
    assert not AMOUNT.search(turn.texts[0])


def test_a_child_that_was_given_a_shot_has_the_poison_line_first(content: Content) -> None:
    turn, _ = say(content, handoff_reading("dosing_error", reason="child", urgency="same_day"))
    assert "1-800-222-1222" in turn.texts[0].splitlines()[0]


def test_only_the_typed_quantity_is_converted_beside_a_hand_off(content: Content) -> None:
    turn, _ = say(content, handoff_reading("my_dose", conversion=CONVERSION, topics=["usual_dose"]))
    assert turn.texts[0] == "1,000 mcg is the same as 1 mg."
    assert turn.custom["conversion"] == {"amount": 1.0, "unit": "mg", "from": {"amount": 1000.0, "unit": "mcg"}}
    assert not AMOUNT.search(without_conversion(turn))


@pytest.mark.parametrize("state", ["offered", "asking"])
@pytest.mark.parametrize("label", ["", "more_detail", "ask_source", "glossary"])
def test_while_a_hand_off_is_open_answers_are_free_of_numbers(content: Content, state: str, label: str) -> None:
    for topic in content.topics:
        turn, after = say(content, answer(topic, label=label or topic, term="mcg" if label == "glossary" else None), State(handoff=draft(state)))
        assert not AMOUNT.search("\n".join(turn.texts)), ids(turn)
        assert turn.custom["outcome"] == "answer" and turn.custom["handoff"]["state"] == state == after.handoff.state
        assert not any(c["choice"].startswith("more:") for c in turn.custom["choices"])


def test_a_conversion_while_a_hand_off_is_open_brings_no_other_amount(content: Content) -> None:
    for topic in content.topics:
        turn, _ = say(content, Reading("convert", "convert", conversion=CONVERSION, topics=[topic]), State(handoff=draft("asking")))
        assert not AMOUNT.search(without_conversion(turn)), topic


def test_every_brief_is_free_of_numbers(content: Content) -> None:
    assert [t.id for t in content.topics.values() if AMOUNT.search(t.brief.text)] == []


# -- conversions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "to", "to_unit", "sentence"),
    [
        ("1000", "mcg", "1", "mg", "1,000 mcg is the same as 1 mg."),
        ("0.5", "mg", "500", "mcg", "0.5 mg is the same as 500 mcg."),
        ("0.50", "mg", "500.00", "mcg", "0.5 mg is the same as 500 mcg."),
        ("2500000", "mcg", "2500", "mg", "2,500,000 mcg is the same as 2,500 mg."),
        ("1", "mcg", "0.001", "mg", "1 mcg is the same as 0.001 mg."),
    ],
)
def test_a_conversion_in_house_style(content: Content, amount: str, unit: str, to: str, to_unit: str, sentence: str) -> None:
    reading = Reading(
        "convert", "convert", conversion={"amount": to, "unit": to_unit, "from_amount": amount, "from_unit": unit}, quantity={"amount": amount, "unit": unit}
    )
    turn, state = say(content, reading)
    assert turn.texts[0] == sentence and ids(turn) == ["replies/convert#same", "replies/convert#footer"]
    assert state.quantity == {"amount": amount, "unit": unit}


def test_a_very_large_amount_is_gently_questioned(content: Content) -> None:
    reading = Reading(
        "convert", "convert", conversion={"amount": "1000000", "unit": "mcg", "from_amount": "1000", "from_unit": "mg"}, conversion_problem="big_mg"
    )
    turn, _ = say(content, reading)
    assert ids(turn)[0] == "replies/convert#big_mg" and "1,000 mg is 1,000,000 mcg" in turn.texts[0]


def test_an_unclear_amount_is_asked_about_in_the_persons_words(content: Content) -> None:
    turn, _ = say(content, Reading("convert", "clarify", topics=["mcg_vs_mg"], conversion_problem="ambiguous_amount", details={"from_quantity": "1.000 mcg"}))
    assert "1.000 mcg" in turn.texts[0] and turn.custom["conversion"] is None


# -- the hand-off's steps ---------------------------------------------------------------------------------------------


def test_an_offer_has_a_yes_and_a_no(content: Content) -> None:
    turn, _ = say(content, handoff_reading("my_dose"))
    assert ids(turn) == ["replies/handoff#my_dose", "replies/handoff#offer"]
    assert [c["choice"] for c in turn.custom["choices"]] == ["handoff:accept", "handoff:decline"]
    assert turn.custom["handoff"] == {"kind": "my_dose", "reason": "dose_personal", "urgency": "routine", "state": "offered", "reference": None}


def test_what_is_due_today_has_the_phone(content: Content) -> None:
    turn, _ = say(content, handoff_reading("my_volume", urgency="same_day"))
    assert "replies/handoff#same_day" in ids(turn) and content.clinic["phone"] in "\n".join(turn.texts)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_asked_for(content: Content, step: str) -> None:
    known = {s: DETAILS[s] for s in STEPS[: STEPS.index(step)]}
    turn, _ = say(content, Reading("contact", "handoff", event="detail"), State(handoff=draft("asking", details=known)))
    assert ids(turn) == [f"replies/handoff#ask_{step}"]
    assert len(turn.custom["choices"]) == (2 if step in ("patient", "about", "consent") else 0)
    if step == "consent":
        assert "phone …42" in turn.texts[0]


@pytest.mark.parametrize("state", ["offered", "asking"])
def test_a_signed_in_patient_is_told_who_will_read_it_and_asked_for_one_yes(content: Content, state: str) -> None:
    turn = reply.compose(content, Reading("contact", "handoff", event="detail"), State(handoff=draft(state, signed_in=True)))
    assert ids(turn) == ["replies/handoff#offer_signed_in"] and content.clinic["name"] in turn.texts[-1] and "staff there will read" in turn.texts[-1]
    assert [c["choice"] for c in turn.custom["choices"]] == ["handoff:accept", "handoff:decline"]


def test_sent_is_said_with_reference_and_reply_time(content: Content) -> None:
    state = State(handoff=draft("sent", reference="AB-1", details=dict(DETAILS)))
    turn = reply.compose(content, Reading("contact", "handoff", event="detail"), state, reply_time="by Monday noon")
    assert ids(turn) == ["replies/handoff#sent"] and "AB-1" in turn.texts[0] and "Expect a reply by Monday noon." in turn.texts[0]
    assert turn.custom["handoff"]["reference"] == "AB-1"
    assert "within 3 working days" in reply.compose(content, Reading("contact", "handoff", event="detail"), state).texts[0]


def test_a_test_hand_off_never_says_that_the_clinic_has_it(content: Content) -> None:
    state = State(handoff=draft("sent", reference="AB-1"))
    turn = reply.compose(content, Reading("contact", "handoff", event="detail"), state, local=True)
    assert ids(turn) == ["replies/handoff#sent_local"] and "nobody will reply" in turn.texts[0]


@pytest.mark.parametrize(("state", "words"), [("failed", "This was not sent"), ("unknown", "I could not confirm that this reached the clinic")])
def test_what_was_not_sent_is_said_with_the_phone(content: Content, state: str, words: str) -> None:
    turn = reply.compose(content, Reading("contact", "handoff", event="detail"), State(handoff=draft(state, details=dict(DETAILS))))
    assert turn.texts[0].startswith(words) and content.clinic["phone"] in turn.texts[0] and "sent to" not in turn.texts[0]


@pytest.mark.parametrize("state", ["offered", "asking", "failed", "unknown", "cancelled"])
def test_sent_is_never_said_before_it_is(content: Content, state: str) -> None:
    for event in ("accept", "detail", "again"):
        turn = reply.compose(content, Reading("contact", "handoff", kind="my_dose", reason="dose_personal", event=event), State(handoff=draft(state)))
        assert not re.search(r"was sent to|reference is", "\n".join(turn.texts))


def test_a_second_question_joins_what_was_sent(content: Content) -> None:
    turn, _ = say(content, handoff_reading("my_labs"), State(handoff=draft("sent", reference="AB-1")))
    assert ids(turn) == ["replies/handoff#my_labs", "replies/handoff#joined"] and "AB-1" in turn.texts[1]


def test_a_second_question_while_asking_goes_on_where_it_was(content: Content) -> None:
    turn, _ = say(content, handoff_reading("my_labs"), State(handoff=draft("asking", details={"patient": True})))
    assert ids(turn) == ["replies/handoff#my_labs", "replies/handoff#resume", "replies/handoff#ask_name"]


@pytest.mark.parametrize(("details", "text"), [({"patient": False}, "not_patient"), ({"consent": False}, "consent_declined"), ({}, "cancelled")])
def test_a_no_is_answered_with_what_became_of_it(content: Content, details: dict, text: str) -> None:
    turn, _ = say(content, Reading("deny", "smalltalk", event="decline"), State(handoff=draft("asking", details=details)))
    assert ids(turn) == [f"replies/handoff#{text}"] and turn.custom["handoff"]["state"] == "cancelled"


def test_a_hand_off_turn_without_a_draft_is_an_error(content: Content) -> None:
    with pytest.raises(ValueError, match="without a draft"):
        reply.compose(content, handoff_reading("my_dose"), State())


# -- reminders --------------------------------------------------------------------------------------------------------

ORDINARY = [r for r in EVERYTHING if r.outcome not in ("emergency", "handoff") and r.label not in ("help_called", "no_flag")]


@pytest.mark.parametrize("reading", ORDINARY, ids=lambda r: f"{r.outcome}-{r.label}")
def test_after_an_emergency_every_turn_begins_with_the_reminder(content: Content, reading: Reading) -> None:
    turn, after = say(content, reading, State(emergency="open"))
    assert turn.custom["reminder"] == "emergency" and ids(turn)[0] == "replies/emergency#reminder" and "911" in turn.texts[0]
    assert after.emergency == "open"


def test_the_reminder_ends_once_help_was_called(content: Content) -> None:
    turn, state = say(content, Reading("help_called", "smalltalk"), State(emergency="open"))
    assert turn.custom["reminder"] is None and ids(turn) == ["replies/emergency#help_called"] and state.emergency == "called"
    assert say(content, answer(), state)[0].custom["reminder"] is None


def test_a_new_red_flag_opens_it_again(content: Content) -> None:
    assert say(content, emergency(), State(emergency="called"))[1].emergency == "open"


@pytest.mark.parametrize("state", ["offered", "asking"])
@pytest.mark.parametrize("reading", [r for r in ORDINARY], ids=lambda r: f"{r.outcome}-{r.label}")
def test_an_open_hand_off_is_recalled_at_the_end(content: Content, reading: Reading, state: str) -> None:
    turn, _ = say(content, reading, State(handoff=draft(state)))
    assert turn.custom["reminder"] == "handoff" and ids(turn)[-1] == "replies/handoff#reminder" and turn.custom["handoff"]["state"] == state


@pytest.mark.parametrize("state", ["sent", "failed", "unknown", "cancelled"])
def test_a_hand_off_that_is_not_open_is_not_recalled(content: Content, state: str) -> None:
    turn, _ = say(content, answer(), State(handoff=draft(state, reference="AB-1")))
    assert turn.custom["reminder"] is None and turn.custom["handoff"] is None


def test_of_two_reminders_the_emergencys_is_said(content: Content) -> None:
    turn, _ = say(content, answer(), State(handoff=draft(), emergency="open"))
    assert turn.custom["reminder"] == "emergency" and "replies/handoff#reminder" not in ids(turn)


def test_the_steps_of_a_hand_off_are_their_own_reminder(content: Content) -> None:
    turn, _ = say(content, Reading("affirm", "handoff", event="accept"), State(handoff=draft("offered")))
    assert turn.custom["reminder"] is None


# -- small talk, follow-ups -------------------------------------------------------------------------------------------


def test_a_second_greeting_is_shorter(content: Content) -> None:
    first, state = say(content, Reading("greet", "smalltalk"))
    second, _ = say(content, Reading("greet", "smalltalk"), state)
    assert (ids(first), ids(second)) == (["replies/smalltalk#greeting"], ["replies/smalltalk#greet_again"])
    assert "911" in first.texts[0] and len(first.custom["choices"]) == len(reply.QUICK_TOPICS)


def test_tell_me_more(content: Content) -> None:
    assert ids(say(content, answer("forms", label="more_detail"))[0]) == ["topics/forms#detail"]
    assert ids(say(content, Reading("more_detail", "smalltalk"))[0]) == ["replies/dialogue#about_topic_first"]


def test_where_is_that_from(content: Content) -> None:
    turn, _ = say(content, answer("forms", label="ask_source"))
    assert ids(turn) == ["replies/dialogue#source_is"] and "not signed it yet" in turn.texts[0]
    assert [s["id"] for s in turn.custom["sources"]] == list(content.topics["forms"].sources)
    assert all(row["title"] in turn.texts[0] for row in turn.custom["sources"])


def test_what_does_a_word_mean(content: Content) -> None:
    turn, _ = say(content, answer("monitoring_labs", label="glossary", term="mma"))
    assert ids(turn) == ["glossary#mma", "topics/monitoring_labs#brief"]


def test_unsure_means_choose_among_topics_or_ask_the_clinic(content: Content) -> None:
    turn, state = say(content, Reading("clarify", "clarify", topics=["forms", "causes"]))
    assert [c["choice"] for c in turn.custom["choices"]] == ["topic:forms", "topic:causes", "ask_clinic"] and state.topics == ["forms", "causes"]


def test_a_fixed_text(content: Content) -> None:
    turn = reply.simple(content, "errors", "too_long")
    assert turn.custom["outcome"] == "out_of_scope" and "2,000" in turn.texts[0] and "911" in turn.texts[0]


# -- unsigned texts ---------------------------------------------------------------------------------------------------


@pytest.fixture
def reviewed(monkeypatch: pytest.MonkeyPatch):
    """AMPOULE_REQUIRE_REVIEW=1 with only these topics signed."""

    def sign(*topics: str) -> None:
        monkeypatch.setenv("AMPOULE_REQUIRE_REVIEW", "1")
        monkeypatch.setattr(signing, "topic_signed", lambda content, topic: topic in topics)

    return sign


@pytest.mark.parametrize("label", ["", "more_detail", "ask_source", "glossary"])
def test_an_unsigned_topic_is_withheld(content: Content, reviewed, label: str) -> None:
    reviewed("causes")
    turn, _ = say(content, answer("forms", label=label or "forms", term="mma"))
    assert ids(turn) == ["replies/scope#withheld"] and [c["choice"] for c in turn.custom["choices"]] == ["ask_clinic"]
    assert turn.custom["sources"] == []


def test_a_signed_topic_is_shown(content: Content, reviewed) -> None:
    reviewed("forms")
    assert ids(say(content, answer("forms"))[0]) == ["topics/forms#answer"]
    assert ids(say(content, answer("forms", label="ask_source"))[0]) == ["replies/dialogue#source_is_signed"]


def test_of_two_topics_only_the_unsigned_is_withheld(content: Content, reviewed) -> None:
    reviewed("forms")
    turn, _ = say(content, answer("forms", topics=["forms", "causes"]))
    assert ids(turn) == ["topics/forms#answer", "replies/scope#withheld"]


@pytest.mark.parametrize(
    "reading",
    [handoff_reading("my_dose", topics=["usual_dose"]), Reading("convert", "convert", conversion=CONVERSION, topics=["usual_dose"])],
    ids=["handoff", "convert"],
)
def test_an_unsigned_topic_does_not_stand_beside_something_else(content: Content, reviewed, reading: Reading) -> None:
    reviewed()
    assert not any(id.startswith("topics/") for id in ids(say(content, reading)[0]))
    reviewed("usual_dose")
    assert any(id.startswith("topics/usual_dose") for id in ids(say(content, reading)[0]))


def test_without_the_setting_nothing_is_withheld(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMPOULE_REQUIRE_REVIEW", raising=False)
    assert ids(say(content, answer("forms"))[0]) == ["topics/forms#answer"]


def test_an_emergency_is_never_withheld(content: Content, reviewed) -> None:
    reviewed()
    assert ids(say(content, emergency())[0]) == ["replies/emergency#allergy"]
