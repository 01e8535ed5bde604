"""Files for tests, good and bad, made on the spot."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 1).save(out, form, **more)
    return out.getvalue()


def photo() -> bytes:
    """A JPEG as a phone makes it: turned, with place and camera, and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 20.0, 30.0), 3: "E", 4: (12.0, 22.0, 0.0)})
    return picture("JPEG", exif=exif, comment=b"SecretComment")


def huge(width: int, height: int) -> bytes:
    """A small PNG that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!L", len(data)) + kind + data + struct.pack("!L", zlib.crc32(kind + data))

    head = struct.pack("!LLBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def paper(pages: int = 1, **more: Any) -> bytes:
    """A PDF. `script`, `opens`, `embeds`, `launches`, `fragment`: what it does; `password`: to open it."""
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(200, 200)
    if more.get("script"):
        script = DictionaryObject({NameObject("/Names"): ArrayObject()})
        names = DictionaryObject({NameObject("/JavaScript"): writer._add_object(script)})
        writer.root_object[NameObject("/Names")] = names
    if more.get("embeds"):
        writer.add_attachment("more.exe", b"MZ")
    name = NameObject
    if more.get("opens"):
        action = {name("/S"): name("/JavaScript"), name("/JS"): TextStringObject("app.alert(1)")}
        writer.root_object[name("/OpenAction")] = writer._add_object(DictionaryObject(action))
    if more.get("launches"):
        action = DictionaryObject({name("/S"): name("/Launch"), name("/F"): TextStringObject("cmd.exe")})
        link = DictionaryObject({name("/Type"): name("/Annot"), name("/Subtype"): name("/Link"), name("/A"): action})
        page[name("/Annots")] = ArrayObject([link])
    if more.get("rendition"):
        page[name("/AA")] = DictionaryObject({name("/O"): DictionaryObject({name("/S"): name("/Rendition")})})
    if more.get("password") is not None:
        writer.encrypt(more["password"], "owner", algorithm=more.get("algorithm", "AES-256"))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()
