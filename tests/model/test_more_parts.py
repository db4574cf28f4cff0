"""What holds for every part holds for the less common ones: mixtures of experts, norms of queries and keys, projected
embeddings, masks a layer, shared layers, heads, soft caps."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

import model
from model.config import TransformerConfig
from model.stages import Stage
from tests.model.recombine import check_cell
from tests.model.strategies import MORE, MORE_WHOLE, case, more
from tests.model.test_edits import changed
from tests.model.test_keep_bytes import equal
from tests.model.test_stages import check, check_reads

CONFIGS = more()


def cells(stage: Stage, rng: random.Random, n: int) -> list[tuple[int, ...]]:
    return [tuple(rng.randrange(size) for size in stage.shape) for _ in range(n)] if stage.numel() else []


def test_every_choice_occurs() -> None:
    stacks = [s for c in CONFIGS for s in (c.encoder, c.decoder) if s is not None]
    assert {c.head for c in CONFIGS} == set(MORE_WHOLE["head"])
    assert {s.qk_norm for s in stacks} == set(MORE["qk_norm"])
    assert {(s.d_embed is None, s.embed_proj) for s in stacks} == {(True, "sum"), (False, "sum"), (False, "token")}
    for name in ("moe", "shared_layers", "shared_norm"):
        assert len({getattr(s, name) for s in stacks}) == 2, name
    assert any(isinstance(s.mask, tuple) for s in stacks)
    assert any(c.logit_softcap and c.n_labels for c in CONFIGS)


@pytest.mark.parametrize("padded", [False, True])
def test_declared_equals_recorded(padded: bool) -> None:
    for number, config in enumerate(CONFIGS):
        c = case(config, seed=number, padded=padded)
        check(c)
        check_reads(c)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_every_stage_is_explained(dtype: torch.dtype) -> None:
    rng = random.Random(0)
    for number, config in enumerate(CONFIGS):
        trace = case(config, seed=number, padded=number % 2 == 0, dtype=dtype).trace()
        for stage in trace.stages:
            for index in cells(stage, rng, 2):
                check_cell(trace, stage.name, index, dtype)


def test_reads_and_weights_are_all_used() -> None:
    for config in CONFIGS[::4]:
        trace = case(config, padded=True).trace()
        for stage in trace.stages:
            found = cells(stage, random.Random(1), 60)
            terms = [term for index in found for term in trace.explain(stage.name, index).terms]
            if stage.name.endswith("pos_eigen"):
                continue  # padding may leave no two tokens that are linked
            missing = {*stage.reads, *stage.weights} - {name for term in terms for name, _, _ in term.sources}
            assert not found or not missing, (stage.name, missing)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_derived_equals_kept(dtype: torch.dtype) -> None:
    for number, config in enumerate(CONFIGS):
        c = case(config, seed=number, padded=number % 2 == 0, dtype=dtype)
        kept, derived = c.trace(), c.trace(keep_bytes=0)
        equal(kept, derived, list(reversed(kept.names)))


def edit_of(stage: Stage, trace: model.Trace, rng: random.Random) -> model.Edit:
    old, generator = trace[stage.name], torch.Generator().manual_seed(rng.randrange(1 << 30))
    if stage.kind in ("index", "count"):
        new = torch.randint(0, 2, stage.shape, generator=generator)
        new[0] = 1
    else:
        noise = torch.randn(stage.shape, generator=generator, dtype=torch.float64)
        new = old + 0.3 * noise if stage.kind == "signed" else old * (1.1 + noise.sigmoid())
    return model.Edit(stage.name, "replace", new)


def test_edits_reach_only_what_is_downstream() -> None:
    rng = random.Random(0)
    for number, config in enumerate(CONFIGS[::2]):
        c = case(config, seed=number, padded=number % 2 == 0, dtype=torch.float64)
        before = c.trace()
        full = [s for s in before.stages if s.numel()]
        for stage in rng.sample(full, min(12, len(full))):
            edit = edit_of(stage, before, rng)
            after, derived = c.trace(edits=[edit]), c.trace(edits=[edit], keep_bytes=0)
            reached = {stage.name} | model.downstream(before.stages, stage.name)
            different = {n for n in before.names if before[n].shape != after[n].shape}
            assert different <= reached, stage.name
            assert {n for n in before.names if not torch.equal(before[n], after[n])} <= reached, stage.name
            assert not changed(after, derived), stage.name


def test_a_trace_comes_back_from_its_file(tmp_path: Path) -> None:
    for number, config in enumerate(CONFIGS[::6]):
        c = case(config, seed=number, padded=number % 2 == 0)
        m = model.Model(c.network)
        trace = m.trace(**c.words, keep_bytes=0)
        trace.save(tmp_path / "x.safetensors")
        assert not changed(trace, model.Trace.load(tmp_path / "x.safetensors", model=m))
        trace.save(tmp_path / "y.safetensors", everything=True)
        alone = model.Trace.load(tmp_path / "y.safetensors")
        assert not changed(trace, alone)
        assert TransformerConfig.from_dict(alone.config) == config


def test_batches_in_front() -> None:
    """Training: two sequences at once give what each gives alone."""
    for number, config in enumerate(CONFIGS):
        network = case(config, seed=number, dtype=torch.float64).network
        ids = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 2]])
        target = ids if config.architecture == "encoder-decoder" else None
        with torch.no_grad():
            together = network(ids, target)
            alone = [network(row, None if target is None else row) for row in ids]
        torch.testing.assert_close(together, torch.stack(alone))


def test_shared_layers_are_one_set_of_weights() -> None:
    sizes: dict[str, Any] = {"n_layers": 4, "n_heads": 2, "d_model": 8, "d_vocab": 9}
    config = model.TransformerConfig(**sizes, shared_layers=(0, 1, 0, 1))
    network = model.Transformer(config)
    assert network.weights["blocks.2.attn.W_Q"].data_ptr() == network.weights["blocks.0.attn.W_Q"].data_ptr()
    assert network.weights.aliases["blocks.3.mlp.W_in"] == ("blocks.1.mlp.W_in", False)
    assert not any(name.startswith("blocks.2") for name in network.weights)
    alone = model.Transformer(model.TransformerConfig(**sizes | {"n_layers": 2}))
    assert network.n_parameters == alone.n_parameters
    for name, tensor in network.weights.items():
        assert torch.equal(tensor, alone.weights[name])


SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 2, "d_model": 8, "d_vocab": 9}


@pytest.mark.parametrize(
    "words",
    [
        {"shared_norm": True}, {"qk_norm": "nothing"}, {"moe": "nothing"}, {"mask": ("causal",)}, {"mask": ("x", "y")},
        {"mask": 3}, {"shared_layers": (0,)}, {"shared_layers": (1, 1)}, {"shared_layers": (0, 2)},
        {"shared_layers": (0, True)}, {"shared_layers": 4}, {"d_embed": 0}, {"embed_proj": "x"},
        {"embed_proj_bias": 1}, {"d_embed": 4, "tied_unembed": True}, {"head": "x"},
        {"head": "masked_word", "head_act": "swiglu"}, {"head_act": "x"}, {"n_labels": -1}, {"n_labels": True},
        {"n_labels": 2, "unembed": False}, {"n_labels": 2, "tied_unembed": True}, {"logit_softcap": 0},
        {"logit_softcap": "x"}, {"moe": "top_k", "options": {"n_experts": 2, "experts_per_token": 3}},
        {"options": {"n_experts": 2}},
    ],
    ids=str,
)  # fmt: skip
def test_words_that_are_refused(words: dict) -> None:
    with pytest.raises(model.ConfigError):
        model.TransformerConfig(**SIZES, **words)
