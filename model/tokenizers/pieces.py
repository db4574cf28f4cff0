"""What a token stands for, truthfully: its bytes, and those bytes as text where they are text."""

from __future__ import annotations

import codecs
import re
from functools import cache

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


@cache
def byte_of() -> dict[str, int]:
    """GPT-2's alphabet: which printable character stands for which byte in byte-level vocabularies."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + n): b for n, b in enumerate(others)}


def raw(token: str, kind: str, starts: bool = False) -> bytes:
    """The bytes a token of a vocabulary stands for.

    kind     "bytes": spelt in GPT-2's alphabet; "spaces": ▁ for a space and <0xE2> for a byte (SentencePiece);
             "words": ## for no space before (WordPiece); "text": as it is
    starts   the token is the first of a text (WordPiece puts no space there)
    """
    if kind == "bytes" and all(c in byte_of() for c in token):
        return bytes(byte_of()[c] for c in token)
    if kind == "spaces":
        byte = _BYTE.fullmatch(token)
        return bytes([int(byte[1], 16)]) if byte else token.replace("▁", " ").encode()
    if kind == "words":
        return (token[2:] if token.startswith("##") else token if starts else " " + token).encode()
    return token.encode()


def shown(data: bytes) -> str:
    """Bytes as text; those that are only a part of a character as <0xE2>."""
    return data.decode("utf-8", "glassformer-bytes")


def _as_hex(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(f"<0x{b:02X}>" for b in error.object[error.start : error.end]), error.end


codecs.register_error("glassformer-bytes", _as_hex)
