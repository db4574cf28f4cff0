"""Controls, and counts against formulas worked out by hand."""

import math
import re
from typing import Any

import pytest
import torch

import model


@pytest.fixture(scope="module")
def sort() -> model.Model:
    return model.load("sort")


def test_shuffled_weights_are_the_same_numbers_elsewhere(sort: model.Model) -> None:
    before = {n: sort.weights[n].clone() for n in sort.weights}
    other = model.control(sort, "shuffled", seed=1)
    for name in sort.weights:
        ours, theirs = sort.weights.raw(name), other.weights.raw(name)
        assert torch.equal(ours.flatten().sort().values, theirs.flatten().sort().values)
        assert torch.equal(ours, before[name])
    assert not torch.equal(sort.weights.raw("W_E"), other.weights.raw("W_E"))
    assert other.card["control"] == "shuffled"
    assert not torch.allclose(sort.trace("CBABBC")["probs"], other.trace("CBABBC")["probs"], atol=0.01)


def test_random_weights_depend_on_the_seed_alone(sort: model.Model) -> None:
    a, b, c = (model.control(sort, "random", seed=s).weights.raw("W_E") for s in (0, 0, 1))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert model.control(sort, "random").config == sort.config


def test_an_unknown_control_is_refused(sort: model.Model) -> None:
    with pytest.raises(model.InputError, match="random, shuffled"):
        model.control(sort, "zeroed")


def gpt2(**words: Any) -> model.Model:
    sizes: dict[str, Any] = {"n_layers": 3, "n_heads": 4, "d_model": 32, "d_vocab": 50, "n_ctx": 20}
    return model.Model(model.Transformer(model.TransformerConfig(**(sizes | words))))


@pytest.mark.parametrize("tied", [True, False])
def test_parameters_add_up_and_follow_the_formula(tied: bool) -> None:
    m = gpt2(tied_unembed=tied)
    v, t, d, layers = 50, 20, 32, 3
    found = {c.part: c.parameters for c in model.counts(m, (7,))}
    assert sum(found.values()) == m.network.n_parameters
    assert found["Embeddings"] == v * d + t * d
    assert found["Unembedding"] == (0 if tied else v * d)
    assert found["Attention"] == layers * (4 * d * d + 4 * d)
    assert found["MLP"] == layers * (8 * d * d + 5 * d)
    assert found["Norms"] == layers * 4 * d + 2 * d


def test_work_of_the_products_follows_the_formula() -> None:
    m, n, d, layers = gpt2(), 7, 32, 3
    by_part = {c.part: c for c in model.counts(m, (n,))}
    mlp = sum(flops for flops, formula in by_part["MLP"].terms if formula.startswith("2 · "))
    assert mlp == layers * 2 * (2 * n * d * 4 * d)
    attention = sum(flops for flops, formula in by_part["Attention"].terms if formula.startswith("2 · "))
    assert attention == layers * (4 * 2 * n * d * d + 2 * 2 * n * n * d)
    logits = sum(flops for flops, formula in by_part["Unembedding"].terms if formula.startswith("2 · "))
    assert logits == 2 * n * d * 50


def test_activations_are_what_a_trace_holds() -> None:
    m = gpt2(n_kv_heads=2, positional="rotary", norm="rms", mlp="swiglu")
    trace = m.trace(ids=[1, 2, 3, 4])
    distinct = [s.name for s in trace.stages if s.same_as is None]
    assert sum(c.activations for c in model.counts(m, (4,))) == sum(trace[n].numel() for n in distinct)


@pytest.mark.parametrize(
    "words",
    [{}, {"n_kv_heads": 2, "positional": "rotary", "norm": "rms", "mlp": "swiglu"}, {"moe": "top_k"},
     {"positional": "t5", "architecture": "encoder-decoder"}, {"positional": "fire", "attn_bias": False}],
    ids=str,
)  # fmt: skip
def test_every_count_is_written_out(words: dict[str, Any]) -> None:
    """A formula has a word for each number, and what is alike in all layers is said once."""
    m = gpt2(**words)
    lengths = (7, 5) if "architecture" in words else (7,)
    for count in model.counts(m, lengths):
        for items in (count.trained, count.work, count.made):
            names = [item.name for item in items]
            assert not any(re.search(r"\d", name.replace("ln1", "").replace("ln2", "")) for name in names)
            assert [item.total for item in items] == sorted((item.total for item in items), reverse=True)
            for item in items:
                assert len(item.sizes) == (item.formula.count("·") + 1 if item.formula else 0)
                assert item.total == item.times * math.prod(item.sizes)
        made = {item.name: item for item in count.made}
        assert not made.keys() & {"attn.q"} or made["attn.q"].sizes == (7, 4, 8)
        assert count.terms == tuple(sorted(count.terms, reverse=True))


def test_cache_bytes() -> None:
    # GPT-2 small in float32: 2 * 12 layers * 12 heads * 64 * 4 bytes (papers: 73,728)
    config = model.TransformerConfig(n_layers=12, n_heads=12, d_model=768, d_vocab=8, n_ctx=8)
    assert model.cache_bytes(model.Model(model.Transformer(config))) == 73_728
