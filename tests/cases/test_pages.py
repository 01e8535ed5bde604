"""Cases and transfers as the desk's pages: one form, who reaches what, two at once (SEC-B02 to B07, B15, FLT-24)."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from pathlib import Path

import pytest_asyncio
from sqlmodel import col, select

from portal.accounts.models import Audit
from portal.cases.models import CaseEvent, CaseFile, Party, Task
from portal.chat.models import Conversation
from portal.clock import now
from portal.consents.models import Consent
from portal.consents.withdrawing import withdraw
from portal.handover.models import Handover
from portal.referrals.models import Transfer
from tests import people as houses
from tests.cases import people

CANARY = "Rosalind Canary"
FORM = {"kind": "worker", "topic": "recognition.cost", "state": "ST", "occupation": "", "country": "IN", "language": "en",
        "concern": "Canary concern", "confirmed": "yes"}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory):
    async with houses.portal(Path(tmp_path_factory.mktemp("house"))) as made:
        yield made


async def two(house, name: str, **fields):
    """Anna of one organisation and Bert of another, signed in."""
    anna = await house.account(
        f"anna@{name}.example", await house.organisation(f"{name}a", kind="iq_network", **fields)
    )
    bert = await house.account(
        f"bert@{name}.example", await house.organisation(f"{name}b", kind="iq_network", **fields)
    )
    return anna, bert, await house.enter(anna), await house.enter(bert)


async def chat_of(house, account, *to, purpose="forward", fields=("name", "email"), **more):
    """A chat of the account, with consents to organisations."""
    async with house.database.write() as session:
        chat = await people.chat(session, account, **more)
        for id_ in to:
            await people.consent(session, chat, account, id_, fields, purpose, now())
        await session.commit()
    return chat


async def opened(client, **fields) -> str:
    """A case by the form -> its number."""
    answer = await client.post("/en/staff/cases", data={**FORM, "key": f"key-{now().isoformat()}", **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0].rpartition("/")[2]


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


async def rows(house, table, **where):
    async with house.database.read() as session:
        return [r for r in await session.exec(select(table)) if all(getattr(r, k) == v for k, v in where.items())]


async def send(client, number: str, to: str, key: str = "send-key-1", **fields):
    data = {"kind": "forward", "to": to, "purpose": "forward", "message": "Canary message", "key": key, **fields}
    return await client.post(f"/en/staff/cases/{number}/transfers", data=data)


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


async def test_sec_b02_b03_b04_b15_another_organisation_finds_nothing_and_changes_nothing(house):
    anna, bert, desk, other = await two(house, "wall")
    number = await opened(desk)
    await desk.post(f"/en/staff/cases/{number}/notes", data={"text": "Canary note"})
    await desk.post(f"/en/staff/cases/{number}/tasks", data={"title": "Canary task", "due_on": "2098-11-20"})
    chat = await chat_of(house, anna, "wallb")
    mine = await opened(desk, chat=chat.id)
    transfer = (await send(desk, mine, "wallb")).headers["location"].partition("?")[0].rpartition("/")[2]
    outside = await house.enter(await house.account("carl@wall.example", await house.organisation("wallc")))
    [case] = await rows(house, CaseFile, number=number)
    [task] = await rows(house, Task, case_id=case.id)
    before = [r.model_dump() for table in (CaseFile, CaseEvent, Task, Transfer) for r in await rows(house, table)]
    base = f"/en/staff/cases/{number}"
    tries = [("GET", base), ("GET", f"{base}/transfer"), ("POST", base), ("POST", f"{base}/status"), ("POST", f"{base}/owner"),
             ("POST", f"{base}/notes"), ("POST", f"{base}/tasks"), ("POST", f"{base}/transfers"), ("POST", f"{base}/parts/1/end"),
             ("POST", f"/en/staff/tasks/{task.id}/done")]  # fmt: skip
    tries += [(m, f"/en/staff/transfers/{transfer}{p}") for m, p in (
        ("GET", ""), ("GET", "/proof"), ("POST", "/accept"), ("POST", "/return"), ("POST", "/answer"), ("POST", "/seen"), ("POST", "/revoke"))]  # fmt: skip
    data = {
        **FORM,
        "version": "0",
        "to": "active",
        "text": "x",
        "title": "x",
        "key": "wall-key-1",
        "reason": "other",
        "answer": "x",
    }
    for method, path in tries:
        answer = await outside.request(method, path, data=data if method == "POST" else None)
        assert answer.status_code == 404, (method, path, answer.status_code)
        assert "Canary" not in answer.text
    assert (await other.post(f"/en/staff/tasks/{task.id}/done")).status_code == 404
    assert (
        await other.post(f"/en/staff/transfers/{transfer}/revoke")
    ).status_code == 404  # the receiver is not the sender
    lists = [
        f"/en/staff/cases?q={number}",
        "/en/staff/cases?whose=all",
        "/en/staff/transfers",
        "/en/staff/transfers?which=out",
    ]
    for path in lists:
        page = (await outside.get(path)).text
        assert (
            "Canary" not in page
            and "/staff/cases/W-" not in page
            and "/staff/transfers/" not in page.replace("?which", "")
        )
    after = [r.model_dump() for table in (CaseFile, CaseEvent, Task, Transfer) for r in await rows(house, table)]
    assert after == before
    refused = await rows(house, Audit, organisation_id="wallc", what="refused")
    assert {r.object for r in refused} >= {f"case:{number}", f"transfer:{transfer}", f"task:{task.id}"}


async def test_sec_b04_own_case_with_a_foreign_child_is_not_found(house):
    _, _, desk, other = await two(house, "kids")
    mine, theirs = await opened(desk), await opened(other)
    await other.post(f"/en/staff/cases/{theirs}/tasks", data={"title": "Foreign"})
    [case] = await rows(house, CaseFile, number=theirs)
    [task] = await rows(house, Task, case_id=case.id)
    assert (await desk.post(f"/en/staff/tasks/{task.id}/done")).status_code == 404
    assert (await desk.post(f"/en/staff/cases/{mine}/parts/{task.id + 9000}/end")).status_code == 404
    stranger = await rows(house, CaseFile, number=mine)
    page = await desk.get(f"/en/staff/cases/{mine}")
    answer = await desk.post(f"/en/staff/cases/{mine}/owner", data={"owner": "999999", "version": version(page.text)})
    assert (
        answer.status_code == 422 and stranger[0].account_id == (await rows(house, CaseFile, number=mine))[0].account_id
    )


async def test_sec_b05_b08_before_a_decision_only_what_was_consented_is_seen(house):
    anna, bert, desk, other = await two(house, "peek")
    chat = await chat_of(house, anna, "peekb")
    number = await opened(desk, chat=chat.id)
    assert (await send(desk, number, "peekb", fields="phone")).status_code == 409
    assert (await send(desk, number, "peekb", purpose="case", key="peek-key-2")).status_code == 409
    assert await rows(house, Transfer, to_id="peekb") == []
    id_ = (
        (await send(desk, number, "peekb", key="peek-key-3", fields="email"))
        .headers["location"]
        .partition("?")[0]
        .rpartition("/")[2]
    )
    page = (await other.get(f"/en/staff/transfers/{id_}")).text
    assert "canary@person.example" in page and "Canary message" in page
    assert CANARY not in page and "Canary concern" not in page
    assert (await other.get(f"/en/staff/cases/{number}")).status_code == 404
    proof = (await other.get(f"/en/staff/transfers/{id_}/proof")).text
    assert number in proof and "canary" not in proof.lower().replace("/static/", "")
    assert (await other.post(f"/en/staff/transfers/{id_}/return", data={"reason": ""})).status_code == 422
    answer = await other.post(f"/en/staff/transfers/{id_}/return", data={"reason": "no_capacity", "answer": "Sorry"})
    assert answer.status_code == 303
    page = (await other.get(f"/en/staff/transfers/{id_}")).text
    assert "canary" not in page.lower() and "no room" in page
    assert "no room" in (await desk.get(f"/en/staff/cases/{number}")).text
    late = await other.post(f"/en/staff/transfers/{id_}/accept")
    assert late.status_code == 409 and "decided or revoked" in late.text


async def test_sec_b06_fields_that_the_form_lacks_change_nothing(house):
    _, _, desk, _ = await two(house, "more")
    number = await opened(desk, organisation_id="alpha", status="done", number="W-1999-000001", account_id="1")
    [case] = await rows(house, CaseFile, number=number)
    assert (case.organisation_id, case.status) == ("morea", "new")
    extra = {
        "organisation_id": "moreb",
        "status": "closed",
        "version": "0",
        "closed_at": "2026-01-01",
        "erased_at": "2026-01-01",
    }
    await desk.post(f"/en/staff/cases/{number}", data={**FORM, **extra})
    [case] = await rows(house, CaseFile, number=number)
    assert (case.organisation_id, case.status, case.erased_at) == ("morea", "new", None)


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


async def test_prv_29_who_looks_at_a_case_is_noted_and_bad_input_is_refused_kindly(house):
    anna, _, desk, _ = await two(house, "look")
    number = await opened(desk)
    await desk.get(f"/en/staff/cases/{number}")
    seen = await rows(house, Audit, account_id=anna.id, what="case.viewed")
    assert [a.object for a in seen] == [f"case:{number}"]
    long = await desk.post("/en/staff/cases", data={**FORM, "concern": "ä" * 2001, "key": "long-key-1"})
    assert long.status_code == 422 and "ä" * 2001 in long.text
    for bad in ({"kind": "boss"}, {"topic": "no.topic"}, {"state": "XX"}, {"key": ""}):
        assert (await desk.post("/en/staff/cases", data={**FORM, "key": "bad-key-1", **bad})).status_code == 422
    past = await desk.post(f"/en/staff/cases/{number}/tasks", data={"title": "Kept", "due_on": "2020-01-01"})
    assert past.status_code == 422 and "This day is over" in past.text
    day = await desk.post(f"/en/staff/cases/{number}/tasks", data={"title": "Kept", "due_on": "2026-02-31"})
    assert day.status_code == 422 and 'value="Kept"' in day.text
    note = await desk.post(f"/en/staff/cases/{number}/notes", data={"text": "  "})
    assert note.status_code == 422
    assert (await desk.get("/en/staff/cases/W-2026-999999")).status_code == 404
    assert (await desk.get("/en/staff/transfers/x")).status_code == 422
    form = (await desk.get(f"/en/staff/cases/{number}/transfer")).text
    assert 'value="lookb"' in form and 'value="looka"' not in form
    form = (await desk.get(f"/en/staff/cases/{number}/transfer?to=lookb")).text
    assert "no valid consent for this organisation" in form


async def test_the_chat_goes_and_the_case_stays_and_says_so(house):
    anna, _, desk, _ = await two(house, "gone")
    chat = await chat_of(house, anna)
    number = await opened(desk, chat=chat.id)
    async with house.database.write() as session:
        await session.delete(await session.get_one(type(chat), chat.id))
        await session.commit()
    page = await desk.get(f"/en/staff/cases/{number}")
    assert page.status_code == 200 and "The chat was deleted; the case stays" in page.text


async def test_sec_b05_the_form_of_a_new_case_shows_only_what_this_chat_gave(house):
    anna, _, desk, _ = await two(house, "mixed")
    await chat_of(house, anna, "mixeda", purpose="case")  # somebody else's consent, in another chat
    chat = await chat_of(house, anna)
    page = (await desk.get(f"/en/staff/cases/new?chat={chat.id}")).text
    assert CANARY not in page and "canary@" not in page


async def test_prv_05_the_receivers_page_has_only_what_was_passed_on(house):
    anna, _, desk, other = await two(house, "narrow")
    chat = await chat_of(house, anna, "narrowb", fields=("name",))
    number = await opened(desk, chat=chat.id)
    sent = await send(desk, number, "narrowb", fields="name")
    path = sent.headers["location"].partition("?")[0]
    assert "To the case" in (await desk.get(f"/en/staff/{path.rpartition('staff/')[2]}")).text
    assert (await other.post(f"{path}/accept")).status_code == 303
    page = (await other.get(f"/en/staff/cases/{number}")).text
    assert CANARY in page and "Canary concern" not in page and "India" not in page.split("Change the case")[0]
    assert "was not passed on" in page
    saved = await other.post(
        f"/en/staff/cases/{number}",
        data={**FORM, "concern": "", "country": "", "state": "BY", "version": version(page)},
    )
    assert saved.status_code == 303
    [case] = await rows(house, CaseFile, number=number)
    assert (case.state, case.country, case.concern) == ("BY", "IN", "Canary concern")
    assert "To the case" not in (await desk.get(f"/en/staff/{path.rpartition('staff/')[2]}")).text, "it is theirs now"


async def test_prv_05_what_the_assistant_was_told_after_the_end_is_in_no_case(house):
    anna, _, desk, _ = await two(house, "later")
    chat = await chat_of(house, anna, guide={"guide": "recognition", "facts": {"role": "worker", "state": "HE"}})
    async with house.database.write() as session:
        handover = (await session.exec(select(Handover).where(Handover.conversation_id == chat.id))).one()
        handover.status, handover.ended_at = "ended", now()
        conversation = await session.get_one(Conversation, chat.id)
        conversation.owner = "ended"
        session.add_all([handover, conversation])
        await session.commit()
    path = f"/en/staff/cases/new?chat={chat.id}"
    assert 'value="HE" selected' in (await desk.get(path)).text, "until somebody goes on, it is what they had"
    async with house.database.write() as session:
        (await session.get_one(Conversation, chat.id)).owner = "assistant"
        await session.commit()
    assert 'value="HE" selected' not in (await desk.get(path)).text
    number = await opened(desk, chat=chat.id)
    [case] = await rows(house, CaseFile, number=number)
    assert "facts" not in case.guide
