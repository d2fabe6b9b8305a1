"""`python -m ampoule_clinic` serves the clinic."""

from __future__ import annotations

import contextlib
import logging
import sys
from types import FrameType

import uvicorn
from ampoule.encoder import EncoderError
from ampoule.reader import ArtefactError, Reader
from ampoule.signing import load_for_patients as load
from ampoule.yamlfile import ContentError
from sqlalchemy.exc import SQLAlchemyError

from ampoule_clinic.app import assemble, create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.settings import Settings, SettingsError

STOP_SECONDS = 6  # A turn under way may take 5 s.


class Server(uvicorn.Server):
    """Ends the event streams first: they would keep the server from stopping."""

    def __init__(self, config: uvicorn.Config, clinic: Clinic) -> None:
        super().__init__(config)
        self._clinic = clinic

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._clinic.events.close()
        super().handle_exit(sig, frame)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("httpx", "httpcore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = Settings.from_env()
        content = load(settings.content)
        clinic = assemble(settings, content, Reader.load(settings.models, content))
    except (SettingsError, ContentError, ArtefactError, EncoderError) as error:
        sys.exit(f"clinic: {error}")
    except SQLAlchemyError as error:
        sys.exit(f"clinic: the database does not answer ({type(error).__name__}); check DATABASE_URL")
    config = uvicorn.Config(create_app(clinic), host=settings.host, port=settings.port, access_log=False, log_level="warning",
                            server_header=False, timeout_graceful_shutdown=STOP_SECONDS)
    with contextlib.suppress(KeyboardInterrupt):  # How uvicorn passes Ctrl-C on, once it has stopped.
        Server(config, clinic).run()


if __name__ == "__main__":
    main()
