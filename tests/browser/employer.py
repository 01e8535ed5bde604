"""Somebody's site with the widget and a strict policy."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from portal import house
from tests.test_faults import serving


@contextlib.asynccontextmanager
async def employer(base: str, language: str) -> AsyncIterator[str]:
    """`base`: address of the portal -> address of the site."""
    base = base.rstrip("/")
    policy = f"default-src 'none'; script-src {base}; connect-src {base}; style-src 'none'"
    tag = f'<script src="{base}/static/widget.js" data-lang="{language}" defer></script>'
    site, port = FastAPI(), house.free_port()

    @site.get("/")
    async def home() -> HTMLResponse:
        html = f'<!doctype html><html lang="{language}"><title>Jobs</title><h1>x</h1>{tag}</html>'
        return HTMLResponse(html, headers={"content-security-policy": policy})

    async with serving(site, port):
        yield f"http://localhost:{port}/"
