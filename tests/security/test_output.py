"""What people write is text, wherever it is shown: pages in a real browser, mails, files, logs, searches (SEC-D)."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from sqlmodel import col, select, update

from portal.accounts.models import Account, Organisation, Team
from portal.cases.models import CaseFile, CaseNote, Party, Task
from portal.chat import service as chats
from portal.chat.drafts import Draft
from portal.chat.models import Conversation
from portal.chat.service import hashed
from portal.chat.text import clean
from portal.clock import now
from portal.consents.links import token
from portal.consents.models import Consent, ConsentText
from portal.desk.models import Canned, File, Note
from portal.handover.models import Handover
from portal.mail.models import Mail
from portal.referrals.models import Transfer
from tests.people import COOKIE
from tests.security.scene import CANARY, routes

PAYLOADS = [*(Path(__file__).with_name("payloads.txt").read_text(encoding="utf-8").splitlines()), "</script>\u2028alert(1)\u2029//", "'\";</q>"]  # fmt: skip
MARK = "MARKED"
ALL = MARK + " " + "\n".join(PAYLOADS)  # SQLite keeps more than the columns say: every field holds them all
# What none of our pages has, but a payload that came alive would.
ALIVE = """() => {
  const found = [], roots = [document];
  for (const root of roots) for (const e of root.querySelectorAll("*")) {
    if (e.shadowRoot) roots.push(e.shadowRoot);
    const link = e.matches("a[href^='https://'][rel~=noopener][rel~=noreferrer][rel~=nofollow]") && e.textContent.startsWith("https://canary");
    for (const a of link ? [] : e.attributes) {  // a link in a message is one, with its host in sight (SEC-D04)
      if (/^on|^hx-on|^data-hx-on/i.test(a.name)) found.push(e.outerHTML.slice(0, 120));
      if (/^(href|src|action|formaction|data|poster|ping|srcdoc|xlink:href|hx-get|data-hx-get|style|http-equiv)$/i.test(a.name)
          && /canary|^\\s*j\\s*a\\s*v\\s*a\\s*s|^data:text/i.test(a.value)) found.push(e.outerHTML.slice(0, 120));
    }
    if (/^(iframe|object|embed|base|marquee|math|keygen|video|audio|frame)$/i.test(e.tagName)) found.push(e.outerHTML.slice(0, 120));
  }
  return found;
}"""


def test_sec_d01_there_are_enough_payloads():
    assert len(set(PAYLOADS)) >= 60


@contextlib.asynccontextmanager
async def watched(
    chromium, place, cookies: dict[str, str] | None = None, **options
) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page on which everything that should not happen is written down."""
    base = str(place.client.base_url).rstrip("/")
    context = await chromium.new_context(base_url=base, **options)
    wrong: list[str] = []
    if cookies:
        await context.add_cookies([{"name": k, "value": v, "url": base} for k, v in cookies.items()])
    await context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )

    async def dialog(found) -> None:
        wrong.append(f"dialog {found.message}")
        await found.dismiss()

    page = await context.new_page()
    page.on("dialog", dialog)
    page.on("pageerror", lambda e: wrong.append(f"error {e}"))
    page.on(
        "request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else wrong.append(f"request {r.url}")
    )
    page.on(
        "console", lambda m: wrong.append(m.text) if "CSP" in m.text or "Content Security Policy" in m.text else None
    )
    yield page, wrong
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def poisoned(place) -> AsyncIterator[object]:
    """Alpha's world, with all payloads in every field that a person writes."""
    alpha, moment = place.alpha, now()
    async with place.database.write() as session:

        async def fields(table, where, **values):
            await session.exec(update(table).where(where).values(**values))

        own = col(Account.organisation_id) == "alpha"
        await fields(Organisation, col(Organisation.id).in_(("alpha", "gamma")), name=ALL)
        await fields(Account, own, name=ALL, shown_name=ALL)
        await fields(Team, col(Team.organisation_id) == "alpha", name=ALL)
        await fields(Canned, col(Canned.organisation_id) == "alpha", title=ALL, texts={"en": ALL, "de": ALL})
        await fields(Note, col(Note.organisation_id) == "alpha", text=ALL)
        await fields(File, col(File.id) == alpha.ids["file"], name=ALL)
        case = col(CaseFile.id) == alpha.ids["case"]
        await fields(CaseFile, case, concern=ALL, topic=ALL, state=ALL, occupation=ALL, country=ALL)
        of_case = {t: col(t.case_id) == alpha.ids["case"] for t in (CaseNote, Task, Party, Transfer)}
        await fields(CaseNote, of_case[CaseNote], text=ALL)
        await fields(Task, of_case[Task], title=ALL)
        await fields(Party, of_case[Party], name=ALL, email=ALL, phone=ALL, company=ALL)
        await fields(Transfer, of_case[Transfer], message=ALL, answer=ALL)
        await fields(Handover, col(Handover.organisation_id) == "alpha", rating_comment=ALL, topic=ALL)
        await fields(ConsentText, col(ConsentText.organisation_id) == "alpha", text="\n".join(f"[{p}]\n{ALL}" for p in ("purpose", "refusal", "withdrawal")))  # fmt: skip
        for id_ in alpha.ids["consents"]:
            await fields(
                Consent,
                col(Consent.id) == id_,
                given={"name": ALL, "email": ALL},
                withdraw_hash=hashed(token("secret", id_)),
            )
        await fields(
            Handover, col(Handover.conversation_id) == alpha.chats["waiting"], status="message", reason="message"
        )  # left
        for id_ in alpha.chats.values():
            conversation = await session.get_one(Conversation, id_)
            conversation.page = ALL
            for text in PAYLOADS if id_ == alpha.chats["taken"] else (ALL,):
                await chats.add(session, conversation, Draft("text", text, "en"), "visitor", at=moment)
            shown = {"name": ALL, "original": {"language": "de", "text": ALL}}
            await chats.add(session, conversation, Draft("text", ALL, "en", shown=shown), "staff", at=moment)
            told = {"id": alpha.ids["file"], "name": ALL, "type": "application/pdf", "size": 4}
            await chats.add(session, conversation, Draft("file", ALL, "en", shown={"file": told}), "visitor", at=moment)
            await chats.add(
                session,
                conversation,
                Draft("notice", ALL, "en", shown={"event": "ended", "values": {"name": ALL}}),
                "system",
                at=moment,
            )
            asked = {"consent": {"request": (await session.get_one(Consent, alpha.ids["consents"][0])).request}}
            await chats.add(session, conversation, Draft("consent", ALL, "en", shown=asked), "system", at=moment)
        ended = col(Handover.conversation_id) == alpha.chats["ended"]
        await fields(Handover, ended, ended_at=moment)
        await session.commit()
    yield place


async def test_sec_d01_d05_d06_what_people_wrote_is_text_on_every_page_of_the_desk(poisoned, chromium):
    alpha = poisoned.alpha
    boss = await poisoned.account(
        "boss-d01@alpha.example", alpha.organisation, roles=["administrator", "counsellor", "team_lead", "auditor"]
    )
    for account in (alpha.anna, boss):
        client, shown = await poisoned.enter(account), 0
        async with watched(chromium, poisoned, {COOKIE: client.cookies[COOKIE]}) as (page, wrong):
            paths = [
                url
                for method, path, _ in routes(poisoned, "GET")
                for url in alpha.filled(path)
                if "." not in path and "/file" not in path
            ]
            for chat in (alpha.chats["waiting"], alpha.chats["ended"]):  # the forms look the same
                paths = [p for p in paths if f"{chat}/" not in p]
            if account is boss:  # has no chat and cannot do more than Anna with the rest
                paths = [p for p in paths if re.search(r"people|organisation|audit|figures|consents|account$", p)]
            query = "?q=" + re.sub(r"[^ -~]", "", PAYLOADS[13]).replace("#", "%23").replace("&", "%26")
            paths += [f"/en/staff/cases{query}", f"/en/staff/transfers?which={PAYLOADS[5]}", f"/en/staff/figures?by={PAYLOADS[9]}",
                      f"/en/staff/queue?done={PAYLOADS[9]}", f"/en/staff/sign-in?next={PAYLOADS[5]}"]  # fmt: skip
            paths += [f"{p}{query}" for p in paths if p.endswith("/answers")]
            for path in paths:
                answer = await page.goto(path, wait_until="domcontentloaded")
                assert answer and answer.status in (200, 403, 404), (path, answer and answer.status)
                assert await page.evaluate(ALIVE) == [], path
                text = await page.content()
                shown += MARK in text
                assert MARK not in text or ("JINJAJINJA" not in text and "{{7*7}}" in text and "%(name)s %s" in text), (
                    path
                )
                assert wrong == [], (path, wrong)
        assert shown > (15 if account is alpha.anna else 3), shown


async def test_sec_d01_what_people_wrote_is_text_for_the_visitor_too(poisoned, chromium):
    place, alpha = poisoned, poisoned.alpha
    visitor = alpha.visitors["taken"]
    talk = {"id": visitor.path.rsplit("/", 1)[1], "token": visitor.headers["authorization"].split()[1]}
    async with watched(chromium, place) as (page, wrong):
        await page.goto("/en/chat")
        key = "wegweiser-chat"
        begun = await place.client.get(f"{visitor.path}/messages", headers=visitor.headers)
        saved = {**talk, "language": "en", "epoch": begun.json()["epoch"], "origin": str(place.client.base_url)}
        await page.evaluate("([k, v]) => sessionStorage.setItem(k, v)", [key, json.dumps(saved)])
        await page.reload()
        await expect(page.locator("wegweiser-chat [data-seq]").nth(len(PAYLOADS))).to_be_attached(timeout=15_000)
        assert await page.evaluate(ALIVE) == []
        said = await page.evaluate("document.querySelector('wegweiser-chat').shadowRoot.textContent")
        assert sum(p.split("\u2028")[0] in said for p in PAYLOADS) > 60 and MARK in said
        for id_ in alpha.ids["consents"]:
            await page.goto(f"/en/consents/{token('secret', id_)}")
            assert MARK in await page.content() and await page.evaluate(ALIVE) == []
        for path in ("/en/ask?q=", "/en/topics?q=", "/en/chat?page=", "/en/x"):
            await page.goto(path + PAYLOADS[13])
            assert await page.evaluate(ALIVE) == []
        assert wrong == [], wrong


async def test_sec_d01_mails_hold_it_as_text_only(poisoned):
    from portal.mail.letters import letter

    visitor = poisoned.alpha.visitors["taken"]
    assert (await visitor.client.post(f"{visitor.path}/transcript", headers=visitor.headers)).status_code == 202
    async with poisoned.database.read() as session:
        mails = (await session.exec(select(Mail).where(col(Mail.key).startswith("transcript")))).all()
    made = [letter(m, "wegweiser@portal.example") for m in mails if MARK in m.body]
    assert made
    for message in made:
        kinds = {part.get_content_type() for part in message.walk() if not part.is_multipart()}
        assert kinds == {"text/plain"} and PAYLOADS[0] in message.get_content()


# -- SEC-D10: types and names of every representation ------------------------------------------------------------------------


async def test_sec_d10_every_answer_says_what_it_is(place):
    alpha = place.alpha
    anna = await place.enter(alpha.anna)
    lead = await place.enter(
        await place.account("d10@alpha.example", alpha.organisation, roles=["administrator", "auditor", "team_lead"])
    )
    kinds = set()
    visitor = alpha.visitors["taken"]
    api = [
        (visitor.client, f"{visitor.path}/{end}", visitor.headers)
        for end in ("messages", "consents", f"files/{alpha.ids['file']}")
    ]
    api += [(place.client, path, {}) for path in ("/en", "/en/chat", "/nothing", "/api/nothing", "/healthz", "/static/app.css", "/static/desk.js",
                                                  "/api/chat/strings", "/en/consents/x", "/favicon.ico")]  # fmt: skip
    desk = [(c, url, {}) for c in (anna, lead) for _, path, _ in routes(place, "GET") for url in alpha.filled(path)]
    for client, url, headers in [*api, *desk]:
        answer = await client.get(url, headers=headers)
        kind = answer.headers.get("content-type", "")
        if answer.status_code in (303, 307, 308, 304) or not answer.content:
            continue
        assert answer.headers["x-content-type-options"] == "nosniff", url
        assert kind.partition(";")[0] in TYPES, (url, kind)
        if kind.startswith("text/"):
            assert "charset=utf-8" in kind.lower(), (url, kind)
        if "/staff" in url and answer.status_code == 200:
            assert "no-store" in answer.headers.get("cache-control", ""), url
        if kind.startswith("text/html"):
            assert "default-src 'none'" in answer.headers["content-security-policy"], url
        elif "/staff" in url or "/files/" in url:
            assert (
                answer.headers.get("content-disposition", "").startswith("attachment; filename=")
                or kind == "application/json"
            ), url
        kinds.add(kind.partition(";")[0])
    assert kinds >= {"text/html", "text/csv", "application/pdf", "application/json"}


TYPES = {"text/html", "text/css", "text/javascript", "application/json", "text/csv", "text/plain", "application/pdf",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "image/svg+xml", "image/x-icon", "image/vnd.microsoft.icon"}  # fmt: skip


# -- SEC-D11: odd values ------------------------------------------------------------------------------------------------------

ODD = ["'", '"', "%", "_", "\\", "' OR 1=1--", "%' OR '1'='1", ";DROP TABLE account;--", "*", "(", "[", "-1", "0", "999999999999999999999", "1e9",
       "0x10", "\u0661\u0662", "\u202e", "\U0001f468\u200d\U0001f469", "a" * 900, "\ud7ff", "..", "null", "[]", "{}", "NaN", "9999-99-99", "-", "+", "W-", "W-2026-",
       "w-2026-%"]  # fmt: skip
NAMES = (
    "q",
    "page",
    "sort",
    "order",
    "whose",
    "status",
    "topic",
    "state",
    "due",
    "which",
    "by",
    "from",
    "to",
    "days",
    "team",
    "show",
    "before",
    "chat",
    "done",
    "all",
)


@pytest.mark.parametrize(
    "path",
    ["queue", "cases", "transfers", "figures", "figures.csv", "figures.xlsx", "audit", "people", "canned", "cases/new"],
)
async def test_sec_d11_odd_values_of_a_search_are_values(place, path):
    account = await place.account(f"d11-{path.replace('/', '')}@beta.example", place.beta.organisation,
                                  roles=["counsellor", "team_lead", "administrator"])  # fmt: skip
    client = await place.enter(account)
    for value in ODD:
        answer = await client.get(f"/en/staff/{path}", params=dict.fromkeys(NAMES, value))
        assert answer.status_code in (200, 422) or (path == "cases/new" and answer.status_code == 404), (
            value,
            answer.status_code,
        )
        assert CANARY not in answer.text and "Traceback" not in answer.text and "sqlite" not in answer.text.lower()
    for query in ("%00", "q=%00", "q=%ff%fe", "page=1&page=2", "q[]=1", "=", "&&&", "q=%", "org_id=alpha&org_id=beta"):
        answer = await client.get(f"/en/staff/{path}?{query}")
        assert answer.status_code in (200, 400, 422), (query, answer.status_code)
    for id_ in ("'", "%25", "..%2f..", "%00", "99999999999999999999", "-1", "W-2026-%25"):
        for room in ("chats", "cases", "transfers", "canned", "people", "consents"):
            answer = await client.get(f"/en/staff/{room}/{id_}")
            assert answer.status_code in (303, 400, 403, 404, 422), (room, id_, answer.status_code)


# -- SEC-D09, D12, G12: logs, worst cases -------------------------------------------------------------------------------------

LOGGING = """
import logging, structlog
from portal.logs import configure
configure()
evil = "x\\r\\n{\\"level\\": \\"error\\"}\\x1b[31mred\\x1b[0m\\u2028"
structlog.get_logger("a").warning("tried", agent=evil, path=evil)
logging.getLogger("uvicorn.error").warning("agent %s", evil)
structlog.get_logger("a").warning("told", email="canary@person.example", token="CANARY", text="CANARY")
try:
    raise ValueError(evil)
except ValueError:
    logging.getLogger("x").exception("failed")
"""


def test_sec_d09_an_event_is_one_line_whatever_it_holds():
    done = subprocess.run([sys.executable, "-c", LOGGING], capture_output=True, timeout=60, check=True)  # noqa: S603
    lines = done.stderr.decode().split("\n")[:-1]
    assert len(lines) == 4 and b"\x1b" not in done.stderr and b"\r" not in done.stderr
    assert all(json.loads(line)["level"] in ("warning", "error") for line in lines)
    assert "CANARY" not in lines[2] and "canary@" not in lines[2]


async def test_sec_d09_g12_an_error_of_the_database_tells_no_values(place):
    async with place.database.write() as session:
        session.add(Team(organisation_id="nowhere", name="CANARY of an error"))
        with pytest.raises(Exception, match="FOREIGN KEY") as failed:
            await session.flush()
    assert "CANARY" not in str(failed.value)


WORST = ["a" * 10_000, "\u0301" * 10_000, ("a" + "\u0301" * 9) * 1000, "\n" * 10_000, "\n\n\n \n" * 2000, "W-" * 5000, "1" * 10_000, "[" * 10_000,
         "{from}" * 1700, "@" * 10_000, "a@" * 5000, "a." * 5000 + "@", " " * 10_000, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 5000]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WORST)))
def test_sec_d12_patterns_are_quick_in_the_worst_case(number):
    from portal.cases.numbers import searched
    from portal.consents import texts
    from portal.desk.checking import Refused, examine
    from portal.logs import redact
    from portal.mail.addresses import Implausible, plausible

    def quietly(what, *args) -> None:
        with contextlib.suppress(Implausible, Refused, ValueError):
            what(*args)

    text, moment = WORST[number], now()
    works = [(clean, text), (searched, text, moment), (plausible, text), (texts.parts, text), (texts.filled, text, "a", ["b"], ["c"], "en"),
             (redact, None, "", {"x": text}), (examine, text + ".pdf", b"x")]  # fmt: skip
    for what, *args in works:
        took = []
        for _ in range(3):
            began = time.perf_counter()
            quietly(what, *args)
            took.append(time.perf_counter() - began)
        assert min(took) < 0.05, (what.__name__, min(took))
