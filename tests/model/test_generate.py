"""Generation: the cache changes nothing, filters are what they say, greedy agrees with Hugging Face."""

from pathlib import Path
from typing import Any

import pytest
import torch

import model
from model.generate import Sampling, choose, nucleus, penalise
from model.registry import variants


def build(architecture: str, positional: str, mask: str = "causal") -> model.Model:
    words: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "n_kv_heads": 2, "d_model": 32, "d_vocab": 40, "n_ctx": 24}
    words |= {"positional": positional, "norm": "rms"}
    sides: dict[str, Any] = {"decoder": model.StackConfig(**words, mask=mask)}
    if architecture == "encoder-decoder":
        sides["encoder"] = model.StackConfig(**words)
    return model.Model(model.Transformer(model.TransformerConfig(architecture, **sides)))


@pytest.mark.parametrize("mask", ["causal", "sliding_window"])
@pytest.mark.parametrize("architecture", ["decoder", "encoder-decoder"])
@pytest.mark.parametrize("positional", variants("positional"))
def test_the_cache_changes_nothing(positional: str, architecture: str, mask: str) -> None:
    m = build(architecture, positional, mask)
    words: dict[str, Any] = {"target": [5, 6]} if architecture == "encoder-decoder" else {}
    cached = list(m.generate(ids=[1, 2, 3], max_new_tokens=10, **words))
    plain = list(m.generate(ids=[1, 2, 3], max_new_tokens=10, cache=False, **words))
    assert [s.id for s in cached] == [s.id for s in plain]
    for a, b in zip(cached, plain, strict=True):
        assert (a.logits - b.logits).abs().max() <= 1e-5 * b.logits.abs().max()


def test_a_step_has_its_trace() -> None:
    m = build("decoder", "rotary")
    steps = list(m.generate(ids=[1, 2, 3], max_new_tokens=4))
    trace = steps[-1].trace
    assert trace["tokens"].tolist() == [1, 2, 3, *(s.id for s in steps[:-1])]
    assert torch.allclose(trace["logits"][-1], steps[-1].logits, atol=1e-5)


def test_filters_keep_what_they_say() -> None:
    logits = torch.randn(50, generator=torch.Generator().manual_seed(0)) * 3
    ids = torch.tensor([3, 3, 7])
    how = Sampling(temperature=0.7, top_k=10, top_p=0.8, min_p=0.05, repetition_penalty=1.5)
    token, stages = choose(logits, ids, how, torch.Generator().manual_seed(0))
    assert list(stages) == ["model", "repetition_penalty", "temperature", "top_k", "top_p", "min_p"]
    for probs in stages.values():
        assert probs.sum().item() == pytest.approx(1, abs=1e-5)
    assert torch.equal(stages["model"], logits.softmax(-1))
    assert (stages["top_k"] > 0).sum() == 10
    top_p, before = stages["top_p"] > 0, stages["top_k"]
    assert before[top_p].sum() >= 0.8 > before[top_p].sum() - before[top_p].min()
    final = stages["min_p"]
    kept = stages["top_p"][final > 0]
    assert (kept >= 0.05 * stages["top_p"].max()).all()
    assert final[token] > 0


def test_penalty_and_nucleus_at_their_edges() -> None:
    scores = torch.tensor([2.0, -2.0, 1.0])
    assert penalise(scores, torch.tensor([0, 1]), 2.0).tolist() == [1.0, -4.0, 1.0]
    assert torch.isfinite(nucleus(scores, 1e-9)).sum() == 1  # the likeliest always stays


def test_seeds_and_stops() -> None:
    m = build("decoder", "learned")
    draws = [[s.id for s in m.generate(ids=[1], max_new_tokens=8, temperature=1.0, seed=s)] for s in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    greedy = list(m.generate(ids=[1], max_new_tokens=8))
    cut = list(m.generate(ids=[1], max_new_tokens=8, stop=greedy[2].id))
    assert cut[-1].finished == "stop"
    assert len(cut) <= 3
    assert greedy[-1].finished == "length"


def test_a_full_context_ends_it() -> None:
    m = model.load("sort")
    steps = list(m.generate("CBABBC", max_new_tokens=9))
    assert "".join(s.text for s in steps) == "ABBBCC"
    assert [s.finished for s in steps] == [""] * 5 + ["context"]


@pytest.mark.parametrize(
    "words",
    [{"temperature": -1}, {"top_k": 0}, {"top_k": 1.5}, {"top_p": 0}, {"top_p": 2}, {"min_p": True}, {"beams": 3},
     {"max_new_tokens": 0}, {"repetition_penalty": 0}, {"stop": "x"}],
)  # fmt: skip
def test_odd_words_are_refused_at_the_call(words: dict[str, Any]) -> None:
    with pytest.raises(model.InputError):
        build("decoder", "none").generate(ids=[1], **words)


def test_an_encoder_cannot_continue() -> None:
    m = model.Model(model.Transformer(model.TransformerConfig("encoder", d_vocab=9, n_ctx=8)))
    with pytest.raises(model.InputError, match="encoder"):
        m.generate(ids=[1])


@pytest.mark.parametrize("penalty", [1.0, 1.4])
def test_greedy_agrees_with_hugging_face(tmp_path: Path, penalty: float) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(3)
    theirs = GPT2LMHeadModel(
        GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=30, n_positions=64, bos_token_id=0, eos_token_id=29,
                   initializer_range=0.3)
    ).eval()  # fmt: skip
    theirs.save_pretrained(tmp_path)
    out = theirs.generate(
        torch.tensor([[1, 2, 3]]), attention_mask=torch.ones(1, 3), max_new_tokens=20, do_sample=False,
        repetition_penalty=penalty, pad_token_id=0,
    )  # fmt: skip
    ours = model.load(tmp_path).generate(ids=[1, 2, 3], max_new_tokens=20, stop=29, repetition_penalty=penalty)
    assert out[0, 3:].tolist() == [s.id for s in ours]
