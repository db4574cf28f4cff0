"""Where tensors stand in space, over every variant of every part and over networks drawn at random."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model import Transformer, TransformerConfig
from model.blueprint import blueprint
from tests.viz import every_variant
from viz.scene import Scene, scene
from viz.space import DEEP, Block


def of(network: Transformer, lengths: tuple[int, ...]) -> Scene:
    return scene(network, network.plan(lengths, False))


def lengths_of(config: TransformerConfig, n: int) -> tuple[int, ...]:
    return (n, max(1, n - 1)) if config.architecture == "encoder-decoder" else (n,)


def apart(a: Block, b: Block) -> bool:
    """Whether two boxes share no room."""
    x = a.corner[0] + a.size[0] <= b.corner[0] or b.corner[0] + b.size[0] <= a.corner[0]
    y = a.corner[1] - a.size[1] >= b.corner[1] or b.corner[1] - b.size[1] >= a.corner[1]
    z = a.corner[2] + a.size[2] <= b.corner[2] or b.corner[2] + b.size[2] <= a.corner[2]
    return x or y or z


def before(a: Block, b: Block) -> bool:
    """Along the flow, which is read like a page: wholly above, or wholly to the left."""
    return a.corner[1] - a.size[1] >= b.corner[1] or a.corner[0] + a.size[0] <= b.corner[0]


def check(network: Transformer, lengths: tuple[int, ...]) -> Scene:
    """All that must hold of any layout."""
    plan = network.plan(lengths, False)
    found = scene(network, plan)
    for stage in plan.stages:
        block = found.blocks[found.same.get(stage.name, stage.name)]
        assert block.shape == stage.shape
        for read in stage.reads:
            source = found.blocks[found.same.get(read, read)]
            assert source is block or before(source, block), f"{read} -> {stage.name}"
    used = {network.weights.canonical(w) for s in plan.stages for w in s.weights}
    assert used <= set(found.blocks)
    assert {b.name for b in found.blocks.values() if b.role == "weight"} == used
    for a, b in combinations(found.blocks.values(), 2):
        assert apart(a, b), f"{a.name} and {b.name}"
    width, height, depth = found.size
    for b in found.blocks.values():
        assert 0 <= b.corner[0] <= b.corner[0] + b.size[0] <= width
        assert -height <= b.corner[1] - b.size[1] <= b.corner[1] <= 0
        assert -depth / 2 <= b.corner[2] <= b.corner[2] + b.size[2] <= depth / 2
        if 0 not in b.shape:
            last = b.cell([n - 1 for n in b.shape])
            ends = (b.corner[0] + b.size[0] - 1, b.corner[1] - b.size[1] + 1, b.corner[2] + b.size[2] - 1)
            assert last == ends
    return found


@pytest.mark.parametrize("name", every_variant.NAMES)
def test_every_variant_has_a_place_for_everything(name: str) -> None:
    config = every_variant.CONFIGS[name]
    check(Transformer(config), lengths_of(config, 4))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_sizes(data: Any) -> None:
    kv = data.draw(st.sampled_from((1, 2, 3)))
    architecture = data.draw(st.sampled_from(("decoder", "encoder", "encoder-decoder")))
    config = TransformerConfig(
        architecture,
        n_layers=data.draw(st.integers(1, 3)),
        n_heads=kv * data.draw(st.integers(1, 3)),
        n_kv_heads=kv,
        attention="grouped_query",
        d_model=36,
        d_head=data.draw(st.integers(1, 40)),
        d_mlp=data.draw(st.integers(1, 50)),
        d_vocab=data.draw(st.integers(2, 60)),
        n_ctx=16,
        parallel=architecture == "decoder" and data.draw(st.booleans()),
    )
    check(blueprint(config.to_dict()), lengths_of(config, data.draw(st.integers(1, 16))))


def test_real_models() -> None:
    sort = model.load("sort")
    check(sort.network, (11,))


def test_heads_stand_side_by_side_and_the_stream_goes_straight_down() -> None:
    config = TransformerConfig(
        n_layers=2, n_heads=6, n_kv_heads=2, attention="grouped_query", d_model=24, d_vocab=9, n_ctx=8,
        positional="rotary",
    )  # fmt: skip
    found = of(Transformer(config), (5,)).blocks
    stream = [b for n, b in found.items() if n == "embed_sum" or ".resid_" in n]
    assert {(b.corner[0], b.corner[2]) for b in stream} == {(0, 0)}
    assert [b.corner[1] for b in stream] == sorted((b.corner[1] for b in stream), reverse=True)
    q, k = found["blocks.0.attn.q"], found["blocks.0.attn.k"]
    assert {q.axes[1], k.axes[1]} == set(DEEP)
    heads = [q.cell((0, h, 0))[2] for h in range(6)]
    assert heads == sorted(set(heads))
    for pair in range(2):  # each key/value head amid the three query heads that share it
        at = k.cell((0, pair, 0))[2]
        assert abs(at - heads[3 * pair + 1]) <= 1


def test_row_of_the_input_and_column_of_the_weight_meet_in_the_cell() -> None:
    found = of(Transformer(TransformerConfig(n_layers=1, n_heads=2, d_model=8, d_vocab=5, n_ctx=4)), (3,)).blocks
    for stage, weight, source in (
        ("blocks.0.mlp.pre", "blocks.0.mlp.W_in", "blocks.0.ln2.normalized"),
        ("blocks.0.mlp_out", "blocks.0.mlp.W_out", "blocks.0.mlp.post"),
        ("logits", "W_U", "ln_final.normalized"),
    ):
        cell = found[stage].cell((2, 3))
        assert found[weight].cell((0, 3))[0] == cell[0]  # straight above
        assert found[source].cell((2, 0))[1] == cell[1]  # on the same level to the left
    q, w = found["blocks.0.attn.q"], found["blocks.0.attn.W_Q"]
    x, y, z = q.cell((2, 1, 3))
    assert w.cell((1, 0, 3))[::2] == (x, z)
    assert found["blocks.0.ln1.normalized"].cell((2, 0))[1] == y


def test_cross_attention_stands_between_the_stacks() -> None:
    config = TransformerConfig("encoder-decoder", n_layers=2, n_heads=2, d_model=8, d_vocab=5, n_ctx=8)
    found = of(Transformer(config), (5, 3)).blocks
    right = max(b.corner[0] + b.size[0] for b in found.values() if b.side == "encoder")
    stream = found["decoder.blocks.0.resid_mid"].corner[0]
    across = [b for n, b in found.items() if ".cross_attn" in n]
    assert len(across) > 10
    assert all(right <= b.corner[0] and b.corner[0] + b.size[0] <= stream for b in across)
    assert found["decoder.blocks.0.attn.q"].corner[0] > stream
