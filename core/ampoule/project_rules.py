"""What the content must keep so that the program can work with it: every label has its reply, and no training sentence
has a label that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ampoule import reply
from ampoule.content import Content
from ampoule.handoff import STEPS
from ampoule.labels import FIXED, FLAG_GROUPS, HANDOFF_KINDS, OUT_OF_SCOPE, SMALLTALK, UNREADABLE
from ampoule.outcome import HANDOFF_STATES
from ampoule.yamlfile import YamlFile

Problem = tuple[str, int | None, str, str]  # file, line, what is wrong, how to mend it

_INTENT = re.compile(r"^\s*-?\s*intent:\s*['\"]?([\w-]+)")
# Texts that the program names itself, beside those that a label leads to.
_NAMED = (
    "emergency#general emergency#reminder emergency#still_waiting emergency#help_called emergency#fine_now emergency#check emergency#check_yes "
    "emergency#check_no emergency#check_cleared handoff#offer handoff#offer_signed_in handoff#same_day handoff#resume handoff#reminder handoff#joined "
    "handoff#sent_local handoff#not_patient handoff#consent_declined handoff#reply_routine handoff#child_given handoff#override scope#withheld clarify#choose "
    "clarify#ask_clinic clarify#ambiguous_amount convert#same convert#footer convert#big_mg convert#not_iu convert#not_ml "
    "convert#not_syringe_units convert#not_pg convert#zero dialogue#no_more_detail dialogue#source_is "
    "dialogue#source_is_signed dialogue#no_source dialogue#about_topic_first dialogue#glossary_unknown smalltalk#greet_again smalltalk#privacy language#other"
).split()


def replies_needed() -> dict[str, str]:
    """reply id -> what leads to it"""
    needed = {f"replies/{id}": "the program" for id in _NAMED}
    needed |= {f"replies/emergency#{reply.EMERGENCY_TEXT.get(group, group)}": f"red flag {group}" for group in FLAG_GROUPS}
    needed |= {f"replies/handoff#{kind}": f"label {kind}" for kind in HANDOFF_KINDS}
    needed |= {f"replies/handoff#{text}": f"reason {reason}" for reason, text in reply.KIND_TEXT_BY_REASON.items()}
    needed |= {f"replies/handoff#ask_{step}": f"step {step}" for step in STEPS}
    needed |= {f"replies/handoff#{button}": f"step {step}" for step, buttons in reply.STEP_CHOICES.items() for button in buttons}
    needed |= {f"replies/handoff#{state}": f"state {state}" for state in HANDOFF_STATES if state in ("sent", "failed", "unknown", "cancelled")}
    needed |= {f"replies/scope#{label}": f"label {label}" for label in OUT_OF_SCOPE if label != "privacy"}
    needed |= {f"replies/errors#{label}": f"label {label}" for label in UNREADABLE}
    needed |= {f"replies/smalltalk#{reply.SMALLTALK_TEXT[label]}": f"label {label}" for label in SMALLTALK}
    return needed


def missing_replies(content: Content) -> Iterator[Problem]:
    """Labels, red flags, reasons and steps that no reply answers."""
    for id, asked_by in replies_needed().items():
        if id not in content.texts:
            file, _, name = id.partition("#")
            yield str(content.root / f"{file}.yml"), None, f"{asked_by} needs the reply '{name}', which is not here", "put it back, or write it"


def unknown_flag_groups(path: Path) -> Iterator[Problem]:
    """Red flags of a group that no emergency text stands for."""
    file = YamlFile(path)
    for place, rule in enumerate(file.data["rules"]):
        if rule.get("group", rule["id"]) not in FLAG_GROUPS:
            yield (
                str(path),
                file.line("rules", place, "group"),
                f"rule '{rule['id']}' has no group that an emergency text answers",
                "its group must be one of: " + ", ".join(FLAG_GROUPS),
            )


def unknown_labels(data: Path, content: Content) -> Iterator[Problem]:
    """Training sentences under a label that is no topic, hand-off or other kind of message."""
    for path in sorted([*(data / "nlu").rglob("*.yml"), *(data / "red_flags").rglob("*.yml")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if (match := _INTENT.match(line)) and match[1] not in content.topics and match[1] not in FIXED:
                yield str(path), number, f"label '{match[1]}' has no topic and no reply", "add a topic of that name, or give the sentences another label"
