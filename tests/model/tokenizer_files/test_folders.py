"""Every form in which tokenizers are published in folders, against Hugging Face's own reading of the same files."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel

import model
from model.checkpoints.tokenizer_files import open_tokenizer
from model.tokenizers import FileTokenizer
from tests.model.theirs import save
from tests.model.tokenizer_files.texts import CORPUS, WORDS, opened


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *map(chr, range(33, 127)), "é", "日", "本", "語"]
    words += [
        "hello",
        "world",
        "##s",
        "##e",
        "##lo",
        "the",
        "un",
        "##believ",
        "##able",
        "Hello",
        "naive",
        "naïve",
        "##a",
        "##b",
        "##c",
    ]
    (path / "vocab.txt").write_text("\n".join(words) + "\n")
    return path


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"do_lower_case": False},
        {"strip_accents": False},
        {"tokenize_chinese_chars": False},
        {"do_lower_case": True},
    ],
    ids=str,
)
def test_bert(bert: Path, tmp_path: Path, settings: dict[str, Any]) -> None:
    from transformers import BertTokenizer

    (tmp_path / "vocab.txt").write_bytes((bert / "vocab.txt").read_bytes())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**settings, "tokenizer_class": "BertTokenizer"}))
    theirs, ours = BertTokenizer.from_pretrained(tmp_path), opened(tmp_path)
    for text in CORPUS:
        assert ours.encode(text, special=True) == theirs(text)["input_ids"], text
        assert ours.encode(text) == theirs(text, add_special_tokens=False)["input_ids"], text
    ids = ours.encode("unbelievable", special=True)
    assert ours.pieces(ids) == ["[CLS]", "un", "##believ", "##able", "[SEP]"]
    assert ours.as_bytes(ids[1:-1]) == [b"un", b"believ", b"able"]
    assert ours.as_bytes(ours.encode("hello world")) == [b"hello", b" world"]
    assert ours.specials == {"pad": 0, "unk": 1, "cls": 2, "sep": 3, "mask": 4}
    assert ours.special_ids == {0, 1, 2, 3, 4}


def test_a_vocabulary_that_is_not_berts(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    with pytest.raises(model.CheckpointError, match=r"lacks \[UNK\]"):
        open_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("kind", "name", "settings"),
    [
        ("gpt2", "GPT2Tokenizer", {}),
        ("gpt2", "GPT2Tokenizer", {"add_prefix_space": True}),
        ("roberta", "RobertaTokenizer", {}),
    ],
)
def test_byte_level(merges: Path, tmp_path: Path, kind: str, name: str, settings: dict[str, Any]) -> None:
    import transformers

    for file in ("vocab.json", "merges.txt"):
        (tmp_path / file).write_bytes((merges / file).read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**settings, "tokenizer_class": name}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, ours = getattr(transformers, name).from_pretrained(tmp_path), opened(tmp_path)
    for text in [*CORPUS, "a<mask>b", "end<|endoftext|>start"]:
        assert ours.encode(text, special=True) == theirs(text)["input_ids"], text
        assert ours.encode(text) == theirs(text, add_special_tokens=False)["input_ids"], text
    if kind == "roberta":
        assert ours.pieces(ours.encode("x", special=True)) == ["<s>", "x", "</s>"]
        # As RoBERTa was trained: the mask stands for a word and the space before it.
        assert ours.pieces(ours.encode("a <mask>b")) == ["a", "<mask>", "b"]


def test_opt_begins_with_its_end(merges: Path, tmp_path: Path) -> None:
    for file in ("vocab.json", "merges.txt"):
        (tmp_path / file).write_bytes((merges / file).read_bytes())
    (tmp_path / "config.json").write_text('{"model_type": "opt"}')
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"add_bos_token": True, "bos_token": "</s>", "eos_token": {"content": "</s>", "lstrip": False}})
    )
    ours = opened(tmp_path)
    assert ours.pieces(ours.encode("x", special=True)) == ["</s>", "x"]
    assert ours.specials == {"bos": 2, "eos": 2}


@given(text=WORDS)
def test_bytes_add_up_to_the_text(merges: Path, text: str) -> None:
    ours = opened(merges)
    ids = ours.encode(text)
    assert b"".join(ours.as_bytes(ids)) == text.encode()
    assert ours.decode(ids) == text


def test_pieces_show_characters_where_there_are_some(merges: Path) -> None:
    """A token may end in the middle of a character: only that part is shown as bytes."""
    backend = opened(merges).backend
    vocab = json.loads((merges / "vocab.json").read_text())
    space, first, second = "Ġ", "Ã", "©"  # the bytes 0x20, 0xC3, 0xA9
    for n, token in enumerate((space + first, second, space + first + second, second + "x")):
        vocab.setdefault(token, 1000 + n)
    ours = FileTokenizer(_with(backend, models.BPE(vocab, [])))
    shown = ours.pieces([vocab[t] for t in (space + first, second, space + first + second, second + "x")])
    assert shown == [" <0xC3>", "<0xA9>", " é", "<0xA9>x"]


def _with(backend: Any, vocabulary: Any) -> Any:
    made = Tokenizer(vocabulary)
    made.pre_tokenizer, made.decoder = backend.pre_tokenizer, backend.decoder
    return made


def test_unigram(tmp_path: Path) -> None:
    """SentencePiece's other algorithm, T5's and ALBERT's, comes in tokenizer.json."""
    backend = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁", -2.0), ("▁the", -1.0), ("n", -2.0)], 0, False))
    backend.pre_tokenizer, backend.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    backend.save(str(tmp_path / "tokenizer.json"))
    ours = opened(tmp_path)
    assert ours.pieces(ours.encode("the then")) == [" the", " the", "n"]
    assert ours.as_bytes(ours.encode("the")) == [b" the"]
    assert ours.decode(ours.encode("the then")) == "the then"


def test_sentence_pieces_own_file_is_named_not_guessed_at(tmp_path: Path) -> None:
    save(tmp_path, GPT2LMHeadModel, GPT2Config(vocab_size=31, n_positions=20, n_embd=8, n_layer=1, n_head=2))
    (tmp_path / "tokenizer.model").write_bytes(b"x")
    m = model.load(tmp_path)
    assert m.tokenizer is None
    assert "tokenizer.model alone is not read" in m.card["tokenizer_note"]
