"""BERT and its kin in a folder compute what Hugging Face computes: RoBERTa, DistilBERT, ALBERT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.model.parity import FEW, IDS, agree, both, rename
from tests.model.theirs import rewrite, save

PREFIX = {"bert": "Bert", "roberta": "Roberta", "albert": "Albert", "distilbert": "DistilBert"}
ENDS = ("ForMaskedLM", "ForSequenceClassification", "ForTokenClassification", "Model")
SEGMENTS = [0, 0, 1, 2, 1, 0, 0, 2, 1, 1, 0, 2]


def kind(name: str, end: str) -> Any:
    return getattr(transformers, PREFIX[name] + end)


def config(name: str, **words: Any) -> Any:
    sizes: dict[str, Any] = {
        "vocab_size": 31, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 14,
        "max_position_embeddings": 20, "type_vocab_size": 3, "num_labels": 2,
    }  # fmt: skip
    if name == "albert":
        sizes["embedding_size"] = 10
    words = sizes | words
    if name == "distilbert":
        ours = {"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"}
        ours |= {"intermediate_size": "hidden_dim", "hidden_act": "activation"}
        gone = ("type_vocab_size", "layer_norm_eps")
        words = {ours.get(k, k): v for k, v in words.items() if k not in gone}
    return getattr(transformers, PREFIX[name] + "Config")(**words)


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "num_hidden_layers": draw(st.integers(1, 3)), "num_attention_heads": draw(st.sampled_from([1, 3, 4])),
        "hidden_size": draw(st.sampled_from([12, 24])), "layer_norm_eps": draw(st.sampled_from([1e-12, 0.1])),
        "hidden_act": draw(st.sampled_from(["gelu", "relu", "gelu_new"])),
        "num_labels": draw(st.sampled_from([1, 2, 5])),
        "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip


@pytest.mark.parametrize("name", PREFIX)
@FEW
@given(words=words(), end=st.sampled_from(ENDS), padded=st.booleans(), data=st.data())
def test_random_configs(
    tmp_path: Path, name: str, words: dict[str, Any], end: str, padded: bool, data: st.DataObject
) -> None:
    if name == "albert":
        words |= {"embedding_size": data.draw(st.sampled_from([8, words["hidden_size"]]))}
        words |= {"num_hidden_groups": data.draw(st.integers(1, words["num_hidden_layers"]))}
        words |= {"inner_group_num": data.draw(st.integers(1, 2))}
    inputs = {"mask": [1] * 9 + [0] * 3} if padded else {}
    inputs |= {"segments": SEGMENTS} if name != "distilbert" else {}
    m = both(tmp_path, kind(name, end), config(name, **words), IDS, **inputs)
    trace = m.trace(ids=IDS)
    if end in ENDS[1:3]:
        assert trace.stage("logits").axes == (("label",) if end == ENDS[1] else ("position", "label"))
        assert trace.stage("logits").shape[-1] == words["num_labels"]
    assert ("head.ln.normalized" in trace) == (end == ENDS[0])


def test_padding_takes_no_position_in_roberta(tmp_path: Path) -> None:
    ids = [1, 5, 1, 1, 7, 8, 1, 9]  # 1 is the padding
    m = both(tmp_path, kind("roberta", "ForMaskedLM"), config("roberta"), ids)
    trace = m.trace(ids=ids)
    assert trace["pos_ids"].tolist() == [1, 2, 1, 1, 3, 4, 1, 5]
    assert m.config.n_ctx == 18
    both(tmp_path, kind("roberta", "Model"), config("roberta", pad_token_id=4), [4, 4, 3, 2, 1])


def test_albert_shares_its_layers(tmp_path: Path) -> None:
    words = {"num_hidden_layers": 4, "num_hidden_groups": 2}
    m = both(tmp_path, kind("albert", "Model"), config("albert", **words), IDS)
    assert m.config.shared_layers == (0, 0, 2, 2)
    assert m.weights["blocks.1.attn.W_Q"].data_ptr() == m.weights["blocks.0.attn.W_Q"].data_ptr()
    assert m.trace(ids=IDS).stage("embed").axes == ("position", "d_embed")
    ex = m.trace(ids=IDS).explain("blocks.3.mlp.pre", (0, 0))
    assert ex.recomputed == pytest.approx(ex.value, abs=1e-5)


@pytest.mark.parametrize("name", ["bert", "albert"])
def test_a_file_of_pretraining_opens_with_its_masked_words(tmp_path: Path, name: str) -> None:
    save(tmp_path, kind(name, "ForPreTraining"), config(name))
    m = model.load(tmp_path)
    assert len(m.card["unused_weights"]) == 4
    theirs = kind(name, "ForMaskedLM").from_pretrained(tmp_path)
    agree(theirs.eval(), m, IDS)


def test_the_first_spelling_of_norms(tmp_path: Path) -> None:
    theirs = save(tmp_path, kind("bert", "ForMaskedLM"), config("bert"))

    def older(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        out = {k.replace("LayerNorm.weight", "LayerNorm.gamma"): x for k, x in tensors.items()}
        out = {k.replace("LayerNorm.bias", "LayerNorm.beta"): x for k, x in out.items()}
        return out | {"bert.embeddings.position_ids": torch.arange(20)[None]}

    rename(tmp_path, older)
    rewrite(tmp_path, lambda c: c.update(gradient_checkpointing=False, position_embedding_type="absolute"))
    agree(theirs, model.load(tmp_path), IDS)


def test_a_head_of_its_own_in_the_file_is_used(tmp_path: Path) -> None:
    theirs = save(tmp_path, kind("bert", "ForMaskedLM"), config("bert", tie_word_embeddings=False))
    rewrite(tmp_path, lambda c: c.update(tie_word_embeddings=True))
    agree(theirs, model.load(tmp_path), IDS)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("bert", "is_decoder", True), ("bert", "position_embedding_type", "relative_key"), ("roberta", "new", 1),
        ("albert", "num_hidden_groups", 3), ("distilbert", "activation", "swiglu"), ("roberta", "pad_token_id", -1),
    ],
)  # fmt: skip
def test_configs_that_are_refused(tmp_path: Path, name: str, key: str, value: Any) -> None:
    save(tmp_path, kind(name, "ForMaskedLM"), config(name))
    rewrite(tmp_path, lambda c: c.update({key: value}))
    with pytest.raises(model.CheckpointError):
        model.load(tmp_path)


def test_other_heads_are_refused(tmp_path: Path) -> None:
    save(tmp_path, kind("bert", "ForQuestionAnswering"), config("bert"))
    with pytest.raises(model.CheckpointError, match="qa_outputs"):
        model.load(tmp_path)
