"""Passwords: which are taken, and their hashes (argon2id, made in a thread: one takes 50 to 300 ms)."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from portal.i18n import N_, gettext, written_number

LEAST, MOST = 12, 128  # characters
COMMON = Path(__file__).with_name("common.txt")
PART = 4  # letters of a name from which on it may not make up a password
HASHER = PasswordHash((Argon2Hasher(),))

SHORT = N_("Use at least {least} characters. Several words are easy to remember.")
LONG = N_("Use at most {most} characters.")
KNOWN = N_("This password is known to everybody who guesses passwords. Please choose another one.")
NAMED = N_("The password must not be your name, your e-mail address or your organisation.")
DIFFERENT = N_("The two passwords are not the same.")


class Weak(ValueError):
    """A password that is not taken."""

    def said(self) -> str:
        """Why, in the reader's language."""
        return gettext(str(self)).format(least=written_number(LEAST), most=written_number(MOST))


def normal(password: str) -> str:
    """One form for what different keyboards send; nothing is cut off (SEC-A03)."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode())


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())


def plain(text: str) -> str:
    """Lower case, letters only."""
    return re.sub(r"[\W\d_]+", "", text.casefold())


def check(password: str, *names: str) -> None:
    """Raises Weak. `names`: of the person, their organisation, their address; such a name with figures around it is no
    password either."""
    password = normal(password)
    if len(password) < LEAST:
        raise Weak(SHORT)
    if len(password) > MOST:
        raise Weak(LONG)
    if password.casefold() in common() or len(set(password)) < 4:
        raise Weak(KNOWN)
    letters = plain(password)
    own = {plain(part) for name in names for part in (name, name.partition("@")[0])}
    if any(len(name) >= PART and letters in (name, name * 2) for name in own):
        raise Weak(NAMED)


async def hashed(password: str) -> str:
    return await asyncio.to_thread(HASHER.hash, normal(password))


@lru_cache(maxsize=1)
def nobodys() -> str:
    """A hash that no password fits: an unknown address takes as long as a known one (SEC-A07)."""
    return HASHER.hash("nobody has this password " * 2)


async def fits(password: str, hash_: str) -> bool:
    """Is it the password of this hash? Without a hash it takes as long, and is no."""
    if len(password) > MOST:
        return False
    right = await asyncio.to_thread(lambda: HASHER.verify(normal(password), hash_ or nobodys()))
    return right and bool(hash_)
