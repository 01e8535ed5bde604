"""What may be sent as a file, and what of it remains (SEC-F01, SEC-F02)."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from portal.desk.checking import EICAR, MOST_BYTES, Refused, examine, named
from portal.desk.files import headers
from tests.files.making import huge, paper, photo, picture, zipped

GOOD = {
    "letter.pdf": (paper(), "application/pdf"),
    "LETTER.PDF": (paper(3), "application/pdf"),
    "locked-by-owner.pdf": (paper(password=""), "application/pdf"),
    "photo.jpg": (photo(), "image/jpeg"),
    "photo.jpeg": (picture("JPEG", mode="CMYK"), "image/jpeg"),
    "scan.png": (picture(), "image/png"),
    "grey.png": (picture(mode="I;16"), "image/png"),
    "glass.png": (picture(mode="RGBA"), "image/png"),
    "colours.png": (picture(mode="P"), "image/png"),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BAD = {
    "drawing.svg": (SVG, "wrong_type"),
    "drawing.png": (SVG, "wrong_type"),
    "page.html": (b"<!doctype html><script>alert(1)</script>", "wrong_type"),
    "page.pdf": (b"<!doctype html><script>alert(1)</script>", "wrong_type"),
    "macro.docm": (zipped(**{"word/vbaProject.bin": b"x"}), "wrong_type"),
    "macro.pdf": (zipped(**{"word/vbaProject.bin": b"x"}), "wrong_type"),
    "bomb.zip": (zipped(bomb=b"\0" * 5_000_000), "wrong_type"),
    "scan.pdf": (picture(), "wrong_type"),
    "letter.png": (paper(), "wrong_type"),
    "photo.png": (photo(), "wrong_type"),
    "animation.gif": (picture("GIF"), "wrong_type"),
    "letter.pdf.exe": (paper(), "wrong_type"),
    "letter": (paper(), "wrong_type"),
    "pdf": (paper(), "wrong_type"),
    "front.pdf": (b"MZ\x90\0" + paper(), "wrong_type"),
    "pdf-and-zip.pdf": (paper() + zipped(x=b"x"), "wrong_type"),
    "pdf-in-zip-comment.pdf": (paper().replace(b"%%EOF", zipped(x=b"x") + b"\n%%EOF"), "wrong_type"),
    "pdf-and-page.pdf": (paper().replace(b"\n", b"\n% <SCRIPT>alert(1)</SCRIPT>\n", 1), "wrong_type"),
    "jpg-and-zip.jpg": (photo() + zipped(x=b"x"), "wrong_type"),
    "eicar.pdf": (EICAR, "infected"),
    "eicar-behind.png": (picture() + EICAR, "infected"),
    "script.pdf": (paper(script=True), "acts"),
    "opens.pdf": (paper(opens=True), "acts"),
    "embeds.pdf": (paper(embeds=True), "acts"),
    "launches.pdf": (paper(launches=True), "acts"),
    "rendition.pdf": (paper(rendition=True), "acts"),
    "escaped.pdf": (paper(opens=True).replace(b"/JavaScript", b"/J#61vaScript"), "acts"),
    "protected.pdf": (paper(password="secret"), "unreadable"),
    "cut.pdf": (paper()[:200], "wrong_type"),
    "broken.pdf": (b"%PDF-1.7\nnothing\n%%EOF", "unreadable"),
    "long.pdf": (paper(201), "too_big"),
    "cut.png": (picture(size=(300, 300))[:90], "unreadable"),
    "cut.jpg": (photo()[:100], "unreadable"),
    "50000.png": (huge(50_000, 50_000), "too_big"),
    "wide.png": (huge(50_000, 10), "too_big"),
    "bomb.png": (huge(8_000, 8_000), "too_big"),
    "large.png": (picture() + b"\0" * MOST_BYTES, "too_big"),
    "empty.png": (b"", "no_file"),
}


@pytest.mark.parametrize("name", GOOD)
def test_sec_f01_pdf_jpg_and_png_may_be_sent(name):
    content, type_ = GOOD[name]
    found = examine(name, content)
    assert (found.name, found.type) == (name, type_)
    if type_ == "application/pdf":
        assert found.content == content
    else:
        with Image.open(BytesIO(found.content)) as image:
            image.load()


@pytest.mark.parametrize("name", BAD)
def test_sec_f01_all_else_is_refused(name):
    content, reason = BAD[name]
    begun = time.monotonic()
    with pytest.raises(Refused) as refused:
        examine(name, content)
    assert refused.value.reason == reason
    assert time.monotonic() - begun < 5


def test_sec_f01_a_picture_tells_nothing_but_the_picture():
    content = examine("photo.jpg", photo() + b"BEHIND").content
    with Image.open(BytesIO(content)) as image:
        assert image.size == (30, 40)  # upright now
        assert not image.getexif() and "comment" not in image.info and "exif" not in image.info
    assert all(secret not in content for secret in (b"Secret", b"Exif", b"GPS", b"BEHIND"))


def test_sec_f01_grey_of_16_bits_stays_grey():
    with Image.new("I;16", (2, 1)) as image:
        image.putpixel((0, 0), 32768)
        image.save(out := BytesIO(), "PNG")
    with Image.open(BytesIO(examine("x.png", out.getvalue()).content)) as image:
        assert image.getpixel((0, 0)) == 128


@pytest.mark.parametrize(
    "given_, name",
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\anna\\zeugnis.pdf", "zeugnis.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul.tar.pdf", "_nul.tar.pdf"),
        ("..pdf", "pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("invoice\u202efdp.exe.pdf", "invoicefdp.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ('"><img src=x>.png', "___img src=x_.png"),
        ("Zeugnis für Ärztin.pdf", "Zeugnis für Ärztin.pdf"),
        ("شهادة.pdf", "شهادة.pdf"),
        (" .hidden.pdf ", "hidden.pdf"),
    ],
)
def test_sec_f02_a_name_is_a_name_only(given_, name):
    assert named(given_) == name


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=150).map(lambda stem: stem + ".pdf"))
def test_sec_c13_no_name_makes_another_header(given_):
    name = named(given_)
    told = headers(name)["content-disposition"]
    assert len(name) <= 120 and "/" not in name and "\\" not in name and name not in (".", "..")
    assert told.isascii() and told.isprintable() and told.count('"') == 2 and told.count(";") == 2
