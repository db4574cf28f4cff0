"""Every number in the words about a stage is one of this trace's own: a length of a tensor, a constant that it used."""

import re
from typing import Any

import pytest

import model
from model import Stage, Trace
from tests.viz.every_variant import CONFIGS, cases, trace
from viz import prose
from viz.markup import plain
from viz.prose import catalogue
from viz.readout import readout
from viz.sentences import sentences

NUMBER = re.compile(r"(?<![\w.√])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w])")
# Numbers that are mathematics: "brought to length 1", "on from 0", "real (1) and padding (0)", "average 1".
MATHEMATICS = {"0", "1"}


def lengths(tr: Trace, stage: Stage) -> set[str]:
    """Sizes of the stage, of what it reads, of the weights it reads; and of its block's tensors."""
    names = [stage.name, *stage.reads]
    block = re.match(r"(.*blocks\.\d+\.)", stage.name)
    names += [n for n in tr.names if block and n.startswith(block[1])]
    found = {n for name in names for n in tr.stage(name).shape}
    assert tr.network is not None
    found |= {n for weight in stage.weights for n in tr.network.weights.raw(weight).shape}
    if block:  # query heads that share a key/value head
        heads = {len(tr[n]) for n in names if n.endswith(".pattern")}
        shared = {tr[n].shape[1] for n in names if n.endswith((".k", ".v"))}
        found |= {h // s for h in heads for s in shared}
    return {str(n) for n in found}


def constants(tr: Trace, stage: Stage) -> set[str]:
    """What the stage's own weights hold where they are single numbers, and what its norm or mask was built with."""
    network: Any = tr.network
    found = {f"{network.weights[w].item():.4g}" for w in stage.weights if network.weights.raw(w).numel() == 1}
    part = network.parts[stage.part]
    found |= {f"{part.eps:g}"} if hasattr(part, "eps") else set()
    if stage.local == "attn_scores":
        visible = (~tr[stage.name][0].isneginf()).sum(dim=-1).max().item()
        configured = [
            s.option("window")
            for s in (network.config.encoder, network.config.decoder)
            if s and "window" in str(s.mask)
        ]
        # Of a window the tokens before one's own; a short text does not fill it.
        found |= {str(int(w) - 1) for w in configured if visible <= int(w)}
    return found


@pytest.mark.parametrize("language", prose.languages())
@pytest.mark.parametrize(("name", "padded"), cases())
def test_numbers_in_words_are_the_traces(name: str, padded: bool, language: str) -> None:
    tr = trace(name, padded)
    for stage in tr.stages:
        said = " ".join(plain(p) for p in sentences(tr, stage, CONFIGS[name], catalogue(language)))
        said = said.replace(catalogue(language).title(stage), "")
        for read in stage.reads:
            said = said.replace(catalogue(language).title(tr.stage(read)), "")
        known = lengths(tr, stage) | constants(tr, stage) | MATHEMATICS
        assert set(NUMBER.findall(said)) <= known, (stage.name, said)


def test_where_nothing_is_counted_it_is_said_how_to_have_it_counted() -> None:
    said: dict[str, list[str]] = {}
    for text in ("CBABBC", "CBABBCA"):
        found = readout(model.load("sort").trace(text), catalogue("en"))
        assert found
        said[text] = [plain(words) for words in found["words"]]
    uncounted = "In this input nothing follows such a position yet"
    assert [text for text, words in said.items() if any(one.startswith(uncounted) for one in words)] == ["CBABBC"]
    assert said["CBABBCA"][0].endswith("the likeliest in 1 of 1.")


@pytest.mark.parametrize(("name", "padded"), cases())
def test_numbers_in_the_readout_are_counted_again(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    found = readout(tr, catalogue("en"))
    if found is None:
        assert "logits" not in tr or tr.stage("logits").axes != ("position", "d_vocab")
        return
    side = "decoder." if "decoder.tokens" in tr else ""
    ids, best = tr[f"{side}tokens"].tolist(), tr["logits"].argmax(dim=-1).tolist()
    real = tr[f"{side}mask"].sum().item() if f"{side}mask" in tr else len(ids)
    if tr.config["architecture"] == "encoder":
        assert found["words"] == []
        return
    checked = [best[i] == ids[i + 1] for i in range(int(real) - 1)]
    numbers = [int(n) for n in re.findall(r"\d+", plain(found["words"][0]))]
    assert sorted(numbers) == sorted([sum(checked), len(checked)]), plain(found["words"][0])
