"""`ampoule check` on broken copies of every kind of file: each finding names file, line and mend. The shipped project is well."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ampoule import check as checks
from ampoule import cli, project_rules, question_rules, readability, seed_runs, text_rules
from ampoule import content as contents
from ampoule.check import check
from ampoule.content import Content

ROOT = Path(__file__).parents[2]
ANSWER = "Ask your clinic about yours."
BRIEF = "Your clinic sets your own dose."
THANKS = "You're welcome."
LONG = "Your clinic looks at the label on the vial and at your plan and at your tests and then at how you feel on that day."

# file, words, put in their place, what is told, how to mend it
BROKEN = [
    # topics
    ("topics/dose.yml", "detail: |", "details: |", "unknown key 'details'", "known here: answer, brief"),
    ("topics/dose.yml", "id: dose\n", "id: doses\n", "id 'doses' is not the file's name", "rename the file"),
    ("topics/dose.yml", "sources: [S1-01]", "sources: [S9-01]", "source 'S9-01' is not in sources.yml", "cite a claim that exists"),
    ("topics/dose.yml", "related: [route]", "related: [nowhere]", "related topic 'nowhere' does not exist", "name another topic's id"),
    ("topics/dose.yml", ANSWER, "Ask {clinic_name}.", "answer has a blank in braces", "write it out"),
    ("topics/dose.yml", "1,000 mcg", "1,000 mg", "'1000 mg' stands in no claim that the text cites; there it is 1000 mcg", "take the unit from the claim"),
    ("topics/dose.yml", "1,000 mcg", "1,000mcg", "'1,000mcg' is not the house style", "put a space between number and unit"),
    ("topics/dose.yml", "1,000 mcg", "1,000 mcgs", "'mcgs' is not the house style", "write mcg, mg or mL, without an ending"),
    ("topics/dose.yml", ANSWER, "Some have it q4w.", "'q4w' is not the house style", "write it out"),
    ("topics/dose.yml", ANSWER, "It takes three weeks.", "'three weeks' is not the house style", "write the number in digits"),
    ("topics/dose.yml", ANSWER, "You will feel better.", "'You will feel better' is not the house style", "say what often happens"),
    ("topics/dose.yml", ANSWER, "We recommend it.", "'We recommend' is not the house style", "leave it out"),
    ("topics/dose.yml", ANSWER, "There is no risk in it.", "'no risk' is not the house style", "say what is known"),
    ("topics/dose.yml", ANSWER, "Call prior to the shot.", "'prior to' is not the house style", "say 'before'"),
    ("topics/dose.yml", ANSWER, "TODO", "'TODO': this text is still to be written", "write it, or leave the part out"),
    ("topics/dose.yml", ANSWER, LONG, "a sentence of 26 words, at most 20", "make two of: 'Your clinic looks at"),
    ("topics/dose.yml", ANSWER, LONG, "13.3 words a sentence, at most 12 on average", "cut the longest: 'Your clinic"),
    ("topics/dose.yml", ANSWER, "Individualised supplementation necessitates comprehensive haematological investigation.", "reading grade ", "supplementation"),
    (
        "topics/dose.yml",
        BRIEF,
        "It is given three times a week.",
        "'three times a week' stands in a text that may be shown beside a hand-off",
        "leave amounts and intervals out",
    ),
    ("topics/dose.yml", BRIEF, "It is given every 2 to 3 months.", "'every 2 to 3 months' stands in a text", "leave amounts and intervals out"),
    ("topics/dose.yml", BRIEF, "Most are between 2 and 3.", "'between 2 and 3' stands in a text", "leave amounts and intervals out"),
    ("topics/dose.yml", BRIEF, "It may take 5 of them.", "'5' stands in a text", "leave amounts and intervals out"),
    ("topics/dose.yml", BRIEF, "Volume × strength is what counts.", "'×' stands in a text", "leave amounts and intervals out"),
    (
        "topics/route.yml",
        "question 4 about route",
        "please tell me question 4 about dose",
        "'please tell me question 4 about dose' asks the same as 'question 4 about dose' of dose",
        "keep it in one of them",
    ),
    # replies
    ("replies/handoff.yml", "blanks: [clinic_name]", "blanks: [clinic_phone]", "the blanks used and declared differ", "declare exactly the blanks"),
    ("replies/handoff.yml", "{clinic_name}?\n  blanks: [clinic_name]", "{dose}?\n  blanks: [dose]", "unknown blank 'dose'", "known: after_hours_phone"),
    ("replies/handoff.yml", THANKS, "Take half a vial each fortnight, 2 units.", "'2 units' stands in a text", "leave amounts and intervals out"),
    (
        "replies/emergency.yml",
        "Call {emergency_number} now.\n    Lie down.",
        "Lie down.\n    Call {emergency_number} now.",
        "the first line does not give the emergency number",
        "begin with the line: Call {emergency_number} now.",
    ),
    ("replies/language.yml", "{emergency_number}", "{after_hours_phone}", "the emergency number does not come first", "put {emergency_number} before"),
    # the other files
    ("glossary.yml", "A waste product", "An 1.0 waste product", "'1.0' is not the house style", "leave it out"),
    ("sources.yml", "source: [S1]", "source: [S2]", "claim S1-01 names the unknown source 'S2'", "add it under sources"),
    ("clinic.yml", "country: US", "country: FR", "no numbers for country 'FR'", "add it under countries"),
    ("seed_runs.txt", "0123456789abcdef", "0123456789abcde", "'0123456789abcde' is no hash of a run", "tools/seed_runs.py"),
    # the lexicon
    (
        "lexicon/red_flags.yml",
        "- my throat is closing",
        "- my lip is closing",
        "rule 'throat_closing' does not match its own sentence",
        "mend the pattern or the sentence",
    ),
    ("lexicon/red_flags.yml", "    not:\n      - the clinic is closing\n", "", "'not' is missing", "add it"),
    ("lexicon/cues.yml", "- it is closing", "- it is not closing", "rule 'denied' matches its own sentence", "mend the pattern or the sentence"),
    ("lexicon/reasons.yml", "      - not\n", "      - ?not\n", "the pattern '?not' would match anything", "name at least one word"),
    ("lexicon/units.yml", "[ml]", "[mg]", "'mg' is already a spelling of mg", ""),
    ("lexicon/medicines.yml", "[metformin]", "metformin", "lists.medicine: 'metformin' is not of type 'array'", "see docs/content.md"),
    # signatures
    ("signatures.yml", "topics/dose:", "topics/dosis:", "'topics/dosis' is signed but does not exist", "take it out"),
    ("signatures.yml", "2026-01-31", "2026-02-31", "'2026-02-31' is no day of the calendar", "sign it again"),
    ("signatures.yml", f"hash: {'a' * 64}", "hash: abc", "topics/dose.hash: 'abc' does not match", "see docs/content.md"),
    ("signatures.yml", "  date", "  words: {title: Dose}\n  date", "the words kept of 'topics/dose' are not those signed", "sign it again"),
]

EMERGENCY = "allergy:\n  text: |\n    Call {emergency_number} now.\n    Lie down.\n  blanks: [emergency_number]\n"
LANGUAGE = "es:\n  text: |\n    Llame al {emergency_number}. {clinic_phone}\n  blanks: [emergency_number, clinic_phone]\n"
SIGNATURE = f"topics/dose:\n  hash: {'a' * 64}\n  name: A. Clinician\n  role: nurse\n  date: '2026-01-31'\n"


@pytest.fixture
def every(small: Path) -> Path:
    """The small folder with one of the files that it lacks."""
    (small / "replies" / "emergency.yml").write_text(EMERGENCY, encoding="utf-8")
    (small / "replies" / "language.yml").write_text(LANGUAGE, encoding="utf-8")
    (small / "signatures.yml").write_text(SIGNATURE, encoding="utf-8")
    (small / "seed_runs.txt").write_text("# hashes\n0123456789abcdef\n", encoding="utf-8")
    return small


@pytest.mark.parametrize(("file", "old", "new", "problem", "mend"), BROKEN, ids=[f"{i}-{row[0]}" for i, row in enumerate(BROKEN)])
def test_a_broken_file(every: Path, replace, file: str, old: str, new: str, problem: str, mend: str) -> None:
    assert check(every) == []
    if file == "replies/language.yml":
        (every / file).write_text((every / file).read_text().replace("emergency_number", "after_hours_phone"), encoding="utf-8")
        line = 1
    else:
        line = replace(every / file, old, new)
    told = [finding for finding in check(every) if finding.problem.startswith(problem) and mend in finding.mend]
    assert len(told) == 1, check(every)
    assert told[0].file == str(every / file)
    assert told[0].line is not None and abs(told[0].line - line) <= 14


def test_several_broken_files_are_told_at_once(every: Path, replace) -> None:
    replace(every / "topics" / "dose.yml", "detail: |", "details: |")
    replace(every / "glossary.yml", '  term: "MMA"\n', "")
    replace(every / "lexicon" / "units.yml", "[ml]", "[mg]")
    assert [Path(finding.file).name for finding in check(every)] == ["glossary.yml", "dose.yml", "units.yml"]


@pytest.mark.parametrize(
    "text",
    [
        "Ask about vitamin B12 today.",
        "Keep to your written plan.",
        "one or two things",
        "in the last weeks",
        "the strength in mcg or mg",
        "a second opinion",
        "your next shot",
        "a few of them",
        "each of the shots",
    ],
)
def test_these_may_stand_beside_a_hand_off(every: Path, replace, text: str) -> None:
    replace(every / "topics" / "dose.yml", BRIEF, text)
    assert check(every) == []


def test_a_run_of_eight_words_of_a_guide(every: Path, replace) -> None:
    guide = "One number, for everyone, is not what most clinics would use today."
    (every / "seed_runs.txt").write_text("\n".join(digest for digest, _ in seed_runs.runs(guide)), encoding="utf-8")
    replace(every / "topics" / "dose.yml", ANSWER, "One number for everyone is not\n  what most people use.")
    replace(every / "topics" / "dose.yml", '"question 6 about dose"', '"for everyone is not what most clinics would use?"')
    replace(every / "sources.yml", '"Many adults get 1,000 mcg."', '"Many adults get 1,000 mcg. One number for everyone is not right."')
    found = check(every)
    assert [(finding.problem, finding.mend) for finding in found] == [
        ("'one number for everyone is not what most' stands word for word in a guide", "say it in other words"),
        ("'for everyone is not what most clinics would' stands word for word in a guide", "say it in other words"),
    ]
    assert [finding.line for finding in found] == [3, 20]


def test_a_run_counts_neither_punctuation_nor_blanks() -> None:
    known = frozenset(digest for digest, _ in seed_runs.runs("a b c d e 1,000 mcg don't"))
    assert seed_runs.shared('A, b; "c" d\ne {clinic_name} 1000 mcg. Don’t', known)
    assert seed_runs.shared("a b c d e f 1000 mcg dont", known) is None


# -- what is measured -------------------------------------------------------------------------------------------------


def test_the_words_that_raise_the_grade_most_come_first() -> None:
    measured = readability.measure("Investigation needs time. A dangerous thing is a dangerous thing.")
    assert measured.hardest == ("dangerous", "investigation") or measured.hardest == ("investigation", "dangerous")
    assert (measured.sentences, measured.longest, measured.longest_words) == (2, "A dangerous thing is a dangerous thing.", 7)


def test_an_item_of_a_list_is_a_sentence() -> None:
    measured = readability.measure("Call for any of these:\n- one thing\n- another thing")
    assert (measured.sentences, measured.longest_words) == (3, 5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 mg", {("1", "mg"), ("1000", "mcg")}),
        ("1,000 micrograms", {("1000", "mcg"), ("1", "mg")}),
        ("2 to 3 months", {("2", "month"), ("3", "month")}),
        ("2–3 weeks", {("2", "week"), ("3", "week")}),
        ("0.5 mL", {("0.5", "ml")}),
        ("1,000 mcg/mL", set()),
        ("B12", set()),
    ],
)
def test_amounts_with_their_units(text: str, found: set) -> None:
    assert text_rules.measured(text) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("what is the usual dose", "what's the usual dose please", True),
        ("wat is the usual doseage", "what is the usual dosage", False),
        ("side efects of b12", "what are side effects of b12", True),
        ("is mL the same as mg", "is mcg the same as mg", False),
        ("is 2 too much", "is 3 too much", False),
        ("what does IM mean", "what does mg mean", False),
        ("stopping the injections", "stopping injections", True),
    ],
)
def test_questions_that_are_as_good_as_the_same(small: Path, replace, one: str, other: str, same: bool) -> None:
    replace(small / "topics" / "dose.yml", "question 5 about dose", one)
    replace(small / "topics" / "route.yml", "question 5 about route", other)
    assert [(pair.other, pair.question) for pair in question_rules.repeated(contents.load(small))] == ([(one, other)] if same else [])


# -- a project --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "id",
    [
        "handoff#my_dose",
        "emergency#allergy",
        "scope#oos_medicine",
        "errors#too_long",
        "handoff#ask_consent",
        "handoff#offer_signed_in",
        "handoff#leber_cobalt",
        "smalltalk#thanks",
        "language#other",
    ],
)
def test_a_label_without_its_reply(content: Content, id: str) -> None:
    texts = {key: text for key, text in content.texts.items() if key != f"replies/{id}"}
    (problem,) = project_rules.missing_replies(Content(**{**vars(content), "texts": texts}))
    file, _, name = id.partition("#")
    assert problem[0] == str(content.root / "replies" / f"{file}.yml") and f"needs the reply '{name}'" in problem[2] and problem[3]


def test_every_reply_that_the_program_names_is_checked(content: Content) -> None:
    assert set(project_rules.replies_needed()) <= set(content.texts)


def test_a_red_flag_of_an_unknown_group(small: Path, replace) -> None:
    replace(small / "lexicon" / "red_flags.yml", "group: allergy", "group: alergy")
    (problem,) = project_rules.unknown_flag_groups(small / "lexicon" / "red_flags.yml")
    assert problem[1] == 5 and "allergy" in problem[3]


def test_training_sentences_under_an_unknown_label(small: Path) -> None:
    folder = small.parent / "data" / "nlu" / "hand_x"
    folder.mkdir(parents=True)
    (folder / "topics.yml").write_text("nlu:\n- intent: dose\n  examples: |\n    - how much\n- intent: storage\n  examples: |\n    - where\n")
    (problem,) = project_rules.unknown_labels(small.parent / "data", contents.load(small))
    assert problem[1] == 5 and "'storage'" in problem[2] and "add a topic" in problem[3]


def test_the_shipped_project_is_well_and_soon_checked() -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ampoule.cli", "--content", str(ROOT / "content"), "check", "--json"], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stdout + done.stderr
    assert time.monotonic() - started < 15  # under 5 s on an idle machine; this one may be busy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the check reads of the project."""
    for name in ("content", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "data").symlink_to(ROOT / "data")
    shutil.copy(ROOT / "domain.yml", tmp_path / "domain.yml")
    return tmp_path


def test_a_page_that_no_longer_fits_is_told_and_made_anew(project: Path, replace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    # The patterns have tests of their own, and take most of the time.
    monkeypatch.setattr(checks, "RULES", ())
    replace(project / "content" / "topics" / "forms.yml", "Check which form is printed on your vial.", "Look which form is printed on your vial.")
    told = check(project / "content")
    assert {Path(finding.file).name for finding in told} == {"what-it-answers.md"}
    assert told[0].mend == "run `ampoule pages`"
    assert cli.main(["--content", str(project / "content"), "pages"]) == 0
    assert "what-it-answers.md" in capsys.readouterr().out
    assert check(project / "content") == []
    assert "Look which form is printed" in (project / "docs" / "what-it-answers.md").read_text()


def test_the_command_says_how_the_signatures_stand(every: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["--content", str(every), "check"]) == 0
    assert "1 changed" in capsys.readouterr().out
