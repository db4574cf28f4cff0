"""How many distinct tensors a trace holds, counted numerically, and what each rival does not give."""

from __future__ import annotations

import itertools

import torch

import model

# What the rivals' captures lack on GPT-2, as measured on their releases (TransformerLens 3.9 and 4.3, nnsight 0.8).
KINDS = {
    "embedding, positions, their sum": ("embed", "pos_embed", "embed_sum"),
    "stream before, between, after": ("resid_pre", "resid_mid", "resid_post"),
    "norm: mean": ("mean",),
    "norm: scale": ("scale",),
    "norm: standardized, normalized": ("standardized", "normalized"),
    "queries, keys, values": ("q", "k", "v"),
    "scores before the mask": ("qk",),
    "scores, pattern": ("attn_scores", "pattern"),
    "weighted values": ("z",),
    "what each head writes": ("result",),
    "what attention and MLP add": ("attn_out", "mlp_out"),
    "hidden units before and after": ("pre", "post"),
    "logits": ("logits",),
    "probabilities": ("probs",),
}
GIVES_ALL_BUT = {
    "TransformerLens run_with_cache": {
        "norm: mean", "scores before the mask", "what each head writes", "probabilities",
    },
    "nnsight cache + source": {"norm: mean", "what each head writes", "probabilities"},
}  # fmt: skip
RIVALS = {
    "HF attentions + hidden states": {
        "stream before, between, after": "in part",
        "scores, pattern": "pattern",
        "logits": "yes",
    },
    **{rival: {kind: "yes" for kind in KINDS if kind not in without} for rival, without in GIVES_ALL_BUT.items()},
}


def distinct(trace: model.Trace) -> tuple[int, int]:
    """(tensors that are declared distinct, pairs of them that are equal all the same)."""
    names = [s.name for s in trace.stages if s.same_as is None]
    by_shape = itertools.groupby(
        sorted(names, key=lambda n: tuple(trace[n].shape)), key=lambda n: tuple(trace[n].shape)
    )
    equal = sum(torch.equal(trace[a], trace[b]) for _, group in by_shape for a, b in itertools.combinations(group, 2))
    return len(names), equal


def main() -> None:
    config = model.TransformerConfig(n_layers=12, n_heads=12, d_model=96, d_vocab=97, n_ctx=32, mlp="gelu_tanh")
    trace = model.Transformer(config).trace(ids=list(range(24)))
    n, equal = distinct(trace)
    print(f"\nCompleteness: a 12-layer GPT-2 trace has {n} distinct tensors under {len(trace)} names;", end=" ")
    print(f"pairs equal by accident: {equal}\n")
    print("| | ours | " + " | ".join(RIVALS) + " |\n|---" * 1 + "|---|" + "---|" * len(RIVALS))
    for kind, locals_ in KINDS.items():
        count = sum(s.same_as is None and s.name.rpartition(".")[2] in locals_ for s in trace.stages)
        rest = " | ".join(given.get(kind, "no") for given in RIVALS.values())
        print(f"| {kind} | {count} tensors | {rest} |")


if __name__ == "__main__":
    main()
