"""Three places of Rasa 3.6.21 that cost most of a turn or hide an error, put right while it runs.

Each is a drop-in of the same behaviour but for what its comment says. Measured in docs/decisions/0003-speed.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa.core.agent
from jsonschema import Draft7Validator
from rasa.core.actions.action import RemoteAction
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import Event


@lru_cache(None)
def _event_class(type_name: str):
    return _resolve_by_type(type_name)


_resolve_by_type = Event.resolve_by_type
_result_validator = Draft7Validator(RemoteAction.action_response_format_spec())


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    _result_validator.validate(result)
    return True


def _own_errors(store: TrackerStore) -> TrackerStore:
    return store


def apply() -> None:
    # Walks every subclass of Event for each stored event.
    Event.resolve_by_type = staticmethod(lambda type_name, default=None: _event_class(type_name) if default is None else _resolve_by_type(type_name, default))
    # Checks the JSON schema itself again on each action.
    RemoteAction._validate_action_result = _validate_action_result
    # Turns a failed read into an empty conversation (an open hand-off or emergency would be forgotten), and a failed
    # write into one that is kept in memory only. Here the error fails the turn, and the web service answers instead.
    rasa.core.agent.FailSafeTrackerStore = _own_errors
