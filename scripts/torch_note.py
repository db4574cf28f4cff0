"""Say how large the torch download will be, before pip starts it.

pip's own dry run would have to fetch the whole wheel from an index that serves no metadata,
so this only asks which versions there are: a CPU build has a version of its own, such as 2.13.0+cpu.
"""

import platform
import subprocess
import sys

NOTE = """
No CPU build of torch {version} was found. On Linux the default one brings NVIDIA's CUDA libraries:
about 2.7 GB to download. To take the CPU build instead (about 0.2 GB), stop here and run
    make {goal} TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX may be any package index that has torch {version}.
"""


def installed(package: str) -> bool:
    command = [sys.executable, "-m", "pip", "show", "--quiet", package]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def versions_offered(package: str) -> list[str]:
    """All versions that pip could install here; empty if the index does not answer in time."""
    command = [sys.executable, "-m", "pip", "index", "versions", package]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return []
    for line in answer.stdout.splitlines():
        if line.startswith("Available versions:"):
            return [version.strip() for version in line.split(":", 1)[1].split(",")]
    return []


def main(version: str, goal: str) -> None:
    if platform.system() != "Linux" or installed("torch"):
        return
    if f"{version}+cpu" not in versions_offered("torch"):
        print(NOTE.format(version=version, goal=goal), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
