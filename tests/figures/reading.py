"""What a page, a CSV file and an XLSX file of figures say."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape
from xml.etree import ElementTree

from tests.people import House


async def lead(house: House, organisation=None, roles=("team_lead",), name="lea"):
    organisation = organisation or house.alpha
    return await house.enter(await house.account(f"{name}@{organisation.id}.example", organisation, roles=list(roles)))


async def table(client, by: str = "language", **values) -> dict[str, dict[str, str]]:
    """The main table from the CSV file: rows by name, cells by column."""
    answer = await client.get("/en/staff/figures.csv", params={"by": by, **values})
    assert answer.status_code == 200
    head, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def cells(html: str) -> list[list[str]]:
    """Rows of the page's main table, as text."""
    first = html.split("<table", 1)[1].split("</table>", 1)[0] if "<table" in html else ""
    rows = re.findall(r"<tr.*?</tr>", first, re.S)
    return [[unescape(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


def sheet(body: bytes, n: int = 1) -> list[list[str | float]]:
    """A sheet of an XLSX file as rows; an own small reader, so that nothing is shared with the writer."""
    ns = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(body)) as z:
        texts = ElementTree.fromstring(z.read("xl/sharedStrings.xml")).findall("m:si", ns)
        root = ElementTree.fromstring(z.read(f"xl/worksheets/sheet{n}.xml"))
    assert root.findall(".//m:f", ns) == [], "no formula"
    strings = ["".join(t.text or "" for t in si.iter(f"{{{ns['m']}}}t")) for si in texts]
    return [
        [strings[int(c.find("m:v", ns).text)] if c.get("t") == "s" else float(c.find("m:v", ns).text) for c in row]
        for row in root.findall(".//m:row", ns)
    ]
