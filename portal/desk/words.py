"""What stands for the desk's keys: statuses, reasons, events of a chat, ways to end it, refusals."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from portal.chat.models import Message
from portal.desk.models import TEXT
from portal.i18n import N_, gettext, written_number

REASONS = {
    "asked": N_("asked for a person"),
    "offered": N_("the assistant could not help"),
    "guide": N_("from a guide"),
    "failure": N_("the assistant failed"),
    "message": N_("left a message"),
    "reopened": N_("wrote again"),
    "transferred": N_("was passed on"),
    "silent": N_("got no reply from the counsellor"),
    "away": N_("the counsellor left"),
}
ROLES = {"employer": N_("Employer"), "worker": N_("Worker")}
END_REASONS = {
    "answered": N_("Answered"),
    "passed_on": N_("Passed on to another office"),
    "no_reply": N_("The visitor does not reply"),
    "abuse": N_("Abuse"),
    "other": N_("Other reason"),
}
EVENTS = {
    "forwarded": N_("The visitor asked for a person and waits in the queue."),
    "unavailable_organisation": N_("The visitor was told that the office is closed."),
    "unavailable_agents": N_("The visitor was told that nobody is on duty."),
    "unavailable_holiday": N_("The visitor was told that the office is closed for a public holiday."),
    "kept_for_person": N_("The visitor was told that a person will read the message."),
    "taken_over": N_("%(name)s took the chat."),
    "released": N_("The chat went back to the queue."),
    "redirected": N_("The chat was passed on."),
    "continue_with_assistant": N_("The assistant goes on with the chat."),
    "ended": N_("The chat was ended."),
    "idle_warning": N_("The visitor was told that the chat will close for lack of an answer."),
    "closed_idle": N_("The chat was closed because nobody wrote."),
    "ask_permission": N_("The visitor was asked for consent."),
    "permission_accepted": N_("The visitor gave consent."),
    "permission_rejected": N_("The visitor refused consent."),
    "permission_withdrawn": N_("The visitor withdrew consent."),
    "contact_fulfilled": N_("The visitor confirmed an e-mail address."),
    "rated": N_("The visitor rated the conversation."),
}
LEFT = N_("The visitor left a message.")
SOMEBODY = N_("A colleague")
REFUSALS = {
    "taken": N_("%(name)s already has this chat."),
    "not_owner": N_("You do not have this chat, so your reply was not sent. %(name)s has it."),
    "nobody": N_("You do not have this chat, so your reply was not sent. Take it first."),
    "off_duty": N_("You are off duty. Go on duty first, then take the next chat."),
    "for_others": N_(
        "Each chat that waits is for another team or for a colleague. If one of them cannot wait, open it and take it."
    ),
    "full": N_("You have as many chats as your limit allows. End or pass on one of them first."),
    "moved": N_("The chat changed at the same moment. Please look at it and try again."),
    "ended": N_("This chat has ended. Nothing was sent."),
    "empty": N_("Please write something first. Nothing was sent."),
    "too_long": N_("At most %(most)s characters. Nothing was sent; your text is kept."),
    "other_text": N_("This was already sent with another text. Please look at the chat, then send again if needed."),
    "outdated": N_("You changed your text after it was translated. Nothing was sent; please translate it again."),
    "unknown": N_("Please choose one of the entries of the list."),
    "needs_case": N_(
        "This chat has files or a case. Pass on the case instead: that asks for the consent that is needed."
    ),
    "off": N_(
        "No translation server is set up here. Please write in the visitor's language, or use answers from the knowledge."
    ),
    "not_offered": N_(
        "The translation server does not offer this pair of languages. Nothing is lost: send your text as it is."
    ),
    "failed": N_(
        "The translation server does not answer right now. Nothing is lost: send your text as it is, or try again."
    ),
    "no_topic": N_("This topic does not exist any more."),
}
DONE = {
    "released": N_("The chat is back in the queue."),
    "returned": N_("The assistant goes on with the chat."),
    "transferred": N_("The chat was passed on."),
    "transferred_nobody": N_("The chat was passed on. Nobody is on duty there now; it waits in their queue."),
    "ended": N_("The chat was ended."),
    "saved": N_("Saved."),
    "asked": N_("The visitor was asked for consent. You see the answer in the chat."),
}


def refusal(key: str, name: str | None = "") -> str:
    """Why something was not done, a key of REFUSALS; none: no words. `name`: of the one who has the chat."""
    values = {"name": name or gettext(SOMEBODY), "most": written_number(TEXT)}
    return gettext(REFUSALS[key]) % values if key else ""


def event(message: Message) -> str:
    """A system line in the reader's language; what the visitor read, where the event has no words here."""
    name, known = message.shown.get("event") or "", message.shown.get("values") or {}
    text = EVENTS.get(name)
    if text is None:
        return message.text
    if name == "forwarded" and "place" not in known:  # nobody was there: it has no place in a queue
        text = LEFT
    values: dict[str, Any] = defaultdict(lambda: gettext(SOMEBODY), known)
    return gettext(text) % values
