"""What a message is by its wording: a question, a correction, the wish for a word's meaning, a guide's title."""

from __future__ import annotations

import re

from knowledge.grams import fold
from knowledge.library import Library
from portal.chat.understanding import QUESTION_WORDS
from portal.guides.guides import GUIDES

ASKS = re.compile(rf"[?؟]|^\W*(?:{QUESTION_WORDS})\b", re.IGNORECASE)
FILLERS = set(
    "das der die den dem ein eine eigentlich bitte the a an mean means meaning that this word wort begriff genau denn in german hier".split()
)
QUESTION = re.compile(
    r"[?؟]|\b(?:was|wie|wer|wo|wann|warum|wieso|welche\w*|ob|darf|dürfen|muss ich|möglich|what|how|who|where|when|which|why|"
    r"(?:do|can|may|should|must|could) (?:i|we)|am i|possible|qué|cómo|cuánt\w+|quién|dónde|cuándo|puedo|nasıl|ne kadar|nerede|"
    r"mı|mi|mu|mü|сколько|как|кто|где|когда|можно|какой|какие|скільки|як|хто|чи|kako|koliko|gdje|gde|mogu li|da li|ile|jak|gdzie|"
    r"czy|combien|comment|où|quand|quels?|quelles?|est-ce|cât|cum|unde|când|çka|çfarë|a mund|a duhet|kush|quanto|quem|onde|quando|posso|dove)\b|"
    r"(?:كم|كيف|هل|ماذا|ما هو|ما هي|شو|أين|چقدر|چگونه|آیا|کیسے|कैसे|कितना|क्या|多少|怎么|什么|吗)",
    re.IGNORECASE,
)  # a question anywhere in a message
CORRECTS = re.compile(
    r"^\W*(?:(?:ach|oh|ah|ups|oops|äh|hm)\W+)?(?:nein|nee|nicht|doch|falsch|stimmt nicht|no|not|sorry|entschuldigung|actually|wrong|"
    r"i mean|ich meine|ne|нет|hayır|jo|non|não|لا)\b",
    re.IGNORECASE,
)
COMPLAINS = re.compile(
    r"\b(?:(?:das|dies|es) (?:\w+ ){0,2}hilft (?:mir |uns |ja )*(?:gar |überhaupt |so |leider |auch )*nicht|hilft mir (?:\w+ )?nicht|(?:du|sie) versteh\w* mich (?:\w+ )?nicht|"
    r"(?:that|this|it) (?:does|did|is|was)(?: not|n['’]?t) (?:really |even )?(?:help|helping|helpful)(?: me| us)?|no help at all|not helpful|"
    r"you (?:do not|don['’]?t|did not|didn['’]?t) understand(?: me)?)\b",
    re.IGNORECASE,
)  # the assistant itself is what is complained of; a "no" in it answers nothing
TRAINEE = re.compile(
    r"\b(?:azubis?|auszubildende\w*|ausbildung (?:machen|als|zum|zur)|ausbildungsplatz|apprentice\w*|trainees?|an ausbildung)\b",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"^\W*(?:weiter|weitermachen|mach weiter|continue|go on|next|carry on)\W*$", re.IGNORECASE)
EXPLAIN = re.compile(
    r"\b(?:was (?:heißt|heisst|bedeutet|ist|sind|meint)|what (?:does|is|are|do you mean by)|meaning of|bedeutung von|que significa|"
    r"qué es|ne demek|nedir|что такое|що таке|šta (?:je|znači)|što (?:je|znači)|co to (?:jest|znaczy)|ce înseamnă|qu'est-ce que|"
    r"cosa significa|o que é|çfarë është|ما هو|ما هي|ما معنى|یعنی چه|چیست)",
    re.IGNORECASE,
)


def guide_named(text: str, library: Library) -> str | None:
    """The guide whose title a message is, in any language: that starts it."""
    low = fold(text)
    return next((g for g in GUIDES if low in {fold(t) for t in library.guides[g].title.values()}), None)


def complains(text: str) -> bool:
    return COMPLAINS.search(text) is not None


def term_asked(text: str, library: Library) -> str | None:
    """The glossary's term whose meaning a message asks for: all of the words asked about stand in one of its names."""
    if not EXPLAIN.search(text):
        return None
    about = [w for w in fold(EXPLAIN.sub(" ", text)).split() if w not in FILLERS]
    names = [
        (len(n), key, fold(n).split())
        for key, t in library.glossary.items()
        for n in (t.term, *t.aliases, key.replace("_", " "))
    ]
    meant = [
        (size, key) for size, key, words in names if about and all(any(w.startswith(a) for w in words) for a in about)
    ]
    return min(meant)[1] if meant else None
