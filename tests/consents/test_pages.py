"""Consent in the chat, by the link, and the texts at the staff desk, over HTTP."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from portal.cases.models import CaseFile, Party
from portal.chat.models import Conversation, Message
from portal.clock import now
from portal.consents import service
from portal.consents.models import Consent
from portal.web.staff import consents as staff_consents
from tests.people import portal

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBER = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    """One portal for all; each test has organisations of its own."""
    async with portal(tmp_path_factory.mktemp("consents")) as house:
        if not any("/staff/consents" in str(r) for r in house.app.routes):
            house.app.include_router(staff_consents.router)
        yield house


@dataclass
class Asked:
    """A chat in which Alpha asks to pass data on to Beta and Gamma."""

    talk: Any
    request: str
    alpha: str
    beta: str
    gamma: str

    def __iter__(self):
        return iter((self.talk, self.request))


async def asked(house, language="en") -> Asked:
    n = next(NUMBER)
    alpha, beta, gamma = [
        await house.organisation(f"{name}{n}", name=name.title()) for name in ("alpha", "beta", "gamma")
    ]
    anna = await house.account(f"anna@a{n}.example", alpha)
    await house.account(f"bert@b{n}.example", beta, roles=["team_lead"])
    await house.account(f"carl@c{n}.example", gamma, roles=["team_lead"])
    talk = await house.chat(language)
    async with house.database.write() as session:
        conversation = await session.get_one(Conversation, talk.path.rsplit("/", 1)[1])
        request = await service.ask(
            session, conversation=conversation, account=anna, organisation=alpha, purpose="forward",
            fields=["name", "email", "concern"], receivers=[beta.id, gamma.id], moment=now(),
        )  # fmt: skip
        await session.commit()
    return Asked(talk, request, alpha.id, beta.id, gamma.id)


async def post(house, talk, path, **body):
    return await house.client.post(f"{talk.path}{path}", json=body, headers=talk.headers)


async def listed(house, talk) -> list[dict]:
    answer = await house.client.get(f"{talk.path}/consents", headers=talk.headers)
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def rows(house, request) -> list[Consent]:
    async with house.database.read() as session:
        query = select(Consent).where(Consent.request == request).order_by(col(Consent.to_id))
        return list((await session.exec(query)).all())


async def test_scenario_16_consent_is_given_in_the_chat_with_a_receipt(house):
    talk, request = a = await asked(house, "ar")
    (shown,) = await listed(house, talk)
    assert (shown["status"], shown["language"], shown["from"]["name"]) == ("asked", "ar", "Alpha")
    assert [r["id"] for r in shown["receivers"]] == [a.beta, a.gamma] and shown["consents"] == []
    assert [f["id"] for f in shown["fields"]] == ["name", "email", "concern"]
    answer = await post(
        house, talk, f"/consents/{request}", receivers=[a.beta], given={"name": "علي", "email": "a@b.de"}
    )
    receipt = answer.json()
    assert (answer.status_code, receipt["status"], [c["to"] for c in receipt["consents"]]) == (200, "given", [a.beta])
    line = (await talk.messages())[-1]
    assert (line["author"], line["event"], line["language"]) == ("system", "permission_accepted", "ar")
    assert line["values"]["receivers"] == ["Beta"] and line["values"]["text_de"] != "" and "علي" not in str(line)
    assert receipt["consents"][0]["link"].startswith("/ar/consents/") and "link" not in str(line)
    assert (await listed(house, talk))[0]["consents"] == receipt["consents"]


async def test_scenario_16_no_is_as_easy_as_yes(house):
    talk, request = await asked(house)
    answer = await post(house, talk, f"/consents/{request}", refused=True)
    assert answer.json()["status"] == "refused" and not any(r.given_at for r in await rows(house, request))
    assert (await talk.messages())[-1]["event"] == "permission_rejected"


async def test_flt_24_twenty_clicks_are_one_answer(house):
    talk, request = a = await asked(house)
    body = {"receivers": [a.beta], "given": {"name": "Ali"}}
    answers = await asyncio.gather(*(post(house, talk, f"/consents/{request}", **body) for _ in range(20)))
    assert {x.status_code for x in answers} == {200} and len({x.text for x in answers}) == 1
    assert [m.get("event") for m in await talk.messages()].count("permission_accepted") == 1
    other = await post(house, talk, f"/consents/{request}", receivers=[a.beta, a.gamma], given={"name": "Ali"})
    assert (other.status_code, other.json()["error"]) == (422, "answered")
    assert [bool(r.given_at) for r in await rows(house, request)] == [True, False]


async def test_a_foreign_chat_or_consent_is_404_and_bad_input_422(house):
    talk, request = a = await asked(house)
    stranger = await house.chat("en")
    assert (await post(house, stranger, f"/consents/{request}", receivers=[a.beta])).status_code == 404
    await post(house, talk, f"/consents/{request}", receivers=[a.beta])
    id_ = next(r.id for r in await rows(house, request) if r.given_at)
    assert (await post(house, stranger, f"/consents/{id_}/withdraw")).status_code == 404
    assert (await house.client.get(f"{talk.path}/consents", headers=stranger.headers)).status_code == 404
    for body in (
        {"receivers": [a.beta], "more": 1},
        {"receivers": a.beta},
        {"given": {"name": 5}},
        {"receivers": [a.alpha]},
    ):
        assert (await post(house, talk, f"/consents/{request}", **body)).status_code == 422, body
    wrong = await post(house, talk, f"/consents/{request}", receivers=[a.beta], given={"email": "x"})
    assert (wrong.json()["field"], wrong.json()["error"]) == ("email", "bad_email")
    long = await post(house, talk, f"/consents/{request}", receivers=[a.beta], given={"name": "x" * 121})
    assert long.json()["message"] == "Please write at most 120 characters here."
    assert next(r for r in await rows(house, request) if r.id == id_).withdrawn_at is None


async def test_prv_08_withdrawn_in_the_chat(house):
    talk, request = a = await asked(house)
    receipt = (await post(house, talk, f"/consents/{request}", receivers=[a.beta, a.gamma])).json()
    first, second = receipt["consents"]
    for _ in range(2):
        answer = await post(house, talk, f"/consents/{first['id']}/withdraw")
        assert answer.status_code == 200 and answer.json()["status"] == "given"  # the other one still holds
    assert (await post(house, talk, f"/consents/{second['id']}/withdraw")).json()["status"] == "withdrawn"
    assert [m.get("event") for m in await talk.messages()].count("permission_withdrawn") == 2


async def test_prv_08_withdrawn_by_the_link_without_signing_in(house):
    talk, request = a = await asked(house)
    receipt = (await post(house, talk, f"/consents/{request}", receivers=[a.beta], given={"name": "Ali <b>"})).json()
    link = receipt["consents"][0]["link"]
    for _ in range(2):  # looking at it (a scanner of mails) withdraws nothing
        got = await house.client.get(link)
        assert got.status_code == 200 and "Ali &lt;b&gt;" in got.text and "Beta" in got.text
        assert got.headers["cache-control"] == "no-store" and 'content="no-referrer"' in got.text
    assert all(r.withdrawn_at is None for r in await rows(house, request))
    assert "Einwilligung" in got.text and "Withdraw my consent" in got.text
    for _ in range(2):
        assert (await house.client.post(link)).status_code == 303
    assert "Withdraw my consent" not in (await house.client.get(link)).text
    assert (await listed(house, talk))[0]["status"] == "withdrawn"
    assert [m.get("event") for m in await talk.messages()].count("permission_withdrawn") == 1
    assert (await house.client.get("/en/consents/" + "0" * 64)).status_code == 404
    assert (await house.client.get(link.replace("/en/", "/ar/"))).status_code == 200


async def test_the_link_is_the_visitors_alone(house):
    """Neither the chat that staff reads nor the database holds it."""
    talk, request = a = await asked(house)
    link = (await post(house, talk, f"/consents/{request}", receivers=[a.beta])).json()["consents"][0]["link"]
    token = link.rsplit("/", 1)[1]
    async with house.database.read() as session:
        stored = str([m.model_dump() for m in (await session.exec(select(Message))).all()])
    assert token not in stored + str([r.model_dump() for r in await rows(house, request)])


async def test_prv_06_administrators_publish_texts_of_their_own_organisation(house):
    alpha, beta = await house.organisation("texts-a"), await house.organisation("texts-b")
    chief = await house.enter(await house.account("c@ta.example", alpha, roles=["administrator"]))
    anna = await house.enter(await house.account("a@ta.example", alpha))
    assert (await anna.get("/en/staff/consents")).status_code == 403
    assert (await chief.get("/en/staff/consents/nothing")).status_code == 404
    assert "Version 1" in (await chief.get("/en/staff/consents")).text
    page = "/en/staff/consents/case"
    full = {
        f"de.{part}": "Lang genug, damit es etwas sagt: {from} {to} {fields}"
        for part in ("purpose", "refusal", "withdrawal")
    }
    refused = await chief.post(page, data={**full, "de.withdrawal": "", "publish": "1"})
    assert refused.status_code == 422 and "Lang genug" in refused.text and 'aria-invalid="true"' in refused.text
    assert (await chief.post(page, data=full)).status_code == 303
    assert "there is a draft" in (await chief.get("/en/staff/consents")).text
    answer = await chief.post(page, data={**full, "publish": "1"})
    assert answer.status_code == 303 and answer.headers["location"] == f"{page}/publish"
    asked_again = await chief.get(answer.headers["location"])
    assert "What stops with it" in asked_again.text
    assert "Version 2" not in (await chief.get("/en/staff/consents")).text  # not yet
    assert (await chief.post(f"{page}/publish", data={"version": "9"})).status_code == 404
    answer = await chief.post(f"{page}/publish", data={"version": "2"})
    assert answer.status_code == 303
    assert "is published and in force" in (await chief.get(answer.headers["location"])).text
    assert "Version 2" in (await chief.get("/en/staff/consents")).text
    other = await house.enter(await house.account("c@tb.example", beta, roles=["administrator"]))
    assert "Version 2" not in (await other.get("/en/staff/consents")).text
    chief.headers.pop("x-csrf")
    assert (await chief.post(page, data=full)).status_code == 403


async def test_a_yes_after_the_case_was_opened_reaches_the_case(house):
    it = await asked(house)
    chat = it.talk.path.rsplit("/", 1)[1]
    async with house.database.write() as session:
        case = CaseFile(
            number=f"W-2026-8{next(NUMBER):05d}", kind="worker", organisation_id=it.beta, key=chat, conversation_id=chat
        )
        session.add(case)
        await session.flush()
        session.add(Party(case_id=case.id, kind="worker"))
        await session.commit()
    given = {"name": "Rosalind Canary", "email": "canary@person.example"}
    answer = await post(house, it.talk, f"/consents/{it.request}", receivers=[it.beta], given=given)
    assert answer.status_code == 200, answer.text
    async with house.database.read() as session:
        party = (await session.exec(select(Party).where(Party.case_id == case.id))).one()
    assert (party.name, party.email) == ("Rosalind Canary", "canary@person.example")
