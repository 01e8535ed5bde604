"""What may be sent as a file: PDF, JPG, PNG, told by content and by name; all else is refused (SEC-F01).

Pictures are written anew, so nothing but the picture remains (no EXIF, no place, no second file behind it). PDFs are kept as they
are, if they neither act nor carry other files. Everything here runs in a thread and may take seconds.
"""

from __future__ import annotations

import re
import time
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from PIL import Image, ImageOps
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from portal.chat.text import clean
from portal.i18n import N_, gettext, written_size

MOST_BYTES = 10_000_000
MOST_FILES = 10  # of a chat
MOST_PAGES = 200
MOST_PIXELS = 40_000_000
MOST_SIDE = 20_000  # pixels
MOST_OBJECTS = 200_000  # of a PDF
MOST_SECONDS = 10.0  # for a PDF's objects
MOST_NAME = 120  # characters

REASONS = {
    "no_file": N_("Please choose a file."),
    "wrong_type": N_("This kind of file cannot be sent. You can send PDF, JPG and PNG."),
    "unreadable": N_("This file cannot be read. It may be damaged or protected by a password."),
    "acts": N_(
        "This PDF holds scripts, forms that send data, or other files. Please print it to a new PDF and send that."
    ),
    "too_big": N_("This file is too big: at most %(size)s, %(pages)s pages or %(pixels)s megapixels."),
    "too_many": N_("This chat already has %(files)s files; more cannot be sent."),
    "infected": N_("A virus was found in this file. It was not sent and not kept."),
    "not_scanned": N_("This file cannot be checked for viruses right now, so it was not sent. Please try again later."),
    "not_kept": N_("This file cannot be kept right now, so it was not sent. Please try again later."),
    "not_now": N_("Files can be sent only while you are talking to a person, and where the office takes files."),
    "not_yours": N_("Only the person who has this chat can send files."),
}
TYPES = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"  # the test virus of all scanners
WEB = re.compile(rb"(?i)<(script|!doctype|html)\b")  # a browser could take such a file for a page
ACTS = {
    "/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA", "/SubmitForm",
    "/ImportData", "/GoToE", "/Rendition",
}  # fmt: skip
HIDDEN = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)(?![A-Za-z0-9])")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
UNSEEN = dict.fromkeys([0x200E, 0x200F, 0x061C, 0x200B, 0xFEFF, 0x2028, 0x2029])


def told(reason: str) -> str:
    """Why a file is not taken, in the language that is spoken."""
    return gettext(REASONS[reason]) % {
        "size": written_size(MOST_BYTES), "pages": MOST_PAGES, "pixels": MOST_PIXELS // 1_000_000, "files": MOST_FILES,
    }  # fmt: skip


class Refused(Exception):
    """A file that is not taken; `reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Checked:
    """A file that may be kept."""

    name: str
    type: str
    content: bytes


def named(given: str) -> str:
    """The name a file is shown under: no path, no control or bidi characters, not reserved, at most 120 characters (SEC-F02)."""
    name = clean(given[:2000].replace("\n", "").replace("\t", " ")).translate(UNSEEN)
    name = re.sub(r"[\n\r]", "", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = re.sub(r'[<>:"|?*]', "_", name).strip(". ")
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    if not suffix:
        return name[:MOST_NAME]
    stem = ("_" if RESERVED.match(stem) else "") + (stem.strip(". ") or "file")
    return stem[: MOST_NAME - len(suffix)].rstrip(". ") + suffix


def examine(given: str, content: bytes) -> Checked:
    """The file as it may be kept. Raises Refused."""
    if not content:
        raise Refused("no_file")
    if len(content) > MOST_BYTES:
        raise Refused("too_big")
    if EICAR in content:
        raise Refused("infected")
    name = named(given)
    type_, magic = TYPES.get(PurePosixPath(name).suffix.lower(), ("", b""))
    if not type_ or not content.startswith(magic):
        raise Refused("wrong_type")
    if zipfile.is_zipfile(BytesIO(content)) or WEB.search(content):
        raise Refused("wrong_type")
    if type_ == "application/pdf":
        paper(content)
    else:
        content = picture(content, "PNG" if type_ == "image/png" else "JPEG")
    if len(content) > MOST_BYTES:
        raise Refused("too_big")
    return Checked(name, type_, content)


def picture(content: bytes, form: str) -> bytes:
    """The picture alone, upright, written anew. Raises Refused; Pillow says "broken" by many kinds of exception."""
    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            if image.width * image.height > MOST_PIXELS or max(image.size) > MOST_SIDE:
                raise Refused("too_big")
            image.verify()
        with Image.open(BytesIO(content), formats=[form]) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bits of grey
                upright = upright.convert("I").point(lambda grey: grey / 256).convert("L")
            if form == "JPEG":
                mode = "L" if upright.mode == "L" else "RGB"
            elif upright.has_transparency_data:
                mode = "RGBA"
            else:
                mode = upright.mode if upright.mode in ("1", "L", "P") else "RGB"
            bare = upright.convert(mode)
            bare.info = {}
            out = BytesIO()
            bare.save(out, form, **({"quality": 88} if form == "JPEG" else {}))
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_big") from None
    except Exception:
        raise Refused("unreadable") from None
    return out.getvalue()


def paper(content: bytes) -> None:
    """Looks at a PDF: whole, readable, passive. Raises Refused; pypdf says "broken" by many kinds of exception."""
    if content.rstrip(b"\r\n\t \0")[-5:] != b"%%EOF":
        raise Refused("wrong_type")  # something stands behind it, or it was cut
    if HIDDEN.search(ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()), content)):
        raise Refused("acts")
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("unreadable")
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise Refused("too_big")
        if not pages:
            raise Refused("unreadable")
        passive(reader)
    except Refused:
        raise
    except Exception:
        raise Refused("unreadable") from None


def passive(reader: PdfReader) -> None:
    """Every object of a PDF, also those that no page names, without actions and other files. Raises Refused."""
    numbers = [(n, generation) for generation, objects in reader.xref.items() for n in objects]
    numbers += [(n, 0) for n in reader.xref_objStm]
    if len(numbers) > MOST_OBJECTS:
        raise Refused("unreadable")
    end = time.monotonic() + MOST_SECONDS
    look(reader.trailer)
    for n, generation in numbers:
        if time.monotonic() > end:
            raise Refused("unreadable")
        look(reader.get_object(IndirectObject(n, generation, reader)))


def look(found: Any) -> None:
    """One object with all that stands in it. Raises Refused."""
    left = [found]
    while left:
        one = left.pop()
        if isinstance(one, DictionaryObject):
            if ACTS & one.keys():
                raise Refused("acts")
            left += [one.raw_get(key) for key in one]
        elif isinstance(one, ArrayObject):
            left += list.__iter__(one)
        elif isinstance(one, NameObject) and one in ACTS:
            raise Refused("acts")
