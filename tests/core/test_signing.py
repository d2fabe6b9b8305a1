"""Signatures: a text is signed until a patient would read something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule import content as contents
from ampoule import signing
from ampoule.content import Content
from ampoule.yamlfile import ContentError


def sign(root: Path, *rows: tuple[str, str]) -> None:
    text = "".join(f'{id}:\n  hash: "{hash}"\n  name: "A. Clinician"\n  role: "nurse"\n  date: "2026-11-20"\n' for id, hash in rows)
    (root / "signatures.yml").write_text(text, encoding="utf-8")
    signing._signatures.cache_clear()


@pytest.fixture
def loaded(small: Path) -> Content:
    signing._signatures.cache_clear()
    return contents.load(small)


def test_nothing_is_signed_without_the_file(loaded: Content) -> None:
    assert not signing.topic_signed(loaded, "dose")
    assert not signing.reply_signed(loaded, loaded.reply("handoff", "offer"))


def test_what_was_signed_is_signed(loaded: Content) -> None:
    offer = loaded.reply("handoff", "offer")
    sign(loaded.root, ("topics/dose", signing.topic_hash(loaded, loaded.topics["dose"])), ("replies/handoff#offer", signing.reply_hash(offer)))
    assert signing.topic_signed(loaded, "dose") and not signing.topic_signed(loaded, "route")
    assert signing.reply_signed(loaded, offer) and not signing.reply_signed(loaded, loaded.reply("handoff", "thanks"))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("topics/dose.yml", 'title: "Dose"', 'title: "Doses"'),
        ("topics/dose.yml", "Ask your clinic about yours.", "Ask them."),
        ("topics/dose.yml", "Your clinic sets", "They set"),
        ("topics/dose.yml", "how strong", "how weak"),
        ("topics/dose.yml", "detail: |\n  The label says how strong it is.\n", ""),
        ("sources.yml", "A guide", "Another guide"),
    ],
)
def test_an_edit_makes_a_topic_a_draft_again(loaded: Content, replace, file: str, old: str, new: str) -> None:
    sign(loaded.root, ("topics/dose", signing.topic_hash(loaded, loaded.topics["dose"])))
    replace(loaded.root / file, old, new)
    assert not signing.topic_signed(contents.load(loaded.root), "dose")


@pytest.mark.parametrize(("old", "new"), [("question 3 about dose", "how much is it"), ("related: [route]", "related:\n  - route")])
def test_what_no_patient_reads_may_change(loaded: Content, replace, old: str, new: str) -> None:
    sign(loaded.root, ("topics/dose", signing.topic_hash(loaded, loaded.topics["dose"])))
    replace(loaded.root / "topics" / "dose.yml", old, new)
    assert signing.topic_signed(contents.load(loaded.root), "dose")


def test_an_edit_makes_a_reply_a_draft_again(loaded: Content, replace) -> None:
    sign(loaded.root, ("replies/handoff#offer", signing.reply_hash(loaded.reply("handoff", "offer"))))
    replace(loaded.root / "replies" / "handoff.yml", "Shall I", "Should I")
    changed = contents.load(loaded.root)
    assert not signing.reply_signed(changed, changed.reply("handoff", "offer"))


def test_the_safety_texts_that_must_be_signed(loaded: Content) -> None:
    assert signing.unsigned_safety_texts(loaded) == ["replies/handoff#offer", "replies/handoff#thanks"]
    sign(loaded.root, *((t.id, signing.reply_hash(t)) for t in loaded.texts.values() if t.id.startswith("replies/")))
    assert signing.unsigned_safety_texts(loaded) == []


def test_what_ships_is_honestly_draft(content: Content) -> None:
    unsigned = signing.unsigned_safety_texts(content)
    assert {"replies/emergency#allergy", "replies/handoff#sent", "replies/scope#oos_medicine", "replies/errors#too_long"} <= set(unsigned)
    assert not any(signing.topic_signed(content, topic) for topic in content.topics)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("topics/dose:\n  hash: abc\n  name: A\n  role: nurse\n  date: '2026-11-20'\n", 2, "topics/dose.hash: 'abc' does not match"),
        (f"topics/dose:\n  hash: {'a' * 64}\n  role: nurse\n  date: '2026-11-20'\n", 1, "'name' is missing"),
        (f"topics/dose:\n  hash: {'a' * 64}\n  name: A\n  role: nurse\n  date: yesterday\n", 5, "topics/dose.date: 'yesterday' does not match"),
        ("- topics/dose\n", 1, "the file: ['topics/dose'] is not of type 'object', 'null'"),
    ],
)
def test_a_broken_signature_file(loaded: Content, text: str, line: int, problem: str) -> None:
    (loaded.root / "signatures.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        signing.topic_signed(loaded, "dose")
    assert caught.value.problem.startswith(problem) and caught.value.line == line


def test_an_empty_signature_file_signs_nothing(loaded: Content) -> None:
    (loaded.root / "signatures.yml").write_text("# nobody yet\n")
    assert not signing.topic_signed(loaded, "dose")
