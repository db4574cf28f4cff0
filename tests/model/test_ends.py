"""Where a model begins and ends what it writes: its configs' tokens, as Hugging Face reads them."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, BartConfig, BartForConditionalGeneration, LlamaConfig
from transformers import LlamaForCausalLM as Llama
from transformers.models.bart.modeling_bart import shift_tokens_right

import model
from model.generate import stop_ids
from tests.model.theirs import rewrite, save
from tests.model.two_stacks import END, PAD, ending, t5

LLAMA: dict[str, Any] = {
    "vocab_size": 37, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 64,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, Llama, LlamaConfig(**LLAMA, eos_token_id=2))
    (tmp_path / "generation_config.json").unlink(missing_ok=True)
    return tmp_path


def test_a_config_names_one_end_or_several(folder: Path) -> None:
    assert stop_ids(model.load(folder)) == {2}
    rewrite(folder, lambda config: config.update(eos_token_id=[5, 9]))
    assert stop_ids(model.load(folder)) == {5, 9}


@pytest.mark.parametrize(("said", "ends"), [([7, 3], {7, 3}), (4, {4}), (None, {2})])
def test_a_generation_config_has_the_last_word(folder: Path, said: Any, ends: set[int]) -> None:
    ending(folder, said)
    assert stop_ids(model.load(folder)) == ends


@pytest.mark.parametrize("said", ["</s>", True, [1, "2"], -1, 1.5])
def test_an_end_that_is_no_id_is_refused(folder: Path, said: Any) -> None:
    ending(folder, said)
    with pytest.raises(model.CheckpointError, match=r"generation_config\.json says eos_token_id=.* ids?\b"):
        model.load(folder)


def test_a_damaged_generation_config_is_named(folder: Path) -> None:
    (folder / "generation_config.json").write_text("{")
    with pytest.raises(model.CheckpointError, match=r"generation_config\.json cannot be read as JSON"):
        model.load(folder)


@pytest.mark.parametrize("two", [False, True])
def test_writing_stops_where_hugging_face_s_does(folder: Path, tmp_path: Path, two: bool) -> None:
    """At whichever of several end tokens comes first."""
    if two:
        t5(folder, seed=3)
    (folder / "generation_config.json").unlink(missing_ok=True)
    words: dict[str, Any] = {"ids": [5, 11, 4, END], "max_new_tokens": 12, "repetition_penalty": 4.0}
    free = [step.id for step in model.load(folder).generate(**words, stop=[])]
    third = next(i for place, i in enumerate(free) if place >= 2 and i not in free[:place])
    never = next(i for i in range(3, 18) if i not in free)
    ending(folder, [never, third])
    if two:
        rewrite_start(folder)
    ours = list(model.load(folder).generate(**words))
    kind: Any = AutoModelForSeq2SeqLM if two else Llama
    out = kind.from_pretrained(folder).generate(
        torch.tensor([words["ids"]]), attention_mask=torch.ones(1, 4, dtype=torch.long), max_new_tokens=12,
        do_sample=False, repetition_penalty=4.0, pad_token_id=0,
    )  # fmt: skip
    assert out[0, 1 if two else 4 :].tolist() == [step.id for step in ours] == free[: free.index(third) + 1]
    assert ours[-1].finished == "stop"


def rewrite_start(folder: Path) -> None:
    """The start token stands in the generation config alone, where transformers 5 writes it."""
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"decoder_start_token_id": PAD}))
    rewrite(folder, lambda config: config.pop("decoder_start_token_id", None))


def test_a_target_text_is_what_the_decoder_was_trained_to_read(tmp_path: Path) -> None:
    """Its start token, then the text without its end mark: Hugging Face's labels, moved on by one place."""
    theirs = t5(tmp_path)
    m, tokenizer = model.load(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    labels = tokenizer("the old dog sleeps", return_tensors="pt").input_ids
    assert labels[0, -1] == END
    read = m.trace("the cat", target="the old dog sleeps")["decoder.tokens"]
    assert read.tolist() == theirs._shift_right(labels)[0].tolist()
    assert m.trace("the cat", target="")["decoder.tokens"].tolist() == [PAD]
    # What is typed in the middle stays, and so does a decoder's start that ends texts, too.
    assert m.begun("the </s> cat") == [PAD, m.begun("the")[1], END, m.begun("cat")[1]]
    with pytest.raises(model.InputError, match="text is empty"):
        m.trace("", target="")


def test_a_decoder_may_start_with_what_ends_a_text(tmp_path: Path) -> None:
    sizes = {"vocab_size": 31, "d_model": 12, "max_position_embeddings": 32, "encoder_layers": 1, "decoder_layers": 1}
    sizes |= {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    save(tmp_path, BartForConditionalGeneration, BartConfig(**sizes))
    m = model.load(tmp_path)
    assert stop_ids(m) == {2} == {m.card["decoder_start_token_id"]}

    class Marked:
        """Puts BART's marks around its letters."""

        def encode(self, text: str, special: bool = False) -> list[int]:
            inner = [ord(c) % 20 + 5 for c in text]
            return [0, *inner, 2] if special else inner

    marked = model.Model(m.network, Marked(), m.card)
    for text in ("", "abc"):
        labels = torch.tensor([Marked().encode(text, special=True)])
        assert marked.begun(text) == shift_tokens_right(labels, 1, 2)[0].tolist()


def test_ends_are_said_to_a_model_without_a_start(folder: Path) -> None:
    class Words:
        def encode(self, text: str, special: bool = False) -> list[int]:
            return [*map(int, text.split()), 2]

    m = model.Model(model.load(folder).network, Words(), {"eos_token_id": 2})
    assert m.begun("7 8") == [7, 8]
    with pytest.raises(model.InputError, match="target is empty"):
        m.begun("")
