"""What people do to come in, as the tests do it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx2
import pyotp
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import select

from portal.accounts import factors, passwords, tries
from portal.accounts.models import Account
from portal.clock import now
from portal.mail.models import Mail
from tests.people import House

PASSWORD = "vier blaue Wolken ziehen"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
passwords.HASHER = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192),))  # cheap ones, for the tests' time
HASH = passwords.HASHER.hash(PASSWORD)


def begin_anew() -> None:
    """No tries are counted yet; the counters belong to the process."""
    tries.counted.storage.reset()


async def member(house: House, email: str, organisation: Any, **fields: Any) -> Account:
    """Somebody with a password and an app."""
    return await house.account(email, organisation, **{"password_hash": HASH, "totp_secret": SECRET, **fields})


def browser(house: House, **headers: str) -> httpx2.AsyncClient:
    """A browser that nobody is signed in with."""
    client = httpx2.AsyncClient(base_url=house.client.base_url, timeout=30, trust_env=False,
                                headers={"accept": "text/html", **headers})  # fmt: skip
    house.clients.append(client)
    return client


async def password(client: httpx2.AsyncClient, email: str, word: str = PASSWORD, **more: str) -> httpx2.Response:
    return await client.post("/en/staff/sign-in", data={"email": email, "password": word, **more})


def csrf_of(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def code(secret: str = SECRET, moment: Any = None) -> str:
    """What the app shows; by a clock a little ahead, so that a code's period does not end before it is sent."""
    return pyotp.TOTP(secret).at(moment or now() + timedelta(seconds=5))


async def second(client: httpx2.AsyncClient, **answer: str) -> httpx2.Response:
    page = await client.get("/en/staff/sign-in/second")
    return await client.post("/en/staff/sign-in/second", data={"csrf": csrf_of(page), **answer})


async def enter(house: House, email: str) -> httpx2.AsyncClient:
    """Through the doors as people come; the code is the next one, should this one have been used."""
    client = browser(house)
    assert (await password(client, email)).status_code == 303
    for ahead in (0, factors.STEP):
        answer = await second(client, how="app", code=code(moment=now() + timedelta(seconds=ahead)))
        if answer.status_code == 303:
            return client
    raise AssertionError(answer.text)


async def mails(house: House, to: str) -> list[Mail]:
    async with house.database.read() as session:
        return list((await session.exec(select(Mail).where(Mail.to == to).order_by(Mail.id))).all())


def link_in(mail: Mail) -> str:
    """The path of the link of a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.body)
    assert found, mail.body
    return found[1]


async def account_of(house: House, id_: int) -> Account:
    async with house.database.read() as session:
        return await session.get_one(Account, id_)


async def ask_reset(house, email: str) -> str:
    await browser(house).post("/en/staff/reset", data={"email": email})
    return link_in((await mails(house, email))[-1])


async def choose(house, link: str, word: str = "drei rote Laternen brennen"):
    return await browser(house).post(link, data={"password": word, "again": word})
