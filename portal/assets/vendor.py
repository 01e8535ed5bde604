"""Brings npm files into the repository without Node: fetch, check the registry's integrity, keep the listed files.

KERN's style sheet is rewritten to logical properties on the way, for right-to-left scripts. `--check` compares the
committed bytes with the manifest, offline.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
import tarfile
import tomllib
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
HOUSE = HERE.parent.parent
MANIFEST = HOUSE / "portal" / "static" / "vendor" / "manifest.json"
REGISTRY = "https://registry.npmjs.org"
EDGE = r"(?<![\w-])"
LOGICAL = [
    (EDGE + r"(margin|padding)-left(?=\s*:)", r"\1-inline-start"),
    (EDGE + r"(margin|padding)-right(?=\s*:)", r"\1-inline-end"),
    (EDGE + r"border-left(?=[\w-]*\s*:)", "border-inline-start"),
    (EDGE + r"border-right(?=[\w-]*\s*:)", "border-inline-end"),
    (EDGE + r"left(?=\s*:)", "inset-inline-start"),
    (EDGE + r"right(?=\s*:)", "inset-inline-end"),
    (EDGE + r"text-align(\s*:\s*)left\b", r"text-align\1start"),
    (EDGE + r"text-align(\s*:\s*)right\b", r"text-align\1end"),
    (EDGE + r"float(\s*:\s*)left\b", r"float\1inline-start"),
    (EDGE + r"float(\s*:\s*)right\b", r"float\1inline-end"),
    (r"border-top-left-radius", "border-start-start-radius"),
    (r"border-top-right-radius", "border-start-end-radius"),
    (r"border-bottom-left-radius", "border-end-start-radius"),
    (r"border-bottom-right-radius", "border-end-end-radius"),
]


def logical(css: str) -> str:
    """Left and right become start and end."""
    for pattern, replacement in LOGICAL:
        css = re.sub(pattern, replacement, css)
    return css


def sri(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def package(name: str, version: str) -> tarfile.TarFile:
    """A package's archive, its integrity checked. Raises SystemExit where it differs."""
    meta_url = f"{REGISTRY}/{urllib.parse.quote(name, safe='@')}/{version}"
    meta = json.load(urllib.request.urlopen(meta_url))  # noqa: S310
    blob = urllib.request.urlopen(meta["dist"]["tarball"]).read()  # noqa: S310
    algorithm, wanted = meta["dist"]["integrity"].split("-", 1)
    if base64.b64encode(hashlib.new(algorithm, blob).digest()).decode() != wanted:
        raise SystemExit(f"{name}: the archive is not the registry's")
    return tarfile.open(fileobj=io.BytesIO(blob))


def fetch() -> None:
    """Write all files and the manifest."""
    manifest = {}
    for entry in tomllib.loads((HERE / "vendor.toml").read_text())["package"]:
        archive = package(entry["name"], entry["version"])
        for source, target in entry["files"].items():
            member = archive.extractfile(f"package/{source}")
            assert member
            content = member.read()
            changed = target in entry.get("logical", [])
            if changed:
                content = logical(content.decode()).encode()
            (HOUSE / target).parent.mkdir(parents=True, exist_ok=True)
            (HOUSE / target).write_bytes(content)
            manifest[target] = {
                "package": f"{entry['name']}@{entry['version']}", "source": source, "licence": entry["licence"],
                "changed": "logical properties" if changed else None, "integrity": sri(content),
            }  # fmt: skip
    MANIFEST.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def check() -> list[str]:
    """Files whose bytes are not those of the manifest."""
    manifest = json.loads(MANIFEST.read_text())
    return [t for t, m in manifest.items() if sri((HOUSE / t).read_bytes()) != m["integrity"]]


if __name__ == "__main__":
    if "--check" in sys.argv:
        different = check()
        print(*different, sep="\n")
        sys.exit(bool(different))
    fetch()
