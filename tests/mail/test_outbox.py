"""The outbox against a mail server that is down, slow, rude, or dies (FLT-32), and against broken headers (SEC-C13)."""

from __future__ import annotations

import asyncio
import datetime as dt
import mailbox

import pytest
from sqlmodel import select

from portal.clock import now
from portal.mail.addresses import Implausible, plausible
from portal.mail.models import Mail
from portal.mail.outbox import GIVE_UP, LEASE, claim, deliver, forget, post
from tests.mail.ground import Server, at, ground, settings

MINUTE = dt.timedelta(minutes=1)
START = now()


async def laid(database, key="k", to="anna@example.org", **more):
    async with database.write() as session:
        words = {"language": "de", "subject": "Hallo", "body": "Ein Text\n", "moment": START}
        await post(session, key=key, to=to, **{**words, **more})
        await session.commit()


async def one(database, key="k") -> Mail:
    async with database.read() as session:
        return (await session.exec(select(Mail).where(Mail.key == key))).one()


async def test_a_mail_arrives_whole_in_every_script(tmp_path):
    async with ground(tmp_path) as database, Server().running() as server:
        await laid(database, language="ar", subject="رسالة جديدة", body="مرحبًا Jürgen\n")
        assert await deliver(database, settings(tmp_path, smtp=server.url), at(START)) == 1
        (first,) = server.mails
        assert first["subject"] == "رسالة جديدة" and first["content-language"] == "ar"
        assert first["auto-submitted"] == "auto-generated" and first["message-id"].endswith("@wegweiser.example>")
        assert first.get_body().get_content().strip() == "مرحبًا Jürgen"
        mail = await one(database)
        assert mail.sent_at == START and (mail.subject, mail.body) == ("", "")  # RET-10
        assert await deliver(database, settings(tmp_path, smtp=server.url), at(START + MINUTE)) == 0


async def test_con_09_the_same_key_is_one_mail_and_a_rolled_back_one_none(tmp_path):
    async with ground(tmp_path) as database:
        await asyncio.gather(*(laid(database) for _ in range(20)))
        async with database.write() as session:
            await post(session, key="gone", to="a@example.org", language="de", subject="x", body="y")
            await session.rollback()
        async with database.read() as session:
            assert [m.key for m in (await session.exec(select(Mail))).all()] == ["k"]


async def test_without_a_server_mails_lie_in_a_maildir(tmp_path):
    async with ground(tmp_path) as database:
        await laid(database)
        assert await deliver(database, settings(tmp_path), at(START)) == 1
        assert [m["to"] for m in mailbox.Maildir(tmp_path / "mail")] == ["anna@example.org"]


async def test_flt_32_a_server_that_is_down_for_two_hours(tmp_path):
    async with ground(tmp_path) as database:
        server = Server()
        s = settings(tmp_path, smtp=server.url)
        await laid(database)
        tried = []
        moment = START
        while moment < START + 120 * MINUTE:
            before = (await one(database)).tries
            await deliver(database, s, at(moment))
            if (await one(database)).tries > before:
                tried.append((moment - START) // MINUTE)
            moment += MINUTE
        assert tried == [0, 1, 6, 36]
        id_ = (await one(database)).message_id
        async with server.running():
            assert await deliver(database, s, at(START + 156 * MINUTE)) == 1
        assert server.mails[0]["message-id"] == f"<{id_}@wegweiser.example>"


@pytest.mark.parametrize(("how", "error"), [("4xx", "451"), ("down", "SMTPConnectError")])
async def test_flt_32_it_is_given_up_after_48_hours_and_seen(tmp_path, how, error):
    async with ground(tmp_path) as database:
        server = Server(how)
        s = settings(tmp_path, smtp=server.url)
        await laid(database)
        async with server.running() if how != "down" else ground_of_nothing():
            for _ in range(20):
                mail = await one(database)
                if mail.failed_at:
                    break
                assert mail.body
                await deliver(database, s, at(mail.next_at))
        assert mail.failed_at == START + GIVE_UP and mail.error == error and mail.tries == 8
        assert (mail.subject, mail.body, server.got) == ("", "", [])


class ground_of_nothing:  # noqa: N801
    async def __aenter__(self):
        pass

    async def __aexit__(self, *_):
        pass


async def test_flt_32_5xx_is_for_good_and_holds_up_nobody(tmp_path):
    async with ground(tmp_path) as database, Server("5xx").running() as server:
        await laid(database)
        await laid(database, key="next")
        await deliver(database, settings(tmp_path, smtp=server.url), at(START))
        for key in ("k", "next"):
            mail = await one(database, key)
            assert (mail.failed_at, mail.error, mail.tries) == (START, "550", 1)
            assert "anna" not in mail.error


async def test_flt_32_a_server_that_hangs_is_left_after_the_time(tmp_path):
    async with ground(tmp_path) as database, Server("hang").running() as server:
        await laid(database)
        await laid(database, key="next")
        await asyncio.wait_for(deliver(database, settings(tmp_path, smtp=server.url), at(START), seconds=0.3), 5)
        assert (await one(database)).next_at == START + MINUTE
        assert (await one(database, "next")).tries == 0  # not each of them hangs for 30 seconds in the same tick


async def test_flt_32_accepted_then_dead_repeats_with_the_same_message_id(tmp_path):
    async with ground(tmp_path) as database, Server("dies").running() as server:
        s = settings(tmp_path, smtp=server.url)
        await laid(database)
        assert await deliver(database, s, at(START)) == 0
        server.how = "ok"
        assert await deliver(database, s, at(START + MINUTE)) == 1
        first, second = server.mails
        assert first["message-id"] == second["message-id"] and first["date"] == second["date"]
        assert (await one(database)).tries == 2


async def test_two_processes_send_one_mail_and_a_dead_one_loses_none(tmp_path):
    async with ground(tmp_path) as database:
        await laid(database)
        got = await asyncio.gather(*(claim(database, START) for _ in range(10)))
        assert len([m for m in got if m]) == 1
        assert await claim(database, START + LEASE / 2) is None
        assert await claim(database, START + LEASE) is not None


async def test_two_processes_send_each_mail_once_however_long_one_of_them_takes(tmp_path):
    """Each mail takes a quarter of a lease; when that of the first would be over, another process looks for work."""
    clock = [START]

    class Slow(Server):
        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            clock[0] += LEASE / 4
            if clock[0] > START + LEASE:
                await deliver(database, settings(tmp_path, smtp=second.url), lambda: clock[0])
            return await super().handle_DATA(server, session, envelope)

    async with ground(tmp_path) as database, Slow().running() as first, Server().running() as second:
        for n in range(7):
            await laid(database, key=f"k{n}")
        await deliver(database, settings(tmp_path, smtp=first.url), lambda: clock[0])
        sent = sorted(m["message-id"] for m in first.mails + second.mails)
        assert first.mails and second.mails and sent == sorted(set(sent)) and len(sent) == 7


SAID = [
    ({"MAIL": "550 5.7.1 relay denied"}, "later", 1), ({"MAIL": "530 5.7.0 authentication required"}, "later", 1),
    ({"MAIL": "553 no such sender"}, "later", 1), ({"RCPT": "530 5.7.0 authentication required"}, "later", 1),
    ({"RCPT": "421 too many"}, "later", 1), ({"RCPT": "554 5.7.1 relay access denied"}, "later", 2),
    ({"RCPT": "550 5.1.1 no such box"}, "failed", 2), ({"RCPT": "550 no such box"}, "failed", 2),
    ({"DATA": "550 5.7.26 not from that sender"}, "later", 2), ({"DATA": "552 5.3.4 too big"}, "failed", 2),
    ({"DATA": "451 later"}, "later", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "became", "tried"), SAID, ids=lambda v: " ".join(v.values()) if isinstance(v, dict) else None
)
async def test_flt_32_only_a_refused_recipient_or_message_is_given_up_at_once(tmp_path, says, became, tried):
    """What is wrong with us or the server makes the whole outbox wait a minute; then it goes well."""
    async with ground(tmp_path) as database, Server(**says).running() as server:
        s = settings(tmp_path, smtp=server.url)
        for key in ("k", "next"):
            await laid(database, key=key)
        await deliver(database, s, at(START))
        await deliver(database, s, at(START + MINUTE / 2))
        assert server.asked == tried
        server.says = {}
        await deliver(database, s, at(START + MINUTE))
        for mail in (await one(database), await one(database, "next")):
            assert bool(mail.failed_at) == (became == "failed") and bool(mail.sent_at) == (became == "later")
        assert len(server.mails) == (2 if became == "later" else 0)


async def test_flt_32_a_wrong_password_loses_no_mail(tmp_path):
    async with ground(tmp_path) as database, Server().running() as server:
        for key in ("k", "next"):
            await laid(database, key=key)
        url = server.url.replace("//", "//desk:wrong@")
        await deliver(database, settings(tmp_path, smtp=url), at(START))
        first, second = await one(database), await one(database, "next")
        assert first.body and first.failed_at is None and first.next_at == second.next_at == START + MINUTE
        assert (first.tries, second.tries, first.error) == (1, 0, "535")


async def test_flt_32_what_is_broken_here_loses_no_mail(tmp_path):
    async with ground(tmp_path) as database:
        await laid(database)
        (tmp_path / "mail").write_text("no folder")
        assert await deliver(database, settings(tmp_path), at(START)) == 0
        mail = await one(database)
        assert mail.body and mail.failed_at is None and mail.error == "NotADirectoryError"


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\u2028", "\x0b"])
async def test_sec_c13_a_line_break_gives_no_further_header(tmp_path, line_end):
    async with ground(tmp_path) as database, Server().running() as server:
        await laid(database, subject=f"Hi{line_end}Bcc: all@example.org")
        await deliver(database, settings(tmp_path, smtp=server.url), at(START))
        (mail,) = server.mails
        assert mail["bcc"] is None and mail["subject"] == "Hi Bcc: all@example.org"
        assert b"\nBcc:" not in server.got[0]


@pytest.mark.parametrize(
    "address",
    ["", "anna", "a@b", "a@b.de\r\nBcc: x@y.de", "a@b.de, c@d.de", "a b@c.de", "<a@b.de>", "a@b.de>", "@b.de", "a@-b.de",
     "a" * 65 + "@b.de", 'x"@b.de', "a@b..de", "a@b.de\0"],
)  # fmt: skip
def test_sec_c13_what_is_no_single_address_is_refused(address):
    with pytest.raises(Implausible):
        plausible(address)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Anna.B+x@Example.ORG ", "Anna.B+x@example.org"),
        ("a@müller.de", "a@xn--mller-kva.de"),
        ("o'neil@x.co", "o'neil@x.co"),
    ],
)
def test_an_address_is_kept_as_it_can_be_sent(typed, kept):
    assert plausible(typed) == kept


async def test_what_was_sent_long_ago_is_forgotten(tmp_path):
    async with ground(tmp_path) as database:
        await laid(database)
        await laid(database, key="waits", moment=START + 60 * 24 * 31 * MINUTE)
        await deliver(database, settings(tmp_path), at(START))
        async with database.write() as session:
            await forget(session, START + 60 * 24 * 31 * MINUTE)
            await session.commit()
        async with database.read() as session:
            assert [m.key for m in (await session.exec(select(Mail))).all()] == ["waits"]
