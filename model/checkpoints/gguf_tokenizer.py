"""The tokenizer in a GGUF file's metadata, as the `tokenizers` library's JSON.

"gpt2" is byte-level BPE with the merges listed; `pre` names how text is cut up beforehand. "llama" is SentencePiece's
BPE: no merges are listed, but the scores say in which order pieces are joined, and bytes stand in for what is missing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model.checkpoints.gguf_file import GGUFFile
from model.checkpoints.tokenizer_files import library, surround

_CONTROL, _USER_DEFINED = 3, 4
_LONGEST_PIECE = 256

_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_LLAMA3 = _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + _REST
_QWEN2 = _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + _REST
_GPT2 = frozenset({"gpt-2", "gpt2", "phi-2", "olmo", "mpt"})
_DIGITS = frozenset({"smollm", "starcoder", "refact", "command-r", "codeshell"})
_SPLITS = {
    "llama-bpe": _LLAMA3, "llama3": _LLAMA3, "llama-v3": _LLAMA3,
    "qwen2": _QWEN2, "deepseek-r1-qwen": _QWEN2,
}  # fmt: skip


def build(file: GGUFFile) -> tuple[Any, str]:
    """(a `tokenizers.Tokenizer`, "") or (None, why there is none). Raises CheckpointError for damaged metadata."""
    about = {k.removeprefix("tokenizer.ggml."): v for k, v in file.metadata.items() if k.startswith("tokenizer.ggml.")}
    kind, tokens = about.get("model"), about.get("tokens")
    if kind is None or tokens is None:
        return None, "the file has no tokenizer"
    if not isinstance(tokens, list) or not all(isinstance(t, str) for t in tokens):
        raise file.damaged("tokenizer.ggml.tokens is no list of texts")
    kinds = about.get("token_type", [1] * len(tokens))
    if not isinstance(kinds, list) or len(kinds) != len(tokens):
        raise file.damaged("tokenizer.ggml.token_type has another length than the tokens")
    pre = about.get("pre", "gpt-2" if kind == "gpt2" else "default")
    with library(f"the tokenizer in {file.path.name}"):
        if kind == "gpt2" and isinstance(pre, str) and (pre in _GPT2 | _DIGITS or pre in _SPLITS):
            backend = _byte_level(tokens, about.get("merges", []), pre)
        elif kind == "llama":
            backend = _sentence_piece(file, tokens, about)
        else:
            return None, f"a tokenizer of kind {kind!r}, {pre!r} in GGUF is not known; give ids"
        _add(backend, tokens, kinds)
        ends = {role: _name(tokens, about.get(f"{role}_token_id")) for role in ("bos", "eos")}
        # llama.cpp's own defaults, where the file does not say
        bos = about.get("add_bos_token", kind == "llama" or pre in ("llama-bpe", "llama3", "llama-v3"))
        surround(backend, ends["bos"] if bos is True else None,
                 ends["eos"] if about.get("add_eos_token") is True else None)  # fmt: skip
        return backend, ""


def save(backend: Any, file: GGUFFile, folder: Path) -> None:
    """tokenizer.json and tokenizer_config.json, as `tokenizer_files` reads them."""
    tokens = file.metadata["tokenizer.ggml.tokens"]
    roles = {"bos": "bos", "eos": "eos", "unk": "unknown", "sep": "seperator", "pad": "padding", "cls": "cls",
             "mask": "mask"}  # fmt: skip
    settings = {
        f"{role}_token": _name(tokens, file.metadata.get(f"tokenizer.ggml.{name}_token_id"))
        for role, name in roles.items()
    }
    template = file.metadata.get("tokenizer.chat_template")
    settings["chat_template"] = template if isinstance(template, str) else None
    (folder / "tokenizer.json").write_text(backend.to_str(), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def ends(file: GGUFFile) -> list[int] | None:
    """Ids that end what the model writes: of a text, a turn, a message. None where the file names none."""
    given = (file.metadata.get(f"tokenizer.ggml.{kind}_token_id") for kind in ("eos", "eot", "eom"))
    return sorted({i for i in given if isinstance(i, int)}) or None


def _name(tokens: list[str], i: Any) -> str | None:
    return tokens[i] if isinstance(i, int) and 0 <= i < len(tokens) else None


def _byte_level(tokens: list[str], merges: list[str], pre: str) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    # Llama 3 takes a word that is in the vocabulary as it is, whatever the merges would make of it.
    whole = pre in ("llama-bpe", "llama3", "llama-v3")
    backend = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, pairs, ignore_merges=whole))
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if pre in _GPT2:
        backend.pre_tokenizer = plain
    elif pre in _DIGITS:
        digits = pre_tokenizers.Digits(individual_digits=True)
        backend.pre_tokenizer = pre_tokenizers.Sequence([digits, plain])
    else:
        split = pre_tokenizers.Split(Regex(_SPLITS[pre]), "isolated")
        bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        backend.pre_tokenizer = pre_tokenizers.Sequence([split, bytes_only])
    if _SPLITS.get(pre) is _QWEN2:
        backend.normalizer = normalizers.NFC()
    backend.decoder = decoders.ByteLevel()
    return backend


def _sentence_piece(file: GGUFFile, tokens: list[str], about: dict[str, Any]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers

    scores = about.get("scores")
    if not isinstance(scores, list) or len(scores) != len(tokens):
        raise file.damaged("tokenizer.ggml.scores has another length than the tokens")
    vocab = {t: i for i, t in enumerate(tokens)}
    unknown = _name(tokens, about.get("unknown_token_id", 0))
    has_bytes = "<0x00>" in vocab
    backend = Tokenizer(
        models.BPE(vocab, _merges(vocab, scores), unk_token=unknown, fuse_unk=True, byte_fallback=has_bytes)
    )
    prefix = about.get("add_space_prefix", True) is True
    parts: list[Any] = [normalizers.Prepend("▁")] if prefix else []
    backend.normalizer = normalizers.Sequence([*parts, normalizers.Replace(" ", "▁")])
    undo = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    backend.decoder = decoders.Sequence([*undo, *([decoders.Strip(" ", 1, 0)] if prefix else [])])
    return backend


def _merges(vocab: dict[str, int], scores: list[float]) -> list[tuple[str, str]]:
    """Every way to join two pieces into a third, best score first: the order in which SentencePiece joins."""
    found = []
    for piece, i in vocab.items():
        if len(piece) <= _LONGEST_PIECE:
            cuts = ((piece[:n], piece[n:]) for n in range(1, len(piece)))
            found += [(-scores[i], i, left, right) for left, right in cuts if left in vocab and right in vocab]
    found.sort(key=lambda join: join[:2])
    return [(left, right) for _, _, left, right in found]


def _add(backend: Any, tokens: list[str], kinds: list[int]) -> None:
    """Marks control tokens as special, and those that users defined as never to be cut."""
    from tokenizers import AddedToken

    for kind, add in ((_CONTROL, backend.add_special_tokens), (_USER_DEFINED, backend.add_tokens)):
        names = [token for token, k in zip(tokens, kinds, strict=True) if k == kind]
        add([AddedToken(name, special=kind == _CONTROL, normalized=False) for name in names])
