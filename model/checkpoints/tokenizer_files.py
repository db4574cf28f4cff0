"""A folder's tokenizer: `tokenizer.json`, GPT-2's `vocab.json` and `merges.txt`, or BERT's `vocab.txt`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.checkpoints import files
from model.errors import CheckpointError
from model.tokenizers import FileTokenizer

ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
_LARGEST = 64 << 20  # Gemma's, the largest in use, has 33 MB


def open_tokenizer(folder: Path) -> FileTokenizer | None:
    """None when the folder has no tokenizer that can be read. Raises CheckpointError when it has a broken one."""
    with library(f"the tokenizer in {folder}"):
        settings = _settings(folder)
        if (folder / "tokenizer.json").is_file():
            backend = _from_json(folder / "tokenizer.json")
        elif (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
            backend = _byte_level(folder, settings)
        elif (folder / "vocab.txt").is_file():
            backend = _word_piece(folder, settings)
        else:
            return None
        names = {role: content(settings.get(f"{role}_token")) for role in ROLES}
        ids = {role: backend.token_to_id(name) for role, name in names.items() if name is not None}
        specials = {role: i for role, i in ids.items() if i is not None}
        return FileTokenizer(backend, specials, settings.get("chat_template"))


@contextmanager
def library(what: str) -> Iterator[None]:
    """Errors of the `tokenizers` library as CheckpointError. It raises bare Exception, and where Rust panics something
    that is not even that."""
    try:
        yield
    except CheckpointError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise CheckpointError(f"{what} cannot be read: {error}.") from error
        raise


def content(token: Any) -> str | None:
    """A token written as text, or as an object with more about it."""
    token = token.get("content") if isinstance(token, dict) else token
    return token if isinstance(token, str) and token else None


def _names(settings: dict[str, Any]) -> list[str]:
    """The special tokens, each once."""
    return sorted({name for role in ROLES if (name := content(settings.get(f"{role}_token")))})


def _settings(folder: Path) -> dict[str, Any]:
    """tokenizer_config.json and what older or newer versions keep beside it."""
    settings: dict[str, Any] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            settings |= {k: v for k, v in files.read_json(folder / name).items() if v is not None}
    template = settings.get("chat_template")
    if isinstance(template, list):  # several, by name
        named = {t.get("name"): t.get("template") for t in template if isinstance(t, dict)}
        template = named.get("default")
    if (folder / "chat_template.jinja").is_file():
        template = read_text(folder / "chat_template.jinja", 1 << 20)
    settings["chat_template"] = template if isinstance(template, str) else None
    if (folder / "config.json").is_file():
        settings["model_type"] = files.read_json(folder / "config.json").get("model_type")
    return settings


def read_text(path: Path, largest: int = _LARGEST) -> str:
    """Raises CheckpointError when it is too large, outside of its folder or no UTF-8."""
    real = files.inside(path)
    if real.stat().st_size > largest:
        raise CheckpointError(f"{path.name} is {real.stat().st_size:,} bytes; at most {largest:,} are read.")
    try:
        return real.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path.name} is not UTF-8 text: {error}.") from error


def _from_json(path: Path) -> Any:
    from tokenizers import Tokenizer

    backend = Tokenizer.from_str(read_text(path))
    backend.no_padding()
    backend.no_truncation()  # a text too long is refused with a message, never cut in silence
    return backend


def _byte_level(folder: Path, settings: dict[str, Any]) -> Any:
    """GPT-2's, and those of RoBERTa, BART and OPT, which differ in what they put around a text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    vocab = json.loads(read_text(folder / "vocab.json"))
    lines = read_text(folder / "merges.txt").split("\n")
    pairs = (line.partition(" ") for line in lines if line.strip() and not line.startswith("#version"))
    merges = [(left, right.rstrip("\r")) for left, _, right in pairs]
    kind = settings.get("model_type")
    if kind in ("roberta", "bart"):
        for role, token in (("cls", "<s>"), ("sep", "</s>"), ("bos", "<s>"), ("eos", "</s>"),
                            ("unk", "<unk>"), ("pad", "<pad>"), ("mask", "<mask>")):  # fmt: skip
            settings.setdefault(f"{role}_token", token)
    elif kind != "opt":
        settings.setdefault("bos_token", "<|endoftext|>")
        settings.setdefault("eos_token", "<|endoftext|>")
    backend = Tokenizer(models.BPE(vocab, merges))
    prefix = settings.get("add_prefix_space") is True
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    backend.decoder = decoders.ByteLevel()
    # RoBERTa's mask takes the space before it, as its authors trained it.
    special = [AddedToken(n, special=True, lstrip=n == "<mask>") for n in _names(settings) if n in vocab]
    backend.add_special_tokens(special)
    first = "cls" if kind in ("roberta", "bart") else "bos" if settings.get("add_bos_token") is True else None
    last = "sep" if kind in ("roberta", "bart") else "eos" if settings.get("add_eos_token") is True else None
    surround(backend, content(settings.get(f"{first}_token")), content(settings.get(f"{last}_token")))
    return backend


def _word_piece(folder: Path, settings: dict[str, Any]) -> Any:
    """BERT's: split at spaces and punctuation, then the longest pieces in the vocabulary."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

    words = read_text(folder / "vocab.txt").split("\n")
    vocab = {word.rstrip("\r"): i for i, word in enumerate(words[: -1 if words[-1] == "" else None])}
    for role, token in (("unk", "[UNK]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("cls", "[CLS]"), ("mask", "[MASK]")):
        settings.setdefault(f"{role}_token", token)
    unknown, first, last = (content(settings[f"{role}_token"]) for role in ("unk", "cls", "sep"))
    if unknown not in vocab or first not in vocab or last not in vocab:
        raise CheckpointError(f"vocab.txt in {folder} is not BERT's: it lacks {unknown}, {first} or {last}.")
    if settings.get("do_basic_tokenize") is False:
        raise CheckpointError("tokenizer_config.json: do_basic_tokenize=false is not supported.")
    backend = Tokenizer(models.WordPiece(vocab, unk_token=unknown))
    backend.normalizer = normalizers.BertNormalizer(
        handle_chinese_chars=settings.get("tokenize_chinese_chars") is not False,
        strip_accents=settings.get("strip_accents"),
        lowercase=settings.get("do_lower_case") is not False,
    )
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece(prefix="##")
    backend.add_special_tokens([AddedToken(n, special=True) for n in _names(settings) if n in vocab])
    surround(backend, first, last)
    return backend


def surround(backend: Any, first: str | None, last: str | None) -> None:
    """Makes the tokenizer put tokens around a text when asked for special tokens. None: nothing there."""
    from tokenizers import processors

    ids = {token: backend.token_to_id(token) for token in (first, last) if token is not None}
    if missing := [token for token, i in ids.items() if i is None]:
        raise CheckpointError(f"the tokenizer's vocabulary lacks its special token {missing[0]!r}.")
    if ids:
        template = " ".join(part for part in (first, "$A", last) if part is not None)
        if any(" " in token for token in ids):
            raise CheckpointError("special tokens with spaces in them are not supported.")
        backend.post_processor = processors.TemplateProcessing(single=template, special_tokens=list(ids.items()))
