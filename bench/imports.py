"""Import time of `model` against torch alone, processes taking turns."""

from __future__ import annotations

import subprocess
import sys

from bench.timing import interleave


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def main() -> None:
    t = interleave({"torch": lambda: run("import torch"), "model": lambda: run("import model")}, rounds=7, warm_up=1)
    print("\nImport, whole process\n")
    print("| import torch | import model | ratio | aim |\n|---|---|---|---|")
    print(
        f"| {t['torch']:.2f} s | {t['model']:.2f} s | {t['model'] / t['torch']:.2f} | at most 1.2 |",
        flush=True,
    )


if __name__ == "__main__":
    main()
