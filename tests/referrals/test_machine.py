"""SM-03: a case and its 48-hour clock under any order of what people and time do."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import select

from portal.cases import statuses
from portal.cases.errors import Conflict, NotHere, Refused
from portal.cases.models import CaseEvent, CaseFile
from portal.referrals import deciding, service
from portal.referrals.models import Transfer
from portal.referrals.ticking import sweep
from tests.cases import people
from tests.cases.people import ADDRESS, NOW

ORGANISATIONS = ("alpha", "beta", "gamma")
WHO = st.sampled_from(ORGANISATIONS)
LATEST = st.integers(0, 2)  # which of the last transfers


class Machine(RuleBasedStateMachine):
    """Three bodies under § 35 SGB I and one case; what may not be done raises and changes nothing."""

    @initialize()
    def begin(self) -> None:
        self.runner, self.folder = asyncio.Runner(), tempfile.TemporaryDirectory()
        self.moment = NOW
        self.staff: dict[str, Any] = {}
        self.run(self._begin)

    async def _begin(self) -> None:
        self.context = people.database(Path(self.folder.name))
        self.db = await self.context.__aenter__()
        async with self.db.write() as session:
            for id_ in ORGANISATIONS:
                self.staff[id_] = await people.staffed(session, id_, regime="sgbx", roles=("counsellor", "team_lead"))
            self.case = await people.case(session, self.staff["alpha"])
            await session.commit()

    def run(self, work: Any) -> Any:
        return self.runner.run(work())

    def attempt(self, work: Any) -> None:
        """In a transaction of its own; a refusal rolls back."""

        async def once() -> None:
            async with self.db.write() as session:
                try:
                    await work(session)
                except (Conflict, Refused, NotHere):
                    return
                await session.commit()

        self.run(once)

    async def nth(self, session: Any, n: int) -> int:
        ids = [t.id for t in await people.transfers(session)][::-1]
        return ids[n] if n < len(ids) else 0

    @rule(who=WHO, to=WHO, kind=st.sampled_from(service.KINDS))
    def send(self, who: str, to: str, kind: str) -> None:
        async def work(session: Any) -> None:
            await people.forwarded(session, self.staff[who], self.case, to, moment=self.moment, kind=kind)

        self.attempt(work)

    @rule(who=WHO, n=LATEST, how=st.sampled_from(("accept", "return", "answer", "seen", "revoke")))
    def decide(self, who: str, n: int, how: str) -> None:
        async def work(session: Any) -> None:
            id_, account = await self.nth(session, n), self.staff[who]
            match how:
                case "accept":
                    await deciding.accept(session, account, id_, "", self.moment, ADDRESS)
                case "return":
                    await deciding.give_back(session, account, id_, "incomplete", "", self.moment, ADDRESS)
                case "answer":
                    await deciding.answer(session, account, id_, "Text", self.moment, ADDRESS)
                case "seen":
                    await deciding.seen(session, account, id_, self.moment)
                case "revoke":
                    await service.revoke(session, account, id_, self.moment, ADDRESS)

        self.attempt(work)

    @rule(who=WHO, to=st.sampled_from(tuple(statuses.STEPS)))
    def step(self, who: str, to: str) -> None:
        async def work(session: Any) -> None:
            case = (await session.exec(select(CaseFile))).one()
            await statuses.move(session, self.staff[who], case.number, to, case.version, self.moment, "solved")

        self.attempt(work)

    @rule(hours=st.sampled_from((1, 13, 40, 200)))
    def time_passes(self, hours: int) -> None:
        self.moment += dt.timedelta(hours=hours)

        async def work(session: Any) -> None:
            await sweep(session, self.moment, ADDRESS)

        self.attempt(work)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "case"):
            self.run(self._holds)

    async def _holds(self) -> None:
        async with self.db.read() as session:
            case = (await session.exec(select(CaseFile))).one()
            transfers = list(await session.exec(select(Transfer).order_by(Transfer.id)))
            events = [e.what for e in await session.exec(select(CaseEvent))]
        accepted = [t for t in transfers if t.kind == "forward" and t.status == "accepted"]
        owner = "alpha"  # one responsible organisation: the last that accepted a forward, each from its predecessor
        for transfer in sorted(accepted, key=lambda t: (t.decided_at, t.id)):
            assert transfer.from_id == owner
            owner = transfer.to_id
        assert case.organisation_id == owner
        open_ = [t for t in transfers if t.status == "sent"]
        assert sum(t.kind == "forward" for t in open_) <= 1
        assert not open_ or case.status in statuses.OPEN
        for t in transfers:
            assert t.sent_at <= t.remind_at <= t.due_at
            assert (t.decided_at is None) == (t.status in ("sent", "revoked"))
            assert t.reminded_at is None or t.reminded_at >= t.remind_at
            assert t.escalated_at is None or t.escalated_at >= t.due_at
            assert t.decided_at is None or t.escalated_at is None or t.escalated_at <= t.decided_at
        assert events.count("transfer_reminded") == sum(t.reminded_at is not None for t in transfers)
        assert events.count("transfer_escalated") == sum(t.escalated_at is not None for t in transfers)

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.run(lambda: self.context.__aexit__(None, None, None))
        if hasattr(self, "runner"):
            self.runner.close()
            self.folder.cleanup()


TestSm03 = Machine.TestCase
TestSm03.settings = settings(
    max_examples=12, stateful_step_count=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
