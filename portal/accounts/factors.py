"""The second factor: codes of an app (TOTP, RFC 6238) and recovery codes. For passkeys see passkeys.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp
import segno
from sqlmodel import col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Passkey, RecoveryCode

STEP = 30  # seconds
CODES = 10
ISSUER = "Wegweiser"


@dataclass(frozen=True)
class Factors:
    """What an account has."""

    app: bool
    passkeys: list[Passkey]
    codes: int

    @property
    def any(self) -> bool:
        return self.app or bool(self.passkeys)


async def of(session: AsyncSession, account: Account) -> Factors:
    keys = select(Passkey).where(Passkey.account_id == account.id).order_by(col(Passkey.made_at))
    codes = select(func.count()).where(RecoveryCode.account_id == account.id, col(RecoveryCode.used_at).is_(None))
    return Factors(bool(account.totp_secret), list((await session.exec(keys)).all()), (await session.exec(codes)).one())


def code_of(digits: str) -> str:
    """As people type it: spaces do not matter."""
    return "".join(c for c in digits if c.isascii() and c.isdigit())[:8]


def step_of(secret: str, code: str, moment: dt.datetime) -> int | None:
    """The period of 30 s in which the code is right: this one, or the next one for a phone whose clock is ahead. A code
    that is older is refused (SEC-A06)."""
    step, otp = int(moment.timestamp()) // STEP, pyotp.TOTP(secret)
    for candidate in (step, step + 1):
        if hmac.compare_digest(otp.at(candidate * STEP), code):
            return candidate
    return None


async def prove(session: AsyncSession, account: Account, code: str, moment: dt.datetime) -> bool:
    """Is it the app's code, and was it not used before?"""
    step = step_of(account.totp_secret, code_of(code), moment) if account.totp_secret else None
    if step is None:
        return False
    used = await session.exec(
        update(Account).where(col(Account.id) == account.id, col(Account.totp_last) < step).values(totp_last=step)
    )
    return bool(used.rowcount)


async def enrol(session: AsyncSession, account: Account, secret: str, code: str, moment: dt.datetime) -> bool:
    """Take an app's secret once its first code is right."""
    step = step_of(secret, code_of(code), moment)
    if step is None:
        return False
    values = {"totp_secret": secret, "totp_last": step}
    await session.exec(update(Account).where(col(Account.id) == account.id).values(**values))
    return True


def picture(account: Account, secret: str) -> str:
    """The QR code for the app, as an address of an image."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER)
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")


def code_hash(account_id: int, code: str) -> str:
    plain = "".join(c for c in code.lower() if c.isascii() and c.isalnum())
    return hashlib.sha256(f"{account_id}:{plain}".encode()).hexdigest()


async def new_codes(session: AsyncSession, account_id: int) -> list[str]:
    """Ten recovery codes of 80 random bits, shown once; earlier ones are worth nothing."""
    await session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    raw = [secrets.token_hex(10) for _ in range(CODES)]
    codes = ["-".join(code[i : i + 5] for i in range(0, 20, 5)) for code in raw]
    session.add_all(RecoveryCode(code_hash=code_hash(account_id, code), account_id=account_id) for code in codes)
    return codes


async def use_code(session: AsyncSession, account_id: int, code: str, moment: dt.datetime) -> bool:
    """Use a recovery code up."""
    used = await session.exec(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.code_hash) == code_hash(account_id, code),
            col(RecoveryCode.account_id) == account_id,
            col(RecoveryCode.used_at).is_(None),
        )  # fmt: skip
        .values(used_at=moment)
    )
    return bool(used.rowcount)


async def forget(session: AsyncSession, account_id: int) -> None:
    """Without app, passkeys and codes; the next sign-in sets a new factor up."""
    for table in (Passkey, RecoveryCode):
        await session.exec(delete(table).where(col(table.account_id) == account_id))
    values = {"totp_secret": "", "totp_last": 0}
    await session.exec(update(Account).where(col(Account.id) == account_id).values(**values))
