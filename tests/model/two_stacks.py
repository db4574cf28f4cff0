"""A tiny T5 that reads and writes words: a folder as transformers saves it, with a tokenizer beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from tests.model.theirs import save

WORDS = [
    "<pad>", "</s>", "<unk>", "the", "a", "big", "red", "old", "cat", "dog", "bird", "sees", "hears", "likes", "runs",
    "sleeps", "here", "there", "now",
]  # fmt: skip
PAD, END = 0, 1
SIZES: dict[str, Any] = {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 2}


def t5(folder: Path, seed: int = 0) -> T5ForConditionalGeneration:
    """Random weights. Its tokenizer ends every text with `</s>`, as T5's does, and its decoder starts with `<pad>`."""
    vocab = {word: i for i, word in enumerate(WORDS)}
    backend = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", END)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    config = T5Config(**SIZES, vocab_size=len(WORDS), decoder_start_token_id=PAD, eos_token_id=END)
    theirs = save(folder, T5ForConditionalGeneration, config, seed)
    tokenizer.save_pretrained(folder)
    return theirs


def ending(folder: Path, ids: list[int] | int) -> None:
    """Says in generation_config.json which tokens end a text."""
    path = folder / "generation_config.json"
    said = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(said | {"eos_token_id": ids}))
