"""Texts that tokenizers get wrong, and what opens the files under test."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from model.checkpoints.tokenizer_files import open_tokenizer
from model.tokenizers import FileTokenizer

CORPUS = [
    "Hello world, hello there! It's 12345 o'clock; I'LL don't.",
    "  two  spaces\t\ttabs\n\n\nlines \r\n end ",
    "naïve café — über straße İstanbul ǆ ﬁ",
    "日本語の文章 한국어 中文字符",
    "🙂🙃 \U0001f468\u200d\U0001f469 e\u0301 a\u200bb",
    "def f(x):\n    return x ** 2  # ok",
    "שלום עולם مرحبا १२३ ²³½",
    "x", " ", "", "[MASK] [CLS]x", "A.B,C;D:E!F?(G)[H]{I}", "supercalifragilisticexpialidocious" * 4,
]  # fmt: skip
TRAINING = CORPUS * 3 + ["the then there hello hello world 1 12 123"] * 20
WORDS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x1FFFF), max_size=30)


def opened(folder: Path) -> FileTokenizer:
    found = open_tokenizer(folder)
    assert found is not None
    return found
