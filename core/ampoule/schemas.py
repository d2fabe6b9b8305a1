"""JSON schemas of the content files: an unknown key is an error, never skipped."""

_text = {"type": "string", "minLength": 1}
_texts = {"type": "array", "items": _text}
_ids = {"type": "array", "items": {"type": "string", "pattern": r"^[\w.-]+$"}, "uniqueItems": True}

BLANKS = frozenset(
    "clinic_name clinic_phone after_hours_phone clinic_hours emergency_number poison_phone crisis_line max_length "
    "reference reply_time contact staff_name patient_name subject date code minutes link from_quantity to_quantity sources_list".split()
)


def _object(properties: dict, required: list[str]) -> dict:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _map(value: dict) -> dict:
    return {"type": "object", "additionalProperties": value, "minProperties": 1}


TOPIC = _object(
    {
        "id": {"type": "string", "pattern": r"^[a-z][a-z0-9_]+$"},
        "title": _text,
        "questions": {**_texts, "minItems": 20, "uniqueItems": True},
        "answer": _text,
        "brief": _text,
        "detail": _text,
        "sources": {**_ids, "minItems": 1},
        "related": {**_ids, "minItems": 1},
    },
    ["id", "title", "questions", "answer", "brief", "sources", "related"],
)

REPLIES = _map(_object({"text": _text, "blanks": _ids, "sources": _ids, "draft": {"enum": ["machine"]}}, ["text"]))

SOURCES = _object(
    {
        "sources": _map(_object({"title": _text, "address": {"type": "string"}, "status": {"type": "string"}, "note": {"type": "string"}}, ["title"])),
        "claims": _map(
            _object({"source": {**_ids, "minItems": 1}, "section": {"type": "string"}, "text": _text, "exp": {"type": "boolean"}}, ["source", "text"])
        ),
    },
    ["sources", "claims"],
)

GLOSSARY = _map(_object({"term": _text, "also": _texts, "text": _text}, ["term", "text"]))

_working_hours = {"type": "integer", "minimum": 1, "maximum": 400}
_day = {"type": ["array", "null"], "items": {"type": "string", "pattern": r"^\d\d:\d\d$"}, "minItems": 2, "maxItems": 2}
CLINIC = _object(
    {
        "name": _text,
        "phone": _text,
        "after_hours_phone": _text,
        "country": _text,
        "time_zone": _text,
        "hours_text": _text,
        "hours": _object({d: _day for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}, ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
        "reply_times": _object({"emergency": {"type": "null"}, "same_day": _working_hours, "routine": _working_hours}, ["emergency", "same_day", "routine"]),
        "retention": _object(
            {"conversation_days": {"type": "integer", "minimum": 1}, "handoff_days": {"type": "integer", "minimum": 1}}, ["conversation_days", "handoff_days"]
        ),
        "max_message_length": {"type": "integer", "minimum": 200, "maximum": 10000},
        "countries": _map(_object({"emergency": _text, "crisis": _text, "poison": _text}, ["emergency", "crisis", "poison"])),
    },
    ["name", "phone", "after_hours_phone", "country", "time_zone", "hours", "hours_text", "reply_times", "retention", "max_message_length", "countries"],
)

_named = {"title": _text, "clinical": {"type": "boolean"}}
_urgencies = {"type": "array", "items": {"enum": ["emergency", "same_day", "routine"]}, "minItems": 1}
DESK = _object(
    {
        "kinds": _map(_object(_named, ["title", "clinical"])),
        "outcomes": _map(_object(_named, ["title"])),
        "scripts": _map(_object({**_named, "urgencies": _urgencies, "text": _text, "blanks": _ids}, ["title", "urgencies", "text"])),
        "canned": _map(_object({"title": _text, "text": _text, "blanks": _ids, "unverified": {"type": "boolean"}, "tags": _texts}, ["title", "text"])),
    },
    ["kinds", "outcomes", "scripts", "canned"],
)

# -- the lexicon ------------------------------------------------------------------------------------------------------

_rule = _object(
    {
        "id": {"type": "string", "pattern": r"^[a-z][a-z0-9_]+$"},
        "group": _text,
        "patterns": {**_texts, "minItems": 1},
        "match": {**_texts, "minItems": 1},
        "not": {**_texts, "minItems": 1},
        "source": _ids,
        "urgency": {"enum": ["emergency", "same_day", "routine"]},
    },
    ["id", "patterns", "match", "not"],
)
RULES = _object({"words": _map(_text), "rules": {"type": "array", "items": _rule, "minItems": 1}}, ["rules"])
UNITS = _object(
    {"units": _map(_object({"spellings": {**_texts, "minItems": 1}, "fuzzy": _texts, "kind": {"enum": ["mass", "other"]}}, ["spellings", "kind"]))}, ["units"]
)
WORDS = _object({"lists": _map(_texts)}, ["lists"])
