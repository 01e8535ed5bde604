"""Sign-in at the organisation's own provider (OpenID Connect: code with PKCE, state and nonce). It makes no accounts."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.entering import by_email
from portal.accounts.models import Account
from portal.settings import Settings

SECONDS = 10.0
LEEWAY = 60  # seconds between the two clocks (FLT-30)
ALGORITHMS = ["RS256", "ES256", "PS256"]
KEPT = 600.0  # seconds for which an issuer is believed to publish the same
published: dict[str, tuple[float, dict[str, Any]]] = {}  # what it published, and when (time.monotonic), by issuer


class Failed(Exception):
    """The provider said no, or what it said cannot be trusted."""


@dataclass(frozen=True)
class Known:
    """Who the provider says it is; `strong`: two factors were asked there."""

    subject: str
    email: str
    strong: bool


def possible(settings: Settings) -> bool:
    return bool(settings.oidc_issuer and settings.oidc_client)


def client(settings: Settings) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        settings.oidc_client, settings.oidc_secret.get_secret_value() or None, scope="openid email",
        redirect_uri=f"{settings.address}/en/staff/sign-in/oidc/back", code_challenge_method="S256",
        timeout=SECONDS, trust_env=False,
    )  # fmt: skip


async def provider(http: AsyncOAuth2Client, settings: Settings) -> dict[str, Any]:
    """What the issuer publishes about itself."""
    issuer = settings.oidc_issuer.rstrip("/")
    at, about = published.get(issuer, (float("-inf"), {}))
    if time.monotonic() - at < KEPT:
        return about
    answer = await http.request("GET", f"{issuer}/.well-known/openid-configuration", withhold_token=True)
    about = answer.raise_for_status().json()
    if about["issuer"].rstrip("/") != issuer:
        raise Failed
    published[issuer] = time.monotonic(), about
    return about


async def begin(settings: Settings) -> tuple[str, dict[str, str]]:
    """Where to go, and what must be remembered until the way back. Raises Failed."""
    kept = {"state": generate_token(32), "nonce": generate_token(32), "verifier": generate_token(64)}
    try:
        async with client(settings) as http:
            about = await provider(http, settings)
            url, _ = http.create_authorization_url(
                about["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
                code_verifier=kept["verifier"],
            )  # fmt: skip
    except (HTTPError, OAuthError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed from error
    return url, kept


async def finish(settings: Settings, kept: dict[str, str], code: str) -> Known:
    """Who comes back with a code. Raises Failed."""
    try:
        async with client(settings) as http:
            about = await provider(http, settings)
            tokens = await http.fetch_token(about["token_endpoint"], code=code, code_verifier=kept["verifier"])
            keys = (await http.request("GET", about["jwks_uri"], withhold_token=True)).raise_for_status().json()
        token = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        wanted = jwt.JWTClaimsRegistry(
            now=int(time.time()), leeway=LEEWAY, iss={"essential": True, "value": about["issuer"]},
            aud={"essential": True, "value": settings.oidc_client}, exp={"essential": True}, sub={"essential": True},
            nonce={"essential": True, "value": kept["nonce"]},
        )  # fmt: skip
        claims: dict[str, Any] = token.claims
        wanted.validate(claims)
    except (HTTPError, OAuthError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed from error
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    return Known(str(claims["sub"])[:255], email, strong(settings, claims))


def strong(settings: Settings, claims: dict[str, Any]) -> bool:
    """Were two factors asked there? Its `amr` is a list (RFC 8176), its `acr` one value of its own."""
    amr = claims.get("amr")
    mfa = isinstance(amr, list) and "mfa" in amr
    return mfa or bool(settings.oidc_acr) and claims.get("acr") == settings.oidc_acr


async def account_of(session: AsyncSession, known: Known) -> Account | None:
    """The account for it: bound already, or found once by its verified address and bound then."""
    account = (await session.exec(select(Account).where(Account.oidc_subject == known.subject))).first()
    if account is None and known.email:
        account = await by_email(session, known.email)
        if account is not None and account.oidc_subject is not None:
            return None  # the address belongs to somebody else at the provider now
    if account is None or account.status == "disabled" or account.demo:
        return None
    account.oidc_subject = known.subject
    account.status = "active"
    session.add(account)
    return account


def packed(kept: dict[str, str]) -> str:
    return json.dumps(kept, separators=(",", ":"))


def unpacked(text: str) -> dict[str, str]:
    """Raises Failed."""
    try:
        kept = json.loads(text)
        return {key: str(kept[key]) for key in ("state", "nonce", "verifier")}
    except (ValueError, KeyError, TypeError) as error:
        raise Failed from error
