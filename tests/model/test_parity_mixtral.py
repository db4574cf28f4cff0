"""Mixtral in a folder computes what Hugging Face computes, and routes as it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import MixtralConfig, MixtralForCausalLM

import model
from tests.model.parity import FEW, IDS, agree, both, rename
from tests.model.theirs import rewrite, save

SIZES: dict[str, Any] = {
    "vocab_size": 31, "hidden_size": 16, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 32, "num_local_experts": 6, "num_experts_per_tok": 2,
}  # fmt: skip


@FEW
@given(
    experts=st.sampled_from([(1, 1), (2, 1), (4, 2), (5, 5), (8, 3)]),
    kv_heads=st.sampled_from([1, 2, 4]), window=st.sampled_from([None, 3]), tied=st.booleans(),
    act=st.sampled_from(["silu", "gelu", "relu"]),
)  # fmt: skip
def test_random_configs(
    tmp_path: Path, experts: tuple[int, int], kv_heads: int, window: int | None, tied: bool, act: str
) -> None:
    n, k = experts
    words = {**SIZES, "num_local_experts": n, "num_experts_per_tok": k, "num_key_value_heads": kv_heads}
    words |= {"sliding_window": window, "tie_word_embeddings": tied, "hidden_act": act}
    m = both(tmp_path, MixtralForCausalLM, MixtralConfig(**words), IDS)
    assert m.config.option("n_experts") == n


def test_the_router(tmp_path: Path) -> None:
    theirs = save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    m = model.load(tmp_path)
    trace = m.trace(ids=IDS)
    with torch.no_grad():
        scores = theirs(torch.tensor([IDS]), output_router_logits=True).router_logits
    for i in range(2):
        p = f"blocks.{i}.moe."
        torch.testing.assert_close(trace[f"{p}router_logits"], scores[i], rtol=1e-4, atol=1e-4)
        chosen = trace[f"{p}chosen"]
        assert torch.equal(chosen, scores[i].topk(2).indices)
        assert trace.stage(f"{p}chosen").kind == "index"
        for e in range(6):
            positions = trace[f"{p}experts.{e}.positions"]
            assert positions.tolist() == [t for t in range(len(IDS)) if e in chosen[t].tolist()]
            stage = trace.stage(f"{p}experts.{e}.post")
            assert stage.axes == ("routed", "d_mlp")
            assert stage.shape == tuple(trace[stage.name].shape) == (len(positions), 12)


def test_an_expert_without_tokens_is_there_and_empty(tmp_path: Path) -> None:
    save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    m = model.load(tmp_path)
    for keep_bytes in (0, 1 << 30):
        trace = m.trace(ids=[3], keep_bytes=keep_bytes)
        idle = next(e for e in range(6) if e not in trace["blocks.0.moe.chosen"][0].tolist())
        for name in ("positions", "in", "pre", "pre_linear", "post", "out"):
            stage = trace.stage(f"blocks.0.moe.experts.{idle}.{name}")
            assert stage.shape[0] == 0
            assert tuple(trace[stage.name].shape) == stage.shape
        assert f"blocks.0.moe.experts.{idle}.out" not in trace.stage("blocks.0.mlp_out").reads
        with pytest.raises(model.TraceError, match="routed"):
            trace.explain(f"blocks.0.moe.experts.{idle}.out", (0, 0))


def test_every_cell_of_the_mixture(tmp_path: Path) -> None:
    save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    trace = model.load(tmp_path).trace(ids=IDS[:3], keep_bytes=0)
    for stage in trace.stages:
        if ".moe." not in stage.name and not stage.name.endswith("mlp_out"):
            continue
        for index in torch.cartesian_prod(*(torch.arange(n) for n in stage.shape)).view(-1, len(stage.shape)).tolist():
            ex = trace.explain(stage.name, tuple(index))
            assert ex.recomputed == pytest.approx(ex.value, abs=1e-5), (stage.name, index)


def test_edits_of_the_routing(tmp_path: Path) -> None:
    save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    m = model.load(tmp_path)
    p = "blocks.0.moe."
    plain = m.trace(ids=IDS)
    one = m.trace(ids=IDS, edits=[model.Edit(f"{p}chosen", "set", 4)])  # twice the same expert, for every token
    assert one[f"{p}experts.4.positions"].tolist() == list(range(len(IDS)))
    expert = m.network.last.blocks[0].moe.experts[4]
    with torch.no_grad():
        torch.testing.assert_close(one["blocks.0.mlp_out"], expert(one["blocks.0.ln2.normalized"]))
    off = m.trace(ids=IDS, edits=[model.Edit(f"{p}experts.{e}.out", "zero") for e in range(6)])
    assert not off["blocks.0.mlp_out"].any()
    busy = max(range(6), key=lambda e: len(plain[f"{p}experts.{e}.positions"]))
    n = len(plain[f"{p}experts.{busy}.positions"])
    first = m.trace(ids=IDS, edits=[model.Edit(f"{p}experts.{busy}.post", "zero", routed=0)])
    assert not first[f"{p}experts.{busy}.post"][0].any()
    assert first.explain(f"{p}experts.{busy}.post", (0, 0)).op == "edit"
    with pytest.raises(model.EditError, match="routed"):
        m.trace(ids=IDS, edits=[model.Edit(f"{p}experts.{busy}.post", "zero", routed=n)])
    with pytest.raises(model.EditError, match="6"):
        m.trace(ids=IDS, edits=[model.Edit(f"{p}chosen", "set", 6)])
    with pytest.raises(model.EditError):
        m.trace(ids=IDS, edits=[model.Edit(f"{p}experts.{busy}.positions", "set", len(IDS))])


def test_a_saved_trace_of_a_mixture(tmp_path: Path) -> None:
    save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    m = model.load(tmp_path)
    edits = [
        model.Edit("blocks.0.moe.experts.1.out", "scale", 2.0),
        model.Edit("blocks.1.moe.chosen", "set", 1, slot=0),
    ]
    trace = m.trace(ids=IDS, edits=edits, keep_bytes=0)
    trace.save(tmp_path / "x.safetensors")
    again = model.Trace.load(tmp_path / "x.safetensors", model=m)
    for name in trace.names:
        assert torch.equal(trace[name], again[name]), name
        assert trace.stage(name).shape == again.stage(name).shape


def test_a_batch_is_routed_token_by_token(tmp_path: Path) -> None:
    save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    network = model.load(tmp_path).network
    batch = torch.tensor([IDS, IDS[::-1]])
    with torch.no_grad():
        torch.testing.assert_close(network(batch)[1], network(batch[1]), rtol=1e-4, atol=1e-4)


def test_all_spellings_of_the_experts(tmp_path: Path) -> None:
    theirs = save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    state = {k: v.detach() for k, v in theirs.state_dict().items()}
    rename(tmp_path, lambda _: state)  # as version 5 holds them
    agree(theirs, model.load(tmp_path), IDS)

    def older(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        out = {}
        for name, x in tensors.items():
            p = name.partition(".mlp.")[0] + ".block_sparse_moe."
            if name.endswith("gate_up_proj"):
                for e in range(6):
                    out[f"{p}experts.{e}.w1.weight"], out[f"{p}experts.{e}.w3.weight"] = x[e].chunk(2)
            elif name.endswith("down_proj"):
                out |= {f"{p}experts.{e}.w2.weight": x[e] for e in range(6)}
            else:
                out[name.replace(".mlp.", ".block_sparse_moe.")] = x
        return out

    rename(tmp_path, older)
    agree(theirs, model.load(tmp_path), IDS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_local_experts", 7),
        ("num_experts_per_tok", 9),
        ("num_local_experts", 4096 * 3),
        ("shared_expert_intermediate_size", 3),
    ],
)
def test_configs_that_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    save(tmp_path, MixtralForCausalLM, MixtralConfig(**SIZES))
    rewrite(tmp_path, lambda c: c.update({key: value}))
    with pytest.raises((model.CheckpointError, model.ConfigError)):
        model.load(tmp_path)
