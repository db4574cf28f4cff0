"""Peak memory of a full trace at GPT-2's shape, T = 512, over the idle loaded process. A process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_AIM = 400


def status(key: str) -> float:
    """MB of a line of /proc/self/status."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(key + ":"))
    return int(line.split()[1]) / 1024


def child(mode: str) -> None:
    """Loads, traces once, prints by how much the peak grew."""
    import torch

    import model
    from bench.tracing import read_all

    torch.set_num_threads(2)
    config = model.TransformerConfig(
        n_layers=12, n_heads=12, d_model=768, d_vocab=50257, n_ctx=512, mlp="gelu_tanh", tied_unembed=True
    )
    network = model.Transformer(config)
    network.trace(ids=[1, 2, 3])  # pages in the code that a first pass touches
    idle = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # starts the peak anew
    trace = network.trace(ids=[i * 97 % 50257 for i in range(512)])
    held = trace.nbytes / 2**20
    if mode == "read":
        read_all(trace)
    print(f"{status('VmHWM') - idle:.0f} {held:.0f}")


def main() -> None:
    print("\nPeak memory growth at GPT-2's shape, T = 512, over the idle loaded process\n")
    print("| | grew by | held by the trace | aim |\n|---|---|---|---|")
    for mode, title in (("trace", "trace"), ("read", "trace + reading every name")):
        out = subprocess.run([sys.executable, "-m", "bench.memory", mode], capture_output=True, text=True, check=True)
        grew, held = out.stdout.split()
        print(f"| {title} | {grew} MB | {held} MB | at most {_AIM} MB |", flush=True)


if __name__ == "__main__":
    child(sys.argv[1]) if len(sys.argv) > 1 else main()
