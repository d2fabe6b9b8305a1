"""What several commands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ampoule.content import Content

if TYPE_CHECKING:
    from ampoule.encoder import Encoder
    from ampoule.reader import Reader


class CommandError(Exception):
    """A command cannot be done; the message says why, and what to do."""


def load_reader(options: argparse.Namespace, content: Content) -> Reader:
    """The trained Reader. CommandError where there is none, or one of other topics."""
    from ampoule.encoder import EncoderError
    from ampoule.reader import ArtefactError, Reader  # a second to import

    try:
        return Reader.load(options.models, content)
    except (ArtefactError, EncoderError) as error:
        raise CommandError(str(error)) from error


def load_encoder(options: argparse.Namespace) -> Encoder:
    """The sentence encoder. CommandError where it is not built."""
    from ampoule.encoder import Encoder, EncoderError

    try:
        return Encoder(options.models / "encoder")
    except EncoderError as error:
        raise CommandError(str(error)) from error
