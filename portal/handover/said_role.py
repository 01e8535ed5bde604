"""For whom somebody asks: words in what a visitor wrote that tell a worker from an employer."""

from __future__ import annotations

import re

WORKER = re.compile(
    r"\b(?:look(?:ing)? for (?:a |an )?(?:\w+ )?(?:jobs?|work|employment|position)|(?:find|want|need|search(?:ing)? for) (?:a |an )?(?:job|work)|"
    r"i am (?:a|an) (?!(?:\w+ )?(?:employer|company|hr|recruiter|manager|business))|i'm (?:a|an) (?!(?:\w+ )?(?:employer|company|hr|recruiter))|"
    r"i work as|my (?:diploma|degree|qualification)|i want to work|work in germany as|"
    r"such\w* (?:ich )?(?:eine[n]? )?(?:neue[n]? )?(?:arbeit|arbeitsstelle|stelle|job|arbeitsplatz)|ich arbeite als|ich möchte (?:\w+ ){0,4}arbeiten|"
    r"ich bin (?:(?:ein|eine|gelernte\w?) )?(?:krankenpfleger|ingenieur|arzt|ärzt|koch|köch|pfleg|elektrik|fachkraft|bewerber)\w*|"
    r"mein(?:e|en)? (?:diplom|abschluss|zeugnis|ausbildung|studium))",
    re.IGNORECASE,
)
EMPLOYER = re.compile(
    r"\b(?:we (?:\w+ ){0,3}(?:hire|recruit|employ|need|look)|our (?:company|business|firm)|as an employer|i am (?:an? )?(?:\w+ )?employer|"
    r"i'm an employer|i (?:want|would like|need) to (?:hire|recruit|employ)|my company|"
    r"wir (?:\w+ ){0,2}(?:suchen|brauchen|stellen)|(?:einstellen|anwerben)\b|unser(?:e|en|em|er)? (?:firma|betrieb|unternehmen)|"
    r"(?:mein|meinen|meinem) (?:betrieb|unternehmen)|meine firma|arbeitgeber (?:bin|sind)|als arbeitgeber|ich bin arbeitgeber)",
    re.IGNORECASE,
)


def role_said(text: str) -> str | None:
    """employer or worker, where a message says one of the two."""
    worker, employer = WORKER.search(text) is not None, EMPLOYER.search(text) is not None
    if worker == employer:
        return None
    return "employer" if employer else "worker"
