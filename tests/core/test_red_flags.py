"""Red flags by rule: what is happening now counts; what is denied, past, imagined, somebody else's or a figure of speech does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule.labels import FLAG_GROUPS
from ampoule.lexicon import plain
from ampoule.red_flags import Flag, RedFlags
from ampoule.yamlfile import ContentError


def now(red_flags: RedFlags, text: str) -> list[Flag]:
    return [flag for flag in red_flags.find(plain(text)) if flag.status == "now"]


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("my gullet is closing up", "allergy"),
        ("Tongue's swollen to twice its size", "allergy"),
        ("I CANT BREATHE", "allergy"),
        ("she is wheezing badly", "allergy"),
        ("my thraot is closing", "allergy"),
        ("dad collapsed in the hall", "collapse"),
        ("my son passed out after the jab", "collapse"),
        ("crushing pain in my chest", "chest"),
        ("she can't feel her legs", "nerves"),
        ("one side of his face is drooping", "stroke"),
        ("I have lost control of my bladder", "bladder"),
        ("I just want to end my life", "suicide"),
        ("I want to kill myself", "suicide"),
        ("the toddler drank my vial and keeps vomiting", "poison"),
        ("my hand has turned blue and cold", "infection"),
    ],
)
def test_what_is_happening_now_counts(red_flags: RedFlags, text: str, group: str) -> None:
    assert group in {flag.group for flag in now(red_flags, text)}


# An emergency, and nearly the same words that are none: CLINICAL D10, in other words.
PAIRS = [
    ("my lip is swelling up", "my lip isn't swelling up"),
    ("my face has swollen", "my face has not swollen"),
    ("her throat is tightening", "her throat tightening - is that a warning sign?"),
    ("I can't feel my feet", "I couldn't feel my feet three years ago, the shots sorted it"),
    ("hives all over my body tonight", "hives all over my body in 2009 from penicillin"),
    ("nan fainted straight after the jab", "nan is scared she will faint"),
    ("no hives but I can't breathe", "no hives and I can breathe fine"),
    ("I can't catch my breath", "I can catch my breath"),
    ("I don't think I can breathe", "I don't think I have any trouble breathing"),
    ("my tongue is swelling, is that meant to happen?", "what if my tongue swells?"),
    ("my throat is closing", "what are the signs of a throat closing"),
    ("my chest is tight and my heart is racing", "my chest was tight in 2018"),
    ("I am wheezing", "I used to wheeze as a child"),
    ("I am wheezing right now", "never wheezed in my life"),
    ("my tongue swelled up an hour ago", "my tongue swelled up ten years ago"),
    ("can't breathe", "can't breathe for laughing"),
    ("he is struggling for breath", "the price took my breath away"),
    ("I have chest pain", "I don't have chest pain"),
    ("my lips are swelling", "my neighbour said her lips swelled"),
    ("my face is swelling", "I read that a face can swell"),
    ("throat swelling since the shot", "is throat swelling a side effect?"),
    ("my leg has gone numb all of a sudden", "numb with boredom in your queue"),
    ("I want to die", "I'm dying to see my results"),
    ("swelling of my face won't go down", "swelling of my face went down"),
]


@pytest.mark.parametrize(("emergency", "other"), PAIRS)
def test_minimal_pairs(red_flags: RedFlags, emergency: str, other: str) -> None:
    assert now(red_flags, emergency), emergency
    assert now(red_flags, other) == [], other


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("I haven't got throat swelling", "negated"),
        ("there was no swelling of the lips or face", "negated"),
        ("without swelling of my tongue", "negated"),
        ("not wheezing", "negated"),
        ("had chest pain back in 2015", "past"),
        ("years ago my throat swelled up", "past"),
        ("as a kid I had hives all over", "past"),
        ("what happens if my throat closes", "hypothetical"),
        ("suppose my lips swell up", "hypothetical"),
        ("in case my tongue swells", "hypothetical"),
        ("list the signs such as throat swelling", "general"),
        ("what does throat swelling look like", "general"),
        ("my friend said her throat closed", "third_party"),
        ("the leaflet says throat swelling can happen", "third_party"),
        ("on tv her tongue swelled up", "third_party"),
        ("we couldn't breathe for laughing", "idiom"),
    ],
)
def test_why_a_match_does_not_count(red_flags: RedFlags, text: str, status: str) -> None:
    assert {flag.status for flag in red_flags.find(plain(text))} == {status}


@pytest.mark.parametrize(
    "text",
    [
        "no rash, my tongue is swelling",
        "no rash but my tongue is swelling",
        "no fever. my lips are swelling",
        "not dizzy, however my throat is closing",
        "no itching though my face is swelling",
        "my lips aren't swollen but my throat is closing",
        "no hives and my tongue is swelling",
        "I never faint, now my throat is closing",
    ],
)
def test_one_clause_denied_does_not_clear_the_rest(red_flags: RedFlags, text: str) -> None:
    assert now(red_flags, text)


@pytest.mark.parametrize(
    "text",
    [
        "last year my lips swelled, and now my throat is closing",
        "I had hives in 2012 and my throat is closing right now",
        "a friend fainted once. I can't breathe",
        "I was told it could happen and my tongue is swelling up now",
        "what if it gets worse, my throat is closing",
        "years ago I fainted, today my tongue is swelling",
    ],
)
def test_an_old_or_imagined_part_does_not_clear_what_is_happening(red_flags: RedFlags, text: str) -> None:
    assert now(red_flags, text)


@pytest.mark.parametrize(
    "text",
    [
        "he is not breathing",
        "there is no feeling in my legs",
        "oh no my lips are swelling",
        "oh god no, my throat is closing",
        "it feels as if my throat is closing",
        "I don't know if my throat is closing",
        "I don't think I can breathe properly",
        "mum had her shot and her face is swelling",
        "my breathing isn't normal since the shot",
        "hardly breathing",
        "used my epipen and my tongue is still swollen",
        "my throat swelling isn't going down",
        "the swelling of my tongue hasn't gone",
    ],
)
def test_words_that_only_look_like_a_denial_clear_nothing(red_flags: RedFlags, text: str) -> None:
    assert now(red_flags, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is the usual dose?",
        "a sore throat and a cold",
        "can I use numbing cream",
        "pink pee after the shot",
        "a lump in my arm where they jabbed",
        "chest freezer, is that ok for vials",
        "my heart sank when I saw the bill",
        "itching to get started",
        "scared to death of needles",
        "my leg fell asleep on the bus",
    ],
)
def test_ordinary_messages_raise_nothing(red_flags: RedFlags, text: str) -> None:
    assert now(red_flags, text) == []


def test_a_flag_tells_its_words_and_rule(red_flags: RedFlags) -> None:
    (flag,) = now(red_flags, "help, my throat is closing")
    assert (flag.group, flag.rule) == ("allergy", "throat_closing")
    assert "throat" in flag.text and "closing" in flag.text


def test_every_group_is_one_with_an_emergency_text(red_flags: RedFlags) -> None:
    groups = {rule.group for rule in red_flags._flags.rules.values()}
    assert groups == set(FLAG_GROUPS)


def test_the_words_for_spelling_repair_are_plain_words(red_flags: RedFlags) -> None:
    assert {"throat", "swelling", "gullet", "wheezy"} <= red_flags.words
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) >= 4 for word in red_flags.words)


def test_a_broken_pattern_does_not_load(small: Path, replace) -> None:
    replace(small / "lexicon" / "red_flags.yml", "$throat ..", "$throats ..")
    with pytest.raises(ContentError, match="is not under words"):
        RedFlags(small / "lexicon")


def test_a_cue_that_fails_its_own_sentence_does_not_load(small: Path, replace) -> None:
    replace(small / "lexicon" / "cues.yml", "- not closing", "- is closing")
    with pytest.raises(ContentError, match="does not match its own sentence"):
        RedFlags(small / "lexicon")
    assert RedFlags(small / "lexicon", check=False).find("my throat is not closing")[0].status == "negated"
