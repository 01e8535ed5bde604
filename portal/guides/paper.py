"""A result on paper: a tagged PDF (PDF/UA-1) in the reader's language, from the page's own parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent.parent / "static"
STYLE = """
@font-face{font-family:"Fira Sans";src:url("wegweiser:fira-sans/FiraSans-Regular.woff2");font-weight:400}
@font-face{font-family:"Fira Sans";src:url("wegweiser:fira-sans/FiraSans-SemiBold.woff2");font-weight:600}
@font-face{font-family:"Noto Sans Arabic";src:url("wegweiser:noto-sans-arabic/NotoSansArabic.woff2")}
@page{size:A4;margin:18mm 18mm 20mm;@bottom-center{content:counter(page) " / " counter(pages);font:9pt "Fira Sans"}}
body{font:10.5pt/1.4 "Fira Sans","Noto Sans Arabic",sans-serif;color:#171a2b}
h1{font-size:17pt;line-height:1.2;margin:0 0 4mm}h2{font-size:12.5pt;margin:5mm 0 1.5mm}h3{font-size:11pt;margin:3mm 0 1mm}
p{margin:0 0 2mm}ul,ol{margin:0 0 2mm;padding-inline-start:5mm}li{margin-bottom:1mm}h2,h3{break-after:avoid}
.lead{font-size:12pt;font-weight:600}.plain{list-style:none;padding:0}.hint{border-inline-start:1mm solid #153fae;padding-inline-start:3mm}
.small{font-size:9pt}a{color:#153fae;text-decoration:none}
"""


class NoPaper(RuntimeError):
    """The system lacks the libraries that set a PDF (Pango)."""


def fetch(url: str) -> Any:
    """Only our own fonts; nothing is read from the network or the disk besides (SEC-D08)."""
    from weasyprint.urls import URLFetcherResponse

    name = url.removeprefix("wegweiser:")
    path = (STATIC / "vendor" / name).resolve()
    if not url.startswith("wegweiser:") or STATIC / "vendor" not in path.parents or path.suffix != ".woff2":
        raise ValueError("only our own fonts")
    return URLFetcherResponse(url, body=path.read_bytes(), headers={"content-type": "font/woff2"})


def paper(html: str) -> bytes:
    """A page's HTML as a PDF. About half a second: call it in a thread. Raises NoPaper."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:
        raise NoPaper(str(error)) from None
    fonts = FontConfiguration()
    style = CSS(string=STYLE, font_config=fonts, url_fetcher=fetch)
    document = HTML(string=html, url_fetcher=fetch)
    return bytes(document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1"))
