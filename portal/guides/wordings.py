"""Words that turn an answer: denials, "I don't know", a level still being learnt, months, what is said beside it."""

from __future__ import annotations

import re

from knowledge.grams import fold

DENYING = (
    r"\b(?:nicht|kein\w*|nie|niemand\w*|ohne|not|no|never|nobody|without|dont|doesnt|haven t|hasn t|isn t|don t|doesn t|sin|sans|pas|bez|"
    r"ne|nije|nisam|nema\w*|niti|без|не|нет|нету|ні|немає|degil|yok|hayır|nuk|ska|s ka|non|nao|nem|fara|nie|chua|khong|hindi|wala\w*|"
    r"ليس|ليست|لست|لا|لم|بدون|بلا|نه|نیست\w*|ندارم|نمی|نہیں|नहीं|न|没|没有|不)"
)  # words that deny, folded
DENIED = re.compile(DENYING + r"(?:\s\w+)?\s$")
DENIES = re.compile(DENYING + r"\s")
NEGATIVE = re.compile(rf"\s(?:(?:noch|ещё|еще|ще) {DENYING}|nein|none|weniger|{DENYING})\b")  # that deny by themselves
MONTHLY = re.compile(
    r"\b(?:monat\w*|month\w*|mtl|mes|meses|mensual\w*|ay|aylık|ayda|месяц\w*|місяц\w*|mjesec\w*|mesec\w*|miesi\w*|mois|mês|mesi|muaj\w*|"
    r"luni|lună|tháng|buwan|महीन\w*|شهر\w*|أشهر|ماه)\b|/\s?m\b",
    re.I,
)
UNSURE = re.compile(
    r"\s(?:wei(?:ss|ß) (?:ich|es)?\s?(?:noch )?nicht|keine ahnung|don ?t know|do not know|no idea|not sure|no (?:lo )?se|bilmiyorum|"
    r"не знаю|ne znam|nie wiem|nu stiu|je ne sais pas|nao sei|non (?:lo )?so|nuk e di|لا اعرف|لا أعرف|نمی ?دانم|chua biet|khong biet|"
    r"पता नहीं|hindi ko alam|不知道)\s"
)  # "I don't know", folded
LEARNING = re.compile(
    r"\b(?:lern\w*|learn\w*|study\w*|studying|prepar\w*|estudi\w*|vorbereit\w*|hazırlan\w*|учу|изуч\w*|готов\w*|вчу|ucim|mesoj|ucze|"
    r"invat|apprend\w*|working on|towards|fur|أدرس|ادرس|می خوانم|hoc|सीख\w*|nag aaral)(?:\s\S+){0,2}\s$"
)  # before a level of language: not proved yet
LESS = re.compile(
    r"\b(?:weniger als|unter|less than|under|menos de|moins de|az|меньше|менее|менше|manje od|mniej niz|sub|meno di|أقل|اقل|کمتر|it hon|कम|kulang)\b",
    re.I,
)
LEVEL = re.compile(r"\b([abc])\s?([12])\b", re.I)
FOUND = re.compile(r"\b(?:gefunden|found|ausgewählt|encontrado|trouvé)\b", re.I)
NOBODY = re.compile(r"\b(?:niemand\w*|nicht|kein\w*|nobody|no one|not|no|anyone|anybody|none)\b", re.I)
LIVING = re.compile(
    r"\b(?:lebe|lebt|leben|wohne|wohnt|wohnen|live|lives|living|based|resid\w+|vivo|vive|yaşıyor\w*|oturuyor\w*|живу|живёт|мешкаю|"
    r"habite|mieszkam|jetoj|banoj|živim|locuiesc|abito|moro|اعيش|أعيش|مقيم\w*)\b",
    re.I,
)
OFFER = re.compile(
    r"\b(?:stellenangebot|jobangebot|arbeitsvertrag|job offer|oferta de trabajo|iş teklifi|promesse d.embauche)\b", re.I
)
YEARS = r"(?:jahr\w*|years?|yrs|yıl|años|ans|лет|lata?|anni|anos|ani|godina?|vjet)"
COUNTED = re.compile(rf"\b(\d{{1,2}})\s?\+?\s?{YEARS}\b", re.I)
EXPERIENCED = re.compile(
    rf"\b(\d{{1,2}})\s?\+?\s?{YEARS}\s+(?:\w+\s+){{0,2}}(?:\w*erfahrung|experience|tecrübe\w*|experiencia|expérience|опыт\w*|doświadczenia)",
    re.I,
)
GERMAN = re.compile(
    r"\b(?:deutsch|german|alemán|almanca\w*|allemand|tedesco|немецк\w*|gjermanisht)\W+(?:\w+\W+)?([abc][12])\b", re.I
)


def denies(text: str) -> bool:
    """Does a text hold a word that denies? Nearness in meaning does not hear it, so such a text is taken at its words only."""
    return DENIES.search(f" {fold(text)} ") is not None
