"""Tracing against Hugging Face's plain sdpa forward, same weights, one interleaved run, 2 threads."""

from __future__ import annotations

import tempfile
from typing import Any

import torch

import model
from bench.timing import interleave

# name: (layers, heads, d_model, vocabulary, tokens, rounds, most for the trace)
SHAPES = {
    "nano (3 x 48, T=11)": (3, 3, 48, 3, 11, 300, 0.6),
    "small (6 x 384, T=64)": (6, 6, 384, 512, 64, 60, 0.95),
    "GPT-2, T=128": (12, 12, 768, 50257, 128, 12, 1.05),
    "GPT-2, T=512": (12, 12, 768, 50257, 512, 6, 1.15),
}


def rival(layers: int, heads: int, width: int, vocab: int, tokens: int) -> Any:
    """A random GPT-2 of Hugging Face in its fastest plain form."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        n_layer=layers, n_head=heads, n_embd=width, vocab_size=vocab, n_positions=max(tokens, 16), bos_token_id=0,
        eos_token_id=0, attn_implementation="sdpa", use_cache=False,
    )  # fmt: skip
    torch.manual_seed(0)
    return GPT2LMHeadModel(config).eval()


def pair(layers: int, heads: int, width: int, vocab: int, tokens: int) -> tuple[Any, model.Model, torch.Tensor]:
    """The rival, ours with the same weights, and an input."""
    theirs = rival(layers, heads, width, vocab, tokens)
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_pretrained(folder)
        ours = model.load(folder, device="cpu")
    return theirs, ours, torch.randint(0, vocab, (tokens,), generator=torch.Generator().manual_seed(1))


def read_all(trace: model.Trace) -> None:
    for name in trace.names:
        trace[name]


def measure(shape: tuple[int, ...], rounds: int) -> dict[str, float]:
    """Median seconds of the rival, the trace, and the trace with every name read once."""
    theirs, ours, ids = pair(*shape)
    batch = ids[None]

    def plain() -> None:
        with torch.no_grad():
            theirs(batch)

    return interleave(
        {
            "hf": plain,
            "trace": lambda: ours.trace(ids=ids),
            "read": lambda: read_all(ours.trace(ids=ids)),
            "everything kept": lambda: ours.trace(ids=ids, keep_bytes=1 << 40),
        },
        rounds,
    )


def main() -> None:
    torch.set_num_threads(2)
    print("Tracing, as a ratio to Hugging Face's plain sdpa forward on the same weights\n")
    print("| shape | HF | trace | trace + reading every name | trace, everything kept | aim |")
    print("|---|---|---|---|---|---|")
    for name, (*shape, rounds, most) in SHAPES.items():
        t = measure(tuple(shape), rounds)
        ratios = " | ".join(f"{t[k] / t['hf']:.2f}" for k in ("trace", "read", "everything kept"))
        print(f"| {name} | {t['hf'] * 1e3:.2f} ms | {ratios} | {most} |", flush=True)


if __name__ == "__main__":
    main()
