"""The file itself: one HTML document with its data and its script inside.

Its security policy lets it run one script, known by its hash, and ask nobody for anything. What anybody typed is in it
as compressed bytes and as JSON, in which no character is left that could end a script element. Where it opens, PLACE,
is written by the browser that downloads it (`web/src/leave/place.ts`): for another step no other file is made.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from viz import cards, theme

HERE = Path(__file__).parent
BUNDLE = HERE.parent / "web" / "dist" / "file"
POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


PLACE = '<script type="application/json" id="place">""</script>'  # near the beginning: it is looked for there


class NotBuiltError(Exception):
    """The browser side has not been built."""


def script() -> str:
    """The built page. Raises NotBuiltError."""
    text = _built("page.js")
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError("the built script holds what would end a script element.")
    return text


def licences() -> str:
    """Of the software in the script, in its makers' words. Raises NotBuiltError."""
    return _built("licences.txt")


def _built(name: str) -> str:
    path = BUNDLE / name
    if not path.is_file():
        raise NotBuiltError
    return path.read_text(encoding="utf-8")


def document(
    title: str, language: str, noscript: str, about: Mapping[str, Any], chunks: Iterable[tuple[str, bytes]]
) -> bytes:
    """All of it, the same for the same input."""
    code = script()
    held = "".join(_written(chunks))
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    style = theme.css() + (HERE / "file.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{cards.text(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(script=f"sha256-{digest}")}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n{PLACE}\n'
        f"<title>{cards.text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<div id="glassformer"><noscript>{cards.text(noscript)}</noscript></div>\n'
        f'<script type="application/json" id="about">{safe_json(about)}</script>\n'
        f"{held}<script>{code}</script>\n</body>\n</html>\n"
    ).encode()


def _written(chunks: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Each chunk in an element; one that is the same as another says which, and is written once."""
    known: dict[bytes, str] = {}
    for name, body in chunks:
        first = known.setdefault(hashlib.sha256(body).digest(), name)
        same, text = ("", _packed(body)) if first == name else (f' data-as="{cards.text(first)}"', "")
        yield f'<script type="text/plain" data-held="{cards.text(name)}"{same}>{text}</script>\n'


def safe_json(body: Any) -> str:
    """JSON that may stand in a script element: "<", ">", "&" and all that is not ASCII are spelt by number."""
    text = json.dumps(body, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _packed(body: bytes) -> str:
    # Without the time, so that the same trace gives the same file.
    return base64.b64encode(gzip.compress(body, 9, mtime=0)).decode()
