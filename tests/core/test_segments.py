"""Splitting a message into sentences and into parts that may ask different things."""

from __future__ import annotations

import pytest
from ampoule.segments import MAX_PARTS, MAX_SENTENCES, parts, sentences
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("...", []),
        ("hello", ["hello"]),
        ("What is MMA? And how long does it take?\nThanks!", ["What is MMA?", "And how long does it take?", "Thanks!"]),
        ("How much?How often?", ["How much?", "How often?"]),
        ("first line\n\nsecond line", ["first line", "second line"]),
        ("dose; route", ["dose;", "route"]),
        ("It says 1.5 mg and 0.5 mL.", ["It says 1.5 mg and 0.5 mL."]),
        ("I feel odd… is that ok", ["I feel odd…", "is that ok"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what is b12 plus how is it given", ["what is b12", "how is it given"]),
        ("Is it IM or SC, how often, and what does it cost", ["Is it IM or SC", "how often", "what does it cost"]),
        ("usual dose, and also side effects please", ["usual dose", "side effects please"]),
        ("how long does it take? can I have tablets?", ["how long does it take?", "can I have tablets?"]),
        ("bread and butter", []),
        ("thanks", []),
        ("", []),
        ("a sandwich and more", ["a sandwich"]),
        ("what does it contain, thanks a lot", ["what does it contain, thanks a lot"]),
    ],
)
def test_parts(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_no_more_than_a_few_segments_and_nothing_is_lost() -> None:
    text = " ".join(f"Question number {i}?" for i in range(3 * MAX_SENTENCES))
    assert len(sentences(text)) == MAX_SENTENCES
    assert " ".join(sentences(text)) == text
    assert len(parts(text)) == MAX_PARTS


@given(st.text("abc ?.!;\n,", max_size=80))
def test_no_letter_is_lost_or_invented(text: str) -> None:
    assert [c for c in "".join(sentences(text)) if c.isalpha()] == [c for c in text if c.isalpha()]
    assert all(part.strip() == part and part for part in sentences(text))
