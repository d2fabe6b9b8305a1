"""The labelled sentences: the shipped files load, every label is known, and a file of another shape is told."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from ampoule import content as contents
from ampoule import examples
from ampoule.content import Content
from ampoule.examples import Example, with_typos
from ampoule.labels import EMERGENCIES, FIRST_REASON, FIXED, HANDOFF_KINDS, outcome_of
from ampoule.outcome import OUTCOMES
from ampoule.yamlfile import ContentError

DATA = Path(__file__).parents[2] / "data"
# Labels that only rules and buttons give.
NOT_LEARNT = {"emergency_general", "glossary", "still_waiting", "no_flag", "empty", "too_long", "clarify"}


@pytest.fixture(scope="module")
def shipped(content: Content) -> list[Example]:
    return examples.load(DATA, content)


def test_every_label_of_the_shipped_sentences_is_known(shipped: list[Example], content: Content) -> None:
    assert {e.label for e in shipped} - set(FIXED) - set(content.topics) == set()


def test_every_label_that_is_learnt_has_sentences(shipped: list[Example], content: Content) -> None:
    counts = Counter(e.label for e in shipped)
    assert {label for label in (*FIXED, *content.topics) if counts[label] < 20} - NOT_LEARNT == set()


def test_there_are_as_many_as_promised_and_by_several_hands(shipped: list[Example]) -> None:
    emergencies = [e for e in shipped if e.label in EMERGENCIES]
    assert len(shipped) >= 8000 and len(emergencies) >= 1500
    assert len({e.hand for e in shipped}) >= 5 and len({e.hand for e in emergencies}) >= 3


def test_no_sentence_is_empty_or_stands_twice(shipped: list[Example]) -> None:
    texts = [e.text.lower() for e in shipped]
    assert all(t.strip() for t in texts) and len(texts) == len(set(texts))


def test_every_label_has_an_outcome() -> None:
    assert {outcome_of(label) for label in (*FIXED, "some_topic")} == set(OUTCOMES)
    assert all(outcome_of(label) == "emergency" for label in EMERGENCIES)
    assert all(outcome_of(label) == "handoff" and label in FIRST_REASON for label in HANDOFF_KINDS)
    assert outcome_of("usual_dose") == "answer" and outcome_of("greet") == "smalltalk"


def write(folder: Path, text: str, name: str = "nlu/hand_x/some.yml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_the_folder_names_the_hand_and_topics_bring_their_questions(small: Path, tmp_path: Path) -> None:
    write(tmp_path, "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hello\n    - hi there\n")
    write(tmp_path, "nlu:\n- intent: emergency_allergy\n  examples: |\n    - cant breathe\n", "red_flags/hand_y/e.yml")
    found = examples.load(tmp_path, contents.load(small))
    assert Example("hi there", "greet", "hand_x") in found and Example("cant breathe", "emergency_allergy", "hand_y") in found
    assert Example("question 3 about dose", "dose", "topics") in found and len(found) == 43


def test_a_sentence_that_stands_twice_counts_once_with_its_first_label(small: Path, tmp_path: Path) -> None:
    write(tmp_path, "nlu:\n- intent: greet\n  examples: |\n    - Hello\n    - hello\n- intent: thanks\n  examples: |\n    - HELLO\n    - ta\n")
    found = [e for e in examples.load(tmp_path, contents.load(small)) if e.hand == "hand_x"]
    assert found == [Example("Hello", "greet", "hand_x"), Example("ta", "thanks", "hand_x")]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("nlu:\n- intent: greet\n  examples: |\n    - hello\n    hi\n", 3, "'hi' does not begin with '- '"),
        ("nlu:\n- intent: greet\n", 2, "'examples' is missing"),
        ("nlu:\n- intent: Greet me\n  examples: |\n    - hello\n", 2, "nlu.0.intent: 'Greet me' does not match"),
        ("nlu:\n- intent: greet\n  example: |\n    - hello\n  examples: '- x'\n", 3, "unknown key 'example'"),
        ("version: '3.1'\n", 1, "'nlu' is missing"),
        ("rules: []\nnlu: []\n", 1, "unknown key 'rules'"),
        ("nlu:\n- intent: greet\n  examples:\n    - hello\n", 3, "nlu.0.examples: ['hello'] is not of type 'string'"),
    ],
)
def test_a_file_of_another_shape(small: Path, tmp_path: Path, text: str, line: int, problem: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ContentError) as caught:
        examples.load(tmp_path, contents.load(small))
    assert (caught.value.file, caught.value.line) == (str(file), line) and caught.value.problem.startswith(problem) and caught.value.mend


def test_slips_of_the_finger_are_few_and_repeatable() -> None:
    text = "how often are the injections given at the start of treatment"
    slipped = [with_typos(text, random.Random(seed)) for seed in range(40)]
    assert slipped == [with_typos(text, random.Random(seed)) for seed in range(40)]
    assert sum(s != text for s in slipped) >= 36
    assert all(abs(len(s) - len(text)) <= 3 for s in slipped)
    assert with_typos("dose", random.Random(0)) == "dose"
