"""SM-04: links of mails: at most one use; none after their end, another address, or for a disabled account; the newest only."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import SQLModel

from portal.accounts import tickets
from portal.accounts.models import Account, Organisation
from portal.clock import now
from portal.database import Database

PURPOSES = st.sampled_from(["reset", "invitation"])


class Links(RuleBasedStateMachine):
    """The model: for each link its purpose, its end, the address it went to, and whether it must still work."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.moment = now()
        self.links: dict[str, dict] = {}
        self.uses: dict[str, int] = {}
        self.email, self.status = "a@alpha.example", "active"

    def run(self, coroutine):
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        async def make() -> None:
            self.database = Database(f"sqlite+aiosqlite:///{Path(self.folder.name)}/x.db")
            async with self.database.engine.begin() as connection:
                await connection.run_sync(SQLModel.metadata.create_all)
            async with self.database.write() as session:
                session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
                await session.flush()
                account = Account(organisation_id="alpha", email=self.email, name="A", shown_name="A", status="active")
                session.add(account)
                await session.commit()
                self.id = account.id

        self.run(make())

    async def change(self, **fields) -> None:
        async with self.database.write() as session:
            account = await session.get_one(Account, self.id)
            for name, value in fields.items():
                setattr(account, name, value)
            session.add(account)
            await session.commit()

    @rule(purpose=PURPOSES)
    def ask(self, purpose: str) -> None:
        async def issue() -> str:
            async with self.database.write() as session:
                token = await tickets.issue(session, await session.get_one(Account, self.id), purpose, self.moment)
                await session.commit()
                return token

        for link in self.links.values():
            if link["purpose"] == purpose:
                link["good"] = False
        token = self.run(issue())
        ends = self.moment + tickets.LASTS[purpose]
        self.links[token] = {"purpose": purpose, "ends": ends, "email": self.email, "good": True}
        self.uses[token] = 0

    def works(self, token: str) -> bool:
        link = self.links[token]
        in_time, same = self.moment < link["ends"], link["email"] == self.email
        return link["good"] and in_time and same and self.status == tickets.STATUS[link["purpose"]]

    @precondition(lambda self: self.links)
    @rule(data=st.data(), at_once=st.sampled_from([1, 1, 2, 5]))
    def use(self, data, at_once: int) -> None:
        token = data.draw(st.sampled_from(list(self.links)))
        purpose = self.links[token]["purpose"]

        async def once() -> bool:
            async with self.database.write() as session:
                try:
                    await tickets.use(session, token, purpose, self.moment)
                except tickets.Spent:
                    return False
                await session.commit()
                return True

        async def all_at_once() -> list[bool]:
            return await asyncio.gather(*(once() for _ in range(at_once)))

        wanted = self.works(token)
        assert sum(self.run(all_at_once())) == int(wanted)
        self.uses[token] += wanted
        self.links[token]["good"] &= not wanted

    @precondition(lambda self: self.links)
    @rule(data=st.data())
    def use_for_something_else(self, data) -> None:
        token = data.draw(st.sampled_from(list(self.links)))
        other = "reset" if self.links[token]["purpose"] == "invitation" else "invitation"

        async def found() -> bool:
            async with self.database.read() as session:
                try:
                    await tickets.find(session, token, other, self.moment)
                except tickets.Spent:
                    return False
                return True

        assert not self.run(found())

    @rule(minutes=st.sampled_from([1, 10, 19, 20, 60, 7 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.moment += dt.timedelta(minutes=minutes)

    @rule(email=st.sampled_from(["a@alpha.example", "b@alpha.example"]))
    def change_email(self, email: str) -> None:
        self.email = email
        self.run(self.change(email=email))

    @rule(status=st.sampled_from(["active", "invited", "disabled"]))
    def change_status(self, status: str) -> None:
        self.status = status
        self.run(self.change(status=status))

    @invariant()
    def none_twice(self) -> None:
        assert all(n <= 1 for n in self.uses.values())

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


Links.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestSm04 = Links.TestCase
