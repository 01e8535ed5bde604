"""The answer to the question for a second factor: checked, or taken as the first factor there is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts import factors, passkeys, sessions
from portal.accounts.auditing import note
from portal.accounts.models import Account, SignIn
from portal.i18n import N_

WRONG_CODE = N_("This code is not right, or it was used already. Wait for the next one.")
WRONG_RECOVERY = N_("This recovery code is not right, or it was used already.")
WRONG_KEY = N_("The passkey was not accepted. Please try again.")


@dataclass(frozen=True)
class Answer:
    """`how`: app, recovery, key. `code` as typed; `credential`: a passkey's answer (JSON). `name`: of a new key."""

    how: str
    code: str = ""
    credential: str = ""
    name: str = ""


@dataclass
class Proved:
    """`error`: a text for the reader, or nothing. `codes`: new recovery codes, shown once. `token`: of the full sign-in."""

    error: str = ""
    codes: list[str] = field(default_factory=list)
    token: str = ""


async def check(
    session: AsyncSession, sign_in: SignIn, account: Account, answer: Answer, address: str, moment: dt.datetime
) -> str:
    """Nothing, or what is wrong."""
    assert account.id is not None
    challenge = sign_in.challenge.partition(".")[2]
    if answer.how == "key":
        right, error = await passkeys.prove(session, account, answer.credential, challenge, address), WRONG_KEY
    elif answer.how == "recovery":
        right, error = await factors.use_code(session, account.id, answer.code, moment), WRONG_RECOVERY
    else:
        right, error = await factors.prove(session, account, answer.code, moment), WRONG_CODE
    return "" if right else error


async def enrol(
    session: AsyncSession, sign_in: SignIn, account: Account, answer: Answer, address: str, moment: dt.datetime
) -> str:
    """Take a new factor. Nothing, or what is wrong."""
    secret, _, challenge = sign_in.challenge.partition(".")
    if answer.how == "key":
        try:
            await passkeys.enrol(session, account, answer.credential, challenge, address, answer.name)
        except passkeys.Refused:
            return WRONG_KEY
    elif not secret or not await factors.enrol(session, account, secret, answer.code, moment):
        return WRONG_CODE
    await note(session, account, "factor_added", f"account:{account.id}")
    return ""


async def second(
    session: AsyncSession, sign_in: SignIn, account: Account, answer: Answer, address: str, moment: dt.datetime
) -> Proved:
    """After the password: the factor is checked, or the first one set up; then the sign-in is full, under a new token."""
    assert account.id is not None
    proved, have = Proved(), await factors.of(session, account)
    if have.any:
        proved.error = await check(session, sign_in, account, answer, address, moment)
    else:
        proved.error = await enrol(session, sign_in, account, answer, address, moment)
        if not proved.error:
            proved.codes = await factors.new_codes(session, account.id)
    await note(session, account, "second_factor", answer.how[:10], "failed" if proved.error else "ok")
    if not proved.error:
        _, proved.token = await sessions.promote(session, sign_in, account, moment)
    elif have.any or answer.how == "key":
        await sessions.rechallenge(session, sign_in)
    return proved
