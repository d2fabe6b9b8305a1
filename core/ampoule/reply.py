"""From a reading to what the patient reads: which texts, with which blanks, and the outcome that says so.

Every sentence comes from `content/`. Beside a hand-off stands no amount or interval: only a topic's number-free brief
or the conversion of a quantity the person typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from ampoule import signing
from ampoule.content import Content, Text
from ampoule.labels import UNREADABLE
from ampoule.outcome import Turn, validate
from ampoule.quantities import write
from ampoule.state import State

if TYPE_CHECKING:  # It brings the encoder's libraries along, which checking texts does not need.
    from ampoule.reader import Reading

STEP_CHOICES = {"patient": ("patient_yes", "patient_no"), "consent": ("consent_yes", "consent_no"), "about": ("about_me", "about_other")}
_CHOICE_OF = {
    "patient_yes": "patient:yes",
    "patient_no": "patient:no",
    "consent_yes": "consent:yes",
    "consent_no": "consent:no",
    "about_me": "about:self",
    "about_other": "about:other",
    "offer_yes": "handoff:accept",
    "offer_no": "handoff:decline",
    "check_yes": "check:yes",
    "check_no": "check:no",
}
KIND_TEXT_BY_REASON = {
    "needle_injury": "needle_injury",
    "leber_cobalt": "leber_cobalt",
    "reaction_history": "reaction_history",
    "nerve_worse": "nerve_worse",
    "mental_health": "low_mood",
}
SMALLTALK_TEXT = {
    "greet": "greeting",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "bot_challenge": "bot",
    "capabilities": "capabilities",
    "affirm": "affirm_unclear",
    "deny": "anything_else",
    "fine_now": "anything_else",
}
EMERGENCY_TEXT = {"stroke": "nerves"}  # where it is not the group's own
# A meaning that states an amount ("1,000 mcg make 1 mg") is not shown while a hand-off is open.
_AMOUNT = re.compile(r"\b\d[\d.,]*\s*(?:mcg|mg|mL|units?|IU)\b", re.IGNORECASE)
QUICK_TOPICS = ("usual_dose", "side_effects", "mcg_vs_mg")


@dataclass
class Draw:
    """A reply in the making."""

    content: Content
    state: State
    reading: Reading
    values: dict[str, str] = field(default_factory=dict)
    shown: list[tuple[str, str]] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    choices: list[dict] = field(default_factory=list)

    def add(self, text: Text, **values: str) -> None:
        self.shown.append((text.id, text.fill({**self.values, **values})))
        self.cited += [c for c in text.sources if c not in self.cited]

    def reply(self, file: str, id: str, **values: str) -> None:
        self.add(self.content.reply(file, id), **values)

    def button(self, choice: str, title: str) -> None:
        self.choices.append({"title": title, "choice": choice})

    def buttons(self, file: str, *ids: str) -> None:
        for id in ids:
            self.button(_CHOICE_OF[id], self.content.reply(file, id).fill(self.values))


def simple(content: Content, file: str, id: str, outcome: str = "out_of_scope", **values: str) -> Turn:
    """A turn of one fixed text, e.g. a refusal or an error."""
    text = content.reply(file, id)
    filled = text.fill({**content.clinic_values(), **values})
    return Turn([filled], validate(_custom(content, outcome, "none", [text.id], [])))


def emergency(content: Content, reading: Reading) -> Turn:
    """The emergency turn of a reading, also used where the engine is not there to answer."""
    return compose(content, reading, State())


def compose(content: Content, reading: Reading, state: State, reply_time: str | None = None, local: bool = False) -> Turn:
    """The turn that answers a reading. Changes `state` to what the next message finds; `state.handoff` must already be
    advanced (and its sending tried). `reply_time` is the expected reply as the clinic says it; `local` marks a
    hand-off that is a test and in nobody's queue."""
    draw = Draw(content, state, reading, dict(content.clinic_values()))
    reminder = _reminder(draw)
    if reading.safety == "check" and reading.outcome != "emergency":
        draw.reply("emergency", "check")
        draw.buttons("emergency", "check_yes", "check_no")
    {
        "emergency": _emergency,
        "handoff": _handoff,
        "answer": _answer,
        "convert": _convert,
        "clarify": _clarify,
        "out_of_scope": _out_of_scope,
        "language": _language,
        "smalltalk": _smalltalk,
    }[reading.outcome](draw, reply_time, local)
    if reminder == "handoff":
        draw.reply("handoff", "reminder")
    topics = reading.topics if reading.outcome in ("answer", "clarify", "handoff", "convert") else []
    conversion = _conversion(reading) if reading.conversion else None
    custom = _custom(
        content,
        reading.outcome,
        reading.safety,
        [id for id, _ in draw.shown],
        draw.cited if reading.outcome in ("answer", "convert") else [],
        topics=topics,
        conversion=conversion,
        handoff=state.handoff.public() if state.handoff and _shows_handoff(reading, state) else None,
        reminder=reminder,
        choices=draw.choices,
    )
    _remember(state, reading, draw)
    return Turn([text for _, text in draw.shown], validate(custom), state.as_slots())


def _custom(
    content: Content, outcome: str, safety: str, texts: list[str], cited: list[str], *, topics=(), conversion=None, handoff=None, reminder=None, choices=()
) -> dict:
    return {
        "outcome": outcome,
        "safety": safety,
        "topics": list(topics)[:3],
        "texts": texts,
        "sources": content.cite(tuple(cited)),
        "conversion": conversion,
        "handoff": handoff,
        "reminder": reminder,
        "choices": list(choices),
        "content_version": content.version,
    }


def _conversion(reading: Reading) -> dict:
    c = reading.conversion
    return {"amount": float(c["amount"]), "unit": c["unit"], "from": {"amount": float(c["from_amount"]), "unit": c["from_unit"]}}


def _shows_handoff(reading: Reading, state: State) -> bool:
    return reading.event is not None or state.handoff_open


def _reminder(draw: Draw) -> str | None:
    """Which one-line reminder goes with this turn; an emergency's stands in front, a hand-off's at the end."""
    if draw.reading.outcome == "emergency":
        return None
    if draw.state.emergency == "open" and draw.reading.label not in ("help_called", "no_flag"):
        draw.reply("emergency", "reminder")
        return "emergency"
    return "handoff" if draw.state.handoff_open and draw.reading.event is None else None


def _remember(state: State, reading: Reading, draw: Draw) -> None:
    if reading.outcome == "emergency":
        state.emergency = "open"
    elif reading.label == "help_called":
        state.emergency = "called"
    state.checking = reading.safety == "check"
    state.choices = draw.choices
    if reading.outcome in ("answer", "clarify") or reading.outcome in ("handoff", "convert") and reading.topics:
        state.topics = reading.topics[:2]
    if reading.quantity:
        state.quantity = reading.quantity
    state.greeted = True


# -- one function an outcome ------------------------------------------------------------------------------------------


def _emergency(draw: Draw, reply_time: str | None, local: bool) -> None:
    label = draw.reading.label
    if label in ("still_waiting", "fine_now"):
        draw.reply("emergency", label)
    else:
        flags = draw.reading.flags or ["general"]
        # Suicide has its own path; otherwise the likeliest flag's text.
        group = "suicide" if "suicide" in flags else flags[0]
        draw.reply("emergency", EMERGENCY_TEXT.get(group, group))
    if draw.reading.language:
        _language_sentences(draw)


def _may_show(draw: Draw, topic: str) -> bool:
    return not signing.review_required() or signing.topic_signed(draw.content, topic)


def _withheld(draw: Draw, topic: str) -> bool:
    if not _may_show(draw, topic):
        draw.reply("scope", "withheld")
        draw.button("ask_clinic", draw.content.reply("clarify", "ask_clinic").fill(draw.values))
        return True
    return False


def _answer(draw: Draw, reply_time: str | None, local: bool) -> None:
    reading, content = draw.reading, draw.content
    topic = content.topics[reading.topics[0]]
    if _withheld(draw, topic.id):
        return
    beside_handoff = draw.state.handoff_open
    if reading.label == "ask_source":
        titles = "; ".join(dict.fromkeys(row["title"] for row in content.cite(topic.sources)))
        signed = signing.topic_signed(content, topic.id)
        draw.reply("dialogue", "source_is_signed" if signed else "source_is", sources_list=titles)
        draw.cited += topic.sources
        return
    if reading.label == "more_detail":
        if topic.detail and not beside_handoff:
            draw.add(topic.detail)
        else:
            draw.reply("dialogue", "no_more_detail")
    elif reading.label == "glossary":
        term = content.glossary[reading.term].text
        if signing.review_required() and not signing.reply_signed(content, term):
            draw.reply("dialogue", "glossary_unknown")
        elif not (beside_handoff and _AMOUNT.search(term.text)):
            draw.add(term)
        draw.add(topic.brief)
    else:
        for topic_id in reading.topics:
            if not _withheld(draw, topic_id):
                # A number-free text while a hand-off about the person's own dose is open.
                draw.add(content.topics[topic_id].brief if beside_handoff else content.topics[topic_id].answer)
        if topic.detail and not beside_handoff:
            draw.button(f"more:{topic.id}", content.reply("page", "more_button").fill(draw.values))
    for related in topic.related[:3]:
        if related not in reading.topics:
            draw.button(f"topic:{related}", content.topics[related].title)


def _convert(draw: Draw, reply_time: str | None, local: bool) -> None:
    _say_conversion(draw)
    for topic_id in draw.reading.topics:
        if _may_show(draw, topic_id):
            topic = draw.content.topics[topic_id]
            draw.add(topic.brief if draw.state.handoff_open else topic.answer)
    draw.reply("convert", "footer")


def _say_conversion(draw: Draw) -> None:
    c = draw.reading.conversion
    amounts = {"from_quantity": write(Decimal(c["from_amount"]), c["from_unit"]), "to_quantity": write(Decimal(c["amount"]), c["unit"])}
    draw.reply("convert", "big_mg" if draw.reading.conversion_problem == "big_mg" else "same", **amounts)


def _clarify(draw: Draw, reply_time: str | None, local: bool) -> None:
    problem = draw.reading.conversion_problem
    if problem == "ambiguous_amount":
        draw.reply("clarify", "ambiguous_amount", from_quantity=draw.reading.details["from_quantity"])
        return
    if problem:
        draw.reply("convert", problem)
        return
    draw.reply("clarify", "choose")
    for topic in draw.reading.topics:
        draw.button(f"topic:{topic}", draw.content.topics[topic].title)
    draw.button("ask_clinic", draw.content.reply("clarify", "ask_clinic").fill(draw.values))


def _out_of_scope(draw: Draw, reply_time: str | None, local: bool) -> None:
    if draw.reading.conversion_problem:
        draw.reply("convert", draw.reading.conversion_problem)
    elif draw.reading.label in UNREADABLE:
        draw.reply("errors", draw.reading.label)
    elif draw.reading.label == "privacy":
        draw.reply("smalltalk", "privacy")
    else:
        draw.reply("scope", draw.reading.label)


def _language_sentences(draw: Draw) -> None:
    code = draw.reading.language
    known = f"replies/language#{code}" in draw.content.texts
    draw.reply("language", code if known else "other")


def _language(draw: Draw, reply_time: str | None, local: bool) -> None:
    _language_sentences(draw)


def _smalltalk(draw: Draw, reply_time: str | None, local: bool) -> None:
    label, draft = draw.reading.label, draw.state.handoff
    if label == "no_flag":
        draw.reply("emergency", "check_cleared")
    elif label == "help_called":
        draw.reply("emergency", "help_called")
    elif draw.reading.event == "decline" and draft is not None:
        ids = {"patient": "not_patient", "consent": "consent_declined"}
        refused = next((ids[k] for k in ids if draft.details.get(k) is False), "cancelled")
        draw.reply("handoff", refused)
    elif label == "more_detail":
        draw.reply("dialogue", "about_topic_first")
    elif label == "ask_source":
        draw.reply("dialogue", "no_source")
    elif label == "greet" and draw.state.greeted:
        draw.reply("smalltalk", "greet_again")
    else:
        draw.reply("smalltalk", SMALLTALK_TEXT.get(label, "anything_else"))
    if label in ("greet", "capabilities", "affirm"):
        for topic in QUICK_TOPICS:
            if topic in draw.content.topics:
                draw.button(f"topic:{topic}", draw.content.topics[topic].title)


def _handoff(draw: Draw, reply_time: str | None, local: bool) -> None:
    draft = draw.state.handoff
    if draft is None:
        raise ValueError("a hand-off turn without a draft")
    asked_anew = draw.reading.event == "offer"
    if draw.reading.conversion and asked_anew:
        _say_conversion(draw)
    if asked_anew or draw.reading.event == "again":
        draw.reply("handoff", _kind_text(draw.reading))
        for topic in draw.reading.topics[:1]:
            if _may_show(draw, topic):
                draw.add(draw.content.topics[topic].brief)
        if draft.urgency == "same_day" and draft.state != "sent":
            draw.reply("handoff", "same_day")
    if draft.state == "offered" or draft.signed_in and draft.step == "consent":
        draw.reply("handoff", "offer_signed_in" if draft.signed_in else "offer")
        draw.buttons("handoff", "offer_yes", "offer_no")
    elif draft.state == "asking":
        _ask_step(draw, draft)
    elif draft.state == "sent":
        if asked_anew:
            draw.reply("handoff", "joined", reference=draft.reference)
        elif local:
            draw.reply("handoff", "sent_local", reference=draft.reference)
        else:
            draw.reply("handoff", "sent", reference=draft.reference, reply_time=reply_time or draw.content.reply("handoff", "reply_routine").fill({}))
    else:
        draw.reply("handoff", {"failed": "failed", "unknown": "unknown"}.get(draft.state, "cancelled"))


def _kind_text(reading: Reading) -> str:
    if reading.kind == "dosing_error" and reading.reason == "child":
        return "child_given"
    if reading.label == "oos_instruction":
        return "override"
    return KIND_TEXT_BY_REASON.get(reading.reason or "", reading.kind)


def _ask_step(draw: Draw, draft) -> None:
    step = draft.step
    if draw.reading.event == "offer":
        draw.reply("handoff", "resume")
    values: Mapping[str, str] = {"contact": draft.details.get("contact", "").strip("[]")} if step == "consent" else {}
    draw.reply("handoff", f"ask_{step}", **values)
    if step in STEP_CHOICES:
        draw.buttons("handoff", *STEP_CHOICES[step])
