"""The program's own words: read from .po files, checked, and brought up to date with code and templates.

`python -m locales.catalogue` checks (exit 1 on a problem), `python -m locales.catalogue update` extracts and merges.
English is what stands in the code; it needs no file.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import sys
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import NullTranslations, Translations

from locales.languages import LANGUAGES

UNDATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # the history is in git; a date here would change with every run
FOLDER = Path(__file__).parent
HOUSE = FOLDER.parent
TEMPLATE = FOLDER / "messages.pot"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|</?[a-z]+")
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "ngettext": (1, 2), "N_": None}


def po_file(tag: str) -> Path:
    return FOLDER / tag / "LC_MESSAGES" / "messages.po"


def read(tag: str) -> Catalog:
    with po_file(tag).open("rb") as f:
        return read_po(f, locale=LANGUAGES[tag].cldr)


@lru_cache(maxsize=64)
def load(tag: str) -> NullTranslations:
    """Translations of a language, falling back along its chain and at last to the English of the code."""
    made = NullTranslations()
    if po_file(tag).exists():
        buffer = io.BytesIO()
        write_mo(buffer, read(tag))
        buffer.seek(0)
        made = Translations(buffer)
    fallback = LANGUAGES[tag].fallback
    if fallback:
        made.add_fallback(load(fallback))
    return made


def extracted() -> Catalog:
    """Every text of code and templates."""
    found = Catalog(project="Wegweiser", charset="utf-8")
    rows = extract_from_dir(HOUSE / "portal", METHODS, OPTIONS, keywords=KEYWORDS)
    for path, line, message, comments, context in sorted(rows, key=lambda row: (row[0], row[1])):
        del line
        found.add(message, None, [(f"portal/{path}", 0)], auto_comments=comments, context=context)
    return found


def write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as f:
        write_po(f, catalogue, width=120, no_location=True, omit_header=False, ignore_obsolete=True, sort_output=True)


def update() -> None:
    """Extract, and merge into each language's file; translations are kept, new texts stand empty."""
    template = extracted()
    template.creation_date = template.revision_date = UNDATED
    write(TEMPLATE, template)
    for tag, language in LANGUAGES.items():
        if language.ui and tag != "en":
            before = read(tag) if po_file(tag).exists() else Catalog(locale=language.cldr)
            before.update(template, no_fuzzy_matching=True)
            before.revision_date = UNDATED
            write(po_file(tag), before)


def check() -> list[str]:
    """What is missing, fuzzy, or has other placeholders than the English text."""
    problems = []
    wanted = {m.id if isinstance(m.id, str) else m.id[0]: m for m in extracted() if m.id}
    for tag, language in LANGUAGES.items():
        if not language.ui or tag == "en":
            continue
        have = {m.id if isinstance(m.id, str) else m.id[0]: m for m in read(tag) if m.id}
        for id_ in wanted:
            message = have.get(id_)
            strings = () if message is None else message.string
            strings = (strings,) if isinstance(strings, str) else tuple(strings or ())
            if message is None or not strings or not all(strings):
                problems.append(f"{tag}: not translated: {id_[:70]!r}")
                continue
            if message.fuzzy:
                problems.append(f"{tag}: fuzzy: {id_[:70]!r}")
            for text in strings:
                if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(id_)):
                    problems.append(f"{tag}: other placeholders: {id_[:70]!r}")
        problems += [f"{tag}: no longer used: {id_[:70]!r}" for id_ in have.keys() - wanted.keys()]
    return problems


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        update()
    found = check()
    print(*found, sep="\n")
    sys.exit(bool(found))
