"""The application: its parts, routes and error answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ampoule.content import Content
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from ampoule_clinic import api, errors, internal, page, pages, retention
from ampoule_clinic.accounts import watch
from ampoule_clinic.accounts.audit import Audit
from ampoule_clinic.accounts.pages import router as accounts
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import Database, DatabaseDown
from ampoule_clinic.desk import handback
from ampoule_clinic.desk.pages import router as desk
from ampoule_clinic.desk.pages_patients import router as patients
from ampoule_clinic.desk.pages_reports import router as reports
from ampoule_clinic.desk.reports import Reports
from ampoule_clinic.engine import Engine
from ampoule_clinic.errors import Refusal
from ampoule_clinic.events import Events
from ampoule_clinic.guard import Guard
from ampoule_clinic.hours import Hours
from ampoule_clinic.limits import Limit
from ampoule_clinic.migrate import migrate
from ampoule_clinic.notify import outbox
from ampoule_clinic.portal import tokens
from ampoule_clinic.portal.codes import Codes
from ampoule_clinic.portal.pages import router as portal
from ampoule_clinic.reading import Reader, RedFlags
from ampoule_clinic.settings import Settings
from ampoule_clinic.web import problems, render
from ampoule_clinic.words import Words


def utc_now() -> datetime:
    return datetime.now(UTC)


def assemble(settings: Settings, content: Content, reader: Reader, now: Callable[[], datetime] = utc_now) -> Clinic:
    """The parts, with the tables brought up to date. SQLAlchemyError where the database does not answer."""
    db = Database(settings.database_url)
    migrate(db)
    return Clinic(
        settings=settings, content=content, words=Words(content), hours=Hours(content), db=db,
        red_flags=RedFlags(reader), engine=Engine(settings.engine_url, settings.service_token),
        events=Events(), audit=Audit.of(settings.var), codes=Codes.of(settings.var), issuers=tokens.load(settings.issuers),
        message_limit=Limit(burst=20, seconds=3), session_limit=Limit(burst=60, seconds=1), now=now,
    )


def create_app(clinic: Clinic) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        works = (retention.sweep_for_ever, handback.sweep_for_ever, outbox.deliver_for_ever, watch.check_for_ever)
        tasks = [asyncio.create_task(work(clinic)) for work in works]
        yield
        for task in tasks:
            task.cancel()
        await clinic.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.clinic = clinic
    app.state.reports = Reports(clinic)
    app.include_router(api.router)
    app.include_router(internal.router)
    app.include_router(pages.routes(clinic.words))
    for router in (accounts, desk, patients, reports, portal):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=page.STATIC), name="static")
    app.mount("/assets", StaticFiles(directory=render.STATIC), name="assets")
    app.add_middleware(CORSMiddleware, allow_origins=sorted(clinic.settings.all_origins), allow_methods=["GET", "POST", "DELETE"],
                       allow_headers=["authorization", "content-type", "last-event-id"])
    app.add_middleware(Guard, words=clinic.words)

    def refuse(code: str, status: int) -> JSONResponse:
        return JSONResponse(errors.body(clinic.words, code), status)

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return problems.page(request, refusal) if problems.wants_page(request) else refuse(refusal.code, refusal.status)

    @app.exception_handler(DatabaseDown)
    async def database_down(request: Request, error: DatabaseDown) -> Response:
        return await refused(request, Refusal("unavailable"))

    @app.exception_handler(RequestValidationError)
    async def bad_address(request: Request, error: RequestValidationError) -> Response:
        return await refused(request, Refusal("bad_request"))

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        if problems.wants_page(request):
            return problems.page(request, Refusal("not_found"))
        return refuse("not_found", error.status_code)

    return app
