"""The lines shown for a stage are in the file, and hold its tap."""

import re
import sys
from pathlib import Path

import pytest

from model import Transformer, TransformerConfig
from tests.viz.every_variant import CONFIGS, cases, trace
from viz import source

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "padded"), cases())
def test_each_stage_gets_the_lines_that_tap_it(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    for stage in tr.names:
        snippets = source.lines_of(tr, stage)
        for s in snippets:
            text = (ROOT / s.path).read_text(encoding="utf-8").splitlines()
            assert all(text[n - 1] == line for n, line in s.lines), stage
        code = "\n".join(s.code for s in snippets)
        words = [".".join(stage.split(".")[-n:]) for n in (1, 2, 3)]
        taps = re.findall(r"(?:tap|side|merge|branch)\(f?\"([^\"]*)\"", code)
        patterns = [re.sub(r"\\\{.*?\\\}", ".+", re.escape(t)) for t in taps]
        assert any(re.fullmatch(p, word) for p in patterns for word in words), f"{stage}: {taps}\n{code}"


def test_a_branch_that_did_not_run_is_not_shown() -> None:
    for mask, hides in (("causal", True), ("bidirectional", False)):
        code = source.lines_of(trace(f"mask={mask}"), "blocks.0.attn.attn_scores")[0].code
        assert ("masked_fill" in code) == hides


def test_the_variant_that_ran_is_the_one_shown() -> None:
    for name, word in (("mlp=gelu", "F.gelu"), ("mlp=swiglu", "F.silu"), ("mlp=relu", "relu")):
        code = "\n".join(s.code for s in source.lines_of(trace(name), "blocks.0.mlp.post"))
        assert word in code
    adds = "\n".join(s.code for s in source.lines_of(trace("mlp=gelu"), "blocks.0.mlp_out"))
    assert "W_out" in adds


def test_layers_that_run_the_same_lines_are_watched_once() -> None:
    config = TransformerConfig(
        n_layers=5, n_heads=2, d_model=8, n_ctx=8, positional="t5", shared_layers=(0, 0, 2, 2, 2),
        mask=("causal", "causal", "sliding_window", "causal", "sliding_window"),
    )  # fmt: skip
    network = Transformer(config)
    tr = network.trace(ids=[1, 2, 3])
    for stage in tr.names:
        assert source.lines_of(tr, stage) == source.lines(network, stage), stage


def test_no_tracer_is_left_behind() -> None:
    before = sys.gettrace()
    source.lines(Transformer(CONFIGS["bare"]), "embed")
    assert sys.gettrace() is before


def test_line_numbers_in_words() -> None:
    lines = ((3, "    a"), (4, "      b"), (9, "    c"))
    s = source.Snippet("x.py", "f", lines)
    assert s.numbers == "3–4, 9"
    assert s.code == "a\n  b\nc"
