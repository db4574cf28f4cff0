"""The tokenizers in GGUF files, against what their authors' own rules say."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from model.checkpoints import gguf_tokenizer
from model.checkpoints.gguf_file import GGUFFile
from tests.model import ggufs
from tests.model.tokenizer_files.texts import CORPUS, TRAINING, WORDS, opened


def gguf_of(path: Path, add: Callable[[Any], None]) -> tuple[Any, str]:
    """The tokenizer of a GGUF file that has nothing else."""
    file = GGUFFile(ggufs.write(path / "x.gguf", "llama", {}, {}, tokenizer=add))
    backend, note = gguf_tokenizer.build(file)
    if backend is None:
        return None, note
    gguf_tokenizer.save(backend, file, path)
    return opened(path), note


LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")


def before(pre: str) -> Any:
    """How the authors of each model cut up text, as in their tokenizer.json."""
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return {
        "gpt-2": plain,
        "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain]),
        "llama-bpe": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), bytes_only]),
        "qwen2": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(QWEN2), "isolated"), bytes_only]),
    }[pre]


@pytest.mark.parametrize("pre", ["gpt-2", "smollm", "llama-bpe", "qwen2"])
def test_gguf_byte_level(tmp_path: Path, pre: str) -> None:
    theirs = Tokenizer(models.BPE(ignore_merges=pre == "llama-bpe"))
    theirs.pre_tokenizer, theirs.decoder = before(pre), decoders.ByteLevel()
    if pre == "qwen2":
        theirs.normalizer = normalizers.NFC()
    alphabet, names = pre_tokenizers.ByteLevel.alphabet(), ["<|begin|>", "<|end|>"]
    theirs.train_from_iterator(
        TRAINING,
        trainers.BpeTrainer(vocab_size=600, special_tokens=names, initial_alphabet=alphabet, show_progress=False),
    )
    vocab = theirs.get_vocab()
    tokens = sorted(vocab, key=lambda t: vocab[t])
    listed = [" ".join(pair) for pair in json.loads(theirs.to_str())["model"]["merges"]]
    add = ggufs.add_tokenizer(
        "gpt2", tokens, [3 if t in names else 1 for t in tokens], listed, pre=pre, bos_token_id=0, eos_token_id=1,
        add_bos_token=True,
    )  # fmt: skip
    ours, _ = gguf_of(tmp_path, add)
    for text in [*CORPUS, "a<|end|>b 7 77 777 7777"]:
        ids = theirs.encode(text).ids
        assert ours.encode(text) == ids, text
        assert ours.encode(text, special=True) == [0, *ids]
        assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=False)
    assert ours.special_ids == {0, 1}
    assert ours.specials == {"bos": 0, "eos": 1}


def by_score(text: str, vocab: dict[str, int], scores: list[float]) -> list[int]:
    """SentencePiece's BPE by its definition: of all neighbours that make a piece, join those with the best score (the
    leftmost of equals), until none do; what is then no piece is spelt in bytes."""
    parts = list(text.replace(" ", "▁"))
    while True:
        joins = [(-scores[vocab[a + b]], i) for i, (a, b) in enumerate(itertools.pairwise(parts)) if a + b in vocab]
        if not joins:
            break
        at = min(joins)[1]
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    ids: list[int] = []
    for piece in parts:
        ids += [vocab[piece]] if piece in vocab else [vocab[f"<0x{byte:02X}>"] for byte in piece.encode()]
    return ids


@pytest.fixture(scope="module")
def pieces() -> tuple[list[str], list[float], list[int]]:
    """Tokens, scores and kinds of a small SentencePiece vocabulary: merges learnt first have the best scores."""
    learnt = Tokenizer(models.BPE())
    learnt.normalizer = normalizers.Replace(" ", "▁")
    learnt.train_from_iterator(TRAINING, trainers.BpeTrainer(vocab_size=300, show_progress=False, limit_alphabet=60))
    vocab = learnt.get_vocab()
    order = sorted(vocab, key=lambda t: vocab[t])
    order = [t for t in order if len(t) > 1] + [t for t in order if len(t) == 1]
    order += [] if "▁" in order else ["▁"]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), *order]
    return tokens, [0.0] * 259 + [-float(i) for i in range(len(order))], [2, 3, 3] + [6] * 256 + [1] * len(order)


@pytest.mark.parametrize("prefix", [True, False])
def test_gguf_sentence_piece(tmp_path: Path, pieces: tuple[list, list, list], prefix: bool) -> None:
    tokens, scores, kinds = pieces
    words: dict[str, Any] = {"bos_token_id": 1, "eos_token_id": 2, "unknown_token_id": 0, "add_space_prefix": prefix}
    ours, _ = gguf_of(tmp_path, ggufs.add_tokenizer("llama", tokens, kinds, scores=scores, **words))
    vocab = {t: i for i, t in enumerate(tokens)}
    for text in CORPUS:
        wanted = by_score(" " + text if prefix and text else text, vocab, scores)
        assert ours.encode(text) == wanted, text
        assert ours.encode(text, special=True) == [1, *wanted]  # a beginning, unless the file says otherwise
        assert ours.decode(wanted) == text
        assert b"".join(ours.as_bytes(wanted)).decode() == (" " + text if prefix and text else text)
    assert "<0xF0>" in ours.pieces(ours.encode("🦖"))  # stands nowhere in the training text
    assert ours.pieces(ours.encode("the", special=True))[0] == "<s>"


@given(text=WORDS)
def test_gguf_sentence_piece_on_anything(pieces: tuple[list, list, list], text: str, tmp_path_factory: Any) -> None:
    tokens, scores, _ = pieces
    vocab = {t: i for i, t in enumerate(tokens)}
    ours = _sentence_piece(tmp_path_factory, pieces)
    if not any(name in text for name in ("<s>", "</s>")):
        assert ours.encode(text) == by_score(text, vocab, scores)


_made: list[Any] = []


def _sentence_piece(tmp_path_factory: Any, pieces: tuple[list, list, list]) -> Any:
    if not _made:
        tokens, scores, kinds = pieces
        add = ggufs.add_tokenizer("llama", tokens, kinds, scores=scores, add_space_prefix=False, unknown_token_id=0)
        _made.append(gguf_of(tmp_path_factory.mktemp("sp"), add)[0])
    return _made[0]


def test_gguf_tokens_of_users_are_never_cut(tmp_path: Path) -> None:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, "<tool>", "ab"]
    add = ggufs.add_tokenizer("gpt2", tokens, [1] * 256 + [4, 1], ["a b"], pre="gpt-2")
    ours, _ = gguf_of(tmp_path, add)
    assert ours.pieces(ours.encode("x<tool>ab")) == ["x", "<tool>", "ab"]
    assert ours.special_ids == frozenset()


def test_gguf_tokenizers_that_are_not_known(tmp_path: Path) -> None:
    """The model opens all the same, and says why it takes ids only."""
    unknown: list[tuple[str, dict[str, Any]]] = [("gpt2", {"pre": "martian"}), ("t5", {}), ("rwkv", {})]
    for kind, words in unknown:
        found, note = gguf_of(tmp_path, ggufs.add_tokenizer(kind, ["a"], [1], **words))
        assert found is None
        assert "not known" in note
    assert gguf_of(tmp_path, lambda _: None)[1] == "the file has no tokenizer"
