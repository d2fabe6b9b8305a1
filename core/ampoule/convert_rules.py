"""Whether a message asks for a conversion, and what can honestly be said about the amount in it."""

from __future__ import annotations

import re
from decimal import Decimal

from ampoule.quantities import MICROGRAMS, Quantity, convert
from ampoule.reader import Evidence, Reading
from ampoule.state import State

# From this many micrograms a single amount is gently questioned: 100 mg is a hundred usual shots (claims B1-3, B4-6).
QUESTIONED_FROM = Decimal(100_000)
CONVERT_BAR = 0.25
_PROBLEM_OF = {"iu": "not_iu", "syringe_unit": "not_syringe_units", "ml": "not_ml", "blood_level": "not_pg"}
_ASKS = re.compile(
    r"\b(?:convert|conversion|into|in to|same as|equals?|equal to|equivalent|how many|how much is"
    r"|whats|what is|is that|makes?|work out|translate|versus|vs|or|in|to|as)\b|=|\?"
)
# "and in mg?": a unit and nothing else, about the amount typed before.
_ONLY_A_UNIT = re.compile(
    r"(?:(?:and|so|ok|or|what about|how about|whats that|what is that|how much is that|is that|that)\W+)*(?:in|into|to|as)?\s*(?:the\s)?[a-zµμ]{2,14}\W*$"
)
LONGEST_BARE_QUESTION = 14  # words; in a longer message two units are a story, not yet a question


def asked(evidence: Evidence, labels: dict[str, float], state: State) -> Reading | None:
    """A conversion, or why there is none; None where the message does not ask for one."""
    wanted = labels.get("convert", 0.0)
    masses = [q for q in evidence.quantities if q.convertible]
    named = {u for u in evidence.units if u in MICROGRAMS}
    if masses:
        both_named = len(named) == 2 and _ASKS.search(evidence.plain) and len(evidence.plain.split()) <= LONGEST_BARE_QUESTION
        return _of_mass(masses, evidence, named) if wanted >= CONVERT_BAR or both_named or evidence.bare_number else None
    if wanted >= CONVERT_BAR and evidence.quantities and evidence.quantities[0].per is None:
        problem = next((_PROBLEM_OF[q.unit] for q in evidence.quantities if q.unit in _PROBLEM_OF), None)
        if problem:
            return Reading("oos_unreviewed", "out_of_scope", conversion_problem=problem, decided_by=[f"convert:{problem}"])
    if state.quantity and named and not evidence.quantities and (wanted >= 0.5 or _ONLY_A_UNIT.match(evidence.plain)):
        quantity = Quantity(Decimal(state.quantity["amount"]), state.quantity["unit"], 0, 0)
        return _converted(quantity, next(iter(named - {quantity.unit}), None))
    return None


def _of_mass(masses: list[Quantity], evidence: Evidence, named: set[str]) -> Reading:
    unclear = next((q for q in masses if q.ambiguous), None)
    if unclear:
        return Reading(
            "convert",
            "clarify",
            topics=["mcg_vs_mg"],
            conversion_problem="ambiguous_amount",
            details={"from_quantity": evidence.text[unclear.start : unclear.end]},
            decided_by=["convert:ambiguous"],
        )
    if masses[0].amount == 0:
        return Reading("convert", "clarify", topics=["mcg_vs_mg"], conversion_problem="zero", decided_by=["convert:zero"])
    # "1,000 mcg in mL": one mass unit, and one that no mass can be changed into.
    other = next((u for u in evidence.units if u in _PROBLEM_OF), None)
    if other and len(named) == 1:
        return Reading("oos_unreviewed", "out_of_scope", conversion_problem=_PROBLEM_OF[other], decided_by=[f"convert:{_PROBLEM_OF[other]}"])
    return _converted(masses[0], None)


def _converted(quantity: Quantity, unit: str | None) -> Reading:
    conversion = convert(quantity, unit)
    questioned = quantity.unit == "mg" and quantity.amount * MICROGRAMS["mg"] >= QUESTIONED_FROM
    return Reading(
        "convert",
        "convert",
        conversion={"amount": f"{conversion.amount:f}", "unit": conversion.unit, "from_amount": f"{quantity.amount:f}", "from_unit": quantity.unit},
        conversion_problem="big_mg" if questioned else None,
        decided_by=["convert"],
    )
