"""Text to ids and back, and what each id stands for, down to parts of characters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel

import model
from model.checkpoints.tokenizer_files import open_tokenizer
from model.model import Model
from model.tokenizers import LetterTokenizer, byte_of
from tests.model.theirs import save

TEXTS = [
    "hello world",
    " leading",
    "tab\tnew\nline",
    "naïve café",
    "日本語",
    "🙂🙃",
    "a\u200bb",
    "שלום",
    "<img src=x onerror=alert(1)>",
    "e\u0301",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny GPT-2 with a byte-level tokenizer, a special token at its start, and padding and cutting switched on."""
    path = tmp_path_factory.mktemp("bpe")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(["hello hello world world the then there"] * 5, trainer)
    tokenizer.add_special_tokens([AddedToken("<s>", special=True)])
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", start)])
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=6)
    size = tokenizer.get_vocab_size()
    save(path, GPT2LMHeadModel, GPT2Config(vocab_size=size, n_positions=200, n_embd=8, n_layer=1, n_head=2))
    tokenizer.save(str(path / "tokenizer.json"))
    return path


@pytest.fixture(scope="module")
def m(folder: Path) -> Model:
    return model.load(folder)


@pytest.mark.parametrize("text", TEXTS)
def test_round_trip(m: Model, text: str) -> None:
    ids = m.tokenizer.encode(text)
    assert m.tokenizer.decode(ids) == text
    pieces = m.tokenizer.pieces(ids)
    assert len(pieces) == len(ids)
    assert all(pieces)
    if text.isascii():
        assert "".join(pieces) == text


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_round_trip_of_anything(m: Model, text: str) -> None:
    ids = m.tokenizer.encode(text)
    assert m.tokenizer.decode(ids) == text
    assert len(m.tokenizer.pieces(ids)) == len(ids)


def test_parts_of_a_character_are_shown_as_bytes(m: Model) -> None:
    ids = m.tokenizer.encode("é")
    assert m.tokenizer.pieces(ids) == ["<0xC3>", "<0xA9>"]
    assert sorted(byte_of().values()) == list(range(256))


def test_special_tokens_are_visible(m: Model) -> None:
    plain, special = m.tokenizer.encode("hello"), m.tokenizer.encode("hello", special=True)
    assert special[1:] == plain
    assert m.tokenizer.pieces(special)[0] == "<s>"
    assert m.tokenizer.decode(special) == "<s>hello"
    assert m.trace("hello")["tokens"].tolist() == special
    assert m.trace(ids=plain)["tokens"].tolist() == plain


def test_nothing_is_cut_or_padded(m: Model) -> None:
    text = "the " * 60
    assert m.tokenizer.decode(m.tokenizer.encode(text)) == text
    assert len(m.tokenizer.encode("a")) == 1
    with pytest.raises(model.InputError, match="200"):
        m.trace("日本" * 60)


def test_ids_without_a_token(m: Model) -> None:
    for i in (-1, 10**6, 2**40):
        assert m.tokenizer.pieces([i]) == [f"<id {i}>"]


def test_text_that_cannot_be_read(m: Model) -> None:
    for text, message in (
        ("", "empty"),
        ("a\ud800", "character 2"),
        (5, "must be text"),
        (b"x", "must be text"),
        (None, "ids="),
    ):
        with pytest.raises(model.InputError, match=message):
            m.trace(text)  # type: ignore[arg-type]
    with pytest.raises(model.InputError, match="both"):
        m.trace("a", ids=[1])


def test_older_files(folder: Path, tmp_path: Path, m: Model) -> None:
    data = json.loads((folder / "tokenizer.json").read_text())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(data["vocab"]))
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in data["merges"]]
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]))
    old = open_tokenizer(tmp_path)
    assert old is not None
    for text in TEXTS:
        assert old.encode(text) == m.tokenizer.encode(text)
        assert old.decode(old.encode(text)) == text
    assert open_tokenizer(tmp_path / "none") is None


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"model": {}}', "[" * 100_000])
def test_a_broken_tokenizer(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(model.CheckpointError, match="tokenizer"):
        open_tokenizer(tmp_path)


def test_a_tokenizer_that_contradicts_itself(folder: Path, tmp_path: Path) -> None:
    data = json.loads((folder / "tokenizer.json").read_text())
    data["post_processor"]["special_tokens"] = {}
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    try:
        found = open_tokenizer(tmp_path)
    except model.CheckpointError:
        return
    assert found is not None
    with pytest.raises(model.InputError, match="damaged"):
        found.encode("hello", special=True)


def test_letters() -> None:
    letters = LetterTokenizer("ABC")
    assert letters.encode("CAB") == letters.encode("CAB", special=True) == [2, 0, 1]
    assert letters.decode([2, 0, 1]) == "CAB"
    assert letters.pieces([0, -1, 3]) == ["A", "<id -1>", "<id 3>"]
    for text, shown in (("ABD", "letter 3 is 'D'"), ("a", "'a'"), ("A\n", r"U\+000A"), ("A B", "letter 2 is ' '")):
        with pytest.raises(model.InputError, match=shown):
            letters.encode(text)
