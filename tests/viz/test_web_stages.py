"""The stages that the browser's tests lay out are those of the models.

`python -m tests.viz.test_web_stages` writes them anew.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.viz.every_variant import trace
from viz.manifest import About, Start, manifest

FILE = Path(__file__).parents[2] / "viz" / "web" / "tests" / "stages.json"
NAMES = (
    "positional=learned", "positional=alibi", "attention=grouped_query", "parallel, capped", "experts",
    "segments, embed norm", "head=masked_word", "head=pooler", "encoder-decoder, t5", "pictures",
)  # fmt: skip
KEPT = ("name", "title", "axes", "shape", "kind", "op", "reads", "weights", "same_as", "side")


def stages() -> dict[str, Any]:
    """What a layout is made from, of the first block of each network."""
    found = {}
    for name in NAMES:
        whole = json.loads(json.dumps(manifest(trace(name), About("t", "m"), Start())))
        first = [s for s in whole["stages"] if s.get("layer", 0) == 0]
        read = {r for s in first for r in s["reads"]}
        first = [s for s in whole["stages"] if s in first or s["name"] in read]
        first[:] = [{**s, "reads": [], "weights": []} if s.get("layer", 0) else s for s in first]
        used = {w for s in first for w in s["weights"]}
        found[name] = {
            "sides": whole["sides"],
            "stages": [{k: s[k] for k in KEPT if k in s} for s in first],
            "weights": {w: whole["weights"][w] for w in sorted(used)},
        }
    return found


def test_the_browser_tests_lay_out_real_stages() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == stages(), f"run {Path(__file__).name} to write them anew"


if __name__ == "__main__":
    lines = [f"{json.dumps(n)}: {json.dumps(s, separators=(',', ':'))}" for n, s in stages().items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    sys.exit()
