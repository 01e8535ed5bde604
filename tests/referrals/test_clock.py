"""The 48-hour clock (S002, DOC-04): right instants, one reminder, one escalation, also after a standstill."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from portal.cases.models import CaseEvent
from portal.figures.counting import count
from portal.figures.groupings import GROUPINGS
from portal.figures.period import Period
from portal.mail.models import Mail
from portal.referrals import deciding, service
from portal.referrals.ticking import sweep
from tests.cases import people
from tests.cases.people import ADDRESS, NOW

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = {"rule": "elapsed", "amount": 48, "remind": 12}
DAYS = {"rule": "working", "amount": 2, "remind": 12}


def at(text: str) -> dt.datetime:
    """A German time of day."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(dt.UTC)


async def told(session) -> list[str]:
    return [mail.key.split(":")[0] for mail in await session.exec(select(Mail).order_by(Mail.id))]


INSTANTS = [  # rule, holiday state, sent, reminder, due
    (HOURS, "ST", "2026-11-18T10:00", "2026-11-19T22:00", "2026-11-20T10:00"),
    (HOURS, "ST", "2026-11-20T16:00", "2026-11-22T04:00", "2026-11-22T16:00"),  # elapsed hours know no weekend
    (HOURS, "ST", "2026-10-24T12:00", "2026-10-25T23:00", "2026-10-26T11:00"),  # 48 hours over the end of summer time
    (HOURS, "ST", "2026-03-28T12:00", "2026-03-30T01:00", "2026-03-30T13:00"),  # and over its beginning
    (DAYS, "ST", "2026-11-20T16:00", "2026-11-24T04:00", "2026-11-24T16:00"),  # Friday: the weekend does not count
    (
        DAYS,
        "ST",
        "2025-10-30T10:00",
        "2025-11-03T22:00",
        "2025-11-04T10:00",
    ),  # 31 Oct is a holiday in ST, a Friday in 2025
    (DAYS, "HE", "2025-10-30T10:00", "2025-10-31T22:00", "2025-11-03T10:00"),  # not in HE
    (
        DAYS,
        "ST",
        "2026-10-23T12:00",
        "2026-10-27T00:00",
        "2026-10-27T12:00",
    ),  # working days over the end of summer time
]


@pytest.mark.parametrize(("rule", "state", "sent", "reminder", "due"), INSTANTS)
async def test_flt_31_reminder_and_escalation_come_at_the_right_instant_once(
    tmp_path: Path, rule, state, sent, reminder, due
):
    sent, reminder, due = at(sent), at(reminder), at(due)
    async with people.database(tmp_path) as db:
        async with db.write() as session:
            anna = await people.staffed(session, "alpha")
            await people.staffed(session, "beta", clock=rule, holiday_state=state)
            await people.person(session, "beta", ("team_lead",))
            chat = await people.chat(session, anna)
            await people.consent(session, chat, anna, "beta", moment=sent - dt.timedelta(hours=1))
            case = await people.case(session, anna, chat, moment=sent)
            await people.forwarded(session, anna, case, "beta", moment=sent)
            await session.commit()
        second = dt.timedelta(seconds=1)
        wanted = [
            (reminder - second, 0, 0),
            (reminder, 1, 0),
            (due - second, 1, 0),
            (due, 1, 1),
            (due + dt.timedelta(days=9), 1, 1),
        ]
        for moment, reminders, escalations in wanted:
            for _ in range(2):  # a second process, or the next tick
                async with db.write() as session:
                    await sweep(session, moment, ADDRESS)
                    await session.commit()
            async with db.read() as session:
                events = [e.what for e in await session.exec(select(CaseEvent))]
                assert events.count("transfer_reminded") == reminders, moment
                assert events.count("transfer_escalated") == escalations, moment
                mails = await told(session)
                assert mails.count("transfer_reminder") == 2 * reminders  # the counsellor and the team lead may decide
                assert mails.count("transfer_escalation") == escalations  # only the team lead


async def test_flt_31_after_a_standstill_over_the_due_time_each_comes_once(tmp_path: Path):
    async with people.database(tmp_path) as db:
        async with db.write() as session:
            anna = await people.staffed(session, "alpha", regime="sgbx")
            await people.staffed(session, "beta", regime="sgbx", roles=("counsellor", "team_lead"))
            await people.forwarded(session, anna, await people.case(session, anna), "beta")
            await session.commit()
    async with people.database(tmp_path) as db:  # started again a week later
        for _ in range(3):
            async with db.write() as session:
                await sweep(session, NOW + dt.timedelta(days=7), ADDRESS)
                await session.commit()
        async with db.read() as session:
            assert sorted(await told(session)) == ["transfer_escalation", "transfer_received", "transfer_reminder"]
            [transfer] = await people.transfers(session)
            assert transfer.reminded_at == transfer.escalated_at == NOW + dt.timedelta(days=7)


async def test_scenario_29_the_clock_is_not_reset_and_stops_at_the_first_decision(tmp_path: Path):
    """Arrival, notes and the sender's changes leave it alone; a decision stops it; a rule changed later does not move it."""
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha", regime="sgbx")
        bert = await people.staffed(session, "beta", regime="sgbx")
        case = await people.case(session, anna)
        transfer = await people.forwarded(session, anna, case, "beta")
        due = transfer.due_at
        await deciding.seen(session, bert, transfer.id, NOW + dt.timedelta(hours=1))
        beta = await session.get_one(service.Organisation, "beta")
        beta.clock = {"rule": "elapsed", "amount": 1, "remind": 0}
        session.add(beta)
        assert (transfer.status, transfer.due_at, transfer.decided_at) == ("sent", due, None)
        await deciding.answer(
            session, bert, transfer.id, "Please call the hotline.", NOW + dt.timedelta(hours=2), ADDRESS
        )
        await sweep(session, NOW + dt.timedelta(days=9), ADDRESS)
        await session.refresh(transfer)
        assert (transfer.decided_at, transfer.reminded_at, transfer.escalated_at) == (
            NOW + dt.timedelta(hours=2),
            None,
            None,
        )


async def test_the_owner_and_the_deputy_are_reminded(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha", regime="sgbx")
        bert = await people.staffed(session, "beta", regime="sgbx")
        clara = await people.person(session, "beta")
        dora = await people.person(session, "beta")
        bert.deputy_id = clara.id
        session.add(bert)
        transfer = await people.forwarded(session, anna, await people.case(session, anna), "beta")
        await deciding.seen(session, bert, transfer.id, NOW)
        await sweep(session, NOW + dt.timedelta(hours=37), ADDRESS)
        mails = [m for m in await session.exec(select(Mail)) if m.key.startswith("transfer_reminder")]
        assert {m.account_id for m in mails} == {bert.id, clara.id}
        assert dora.id not in {m.account_id for m in mails}


async def test_figures_of_the_48_hour_rule(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha", regime="sgbx")
        bert = await people.staffed(session, "beta", regime="sgbx")
        await people.staffed(session, "gamma", regime="sgbx")
        after = {"in time": 47, "late": 49, "open": None, "revoked": None, "elsewhere": None}
        for what, hours in after.items():
            case = await people.case(session, anna)
            transfer = await people.forwarded(session, anna, case, "gamma" if what == "elsewhere" else "beta")
            if hours:
                await deciding.accept(session, bert, transfer.id, "", NOW + dt.timedelta(hours=hours), ADDRESS)
            if what == "revoked":
                await service.revoke(session, anna, transfer.id, NOW, ADDRESS)
        day, early, late = Period(NOW.date(), NOW.date()), NOW + dt.timedelta(hours=1), NOW + dt.timedelta(days=5)
        for receiver, moment, wanted in (
            ("beta", early, {"in_time": 1, "late": 1, "open": 1}),
            ("beta", late, {"in_time": 1, "late": 1, "overdue": 1}),
            (None, late, {"in_time": 1, "late": 1, "overdue": 2}),
            ("alpha", late, {}),
        ):
            found = await count(session, receiver, day, GROUPINGS["organisation"], moment)
            assert found.total.clock == wanted, (receiver, moment)
        before = Period(NOW.date() - dt.timedelta(days=1), NOW.date() - dt.timedelta(days=1))
        assert (await count(session, "beta", before, GROUPINGS["organisation"], late)).total.transfers == 0
        sent = [transfer.status for transfer in await people.transfers(session)]
        assert sorted(sent) == ["accepted", "accepted", "revoked", "sent", "sent"], "what was revoked stays, uncounted"
