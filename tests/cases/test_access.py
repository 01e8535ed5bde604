"""Who sees and changes what of a case, and of a transfer (SEC-B02 to B08, B15, PRV-05, PRV-29)."""

from __future__ import annotations

from sqlmodel import select

from portal.accounts.models import Audit
from portal.cases.models import CaseEvent, CaseFile, Task
from portal.chat.models import Conversation
from portal.clock import now
from portal.handover.models import Handover
from portal.referrals.models import Transfer
from tests.cases.desk import CANARY, FORM, chat_of, opened, rows, send, two, version


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
