"""Passkeys (WebAuthn): the questions put to a browser, and its answers. The browser's own helpers read and write the JSON."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)  # fmt: skip

from portal.accounts.models import Account, Passkey
from portal.chat.text import clean

MOST = 10  # of an account


class Refused(ValueError):
    """A key's answer that proves nothing."""


def host(address: str) -> str:
    """For which the keys are made. A number is no name: there a browser makes none (see `possible`)."""
    return urlsplit(address).hostname or ""


def possible(address: str) -> bool:
    """Browsers make keys for a name, by https or on the machine itself."""
    try:
        ipaddress.ip_address(host(address))
        return False
    except ValueError:
        return address.startswith("https://") or host(address) == "localhost"


def known(keys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.id)) for key in keys]


def to_make(account: Account, keys: Sequence[Passkey], challenge: str, address: str) -> str:
    """The question for a new key."""
    wish = AuthenticatorSelectionCriteria(
        resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
    )
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=host(address),
            rp_name="Wegweiser",
            user_name=account.email,
            user_display_name=account.name,
            user_id=f"account-{account.id}".encode(),
            challenge=challenge.encode(),
            authenticator_selection=wish,
            exclude_credentials=known(keys),
        )  # fmt: skip
    )


def to_prove(keys: Sequence[Passkey], challenge: str, address: str) -> str:
    """The question to the keys of an account."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=host(address),
            challenge=challenge.encode(),
            allow_credentials=known(keys),
            user_verification=UserVerificationRequirement.PREFERRED,
        )  # fmt: skip
    )


async def enrol(
    session: AsyncSession, account: Account, answer: str, challenge: str, address: str, name: str
) -> None:  # fmt: skip
    """Store a new key. Raises Refused."""
    assert account.id is not None
    try:
        proved = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge.encode(), expected_rp_id=host(address),
            expected_origin=address,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused from error
    id_ = bytes_to_base64url(proved.credential_id)
    mine = select(Passkey.id).where((col(Passkey.account_id) == account.id) | (col(Passkey.id) == id_))
    have = (await session.exec(mine)).all()
    if id_ in have or len(have) >= MOST or len(id_) > 400:
        raise Refused
    session.add(
        Passkey(
            id=id_,
            account_id=account.id,
            public_key=bytes_to_base64url(proved.credential_public_key),
            count=proved.sign_count,
            name=clean(name)[:60],
        )  # fmt: skip
    )


async def prove(session: AsyncSession, account: Account, answer: str, challenge: str, address: str) -> bool:
    """Does the answer come from a key of this account?"""
    try:
        given: Any = json.loads(answer)
        id_ = str(given["id"])
    except (ValueError, KeyError, TypeError):
        return False
    query = select(Passkey).where(Passkey.id == id_, Passkey.account_id == account.id).with_for_update()
    key = (await session.exec(query)).first()
    if key is None:
        return False
    try:
        proved = webauthn.verify_authentication_response(
            credential=given, expected_challenge=challenge.encode(), expected_rp_id=host(address),
            expected_origin=address, credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.count,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    key.count = proved.new_sign_count
    session.add(key)
    return True


async def remove(session: AsyncSession, account_id: int, id_: str) -> None:
    """Raises LookupError for another one's."""
    query = delete(Passkey).where(col(Passkey.id) == id_, col(Passkey.account_id) == account_id)
    if not (await session.exec(query)).rowcount:
        raise LookupError
