"""The labels a message can have, and the outcome each of them leads to."""

from __future__ import annotations

FLAG_GROUPS = ("allergy", "collapse", "chest", "nerves", "stroke", "bladder", "suicide", "confusion", "poison", "infection")
EMERGENCIES = tuple(f"emergency_{group}" for group in FLAG_GROUPS)
HANDOFF_KINDS = (
    "my_dose",
    "missed_dose",
    "my_volume",
    "dosing_error",
    "special_group",
    "other_medicine",
    "my_labs",
    "my_symptoms",
    "injection_trouble",
    "supply",
    "admin",
    "human",
)
OUT_OF_SCOPE = ("oos_medicine", "oos_unreviewed", "oos_general", "oos_instruction", "privacy")
SMALLTALK = ("greet", "thanks", "goodbye", "bot_challenge", "capabilities")
# What is said after an emergency ("the ambulance is here"): meaningless without one, and neither a red flag nor none.
AFTER_EMERGENCY = ("fine_now", "help_called")
# What answers the assistant rather than asks it.
DIALOGUE = ("affirm", "deny", "contact", "more_detail", "ask_source", "fine_now", "help_called", "glossary", "still_waiting", "no_flag")
UNREADABLE = ("empty", "too_long")
FIXED = (*EMERGENCIES, "emergency_general", *HANDOFF_KINDS, *OUT_OF_SCOPE, *SMALLTALK, *DIALOGUE, *UNREADABLE, "convert", "language", "clarify")

# Reasons of CLINICAL E that each kind starts from; `reasons.yml` refines them.
FIRST_REASON = {
    "my_dose": "dose_personal",
    "missed_dose": "missed_dose",
    "my_volume": "volume_calc",
    "dosing_error": "error_10x",
    "special_group": "special_group",
    "other_medicine": "other_meds",
    "my_labs": "lab_value",
    "my_symptoms": "symptoms",
    "injection_trouble": "self_inject_trouble",
    "supply": "supply",
    "admin": "appointment",
    "human": "human",
}
FIRST_URGENCY = {"my_volume": "same_day", "dosing_error": "same_day"}


def outcome_of(label: str) -> str:
    """The outcome a classifier's label stands for; every label that is not fixed is a topic, so `answer`."""
    if label.startswith("emergency"):
        return "emergency"
    if label in HANDOFF_KINDS or label == "contact":
        return "handoff"
    if label in OUT_OF_SCOPE or label in UNREADABLE:
        return "out_of_scope"
    if label in ("convert", "language", "clarify"):
        return label
    return "smalltalk" if label in FIXED else "answer"
