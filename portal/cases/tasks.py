"""Tasks and notes of a case; each organisation reads its own."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases import reach, timeline
from portal.cases.errors import NotHere, Refused
from portal.cases.models import CaseFile, CaseNote, Task
from portal.cases.service import colleagues
from portal.clock import german_day

TURNS = {"done": "task_done", "undo": "task_undone", "cancel": "task_cancelled"}


async def set_task(
    session: AsyncSession, account: Account, number: str, title: str, due_on: dt.date | None, who: int | None,
    moment: dt.datetime,
) -> Task:  # fmt: skip
    """Something to do for the account's organisation. Raises NotHere, Conflict, Refused("empty" | "not_staff" | "past_day")."""
    case = await reach.get(session, account, number, lock=True)
    reach.writable(case)
    if not title:
        raise Refused("empty", "title")
    if who is not None and who not in {a.id for a in await colleagues(session, account.organisation_id)}:
        raise Refused("not_staff", "who")
    if due_on is not None and due_on < german_day(moment):
        raise Refused("past_day", "due_on")
    task = Task(
        case_id=case.id or 0,
        organisation_id=account.organisation_id,
        account_id=who,
        title=title,
        due_on=due_on,
        made_at=moment,
    )
    session.add(task)
    timeline.tell(session, case, "task_added", moment, account, day=due_on.isoformat() if due_on else "")
    return task


async def turn_task(session: AsyncSession, account: Account, task_id: int, turn: str, moment: dt.datetime) -> CaseFile:
    """Done, undone or cancelled; a second time changes nothing. An organisation reaches its own tasks, also of a case that it
    no longer sees (a consent was withdrawn). Raises NotHere, Conflict."""
    query = select(Task).where(Task.id == task_id, Task.organisation_id == account.organisation_id)
    task = (await session.exec(query.with_for_update())).first()
    if task is None or turn not in TURNS:
        raise NotHere(task_id)
    case = (
        await session.exec(select(CaseFile).where(CaseFile.id == task.case_id).with_for_update(key_share=True))
    ).one()
    reach.writable(case, turn == "undo")
    was = (task.done_at is not None, task.cancelled_at is not None)
    want = (turn == "done", turn == "cancel")
    if was != want:
        task.done_at, task.cancelled_at = (moment if want[0] else None), (moment if want[1] else None)
        session.add(task)
        timeline.tell(session, case, TURNS[turn], moment, account)
    return case


async def of(session: AsyncSession, case: CaseFile, organisation_id: str) -> list[Task]:
    """An organisation's tasks of a case: open ones by due date, then what is behind."""
    query = select(Task).where(Task.case_id == case.id, Task.organisation_id == organisation_id)
    tasks = list(await session.exec(query))
    return sorted(tasks, key=lambda t: (bool(t.done_at or t.cancelled_at), t.due_on or dt.date.max, t.id or 0))


async def write_note(session: AsyncSession, account: Account, number: str, text: str, moment: dt.datetime) -> None:
    """A note that only the account's organisation reads. Raises NotHere, Conflict, Refused("empty")."""
    case = await reach.get(session, account, number, lock=True)
    reach.writable(case)
    if not text:
        raise Refused("empty", "text")
    session.add(
        CaseNote(
            case_id=case.id or 0, organisation_id=account.organisation_id, account_id=account.id, text=text, at=moment
        )
    )
    timeline.tell(session, case, "note_added", moment, account)


async def notes(session: AsyncSession, case: CaseFile, organisation_id: str) -> list[CaseNote]:
    """The organisation's own notes, newest first."""
    query = select(CaseNote).where(CaseNote.case_id == case.id, CaseNote.organisation_id == organisation_id)
    return list(await session.exec(query.order_by(col(CaseNote.at).desc(), col(CaseNote.id).desc())))
