"""Files both ways between a visitor and the person who has the chat (scenario 25, SEC-F01, SEC-F02)."""

from __future__ import annotations

import asyncio
import itertools
import os
import stat
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio
from sqlmodel import col, select, update

from portal import house as houses
from portal.chat.models import Conversation
from portal.clock import now
from portal.desk import files
from portal.desk.checking import EICAR
from portal.desk.models import File
from portal.handover.models import Address, Handover
from portal.mail.models import Mail
from portal.web.staff.files import router
from tests.files.making import paper, photo, picture
from tests.people import House, portal
from tests.standins import clamd


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory) -> AsyncIterator[House]:
    """One portal for all tests here; each has an organisation and a chat of its own."""
    async with portal(tmp_path_factory.mktemp("portal")) as house:
        if not any(getattr(route, "path", "") == "/staff/chats/{id_}/files" for route in house.app.routes):
            house.app.include_router(router)
        yield house


@pytest.fixture
def house(running: House) -> House:
    for name in lying(running):
        (running.app.state.settings.files / name).unlink()
    return running


NUMBERS = itertools.count()


async def taken(house: House, language: str = "en", **fields) -> SimpleNamespace:
    """A visitor's chat that Anna has."""
    alpha = await house.organisation(unique("alpha"), **fields)
    anna = await house.account(unique("anna"), alpha)
    talk = await house.chat(language)
    id_ = talk.path.rsplit("/", 1)[-1]
    handover = await house.add(
        Handover(conversation_id=id_, organisation_id=alpha.id, account_id=anna.id, status="taken", language=language)
    )
    await owned(house, id_, "staff")
    return SimpleNamespace(house=house, talk=talk, id=id_, alpha=alpha, anna=anna, desk=await house.enter(anna),
                           handover=handover, staff=f"/de/staff/chats/{id_}/files")  # fmt: skip


def unique(name: str) -> str:
    return f"{name}-{next(NUMBERS)}"


async def owned(house: House, id_: str, owner: str) -> None:
    async with house.database.write() as session:
        await session.exec(update(Conversation).where(col(Conversation.id) == id_).values(owner=owner))
        await session.commit()


async def send(chat, name: str, content: bytes, **headers):
    return await chat.house.client.post(
        f"{chat.talk.path}/files", files={"file": (name, content)}, headers={**chat.talk.headers, **headers}
    )


async def get(chat, file_id: str, headers=None):
    return await chat.house.client.get(f"{chat.talk.path}/files/{file_id}", headers=headers or chat.talk.headers)


def lying(house: House) -> list[str]:
    folder = house.app.state.settings.files
    return sorted(os.listdir(folder)) if folder.exists() else []


async def test_scenario_25_a_file_goes_both_ways(house):
    chat = await taken(house)
    with house.app.state.bus.subscribe(f"desk:{chat.anna.id}") as woken:
        sent = await send(chat, "../Zeugnis für Anna.jpg", photo())
        assert sent.status_code == 201 and woken.is_set()
    file = sent.json()["file"]
    assert (sent.json()["kind"], sent.json()["author"]) == ("file", "visitor")
    assert (file["name"], file["type"], sent.json()["text"]) == ("Zeugnis für Anna.jpg", "image/jpeg", file["name"])
    got = await chat.desk.get(f"{chat.staff}/{file['id']}")
    assert got.status_code == 200 and len(got.content) == file["size"] and b"Secret" not in got.content
    answer = await chat.desk.post(chat.staff, files={"file": ("form.pdf", paper())})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/de/staff/chats/{chat.id}")
    messages = (await chat.talk.state())["messages"]
    assert [m["author"] for m in messages] == ["visitor", "staff"]
    async with house.database.read() as session:
        assert (await session.get(Handover, chat.handover.id)).answered_at is not None
    assert messages[1]["name"] == chat.anna.shown_name
    back = await get(chat, messages[1]["file"]["id"])
    assert back.content == paper()


async def test_who_left_a_message_and_is_answered_with_a_file_gets_a_mail(house):
    chat = await taken(house)
    async with house.database.write() as session:
        handover = await session.get_one(Handover, chat.handover.id)
        handover.reason, handover.nudged_at, handover.idle_warned_at = "message", now(), now()
        session.add(
            Address(conversation_id=chat.id, email="v@x.example", code_hash="", ends_at=now(), confirmed_at=now())
        )
        await session.commit()
    for name in ("one.pdf", "two.pdf"):
        assert (await chat.desk.post(chat.staff, files={"file": (name, paper())})).status_code == 303
    async with house.database.read() as session:
        handover = await session.get_one(Handover, chat.handover.id)
        mails = (await session.exec(select(Mail.key).where(Mail.conversation_id == chat.id))).all()
    assert handover.answered_at and handover.nudged_at is None and handover.idle_warned_at is None
    assert mails == [f"answer:{chat.id}:0"], "one, until they have read it"


async def test_sec_f02_a_file_is_kept_under_a_random_name_and_saved_never_shown(house):
    chat = await taken(house)
    file = (await send(chat, "Anna\u202e\r\nX-Evil: 1.pdf", paper())).json()["file"]
    assert lying(house) == [file["id"]] and len(file["id"]) == 32
    path = house.app.state.settings.files / file["id"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    got = await get(chat, file["id"])
    assert got.headers["content-disposition"].startswith('attachment; filename="')
    assert "x-evil" not in got.headers and got.headers["content-type"] == "application/pdf"
    assert got.headers["x-content-type-options"] == "nosniff" and got.headers["cache-control"] == "no-store"
    assert got.headers["content-security-policy"].startswith("sandbox")


async def test_sec_f02_only_who_reads_the_chat_gets_the_file(house):
    chat = await taken(house)
    file = (await send(chat, "a.pdf", paper())).json()["file"]["id"]
    other = await house.chat()
    stranger = await house.enter(await house.account(unique("eve"), await house.organisation(unique("beta"))))
    auditor = await house.enter(await house.account(unique("olga"), chat.alpha, roles=["auditor"]))
    assert (await get(chat, file, other.headers)).status_code == 404
    assert (await house.client.get(f"{other.path}/files/{file}", headers=other.headers)).status_code == 404
    assert (await house.client.get(f"{chat.talk.path}/files/{file}")).status_code == 404
    assert (await stranger.get(f"{chat.staff}/{file}")).status_code == 404
    assert (await stranger.post(chat.staff, files={"file": ("b.pdf", paper())})).status_code == 404
    assert (await auditor.get(f"{chat.staff}/{file}")).status_code == 403
    assert (await house.client.get(f"{chat.staff}/{file}")).status_code in (303, 401)
    no_token = await house.client.post(f"{chat.talk.path}/files", files={"file": ("b.pdf", paper())})
    assert no_token.status_code == 404
    async with house.database.write() as session:  # the chat goes to Beta; what comes later is Beta's
        handover = await session.get(Handover, chat.handover.id)
        handover.status, handover.ended_at = "ended", now()
        await session.commit()
    eve = await house.account(unique("eva"), await house.organisation(unique("gamma")))
    await house.add(
        Handover(
            conversation_id=chat.id,
            organisation_id=eve.organisation_id,
            account_id=eve.id,
            status="taken",
            language="en",
        )
    )
    later = (await send(chat, "later.pdf", paper())).json()["file"]["id"]
    gamma = await house.enter(eve)
    assert [(await gamma.get(f"{chat.staff}/{f}")).status_code for f in (file, later)] == [200, 200]
    assert [(await chat.desk.get(f"{chat.staff}/{f}")).status_code for f in (file, later)] == [200, 404]


@pytest.mark.parametrize("language, words", [("en", "This kind of file cannot be sent"), ("ar", "")])
async def test_scenario_25_a_refused_file_is_told_and_the_chat_goes_on(house, language, words):
    chat = await taken(house, language)
    for name, content, status, reason in (
        ("page.svg", b"<svg/>", 422, "wrong_type"),
        ("big.png", picture() + b"\0" * 9_999_990, 413, "too_big"),
        ("virus.pdf", EICAR, 422, "infected"),
    ):
        refused = await send(chat, name, content)
        assert (refused.status_code, refused.json()["error"]) == (status, reason)
        assert refused.json()["message"]
        if reason == "wrong_type":
            assert words in refused.json()["message"]
    nothing = await house.client.post(f"{chat.talk.path}/files", data={"file": "x"}, headers=chat.talk.headers)
    assert (nothing.status_code, nothing.json()["error"]) == (422, "no_file")
    assert (await chat.talk.state())["messages"] == [] and lying(house) == []
    assert (await send(chat, "good.png", picture())).status_code == 201


async def test_scenario_25_at_most_ten_files_a_chat(house):
    chat = await taken(house)
    for n in range(9):
        assert (await send(chat, f"{n}.png", picture())).status_code == 201
    together = await asyncio.gather(*(send(chat, f"last-{n}.png", picture()) for n in range(4)))
    assert sorted(r.status_code for r in together) == [201, 409, 409, 409]
    assert {r.json().get("error") for r in together} == {None, "too_many"}
    desk = await chat.desk.post(chat.staff, files={"file": ("a.pdf", paper())})
    assert desk.status_code == 409 and len(lying(house)) == 10


async def test_flt_24_a_double_click_sends_one_file(house):
    chat = await taken(house)
    twice = await asyncio.gather(*(send(chat, "a.png", picture()) for _ in range(4)))
    assert [r.status_code for r in twice] == [201] * 4 and len({r.json()["seq"] for r in twice}) == 1
    assert len(lying(house)) == 1
    assert (await send(chat, "a.png", picture(size=(41, 30)))).json()["seq"] == 2


async def test_scenario_25_files_need_a_person_and_an_office_that_takes_them(house):
    chat = await taken(house, files=False)
    off = await send(chat, "a.png", picture())
    assert (off.status_code, off.json()["error"]) == (409, "not_now")
    assert (await chat.desk.post(chat.staff, files={"file": ("a.png", picture())})).status_code == 409
    async with house.database.write() as session:
        (await session.get(type(chat.alpha), chat.alpha.id)).files = True
        await session.commit()
    assert (await send(chat, "a.png", picture())).status_code == 201
    await owned(house, chat.id, "assistant")
    assert (await send(chat, "b.png", picture())).status_code == 409
    await owned(house, chat.id, "staff")
    berta = await house.enter(await house.account(unique("berta"), chat.alpha))
    refused = await berta.post(chat.staff, files={"file": ("c.png", picture())})
    assert refused.status_code == 409 and len(lying(house)) == 1


async def test_sec_a20_a_file_from_another_site_is_refused(house):
    chat = await taken(house)
    chat.desk.headers["x-csrf"] = "guessed"
    assert (await chat.desk.post(chat.staff, files={"file": ("a.png", picture())})).status_code == 403
    del chat.desk.headers["x-csrf"]
    csrf = {"csrf": f"csrf-{chat.anna.id}"}
    assert (await chat.desk.post(chat.staff, data=csrf, files={"file": ("a.png", picture())})).status_code == 303


@pytest.mark.parametrize("how, status, reason", [
    ("well", 201, None), ("error", 503, "not_scanned"), ("garbage", 503, "not_scanned"), ("empty", 503, "not_scanned"),
    ("hangs", 503, "not_scanned"), ("away", 503, "not_scanned"),
])  # fmt: skip
async def test_sec_f01_nothing_unscanned_where_a_scanner_is_set(house, monkeypatch, how, status, reason):
    monkeypatch.setattr(files, "LONGEST", 1.0)
    port = houses.free_port()
    async with clamd(port if how != "away" else houses.free_port(), how) as seen:
        monkeypatch.setattr(house.app.state.settings, "clamd", f"127.0.0.1:{port}")
        chat = await taken(house)
        sent = await send(chat, "a.pdf", paper())
        assert (sent.status_code, sent.json().get("error")) == (status, reason)
        assert seen == ([] if how == "away" else [paper()]) and len(lying(house)) == (status == 201)
        if how == "well":
            infected = await send(chat, "b.pdf", paper().replace(b"\n", b"\n% VIRUS\n", 1))
            assert (infected.status_code, infected.json()["error"]) == (422, "infected")


async def test_scenario_30_a_deleted_chat_leaves_no_bytes(house):
    chat = await taken(house)
    kept = await house.chat()
    file = (await send(chat, "a.png", picture())).json()["file"]["id"]
    folder = house.app.state.settings.files
    (folder / "broken-upload").write_bytes(b"x")
    await house.add(
        File(
            id="f" * 32,
            conversation_id=kept.path.rsplit("/", 1)[-1],
            author="visitor",
            name="b.png",
            type="image/png",
            size=1,
        )
    )
    (folder / ("f" * 32)).write_bytes(b"x")
    await chat.talk.client.delete(chat.talk.path, headers=chat.talk.headers)
    await files.tick(house.app.state, house.app.state.settings)
    assert len(lying(house)) == 3  # too young to be an orphan for certain
    for name in lying(house):
        os.utime(folder / name, (time.time() - 300,) * 2)
    await files.tick(house.app.state, house.app.state.settings)
    assert lying(house) == ["f" * 32]
    assert (await get(chat, file)).status_code == 404
    async with house.database.read() as session:
        assert [f.id for f in (await session.exec(select(File).where(File.conversation_id == chat.id))).all()] == []


async def test_flt_12_a_full_disk_refuses_the_file_and_the_chat_goes_on(house, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    chat = await taken(house)
    monkeypatch.setattr(files, "write", full)
    sent = await send(chat, "a.png", picture())
    assert (sent.status_code, sent.json()["error"]) == (503, "not_kept")
    monkeypatch.undo()
    assert (await send(chat, "a.png", picture())).json()["seq"] == 1


@pytest.mark.parametrize("path, size, status", [
    ("/api/chat/conversations/x/files", 10_100_000, 413), ("/api/chat/conversations/x/files/y", 70_000, 413),
    ("/api/chat/conversations/x/messages", 70_000, 413), ("/de/staff/chats/x/files", 10_100_000, 413),
    ("/de/staff/chats/x/notes", 270_000, 413), ("/de/staff/nothing-here", 200_000, 404),
    ("/api/chat/conversations/x/files", 5_000_000, 404),
])  # fmt: skip
async def test_sec_c09_only_uploads_may_be_large(house, path, size, status):
    answer = await house.client.post(path, content=b"x" * size, headers={"content-type": "application/octet-stream"})
    assert answer.status_code == status


async def test_sec_c09_a_file_without_a_size_is_not_read(house):
    async def endless():
        for _ in range(20):
            yield b"x" * 1_000_000

    chat = await taken(house)
    answer = await house.client.post(f"{chat.talk.path}/files", content=endless(), headers=chat.talk.headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_big")
