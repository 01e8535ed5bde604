"""Cases as the desk's pages: one form, the steps, the list, two at once (SEC-B07, FLT-24)."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

from sqlmodel import col, select

from portal.cases.models import CaseFile, Party, Task
from portal.clock import now
from portal.consents.models import Consent
from portal.consents.withdrawing import withdraw
from portal.referrals.models import Transfer
from tests import people as houses
from tests.cases.desk import CANARY, FORM, chat_of, opened, rows, send, two, version


async def test_a_case_from_a_chat_is_one_form_filled_from_the_conversation(house):
    anna, _, desk, other = await two(house, "fill")
    facts = {"role": "worker", "state": "HE", "country": "IN", "german": "b1"}
    chat = await chat_of(house, anna, guide={"guide": "recognition", "facts": facts})
    page = (await desk.get(f"/en/staff/cases/new?chat={chat.id}")).text
    for chosen in (
        'value="worker" required checked',
        'value="HE" selected',
        'value="IN" selected',
        'value="en" selected',
    ):
        assert chosen in page, chosen
    assert "no name leaves the chat" in page and f"/staff/chats/{chat.id}/consent" in page
    assert 'name="name"' not in page and "B1" in page  # no field for a name; the draft holds the guide's answers
    assert (
        await desk.post("/en/staff/cases", data={**FORM, "confirmed": "", "key": "draft-key", "chat": chat.id})
    ).status_code == 422
    number = await opened(desk, chat=chat.id)
    assert re.fullmatch(r"W-20\d\d-\d{6}", number)
    page = (await desk.get(f"/en/staff/cases/{number}")).text
    assert "Anonymous" in page and "Canary concern" in page
    assert (await other.get(f"/en/staff/cases/new?chat={chat.id}")).status_code == 404  # not their chat
    foreign = await other.post("/en/staff/cases", data={**FORM, "key": "foreign-key", "chat": chat.id})
    assert foreign.status_code == 404
    again = await desk.post("/en/staff/cases", data={**FORM, "key": "another-form", "chat": chat.id})
    assert again.status_code == 409 and number in again.text


async def test_names_come_with_a_consent_for_this_organisation_and_go_with_it(house):
    anna, _, desk, _ = await two(house, "name")
    chat = await chat_of(house, anna, "namea", purpose="case")
    assert CANARY in (await desk.get(f"/en/staff/cases/new?chat={chat.id}")).text
    number = await opened(desk, chat=chat.id)
    assert CANARY in (await desk.get(f"/en/staff/cases/{number}")).text
    async with house.database.write() as session:
        consent = next(c for c in await session.exec(select(Consent)) if c.conversation_id == chat.id)
        await withdraw(session, consent, now())
        await session.commit()
    assert CANARY not in (await desk.get(f"/en/staff/cases/{number}")).text
    [case] = await rows(house, CaseFile, number=number)
    assert [p.name for p in await rows(house, Party, case_id=case.id)] == [""]


async def test_flt_24_twenty_times_the_same_form_is_one_case_and_one_transfer(house):
    anna, _, desk, _ = await two(house, "many")
    chat = await chat_of(house, anna, "manyb")
    data = {**FORM, "key": "the-same-form", "chat": chat.id}
    answers = await asyncio.gather(*(desk.post("/en/staff/cases", data=data) for _ in range(20)))
    assert {a.status_code for a in answers} == {303}
    assert len({a.headers["location"] for a in answers}) == 1
    assert (await desk.post("/en/staff/cases", data={**data, "topic": ""})).status_code == 422
    number = answers[0].headers["location"].partition("?")[0].rpartition("/")[2]
    sent = await asyncio.gather(*(send(desk, number, "manyb", fields="name") for _ in range(20)))
    assert {a.status_code for a in sent} == {303} and len({a.headers["location"] for a in sent}) == 1
    assert len(await rows(house, Transfer, to_id="manyb")) == 1
    assert (await send(desk, number, "manyb", message="another")).status_code == 422


async def test_numbers_are_unique_when_many_cases_come_at_once(house):
    _, _, desk, other = await two(house, "numb")
    made = await asyncio.gather(*(opened(d, key=f"number-key-{n}") for n in range(10) for d in (desk, other)))
    assert len(set(made)) == 20


async def test_steps_have_guards_and_a_closed_case_is_only_read(house):
    """SEC-B07."""
    _, _, desk, _ = await two(house, "step")
    number = await opened(desk)
    base = f"/en/staff/cases/{number}"

    async def step(to: str, **fields):
        page = (await desk.get(base)).text
        return await desk.post(f"{base}/status", data={"to": to, "version": version(page), **fields})

    assert (await step("done")).status_code == 409  # not from new
    assert (await step("active")).status_code == 303
    await desk.post(f"{base}/tasks", data={"title": "Call", "due_on": "2099-01-01"})
    assert (await step("done")).status_code == 409
    async with house.database.write() as session:  # time goes by
        task = (
            await session.exec(select(Task).where(Task.title == "Call", col(Task.due_on) == dt.date(2099, 1, 1)))
        ).one()
        task.due_on = dt.date(2020, 1, 1)
        session.add(task)
        await session.commit()
    page = (await desk.get(base)).text
    assert "overdue" in page
    task = re.search(r"/staff/tasks/(\d+)/cancel", page)[1]
    assert number in (await desk.get("/en/staff/cases?due=overdue")).text
    assert (await desk.post(f"/en/staff/tasks/{task}/cancel")).status_code == 303
    assert number not in (await desk.get("/en/staff/cases?due=overdue")).text
    assert (await step("done")).status_code == 303
    assert (await step("closed")).status_code == 422  # without a reason
    assert (await step("closed", reason="solved")).status_code == 303
    for path, data in (("", {**FORM, "version": "0"}), ("/notes", {"text": "x"}), ("/tasks", {"title": "x"}),
                       ("/transfers", {"kind": "forward", "to": "stepb", "purpose": "forward", "key": "closed-key"})):  # fmt: skip
        assert (await desk.post(base + path, data=data)).status_code == 409, path
    assert (await step("active")).status_code == 303  # reopened
    assert (await desk.post(f"{base}/notes", data={"text": "again"})).status_code == 303


async def test_two_change_at_once_and_the_second_loses_nothing(house):
    anna, _, desk, _ = await two(house, "both")
    colleague = await house.account("dora@both.example", (await rows(house, houses.Organisation, id="botha"))[0])
    second = await house.enter(colleague)
    number = await opened(desk)
    base = f"/en/staff/cases/{number}"
    old = version((await desk.get(base)).text)
    assert (await second.post(base, data={**FORM, "state": "HE", "version": old})).status_code == 303
    answer = await desk.post(base, data={**FORM, "concern": "Typed with care", "version": old})
    assert answer.status_code == 409
    assert "Typed with care" in answer.text and "Dora" in answer.text and "Federal state" in answer.text
    [case] = await rows(house, CaseFile, number=number)
    assert (case.state, case.concern) == ("HE", "Canary concern")
    assert (
        await desk.post(base, data={**FORM, "concern": "Typed with care", "version": version(answer.text)})
    ).status_code == 303
    page = (await desk.get(f"{base}")).text
    assert "Typed with care" in page


async def test_a_helper_reads_its_own_notes_and_not_the_others_and_leaves_with_its_part(house):
    anna, bert, desk, other = await two(house, "help", regime="sgbx")
    number = await opened(desk)
    base = f"/en/staff/cases/{number}"
    await desk.post(f"{base}/notes", data={"text": "Alpha canary"})
    sent = await send(desk, number, "helpb", kind="referral", part="helper")
    id_ = sent.headers["location"].partition("?")[0].rpartition("/")[2]
    assert "No transfer to third parties" in (await other.get(f"/en/staff/transfers/{id_}")).text
    assert (await other.post(f"/en/staff/transfers/{id_}/accept", data={"answer": "Gladly"})).status_code == 303
    page = (await other.get(base)).text
    assert "Alpha canary" not in page and "Note written" not in page and "Canary concern" not in page
    await other.post(f"{base}/notes", data={"text": "Beta canary"})
    assert "Beta canary" in (await other.get(base)).text and "Beta canary" not in (await desk.get(base)).text
    assert (await other.post(base, data={**FORM, "version": version((await desk.get(base)).text)})).status_code == 409
    part = re.search(r"/parts/(\d+)/end", (await desk.get(base)).text)[1]
    assert (await desk.post(f"{base}/parts/{part}/end")).status_code == 303
    assert (await other.get(base)).status_code == 404


async def test_the_list_filters_searches_and_pages(house):
    anna, _, desk, _ = await two(house, "list")
    empty = (await desk.get("/en/staff/cases")).text
    assert "A case is opened from a chat" in empty
    made = [await opened(desk, key=f"list-key-{n}", state="ST" if n % 2 else "HE") for n in range(27)]
    page = (await desk.get("/en/staff/cases")).text
    assert page.count("/staff/cases/W-") == 25 and "27 cases" in page and "page=2" in page
    second = (await desk.get("/en/staff/cases?page=2")).text
    assert second.count("/staff/cases/W-") == 2 and made[0] in second
    found = (await desk.get("/en/staff/cases?state=ST")).text
    assert "13 cases" in found and "14 cases" in (await desk.get("/en/staff/cases?state=HE")).text
    assert "27 cases" in (await desk.get("/en/staff/cases?state=nonsense&status=<b>")).text
    digits = str(int(made[3].rpartition("-")[2]))
    for query in (made[3], digits, made[3].lower()):
        assert "1 case" in (await desk.get("/en/staff/cases", params={"q": query})).text
    assert "27 cases" in (await desk.get("/en/staff/cases?whose=mine")).text


async def test_the_chat_goes_and_the_case_stays_and_says_so(house):
    anna, _, desk, _ = await two(house, "gone")
    chat = await chat_of(house, anna)
    number = await opened(desk, chat=chat.id)
    async with house.database.write() as session:
        await session.delete(await session.get_one(type(chat), chat.id))
        await session.commit()
    page = await desk.get(f"/en/staff/cases/{number}")
    assert page.status_code == 200 and "The chat was deleted; the case stays" in page.text
