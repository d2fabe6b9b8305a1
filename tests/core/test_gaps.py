"""What was not answered well, read from the web service's tables and grouped by meaning; words on a terminal only."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from ampoule import cli, gaps
from ampoule.encoder import Encoder
from ampoule.gaps import DatabaseError, Missed

ROOT = Path(__file__).parents[2]
NOW = datetime.now(timezone.utc)


def outcome(kind: str, *topics: str, text: str = "replies/scope#oos_unreviewed") -> str:
    return json.dumps({"outcome": kind, "topics": list(topics), "texts": [text]})


# text, button pressed, refused, days ago, outcome of the reply, helpful
ROWS = [
    ("can I fly with my b12 vials", None, None, 1, outcome("out_of_scope"), None),
    ("Ask the clinic", "ask_clinic", None, 1, outcome("handoff"), None),
    ("taking b12 vials on a plane, call me on 555 010 9988", None, None, 2, outcome("clarify", "forms", "concentration"), None),
    ("what is the usual dose", None, None, 2, outcome("answer", "usual_dose", text="topics/usual_dose#answer"), False),
    ("what are the forms", None, None, 2, outcome("answer", "forms", text="topics/forms#answer"), True),
    ("flying with vials of b12?", None, None, 3, outcome("out_of_scope"), None),
    ("is it vegan", None, None, 3, outcome("out_of_scope"), None),
    ("Common mistakes", "topic:pitfalls", None, 3, outcome("clarify", "pitfalls"), None),
    ("my lips are swelling", None, None, 3, outcome("emergency"), None),
    ("a very long message", None, "too_long", 3, None, None),
    ("not available just then", None, None, 3, outcome("out_of_scope", text="replies/errors#unavailable"), None),
    ("old question about vials on planes", None, None, 200, outcome("out_of_scope"), None),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE messages (conversation_id TEXT, seq INTEGER, id TEXT, author TEXT, text TEXT, choice TEXT, refused TEXT, outcome JSON, "
        "reply_to INTEGER, at DATETIME, helpful BOOLEAN)"
    )
    for place, (text, choice, refused, days, reply, helpful) in enumerate(ROWS):
        at, seq = f"{NOW - timedelta(days=days):%Y-%m-%d %H:%M:%S.%f}", 2 * place
        connection.execute("INSERT INTO messages VALUES ('a', ?, ?, 'patient', ?, ?, ?, NULL, NULL, ?, NULL)", (seq, f"p{place}", text, choice, refused, at))
        if reply:
            connection.execute(
                "INSERT INTO messages VALUES ('a', ?, ?, 'assistant', 'reply', NULL, NULL, ?, ?, ?, ?)", (seq + 1, f"r{place}", reply, seq, at, helpful)
            )
    connection.commit()
    connection.close()
    return path


def test_what_counts_as_missed(database: Path) -> None:
    found = gaps.read(str(database), NOW - timedelta(days=90))
    assert [(message.reason, message.topics) for message in found] == [
        ("out_of_scope", ()),
        ("out_of_scope", ()),
        ("clarify", ("forms", "concentration")),
        ("not_helpful", ("usual_dose",)),
        ("out_of_scope", ()),
    ]
    assert found[3].text == "what is the usual dose"
    assert "555" not in found[2].text and found[2].text.startswith("taking b12 vials on a plane")


@pytest.mark.parametrize("address", ["{}", "sqlite:///{}", "sqlite+pysqlite:///{}?timeout=5"])
def test_the_database_is_only_read(database: Path, address: str) -> None:
    database.chmod(0o400)
    before = database.read_bytes()
    assert len(gaps.read(address.format(database), NOW - timedelta(days=90))) == 5
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == ["clinic.db"]


@pytest.mark.parametrize("address", ["{}/none.db", "sqlite:///{}/none.db"])
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, address: str) -> None:
    with pytest.raises(DatabaseError, match="there is no database .* set DATABASE_URL"):
        gaps.read(address.format(tmp_path), NOW)
    assert list(tmp_path.iterdir()) == []


def test_another_database(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (y)")
    with pytest.raises(DatabaseError, match="is it the web service's database"):
        gaps.read(str(tmp_path / "other.db"), NOW)


def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    with pytest.raises(DatabaseError, match="check DATABASE_URL") as caught:
        gaps.read("postgresql://someone:secret@127.0.0.1:1/clinic", NOW)
    assert "secret" not in str(caught.value)


def test_messages_are_grouped_by_meaning() -> None:
    messages = [
        Missed(text, "out_of_scope", topics)
        for text, topics in (
            ("can I fly with my b12 vials", ()),
            ("is it vegan", ("forms",)),
            ("taking b12 vials on a plane", ("forms",)),
            ("flying with vials of b12?", ("forms", "causes")),
        )
    ]
    found = gaps.groups([*messages, Missed("flying with vials of b12?", "clarify")], Encoder(ROOT / "models" / "encoder").encode)
    assert [len(group.messages) for group in found] == [4, 1]
    assert found[0].reasons == {"out_of_scope": 3, "clarify": 1} and found[0].topics == ["forms", "causes"]
    assert found[1].messages[0].text == "is it vegan"


def test_one_message_and_none() -> None:
    assert gaps.groups([], lambda texts: np.zeros((0, 2))) == []
    (group,) = gaps.groups([Missed("x", "clarify")], lambda texts: np.ones((1, 2)))
    assert group.messages == (Missed("x", "clarify"),)


def run(database: Path, *arguments: str) -> int:
    return cli.main(["--content", str(ROOT / "content"), "--models", str(ROOT / "models"), "gaps", "--database", str(database), *arguments])


def test_words_are_shown_on_a_terminal_only(database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    assert run(database) == 0
    shown = capsys.readouterr()
    assert "vegan" not in shown.out + shown.err and "5 messages" in shown.out and "on a terminal only" in shown.err
    assert run(database, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert sum(row["count"] for row in rows) == 5 and rows[0] == {"count": 2, "out_of_scope": 2, "topics": []}
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(database) == 0
    assert "vegan" in capsys.readouterr().out


def test_the_address_comes_from_the_environment(database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    assert cli.main(["--content", str(ROOT / "content"), "--models", str(ROOT / "models"), "gaps", "--days", "1"]) == 0
    assert "0 messages in 0 groups, of the last 1 days" in capsys.readouterr().out
    assert run(database.parent / "none.db") == 2
    assert "there is no database" in capsys.readouterr().err
