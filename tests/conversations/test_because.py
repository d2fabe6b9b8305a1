"""The words that decided: those that a rule went by, as the person typed them; none where only the statistics decided."""

import json

import pytest
from ampoule.reader import Reading
from ampoule.state import State


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. My THROAT is closing!", ("throat_closing", "THROAT is closing")),
        ("I'm on Warfarin, is my jab ok", ("medicine", "Warfarin")),
        ("How many ml do I draw from my vial for 500 mcg?", ("volume_draw", "How many ml do I draw")),
        ("How many ml do I draw from my vial for 500 mcg?", ("quantity", "500 mcg")),
        ("what is 1,000 mcg in mg", ("quantity", "1,000 mcg")),
        ("I'd like to talk to a person, please", ("want_person", "talk to a person")),
    ],
)
def test_the_words_that_decided(reader, text, expected):
    reading = reader.read(text)
    assert expected in reading.because, reading.because


def test_the_deciding_reason_comes_first(reader):
    reading = reader.read("I took two shots on the same day by accident, and can someone call me about my bill")
    rules = [rule for rule, _ in reading.because]
    assert reading.kind and len(rules) >= 2, reading
    assert reader._reasons.rules[rules[0]].group == reading.reason


@pytest.mark.parametrize("text", ["what are the usual side effects", "thank you so much", "which form of b12 is best", "what's the weather like"])
def test_what_only_the_statistics_decided_has_no_such_words(reader, text):
    assert reader.read(text).because == []


def test_a_red_flag_that_does_not_count_is_not_one_of_them(reader):
    reading = reader.read("my throat is not closing or anything, can I have my shot a day late")
    assert reading.safety != "emergency" and not any("throat" in words for _, words in reading.because), reading.because


def test_a_lone_number_is_shown_as_the_message_that_it_is(reader):
    reading = reader.read("and 200?", State(quantity={"amount": "1000", "unit": "mcg"}))
    assert reading.because == [("quantity", "and 200?")]


def test_it_goes_through_json(reader):
    reading = reader.read("I'm on warfarin, is my jab ok")
    again = Reading.from_dict(json.loads(json.dumps(reading.as_dict())))
    assert again.because == [list(row) for row in reading.because] != []
    assert json.loads(json.dumps(again.as_dict())) == again.as_dict()
