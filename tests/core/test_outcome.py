"""The outcome of a turn: its schema and the rules between its fields."""

from __future__ import annotations

import copy

import pytest
from ampoule.outcome import OUTCOMES, SAFETY, OutcomeError, validate

CONVERSION = {"amount": 1.0, "unit": "mg", "from": {"amount": 1000.0, "unit": "mcg"}}
HANDOFF = {"kind": "my_dose", "reason": "dose_personal", "urgency": "routine", "state": "offered", "reference": None}


def outcome(kind: str = "answer", **changes) -> dict:
    base = {
        "outcome": kind,
        "safety": "emergency" if kind == "emergency" else "none",
        "topics": ["usual_dose"] if kind in ("answer", "clarify") else [],
        "texts": ["topics/usual_dose#answer"],
        "sources": [{"id": "S2-30", "title": "A guide", "section": "FAQ"}],
        "conversion": CONVERSION if kind == "convert" else None,
        "handoff": HANDOFF if kind == "handoff" else None,
        "reminder": None,
        "choices": [{"title": "More", "choice": "more:usual_dose"}],
        "content_version": "1a2b3c4d",
    }
    return copy.deepcopy({**base, **changes})


@pytest.mark.parametrize("kind", OUTCOMES)
def test_each_outcome_fits(kind: str) -> None:
    assert validate(outcome(kind)) == outcome(kind)


@pytest.mark.parametrize("field", sorted(outcome()))
def test_no_field_may_be_missing(field: str) -> None:
    broken = outcome()
    del broken[field]
    with pytest.raises(OutcomeError, match="breaks required"):
        validate(broken)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "hello"}, "outcome breaks additionalProperties"),
        ({"outcome": "reply"}, "outcome breaks enum"),
        ({"safety": "maybe"}, "safety breaks enum"),
        ({"topics": ["a", "b", "c", "d"]}, "topics breaks maxItems"),
        ({"topics": ["a", "a"]}, "topics breaks uniqueItems"),
        ({"texts": []}, "texts breaks minItems"),
        ({"texts": [1]}, "texts.0 breaks type"),
        ({"sources": [{"id": "x"}]}, "sources.0 breaks required"),
        ({"sources": [{"id": "x", "title": "t", "section": "s", "url": "u"}]}, "sources.0 breaks additionalProperties"),
        ({"conversion": {"amount": 1}}, "conversion breaks required"),
        ({"conversion": {**CONVERSION, "unit": "mL"}}, "conversion.unit breaks enum"),
        ({"conversion": {**CONVERSION, "amount": "1"}}, "conversion.amount breaks type"),
        ({"conversion": {**CONVERSION, "from": {"amount": 1, "unit": "IU"}}}, "conversion.from.unit breaks enum"),
        ({"handoff": {**HANDOFF, "state": "new"}}, "handoff.state breaks enum"),
        ({"handoff": {**HANDOFF, "urgency": "soon"}}, "handoff.urgency breaks enum"),
        ({"handoff": {**HANDOFF, "name": "Jo"}}, "handoff breaks additionalProperties"),
        ({"reminder": "later"}, "reminder breaks enum"),
        ({"choices": [{"title": "Yes"}]}, "choices.0 breaks required"),
        ({"content_version": "latest"}, "content_version breaks pattern"),
    ],
)
def test_the_schema(changes: dict, message: str) -> None:
    with pytest.raises(OutcomeError) as caught:
        validate(outcome(**changes))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("emergency", {"safety": "none"}, "an emergency outcome has safety emergency"),
        ("emergency", {"safety": "check"}, "an emergency outcome has safety emergency"),
        ("answer", {"safety": "emergency"}, "safety emergency is an emergency outcome"),
        ("handoff", {"safety": "emergency"}, "safety emergency is an emergency outcome"),
        ("answer", {"topics": []}, "an answer has one or two topics"),
        ("answer", {"topics": ["a", "b", "c"]}, "an answer has one or two topics"),
        ("convert", {"conversion": None}, "a conversion outcome has its conversion"),
        ("handoff", {"handoff": None}, "a hand-off outcome says which"),
        ("answer", {"handoff": {**HANDOFF, "state": "sent"}}, "a sent hand-off has its reference"),
        ("handoff", {"handoff": {**HANDOFF, "state": "sent", "reference": ""}}, "a sent hand-off has its reference"),
    ],
)
def test_the_rules_between_the_fields(kind: str, changes: dict, message: str) -> None:
    with pytest.raises(OutcomeError, match=f"^{message}$"):
        validate(outcome(kind, **changes))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("answer", {"topics": ["a", "b"]}),
        ("clarify", {"topics": ["a", "b", "c"]}),
        ("clarify", {"topics": []}),
        ("handoff", {"conversion": CONVERSION, "topics": ["a"]}),
        ("answer", {"handoff": {**HANDOFF, "state": "asking"}, "reminder": "handoff"}),
        ("smalltalk", {"handoff": {**HANDOFF, "state": "cancelled"}}),
        ("handoff", {"handoff": {**HANDOFF, "state": "sent", "reference": "AB-1"}}),
        ("answer", {"safety": "check"}),
        ("answer", {"reminder": "emergency"}),
        ("answer", {"choices": [], "sources": []}),
    ],
)
def test_what_may_stand_together(kind: str, changes: dict) -> None:
    assert validate(outcome(kind, **changes))["outcome"] == kind


def test_an_error_never_quotes_the_values() -> None:
    with pytest.raises(OutcomeError) as caught:
        validate(outcome(reminder="my name is Jo Poe"))
    assert "Jo" not in str(caught.value)


def test_the_words_of_the_contract() -> None:
    assert OUTCOMES == ("answer", "convert", "handoff", "emergency", "smalltalk", "out_of_scope", "language", "clarify")
    assert SAFETY == ("none", "check", "emergency")
