"""Every form in which tokenizers are published, against Hugging Face's own reading of the same files."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel

import model
from model.checkpoints import gguf_tokenizer
from model.checkpoints.gguf_file import GGUFFile
from model.checkpoints.tokenizer_files import open_tokenizer
from model.tokenizers import FileTokenizer, LetterTokenizer
from tests.model import ggufs
from tests.model.theirs import save

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


# ---- files of a folder ----


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


@pytest.fixture(scope="module")
def merges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """vocab.json and merges.txt, with the special tokens of GPT-2, RoBERTa and OPT in them."""
    path = tmp_path_factory.mktemp("merges")
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=names, initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator(TRAINING, trainer)
    backend.model.save(str(path))
    return path


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


# ---- GGUF ----


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


# ---- chat ----

TEMPLATE = (
    "{% for m in messages %}{% if m['role'] not in ['user', 'assistant', 'system'] %}"
    "{{ raise_exception('no role ' + m['role']) }}{% endif %}{{ bos_token + m['role'] + ': ' + m['content'] }}\n"
    "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
)
HELLO = [{"role": "user", "content": "Hi <b>&'\"🙂"}, {"role": "assistant", "content": "Yes"}]


def speaker(merges: Path, template: Any, folder: Path) -> FileTokenizer:
    for file in ("vocab.json", "merges.txt"):
        (folder / file).write_bytes((merges / file).read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "chat_template": template}))
    return opened(folder)


def test_chat(merges: Path, tmp_path: Path) -> None:
    ours = speaker(merges, TEMPLATE, tmp_path)
    assert ours.chat(HELLO) == "<s>user: Hi <b>&'\"🙂\n<s>assistant: Yes\nassistant:"
    assert ours.chat(HELLO, answer=False).endswith("Yes\n")
    assert ours.pieces(ours.encode(ours.chat(HELLO)))[0] == "<s>"
    with pytest.raises(model.InputError, match="no role pirate"):
        ours.chat([{"role": "pirate", "content": "Arr"}])
    several = speaker(merges, [{"name": "tools", "template": "x"}, {"name": "default", "template": TEMPLATE}], tmp_path)
    assert several.chat(HELLO) == ours.chat(HELLO)
    (tmp_path / "chat_template.jinja").write_text("{{ messages[0].content|tojson }}")
    assert opened(tmp_path).chat(HELLO) == '"Hi <b>&\'\\"🙂"'


@pytest.mark.parametrize("messages", [[], [{}], ["x"], [{"role": "user"}], [{"role": "user", "content": 5}], [None]])
def test_what_is_no_conversation(merges: Path, tmp_path: Path, messages: Any) -> None:
    with pytest.raises(model.InputError, match="messages must be a list such as"):
        speaker(merges, TEMPLATE, tmp_path).chat(messages)


def test_models_without_chat(merges: Path) -> None:
    with pytest.raises(model.InputError, match="no chat template"):
        opened(merges).chat(HELLO)
    with pytest.raises(model.InputError, match="letters"):
        LetterTokenizer("ABC").chat(HELLO)


@pytest.mark.parametrize(
    "template",
    [
        "{% for",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__.os.system('touch burst') }}",
        "{{ 'x' * 10**10 }}",
        "{{ 'x'.center(10**10) }}",
        "{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ missing.attribute }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_templates_that_mean_harm(merges: Path, tmp_path: Path, template: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(model.InputError, match="chat template"):
        speaker(merges, template, tmp_path).chat(HELLO)
    assert not (tmp_path / "burst").exists()
