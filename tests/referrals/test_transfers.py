"""Transfers between organisations: with consent or not at all, decided once, taken back, stopped (scenarios 16, 31; DOC-05, DOC-07)."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import random
from pathlib import Path

import pytest
from sqlmodel import select

from portal.access import Forbidden
from portal.accounts.models import Organisation
from portal.cases import parts, reach, tasks
from portal.cases import people as persons
from portal.cases import service as service_of_cases
from portal.cases.errors import Conflict, NotHere, Refused
from portal.cases.models import CaseFile, Part, Task
from portal.cases.service import Details
from portal.consents.models import Consent, ConsentText
from portal.consents.withdrawing import withdraw
from portal.mail.models import Mail
from portal.referrals import deciding, lists, service
from portal.referrals.service import Wish
from tests.cases import people
from tests.cases.people import ADDRESS, NOW

LATER = NOW + dt.timedelta(hours=3)


@pytest.fixture
async def db(tmp_path: Path):
    async with people.database(tmp_path) as made:
        yield made


async def setting(session, **beta):
    """Anna of Alpha with a case from a chat, Bert of Beta; a consent to Beta for name and e-mail."""
    anna, bert = await people.staffed(session, "alpha"), await people.staffed(session, "beta", **beta)
    chat = await people.chat(session, anna)
    consent = await people.consent(session, chat, anna, "beta")
    return anna, bert, chat, consent, await people.case(session, anna, chat)


async def nothing_written(session) -> bool:
    return not await people.transfers(session) and not list(await session.exec(select(Mail)))


async def test_scenario_16_a_forward_needs_a_valid_consent_and_a_return_brings_the_reason(db):
    async with db.write() as session:
        anna, bert, chat, consent, case = await setting(session)
        transfer = await people.forwarded(session, anna, case, "beta", fields=("name",), message="Please look.")
        assert (transfer.basis, transfer.consent_id, case.organisation_id) == ("consent", consent.id, "alpha")
        assert await lists.passed(session, transfer, case, NOW) == {"name": "Rosalind Canary"}
        with pytest.raises(NotHere):  # the case itself is not theirs before they accept
            await reach.get(session, bert, case.number)
        await deciding.give_back(session, bert, transfer.id, "other_state", "She lives in Hesse.", LATER, ADDRESS)
        assert (case.organisation_id, transfer.status, transfer.return_reason) == ("alpha", "returned", "other_state")
        assert transfer.answer == "She lives in Hesse."
        assert await lists.passed(session, transfer, case, LATER) == {}
        mails = list(await session.exec(select(Mail)))
        assert {m.key.split(":")[0] for m in mails} == {"transfer_received", "transfer_decided"}
        assert not any("Canary" in m.body + m.subject for m in mails)  # PRV-33


async def test_sec_b08_without_consent_nothing_is_written(db):
    async with db.write() as session:
        anna, _, chat, consent, case = await setting(session)
        await people.staffed(session, "gamma")
        wrong = [
            Wish("forward", "gamma", "forward"),  # another receiver
            Wish("forward", "beta", "case"),  # another purpose
            Wish("forward", "beta", "forward", fields=("name", "phone")),  # one field more
        ]
        for wish in wrong:
            with pytest.raises(Conflict, match="no_consent"):
                await service.send(session, anna, case.number, wish, f"key-{wrong.index(wish)}", NOW, ADDRESS)
        with pytest.raises(Conflict, match="no_consent"):  # it is over
            await people.forwarded(session, anna, case, "beta", moment=NOW + dt.timedelta(days=400))
        anonymous = await people.case(session, anna)  # nobody's consent
        with pytest.raises(Conflict, match="no_consent"):
            await people.forwarded(session, anna, anonymous, "beta")
        assert await nothing_written(session)


async def test_sec_b09_a_consent_of_somebody_else_or_of_an_old_text_counts_nothing(db):
    async with db.write() as session:
        anna, _, chat, consent, case = await setting(session)
        other = await people.case(session, anna, await people.chat(session, anna))
        with pytest.raises(Conflict, match="no_consent"):
            await people.forwarded(session, anna, other, "beta")
        text = await session.get_one(ConsentText, consent.text_id)
        text.text += " And more."
        session.add(text)
        with pytest.raises(Conflict, match="no_consent"):
            await people.forwarded(session, anna, case, "beta")
        assert await nothing_written(session)


async def test_sec_b11_withdrawn_or_without_the_role_between_page_and_submit(db):
    async with db.write() as session:
        anna, bert, chat, consent, case = await setting(session)
        stale = anna.model_copy()
        anna.roles = ["editor"]
        session.add(anna)
        await session.flush()
        with pytest.raises(Forbidden):
            await people.forwarded(session, stale, case, "beta")
        anna.roles = ["counsellor"]
        session.add(anna)
        await withdraw(session, consent, NOW)
        with pytest.raises(Conflict, match="no_consent"):
            await people.forwarded(session, anna, case, "beta")
        assert await nothing_written(session)


async def test_scenario_31_responsibility_changes_only_on_accept_and_the_sender_loses_access(db):
    async with db.write() as session:
        anna, bert, chat, consent, case = await setting(session)
        await tasks.set_task(session, anna, case.number, "Call back", None, None, NOW)
        transfer = await people.forwarded(session, anna, case, "beta", fields=("name",))
        assert case.organisation_id == "alpha"
        await deciding.accept(session, bert, transfer.id, "We take it.", LATER, ADDRESS)
        assert (case.organisation_id, case.account_id, case.status, transfer.status) == (
            "beta",
            bert.id,
            "active",
            "accepted",
        )
        assert (await reach.get(session, bert, case.number)).id == case.id
        with pytest.raises(NotHere):
            await reach.get(session, anna, case.number)
        assert (await lists.get(session, anna, transfer.id))[0].id == transfer.id  # the proof stays
        shown = await persons.shown(session, case, "beta", LATER)
        assert shown[0].fields == {"name": "Rosalind Canary", "email": "canary@person.example"}
        [task] = list(await session.exec(select(Task).execution_options(populate_existing=True)))
        assert task.cancelled_at == LATER
        with pytest.raises(Conflict, match="decided"):
            await deciding.accept(session, bert, transfer.id, "", LATER, ADDRESS)


async def test_scenario_31_a_disabled_receiver_gets_nothing_but_it_can_be_taken_back(db):
    async with db.write() as session:
        anna, bert, chat, consent, case = await setting(session)
        transfer = await people.forwarded(session, anna, case, "beta")
        beta = await session.get_one(Organisation, "beta")
        beta.active = False
        session.add(beta)
        await session.flush()
        await service.revoke(session, anna, transfer.id, LATER, ADDRESS)
        assert (transfer.status, transfer.revoked_at, transfer.decided_at) == ("revoked", LATER, None)
        assert (await service.revoke(session, anna, transfer.id, LATER, ADDRESS)).id == transfer.id  # twice is once
        with pytest.raises(Conflict, match="receiver"):
            await people.forwarded(session, anna, case, "beta")
        with pytest.raises(NotHere):
            await people.forwarded(session, anna, case, "nowhere")
        with pytest.raises(NotHere):  # only the sender takes back, only the receiver decides
            await service.revoke(session, bert, transfer.id, LATER, ADDRESS)
        with pytest.raises(NotHere):
            await deciding.accept(session, anna, transfer.id, "", LATER, ADDRESS)


async def test_scenario_31_access_stays_while_another_referral_is_active(db):
    async with db.write() as session:
        anna = await people.staffed(session, "alpha", regime="sgbx")
        bert = await people.staffed(session, "beta", regime="sgbx")
        case = await people.case(session, anna)
        for part in ("applicant_work", "helper"):
            transfer = await people.forwarded(session, anna, case, "beta", kind="referral", part=part)
            await deciding.accept(session, bert, transfer.id, "", NOW, ADDRESS)
        with pytest.raises(Conflict, match="takes_part"):
            await people.forwarded(session, anna, case, "beta", kind="referral", part="helper")
        first, second = [p.id for p in await parts.of(session, case)]
        await parts.end(session, anna, case.number, first, LATER)
        await session.flush()
        assert (await reach.get(session, bert, case.number)).id == case.id
        await parts.end(session, bert, case.number, second, LATER)
        await session.flush()
        with pytest.raises(NotHere):
            await reach.get(session, bert, case.number)
        assert [p.until for p in await parts.of(session, case)] == [LATER, LATER]  # history stays


async def test_doc_07_the_ag_s_stays_the_employers_contact_while_the_ips_works_with_the_applicant(db):
    async with db.write() as session:
        anna = await people.staffed(session, "ags", kind="ag_s", regime="sgbx")
        ivan = await people.staffed(session, "ips", kind="ips", regime="sgbx")
        chat = await people.chat(session, anna, role="employer")
        await people.consent(session, chat, anna, "ags", ("name", "email", "company"), "case")
        case = await people.case(session, anna, chat, kind="both")
        transfer = await people.forwarded(
            session, anna, case, "ips", kind="referral", part="applicant_work", fields=("name", "email", "company")
        )
        assert transfer.basis == "task_35"
        await deciding.accept(session, ivan, transfer.id, "", LATER, ADDRESS)
        assert case.organisation_id == "ags"
        found = {(p.organisation_id, p.part) for p in await session.exec(select(Part))}
        assert found == {("ags", "employer_contact"), ("ips", "applicant_work")}
        employer = {p.kind: p for p in await persons.shown(session, case, "ips", LATER)}["employer"]
        assert employer.withheld and employer.fields == {"company": "Canary Works"}  # nowhere to write to
        mine = {p.kind: p for p in await persons.shown(session, case, "ags", LATER)}["employer"]
        assert mine.fields["email"] == "canary@person.example"
        forward = await people.forwarded(session, anna, case, "ips", moment=LATER)
        await deciding.accept(session, ivan, forward.id, "", LATER, ADDRESS)
        assert case.organisation_id == "ips"
        assert (await reach.get(session, anna, case.number)).id == case.id  # in the whole process (S000)


async def test_prv_05_only_between_two_bodies_under_35_sgb_i_no_consent_is_needed(db):
    async with db.write() as session:
        anna = await people.staffed(session, "ags", kind="ag_s", regime="sgbx")
        for id_, kind, regime in (("zsba", "zsba", "sgbx"), ("iq", "iq_network", "gdpr")):
            await people.staffed(session, id_, kind=kind, regime=regime)
        case = await people.case(session, anna)
        transfer = await people.forwarded(session, anna, case, "zsba", kind="referral")
        assert (transfer.basis, transfer.consent_id) == ("task_35", None)
        with pytest.raises(Conflict, match="no_consent"):
            await people.forwarded(session, anna, case, "iq")
        other = await people.case(session, anna)
        with pytest.raises(Conflict, match="no_consent"):  # what the sender may not read it cannot share
            await people.forwarded(session, anna, other, "zsba", fields=("name",))


async def test_prv_08_a_withdrawn_consent_stops_what_is_on_its_way_and_hides_what_was_passed_on(db):
    async with db.write() as session:
        anna, bert, chat, consent, case = await setting(session)
        transfer = await people.forwarded(session, anna, case, "beta", fields=("name",))
        await withdraw(session, consent, LATER)
        assert (transfer.status, transfer.return_reason) == ("revoked", "consent_withdrawn")
        assert [(t.title, n) for t, n in await lists.withdrawals(session, bert)] == [("consent_withdrawn", case.number)]
        assert await lists.passed(session, transfer, case, LATER) == {}
        task = (await lists.withdrawals(session, bert))[0][0]
        await tasks.turn_task(session, bert, task.id, "done", LATER)
        await session.flush()
        assert await lists.withdrawals(session, bert) == []

        other = await people.chat(session, anna)
        given = await people.consent(session, other, anna, "beta")
        second = await people.case(session, anna, other)
        accepted = await people.forwarded(session, anna, second, "beta", fields=("name",))
        await deciding.accept(session, bert, accepted.id, "", LATER, ADDRESS)
        assert (await persons.shown(session, second, "beta", LATER))[0].fields["name"] == "Rosalind Canary"
        await withdraw(session, given, LATER)
        assert accepted.status == "accepted"  # recorded stays recorded
        assert (await persons.shown(session, second, "beta", LATER))[0].fields == {}
        assert (await persons.parties(session, second))[0].name == ""  # nobody may read it any more


async def test_flt_24_the_same_form_twice_is_one_transfer_and_other_contents_are_refused(db):
    async with db.write() as session:
        anna, _, chat, consent, case = await setting(session)
        first = await people.forwarded(session, anna, case, "beta", key="form-key-1")
        again = await people.forwarded(session, anna, case, "beta", key="form-key-1")
        assert first.id == again.id and len(await people.transfers(session)) == 1
        with pytest.raises(Refused, match="other_content"):
            await people.forwarded(session, anna, case, "beta", key="form-key-1", message="else")
        with pytest.raises(Conflict, match="pending_here"):
            await people.forwarded(session, anna, case, "beta")
        gamma = await people.staffed(session, "gamma")
        await people.consent(session, chat, anna, gamma.organisation_id)
        with pytest.raises(Conflict, match="pending_forward"):
            await people.forwarded(session, anna, case, "gamma")


async def test_flt_40_a_withdrawal_during_a_forward_either_comes_after_it_or_prevents_it(db):
    async with db.write() as session:
        anna, bert = await people.staffed(session, "alpha"), await people.staffed(session, "beta")
        chat = await people.chat(session, anna)
        given = await people.consent(session, chat, anna, "beta")
        rounds = []
        for n in range(100):
            case = CaseFile(number=f"W-2026-9{n:05d}", kind="worker", organisation_id="alpha", key=f"k{n}")
            session.add(case)
            await session.flush()
            own = {"id": f"consent-{n}", "request": f"r{n}", "case_id": case.id, "conversation_id": None}
            consent = Consent(**{**given.model_dump(), **own})
            session.add(consent)
            rounds.append((case, consent))
        await session.commit()
    dice, seen = random.Random(40), set()

    async def forward(case) -> bool:
        await asyncio.sleep(dice.random() / 200)
        async with db.write() as session:
            try:
                await people.forwarded(session, anna, case, "beta", fields=("name",))
            except Conflict:
                return False
            await asyncio.sleep(dice.random() / 500)
            await session.commit()
            return True

    async def withdrawn(consent) -> None:
        await asyncio.sleep(dice.random() / 200)
        async with db.write() as session:
            await withdraw(session, await session.get_one(Consent, consent.id), LATER)
            await asyncio.sleep(dice.random() / 500)
            await session.commit()

    for case, consent in rounds:
        sent, _ = await asyncio.gather(forward(case), withdrawn(consent))
        seen.add(sent)
    async with db.read() as session:
        found = await people.transfers(session)
        assert seen == {True, False}  # both orders happened
        assert 0 < len(found) < 100
        assert {t.status for t in found} == {"revoked"}  # never open on a consent that is withdrawn
        for transfer, case in [await lists.get(session, bert, t.id) for t in found]:
            assert await lists.passed(session, transfer, case, LATER) == {}


async def test_sec_b08_another_sender_cannot_use_the_consent(db):
    async with db.write() as session:
        anna, cleo = await people.staffed(session, "alpha"), await people.staffed(session, "gamma")
        await people.staffed(session, "beta")
        chat = await people.chat(session, anna)
        for to in ("beta", "gamma"):
            await people.consent(session, chat, anna, to)
        case = await people.case(session, anna, chat)
        transfer = await people.forwarded(session, anna, case, "gamma", fields=("name",))
        await deciding.accept(session, cleo, transfer.id, "", NOW, ADDRESS)
        with pytest.raises(Conflict, match="no_consent"):
            await people.forwarded(session, cleo, case, "beta", fields=("name",))


async def test_prv_05_what_was_not_passed_on_is_not_read_and_nothing_after_a_withdrawal(db):
    async with db.write() as session:
        anna, bert = await people.staffed(session, "alpha"), await people.staffed(session, "beta")
        chat = await people.chat(session, anna)
        consent = await people.consent(session, chat, anna, "beta", fields=("name", "concern"))
        case = await people.case(session, anna, chat, concern="Canary concern", country="IN")
        transfer = await people.forwarded(session, anna, case, "beta", fields=("name", "concern"))
        await deciding.accept(session, bert, transfer.id, "", NOW, ADDRESS)
        assert await persons.readable(session, case, "alpha", NOW) == {"country", "concern"}, "who heard it"
        assert await persons.readable(session, case, "beta", NOW) == {"concern"}
        same = dataclasses.replace(Details(kind="worker", topic=case.topic, language=case.language), state="ST")
        await service_of_cases.change(session, bert, case.number, same, case.version, NOW)
        assert (case.country, case.concern, case.state) == ("IN", "", "ST"), (
            "an empty field empties only what one reads"
        )
        await withdraw(session, consent, LATER)
        assert await persons.readable(session, case, "beta", LATER) == set()


async def test_con_10_a_consent_that_ended_meanwhile_is_no_ground_to_accept(db):
    async with db.write() as session:
        anna, bert = await people.staffed(session, "alpha"), await people.staffed(session, "beta")
        chat = await people.chat(session, anna)
        consent = await people.consent(session, chat, anna, "beta")
        case = await people.case(session, anna, chat)
        transfer = await people.forwarded(session, anna, case, "beta", fields=("name",))
        consent.ends_at = LATER
        session.add(consent)
        await session.flush()
        with pytest.raises(Conflict, match="no_consent"):
            await deciding.accept(session, bert, transfer.id, "", LATER, ADDRESS)
        assert (await people.transfers(session))[0].status == "sent" and case.organisation_id == "alpha"


async def test_two_consents_are_not_added_up_for_one_transfer(db):
    async with db.write() as session:
        anna = await people.staffed(session, "alpha")
        beta = await people.staffed(session, "beta")
        chat = await people.chat(session, anna)
        await people.consent(session, chat, anna, "beta", fields=("name", "email"))
        await people.consent(session, chat, anna, "beta", fields=("phone",), moment=NOW - dt.timedelta(minutes=5))
        case = await people.case(session, anna, chat)
        sender, receiver = [await session.get_one(Organisation, a.organisation_id) for a in (anna, beta)]
        offered = await service.passable(session, case, sender, receiver, "forward", NOW)
        assert offered == ["name", "email"]
        await people.forwarded(session, anna, case, "beta", fields=tuple(offered))
