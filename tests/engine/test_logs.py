"""No patient's words on stderr, in a log, or in any file but the two databases."""

import uuid

from tests.engine.client import Page, call

PLANTED = "zebrafinch marmalade"


def test_a_planted_phrase_is_only_in_the_databases(running):
    page = Page(running.CLINIC)
    for text in (f"which side effects has {PLANTED}", f"/restart {PLANTED}", f"{PLANTED} my throat is closing and I can't breathe", PLANTED * 200):
        page.post(text=text)
    call(running.ENGINE, "POST", {"sender": str(uuid.uuid4()), "message": f"{PLANTED} in mg?"})
    call(running.ENGINE, "POST", raw=f'{{"sender": "a", "message": "{PLANTED}"'.encode())
    found = [path.name for path in running.var.rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()]
    assert found, "the phrase was not stored at all: the test looks in the wrong place"
    assert all(name.startswith(("clinic.db", "engine.db")) for name in found), found
    assert oct((running.var / "engine.db").stat().st_mode)[-3:] == "600" and oct((running.var / "clinic.db").stat().st_mode)[-3:] == "600"
