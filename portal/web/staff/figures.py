"""Staff: figures of the own organisation for those who lead it; of all, by organisation, for data protection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal.clock import now
from portal.figures import counting, tables
from portal.figures.counting import Figures
from portal.figures.files import XLSX, as_csv, as_xlsx
from portal.figures.groupings import GROUPINGS, Grouping
from portal.figures.hiding import FEWEST
from portal.figures.period import Period, back, read
from portal.i18n import N_, current, gettext, written_number
from portal.web.staff.door import Here, may
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)
Reader = Annotated[Here, may("figures.read")]
QUICK = (7, 30, 90)  # days


@dataclass(frozen=True)
class Asked:
    """What was asked for, and what came of it. `everywhere`: of all organisations."""

    period: Period
    grouping: Grouping
    everywhere: bool
    figures: Figures
    main: tables.Table

    @property
    def address(self) -> str:
        return query(self.period, self.grouping)

    @property
    def file(self) -> str:
        name = gettext(N_("wegweiser-figures"))
        name = name if re.fullmatch("[a-z-]+", name) else "wegweiser-figures"  # in a header: no other letters
        return f"{name}-{self.period.first}-{self.period.last}-{self.grouping.id}"


def query(period: Period, grouping: Grouping) -> str:
    return urlencode({"from": period.first, "to": period.last, "by": grouping.id})


async def answer(request: Request, here: Here) -> Asked:
    """The one way to the figures, for the page and the files (SEC-B15). Values that are not known become the usual ones."""
    moment, values = now(), request.query_params
    scope = counting.reach(here.account, here.organisation)
    usual = "organisation" if scope is None else "day"
    grouping = GROUPINGS.get(values.get("by", ""), GROUPINGS[usual])
    period = read(values, moment, weeks=grouping.people)
    async with request.app.state.database.read() as session:
        figures = await counting.count(session, scope, period, grouping, moment)
        known = await counting.organisations(session) if scope is None else {scope: here.organisation.name}
    library = request.app.state.live.edition.library
    return Asked(period, grouping, scope is None, figures, tables.by_group(figures, grouping, library, known))


@router.get("/figures")
async def figures(request: Request, here: Reader) -> Any:
    asked = await answer(request, here)
    moment, tag = now(), current.get().tag
    quick = [(days, f"/{tag}/staff/figures?{query(back(days, moment), asked.grouping)}") for days in QUICK]
    return staff_page(
        request, "staff/figures.html", here, asked=asked, key_figures=key_figures(asked.figures), quick=quick,
        groupings=[(g.id, gettext(g.label)) for g in GROUPINGS.values()], points=points(asked.main),
        kinds=[(table, points(table)) for table in tables.by_kind(asked.figures)],
        empty=not asked.figures.total.handovers, fewest=FEWEST,
    )  # fmt: skip


def points(table: tables.Table) -> list[dict[str, Any]]:
    """What a chart shows of a table: its first column of numbers."""
    return [{"label": row.name, "value": row.cells[0].value, "text": row.cells[0].text} for row in table.rows]


def key_figures(figures: Figures) -> list[tuple[str, str]]:
    """The numbers at the top, each with its name."""
    total, clock = figures.total, figures.total.clock
    labels = [label for label, _ in tables.COLUMNS[:-2]]
    found = [(gettext(label), cell.text) for label, cell in zip(labels, tables.cells(total), strict=False)]
    due = clock["in_time"] + clock["late"] + clock["overdue"]
    kept = gettext(N_("%(kept)s of %(due)s")) % {"kept": written_number(clock["in_time"]), "due": written_number(due)}
    late = gettext(N_("%(late)s late, %(overdue)s overdue, %(open)s still open")) % {
        kind: written_number(clock[kind]) for kind in ("late", "overdue", "open")
    }
    return [*found, (gettext(N_("48-hour rule kept")), f"{kept} ({late})" if total.transfers else tables.NOTHING.text)]


@router.get("/figures.csv")
async def figures_as_csv(request: Request, here: Reader) -> Response:
    asked = await answer(request, here)
    return download(as_csv(asked.main), "text/csv; charset=utf-8", f"{asked.file}.csv")


@router.get("/figures.xlsx")
async def figures_as_xlsx(request: Request, here: Reader) -> Response:
    asked = await answer(request, here)
    body = as_xlsx([asked.main, *tables.by_kind(asked.figures)], current.get().dir == "rtl")
    return download(body, XLSX, f"{asked.file}.xlsx")


def download(body: bytes, media_type: str, name: str) -> Response:
    """A file to be saved, stored by no cache (SEC-D10, SEC-G07); its name is of our own letters."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(body, media_type=media_type, headers=headers)
