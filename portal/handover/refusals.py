"""Why the desk is refused something."""

from __future__ import annotations

from portal.accounts.models import Account


class AlreadyTaken(Exception):
    """Somebody else has the chat: `account`."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.id)
        self.account = account


class Full(Exception):
    """The account has as many chats as it may have at once."""


class NotOwner(Exception):
    """The chat is not (or no longer) this account's; `account` has it, or nobody."""

    def __init__(self, account: Account | None) -> None:
        super().__init__(account and account.id)
        self.account = account


class NeedsCase(Exception):
    """A chat with files or a case goes to another organisation as a case, with a consent, not as a chat."""
