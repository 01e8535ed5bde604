"""Who may open what: every route of the staff rooms has a right, and every role gets what the matrix says (SEC-B01, B10, B13, B14)."""

from __future__ import annotations

import http.client

import pytest
from fastapi.routing import iter_route_contexts

from portal import access
from portal.accounts.people import ROLES
from tests.accounts.steps import browser

OPEN = {  # (method, path) for people who are not signed in yet
    ("GET", "/staff/sign-in"), ("POST", "/staff/sign-in"), ("GET", "/staff/sign-in/second"),
    ("POST", "/staff/sign-in/second"), ("POST", "/staff/sign-in/demo"), ("GET", "/staff/sign-in/oidc"),
    ("GET", "/staff/sign-in/oidc/back"), ("GET", "/staff/invitation/{token}"), ("POST", "/staff/invitation/{token}"),
    ("GET", "/staff/reset"), ("POST", "/staff/reset"), ("GET", "/staff/reset/{token}"), ("POST", "/staff/reset/{token}"),
}  # fmt: skip
FRESH = {"/staff/account/factors"}  # 403 for demo people and after ten minutes only
# Section 3.8 of the trust model, for the rooms of this house: who may open a page at all.
MATRIX = {
    "queue": {"counsellor", "team_lead"}, "chats": {"counsellor", "team_lead"}, "cases": {"counsellor", "team_lead"},
    "transfers": {"counsellor", "team_lead"}, "figures": {"team_lead", "administrator", "auditor"},
    "people": {"administrator", "auditor"}, "organisation": {"administrator"}, "audit": {"administrator", "auditor"},
    "account": set(ROLES), "": set(ROLES),
}  # fmt: skip


def rights_of(dependant) -> set[str]:
    """The rights that a route's dependencies ask for."""
    own = getattr(dependant.call, "right", None)
    return ({own} if own else set()).union(*(rights_of(d) for d in dependant.dependencies))


def staff_routes(app) -> list[tuple[str, str, set[str]]]:
    """(method, path, rights) of every staff route, however deep its router is nested."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = getattr(context, "path", "") or ""
        if not path.startswith("/staff"):
            continue
        route = getattr(context, "original_route", None) or context
        for method in sorted(set(context.methods or ()) - {"HEAD"}):
            found.append((method, path, rights_of(route.dependant)))
    return found


async def test_sec_b01_every_staff_route_has_a_right_or_is_known_as_open(house):
    routes = staff_routes(house.app)
    by_path = {(method, path): rights for method, path, rights in routes}
    assert len(by_path) > 25 and by_path["GET", "/staff/people"] == {"people.read"}  # the walk sees something
    assert by_path["POST", "/staff/people/{person_id}/status"] == {"people.write"}

    assert {key for key, rights in by_path.items() if not rights} == OPEN & set(by_path)
    assert all(key in by_path for key in OPEN)


async def test_sec_b01_the_rights_agree_with_the_matrix(house):
    for method, path, rights in staff_routes(house.app):
        room = path.split("/")[2] if path.count("/") > 1 else ""
        for right in rights if room in MATRIX else ():
            assert access.rights()[right] <= MATRIX[room], (method, path, right)


async def test_sec_b01_every_right_opens_something(house):
    assert set(access.rights()) == set().union(*(rights for _, _, rights in staff_routes(house.app)))


@pytest.mark.parametrize("role", [None, *ROLES])
async def test_sec_b01_b10_each_role_opens_what_it_may(house, role):
    client = browser(house)
    if role:
        client = await house.enter(await house.account(f"{role}@b01.example", house.alpha, roles=[role]))
    tried = 0
    for method, path, rights in staff_routes(house.app):
        if method != "GET" or "{" in path or not rights or path.endswith("/events"):
            continue
        status = (await client.get(f"/en{path}")).status_code
        allowed = role and all(role in access.rights()[right] for right in rights)
        wanted = {303} if role is None else {200, 303} if allowed else {403}
        assert status in wanted or (allowed and path not in FRESH and status in (204, 404, 422)), (path, role, status)
        tried += 1
    assert tried >= 7


async def test_sec_b01_each_role_changes_what_it_may(house):
    """Forms without content: refused with 403 before anything is read, for those who lack the right."""
    for role in ROLES:
        client = await house.enter(await house.account(f"{role}@b01post.example", house.alpha, roles=[role]))
        for method, path, rights in staff_routes(house.app):
            if method in ("GET", "HEAD") or not rights or all(role in access.rights()[r] for r in rights):
                continue
            url = "/en" + path.replace("{person_id}", "1")
            url = "/".join("1" if part.startswith("{") else part for part in url.split("/"))
            status = (await client.request(method, url)).status_code
            assert status == 403 or (status == 422 and "{" in path), (role, method, path, status)


async def test_sec_b13_wrong_methods_are_refused(house):
    client = await house.enter(await house.account("b13@alpha.example", house.alpha, roles=["administrator"]))
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert (await client.request(method, "/en/staff/people")).status_code == 405


@pytest.mark.parametrize("path", ["//staff/people", "/en//staff/people", "/en/staff/people/", "/en/Staff/people", "/en/staff%2fpeople",
                                  "/en/x/../staff/people", "/en/./staff/people", "/EN/staff/people", "/en/staff/./people",
                                  "/en/static/../staff/people", "/static/../en/staff/people"])  # fmt: skip
async def test_sec_b14_odd_addresses_open_nothing(house, path):
    url = house.client.base_url
    connection = http.client.HTTPConnection(url.host, url.port, timeout=10)
    import asyncio

    def get() -> int:
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", f"{url.host}:{url.port}/en/staff/sign-in")
        connection.endheaders()
        return connection.getresponse().status

    assert await asyncio.to_thread(get) != 200
    connection.close()
