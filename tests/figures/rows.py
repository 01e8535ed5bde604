"""Hand-overs and transfers as rows, for figures that a test has computed by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from portal.cases.models import CaseFile
from portal.chat.models import Conversation
from portal.clock import german_day, now
from portal.figures.period import monday
from portal.handover.models import Handover
from portal.referrals.models import Transfer
from tests.people import House

SUNDAY = monday(german_day(now())) - dt.timedelta(days=1)  # the end of the last whole week that is over
NOON = dt.datetime.combine(SUNDAY, dt.time(11), dt.UTC)  # midday in Berlin


def after(seconds: float | None, since: dt.datetime) -> dt.datetime | None:
    return None if seconds is None else since + dt.timedelta(seconds=seconds)


async def stays(house: House, *rows: dict[str, Any], at: dt.datetime = NOON) -> None:
    """A chat and its hand-over for each row. `wait`, `answer`: seconds to being taken, and to the first answer."""
    chats: dict[str, Conversation] = {}
    handovers: list[Handover] = []
    for n, row in enumerate(rows):
        fields = {"organisation_id": "alpha", "language": "ar", "status": "ended", "end_reason": "ended"} | row
        wait, answer, asked = fields.pop("wait", None), fields.pop("answer", None), fields.pop("at", at)
        id_ = fields.pop("chat", f"{fields['organisation_id']}-{asked.timestamp():.0f}-{n}-{fields['language']}"[-32:])
        chats[id_] = Conversation(id=id_, token_hash="x", sender=id_, epoch="e", language=fields["language"])
        times = {
            "asked_at": asked, "place": asked, "asked_staff_at": asked, "taken_at": after(wait, asked),
            "answered_at": after(answer, asked),
        }  # fmt: skip
        handovers.append(Handover(conversation_id=id_, **(times | fields)))
    async with house.database.write() as session:
        session.add_all(chats.values())
        await session.flush()
        session.add_all(handovers)
        await session.commit()


async def transfers(house: House, *rows: dict[str, Any], at: dt.datetime = NOON) -> None:
    """A case and its transfer for each row. `due`, `decided`: hours after it was sent."""
    async with house.database.write() as session:
        for n, row in enumerate(rows):
            fields = {
                "from_id": "beta",
                "to_id": "alpha",
                "language": "ar",
                "status": "accepted",
                "due": 48,
                "decided": None,
            } | row
            key = f"{fields['from_id']}-{fields['to_id']}-{n}-{at:%d%H}"
            case = CaseFile(
                number=f"W-{abs(hash(key)) % 10**9}", key=key, kind="worker", organisation_id=fields["from_id"],
                language=fields.pop("language"), state=fields.pop("state", None), topic=fields.pop("topic", None),
            )  # fmt: skip
            session.add(case)
            await session.flush()
            due, decided = fields.pop("due"), fields.pop("decided")
            sent = fields.pop("sent_at", at)
            session.add(
                Transfer(
                    case_id=case.id, kind="forward", purpose="placement", key=key, sent_at=sent, remind_at=sent,
                    due_at=sent + dt.timedelta(hours=due), decided_at=after(None if decided is None else decided * 3600, sent),
                    **fields,
                )
            )  # fmt: skip
        await session.commit()
