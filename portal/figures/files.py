"""Tables as CSV (RFC 4180, UTF-8 with a mark that spreadsheets look for) and as XLSX."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from portal.figures.tables import Cell, Column, Table
from portal.i18n import N_, gettext

FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\0",
    "＝",
    "＋",
    "－",
    "＠",
)  # how a cell begins that a program may run
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60  # characters


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula (SEC-D07)."""
    return f"'{text}" if text.startswith(FORMULA) else text


def written(cell: Cell) -> int | str:
    return cell.value if cell.value is not None else guarded(cell.text)


def head(table: Table) -> list[str]:
    return [guarded(text) for text in (table.first, *(label(column) for column in table.columns))]


def label(column: Column) -> str:
    return gettext(N_("%(what)s, in seconds")) % {"what": column.label} if column.seconds else column.label


def lines(table: Table) -> list[list[int | str]]:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return [[guarded(row.name), *(written(cell) for cell in row.cells)] for row in rows]


def as_csv(table: Table) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head(table))
    writer.writerows(lines(table))
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(tables: list[Table], right_to_left: bool = False) -> bytes:
    """A sheet for each table that has rows; the first always."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for table in [tables[0], *(table for table in tables[1:] if table.rows)]:
        sheet = book.add_worksheet(sheet_name(table.title, book))
        if right_to_left:
            sheet.right_to_left()
        sheet.freeze_panes(1, 1)
        everything: list[list[int | str]] = [list(head(table)), *lines(table)]
        for r, line in enumerate(everything):
            for c, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(r, c, value, bold if r == 0 else None)
                else:
                    sheet.write_number(r, c, value)
        widest = max(len(str(line[0])) for line in everything)
        sheet.set_column(0, 0, min(WIDEST, widest + 2))
        sheet.set_column(1, max(1, len(table.columns)), 18)
    book.close()
    return out.getvalue()


def sheet_name(title: str, book: xlsxwriter.Workbook) -> str:
    """At most 31 characters, none of []:*?/\\, no apostrophe, and none twice."""
    name = "".join(c for c in title if c not in "[]:*?/\\'")[:28].strip()
    taken = [sheet.get_name().lower() for sheet in book.worksheets()]
    return name if name.lower() not in taken else f"{name} {len(taken) + 1}"
