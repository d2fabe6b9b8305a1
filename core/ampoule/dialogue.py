"""Messages that lean on the conversation: buttons, answers to an offer, follow-ups, and what is said after an emergency."""

from __future__ import annotations

import re

from ampoule import contacts
from ampoule.content import Content
from ampoule.handoff import OPEN
from ampoule.labels import HANDOFF_KINDS, SMALLTALK, outcome_of
from ampoule.lexicon import plain
from ampoule.reader import Evidence, Reading
from ampoule.state import State

_YES = re.compile(
    r"^(?:(?:oh|ok|okay|um|well|so|ah)\W+)*(?:y|yes|yeah|yea|yep|yup|yess+|ya|aye|sure|ok|okay|please|please do|go on|go ahead|go on then|do it"
    r"|of course|definitely|absolutely|alright|fine by me|carry on|continue|correct|i am|i do|send it|pass it on)\b"
)
_NO = re.compile(
    r"^(?:(?:oh|um|well|ok|so|ah)\W+)*(?:n|no|nope|nah|naw|no thanks?|no thank you|not now|dont|leave it|forget it|never ?mind|cancel|stop|skip it)\b"
)
_CANCEL = re.compile(r"\b(?:cancel|never ?mind|forget it|leave it|dont (?:send|bother|pass)|do not send|changed my mind|stop this|scrap that|not bother)\b")
_PASS_ON = re.compile(r"\b(?:pass|send|forward|ask|tell)\b")
_WAITS = re.compile(
    r"\b(?:wait|waiting|call ?back|ring back|how long|drive|sleep it off|see if it|serious|really need|should i|do i (?:need|have)|overreact\w*)\b"
)
_NAME = re.compile(r"\b(?:my name is|my names|name is|names|name:|this is|i am|im|its|call me)\s+(?P<name>[a-z][\w'-]+(?:\s+[a-z][\w'-]+){0,3})", re.IGNORECASE)
_NOT_NAMES = frozenset(
    "and but so the a an my on in at not just here for no yes called phone email e-mail pregnant diabetic fine good ok okay patient calling asking born".split()
)
_OTHER_PERSON = re.compile(
    r"\b(?:my (?:mum|mom|mam|mother|dad|father|husband|wife|son|daughter|partner|gran|nan|child|kid|friend|brother|sister|patient)"
    r"|for (?:him|her|them)|someone else|somebody else)\b"
)
_SELF = re.compile(r"^\W*(?:(?:its |it is |for |about )*(?:me|myself|self|i)\b|about me)")
# In an emergency only topics that have nothing to do with what is happening are answered (with the reminder in front).
_NOT_NOW = ("when_to_seek_help", "side_effects", "nerve_symptoms", "too_much", "self_adjusting", "stopping")
SHORT_ANSWER = 4


def typed_choice(text: str, state: State) -> str | None:
    """The button whose title, or whose number in the list, was typed instead of pressed."""
    said = plain(text).strip(" .!?)(")
    for i, offered in enumerate(state.choices, 1):
        if said in (plain(offered["title"]).strip(" .!?"), str(i)):
            return offered["choice"]
    return None


def chosen(choice: str, state: State, content: Content) -> Reading:
    """The reading of a button. ValueError for one that does not exist."""
    kind, _, value = choice.partition(":")
    why = [f"choice:{kind}"]
    if kind == "topic" and value in content.topics:
        return Reading(value, "answer", topics=[value], choice=choice, decided_by=why)
    if kind == "more" and value in content.topics:
        return Reading("more_detail", "answer", topics=[value], choice=choice, decided_by=why)
    if kind == "source" and value in content.topics:
        return Reading("ask_source", "answer", topics=[value], choice=choice, decided_by=why)
    if kind == "ask_clinic":
        return Reading("human", "handoff", kind="human", event="offer", choice=choice, decided_by=why)
    if kind == "check":
        if value == "yes":
            return Reading("emergency_general", "emergency", "emergency", flags=["general"], choice=choice, decided_by=why)
        return Reading("no_flag", "smalltalk", choice=choice, decided_by=why)
    draft = state.handoff
    if draft is not None:
        if kind == "handoff":
            return _to_draft(state, "accept" if value == "accept" else "decline", {}, why)
        if kind in ("patient", "consent"):
            return _to_draft(state, "detail", {kind: value == "yes"}, why)
        if kind == "about":
            return _to_draft(state, "detail", {"about": value}, why)
    raise ValueError(f"no such choice: {kind}")


def _to_draft(state: State, event: str, details: dict, why: list[str]) -> Reading:
    draft = state.handoff
    if event == "decline" or details.get("consent") is False or details.get("patient") is False:
        return Reading("deny", "smalltalk", event="decline", details=details, decided_by=why)
    return Reading(
        "contact" if event == "detail" else "affirm", "handoff", event=event, details=details, decided_by=why, kind=None, reason=draft.reason if draft else None
    )


def after_emergency(evidence: Evidence, state: State) -> Reading | None:
    """What is said while an emergency is open; None where it is another matter and only needs the reminder."""
    if state.emergency != "open":
        return None
    label, p = _top(evidence)
    if label == "help_called" and p >= 0.3:
        return Reading("help_called", "smalltalk", decided_by=["after_emergency:help_called"])
    if label == "fine_now" and p >= 0.3 or label == "deny" and p >= 0.5:
        return Reading("fine_now", "emergency", "emergency", decided_by=["after_emergency:fine_now"])
    waits = bool(_WAITS.search(evidence.plain))
    outcome = outcome_of(label)
    if outcome == "answer" and p >= 0.4 and label not in _NOT_NOW and not (waits and len(evidence.plain.split()) <= 8 and p < 0.8):
        return None
    if label in SMALLTALK and p >= 0.5 or label in ("convert", "ask_source", "more_detail") or outcome == "handoff" and p >= 0.7 and not waits:
        return None
    return Reading("still_waiting", "emergency", "emergency", decided_by=["after_emergency:still_waiting"])


def _top(evidence: Evidence) -> tuple[str, float]:
    return next((label, p) for label, p in evidence.labels.items() if not label.startswith("emergency"))


def details_in(evidence: Evidence, step: str | None) -> dict:
    """What a message tells for the hand-off: marks of masked contact details, a name, yes or no to the step at hand."""
    details: dict = {}
    for mark in contacts.MASK.finditer(evidence.text):
        details["birth_date" if mark[1] == "date" else "contact"] = mark[0]
    words = evidence.plain.split()
    if match := _NAME.search(evidence.text):
        name = []
        for word in match["name"].split():
            if word.lower() in _NOT_NAMES:
                break
            name.append(word)
        if name:
            details["name"] = " ".join(name)
    label, p = _top(evidence)
    if (
        step == "name"
        and "name" not in details
        and not evidence.marks
        and 1 <= len(words) <= 4
        and re.fullmatch(r"[^\W\d_]+(?:[ .'-]+[^\W\d_]+){0,3}\.?", evidence.text.strip())
        and not _YES.match(evidence.plain)
        and not _NO.match(evidence.plain)
        and not (p >= 0.6 and label != "contact" and outcome_of(label) in ("answer", "handoff", "smalltalk"))
    ):
        details["name"] = evidence.text.strip(" .")
    if step in ("patient", "consent"):
        if _NO.match(evidence.plain) and not details:
            details[step] = False
        elif _YES.match(evidence.plain):
            details[step] = True
    if step == "about":
        if _OTHER_PERSON.search(evidence.plain):
            details["about"] = "other"
        elif _SELF.search(evidence.plain):
            details["about"] = "self"
    return details


def answer_to_offer(evidence: Evidence, state: State, content: Content) -> Reading | None:
    """What a message does to a hand-off that is offered or under way; None where it is another matter."""
    draft = state.handoff
    if state.checking and not state.handoff_open and len(evidence.plain.split()) <= SHORT_ANSWER:
        if _YES.match(evidence.plain):
            return chosen("check:yes", state, content)
        if _NO.match(evidence.plain):
            return chosen("check:no", state, content)
    if draft is None or draft.state not in (*OPEN, "failed", "unknown"):
        return None
    label, p = _top(evidence)
    short = len(evidence.plain.split()) <= SHORT_ANSWER
    details = details_in(evidence, draft.step)
    if _CANCEL.search(evidence.plain) and outcome_of(label) != "answer":
        return _to_draft(state, "decline", {}, ["offer:cancelled"])
    question = "?" in evidence.text or label in content.topics or label in HANDOFF_KINDS
    if details and not (question and p >= 0.6 and label != "contact" and set(details) <= {"name", "patient", "consent"} and not short):
        return _to_draft(state, "detail", details, ["offer:detail"])
    if draft.state == "asking":
        if label == "deny" and p >= 0.5 and draft.step not in ("patient",):
            return _to_draft(state, "decline", {}, ["offer:declined"])
        unsure = p < 0.5 or label in ("contact", "affirm", "clarify")
        if unsure and not (label in content.topics and p >= 0.2):
            return _to_draft(state, "detail", {}, ["offer:again"])
        return None
    if label == "contact" and p >= 0.4:
        return _to_draft(state, "detail", {}, ["offer:detail"])
    if _NO.match(evidence.plain) and (short or label == "deny") or label == "deny" and p >= 0.5:
        return _to_draft(state, "decline", {}, ["offer:declined"])
    if _YES.match(evidence.plain) and (short or label in ("affirm", "human")) or label == "affirm" and p >= 0.4:
        return _to_draft(state, "accept", {}, ["offer:accepted"])
    if label == "human" and p >= 0.5 and len(evidence.plain.split()) <= 8:
        return _to_draft(state, "accept", {}, ["offer:accepted"])
    if outcome_of(label) == "out_of_scope" and p < 0.8 and len(evidence.plain.split()) <= 6:
        return Reading(draft.kind, "handoff", kind=draft.kind, event="again", decided_by=["offer:again"])
    return None


def follow_up(evidence: Evidence, state: State, content: Content) -> Reading | None:
    """A question about what was just shown: its source, more of it, a word in it."""
    label, p = _top(evidence)
    if evidence.term:
        best = next(t for t in evidence.labels if t in content.topics)
        return Reading("glossary", "answer", topics=[best], term=evidence.term, decided_by=[f"glossary:{evidence.term}"])
    if label in ("more_detail", "ask_source") and p >= 0.5:
        if state.topics and state.topics[0] in content.topics:
            return Reading(label, "answer", topics=[state.topics[0]], decided_by=[f"follow_up:{label}"])
        return Reading(label, "smalltalk", decided_by=[f"follow_up:{label}"])
    return None


def smalltalk(label: str, evidence: Evidence, state: State) -> Reading:
    if label == "contact":
        return Reading("human", "handoff", kind="human", event="offer", details=details_in(evidence, None), decided_by=["smalltalk:contact"])
    draft = state.handoff
    if label == "affirm" and draft is not None and draft.state == "cancelled" and _PASS_ON.search(evidence.plain):
        return Reading(draft.kind, "handoff", kind=draft.kind, event="offer", decided_by=["smalltalk:after_all"])
    return Reading(label, "smalltalk", decided_by=[f"smalltalk:{label}"])
