"""Spelling repair goes from unknown words to words of this domain, never away from English."""

from __future__ import annotations

import pytest
from ampoule.spelling import LEAST_COUNT, Spelling, domain_words


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    words = {"injection": 50, "weekly": 20, "deficiency": 30, "plan": 9, "swelling": 5, "tongue": 4, "chest": 8, "tablet": 12}
    return Spelling(words, {"tongue", "throat", "swelling", "breathe", "with", "pain", "zzzz"}, {"metformin", "hydroxocobalamin", "cyano", "st johns wort"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("injecton", "injection"),
        ("defficiency", "deficiency"),
        ("weekyl", "weekly"),
        ("tonque", "tongue"),
        ("throte", "throte"),
        ("throut", "throat"),
        ("sweling", "swelling"),
        ("breathee", "breathe"),
        ("metfromin", "metformin"),
        ("hydroxocobalamine", "hydroxocobalamin"),
        ("my tonge is swelllling?", "my tongue is swelling?"),
    ],
)
def test_domain_words_are_put_right(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.repair(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "chest plan",
        "olympic games",
        "i hate this weather",
        "my cheat sheet",
        "the moral of it",
        "abc xyz",
        "mcg mg im sc",
        "metformin and cyano",
        "cat",
        "qwertyuiop",
        "",
        "123 + 4",
        "plain english words",
    ],
)
def test_english_names_short_and_hopeless_words_stay(spelling: Spelling, text: str) -> None:
    assert spelling.repair(text) == text


def test_a_word_of_the_red_flags_wins_over_others_as_near() -> None:
    words = {"thread": 900}
    assert Spelling(words, set(), set()).repair("threat thraed") == "threat thread"
    assert Spelling({**words, "threads": 900}, {"throat"}, set()).repair("throad") == "throat"


def test_a_short_word_may_have_one_letter_wrong_and_a_long_one_two(spelling: Spelling) -> None:
    assert spelling.repair("tablat") == "tablet"
    assert spelling.repair("tabalat") == "tablet"
    assert spelling.repair("tblat") == "tblat"
    assert spelling.repair("injktion") == "injection"


def test_function_words_are_never_targets(spelling: Spelling) -> None:
    assert spelling.repair("withh") == "withh"


def test_a_target_must_be_english(spelling: Spelling) -> None:
    assert spelling.repair("zzzzz") == "zzzzz"


def test_the_share_of_known_words(spelling: Spelling) -> None:
    assert spelling.share_known("what is the dose") == 1.0
    assert spelling.share_known("was kostet das") < 1.0
    assert spelling.share_known("") == 1.0
    assert spelling.share_known("hydroxocobalamin xqzjk") == 0.5


def test_known(spelling: Spelling) -> None:
    assert spelling.known("metformin") and spelling.known("mg") and spelling.known("breakfast")
    assert not spelling.known("injecton")


def test_domain_words_are_english_words_that_several_sentences_share() -> None:
    sentences = [
        "weekly injection please",
        "is the injection weekly",
        "weekly injection injection",
        "my injection is weekly xqzj",
        "xqzj xqzj",
        "xqzj",
        "xqzj with the of",
        "once rare",
    ]
    assert LEAST_COUNT == 4
    assert domain_words(sentences) == {"injection": 4, "weekly": 4}
