"""The gate: from what was read to what is done.

It only moves an outcome towards care: emergency > handoff > out_of_scope > clarify > answer, convert > smalltalk.
A red flag by rule or by the statistical lane is an emergency; in doubt the red-flag check comes in front. Every bar
below was set on messages by other hands than those that wrote the training sentences; see docs/quality.md.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ampoule import convert_rules, dialogue
from ampoule.content import Content
from ampoule.labels import AFTER_EMERGENCY, DIALOGUE, EMERGENCIES, FIRST_REASON, FIRST_URGENCY, FLAG_GROUPS, HANDOFF_KINDS, OUT_OF_SCOPE, outcome_of
from ampoule.lexicon import Hit, as_typed
from ampoule.outcome import URGENCIES
from ampoule.reader import Evidence, Reading
from ampoule.state import State

# The mean of the statistical lane's two voices decides, the loudest raises doubt.
FLAG_SURE = 0.55  # emergency from here on
SENTENCE_SURE = 0.9  # ... or a single sentence from here on
FLAG_DOUBT = 0.2  # ... and the red-flag check from here on
FLAG_RULE_FLOOR = 0.3  # a rule's hit below this is doubted (check), unless the rule says urgency: emergency
SENTENCE_RULE_FLOOR = 0.5  # ... or a single sentence is above this
FLAG_RULE_CLEARED = 0.97  # a rule's hit that the scope rule cleared (negated, past ...) needs this much from the lane
HANDOFF_BAR = 0.33  # summed over the kinds; between a topic and a hand-off the hand-off wins
SCOPE_BAR = 0.45  # summed over the out-of-scope labels
CLARIFY_BAR = 0.5  # an answer needs this much for its topic ...
CLARIFY_LEAD = 0.2  # ... or this lead over the next
SECOND_TOPIC_BAR = 0.5  # each of two topics, in its own part of the message
WHOLE_TOPIC_BAR = 0.75  # a message that as a whole asks for a topic this surely is no hand-off for one part of it
MEDICINE_BAR = 0.9  # another medicine and no word of B12: a topic only from here on
CONTEXT_SHARE = 0.5
ALONE_BAR = 0.6  # a message this clear by itself does not lean on what was said before
_CALLS_FOR_HELP = re.compile("[🆘🚑🚨]")
_THANKS = re.compile("[🙏❤💕💙😊🙂👍👌✅🤗😘🥰]")
_OF_A_PERSON = re.compile(r"\b(?:i|im|ive|my|me|we|our|mum|mom|mother|dad|father|wife|husband|son|daughter|he|she|him|her|they)\b")


def decide(evidence: Evidence, state: State, content: Content, choice: str | None) -> Reading:
    """The reading of one message. See `ampoule.reader.Reader.read`."""
    reading = _decide(evidence, state, content, choice)
    reading.flag_probability = round(evidence.flag, 4)
    reading.ranking = [(label, round(p, 4)) for label, p in list(evidence.labels.items())[:3]]
    reading.language = evidence.language
    reading.quantities = [f"{q.amount:f} {q.unit}" + (f"/{q.per}" if q.per else "") for q in evidence.quantities]
    reading.routes, reading.forms, reading.medicines = (list(x) for x in (evidence.mentions.routes, evidence.mentions.forms, evidence.mentions.medicines))
    mass = next((q for q in evidence.quantities if q.convertible and not q.ambiguous), None)
    reading.quantity = {"amount": f"{mass.amount:f}", "unit": mass.unit} if mass else None
    reasons = sorted(evidence.reasons, key=lambda hit: -URGENCIES.index(hit.rule.urgency or "routine")) if reading.kind else []
    if reading.kind:
        _refine(reading, reasons)
    reading.because = _because(reading, evidence, reasons)
    return reading


def _decide(evidence: Evidence, state: State, content: Content, choice: str | None) -> Reading:
    safety, groups, why = safety_of(evidence)
    if safety == "emergency":
        return Reading(f"emergency_{groups[0]}", "emergency", "emergency", flags=groups, decided_by=why)
    if choice is None and (unreadable := _unreadable(evidence, content)):
        return unreadable
    reading = (
        (dialogue.chosen(choice, state, content) if choice else None)
        or _language(evidence)
        or dialogue.after_emergency(evidence, state)
        or dialogue.answer_to_offer(evidence, state, content)
        or _asked(evidence, state, content)
    )
    if reading.outcome == "emergency":
        return reading
    if choice is None:
        reading.safety, reading.flags = safety, groups
    reading.decided_by = [*why, *reading.decided_by]
    return reading


def safety_of(evidence: Evidence) -> tuple[str, list[str], list[str]]:
    """(safety, groups of red flags with the likeliest first, what decided)."""
    by_rule = [f for f in evidence.flags if f.status == "now" and not f.same_day]
    same_day = [f for f in evidence.flags if f.status == "now" and f.same_day]
    likeliest = max(FLAG_GROUPS, key=lambda g: evidence.labels.get(f"emergency_{g}", 0.0))
    why = [f"rule:{f.rule}:{f.status}" for f in evidence.flags]
    if by_rule:
        groups = list(dict.fromkeys(f.group for f in by_rule))
        certain = (
            evidence.language is not None
            or evidence.flag >= FLAG_RULE_FLOOR
            or evidence.sentence_flag >= SENTENCE_RULE_FLOOR
            or any(f.certain for f in by_rule)
        )
        return ("emergency" if certain else "check"), groups, why
    if _CALLS_FOR_HELP.search(evidence.text):
        return "emergency", [likeliest], ["sign"]
    if evidence.flag >= (FLAG_RULE_CLEARED if evidence.flags else FLAG_SURE) or not evidence.flags and evidence.sentence_flag >= SENTENCE_SURE:
        return "emergency", [likeliest], [*why, "lane:sure"]
    if same_day:
        return "check", list(dict.fromkeys(f.group for f in same_day)), why
    if evidence.loudest >= FLAG_DOUBT and not evidence.language:
        return "check", [likeliest], [*why, "lane:doubt"]
    return "none", [], why


def _unreadable(evidence: Evidence, content: Content) -> Reading | None:
    if not evidence.plain:
        return Reading("empty", "out_of_scope", decided_by=["empty"])
    if not any(c.isalnum() for c in evidence.plain):
        return Reading("thanks" if _THANKS.search(evidence.text) else "capabilities", "smalltalk", decided_by=["signs"])
    if len(evidence.text) > content.clinic["max_message_length"]:
        return Reading("too_long", "out_of_scope", decided_by=["too_long"])
    return None


def _language(evidence: Evidence) -> Reading | None:
    if not evidence.language:
        return None
    return Reading("language", "language", decided_by=[f"language:{evidence.language}"])


def _sums(labels: dict[str, float]) -> dict[str, float]:
    """Probabilities summed by outcome; what only answers the assistant counts as smalltalk."""
    sums: dict[str, float] = {}
    for label, p in labels.items():
        if label not in EMERGENCIES:
            sums[outcome_of(label)] = sums.get(outcome_of(label), 0.0) + p
    total = sum(sums.values()) or 1.0
    return {outcome: p / total for outcome, p in sums.items()}


def _best(labels: dict[str, float], among) -> list[tuple[str, float]]:
    return [(label, p) for label, p in labels.items() if among(label)]


def _asked(evidence: Evidence, state: State, content: Content) -> Reading:
    """What the message asks for, red flags, language and buttons aside."""
    labels = evidence.labels if state.emergency else {label: p for label, p in evidence.labels.items() if label not in AFTER_EMERGENCY}
    if follow_up := dialogue.follow_up(evidence, state, content):
        return follow_up
    labels = _without_unmeant_answers(labels, evidence)
    best, p = next(iter(labels.items()))
    if evidence.in_context and best not in DIALOGUE and p < ALONE_BAR:
        labels = _in_context(labels, evidence.in_context, state)
    sums = _sums(labels)
    if conversion := convert_rules.asked(evidence, labels, state):
        return _beside(conversion, evidence, labels, sums, content)
    topics = _best(labels, lambda label: label in content.topics)
    kinds = _best(labels, lambda label: label in HANDOFF_KINDS)
    if sums.get("handoff", 0) >= HANDOFF_BAR and sums["handoff"] >= 0.8 * sums.get("out_of_scope", 0) and sums["handoff"] >= 0.8 * sums.get("smalltalk", 0):
        kind = kinds[0][0]
        if kind == "other_medicine" and not evidence.mentions.b12 and not _OF_A_PERSON.search(evidence.plain):
            return Reading("oos_medicine", "out_of_scope", decided_by=["medicine"])
        beside = [t for t, p in topics[:1] if p >= 0.15] or _part_topics(evidence, content, 0.75)[:1]
        return Reading(kind, "handoff", kind=kind, topics=beside, event="offer", decided_by=["labels:handoff"])
    if sums.get("out_of_scope", 0) >= SCOPE_BAR:
        label = _best(labels, lambda label: label in OUT_OF_SCOPE)[0][0]
        return Reading(label, "out_of_scope", decided_by=["labels:out_of_scope"])
    best = next(iter(_best(labels, lambda label: label not in EMERGENCIES)))
    if outcome_of(best[0]) == "smalltalk" and sums.get("smalltalk", 0) >= 0.4:
        return dialogue.smalltalk(best[0], evidence, state)
    answer = sums.get("answer", 0) + sums.get("convert", 0)
    if answer >= max(sums.get("out_of_scope", 0), sums.get("smalltalk", 0), sums.get("handoff", 0)):
        return _topic(evidence, topics, content, kinds)
    outcome = max(("out_of_scope", "handoff", "smalltalk"), key=lambda o: sums.get(o, 0))
    if outcome == "handoff":
        return Reading(kinds[0][0], "handoff", kind=kinds[0][0], event="offer", decided_by=["labels:handoff"])
    if outcome == "smalltalk":
        return dialogue.smalltalk(_best(labels, lambda label: outcome_of(label) == "smalltalk")[0][0], evidence, state)
    return Reading(_best(labels, lambda label: label in OUT_OF_SCOPE)[0][0], "out_of_scope", decided_by=["labels:out_of_scope"])


def _without_unmeant_answers(labels: dict[str, float], evidence: Evidence) -> dict[str, float]:
    """A longer message that only faintly sounds like a yes or no answers nothing."""
    faint = next(iter(labels.items()))
    if faint[0] in ("affirm", "deny") and faint[1] < 0.5 and len(evidence.plain.split()) > 3:
        return {label: p for label, p in labels.items() if label not in ("affirm", "deny")}
    return labels


def _in_context(labels: dict[str, float], in_context: dict[str, float], state: State) -> dict[str, float]:
    """Alone and after the last topic, taken together. A follow-up seldom asks for the very same topic again, whose
    words now stand in front of it: that one counts half."""
    weighed = {label: p * (0.5 if label in state.topics else 1.0) for label, p in in_context.items()}
    total = sum(weighed.values())
    mixed = {label: (1 - CONTEXT_SHARE) * p + CONTEXT_SHARE * weighed[label] / total for label, p in labels.items()}
    return dict(sorted(mixed.items(), key=lambda item: -item[1]))


def _topic(evidence: Evidence, topics: list[tuple[str, float]], content: Content, kinds: list[tuple[str, float]]) -> Reading:
    (first, p), (_, q) = topics[:2]
    if evidence.mentions.medicines and not (evidence.mentions.b12 or evidence.mentions.forms) and first != "causes" and p < MEDICINE_BAR:
        return Reading("oos_medicine", "out_of_scope", decided_by=["medicine"])
    sure = p >= CLARIFY_BAR or p - q >= CLARIFY_LEAD
    part_kind = next((k for _, part in evidence.parts for k, kp in list(part.items())[:1] if k in HANDOFF_KINDS and kp >= 0.8), None)
    if part_kind and p < WHOLE_TOPIC_BAR:
        return Reading(part_kind, "handoff", kind=part_kind, topics=[first], event="offer", decided_by=["parts:handoff"])
    several = _part_topics(evidence, content, SECOND_TOPIC_BAR)
    if len(several) >= 2:
        return Reading(several[0], "answer", topics=several[:2], decided_by=["parts:two"])
    if not sure:
        return Reading("clarify", "clarify", topics=[t for t, _ in topics[:3]], decided_by=["labels:unsure"])
    return Reading(first, "answer", topics=[first], decided_by=["labels:topic"])


def _part_topics(evidence: Evidence, content: Content, bar: float) -> list[str]:
    """The topics that single parts of the message ask about, each surely and in its own words."""
    found = []
    for _, labels in evidence.parts:
        label, p = next(iter(labels.items()))
        if label in content.topics and p >= bar and label not in found:
            found.append(label)
    return found


def _beside(conversion: Reading, evidence: Evidence, labels: dict[str, float], sums: dict[str, float], content: Content) -> Reading:
    """A conversion together with what else the message asks: a hand-off wins, a second topic stands beside it."""
    if conversion.conversion is None or evidence.bare_number:
        return conversion
    part_labels = [next(iter(p.items())) for _, p in evidence.parts]
    kind = next((label for label, p in part_labels if label in HANDOFF_KINDS and p >= 0.6), None)
    if kind is None and sums.get("handoff", 0) >= 0.6:
        kind = _best(labels, lambda label: label in HANDOFF_KINDS)[0][0]
    if kind:
        return replace(conversion, label=kind, outcome="handoff", kind=kind, event="offer")
    topics = [label for label, p in part_labels if label in content.topics and p >= 0.6]
    return replace(conversion, topics=topics[:1])


def _refine(reading: Reading, reasons: list[Hit]) -> None:
    """Reason and urgency of a hand-off: the kind's, refined by patterns, of which the most urgent comes first."""
    reading.reason = FIRST_REASON[reading.kind]
    reading.urgency = FIRST_URGENCY.get(reading.kind, "routine")
    if reasons:
        rule = reasons[0].rule
        reading.reason = rule.group
        reading.urgency = max(reading.urgency, rule.urgency or "routine", key=URGENCIES.index)
    if reading.safety == "check" and reading.urgency == "routine" and reading.kind in ("my_symptoms", "dosing_error", "special_group", "other_medicine"):
        reading.urgency = "same_day"


def _because(reading: Reading, evidence: Evidence, reasons: list[Hit]) -> list[tuple[str, str]]:
    """The words by which the rules decided: red flags that count, reasons with the deciding one first, and the medicines
    and amounts that made it a hand-off, a conversion or another medicine's question."""
    found = [(flag.rule, as_typed(flag.text, evidence.text)) for flag in evidence.flags if flag.status == "now" and flag.group in reading.flags]
    found += [(hit.rule.id, as_typed(hit.text, evidence.text)) for hit in reasons]
    if reading.kind or reading.label == "oos_medicine":
        found += [("medicine", as_typed(name, evidence.text)) for name in evidence.mentions.medicines]
    if reading.kind or reading.conversion or reading.conversion_problem:
        # A lone number took its unit from the message before: there is no more to show than the message.
        found += [("quantity", evidence.text.strip() if evidence.bare_number else evidence.text[q.start : q.end]) for q in evidence.quantities]
    return list(dict.fromkeys(found))
