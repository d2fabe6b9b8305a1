"""Amounts in patients' words: everything the grammar knows is read exactly, and nothing half-understood is converted."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from ampoule.quantities import LARGEST, MICROGRAMS, Quantity, Units, convert, write
from ampoule.yamlfile import ContentError
from hypothesis import assume, given
from hypothesis import strategies as st

CONTENT = Path(__file__).parents[2] / "content"
UNITS = Units(CONTENT / "lexicon" / "units.yml")
ROWS = yaml.safe_load((CONTENT / "lexicon" / "units.yml").read_text(encoding="utf-8"))["units"]
MASSES = [(unit, spelling) for unit in MICROGRAMS for spelling in ROWS[unit]["spellings"]]
OTHERS = [(unit, spelling) for unit, row in ROWS.items() if unit not in MICROGRAMS for spelling in row["spellings"]]

# -- the grammar, the other way round: from an exact amount to how people write it ------------------------------------

SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
SPACES = [" ", " ", " ", "'", "’"]
VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75"}


def in_words(n: int, joined: bool, hyphen: bool) -> str:
    """`joined` says "one hundred and five"; `hyphen` says "twenty-five"."""
    link = " and " if joined else " "
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10] + (("-" if hyphen else " ") + SMALL[n % 10] if n % 10 else "")
    for scale, word in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= scale:
            rest = n % scale
            inner = link if rest < 100 else " "
            return in_words(n // scale, joined, hyphen) + f" {word}" + (inner + in_words(rest, joined, hyphen) if rest else "")
    raise AssertionError(n)


whole = st.one_of(st.integers(1, 20), st.sampled_from([25, 50, 100, 250, 500, 1000, 1500, 2000, 5000, 10_000, 100_000]), st.integers(1, 999_999))
decimals = st.text("0123456789", min_size=1, max_size=5)


@st.composite
def plain_digits(draw) -> tuple[Decimal, str]:
    text = str(draw(whole))
    if draw(st.booleans()):
        # Three digits behind the point, with up to three in front, may be thousands: those are the ambiguous ones.
        part = draw(decimals.filter(lambda d: len(d) != 3 or len(text) > 3))
        text += draw(st.sampled_from([".", "·"])) + part
    return Decimal(text.replace("·", ".")), text


@st.composite
def decimal_comma(draw) -> tuple[Decimal, str]:
    """Two digits at most behind the comma, or a zero in front: everything else is thousands or a slip."""
    if draw(st.booleans()):
        part = draw(decimals.filter(lambda d: d not in ("0", "00")))
        return Decimal(f"0.{part}"), f"0,{part}"
    n, part = draw(st.integers(1, 999)), draw(st.text("0123456789", min_size=1, max_size=2).filter(lambda d: d not in ("0", "00")))
    return Decimal(f"{n}.{part}"), f"{n},{part}"


@st.composite
def bare_point(draw) -> tuple[Decimal, str]:
    part = draw(decimals)
    return Decimal(f"0.{part}"), draw(st.sampled_from([".", "·"])) + part


@st.composite
def grouped(draw) -> tuple[Decimal, str]:
    n = draw(st.integers(1000, 999_999_999))
    separator = draw(st.sampled_from([",", *SPACES]))
    text, amount = f"{n:,}".replace(",", separator), Decimal(n)
    if draw(st.booleans()):
        part = draw(decimals)
        text += draw(st.sampled_from([".", ","] if separator != "," else ["."])) + part
        amount += Decimal(f"0.{part}")
    return amount, text


@st.composite
def with_scale(draw) -> tuple[Decimal, str]:
    text = str(draw(st.integers(1, 999)))
    if draw(st.booleans()):
        text += draw(st.sampled_from([".", ","])) + draw(st.sampled_from("123456789"))
    scale, factor = draw(
        st.sampled_from(
            [("k", 1000), ("K", 1000), (" k", 1000), (" thousand", 1000), (" thou", 1000), (" grand", 1000), (" hundred", 100), (" million", 10**6)]
        )
    )
    return Decimal(text.replace(",", ".")) * factor, text + scale


@st.composite
def words(draw) -> tuple[Decimal, str]:
    n = draw(whole)
    text = in_words(n, draw(st.booleans()), draw(st.booleans()))
    if text.startswith("one ") and draw(st.booleans()):
        text = "a" + text[3:]
    return Decimal(n), draw(st.sampled_from([text, text.upper(), text.capitalize()]))


@st.composite
def spoken_point(draw) -> tuple[Decimal, str]:
    n, part = draw(st.integers(0, 120)), draw(st.text("0123456789", min_size=1, max_size=3))
    front = in_words(n, draw(st.booleans()), draw(st.booleans())) if n or draw(st.booleans()) else ""
    zero = draw(st.sampled_from(["zero", "oh", "nought"]))
    behind = " ".join(zero if d == "0" else SMALL[int(d)] for d in part)
    scale, factor = draw(st.sampled_from([("", 1), ("", 1), (" thousand", 1000), (" million", 10**6)]))
    return Decimal(f"{n}.{part}") * factor, f"{front} {draw(st.sampled_from(['point', 'dot']))} {behind}{scale}".strip()


@st.composite
def fraction(draw) -> tuple[Decimal, str]:
    bottom = draw(st.sampled_from([2, 4, 5, 8, 10, 20, 100]))
    top = draw(st.integers(1, bottom - 1))
    n = draw(st.integers(0, 20))
    slash = draw(st.sampled_from(["/", " / ", "/ "]))
    front = f"{n}{draw(st.sampled_from([' ', '-']))}" if n else ""
    return n + Decimal(top) / bottom, f"{front}{top}{slash}{bottom}"


@st.composite
def vulgar(draw) -> tuple[Decimal, str]:
    sign = draw(st.sampled_from(list(VULGAR)))
    n = draw(st.integers(0, 50))
    return n + Decimal(VULGAR[sign]), f"{n}{draw(st.sampled_from(['', ' ']))}{sign}" if n else sign


@st.composite
def halves(draw) -> tuple[Decimal, str]:
    word, value = draw(st.sampled_from([("half", Decimal("0.5")), ("quarter", Decimal("0.25"))]))
    n = draw(st.integers(1, 40))
    front = draw(st.sampled_from([str(n), in_words(n, True, True)]))
    thousand, factor = draw(st.sampled_from([("", 1), (" thousand", 1000)]))
    return draw(
        st.sampled_from(
            [
                (value, word),
                (value, f"a {word}"),
                (value, f"one {word}"),
                (value, f"{word} a"),
                (value, f"{word} of a"),
                (value, f"a {word} of a"),
                (value * 1000, f"{word} a thousand"),
                (3 * Decimal("0.25"), "three quarters of a"),
                (3 * Decimal("0.25"), "three quarters"),
                (Decimal("0.3"), "three tenths of a"),
                (Decimal("0.1"), "one tenth of a"),
                (Decimal("0.1"), "a tenth of a"),
                ((n + value) * factor, f"{front} and a {word}{thousand}"),
            ]
        )
    )


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@st.composite
def typo(draw) -> tuple[str, str]:
    """A long unit name with one slip of the finger."""
    unit = draw(st.sampled_from(["mcg", "mg"]))
    name = draw(st.sampled_from(ROWS[unit]["fuzzy"]))
    i = draw(st.integers(0, len(name) - 2))
    letter = draw(st.sampled_from(LETTERS))
    return unit, draw(
        st.sampled_from(
            [name[:i] + name[i + 1 :], name[:i] + letter + name[i + 1 :], name[:i] + letter + name[i:], name[:i] + name[i + 1] + name[i] + name[i + 2 :]]
        )
    )


numbers = st.one_of(plain_digits(), decimal_comma(), bare_point(), grouped(), with_scale(), words(), spoken_point(), fraction(), vulgar(), halves())
mass_units = st.one_of(st.sampled_from(MASSES), typo())
before = st.sampled_from(["", "is ", "what is ", "B12 ", "b-12 ", "the vial says ", "a shot of ", "My dose: ", "(", "they gave me mg and now "])
after = st.sampled_from(["", "?", ".", ", right", " in mg?", " = how many mcg", " each month", ")", "\nthanks"])


@st.composite
def amounts(draw) -> tuple[Decimal, str, str]:
    (amount, number), (unit, spelling) = draw(numbers), draw(mass_units)
    # Letters need a gap before the unit's letters; digits and signs do not.
    gaps = [" ", "  ", "-", "\n"] + (["", "-"] if not number[-1].isalpha() else [])
    if spelling.isascii():
        spelling = draw(st.sampled_from([spelling, spelling.upper(), spelling.capitalize()]))
    return amount, unit, draw(before) + number + draw(st.sampled_from(gaps)) + spelling + draw(after)


@given(amounts())
def test_every_spelling_of_an_amount_is_read_and_converted_exactly(case: tuple[Decimal, str, str]) -> None:
    amount, unit, text = case
    found = UNITS.find(text)
    assert [(q.amount, q.unit) for q in found] == [(amount, unit)], text
    quantity = found[0]
    assert quantity.convertible and not quantity.ambiguous, text
    conversion = convert(quantity)
    other = "mg" if unit == "mcg" else "mcg"
    assert (conversion.unit, conversion.source) == (other, quantity)
    assert conversion.amount * MICROGRAMS[other] == amount * MICROGRAMS[unit]
    back = convert(Quantity(conversion.amount, other, 0, 0))
    assert (back.amount, back.unit) == (amount, unit)


@given(amounts())
def test_the_place_of_an_amount_begins_at_its_number_and_ends_with_its_unit(case: tuple[Decimal, str, str]) -> None:
    amount, unit, text = case
    (quantity,) = UNITS.find(text)
    again = UNITS.find(text[quantity.start : quantity.end])
    assert [(q.amount, q.unit) for q in again] == [(amount, unit)]


@given(st.one_of(plain_digits(), grouped(), words()), st.one_of(st.just(Decimal(0)), st.just(Decimal("0.5"))))
def test_house_style_says_the_same_amount(number: tuple[Decimal, str], extra: Decimal) -> None:
    amount = number[0] + extra
    text, unit = write(amount, "mg").split(" ")
    assert unit == "mg" and Decimal(text.replace(",", "")) == amount
    assert not text.startswith(".") and not text.endswith(".")
    assert "." not in text or not text.endswith("0")
    assert all(len(group) == 3 for group in text.split(".")[0].split(",")[1:])


def readable(text: str) -> list[Quantity]:
    """The amounts in a text that would be converted."""
    return [q for q in UNITS.find(text) if q.convertible and not q.ambiguous]


@given(st.integers(1, 999), st.text("0123456789", min_size=3, max_size=3).filter(lambda d: d != "000"), st.sampled_from(MASSES))
def test_a_point_before_three_digits_is_never_guessed(front: int, back: str, unit: tuple[str, str]) -> None:
    (quantity,) = UNITS.find(f"{front}.{back} {unit[1]}")
    assert set(quantity.readings) == {Decimal(f"{front}{back}"), Decimal(f"{front}.{back}")}
    assert quantity.ambiguous
    with pytest.raises(ValueError, match="not a mass"):
        convert(quantity)


# Only part of the number is understood, or it is a range: whatever is found must not be converted.
ranges = st.sampled_from(["-", "–", " - ", " to ", " or ", "/", " and "])


@given(st.integers(2, 99), ranges, st.integers(101, 999), st.booleans(), st.sampled_from(MASSES))
def test_ranges_are_never_converted(low: int, link: str, high: int, spoken: bool, unit: tuple[str, str]) -> None:
    # "2/101" is a fraction; "fifty-one hundred" and "two and a hundred" may be a single number.
    assume(link not in ("/", "-", " and ") if spoken else link != "/")
    ends = [in_words(n, False, True) if spoken else str(n) for n in (low, high)]
    text = f"{ends[0]}{link}{ends[1]} {unit[1]}"
    assert readable(text) == [], text


@given(st.lists(st.sampled_from(SMALL[1:10]), min_size=2, max_size=4), st.sampled_from(MASSES))
def test_numbers_read_out_digit_by_digit_are_never_converted(digits: list[str], unit: tuple[str, str]) -> None:
    text = f"{' '.join(digits)} {unit[1]}"
    assert readable(text) == [], text


@pytest.mark.parametrize(
    "text",
    [
        "1.000 mcg",
        "1.500 mg",
        "12.345 mcg",
        "100-200 mcg",
        "one to two mg",
        "five or ten mg",
        "between 1 and 2 mg",
        "one fifty mcg",
        "fifty - one hundred mcg",
        "two two five mcg",
        "twelve fifty mcg",
        "5 hundred and fifty mcg",
        "3 thousand five hundred mcg",
        "1 thousand 200 mcg",
        "1 hundred thousand mcg",
        "one thousand thousand mcg",
        "five thousand two million mcg",
        "two half mg",
        "one and three quarters mg",
        "1 and 1/2 mg",
        "1/2/3 mg",
        "1,000 / 2 mcg",
        "½ ¼ mg",
        "10^3 mcg",
        "1 00 mcg",
        "1,00 mcg",
        "10,00 mcg",
        "1,0000 mcg",
        "1,00,000 mcg",
        "1.234.567 mcg",
        "1.234,5 mcg",
        "12.5.6 mg",
        "1,2,3 mg",
        "1e3 mcg",
        "1/3 mg",
        "2/7 mcg",
        "two thirds of a mg",
        "a third of a milligram",
        "one hundredth of a mg",
        "in 2012 500 mcg",
        "I had 2 500 mcg shots",
        "point mg",
        "two point mg",
        "1/0 mg",
        "9999999999999 mcg",
        "mcg",
        "oh mg",
        "5% mg",
        "two a five mcg",
        "half quarter mg",
        "thousands thousand mcg",
    ],
)
def test_what_is_only_partly_understood_is_never_converted(text: str) -> None:
    assert readable(text) == []


@given(numbers, st.sampled_from(OTHERS))
def test_volumes_marks_international_units_and_levels_never_convert(number: tuple[Decimal, str], unit: tuple[str, str]) -> None:
    for quantity in UNITS.find(f"{number[1]} {unit[1]}"):
        assert not quantity.convertible and quantity.unit == unit[0]
        with pytest.raises(ValueError, match="not a mass"):
            convert(quantity)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0.5 ml", "ml"),
        ("2 cc", "ml"),
        ("5000 IU", "iu"),
        ("50 units", "syringe_unit"),
        ("300 pg/mL", "blood_level"),
        ("250 pmol/L", "blood_level"),
        ("2 grams", "gram"),
        ("1 mililitre", "ml"),
        ("5 insulin units", "syringe_unit"),
    ],
)
def test_other_units_are_named_for_what_they_are(text: str, unit: str) -> None:
    (quantity,) = UNITS.find(text)
    assert quantity.unit == unit


@pytest.mark.parametrize(
    "text", ["1000 mcg/mL", "1000mcg per ml", "1 mg a ml", "1 mg in 1 ml", "500 micrograms in each mL", "5 mg/cc", "5 mg/kg", "300 mcg/l", "13 mg/dL"]
)
def test_a_strength_or_a_level_is_no_amount_to_convert(text: str) -> None:
    (quantity,) = UNITS.find(text)
    assert quantity.per and not quantity.convertible
    with pytest.raises(ValueError, match="not a mass"):
        convert(quantity)


@pytest.mark.parametrize(
    "text",
    [
        "300 picograms",
        "5 nanograms",
        "three programs",
        "10 mammograms",
        "5 telegrams",
        "2 migraines",
        "12 magazines",
        "9 million",
        "4 mice",
        "3 midges",
        "2 mgr",
    ],
)
def test_other_words_are_not_taken_for_units_of_mass(text: str) -> None:
    assert readable(text) == []


def test_several_amounts_come_in_the_order_of_the_text() -> None:
    found = UNITS.find("Mine says 500 mcg, the old one was half a milligram, in 2 ml.")
    assert [(q.amount, q.unit) for q in found] == [(500, "mcg"), (Decimal("0.5"), "mg"), (2, "ml")]


@pytest.mark.parametrize("text", ["", "b12", "I am 45", "call 5550142", "vitamin B12 for 3 weeks", "what is the dose"])
def test_numbers_without_a_unit_are_no_amounts(text: str) -> None:
    assert UNITS.find(text) == []


def test_units_are_found_without_an_amount() -> None:
    assert UNITS.mentioned("is mcg the same as milligrams, or mL?") == ["mcg", "mg", "ml"]
    assert UNITS.mentioned("imagine some images") == []


def test_the_name_of_the_vitamin_is_no_range() -> None:
    assert [q.amount for q in readable("b12 500 mcg")] == [500]
    assert [q.amount for q in readable("B-12 and 500 mcg")] == [500]


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        ("1000", "mcg", "1,000 mcg"),
        ("1E+3", "mcg", "1,000 mcg"),
        ("0.50", "mg", "0.5 mg"),
        ("1.0", "mg", "1 mg"),
        (".25", "mg", "0.25 mg"),
        ("1000000", "mcg", "1,000,000 mcg"),
        ("100", "mg", "100 mg"),
        ("0.001", "mg", "0.001 mg"),
        ("1E-7", "mg", "0.0000001 mg"),
        ("1234.50", "mcg", "1,234.5 mcg"),
        ("0", "mg", "0 mg"),
    ],
)
def test_house_style(amount: str, unit: str, text: str) -> None:
    assert write(Decimal(amount), unit) == text


def test_a_conversion_tells_both_sides() -> None:
    (quantity,) = UNITS.find("1,000 mcg")
    assert convert(quantity).as_dict() == {"amount": 1.0, "unit": "mg", "from": {"amount": 1000.0, "unit": "mcg"}}
    assert convert(quantity, "mcg").amount == 1000


def test_there_is_a_largest_amount() -> None:
    assert [q.amount for q in UNITS.find(f"{LARGEST} mcg")] == [LARGEST]
    assert UNITS.find(f"{LARGEST + 1} mcg") == []


def test_a_spelling_of_two_units_is_an_error(small: Path, replace) -> None:
    file = small / "lexicon" / "units.yml"
    replace(file, "[ml]", "[ml, mg]")
    with pytest.raises(ContentError, match="'mg' is already a spelling of mg") as caught:
        Units(file)
    assert (Path(caught.value.file), caught.value.line) == (file, 9)
    assert caught.value.mend == "keep it in one unit"
