"""`digits`: a small vision transformer that reads handwritten digits of 8 by 8 grey pixels.

The pictures are those of scikit-learn's `load_digits`: 1797 digits of 13 people, from the UCI repository's test set of
optical recognition of handwritten digits (Alpaydin and Kaynak 1998, CC BY 4.0). A fifth of them, drawn by lot, is held
out: the model never sees it in training, and its accuracy is counted there. People write alike, and each person's
digits lie on both sides, so a stranger's digits will be harder.

It takes scikit-learn, which the app does not: pip install -r requirements-digits.txt
"""

from __future__ import annotations

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
from model.pictures import Processor
from model.tape import Tape, record
from model.train.sort import start_small, untidy
from model.transformer import Transformer

SIDE, INK = 8, 16  # pixels; the darkest number in the data
CONFIG = TransformerConfig(
    "encoder", image=(1, SIDE, SIDE), patch=(2, 2), n_layers=3, n_heads=3, d_model=48, d_mlp=96,
    head="first_token", n_labels=10, unembed_bias=True,
)  # fmt: skip
HELD_OUT = 360
STEPS = 3000
BATCH = 128
RATE = 2e-3
DECAY = 0.05
SMOOTH = 0.05  # of each right answer, spread over all labels
ENTROPY = 0.01  # price of one nat of attention entropy, as in `sort`: heads that one can read
SHIFT, TURN, GROW = 0.8, 0.15, 0.1  # how far a picture is moved (pixels), turned (radians) and scaled at most
LEAST = 0.97  # what a model must reach to be written


def data(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training levels [picture, row, column] 0 to 255 and labels, then those held out."""
    from sklearn.datasets import load_digits

    found = load_digits()
    levels = (torch.from_numpy(found.images) * (255 / INK)).round().to(torch.uint8)
    labels = torch.from_numpy(found.target).long()
    order = torch.randperm(len(levels), generator=torch.Generator().manual_seed(seed))
    held, rest = order[:HELD_OUT], order[HELD_OUT:]
    return levels[rest], labels[rest], levels[held], labels[held]


def processor_of(levels: Tensor) -> Processor:
    """Pixels less their mean, over their spread: both of the training pictures, to four digits."""
    numbers = levels.double() / 255
    mean, spread = round(numbers.mean().item(), 4), round(numbers.std().item(), 4)
    return Processor((1, SIDE, SIDE), 1 / 255, (mean,), (spread,))


def main(out: Path, seed: int) -> None:
    """Trains, measures and writes `digits.safetensors`, its card, and the pictures held out into `out`."""
    start = time.perf_counter()
    levels, labels, held, answers = data(seed)
    processor = processor_of(levels)
    network = Transformer(CONFIG, seed=seed).train()
    train(network, processor.features(levels[:, None]), labels, seed)
    network.eval()
    features = processor.features(held[:, None])
    right = accuracy(network, features, answers)
    if right < LEAST:
        raise GlassformerError(f"seed {seed} gets only {right:.2%} of the pictures held out right; try another.")
    write(network, processor, held, answers, out, seed, right, len(levels), time.perf_counter() - start)


def train(network: Transformer, features: Tensor, labels: Tensor, seed: int) -> None:
    """Trains in place, with a progress bar."""
    from tqdm import tqdm

    generator = torch.Generator().manual_seed(seed)
    start_small(network, generator)
    network.encoder.patches.W_patch.data *= 5  # type: ignore[union-attr]  # pixels are few: four to a patch
    small = [p for p in network.parameters() if p.dim() == 1]
    large = [p for p in network.parameters() if p.dim() > 1]
    optimizer = torch.optim.AdamW(
        [{"params": large, "weight_decay": DECAY}, {"params": small, "weight_decay": 0.0}], lr=RATE, betas=(0.9, 0.98)
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.1)
    places = torch.arange(CONFIG.n_ctx)
    names = network.plan((CONFIG.n_ctx,), False).names
    bar = tqdm(range(1, STEPS + 1), desc="digits", unit="step", mininterval=1)
    for step in bar:
        rows = torch.randperm(len(features), generator=generator)[:BATCH]
        with record(Tape(names)) as tape:
            logits = network(places, features=moved(features[rows], generator))
        price = ENTROPY * min(1.0, step / (STEPS / 2))
        loss = F.cross_entropy(logits, labels[rows], label_smoothing=SMOOTH) + price * untidy(tape)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            bar.set_postfix(loss=f"{loss.item():.4f}")


def moved(features: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture a little shifted, turned and scaled, so that the model sees none of them twice."""

    def draw(most: float) -> Tensor:
        return (2 * torch.rand(len(features), generator=generator) - 1) * most

    turn, grow = draw(TURN), 1 + draw(GROW)
    x, y = draw(2 * SHIFT / SIDE), draw(2 * SHIFT / SIDE)
    cos, sin = grow * turn.cos(), grow * turn.sin()
    matrix = torch.stack((torch.stack((cos, -sin, x), -1), torch.stack((sin, cos, y), -1)), 1)
    grid = F.affine_grid(matrix, list(features.shape), align_corners=False)
    ground = features.amin()  # what comes in at the border is as empty as the border
    return F.grid_sample(features - ground, grid, align_corners=False) + ground


@torch.no_grad()
def accuracy(network: Transformer, features: Tensor, labels: Tensor) -> float:
    """Share of pictures whose likeliest label is the right one."""
    answers = network(torch.arange(CONFIG.n_ctx), features=features).argmax(-1)
    return (answers == labels).double().mean().item()


def write(
    network: Transformer, processor: Processor, held: Tensor, answers: Tensor, out: Path, seed: int, right: float,
    trained_on: int, seconds: float,
) -> None:  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: p.detach().clone().contiguous() for name, p in network.named_parameters()}
    save_file(tensors, out / "digits.safetensors")
    save_file({"levels": held, "labels": answers.to(torch.uint8)}, out / "digits_pictures.safetensors")
    card: dict[str, Any] = {
        "name": "digits",
        "title": "Reads handwritten digits",
        "family": "vision transformer",
        "what": "Give it a small grey picture of a digit, light on dark; it says which digit it is.",
        "labels": [str(i) for i in range(10)],
        "processor": processor.to_dict(),
        "pictures": "digits_pictures.safetensors",
        "pictures_from": "handwritten digits held out from training, of 13 people",
        "light_on_dark": True,
        "data": f"scikit-learn's load_digits: {trained_on + len(held)} digits of 13 people, from UCI's Optical "
        f"Recognition of Handwritten Digits (Alpaydin and Kaynak 1998, CC BY 4.0); {trained_on} to learn from, "
        f"{len(held)} held out by lot. Each person's digits lie on both sides.",
        "recipe": "python -m model.train digits",
        "seed": seed,
        "steps": STEPS,
        "entropy_price": ENTROPY,
        "accuracy": right,
        "inputs_tested": len(held),
        "seconds": round(seconds, 1),
        "machine": "2 CPU cores",
        "parameters": network.n_parameters,
        "licence": "MIT; the pictures CC BY 4.0",
        "config": network.config.to_dict(),
    }
    (out / "digits.json").write_text(json.dumps(card, indent=2) + "\n")
