"""Does a message ask for a person? The portal's own look at it, for when Rasa does not answer (scenario 3)."""

from __future__ import annotations

import re

from portal.chat.deciding import Context, decide
from portal.chat.understanding import Understanding
from portal.editing.live import Edition

WORDS = re.compile(
    r"\b(human|real person|talk to (a )?(person|someone|somebody)|counsell?or|advisor|agent|mensch\w*|mitarbeiter\w*|berater\w*|persona real|"
    r"humano|asesor\w*|insan\w*|danışman\w*|человек\w*|оператор\w*|консультант\w*|людин\w*|čovjek\w*|čovek\w*|osob[ao]\w*|njeri\w*|"
    r"humain\w*|conseill\w*|człowiek\w*|konsultant\w*|operatore|persoană|om real|humana?|người thật|nhân viên)\b"
    r"|إنسان|شخص حقيقي|موظف|انسان|کارشناس|इंसान|व्यक्ति से|真人|人工",
    re.IGNORECASE,
)
ASKED = re.compile(
    r"\b(?:talk|speak|chat|write|connect(?: me)?|transfer(?: me)?|put me through)\b[^.!?\n]{0,20}?\b(?:to|with) (?:(?:an?|some|the) )?(?:(?:real|human|living) )*"
    r"(?:human(?: being)?|persons?|people|counsell?or|advis[oe]r|agent)\b"
    r"|\b(?:want|need|like|get me|give me) (?:an? )?(?:real person|human(?: being)?|human (?:counsell?or|advis[oe]r|agent))\b"
    r"|\bmit (?:jemand(?:em)?|(?:ei)?ne[mr]) (?:echten |richtigen |wirklichen |realen )?(?:menschen?|person|berater(?:in)?|mitarbeiter(?:in)?) "
    r"(?:\w+ ){0,2}?(?:sprechen|reden|schreiben|chatten|verbinden|verbunden|sprech|red)\b"
    r"|\b(?:sprechen|reden|verbinden) (?:\w+ )?mit (?:ei)?ne[mr] (?:echten |richtigen )?(?:menschen?|person|berater(?:in)?|mitarbeiter(?:in)?)\b"
    r"|\b(?:hablar|comunicarme) con (?:una persona|un humano|un asesor|alguien real)\b|\binsan(?:la|ile) (?:konuş|görüş)\w*"
    r"|\b(?:с|со) (?:живым )?(?:человеком|оператором|консультантом)\b|\bз (?:живою )?(?:людиною|оператором|консультантом)\b"
    r"|\b(?:sa|s) (?:pravim |stvarnim )?(?:čov?jekom|čovekom)\b|\bme një (?:njeri|person)\b|\bparler (?:à|avec) (?:un humain|une personne|un conseiller)\b"
    r"|\bz (?:człowiekiem|konsultantem)\b"
    r"|(?:مع|إلى) (?:إنسان|انسان|شخص حقيقي|موظف)|با یک انسان",
    re.IGNORECASE,
)  # the wish itself, in so many words, however much is told beside it
FEW = 12  # words; in a longer message they may mean something else


def asks_for_person(text: str) -> bool:
    """Does a message say in so many words that it is a person who is wanted?"""
    return ASKED.search(text) is not None


def wants_person(text: str, said: Understanding | None, edition: Edition) -> bool:
    """By the knowledge's phrasings of the topic, else by a few words of the languages people write in."""
    if asks_for_person(text):
        return True
    if said is not None and decide(said, Context(), edition.search, edition.library).answers == ["service.handover"]:
        return True
    return len(text.split()) <= FEW and WORDS.search(text) is not None
