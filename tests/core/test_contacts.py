"""Contact details are masked before a message leaves the clinic; amounts never are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ampoule.contacts import marks, mask
from hypothesis import given
from hypothesis import strategies as st

PHONES = [
    "555-555-0142",
    "(555) 555-0142",
    "(555)555 0142",
    "5555550142",
    "+1 555 555 0142",
    "+44 7700 900123",
    "07700900123",
    "07700 900 456",
    "555.555.0142",
    "555 0142 ",
    "5550142",
    "01 42 68 53 00",
    "+33 1 42 68 53 00",
    "0044 20 7946 0018",
]
SPOKEN = [
    "five five five oh one four two",
    "Five, five, five, zero, one, four, two",
    "oh seven seven double oh nine hundred one two three",
    "double five five oh one four two",
]
EMAILS = [
    "jo@example.com",
    "a.b+c@mail.example.co.uk",
    "Jane_Doe99@clinic.org",
    "jo @ example . com",
    "O'Brien@clinic.org",
    "jane at example dot com",
    "jane (at) example (dot) co (dot) uk",
]
BIRTHS = [
    "3 March 1961",
    "3rd of March 1961",
    "March 3, 1961",
    "Mar 3rd 1961",
    "03/04/1961",
    "3/4/61",
    "3-4-1961",
    "03.04.1961",
    "1961-04-03",
    "3 4 1961",
    "14 feb 78",
]


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("frame", ["call me on {} please", "{}", "my number's {}, mornings", "tel:{}", "({})", "ring {} Mike", "{} unit 4, Elm Street"])
def test_no_digit_of_a_phone_number_but_the_last_two_stays(phone: str, frame: str) -> None:
    masked = mask(frame.format(phone))
    digits = "".join(c for c in phone if c.isdigit())
    assert [c.kind for c in masked.found] == ["phone"]
    assert f"[phone …{digits[-2:]}]" in masked.text
    assert "".join(c for c in masked.text if c.isdigit()) in (digits[-2:], digits[-2:] + "4")
    assert marks(masked.text) == ["phone"]


@pytest.mark.parametrize("spoken", SPOKEN)
def test_a_phone_number_in_words_is_masked(spoken: str) -> None:
    masked = mask(f"it is {spoken} thanks")
    assert masked.text == "it is [phone] thanks"
    assert [(c.kind, c.value) for c in masked.found] == [("phone", spoken)]


@pytest.mark.parametrize("email", EMAILS)
@pytest.mark.parametrize("frame", ["write to {}", "{} is my address", "my e-mail: {}.", "<{}>"])
def test_of_an_address_only_the_first_letter_stays(email: str, frame: str) -> None:
    masked = mask(frame.format(email))
    assert [c.kind for c in masked.found] == ["email"]
    assert f"[e-mail {email[0]}…]" in masked.text
    assert "@" not in masked.text and "example" not in masked.text and "clinic" not in masked.text
    assert len(masked.text) == len(frame.format(f"[e-mail {email[0]}…]"))


@pytest.mark.parametrize("birth", BIRTHS)
@pytest.mark.parametrize("frame", ["I was born {}", "DOB {}", "d.o.b.: {}", "{}", "date of birth is {} ok"])
def test_a_date_of_birth_is_masked(birth: str, frame: str) -> None:
    masked = mask(frame.format(birth))
    assert [(c.kind, c.value) for c in masked.found] == [("date", birth)]
    assert masked.text == frame.format("[date]")


def test_a_recent_date_is_one_of_a_shot_unless_born_stands_in_front() -> None:
    assert mask("my last shot was on 3/4/2024").text == "my last shot was on 3/4/2024"
    assert mask("next one 12 May 2026").found == ()
    assert mask("my daughter was born on 3/4/2015").text == "my daughter was born on [date]"


def test_everything_in_one_message_is_found_as_typed() -> None:
    masked = mask("I'm Jo, born 3 March 1961, jo@example.com or 555-555-0142, I take 1,000 mcg")
    assert masked.text == "I'm Jo, born [date], [e-mail j…] or [phone …42], I take 1,000 mcg"
    assert {(c.kind, c.value) for c in masked.found} == {("email", "jo@example.com"), ("date", "3 March 1961"), ("phone", "555-555-0142")}
    assert sorted(marks(masked.text)) == ["date", "e-mail", "phone"]


def test_a_date_in_front_of_a_phone_number_hides_neither() -> None:
    masked = mask("3/4/61 55 55 01 42")
    assert masked.text == "[date] [phone …42]"


def test_masking_twice_changes_nothing() -> None:
    once = mask("jo@example.com, 555-555-0142, dob 3/4/61").text
    assert mask(once).text == once
    assert mask(once).found == ()


UNIT = st.sampled_from(
    [
        "mcg",
        "mcgs",
        "µg",
        "ug",
        "mg",
        "mgs",
        "MG",
        "microgram",
        "micrograms",
        "milligrams",
        "miligrams",
        "mL",
        "ml",
        "cc",
        "IU",
        "iu",
        "units",
        "international units",
    ]
)


@given(
    st.integers(0, 10**9),
    UNIT,
    st.sampled_from(["{:,}", "{}", "{:_}"]),
    st.sampled_from(["", " "]),
    st.sampled_from(["{}", "is {} a lot?", "they gave me {}."]),
)
def test_amounts_are_never_masked(n: int, unit: str, grouping: str, gap: str, frame: str) -> None:
    text = frame.format(grouping.format(n).replace("_", " ") + gap + unit)
    assert mask(text).text == text


@given(st.decimals(Decimal("0.0001"), Decimal("9999"), places=4), UNIT)
def test_decimal_amounts_are_never_masked(amount: Decimal, unit: str) -> None:
    text = f"it says {amount:f} {unit}"
    assert mask(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "1000 mcg",
        "1,000,000 mcg",
        "my B12 was 1,800",
        "every 3 months for 12 years",
        "in 2012 and 2015",
        "from 2012-2015",
        "2012 - 2015 or so",
        "500 mcg then 250 mcg then 100 mcg",
        "lot 4471",
        "at 10:30",
        "3-4 times",
        "I am 45",
        "call 911",
        "ring 999 or 112",
        "page 12",
        "one two three",
        "it is at the clinic",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text).text == text


@given(
    st.lists(st.text("0123456789", min_size=3, max_size=4), min_size=3, max_size=3),
    st.sampled_from(["", " ", "-", ".", " - ", ") ", ") - "]),
    st.sampled_from(["{}", "ring {}", "ring.{}", "ring,{}", "my no.{} thanks", "+{}", "{}!", "{}, evenings", "{} jo@example.com"]),
)
def test_however_a_number_is_grouped_only_its_last_two_digits_stay(groups: list[str], separator: str, frame: str) -> None:
    masked = mask(frame.format(separator.join(groups))).text
    assert "".join(c for c in masked if c.isdigit()) == groups[-1][-2:]


def test_a_card_number_does_not_stay() -> None:
    assert mask("4111111111111111").text == "[phone …11]"


@pytest.mark.parametrize("text", ["", "hello", "[phone]", "[e-mail j…] is mine"])
def test_nothing_to_mask(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).found == ()
