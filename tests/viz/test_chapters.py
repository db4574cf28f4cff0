"""Steps and chapters: every stage of every variant has its place, and nothing is told twice."""

import itertools

import pytest

from tests.viz.every_variant import cases, trace
from viz import prose
from viz.chapters import KEYS, predicting, walk


@pytest.mark.parametrize(("name", "padded"), cases())
def test_every_stage_is_one_step_of_one_chapter(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    found = walk(tr)
    assert [s.stage for s in found.steps if s.show == "stage"] == list(range(len(tr.names)))
    looks = [s.show for s in found.steps if s.show != "stage"]
    scores = any(tr.stage(n).axes == ("position", "d_vocab") for n in ("probs", "logits") if n in tr)
    assert looks == (["predict", "loss"] if predicting(tr) else ["predict"] if scores else [])
    assert ("fill" in {c.key for c in found.chapters}) == (scores and not predicting(tr))
    assert [s.show for s in found.steps[len(tr.names) :]] == looks
    # Chapters follow one another without a gap, and each step knows its own.
    ends = [(c.first, c.last) for c in found.chapters]
    assert ends[0][0] == 0
    assert ends[-1][1] == len(found.steps) - 1
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(ends))
    assert all(
        found.chapters[s.chapter].first <= i <= found.chapters[s.chapter].last for i, s in enumerate(found.steps)
    )
    for chapter in found.chapters:
        assert chapter.key in KEYS
        inside = [s for s in found.steps[chapter.first : chapter.last + 1] if s.show == "stage"]
        assert {(found.places[s.stage].stack or "", found.places[s.stage].layer) for s in inside} <= {
            (chapter.side, chapter.layer)
        }


@pytest.mark.parametrize("language", prose.languages())
def test_every_chapter_has_a_text(language: str) -> None:
    for key in KEYS:
        text = prose.catalogue(language).chapter(key)
        assert text["title"]
        assert text["intro"]


def keys(name: str, padded: bool = False) -> list[str]:
    return [c.key for c in walk(trace(name, padded)).chapters if c.layer in (None, 0)]


def test_the_order_of_a_block() -> None:
    assert keys("positional=rotary") == [
        "tokens", "embedding", "next_layer", "norm", "qkv", "rotate", "scores", "mask", "softmax", "values", "heads",
        "attn_out", "residual", "norm", "mlp", "residual", "final_norm", "unembed", "probs", "predict", "loss",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "there", "not_there"),
    [
        ("mask=bidirectional", {"scores"}, {"mask"}),
        ("positional=alibi", {"bias", "bias_mask"}, {"position", "mask", "content_bias"}),
        ("positional=shaw", {"content_bias", "bias_mask"}, {"bias", "mask"}),
        ("positional=cope", {"content_bias", "bias_mask"}, {"bias", "mask"}),
        ("encoder-decoder, t5", {"cross_qkv", "cross_softmax", "cross_attn_out", "bias"}, {"cross_mask"}),
        ("experts", {"router", "experts"}, {"mlp"}),
        ("head=pooler", {"pooler", "head"}, {"unembed", "predict", "loss"}),
        ("head=masked_word", {"head", "unembed", "fill"}, {"predict", "loss"}),
        ("bare", set(), {"norm", "unembed", "probs", "predict"}),
        ("segments, embed norm", {"embed_norm"}, {"predict"}),
    ],
)
def test_what_a_network_has(name: str, there: set[str], not_there: set[str]) -> None:
    assert there <= set(keys(name))
    assert not not_there & set(keys(name))


def test_padding_is_hidden_by_a_mask() -> None:
    assert "cross_mask" in keys("encoder-decoder, t5", padded=True)


def test_every_chapter_is_met_somewhere() -> None:
    met = {chapter.key for name, padded in cases() for chapter in walk(trace(name, padded)).chapters}
    assert set(KEYS) == met
