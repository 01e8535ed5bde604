"""The page of one chat, and of the queue beside it; every route of the desk shows its answer through here."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from babel import dates
from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from locales.languages import LANGUAGES, Language
from portal.clock import GERMANY, now
from portal.desk import answers, canned, lines, queue, reading, transcript, words
from portal.desk.checking import MOST_BYTES
from portal.i18n import N_, current, gettext
from portal.numbers import whole
from portal.web.staff.door import Here
from portal.web.staff.pages import staff_page


def tongue(tag: str) -> Language:
    """A language as it calls itself."""
    return LANGUAGES.get(tag) or Language(tag, tag, "en")


def said(by_key: dict[str, str]) -> dict[str, str]:
    """Words in the reader's language, by key."""
    return {key: gettext(text) for key, text in by_key.items()}


def waited(minutes: int) -> str:
    """A time of waiting in minutes, hours or days."""
    if minutes < 60:
        return gettext(N_("%(n)s min")) % {"n": minutes}
    if minutes < 60 * 24:
        return gettext(N_("%(n)s h")) % {"n": minutes // 60}
    return gettext(N_("%(n)s d")) % {"n": minutes // (60 * 24)}


def clock(moment: dt.datetime) -> str:
    """The time of day in Germany; with the date, if it is another day."""
    local, cldr = moment.astimezone(GERMANY), current.get().cldr
    time = dates.format_time(local, "short", locale=cldr)
    today = local.date() == now().astimezone(GERMANY).date()
    return time if today else f"{dates.format_date(local.date(), 'short', locale=cldr)} {time}"


async def beside(request: Request, session: Any, here: Here) -> dict[str, Any]:
    """What the queue's template needs."""
    team = whole(request.query_params.get("team", ""))
    shown = whole(request.query_params.get("show", "")) or queue.SHOWN
    library, day, language = request.app.state.live.edition.library, dt.date.today(), current.get().tag
    found = await queue.load(session, here.account, team, shown)
    chat = request.path_params.get("id_") or request.query_params.get("chat", "")
    listed = {row.chat for row in (*found.waiting, *found.left, *found.own, *found.colleagues)}
    return {
        "open_chat": chat if chat in listed else "",
        "queue": found, "moment": now(), "tongue": tongue, "waited": waited, "reasons": said(words.REASONS), "roles": said(words.ROLES),
        "topic_title": lambda topic: lines.title(topic, language, library, day),
        "state_name": lambda state: lines.state_name(state, language, library),
        "own_path": f"/{language}/staff", "done": words.DONE.get(request.query_params.get("done", "")),
    }  # fmt: skip


def partial(request: Request) -> bool:
    return "hx-request" in request.headers


async def chat_page(
    request: Request, here: Here, chat: str, status: int = 200, *, refusal: str = "", name: str = "", **kept: Any
) -> HTMLResponse:
    """The chat; `refusal` is a key of words.REFUSALS; `kept`: what was written and not sent, so that nothing is lost."""
    state, language, day = request.app.state, current.get().tag, dt.date.today()
    library = state.live.edition.library
    most = transcript.ALL if request.query_params.get("all") else transcript.RECENT
    reader = state.readers
    async with state.database.read() as session:
        try:
            talk = await transcript.load(session, here.account, chat, most=most)
        except transcript.NotHere:
            raise HTTPException(404) from None
        translated = await reading.chosen(session, here.account, talk.conversation, language)
        known = await reading.stored(session, chat, language) if translated and reader.translator.on else {}
        replies = await canned.of(session, here.account) if talk.mine(here.account) else []
        others = await transcript.names(session, here.account, state.presence.lookers(chat))
        values = {} if partial(request) else await beside(request, session, here)
    if translated:
        known = known | answers.published(talk.messages, language, library, day)
    owner = lines.owner_line(talk, here.account)
    if translated and reader.translator.on and talk.open:
        reader.fetch(chat, language, reading.wanted(talk.messages, language, known))
    if owner == "mine" and not refusal and request.method == "GET":
        await seen(request, talk)
    spoken = talk.conversation.language
    refused = words.refusal("ended" if refusal == "nobody" and not talk.open else refusal, name)
    values |= {
        "talk": talk, "owner": owner, "lines": lines.lines(talk, known, language, library, day), "refused": refused,
        "guide": lines.guide_so_far(talk, language, library, day), "others": others,
        "typing": talk.open and state.presence.types(chat, "visitor"), "theirs": tongue(spoken), "tongue": tongue,
        "translated": translated, "translator_on": reader.translator.on,
        "translation_failed": translated and reader.failed(chat, language),
        "canned": [(c, *canned.text_for(c, spoken, language)) for c in replies], "end_reasons": words.END_REASONS,
        "message_id": secrets.token_urlsafe(12), "reasons": said(words.REASONS), "roles": said(words.ROLES), "moment": now(),
        "waited": waited, "own_path": f"/{language}/staff", "files": MOST_BYTES if here.organisation.files else 0,
        "topic_title": lambda topic: lines.title(topic, language, library, day),
        "state_name": lambda s: lines.state_name(s, language, library),
        "text": "", "note": "", "translation": "", "original": "", "missing": (), "clock": clock, "found": None, "question": "", "lost": "",
    } | kept  # fmt: skip
    template = "staff/_chat.html" if partial(request) else "staff/chat.html"
    return staff_page(request, template, here, status, **values)


async def seen(request: Request, talk: transcript.Talk) -> None:
    """The counsellor who has the chat looks at it: the visitor learns that it was read (scenario 24)."""
    seq = talk.conversation.last_seq
    if talk.conversation.staff_read >= seq:
        return
    async with request.app.state.database.write() as session:
        changed = await transcript.mark_read(session, talk.conversation, seq)
        await session.commit()
    if changed:
        request.app.state.bus.wake(f"visitor:{talk.conversation.id}")


def back(request: Request, path: str) -> RedirectResponse:
    """On to a page of the desk after a form (303)."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/staff/{path}", 303)
