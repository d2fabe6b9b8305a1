from pathlib import Path

import pytest
from ampoule import content as contents
from ampoule.reader import Reader

from tests.talk import Talk

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def content():
    return contents.load(ROOT / "content")


@pytest.fixture(scope="session")
def reader(content):
    """The trained reader; `make test` trains it first."""
    return Reader.load(ROOT / "models", content)


@pytest.fixture
def talk(content, reader):
    return Talk(content, reader)
