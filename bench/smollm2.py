"""Tracing SmolLM2 against Hugging Face's plain sdpa forward on the same weights: time and memory, at four lengths.

Times take turns in one process; memory is measured in a process of its own each, over the idle loaded process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

import model
from bench.loading import at_hand
from bench.memory import status
from bench.timing import interleave
from model.checkpoints import catalogue

# tokens: rounds
LENGTHS = {16: 20, 64: 12, 256: 6, 1024: 3}
_AIM = 1.15  # at 64 tokens and above
NAME = "smollm2"


def hugging_face() -> Any:
    """Their network with our weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    ours = model.load(NAME, device="cpu")
    c = ours.config
    options = dict(c.last.options)
    config = LlamaConfig(
        vocab_size=c.d_vocab, hidden_size=c.d_model, intermediate_size=c.d_mlp, num_hidden_layers=c.n_layers,
        num_attention_heads=c.n_heads, num_key_value_heads=c.n_kv_heads, max_position_embeddings=c.n_ctx,
        rms_norm_eps=c.norm_eps, tie_word_embeddings=True, attn_implementation="sdpa", use_cache=False,
        rope_parameters={"rope_type": "default", "rope_theta": options["rotary_base"]},
    )  # fmt: skip
    theirs = LlamaForCausalLM(config).eval()
    mine = dict(ours.network.named_parameters())
    with torch.no_grad():
        theirs.model.embed_tokens.weight = torch.nn.Parameter(mine["decoder.W_E"], requires_grad=False)
        theirs.tie_weights()
        theirs.model.norm.weight.copy_(mine["decoder.ln_final.w"])
        for i, layer in enumerate(theirs.model.layers):
            p = f"decoder.blocks.{i}."
            layer.input_layernorm.weight.copy_(mine[f"{p}ln1.w"])
            layer.post_attention_layernorm.weight.copy_(mine[f"{p}ln2.w"])
            for name in "qkv":
                getattr(layer.self_attn, f"{name}_proj").weight.copy_(mine[f"{p}attn.W_{name.upper()}"])
            layer.self_attn.o_proj.weight.copy_(mine[f"{p}attn.W_O"].flatten(0, 1).t())
            for name, w in (("gate", "gate"), ("up", "in"), ("down", "out")):
                getattr(layer.mlp, f"{name}_proj").weight.copy_(mine[f"{p}mlp.W_{w}"])
    return theirs


def ids_of(length: int) -> torch.Tensor:
    return torch.randint(100, 40_000, (length,), generator=torch.Generator().manual_seed(length))


def read_all(trace: model.Trace) -> None:
    for name in trace.names:
        trace[name]


def times(theirs: Any, ours: model.Model, length: int, rounds: int) -> dict[str, float]:
    ids = ids_of(length)

    def plain() -> None:
        with torch.no_grad():
            theirs(ids[None])

    return interleave(
        {"hf": plain, "trace": lambda: ours.trace(ids=ids), "read": lambda: read_all(ours.trace(ids=ids))},
        rounds,
        warm_up=2,
    )


def child(who: str, length: int) -> None:
    """Prints by how many MB one pass makes the peak grow, over the idle loaded process."""
    torch.set_num_threads(2)
    network: Any = hugging_face() if who == "hf" else model.load(NAME, device="cpu")

    def run(ids: torch.Tensor) -> Any:
        if who == "hf":
            with torch.no_grad():
                return network(ids[None]).logits
        trace = network.trace(ids=ids)
        if who == "read":
            read_all(trace)
        return trace

    run(ids_of(4))  # pages in weights and code
    idle = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # starts the peak anew
    held = run(ids_of(length))
    assert held is not None
    print(f"{status('VmHWM') - idle:.0f}")


def grew(who: str, length: int) -> str:
    command = [sys.executable, "-m", "bench.smollm2", who, str(length)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


def main() -> None:
    if not at_hand(NAME):
        return
    torch.set_num_threads(2)
    card = next(card for card in catalogue.cards() if card["name"] == NAME)
    print(f"\nTracing SmolLM2 ({card['parameters'] / 1e6:.0f} M parameters) against HF's plain sdpa forward\n")
    print("| tokens | HF | trace | trace + reading every name | aim | HF grew by | trace grew by | with reading |")
    print("|---|---|---|---|---|---|---|---|")
    theirs, ours = hugging_face(), model.load(NAME, device="cpu")
    with torch.no_grad():  # the same computation, or the times mean nothing
        torch.testing.assert_close(theirs(ids_of(16)[None]).logits[0], ours.logits(ids_of(16)), rtol=1e-3, atol=1e-3)
    for length, rounds in LENGTHS.items():
        t = times(theirs, ours, length, rounds)
        memory = " | ".join(f"{grew(who, length)} MB" for who in ("hf", "trace", "read"))
        aim = f"at most {_AIM}" if length >= 64 else ""
        print(
            f"| {length} | {t['hf'] * 1e3:.0f} ms | {t['trace'] / t['hf']:.2f} | {t['read'] / t['hf']:.2f} "
            f"| {aim} | {memory} |",
            flush=True,
        )


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else main()
