"""`sort`: a nano GPT that sorts six letters out of A, B, C, as in minGPT's demo.

The input is the six letters followed by the first five sorted ones, and the model says the next letter: its
outputs at the last six positions spell the sorted row. All 3^6 = 729 inputs fit into one batch, so each
step could see the whole problem. Accuracy alone would be reached within a few hundred steps with blurred heads, each
looking a little at everything. This model is there to be looked at, so the loss also charges for the entropy of
attention and for large scores: each head then looks at few letters, and one can see which.
"""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from model.config import TransformerConfig
from model.errors import GlassformerError
from model.tape import Tape, record
from model.transformer import Transformer

LETTERS = "ABC"
LENGTH = 6
CONFIG = TransformerConfig(
    n_layers=3,
    n_heads=3,
    d_model=48,
    d_vocab=len(LETTERS),
    n_ctx=2 * LENGTH - 1,
    mlp="gelu_tanh",
    tied_unembed=True,
)
STEPS = 2000
RATE = 2e-3
ENTROPY = 0.02  # price of one nat of attention entropy; grows to this over the first half of training
LOUD = 6.0  # dot products, scaled, that are free
ENOUGH = 0.7  # nats that are free: about two letters looked at alike

# Inputs that show something, and what there is to see.
EXAMPLES = [
    {
        "text": "CBABBC",
        "why": {
            "en": "Six letters in disorder. At the last position the model writes the first letter of the sorted row.",
            "zh": "六个打乱的字母。模型在最后一个位置写出排好序的第一个字母。",
        },
    },
    {
        "text": "CBABBCABBBC",
        "why": {
            "en": "The same six and, after them, the first five of the answer: each of the last six positions "
            "predicts the next sorted letter.",
            "zh": "同样六个字母，后面接着答案的前五个：最后六个位置各自预测下一个排好序的字母。",
        },
    },
    {
        "text": "CCBBAAAABBC",
        "why": {
            "en": "A row in reverse, half sorted: watch what each written letter looks back at.",
            "zh": "倒序的一行，写到一半：看每个已写出的字母回头看哪里。",
        },
    },
    {
        "text": "BBBBBB",
        "why": {
            "en": "All alike: only their places tell the tokens apart.",
            "zh": "全部相同：只有位置能区分这些词元。",
        },
    },
    {
        "text": "BCCCCA",
        "why": {
            "en": "The smallest letter comes last, and must come first in the answer.",
            "zh": "最小的字母排在最后，在答案里却要排第一。",
        },
    },
]


def examples() -> tuple[Tensor, Tensor]:
    """All inputs [729, 11] and right answers [729, 6]."""
    rows = torch.tensor(list(itertools.product(range(len(LETTERS)), repeat=LENGTH)))
    answers = rows.sort(dim=-1).values
    return torch.cat((rows, answers[:, :-1]), dim=-1), answers


def main(out: Path, seed: int) -> None:
    """Trains, measures and writes `sort.safetensors` and `sort.json` into `out`."""
    start = time.perf_counter()
    network = Transformer(CONFIG, seed=seed).train()
    train(network, seed)
    network.eval()
    right = accuracy(network)
    if right < 1:
        raise GlassformerError(
            f"seed {seed} gets only {right:.2%} of the inputs right after {STEPS} steps; try another."
        )
    write(network, out, seed, right, time.perf_counter() - start)


@torch.no_grad()
def start_small(network: Transformer, generator: torch.Generator) -> None:
    """GPT-2's start: weights N(0, 0.02), gains 1, biases 0. Heads that begin near nothing end up tidier."""
    for name, p in network.named_parameters():
        if p.dim() == 1:
            p.fill_(1.0 if name.endswith(".w") else 0.0)
        else:
            p.normal_(0.0, 0.02, generator=generator)


def train(network: Transformer, seed: int) -> None:
    """Trains in place, with a progress bar."""
    from tqdm import tqdm

    inputs, answers = examples()
    generator = torch.Generator().manual_seed(seed)
    start_small(network, generator)
    small = [p for p in network.parameters() if p.dim() == 1]
    large = [p for p in network.parameters() if p.dim() > 1]
    optimizer = torch.optim.AdamW(
        [{"params": large, "weight_decay": 0.1}, {"params": small, "weight_decay": 0.0}],
        lr=RATE,
        betas=(0.9, 0.95),
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS, eta_min=RATE / 20)
    names = network.plan((2 * LENGTH - 1,), False).names
    bar = tqdm(range(1, STEPS + 1), desc="sort", unit="step", mininterval=1)
    for step in bar:
        rows = torch.randperm(len(inputs), generator=generator)[:256]
        with record(Tape(names)) as tape:
            logits = network(inputs[rows])[:, -LENGTH:]
        price = ENTROPY * min(1.0, step / (STEPS / 2))
        loss = F.cross_entropy(logits.flatten(0, 1), answers[rows].flatten()) + price * untidy(tape)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            bar.set_postfix(loss=f"{loss.item():.4f}", least=f"{least_probability(network):.3f}")


def untidy(tape: Tape) -> Tensor:
    """What is charged for: entropy of attention above ENOUGH nats, and dot products beyond LOUD.

    Without the second, heads that have become sharp go on to scores in the hundreds, and every share is 0 or 1.
    """
    patterns = torch.stack([x for name, x in tape.values.items() if name.endswith(".pattern")])
    scores = torch.stack([x for name, x in tape.values.items() if name.endswith(".qk")])
    entropy = torch.special.entr(patterns.clamp(min=1e-9)).sum(-1)
    return (entropy - ENOUGH).clamp(min=0).mean() + (scores.abs() - LOUD).clamp(min=0).square().mean()


@torch.no_grad()
def least_probability(network: Transformer) -> float:
    """Smallest probability that any right letter gets, over all inputs."""
    inputs, answers = examples()
    probs = network(inputs)[:, -LENGTH:].softmax(-1)
    return probs.gather(-1, answers[..., None]).min().item()


@torch.no_grad()
def accuracy(network: Transformer) -> float:
    """Share of the 729 inputs that the model sorts right, letter by letter on its own output."""
    inputs, answers = examples()
    row = inputs[:, :LENGTH]
    for _ in range(LENGTH):
        row = torch.cat((row, network(row)[:, -1].argmax(-1, keepdim=True)), dim=-1)
    return (row[:, LENGTH:] == answers).all(-1).float().mean().item()


def write(network: Transformer, out: Path, seed: int, right: float, seconds: float) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: p.detach().clone().contiguous() for name, p in network.named_parameters()}
    save_file(tensors, out / "sort.safetensors")
    card: dict[str, Any] = {
        "name": "sort",
        "title": "Sorts six letters",
        "family": "nano GPT",
        "what": "Give it six letters out of A, B, C; read the sorted row off its outputs from the sixth position on.",
        "letters": LETTERS,
        "scored_from": LENGTH - 1,  # the first position whose answer the loss asked for
        "example": "CBABBC",
        "examples": EXAMPLES,
        "data": "all 3^6 = 729 rows of six letters, made by the recipe itself",
        "recipe": "python -m model.train sort",
        "seed": seed,
        "steps": STEPS,
        "entropy_price": ENTROPY,
        "entropy_free": ENOUGH,
        "scores_free": LOUD,
        "accuracy": right,
        "inputs_tested": len(LETTERS) ** LENGTH,
        "least_probability_of_a_right_letter": round(least_probability(network), 4),
        "seconds": round(seconds, 1),
        "machine": "2 CPU cores",
        "parameters": network.n_parameters,
        "licence": "MIT",
        "config": network.config.to_dict(),
    }
    (out / "sort.json").write_text(json.dumps(card, indent=2) + "\n")
