"""Notices to staff: something is there, and a link to it; no names and no social data in a mail (PRV-33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.i18n import N_, gettext, interface, speaking
from portal.mail.outbox import post


class Notice(NamedTuple):
    """`always`: about the account's own safety, or a rule between organisations; it
    cannot be switched off. Words may hold `%(number)s` of a case and the like.
    `label`: what this kind is called in a list; empty: as the subject."""

    subject: str
    text: str
    always: bool = False
    label: str = ""

    @property
    def name(self) -> str:
        return self.label or self.subject


MAY_TELL = {"number", "due", "minutes", "count", "organisation"}  # the only values a notice takes

NOTICES: dict[str, Notice] = {
    "chat_waiting": Notice(N_("A chat is waiting"), N_("Somebody waits in your queue and has no answer yet.")),
    "chat_overdue": Notice(
        N_("A chat has no answer in time"), N_("Somebody waits for your organisation, and the time for an answer is over.")
    ),
    "message_left": Notice(N_("A message was left"), N_("Somebody has left a message for your organisation.")),
    "transfer_received": Notice(
        N_("Case %(number)s was sent to you"), N_("Another organisation has sent case %(number)s to yours. Please decide."),
        label=N_("A case was sent to us"),
    ),
    "transfer_reminder": Notice(
        N_("Reminder: case %(number)s needs a decision"), N_("The period for a decision on case %(number)s ends soon."),
        label=N_("A decision on a case is needed soon"),
    ),
    "transfer_escalation": Notice(
        N_("Overdue: case %(number)s needs a decision"), N_("The period for a decision on case %(number)s is over."),
        always=True, label=N_("A decision on a case is overdue"),
    ),
    "transfer_decided": Notice(
        N_("Case %(number)s: there is a decision"), N_("The organisation to which you sent case %(number)s has decided."),
        label=N_("Another organisation has decided on a case of ours"),
    ),
    "transfer_revoked": Notice(
        N_("Case %(number)s was called back"), N_("The organisation that sent you case %(number)s has called it back."),
        label=N_("A case that was sent to us was called back"),
    ),
    "case_assigned": Notice(N_("Case %(number)s is yours"), N_("You now look after case %(number)s."), label=N_("A case is mine now")),
    "case_task_due": Notice(N_("A task is due in case %(number)s"), N_("A task in case %(number)s is due."), label=N_("A task is due")),
    "consent_withdrawn": Notice(
        N_("A consent was withdrawn"), N_("A person has withdrawn a consent. Please look what has to stop now.")
    ),
    "invitation": Notice(
        N_("You are invited to the staff desk"),
        N_("You are invited to the staff desk of Wegweiser. Open the link to choose your password. It works once."),
        always=True,
    ),
    "reset": Notice(
        N_("Choose a new password"),
        N_("Open the link to choose a new password. It works once. If you did not ask for this, do nothing."),
        always=True,
    ),
    "password_changed": Notice(
        N_("Your password was changed"),
        N_("The password of your account was changed. If it was not you, tell your administrator at once."),
        always=True,
    ),
    "factor_changed": Notice(
        N_("Your second factor was changed"),
        N_("The second step of your sign-in was changed. If it was not you, tell your administrator at once."),
        always=True,
    ),
}  # fmt: skip


def wants(account: Account, kind: str) -> bool:
    """Does this person get a mail of this kind? By default yes."""
    if NOTICES[kind].always:
        return account.status != "disabled"
    return account.status == "active" and account.notices.get(kind) is not False


async def notify(
    session: AsyncSession,
    kind: str,
    accounts: Iterable[Account],
    *,
    key: str,
    link: str,
    address: str,
    values: Mapping[str, Any] | None = None,
) -> None:
    """A mail of a kind to each account that wants it, in its language, in the caller's transaction; once per key and account.

    `link`: a path without language ("/staff/cases/3"); `address`: `settings.address`, the only one that stands in mails (SEC-A11).
    Raises ValueError for a value that tells too much.
    """
    notice, values = NOTICES[kind], dict(values or {})
    if told := set(values) - MAY_TELL:
        raise ValueError(f"not in a notice: {told}")
    for account in accounts:
        if not wants(account, kind):
            continue
        with speaking(account.language) as language:
            subject = gettext(notice.subject) % values
            body = f"{gettext(notice.text) % values}\n\n{address}/{language.tag}{link}\n"
        await post(
            session,
            key=f"{kind}:{key}:{account.id}",
            to=account.email,
            language=interface(account.language).tag,
            subject=subject,
            body=body,
            account_id=account.id,
        )
