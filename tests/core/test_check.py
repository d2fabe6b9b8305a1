"""`ampoule check`: what a clinician's edit must keep, told with file, line and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ampoule import cli
from ampoule.check import AMOUNT, Finding, check


def test_nothing_is_to_mend_in_a_folder_that_is_well(small: Path) -> None:
    assert check(small) == []


@pytest.mark.parametrize(
    ("old", "new", "problem", "mend"),
    [
        ("1,000 mcg", "1,000 µg", "'µg' is not the house style", "write mcg"),
        ("1,000 mcg", "1.0 mg", "'1.0' is not the house style", "a trailing zero"),
        ("1,000 mcg", ".5 mg", "'.5' is not the house style", "needs a zero before the point"),
        ("1,000 mcg", "1000 mcg", "'1000 mcg' is not the house style", "thousands need a comma"),
        ("Ask your clinic about yours.", "It is completely safe.", "'completely safe' is not the house style", "surer than any source"),
        ("Ask your clinic about yours.", "You cannot overdose.", "'cannot overdose' is not the house style", "surer than any source"),
        ("Ask your clinic about yours.", "In my experience it works.", "'In my experience' is not the house style", "no experience of its own"),
        ("1,000 mcg", "2,000 mcg", "the number 2000 stands in no claim", "cite the claim it comes from"),
        ("Ask your clinic about yours.", "It takes 6 weeks.", "the number 6 stands in no claim", "cite the claim it comes from"),
        (
            "Ask your clinic about yours.",
            "Individualised intramuscular administration necessitates comprehensive haematological investigation.",
            "reading grade ",
            "plainer words for: ",
        ),
        ("Ask your clinic about yours.", "It is good. " * 50, "164 words, at most 120", "move some of it to detail"),
    ],
)
def test_an_answer_that_breaks_a_rule(small: Path, replace, old: str, new: str, problem: str, mend: str) -> None:
    replace(small / "topics" / "dose.yml", old, new)
    found = [f for f in check(small) if f.problem.startswith(problem)]
    assert len(found) == 1, check(small)
    assert mend in found[0].mend
    assert (found[0].file, found[0].line) == (str(small / "topics" / "dose.yml"), 3)


@pytest.mark.parametrize(
    "amount", ["1,000 mcg", "0.5 mg", "2 mL", "30 units", "weekly", "once a month", "every 3 months", "every other day", "monthly", "twice a week"]
)
def test_what_may_stand_beside_a_hand_off_is_free_of_numbers(small: Path, replace, amount: str) -> None:
    replace(small / "topics" / "dose.yml", "Your clinic sets your own dose.", f"Take {amount} then.")
    replace(small / "replies" / "handoff.yml", "You're welcome.", f"Take {amount} then.")
    found = [f for f in check(small) if "may be shown beside a hand-off" in f.problem]
    assert [(Path(f.file).name, f.line) for f in found] == [("dose.yml", 6), ("handoff.yml", 5)]
    assert all(f.mend == "leave amounts and intervals out" for f in found)


@pytest.mark.parametrize("text", ["Call 911 now.", "Vitamin B12", "in the last weeks", "ask them today", "the strength in mcg or mg", "one or two things"])
def test_these_are_no_amounts(text: str) -> None:
    assert AMOUNT.search(text) is None


def test_emergency_numbers_and_the_vitamins_name_are_no_claims(small: Path, replace) -> None:
    replace(small / "topics" / "dose.yml", "Ask your clinic about yours.", "Call 911 or 999. B12 and B6 help.")
    assert check(small) == []


def test_a_question_of_two_topics(small: Path, replace) -> None:
    replace(small / "topics" / "route.yml", "question 4 about route", "Question 4, about dose?")
    (finding,) = check(small)
    assert finding.problem == "'Question 4, about dose?' is also a question of dose"
    assert (Path(finding.file).name, finding.line, finding.mend) == ("route.yml", 17, "keep it in one of them")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("topics/dose.yml", "detail: |", "details: |", "unknown key 'details'"),
        ("lexicon/red_flags.yml", "$throat ..", "$neck ..", "'$neck' is not under words"),
        ("lexicon/red_flags.yml", "- my throat is closing", "- my lip is closing", "rule 'throat_closing' does not match its own sentence"),
        ("lexicon/cues.yml", "- it is closing", "- it is not closing", "rule 'denied' matches its own sentence"),
        ("lexicon/reasons.yml", "- not closing", "- closing", "rule 'denied' does not match"),
        ("lexicon/medicines.yml", "[metformin]", "metformin", "lists.medicine: 'metformin' is not of type 'array'"),
        ("lexicon/terms.yml", "lists:", "list:", "unknown key 'list'"),
        ("lexicon/units.yml", "[ml]", "[mg]", "'mg' is already a spelling of mg"),
        ("lexicon/units.yml", "kind: other", "kind: volume", "units.ml.kind: 'volume' is not one of"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_the_one_finding(small: Path, replace, file: str, old: str, new: str, problem: str) -> None:
    replace(small / file, old, new)
    (finding,) = check(small)
    assert finding.problem.startswith(problem) and finding.file == str(small / file) and finding.line and finding.mend


@pytest.mark.parametrize("file", ["red_flags.yml", "cues.yml", "reasons.yml", "units.yml", "medicines.yml", "terms.yml", "languages.yml"])
def test_a_lexicon_file_that_is_missing(small: Path, file: str) -> None:
    (small / "lexicon" / file).unlink()
    assert check(small) == [Finding(str(small / "lexicon" / file), None, "cannot be read: No such file or directory", "")]


def test_the_command_tells_and_fails(small: Path, replace, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["--content", str(small), "check"]) == 0
    assert "all well: 2 topics" in capsys.readouterr().out
    replace(small / "topics" / "dose.yml", "1,000 mcg", "1000 mcg")
    assert cli.main(["--content", str(small), "check", "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert set(row) == {"file", "line", "problem", "mend"} and row["problem"] == "'1000 mcg' is not the house style"
    assert cli.main(["--content", str(small), "check"]) == 1
    assert "1 to mend" in capsys.readouterr().out
