"""A passkey in a real Chromium, set up after an invitation and used at the next sign-in; the pages without faults for axe."""

from __future__ import annotations

import pytest_asyncio
from pydantic import SecretStr

from portal import house as houses
from portal.app import create
from portal.settings import Settings
from tests.accounts.steps import HASH, PASSWORD
from tests.browser.conftest import axe, chromium  # noqa: F401
from tests.people import HOUSE, House
from tests.test_faults import serving


@pytest_asyncio.fixture(loop_scope="session")
async def named(tmp_path):
    """A portal that is reached by a name; browsers make no keys for a number."""
    var, port = tmp_path / "var", houses.free_port()
    var.mkdir()
    (var / "vectors.npz").symlink_to(HOUSE / "var" / "vectors.npz")
    app = create(Settings(var=var, port=port, bot_port=houses.free_port(), bot_secret=SecretStr("x" * 32), demo=False,
                          base_url=f"http://localhost:{port}", database=f"sqlite+aiosqlite:///{tmp_path}/p.db"))  # fmt: skip
    async with serving(app, port):
        house = House(app, None, [])  # type: ignore[arg-type]
        organisation = await house.organisation("alpha")
        await house.account(
            "key@alpha.example", organisation, password_hash=HASH, roles=["administrator"], language="en"
        )
        yield f"http://localhost:{port}/en/staff"


async def sign_in(page, url: str) -> None:
    await page.goto(f"{url}/sign-in")
    await page.fill("#email", "key@alpha.example")
    await page.fill("#password", PASSWORD)
    await page.click("main form button")


async def test_a_passkey_is_set_up_and_opens_the_desk(named, chromium):  # noqa: F811
    context = await chromium.new_context()
    page = await context.new_page()
    await page.set_viewport_size({"width": 320, "height": 800})
    client = await context.new_cdp_session(page)
    await client.send("WebAuthn.enable")
    await client.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})  # fmt: skip

    await sign_in(page, named)
    await page.wait_for_selector("form.passkey:visible")
    found = {"setup": await axe(page)}
    await page.click("form.passkey button")
    await page.wait_for_selector(".codes li")
    found["codes"] = await axe(page)
    await page.click("main a.kern-btn")
    await page.wait_for_url("**/staff/*")
    for name in ("people", "organisation", "account", "audit", "account/factors"):
        await page.goto(f"{named}/{name}")
        found[name] = await axe(page)
        wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, name
    await page.click("header form button")
    await page.wait_for_url("**/sign-in")
    found["sign-in"] = await axe(page)

    await sign_in(page, named)
    await page.click("form.passkey button:visible")
    await page.wait_for_url(lambda url: "sign-in" not in url)

    assert await page.locator("header .who").count() == 1
    assert {name: faults for name, faults in found.items() if faults} == {}
    await context.close()
