"""What the visitor reads about a hand-over: one neutral line for each thing that happens, in their language."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel import dates
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.chat import service as chat
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.clock import GERMANY
from portal.i18n import N_, current, gettext, speaking, written_period

LINES = {
    "forwarded": N_(
        "A person takes over from here: %(organisation)s has been told. You are number %(place)s in the queue. "
        "You can keep writing; they will read it."
    ),
    "kept_for_person": N_("A person will read this as soon as they take the chat."),
    "unavailable_organisation": N_("%(organisation)s is closed right now."),
    "unavailable_holiday": N_("%(organisation)s is closed today because of a public holiday."),
    "unavailable_agents": N_("At %(organisation)s nobody is free to take a chat right now."),
    "taken_over": N_("You are now talking to %(name)s, %(organisation)s."),
    "released": N_("Your chat is waiting for another person at %(organisation)s; what you wrote is kept."),
    "redirected": N_("Your chat was passed on: %(organisation)s goes on with it."),
    "continue_with_assistant": N_("You are talking to the assistant again."),
    "away": N_(
        "You were away for more than %(time)s, so your place in the queue is free again. You can ask for a person "
        "at any time; until then the assistant answers."
    ),
    "ended": N_("The conversation with a person has ended."),
    "idle_warning": N_("Are you still there? Without an answer this chat ends in %(time)s."),
    "closed_idle": N_("The chat ended because nobody wrote any more. Write again, and it goes on."),
    "message": N_("Your message is stored. %(organisation)s will answer in this chat."),
    "ask_permission": N_("%(organisation)s asks for your consent. You decide; please read it below."),
    "permission_accepted": N_("You gave your consent."),
    "permission_rejected": N_("You did not give your consent. Nothing is passed on."),
    "permission_withdrawn": N_("You withdrew your consent."),
    "contact_fulfilled": N_("Your e-mail address is confirmed."),
    "rated": N_("You rated the conversation: %(stars)s of 5."),
}
NEXT = N_("Open again on %(day)s at %(time)s (German time).")
LEAVE = N_("You can leave a message: it is answered here in the chat.")
TOLD = {"closed": "unavailable_organisation", "holiday": "unavailable_holiday", "nobody": "unavailable_agents"}


def opens(at: dt.datetime) -> str:
    """When it opens next, as the reader's language writes it, in German time."""
    local, language = at.astimezone(GERMANY), current.get().cldr
    return gettext(NEXT) % {
        "day": dates.format_date(local.date(), "full", locale=language),
        "time": dates.format_time(local, "short", locale=language),
    }


def unavailable(status: str, organisation: Organisation, opens_at: dt.datetime | None) -> str:
    """The honest word that nobody comes now (`status`: closed, holiday, nobody), in the language that is spoken."""
    text = [gettext(LINES[TOLD[status]]) % {"organisation": organisation.name}]
    text += [opens(opens_at)] if opens_at else []
    return " ".join([*text, gettext(LEAVE)])


async def notice(
    session: AsyncSession, conversation: Conversation, event: str, *, moment: dt.datetime | None = None, text: str = "",
    kind: str = "notice", shown: dict[str, Any] | None = None, **values: Any,
) -> Message:  # fmt: skip
    """Store a system line. `event`: of the vocabulary; `text`: where the line is put together already; `shown`: more for the
    reader's browser, such as {"consent": {"request": id}}; `values`: of the line; a period is written in its language."""
    with speaking(conversation.language) as spoken:
        values = {k: written_period(v) if isinstance(v, dt.timedelta) else v for k, v in values.items()}
        draft = Draft(kind, text or gettext(LINES[event]) % values, spoken.tag)
    draft.shown = {
        "event": {"message": "forwarded", "away": "continue_with_assistant"}.get(event, event),
        "values": values,
    }
    draft.shown |= shown or {}
    return await chat.add(session, conversation, draft, "system", **({"at": moment} if moment else {}))


async def nobody_there(
    session: AsyncSession, conversation: Conversation, status: str, organisation: Organisation,
    opens_at: dt.datetime | None, moment: dt.datetime,
) -> Message:  # fmt: skip
    """A line that says honestly that nobody comes now, and when."""
    with speaking(conversation.language):
        text = unavailable(status, organisation, opens_at)
    at = opens_at.isoformat() if opens_at else None
    return await notice(
        session, conversation, TOLD[status], moment=moment, text=text, organisation=organisation.name, opens_at=at
    )
