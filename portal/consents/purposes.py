"""What consent can be asked for: purposes, and the data that may go with each (data minimisation, GDPR Art. 5 (1) (c)).

Health, religion, pregnancy, union and party have no field here and get none (PRV-16, PRV-20).
"""

from __future__ import annotations

from typing import NamedTuple

from portal.i18n import N_


class Asked(NamedTuple):
    """A kind of data. `type`: of the input in which the person enters it (text, email, tel), or none: it is in the chat already.
    `autocomplete`: its name in WCAG 1.3.5. `staff`: what staff call it; empty: the same."""

    label: str
    type: str = "text"
    autocomplete: str = ""
    staff: str = ""


FIELDS: dict[str, Asked] = {
    "name": Asked(N_("Name"), autocomplete="name"),
    "email": Asked(N_("E-mail address"), "email", "email"),
    "phone": Asked(N_("Telephone number"), "tel", "tel"),
    "country": Asked(N_("Country where you live"), autocomplete="country-name", staff=N_("Country of residence")),
    "occupation": Asked(N_("Occupation"), autocomplete="organization-title"),
    "company": Asked(N_("Company"), autocomplete="organization"),
    "documents": Asked(N_("Documents that you sent in this chat"), "none", staff=N_("Documents from the chat")),
    "concern": Asked(
        N_("What your question is about and your answers in the guides"),
        "none",
        staff=N_("Concern and answers in the guides"),
    ),
    "chat": Asked(N_("What was written in this chat"), "none", staff=N_("The conversation")),
}


class Purpose(NamedTuple):
    """`label`: as the visitor reads it; `staff`: as staff do. `fields`: those that may be asked, in this order."""

    label: str
    staff: str
    fields: tuple[str, ...]


PURPOSES: dict[str, Purpose] = {
    "contact": Purpose(N_("To get in touch with you"), N_("To contact the person"), ("name", "email", "phone")),
    "case": Purpose(
        N_("To work on your question as a case"),
        N_("To work on the concern as a case"),
        ("name", "email", "phone", "country", "occupation", "company", "documents", "concern", "chat"),
    ),
    "forward": Purpose(
        N_("To pass your question on to another organisation"),
        N_("To pass the concern on to another organisation"),
        ("name", "email", "phone", "country", "occupation", "company", "documents", "concern", "chat"),
    ),
}
STAFF_FIELDS = {name: asked.staff or asked.label for name, asked in FIELDS.items()}
STAFF_PURPOSES = {name: purpose.staff for name, purpose in PURPOSES.items()}
