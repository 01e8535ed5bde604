"""SM-02: whatever happens in whatever order, a transfer rests on a consent that was valid at its instant, the portal judges like
this small model, and nothing that was written is ever written anew."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from portal.clock import now
from portal.consents import service, texts
from portal.consents.models import Consent
from portal.consents.withdrawing import withdraw
from tests.consents.scene import Scene, scene
from tests.mail.ground import ground

FIELDS = ["name", "email", "phone"]
NOW = now().replace(microsecond=0)
CHANGES_ONCE = {"given_at", "refused_at", "withdrawn_at", "ends_at", "given", "withdraw_hash"}
AT_ANSWER = {"text_id", "text_hash", "language"}  # the text as it was read; fixed from the answer on

which, fields = st.integers(0, 1), st.sets(st.sampled_from(FIELDS), min_size=1)
steps = st.one_of(
    st.tuples(st.just("ask"), fields, st.sets(which, min_size=1)),
    st.tuples(st.just("answer"), st.integers(0, 5), st.sets(which)),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("publish")),
    st.tuples(st.just("time"), st.sampled_from([1, 200, 366])),
    st.tuples(st.just("transfer"), which, fields),
    st.tuples(st.just("transfer"), which, fields),
)


@dataclass
class Known:
    """What the model knows of one consent."""

    to: int
    fields: set[str]
    version: int
    given: dt.datetime | None = None
    answered: bool = False
    withdrawn: bool = False


@dataclass
class World:
    scene: Scene
    moment: dt.datetime = NOW
    version: int = 1
    asked: list[str] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    history: dict[str, dict] = field(default_factory=dict)

    def covers(self, one: Known, to: int, wanted: set[str]) -> bool:
        return bool(
            one.to == to and one.given and not one.withdrawn and self.moment < service.ends(one.given)
            and wanted <= one.fields and one.version == self.version
        )  # fmt: skip


async def step(session, world: World, name: str, *args) -> None:
    s = world.scene
    match name, *args:
        case "time", days:
            world.moment += dt.timedelta(days=days)
        case "ask", wanted, to:
            request = await s.ask(
                session, world.moment, fields=sorted(wanted), receivers=[s.receivers[i] for i in sorted(to)]
            )
            if request not in world.asked:
                world.asked.append(request)
                for row in await service.of_chat(session, s.conversation.id):
                    if row.request == request:
                        world.known[row.id] = Known(s.receivers.index(row.to_id), wanted, world.version)
        case "answer", n, ticked if world.asked:
            request = world.asked[n % len(world.asked)]
            rows = [r for r in await service.of_chat(session, s.conversation.id) if r.request == request]
            ticked = [r.to_id for r in rows if s.receivers.index(r.to_id) in ticked]
            try:
                _, new = await service.answer(session, s.conversation, request, ticked, {}, world.moment)
            except service.Conflict:
                assert world.known[rows[0].id].answered
            except service.Outdated:
                assert world.known[rows[0].id].version != world.version
            else:
                assert new != world.known[rows[0].id].answered
                for row in rows if new else []:
                    world.known[row.id].answered = True
                    world.known[row.id].given = world.moment if row.to_id in ticked else None
        case "withdraw", n if given_ := [i for i, k in world.known.items() if k.given]:
            id_ = given_[n % len(given_)]
            new = await withdraw(session, await session.get_one(Consent, id_), world.moment)
            assert new != world.known[id_].withdrawn
            world.known[id_].withdrawn = True
        case ("publish",):
            version = await texts.draft(
                session, s.organisation.id, "forward", {"de": texts.default("forward", "de")}, world.moment
            )
            await texts.publish(session, s.organisation.id, "forward", version, world.moment)
            world.version = version
        case "transfer", to, wanted:
            await judged(session, world, to, wanted)


async def judged(session, world: World, to: int, wanted: set[str]) -> None:
    """A transfer now: the portal finds a consent exactly if the model knows one."""
    s = world.scene
    consent = await s.valid(session, world.moment, to_id=s.receivers[to], fields=sorted(wanted))
    may = {id_ for id_, one in world.known.items() if world.covers(one, to, wanted)}
    assert (consent.id in may) if consent else not may


async def unchanged(session, world: World) -> None:
    """Rows only grow: what was set stays, what was empty may be set once; none disappears."""
    rows = await session.exec(select(Consent).where(Consent.conversation_id == world.scene.conversation.id))
    after = {r.id: r.model_dump() for r in rows.all()}
    for id_, old in world.history.items():
        new, answered = after[id_], old["given_at"] or old["refused_at"]
        changed = {k for k in old if old[k] != new[k]}
        assert changed <= ({"withdrawn_at"} if answered else CHANGES_ONCE | AT_ANSWER), changed
        assert not any(old[k] for k in changed & CHANGES_ONCE)
    world.history = after


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def database(runner, tmp_path_factory):
    made = ground(tmp_path_factory.mktemp("machine"))
    yield runner.run(made.__aenter__())
    runner.run(made.__aexit__(None, None, None))


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(st.lists(steps, min_size=4, max_size=16))
def test_sm_02_a_transfer_needs_a_valid_consent_and_history_stays(runner, database, walk):
    async def run() -> None:
        async with database.write() as session:  # rolled back at the end: the next walk begins anew
            world = World(await scene(session))
            await texts.current(session, world.scene.organisation.id, "forward", NOW)
            for name, *args in [("ask", {"name", "email"}, {0, 1}), ("answer", 0, {0, 1}), *walk]:
                await step(session, world, name, *args)
                await unchanged(session, world)
                if name != "ask":
                    await judged(session, world, 0, {"name"})
                    await judged(session, world, 1, {"email", "phone"})

    runner.run(run())


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(asked=fields, asked_of=st.sets(which, min_size=1), ticked=st.sets(which), wanted=fields, to=which)
def test_prv_07_no_bundling_in_any_combination(runner, database, asked, asked_of, ticked, wanted, to):
    """Valid for a receiver and fields exactly if this receiver was ticked and these fields were asked."""

    async def run() -> None:
        async with database.write() as session:
            s = await scene(session)
            request = await s.ask(
                session, NOW, fields=sorted(asked), receivers=[s.receivers[i] for i in sorted(asked_of)]
            )
            ticks = [s.receivers[i] for i in sorted(ticked & asked_of)]
            await service.answer(session, s.conversation, request, ticks, {}, NOW)
            got = await s.valid(session, NOW, to_id=s.receivers[to], fields=sorted(wanted))
            assert bool(got) == (to in ticked & asked_of and wanted <= asked)

    runner.run(run())
