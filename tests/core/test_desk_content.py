"""`content/desk.yml`: what ships, and every way of breaking it told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule import check, signing
from ampoule import content as contents
from ampoule.content import Content
from ampoule.desk_content import KINDS
from ampoule.outcome import URGENCIES
from ampoule.yamlfile import ContentError


def test_every_kind_is_clinical_or_not(content: Content) -> None:
    assert list(content.desk.kinds) == list(KINDS)
    assert {id for id, kind in content.desk.kinds.items() if not kind.clinical} == {"supply", "admin", "human"}
    assert not content.desk.is_clinical("human", "human") and content.desk.is_clinical("human", "engine_down")
    assert content.desk.is_clinical("my_dose", "dose_personal") and content.desk.is_clinical("nobody_knows", "")


def test_there_is_a_script_for_every_ticket(content: Content) -> None:
    for urgency in URGENCIES:
        for clinical in (True, False):
            text = content.desk.script(clinical, urgency).text
            assert {"staff_name", "clinic_name"} <= set(text.blanks) and "date of birth" in text.text
            assert "oicemail" in text.text or "No answer" in text.text


def test_canned_texts_are_reviewed_like_others(content: Content) -> None:
    assert len(content.desk.canned) >= 20
    for id, canned in content.desk.canned.items():
        assert content.text(f"desk#canned.{id}") is canned.text and set(canned.text.blanks) <= {*content.clinic_values(), "staff_name"}
    assert sum(canned.unverified for canned in content.desk.canned.values()) >= 10


def test_what_goes_to_somebody_unknown_gives_nothing_away(content: Content) -> None:
    for canned in content.desk.canned.values():
        if canned.unverified:
            assert not {"dose", "shot", "result", "appointment", "refill", "b12", "vial"} & set(canned.text.text.lower().replace(".", " ").split()), canned.id


def test_unsigned_texts_are_withheld_where_a_review_is_required(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    text = content.desk.canned["hello"].text
    assert signing.may_say(content, text)
    monkeypatch.setenv("AMPOULE_REQUIRE_REVIEW", "1")
    assert not signing.may_say(content, text)


@pytest.mark.parametrize(
    ("old", "new", "problem", "mend"),
    [
        ("  my_dose: {", "  my_doses: {", "'my_doses' is no kind of hand-off", "known: my_dose"),
        ('  emergency: { title: "emergency", clinical: true }\n', "", "the kind 'emergency' is missing", "add it"),
        ('title: "admin", clinical: true', 'title: "admin"', "'clinical' is missing", "add it"),
        ("urgencies: [emergency, same_day, routine]", "urgencies: [emergency, routine]", "clinical tickets of urgency same_day have 0 scripts", "exactly one"),
        ("urgencies: [emergency, same_day, routine]", "urgencies: [soon]", "'soon' is not one of", "see docs/content.md"),
        ("blanks: [staff_name]", "blanks: []", "the blanks used and declared differ: staff_name", "declare exactly"),
        ("unverified: true", "unverified: perhaps", "'perhaps' is not of type 'boolean'", "see docs/content.md"),
        ("    tags: [start]", "    tag: [start]", "unknown key 'tag'", "known here"),
    ],
)
def test_a_broken_file(small: Path, replace, old: str, new: str, problem: str, mend: str) -> None:
    line = replace(small / "desk.yml", old, new)
    with pytest.raises(ContentError) as caught:
        contents.load(small)
    assert problem in caught.value.problem and mend in caught.value.mend
    assert caught.value.file == str(small / "desk.yml") and abs(caught.value.line - line) <= 30


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("You may take 500 mcg.", "'500 mcg' stands in a text that may be shown beside a hand-off"),
        ("Come in every 2 weeks.", "stands in a text that may be shown beside a hand-off"),
        ("We are administering subsequent intramuscular medication notwithstanding considerable uncertainty.", "reading grade"),
    ],
)
def test_the_house_rules_hold_here_too(small: Path, replace, text: str, problem: str) -> None:
    line = replace(small / "desk.yml", "I am reading your question now.", text)
    found = [finding for finding in check.check(small) if finding.file.endswith("desk.yml")]
    assert any(problem in finding.problem for finding in found)
    assert {finding.line for finding in found} == {line - 3}
