"""The only list of languages: tag, own name, direction, CLDR locale, fallback, live or draft."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from babel import Locale


@dataclass(frozen=True)
class Language:
    """A language we understand. `live`: the knowledge is said in it. `ui`: the program's own words exist in it."""

    tag: str
    name: str
    cldr: str
    fallback: str | None = "en"
    live: bool = False
    ui: Literal["live", "draft"] | None = None

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.cldr)

    @property
    def dir(self) -> str:
        """ltr or rtl."""
        return self.locale.text_direction


LANGUAGES = {
    language.tag: language
    for language in (
        Language("de", "Deutsch", "de", None, True, "live"),
        Language("en", "English", "en_GB", None, True, "live"),
        Language("ar", "العربية", "ar", ui="draft"),
        Language("es", "Español", "es"),
        Language("tr", "Türkçe", "tr"),
        Language("ru", "Русский", "ru"),
        Language("uk", "Українська", "uk"),
        Language("bs", "Bosanski", "bs_Latn"),
        Language("sq", "Shqip", "sq"),
        Language("pl", "Polski", "pl"),
        Language("ro", "Română", "ro"),
        Language("fr", "Français", "fr"),
        Language("it", "Italiano", "it"),
        Language("pt", "Português", "pt"),
        Language("fa", "فارسی", "fa"),
        Language("hi", "हिन्दी", "hi"),
        Language("vi", "Tiếng Việt", "vi"),
        Language("tl", "Filipino", "fil"),
        Language("sr", "Српски", "sr"),
        Language("ur", "اردو", "ur"),
        Language("zh", "中文", "zh"),
    )
}

ALIASES = {"fil": "tl", "hr": "bs", "sh": "bs", "mo": "ro", "prs": "fa"}


def closest(tag: str) -> str | None:
    """The language of ours for a tag as browsers send it ("pt-BR", "fil"), or None."""
    base = tag.strip().lower().replace("_", "-").split("-")[0]
    base = ALIASES.get(base, base)
    return base if base in LANGUAGES else None
