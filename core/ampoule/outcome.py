"""The outcome of a turn: the one `custom` item of every reply, and its schema."""

from __future__ import annotations

from dataclasses import dataclass, field

from jsonschema import Draft7Validator

OUTCOMES = ("answer", "convert", "handoff", "emergency", "smalltalk", "out_of_scope", "language", "clarify")
SAFETY = ("none", "check", "emergency")
URGENCIES = ("routine", "same_day", "emergency")  # from low to high
HANDOFF_STATES = ("offered", "asking", "sent", "failed", "unknown", "cancelled")

_mass = {"amount": {"type": "number"}, "unit": {"enum": ["mcg", "mg"]}}
_strings = {"type": "array", "items": {"type": "string"}}


def _object(properties: dict, nullable: bool = False) -> dict:
    return {"type": ["object", "null"] if nullable else "object", "additionalProperties": False, "properties": properties, "required": sorted(properties)}


SCHEMA = _object(
    {
        "outcome": {"enum": list(OUTCOMES)},
        "safety": {"enum": list(SAFETY)},
        "topics": {**_strings, "maxItems": 3, "uniqueItems": True},
        "texts": {**_strings, "minItems": 1},
        "sources": {"type": "array", "items": _object({"id": {"type": "string"}, "title": {"type": "string"}, "section": {"type": "string"}})},
        "conversion": _object({**_mass, "from": _object(_mass)}, nullable=True),
        "handoff": _object(
            {
                "kind": {"type": "string"},
                "reason": {"type": "string"},
                "urgency": {"enum": list(URGENCIES)},
                "state": {"enum": list(HANDOFF_STATES)},
                "reference": {"type": ["string", "null"]},
            },
            nullable=True,
        ),
        "reminder": {"enum": ["emergency", "handoff", None]},
        "choices": {"type": "array", "items": _object({"title": {"type": "string"}, "choice": {"type": "string"}})},
        "content_version": {"type": "string", "pattern": "^[0-9a-f]{8}$"},
    }
)
_validator = Draft7Validator(SCHEMA)


class OutcomeError(Exception):
    """A turn's outcome does not keep the contract. The message names the field, never a patient's words."""


def validate(custom: dict) -> dict:
    """The outcome, once it fits the schema and its own rules; else OutcomeError."""
    for error in _validator.iter_errors(custom):
        raise OutcomeError(f"{'.'.join(map(str, error.absolute_path)) or 'outcome'} breaks {error.validator}")
    outcome = custom["outcome"]
    rules = {
        "an emergency outcome has safety emergency": outcome != "emergency" or custom["safety"] == "emergency",
        "safety emergency is an emergency outcome": custom["safety"] != "emergency" or outcome == "emergency",
        "an answer has one or two topics": outcome != "answer" or 1 <= len(custom["topics"]) <= 2,
        "a conversion outcome has its conversion": outcome != "convert" or custom["conversion"] is not None,
        "a hand-off outcome says which": outcome != "handoff" or custom["handoff"] is not None,
        "a sent hand-off has its reference": not custom["handoff"] or custom["handoff"]["state"] != "sent" or custom["handoff"]["reference"],
    }
    for rule, kept in rules.items():
        if not kept:
            raise OutcomeError(rule)
    return custom


@dataclass
class Turn:
    """A reply ready to be shown: its texts in order, and its outcome."""

    texts: list[str]
    custom: dict
    slots: dict = field(default_factory=dict)
