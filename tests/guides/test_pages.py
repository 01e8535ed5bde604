"""The guides as pages and through the HTTP interface: forms without JavaScript, addresses, PDF, calendar, bad input."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from icalendar import Calendar

from portal.asking import Talk
from portal.guides.card import today
from portal.guides.guides import GUIDES
from tests.guides.table import library

PLAN = (
    "role=employer&purpose=work&country=BA&residence=abroad&job_offer=yes&qualification=training&recognition=none"
    "&occupation=mechatronics_technician&experience=long&salary=blue_card&state=BY&start=" + (today() + dt.timedelta(days=10)).isoformat()
)  # fmt: skip
FIRST = "zsba" if library().contacts("zsba", "", today()) else "recognition_health"  # its legal basis has an end
NURSE = "occupation=nurse&country=PH&residence=abroad&state=HH&recognition=none"


async def walk(client, address: str, most: int = 12) -> str:
    """Answer the first option of each question by the page's own form until the result stands; its HTML."""
    for _ in range(most):
        page = (await client.get(address, follow_redirects=True)).text
        options = re.findall(r'<button[^>]*type="submit" name="(\w+)" value="([^"]*)"', page)
        if not options:
            return page
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        action = re.search(r'<form[^>]*action="([^"]+)"', page)
        assert action
        form = {**hidden, options[0][0]: html.unescape(options[0][1]), "say": ""}
        answer = await client.post(action[1], data=form)
        assert answer.status_code == 303, "an answer leads to an address of its own"
        address = answer.headers["location"]
        assert "asked=" not in address and "say=" not in address
    raise AssertionError("no result")


@pytest.mark.parametrize("language", ["de", "en", "ar"])
@pytest.mark.parametrize("guide", GUIDES)
async def test_a_guide_ends_in_a_result(wegweiser, guide, language):
    page = await walk(wegweiser, f"/{language}/guides/{guide}")
    assert 'class="card"' in page and "None" not in re.sub(r"<[^>]+>", "", page)
    assert "{" not in re.sub(r"<[^>]+>", "", page) and "[" not in re.sub(r"<[^>]+>", "", page)
    assert len(page.encode()) <= 60_000


async def test_the_pages_are_small_and_set_no_cookie(wegweiser):
    for path in (
        "guides",
        f"guides/fast_track?{PLAN}",
        f"guides/recognition?{NURSE}",
        "guides/referral?role=employer&concern=work",
    ):
        answer = await wegweiser.get(f"/de/{path}")
        assert answer.status_code == 200 and len(answer.content) <= 60_000
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("guide", "known", "asked", "text", "becomes"),
    [
        ("recognition", "", "occupation", "Krankenschwester", "occupation=nurse"),
        ("recognition", "occupation=nurse", "country", "Philippinen", "country=PH"),
        ("referral", "role=employer&concern=work", "state", "in Nürnberg", "state=BY"),
        ("referral", "role=employer&concern=work", "state", "weiß nicht", "state=open"),
        ("visa", "country=PH&purpose=work&job_offer=yes", "salary", "52.000 €", "salary=blue_card"),
        ("visa", "country=PH&purpose=work&job_offer=yes", "salary", "3.000 im Monat", "salary=below"),
        ("visa", "country=PH&purpose=work&job_offer=no", "age", "41", "age=to_44"),
        ("fast_track", "", "start", "today", "start=" + today().isoformat()),
    ],
)
async def test_words_become_an_answer(wegweiser, guide, known, asked, text, becomes):
    form = {"say": text, "asked": asked} | dict(p.split("=") for p in known.split("&") if p)
    answer = await wegweiser.post(f"/de/guides/{guide}", data=form)
    assert answer.status_code == 303 and becomes in answer.headers["location"]
    assert "say=" not in answer.headers["location"], "what was typed stays out of the address"


@pytest.mark.parametrize(
    ("guide", "asked", "text", "note"),
    [
        ("referral", "state", "Wien", "liegt nicht in Deutschland"),
        ("referral", "state", "qwertz uiop", "nicht verstanden"),
        ("fast_track", "start", "1.1.2020", "in der Vergangenheit"),
        ("fast_track", "start", "29.02.2027", "gibt es nicht"),
        ("fast_track", "start", "31.13.2027", "gibt es nicht"),
        ("fast_track", "start", "1.1.2099", "zu weit in der Zukunft"),
        ("recognition", "occupation", "", "Bitte wählen Sie"),
        ("recognition", "occupation", "Uhrmacher", "Was davon meinen Sie"),
    ],
)
async def test_what_is_not_understood_is_said_and_asked_again(wegweiser, guide, asked, text, note):
    query = {"role": "employer", "concern": "fast_track"} if guide == "referral" else {}
    if guide == "fast_track":
        query = dict(p.split("=") for p in PLAN.split("&") if not p.startswith("start"))
    answer = await wegweiser.post(f"/de/guides/{guide}", data={**query, "asked": asked, "say": text})
    assert answer.status_code == 200 and note in answer.text and 'role="alert"' in answer.text


async def test_29_february_is_a_day_in_a_leap_year(wegweiser):
    query = dict(p.split("=") for p in PLAN.split("&") if not p.startswith("start"))
    answer = await wegweiser.post("/de/guides/fast_track", data={**query, "asked": "start", "say": "29.02.2028"})
    assert "start=2028-02-29" in answer.headers["location"]
    assert (await wegweiser.get(answer.headers["location"])).status_code == 200


async def test_answers_that_cannot_both_hold_are_named(wegweiser):
    answer = await wegweiser.get(
        "/en/guides/visa?country=PH&purpose=work&job_offer=yes&qualification=none&recognition=full"
    )
    assert library().clashes[0].en in html.unescape(answer.text) and 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "country=XX&foo=1",
        "country=<script>",
        "start=2027-02-30",
        "occupation=astronaut&state=ZZ",
        "country=CQ",
        "asked=start&start=foo",
    ],
)
async def test_what_an_address_cannot_mean_is_left_out(wegweiser, address):
    answer = await wegweiser.get(f"/de/guides/visa?{address}")
    assert answer.status_code == 200 and "<script>" not in answer.text.replace("<script nonce", "")
    assert (await wegweiser.get("/de/guides/nonsense")).status_code == 404
    for start in ("foo", "2020-01-01", "2027-02-30"):
        answer = await wegweiser.post("/de/guides/fast_track", data={"asked": "start", "start": start})
        assert answer.status_code in (200, 303)


async def test_the_result_on_paper(wegweiser):
    answer = await wegweiser.get(f"/de/guides/fast_track.pdf?{PLAN}")
    assert answer.headers["content-type"] == "application/pdf" and answer.content.startswith(b"%PDF-1.7")
    assert all(mark not in answer.content for mark in (b"/JavaScript", b"/Launch", b"/EmbeddedFile")), "SEC-D08"
    unfinished = await wegweiser.get("/de/guides/fast_track.pdf?role=employer")
    assert unfinished.status_code == 303


async def test_the_dates_in_a_calendar(wegweiser):
    answer = await wegweiser.get(f"/en/guides/fast_track.ics?{PLAN}")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    days = [e.decoded("dtstart") for e in events]
    assert len(events) >= 6 and days == sorted(days) and days[0] > today()
    assert len({str(e["uid"]) for e in events}) == len(events)
    assert (await wegweiser.get(f"/en/guides/recognition.ics?{NURSE}")).status_code == 303


async def test_the_interface(wegweiser):
    listed = (await wegweiser.get("/api/guides?lang=en")).json()
    assert [g["id"] for g in listed["guides"]] == list(GUIDES)
    first = (await wegweiser.get("/api/guides/recognition?lang=en")).json()
    assert first["ask"]["fact"] == "occupation" and first["result"] is None
    typed = (
        await wegweiser.post("/api/guides/recognition?lang=en", json={"asked": "occupation", "say": "enfermera"})
    ).json()
    assert typed["facts"] == {"occupation": "nurse"} and typed["ask"]["fact"] == "country"
    done = (await wegweiser.get(f"/api/guides/recognition?lang=en&{NURSE}")).json()
    assert done["result"]["contacts"][0]["kind"] == FIRST and done["result"]["law"] and done["result"]["checked_on"]
    assert (await wegweiser.get(done["address"])).status_code == 200
    for wrong in ("country=XX", "foo=1", "asked=foo", "start=2027-02-30"):
        answer = await wegweiser.get(f"/api/guides/visa?lang=de&{wrong}")
        assert answer.status_code == 422 and answer.json()["message"].startswith("Eine dieser Antworten")
    assert (await wegweiser.get("/api/guides/nonsense")).status_code == 404
    assert (await wegweiser.post("/api/guides/visa", json={"asked": "foo", "say": "x"})).status_code == 422
    unclear = (
        await wegweiser.post("/api/guides/recognition?lang=en", json={"asked": "residence", "say": "xyzzy"})
    ).json()
    assert unclear["note"].startswith("I did not understand") and unclear["facts"] == {}


async def test_a_guide_begun_on_a_page_goes_on_in_the_chat(wegweiser):
    page = await wegweiser.get(f"/en/chat?guide=recognition&{NURSE}")
    assert "going-on=" in page.text
    body = {
        "language": "en",
        "going_on": {"guide": "recognition", "facts": dict(p.split("=") for p in NURSE.split("&"))},
    }
    made = await wegweiser.post("/api/chat/conversations", json=body)
    assert made.status_code == 201
    talk = Talk(
        wegweiser, f"/api/chat/conversations/{made.json()['id']}", {"authorization": f"Bearer {made.json()['token']}"}
    )
    said = await talk.say(text="Recognition finder")
    assert [m["kind"] for m in said] == ["steps", "contact"] and "Hamburg" in said[1]["text"] + said[0]["text"]
