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
    r"\b(?:convert|conversion|into|in to|same as|equals?|equal to|equivalent|how many|how much is|whats|what is|is that|makes?|work out|translate|=|versus|vs|or|in|to|as)\b|=|\?")


def asked(evidence: Evidence, labels: dict[str, float], state: State) -> Reading | None:
    """A conversion, or why there is none; None where the message does not ask for one."""
    masses = [q for q in evidence.quantities if q.convertible]
    others = [q for q in evidence.quantities if not q.convertible]
    units = {u for u in evidence.units if u in MICROGRAMS}
    wanted = labels.get("convert", 0.0)
    both = len(units) == 2
    if masses:
        if wanted < CONVERT_BAR and not (both and _ASKS.search(evidence.plain) and len(evidence.plain.split()) <= 14):
            return None
        return _of_mass(masses, evidence, state)
    problem_units = [q.unit for q in others if q.unit in _PROBLEM_OF] or [u for u in evidence.units if u in _PROBLEM_OF]
    if wanted >= CONVERT_BAR and others and problem_units and others[0].per is None:
        problem = _PROBLEM_OF[problem_units[0]]
        return Reading("oos_unreviewed", "out_of_scope", conversion_problem=problem, decided_by=[f"convert:{problem}"])
    if wanted >= 0.5 and not evidence.quantities and state.quantity is None and re.search(r"\d", evidence.plain) is None and len(units) < 2:
        return None
    if (wanted >= 0.5 or len(evidence.plain.split()) <= 6 and units and re.match(r"(?:and |so |ok |what about |whats that |how much is that |is that )*(?:in|into|to|as)?\b", evidence.plain)) \
            and state.quantity and units and not evidence.quantities and len(evidence.plain.split()) <= 9:
        quantity = Quantity(Decimal(state.quantity["amount"]), state.quantity["unit"], 0, 0)
        return _converted(quantity, next(iter(units - {quantity.unit}), None))
    return None


def _of_mass(masses: list[Quantity], evidence: Evidence, state: State) -> Reading:
    unclear = next((q for q in masses if q.ambiguous), None)
    first = masses[0]
    if unclear:
        words = evidence.text[unclear.start:unclear.end]
        return Reading("convert", "clarify", topics=["mcg_vs_mg"], conversion_problem="ambiguous_amount",
                       details={"from_quantity": words}, decided_by=["convert:ambiguous"])
    if first.amount == 0:
        return Reading("convert", "clarify", topics=["mcg_vs_mg"], conversion_problem="zero", decided_by=["convert:zero"])
    if "ml" in evidence.units and len({u for u in evidence.units if u in MICROGRAMS}) == 1:
        return Reading("oos_unreviewed", "out_of_scope", conversion_problem="not_ml", decided_by=["convert:not_ml"])
    for unit in ("iu", "syringe_unit", "blood_level"):
        if unit in evidence.units and len({u for u in evidence.units if u in MICROGRAMS}) == 1:
            return Reading("oos_unreviewed", "out_of_scope", conversion_problem=_PROBLEM_OF[unit], decided_by=[f"convert:{unit}"])
    return _converted(first, None)


def _converted(quantity: Quantity, unit: str | None) -> Reading:
    conversion = convert(quantity, unit)
    questioned = quantity.unit == "mg" and quantity.amount * MICROGRAMS["mg"] >= QUESTIONED_FROM
    return Reading("convert", "convert", conversion={"amount": f"{conversion.amount:f}", "unit": conversion.unit,
                                                     "from_amount": f"{quantity.amount:f}", "from_unit": quantity.unit},
                   conversion_problem="big_mg" if questioned else None, decided_by=["convert"])
