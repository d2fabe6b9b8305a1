"""`ampoule ask` and `ampoule try`: what would be said, why, and what an edit moved. Nothing is stored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ampoule import cli, preview
from ampoule.commands import trial
from ampoule.reader import Reader

ROOT = Path(__file__).parents[2]


def command(content: Path, *arguments: str) -> int:
    return cli.main(["--content", str(content), "--models", str(ROOT / "models"), *arguments])


def test_why_names_labels_lanes_patterns_gate_and_texts(reader: Reader) -> None:
    reading, turn = preview.answer(reader, "my throat is closing up")
    why = dict(preview.why(reader, "my throat is closing up", reading, turn))
    assert why["outcome"] == "emergency, safety emergency"
    assert "allergy, now" in why["patterns"] and "rule:" in why["gate"]
    assert why["labels"].startswith("emergency_allergy ") and "message " in why["red-flag lane"]
    assert why["texts"] == "replies/emergency#allergy (draft)"


def test_a_question_has_its_topic_its_sources_and_its_hand_off(reader: Reader) -> None:
    reading, turn = preview.answer(reader, "what is the usual dose of a b12 shot")
    why = dict(preview.why(reader, "what is the usual dose of a b12 shot", reading, turn))
    assert why["texts"] == "topics/usual_dose#answer (draft)" and "S2-30" in why["sources"] and "hand-off" not in why
    reading, turn = preview.answer(reader, "can I double my dose this week")
    assert dict(preview.why(reader, "can I double my dose this week", reading, turn))["hand-off"].startswith("my_dose, reason ")


def test_ask_for_programs_and_for_people(capsys: pytest.CaptureFixture) -> None:
    assert command(ROOT / "content", "ask", "is 1 mg the same as 1,000 mcg", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"reading", "why", "outcome", "texts"} and told["texts"][0] == "1 mg is the same as 1,000 mcg."
    assert command(ROOT / "content", "ask", "is 1 mg the same as 1,000 mcg") == 0
    assert "1 mg is the same as 1,000 mcg." in capsys.readouterr().out


def test_try_shows_what_an_edit_moved(tmp_path: Path, replace, capsys: pytest.CaptureFixture) -> None:
    content, messages, before = tmp_path / "content", tmp_path / "messages.txt", tmp_path / "before.json"
    shutil.copytree(ROOT / "content", content)
    messages.write_text("# two\nwhat is in a b12 shot\n\nwhat is the usual dose\nwhat is in a b12 shot\n", encoding="utf-8")
    assert command(content, "try", str(messages), "--save", str(before)) == 0
    capsys.readouterr()
    replace(content / "topics" / "forms.yml", "Check which form is printed on your vial.", "Look which form is printed on your vial.")
    assert command(content, "try", str(messages), "--against", str(before)) == 0
    assert "1 of 2 moved" in capsys.readouterr().out
    assert command(content, "try", str(messages), "--against", str(before), "--json") == 0
    assert [row["moved"] for row in json.loads(capsys.readouterr().out)] == [["the words of its texts"], []]


def test_what_differs_is_told_in_words() -> None:
    row = {"outcome": "answer", "safety": "none", "about": ["forms"], "urgency": None, "texts": ["a"], "words": ["A"]}
    assert trial.moves(row, row) == []
    assert trial.moves(row, {**row, "outcome": "handoff", "about": ["my_dose"], "urgency": "same_day"}) == [
        "outcome: answer -> handoff",
        "about: forms -> my_dose",
        "urgency: none -> same_day",
    ]


@pytest.mark.parametrize(("text", "told"), [(None, "cannot be read"), ("# nothing\n", "holds no message")])
def test_a_file_without_messages(tmp_path: Path, capsys: pytest.CaptureFixture, text: str | None, told: str) -> None:
    file = tmp_path / "messages.txt"
    if text:
        file.write_text(text, encoding="utf-8")
    assert command(ROOT / "content", "try", str(file)) == 2
    assert told in capsys.readouterr().err


def test_a_result_that_is_none_and_a_reader_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = tmp_path / "messages.txt"
    file.write_text("hello\n")
    assert command(ROOT / "content", "try", str(file), "--against", str(file)) == 2
    assert "is no saved result" in capsys.readouterr().err
    assert cli.main(["--content", str(ROOT / "content"), "--models", str(tmp_path), "ask", "hello"]) == 2
    assert "run `make train`" in capsys.readouterr().err
