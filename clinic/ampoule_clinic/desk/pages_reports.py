"""Reports: the page, its charts, and the exports."""

from __future__ import annotations

import asyncio
from datetime import date

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.policy import ROLES, allow, gate, passive
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import alerts, charts, export, reports, sections
from ampoule_clinic.desk.reports import BadPeriod, Period, Report, Reports
from ampoule_clinic.errors import Refusal
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk", dependencies=[Depends(gate)])
_TICKET_EXPORT = ("clinician", "admin")


@router.get("/reports")
@allow(*ROLES)
async def page(request: Request) -> Response:
    clinic = clinic_of(request)
    asked = {"from": request.query_params.get("from", ""), "to": request.query_params.get("to", "")}
    emergencies = await clinic.db.read(alerts.unacknowledged)
    try:
        period = reports.parse(asked["from"], asked["to"], _today(clinic))
    except BadPeriod as error:
        return render.page(request, "desk/reports.html", 422, asked=asked, problems=error.problems, alerts=emergencies)
    report = await _report(request, period)
    await _audit(request, "view_reports", period)
    asked = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return render.page(request, "desk/reports.html", asked=asked, problems={}, alerts=emergencies, facts=sections.facts(report),
                       sections=sections.sections(report, clinic.content), may_export_tickets=request.state.staff.role in _TICKET_EXPORT)


@router.get("/reports/{name}.svg")
@allow(*ROLES)
@passive
async def chart(request: Request, name: str) -> Response:
    """What the page shows; it says itself who looked at it."""
    clinic, query = clinic_of(request), request.query_params
    period = _period(clinic, query.get("from", ""), query.get("to", ""))
    report = await _report(request, period)
    if name not in {section.name for section in sections.sections(report, clinic.content)}:
        raise Refusal("not_found")
    svg = await asyncio.to_thread(charts.draw, name, report, clinic.content, query.get("size") == "narrow")
    # Opened by itself it would be shown under the pages' policy, which forbids an SVG's own styles: it is saved instead.
    return Response(svg, media_type="image/svg+xml", headers={"content-disposition": f'attachment; filename="{name}.svg"'})


@router.post("/reports.csv")
@allow(*ROLES)
async def figures_csv(request: Request) -> Response:
    clinic, fields = clinic_of(request), await read_checked_form(request)
    period = _period(clinic, fields.get("from", ""), fields.get("to", ""))
    report = await _report(request, period)
    await _audit(request, "export", period, what="figures")
    return _file("figures", period, await asyncio.to_thread(export.figures, report, clinic.content))


@router.post("/reports/tickets.csv")
@allow(*_TICKET_EXPORT)
async def tickets_csv(request: Request) -> Response:
    clinic, fields = clinic_of(request), await read_checked_form(request)
    period = _period(clinic, fields.get("from", ""), fields.get("to", ""))
    found = [ticket async for ticket in reports.tickets_of(clinic, period)]
    await _audit(request, "export", period, what="tickets", rows=len(found))
    return _file("tickets", period, await asyncio.to_thread(export.tickets, found, clinic.hours.zone, clinic.now()))


def _today(clinic: Clinic) -> date:
    return clinic.now().astimezone(clinic.hours.zone).date()


def _period(clinic: Clinic, first: str, last: str) -> Period:
    """Refusal `bad_request`: the page has checked the dates already."""
    try:
        return reports.parse(first, last, _today(clinic))
    except BadPeriod:
        raise Refusal("bad_request") from None


async def _report(request: Request, period: Period) -> Report:
    made: Reports = request.app.state.reports
    return await made.of(period)


async def _audit(request: Request, action: str, period: Period, **detail: str | int) -> None:
    clinic, actor = clinic_of(request), request.state.staff

    def work(session: Session) -> None:
        clinic.audit.record(session, f"staff:{actor.id}", action, "reports", clinic.now(), first=str(period.first), last=str(period.last), **detail)

    await clinic.db.write(work)


def _file(name: str, period: Period, data: bytes) -> Response:
    attachment = f'attachment; filename="{name}-{period.first}-to-{period.last}.csv"'
    return Response(data, media_type="text/csv; charset=utf-8", headers={"content-disposition": attachment})
