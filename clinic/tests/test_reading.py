import pytest
from conftest import RED_FLAG, FakeReader

from ampoule_clinic.reading import BEGINNING, END, PIECE, RedFlags, pieces


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1, 5000, BEGINNING + END])
def test_every_sentence_is_whole_in_some_piece(length: int) -> None:
    text = "".join(chr(33 + n % 90) + chr(200 + n // 90) for n in range(length // 2 + 1))[:length]
    found = pieces(text)
    assert all(len(piece) <= PIECE for piece in found)
    assert all(any(text[at:at + 200] in piece for piece in found) for at in range(0, length, 50))


@pytest.mark.parametrize("before", [0, 1990, 3795, 11_000, 60_000])
async def test_a_red_flag_in_a_long_text(before: int) -> None:
    reading = await RedFlags(FakeReader()).read("x" * before + RED_FLAG + "y" * 1500)
    assert reading and reading.safety == "emergency"


async def test_a_doubt_anywhere_counts() -> None:
    reading = await RedFlags(FakeReader()).read("wheezy" + "x" * 5000)
    assert reading and reading.safety == "check"
