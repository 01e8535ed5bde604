"""The words of the chat page and the widget, by key; the browser fetches them in the reader's language."""

from __future__ import annotations

from portal.i18n import N_

STRINGS = {
    "title": N_("Ask Wegweiser"),
    "open": N_("Questions? Ask Wegweiser"),
    "close": N_("Close"),
    "notice": N_(
        "An automatic assistant answers here, not a person. It gives non-binding information with sources and decides "
        "nothing."
    ),
    "privacy": N_("Please do not write names, addresses, phone numbers or document numbers."),
    "privacy_page": N_("Privacy"),
    "failed": N_("That did not work. Please try again."),
    "label": N_("Your question"),
    "send": N_("Send"),
    "log": N_("Conversation"),
    "typing": N_("The assistant is writing …"),
    "you": N_("You"),
    "assistant": N_("Assistant"),
    "staff": N_("Counsellor"),
    "sources": N_("Sources"),
    "checked": N_("checked on"),
    "law": N_("Law"),
    "helpful": N_("Was this helpful?"),
    "yes": N_("Yes"),
    "no": N_("No"),
    "thanks": N_("Thank you."),
    "what_was_missing": N_("What was missing? (optional)"),
    "next": N_("Go on with:"),
    "person": N_("Talk to a person"),
    "restart": N_("Start over"),
    "delete": N_("Delete chat"),
    "delete_sure": N_("Delete this conversation for good?"),
    "deleted": N_("The conversation was deleted."),
    "cancel": N_("Cancel"),
    "not_sent": N_("Not sent."),
    "again": N_("Try again"),
    "offline": N_("No connection. Your text is kept."),
    "too_long": N_("At most 2,000 characters."),
    "personal": N_("This looks like personal data, which I do not need. Send it anyway?"),
    "send_anyway": N_("Send anyway"),
    "edit": N_("Edit"),
    "language": N_("Language"),
    "guided": N_("Or let me ask the questions:"),
    "go_on": N_("Go on with your answers:"),
    "start_1": N_("What is recognition, and do I need it?"),
    "start_2": N_("How does the fast-track procedure work?"),
    "start_3": N_("Which visa fits me?"),
    "start_4": N_("How do I find a skilled worker from abroad?"),
}
