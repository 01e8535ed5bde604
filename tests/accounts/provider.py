"""A provider of OpenID Connect for tests: code with PKCE, one key, claims as the test wants them."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, HTTPException
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "wegweiser", "provider-secret"
ASKED: list[str] = []  # issuers, each time that somebody reads what they publish


def provider(issuer: str, claims: dict[str, Any]) -> FastAPI:
    """`claims` may be changed while it runs; they win over what the provider would say."""
    app, key, codes = FastAPI(), RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"}), {}

    @app.get("/.well-known/openid-configuration")
    async def about() -> Any:
        ASKED.append(issuer)
        return {"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys"}  # fmt: skip

    @app.get("/keys")
    async def keys() -> Any:
        return KeySet([key]).as_dict(private=False)

    @app.get("/authorize")
    async def authorize(client_id: str, redirect_uri: str, state: str, nonce: str, code_challenge: str,
                        code_challenge_method: str) -> Any:  # fmt: skip
        assert client_id == CLIENT and code_challenge_method == "S256"
        code = secrets.token_urlsafe(16)
        codes[code] = (nonce, code_challenge)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 302)

    @app.post("/token")
    async def token(code: str = Form(), code_verifier: str = Form()) -> Any:
        nonce, challenge = codes.pop(code, ("", ""))
        digest = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        if digest != challenge:
            raise HTTPException(400)
        now = int(time.time())
        body = {"iss": issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce, **claims}
        signer = claims.get("_signer", key)
        id_token = jwt.encode({"alg": "RS256", "kid": "one"}, {k: v for k, v in body.items() if k[0] != "_"}, signer)
        return {"access_token": "x", "token_type": "Bearer", "id_token": id_token}

    return app
