"""What cases, their timeline and their refusals are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.cases.models import CaseEvent
from portal.consents import purposes
from portal.i18n import N_, gettext

STATUSES = {
    "new": N_("New"),
    "active": N_("In progress"),
    "waiting": N_("Waiting"),
    "done": N_("Done"),
    "closed": N_("Closed"),
}
KINDS = {"worker": N_("Person"), "employer": N_("Company"), "both": N_("Person and company")}
PARTS = {
    "employer_contact": N_("Contact of the employer"),
    "applicant_work": N_("Works with the applicant"),
    "helper": N_("Helps"),
}
FIELDS = purposes.STAFF_FIELDS | {
    "kind": N_("About"),
    "topic": N_("Topic"),
    "state": N_("Federal state"),
    "occupation": N_("Occupation"),
    "country": N_("Country"),
    "language": N_("Language"),
    "concern": N_("Concern"),
}
PURPOSES = purposes.STAFF_PURPOSES
REASONS = {
    "solved": N_("The concern is settled"),
    "passed_on": N_("Another body goes on with it"),
    "no_reply": N_("The person can no longer be reached"),
    "not_wanted": N_("The person does not want to go on"),
    "duplicate": N_("There is another case for this"),
}
TASKS = {
    "consent_withdrawn": N_("A consent was withdrawn: stop using the data that was passed on and delete your copies"),
}
EVENTS = {
    "opened": N_("Case opened"),
    "changed": N_("Changed: %(fields)s"),
    "status": N_("Status: %(was)s → %(now)s"),
    "assigned": N_("Owner: %(owner)s; deputy: %(deputy)s"),
    "note_added": N_("Note written"),
    "task_added": N_("Task set, due: %(day)s"),
    "task_done": N_("Task done"),
    "task_undone": N_("Task open again"),
    "task_cancelled": N_("Task cancelled"),
    "part_begun": N_("%(organisation)s takes part: %(part)s"),
    "part_ended": N_("%(organisation)s no longer takes part: %(part)s"),
    "forward_sent": N_("Forwarded to %(to)s, due: %(due)s"),
    "referral_sent": N_("%(to)s asked to take part, due: %(due)s"),
    "transfer_seen": N_("%(to)s confirmed that the transfer has arrived"),
    "transfer_accepted": N_("%(to)s accepted"),
    "transfer_answered": N_("%(to)s answered without taking the case over"),
    "transfer_returned": N_("%(to)s returned the case: %(why)s"),
    "transfer_revoked": N_("The transfer to %(to)s was revoked"),
    "transfer_stopped": N_("The transfer to %(to)s was stopped: the consent was withdrawn"),
    "transfer_reminded": N_("%(to)s was reminded"),
    "transfer_escalated": N_("The period is over; those who lead %(to)s were told"),
    "transfer_escalated_nobody": N_("The period is over; at %(to)s nobody is there who could be told"),
    "responsible": N_("Responsible: %(was)s → %(now)s"),
    "consent_withdrawn": N_("A consent to %(to)s was withdrawn"),
    "names_taken": N_("Taken over with consent: %(fields)s"),
    "chat_deleted": N_("The chat was deleted; the case stays"),
    "erased": N_("Contents erased; the record of transfers stays"),
}
OWN = ("note_added", "task_added", "task_done", "task_undone", "task_cancelled", "assigned")  # nobody else's business
RETURNS = {
    "not_competent": N_("we are not responsible for this"),
    "other_state": N_("another federal state is responsible"),
    "incomplete": N_("something needed is missing"),
    "no_capacity": N_("we have no room at the moment"),
    "other": N_("another reason"),
}
CLOCK = {
    "sent": N_("Sent"),
    "seen": N_("Arrival confirmed"),
    "remind": N_("Reminder"),
    "due": N_("Due"),
    "escalated": N_("Escalation"),
    "decided": N_("Decision"),
    "revoked": N_("Revoked"),
}
TRANSFERS = {
    "sent": N_("waits for a decision"),
    "accepted": N_("accepted"),
    "returned": N_("returned"),
    "answered": N_("answered without taking over"),
    "revoked": N_("revoked"),
}
TRANSFER_KINDS = {"forward": N_("Forward: the case is to be theirs"), "referral": N_("Referral: they are to take part")}
BASES = {
    "consent": N_("Consent of the person"),
    "task_35": N_("Shared for a task between bodies under § 35 SGB I; no transfer to third parties"),
}
RULES = {"elapsed": N_("%(amount)s hours"), "working": N_("%(amount)s working days of the federal state")}
REFUSALS = {
    "changed": N_("Somebody else has changed this case in the meantime. Nothing of yours was stored yet; please compare and send it again."),
    "closed": N_("This case is closed. Reopen it first."),
    "erased": N_("The contents of this case were erased."),
    "no_step": N_("This step is not possible from the present status."),
    "pending": N_("A transfer of this case is not decided yet. Wait for the decision or revoke it first."),
    "open_tasks": N_("There are open tasks. Finish or cancel them first."),
    "why": N_("Please choose a reason."),
    "kind": N_("Please choose whom the case is about."),
    "unknown_value": N_("Please choose one of the values on offer."),
    "too_long": N_("This text is too long."),
    "empty": N_("Please write something."),
    "unconfirmed": N_("Please check the summary and confirm it."),
    "no_such_day": N_("This day does not exist."),
    "past_day": N_("This day is over. Please choose today or a later day."),
    "not_staff": N_("Please choose somebody of your organisation."),
    "other_content": N_("This form was sent before with other contents. Please open it anew."),
    "has_case": N_("There is a case for this chat already."),
    "not_responsible": N_("Only the responsible organisation can do this."),
    "receiver": N_("This organisation cannot receive cases at the moment."),
    "pending_here": N_("A transfer to this organisation is not decided yet."),
    "pending_forward": N_("This case is being forwarded already."),
    "takes_part": N_("This organisation takes part in this case already."),
    "no_consent": N_("Without a valid consent for this organisation and purpose and these data nothing is passed on."),
    "decided": N_("This transfer was decided or revoked in the meantime."),
    "moved": N_("Another organisation is responsible for the case by now."),
}  # fmt: skip


def say(words: Mapping[str, str], key: str | None) -> str:
    """A word by its key; an unknown key says itself."""
    return gettext(words[key]) if key is not None and key in words else (key or "–")


def task_title(title: str) -> str:
    return say(TASKS, title)


def line(event: CaseEvent, organisations: Mapping[str, str], people: Mapping[int, str], day: Any, time: Any) -> str:
    """What an event says. `organisations`, `people`: names by id; `day`, `time`: how dates and times are written."""
    values = dict(event.values)
    if event.what == "status":
        values |= {k: say(STATUSES, values[k]) for k in ("was", "now")}
    elif event.what == "responsible":
        values |= {k: organisations.get(values[k], values[k]) for k in ("was", "now")}
    values |= {k: organisations.get(values[k], values[k]) for k in ("to", "organisation") if k in values}
    values |= {k: people.get(values[k], "–") for k in ("owner", "deputy") if k in values}
    if "fields" in values:
        values["fields"] = ", ".join(say(FIELDS, f) for f in values["fields"])
    if "part" in values:
        values["part"] = say(PARTS, values["part"])
    if "why" in values:
        values["why"] = say(RETURNS, values["why"])
    if "day" in values:
        values["day"] = day(values["day"]) if values["day"] else "–"
    if "due" in values:
        values["due"] = time(values["due"])
    return say(EVENTS, event.what) % values if event.what in EVENTS else event.what
