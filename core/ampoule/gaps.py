"""What the assistant had no good answer to: messages of stored conversations, grouped by meaning.

The database is only read. Phone numbers, e-mail addresses and dates of birth are masked before anything else is done.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ampoule import contacts

REASONS = ("clarify", "out_of_scope", "not_helpful")
FAR = 0.5  # cosine distance, on average, from which on two messages are of two groups
MOST = 4000  # messages that are grouped, the newest; the time taken grows with the square
_QUERY = """
SELECT m.text, m.choice, r.outcome, r.helpful
FROM messages m JOIN messages r ON r.conversation_id = m.conversation_id AND r.reply_to = m.seq
WHERE m.author = 'patient' AND m.refused IS NULL AND m.at >= :since
ORDER BY m.at, m.seq
"""


class DatabaseError(Exception):
    """The database cannot be read; the message says how to mend it and holds no password."""


@dataclass(frozen=True)
class Missed:
    """A message, masked, and why it counts; `topics` are those that the reply offered."""

    text: str
    reason: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Messages that mean nearly the same, the most typical first."""

    messages: tuple[Missed, ...]

    @property
    def reasons(self) -> Counter[str]:
        return Counter(message.reason for message in self.messages)

    @property
    def topics(self) -> list[str]:
        """The topics offered most often for them, at most three."""
        return [topic for topic, _ in Counter(t for message in self.messages for t in message.topics).most_common(3)]


def read(database: str, since: datetime) -> list[Missed]:
    """What was missed since then (UTC), by conversation. `database` is a SQLite file or a database URL. DatabaseError where
    it cannot be read."""
    when = {"since": f"{since:%Y-%m-%d %H:%M:%S}+00:00"}
    if "://" in database and not database.startswith("sqlite"):
        rows = _postgresql(database, when)
    else:
        rows = _sqlite(Path(database.partition(":///")[2].partition("?")[0] if "://" in database else database), when)
    return missed(rows)


def missed(rows: Sequence[tuple[str, str | None, Any, bool | None]]) -> list[Missed]:
    """`rows` are (text, button pressed, outcome of the reply, whether the patient found it helpful)."""
    found: list[Missed] = []
    for text, choice, stored, helpful in rows:
        outcome = json.loads(stored) if isinstance(stored, str) else stored
        if not outcome or any(id.startswith("replies/errors#") for id in outcome["texts"]):
            continue
        if helpful is not None and not helpful:
            reason = "not_helpful"
        elif choice is None and outcome["outcome"] in REASONS:
            reason = outcome["outcome"]
        else:
            continue  # answered, or no more than a button pressed
        found.append(Missed(contacts.mask(text).text, reason, tuple(outcome["topics"])))
    return found


def groups(messages: Sequence[Missed], encode: Callable[[list[str]], np.ndarray]) -> list[Group]:
    """The messages by meaning, the largest group first. `encode` gives one vector of length 1 a text."""
    messages = messages[-MOST:]
    texts = list(dict.fromkeys(message.text for message in messages))
    if not texts:
        return []
    vectors = encode(texts)
    label = dict(zip(texts, _clusters(vectors), strict=True))
    vector = dict(zip(texts, vectors, strict=True))
    found = []
    for cluster in set(label.values()):
        members = [message for message in messages if label[message.text] == cluster]
        centre = np.mean([vector[message.text] for message in members], axis=0)
        found.append(Group(tuple(sorted(members, key=lambda message: (-float(vector[message.text] @ centre), message.text)))))
    return sorted(found, key=lambda group: (-len(group.messages), group.messages[0].text))


def _clusters(vectors: np.ndarray) -> list[int]:
    from scipy.cluster.hierarchy import fcluster, linkage  # half a second to import

    if len(vectors) == 1:
        return [1]
    return fcluster(linkage(vectors, "average", "cosine"), FAR, "distance").tolist()


def _sqlite(path: Path, parameters: dict[str, str]) -> list[tuple]:
    if not path.is_file():
        raise DatabaseError(f"there is no database {path}: give --database, or set DATABASE_URL as the web service has it")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            return connection.execute(_QUERY, parameters).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise DatabaseError(f"{path} cannot be read ({error}): is it the web service's database?") from error


def _postgresql(url: str, parameters: dict[str, str]) -> list[tuple]:
    try:
        import sqlalchemy  # in the engine's environment; a SQLite file needs none
        from sqlalchemy.engine import make_url
    except ImportError as error:
        raise DatabaseError("reading this database needs SQLAlchemy: run it in the project's .venv") from error
    try:
        engine = sqlalchemy.create_engine(make_url(url).set(drivername="postgresql"), hide_parameters=True)
        with engine.connect().execution_options(postgresql_readonly=True) as connection:
            return [tuple(row) for row in connection.execute(sqlalchemy.text(_QUERY), parameters)]
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise DatabaseError(f"the database cannot be read ({type(error).__name__}): check DATABASE_URL") from error
