"""Signatures by `ampoule review`: what is draft, changed and due; text, sources and changes shown; the start that needs them."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from ampoule import cli, reply, review, signing
from ampoule import content as contents
from ampoule.content import Content
from ampoule.reader import Reading
from ampoule.review import ReviewError
from ampoule.state import State
from ampoule.yamlfile import ContentError

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 20)
SAFETY = ("replies/emergency", "replies/handoff", "replies/scope", "replies/errors")


def sign(root: Path, *ids: str, on: date = TODAY) -> None:
    content = contents.load(root)
    review.sign(content, review.chosen(content, list(ids), TODAY), "A. Reader", "practice nurse", on, TODAY)


def state(root: Path, id: str, today: date = TODAY) -> str:
    return review.one(contents.load(root), id, today).state


def command(root: Path, *arguments: str) -> int:
    return cli.main(["--content", str(root), "review", *arguments])


def test_all_texts_of_the_shipped_content_are_drafts_and_none_is_left_out(content: Content) -> None:
    rows = review.reviews(content, TODAY)
    assert {row.state for row in rows} == {"draft"}
    assert {row.id for row in rows} == {f"topics/{t}" for t in content.topics} | {t for t in content.texts if not t.startswith("topics/")}


def test_what_is_signed_is_signed_until_it_changes(small: Path, replace) -> None:
    assert state(small, "topics/dose") == "draft"
    sign(small, "topics/dose")
    assert (state(small, "topics/dose"), state(small, "topics/route")) == ("signed", "draft")
    assert signing.topic_signed(contents.load(small), "dose")
    replace(small / "topics" / "dose.yml", "Ask your clinic about yours.", "Ask your clinic about yours!")
    row = review.one(contents.load(small), "topics/dose", TODAY)
    assert (row.state, row.name, row.role, row.date) == ("changed", "A. Reader", "practice nurse", "2026-11-20")
    assert not signing.topic_signed(contents.load(small), "dose")
    sign(small, "topics/dose")
    assert state(small, "topics/dose") == "signed"


@pytest.mark.parametrize(
    ("id", "file", "old", "new"),
    [
        ("topics/dose", "topics/dose.yml", "1,000 mcg", "1,000 mg"),
        ("topics/dose", "topics/dose.yml", "your own dose.", "your own dose"),
        ("topics/dose", "topics/dose.yml", "how strong it is", "how Strong it is"),
        ("topics/dose", "sources.yml", '"A guide"', '"A guide "'),
        ("replies/handoff#thanks", "replies/handoff.yml", "welcome.", "welcome!"),
        ("glossary#mma", "glossary.yml", "A waste", "a waste"),
    ],
)
def test_one_character_is_noticed(small: Path, replace, id: str, file: str, old: str, new: str) -> None:
    sign(small, id)
    replace(small / file, old, new)
    assert state(small, id) == "changed"


@pytest.mark.parametrize(
    ("signed", "today", "due"),
    [
        (date(2025, 11, 20), date(2026, 11, 19), False),
        (date(2025, 11, 20), date(2026, 11, 20), True),
        (date(2024, 2, 29), date(2025, 2, 27), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2025, 12, 31), date(2026, 12, 30), False),
        (date(2025, 1, 1), date(2026, 1, 1), True),
    ],
)
def test_a_signature_is_due_after_twelve_months(small: Path, signed: date, today: date, due: bool) -> None:
    assert review.is_due(signed, today) == due
    sign(small, "topics/dose", on=signed)
    assert state(small, "topics/dose", today) == ("due" if due else "signed")
    assert signing.topic_signed(contents.load(small), "dose")  # due, and still shown


def test_the_change_since_the_signature(small: Path, replace) -> None:
    sign(small, "topics/dose")
    assert review.changes(review.one(contents.load(small), "topics/dose", TODAY)) == []
    replace(small / "topics" / "dose.yml", "The label says how strong it is.", "The label names its strength.")
    changed = review.changes(review.one(contents.load(small), "topics/dose", TODAY))
    assert [line for line in changed if not line.startswith("  ")] == ["- The label says how strong it is.", "+ The label names its strength."]


def test_a_whole_file_can_be_signed_at_once(small: Path) -> None:
    sign(small, "replies/handoff")
    assert signing.unsigned_safety_texts(contents.load(small)) == []


def test_the_file_keeps_the_words_in_lines_and_other_signatures(small: Path) -> None:
    sign(small, "topics/route")
    sign(small, "topics/dose")
    text = (small / "signatures.yml").read_text(encoding="utf-8")
    rows = yaml.safe_load(text)
    assert list(rows) == ["topics/dose", "topics/route"]
    assert rows["topics/dose"]["words"]["answer"] == contents.load(small).topics["dose"].answer.text
    assert "    answer: |-\n      A shot puts vitamin B12 in the body.\n" in text and text.startswith("# ")
    assert [path.name for path in small.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize(
    ("name", "role", "on", "told"),
    [
        (" ", "nurse", TODAY, "needs a name and a role"),
        ("A. Reader", "", TODAY, "needs a name and a role"),
        ("A. Reader", "nurse", date(2026, 11, 21), "has not come yet"),
    ],
)
def test_a_signature_that_is_refused(small: Path, name: str, role: str, on: date, told: str) -> None:
    content = contents.load(small)
    with pytest.raises(ReviewError, match=told):
        review.sign(content, review.chosen(content, ["topics/dose"], TODAY), name, role, on, TODAY)
    assert not (small / "signatures.yml").exists()


def test_an_unknown_text(small: Path) -> None:
    with pytest.raises(ReviewError, match="did you mean topics/dose"):
        review.one(contents.load(small), "topics/doses", TODAY)
    assert review.one(contents.load(small), "topics/dose#brief", TODAY).id == "topics/dose"


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_list(small: Path, replace, capsys: pytest.CaptureFixture) -> None:
    sign(small, "topics/dose", "topics/route")
    replace(small / "topics" / "dose.yml", "how strong", "How strong")
    assert command(small, "list", "--json") == 0
    rows = {row["id"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert rows == {
        "topics/dose": "changed",
        "topics/route": "signed",
        "replies/handoff#offer": "draft",
        "replies/handoff#thanks": "draft",
        "glossary#mma": "draft",
        "desk#scripts.call": "draft",
        "desk#canned.hello": "draft",
    }
    assert command(small) == 0
    assert "5 draft, 1 changed, 1 signed" in capsys.readouterr().out
    assert command(small, "list", "--state", "changed", "--json") == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == ["topics/dose"]


def test_a_text_is_shown_beside_its_sources_with_what_changed(small: Path, replace, capsys: pytest.CaptureFixture) -> None:
    sign(small, "topics/dose")
    replace(small / "topics" / "dose.yml", "how strong it is", "its strength")
    assert command(small, "show", "topics/dose") == 0
    out = capsys.readouterr().out
    for part in (
        "what patients read",
        "what it rests on",
        "S1-01",
        "A guide",
        "changed since the signature",
        "- The label says how strong it is.",
        "+ The label says its strength.",
    ):
        assert part in out


def test_signing_shows_each_text_and_asks(small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    answers = iter(["n", "y"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    assert command(small, "sign", "topics/dose", "topics/route", "--name", "A. Reader", "--role", "nurse", "--date", "2026-01-31") == 0
    out = capsys.readouterr().out
    assert "Many adults get 1,000 mcg." in out and "1 signed" in out
    assert list(signing.signatures(small)) == ["topics/route"]
    assert command(small, "sign", "topics/route", "--name", "B. Other", "--role", "nurse") == 0
    assert "unchanged since" in capsys.readouterr().out and signing.signatures(small)["topics/route"]["name"] == "A. Reader"


def test_what_cannot_be_signed_is_told(small: Path, capsys: pytest.CaptureFixture) -> None:
    assert command(small, "sign", "topics/none", "--name", "A", "--role", "nurse", "--yes") == 2
    assert "there is no text 'topics/none'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command(small, "sign", "topics/dose", "--name", "A", "--role", "nurse", "--date", "yesterday")
    assert "no day such as" in capsys.readouterr().err


# -- AMPOULE_REQUIRE_REVIEW -------------------------------------------------------------------------------------------


def test_without_the_setting_drafts_start(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMPOULE_REQUIRE_REVIEW", raising=False)
    assert signing.load_for_patients(small).topics


def test_with_it_unsigned_safety_texts_stop_the_start(small: Path, replace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPOULE_REQUIRE_REVIEW", "1")
    with pytest.raises(ContentError, match="2 emergency, hand-off or refusal texts are not signed: replies/handoff#offer") as caught:
        signing.load_for_patients(small)
    assert "ampoule review sign" in caught.value.mend and caught.value.file.endswith("signatures.yml")
    sign(small, "replies/handoff")
    assert signing.load_for_patients(small).topics  # topics may be drafts: they are withheld
    replace(small / "replies" / "handoff.yml", "Shall I pass", "Shall we pass")
    with pytest.raises(ContentError, match="1 emergency"):
        signing.load_for_patients(small)


def test_a_meaning_that_nobody_signed_is_withheld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "content"
    shutil.copytree(ROOT / "content", root)
    reading = Reading("glossary", "answer", topics=["monitoring_labs"], term="mma")
    monkeypatch.setenv("AMPOULE_REQUIRE_REVIEW", "1")
    sign(root, "topics/monitoring_labs")
    assert reply.compose(contents.load(root), reading, State()).custom["texts"] == ["replies/dialogue#glossary_unknown", "topics/monitoring_labs#brief"]
    sign(root, "glossary#mma")
    assert reply.compose(contents.load(root), reading, State()).custom["texts"] == ["glossary#mma", "topics/monitoring_labs#brief"]


def test_the_safety_files_exist(content: Content) -> None:
    assert signing.MUST_BE_SIGNED == SAFETY
    assert {text.split("#")[0] for text in content.texts} >= set(SAFETY)
