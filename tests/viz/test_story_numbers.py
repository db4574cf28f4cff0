"""The numbers in the story's words, worked out again: by formula, by another path through the models, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from model.positional.properties import build
from model.train import positions_table
from model.train.positions_measure import correct, rows_held_out
from model.train.positions_tasks import IGNORED, TASKS
from tests.viz.asked import all_of, numbers, panel, trained
from viz.positions.setup import Setup, network
from viz.positions.story import counted
from viz.positions.story.base import percent, short
from viz.positions.story.order import IDS, ORDERS, SENTENCE, direction


@pytest.mark.parametrize("positional", ["none", "sinusoidal", "rotary", "alibi"])
@pytest.mark.parametrize("order", list(ORDERS))
def test_bag(order: str, positional: str) -> None:
    found, net = numbers("bag", order=order, positional=positional), build(positional, "encoder", n_ctx=32)
    assert found["moved"].split() == [SENTENCE[i] for i in ORDERS[order]]
    one, other = (net.trace(ids=i) for i in (IDS, [IDS[i] for i in ORDERS[order]]))
    off = (other["logits"] - one["logits"][ORDERS[order]]).abs().max() / one["logits"].abs().max()
    twice = (one["logits"][3] - one["logits"][0]).abs().max() / one["logits"][0].abs().max()
    blind = positional == "none" or (positional == "alibi" and order == "backwards")  # alike both ways
    assert (off < 1e-12) == blind
    assert (twice < 1e-12) == (positional == "none")
    for key, value in (("deviation", off), ("twice", twice)):
        assert found[key] == short(value.item()) or (value < 1e-12 and ("10⁻" in found[key] or found[key] == "0"))
    back = [ORDERS[order].index(i) for i in range(5)]
    pattern = other["blocks.1.attn.pattern"][:, back][:, :, back]
    np.testing.assert_allclose(panel("bag", "second", order=order, positional=positional).values, pattern, atol=1e-7)


@pytest.mark.parametrize("last", [8, 64])
def test_counting(last: int) -> None:
    found, net = numbers("counting", last=last), trained("offset-learned")
    words = net.weights["W_E"]
    assert found["word"] == short(words.norm(dim=-1).mean().item())
    assert found["times"] == short(last / words.norm(dim=-1).mean().item())
    for place, key in ((0, "start"), (last, "end")):  # a norm by hand, on words plus the number
        x = words + place * direction(words.shape[1])
        x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        x = x * net.weights["blocks.0.ln1.w"] + net.weights["blocks.0.ln1.b"]
        pairs = [torch.cosine_similarity(x[a], x[b], dim=0).item() for a in range(32) for b in range(32) if a != b]
        assert float(found[key]) == pytest.approx(np.mean(pairs), abs=6e-3)


def test_share() -> None:
    found = numbers("share", length=50)
    assert (found["short_step"], found["long_step"]) == (short(1 / 4), short(1 / 49))
    assert found["count_changed"] == "0.0%" or "10⁻" in found["count_changed"]
    assert float(found["changed"].rstrip("%")) > 1


@pytest.mark.parametrize("base", [100, 10000])
def test_clocks(base: int) -> None:
    found = numbers("clocks", base=base)
    flips = {k: (k ^ (k + 1)).bit_count() for k in range(31)}
    assert int(found["flips"]) == max(flips.values()) == flips[int(found["before"])]
    assert int(found["after"]) == int(found["before"]) + 1
    assert found["fastest"] == short(2 * math.pi)
    assert found["slowest"] == short(2 * math.pi * base ** (14 / 16))
    step = math.sqrt(sum(2 - 2 * math.cos(base ** (-2 * i / 16)) for i in range(8)))
    assert found["least"] == found["most"] == short(step)
    assert "10⁻" in found["spread"]


@pytest.mark.parametrize("distance", [1, 7, 24])
def test_products(distance: int) -> None:
    found = numbers("products", distance=distance)
    wanted = sum(math.cos(distance * 10000 ** (-2 * i / 32)) for i in range(16))
    assert found["early"] == found["late"] == short(wanted)
    assert found["same"] == short(16.0)
    for key in ("spread", "mirror"):
        assert found[key] == "0" or "10⁻" in found[key]


@pytest.mark.parametrize(("size", "other"), [(64, "rotary"), (256, "alibi")])
def test_table(size: int, other: str) -> None:
    found, task = numbers("table", size=size, other=other), TASKS["offset"]
    tokens, answers = rows_held_out(task, size, 32)
    for name, keys in (("learned", ("inside", "outside")), (other, (None, "other_outside"))):
        right = correct(trained(f"offset-{name}"), tokens, answers)[1]
        for key, some in zip(keys, (slice(None, 32), slice(32, None)), strict=True):
            if key:
                wanted = right[:, some][(answers != IGNORED)[:, some]].float().mean().item()
                assert float(found[key].rstrip("%")) / 100 == pytest.approx(wanted, abs=1e-3)
    assert found["chance"] == percent(1 / 32)
    before = positions_table.load("offset-learned", 0).network.weights["W_pos"].double()
    after = positions_table.load("offset-learned").network.weights["W_pos"].double()
    cosines = ((before * after).sum(-1) / before.norm(dim=-1) / after.norm(dim=-1)).tolist()
    turned = [math.degrees(math.acos(min(1.0, c))) for c in cosines]
    assert found["least"] == short(min(turned[:32]))
    assert float(found["still"]) == pytest.approx(max(turned[32:]), rel=0.02)
    assert max(turned[32:]) < 0.1 < 5 < min(turned[:32])
    assert found["rows"] == "256"
    assert "257" in found["refusal"]


@pytest.mark.parametrize("positional", ["learned", "sinusoidal"])
def test_mixture(positional: str) -> None:
    """The parts add up to what the network computed, and are what it computes when the other half is taken away."""
    found, parts = numbers("mixture", positional=positional), all_of("mixture", positional=positional)
    net = trained(f"offset-{positional}")
    ids = rows_held_out(TASKS["offset"], 16, 1).tokens[0].tolist()
    trace = net.trace(ids=ids)
    assert "10⁻" in found["sum"]
    for p in parts:
        seen = p.values[np.isfinite(p.values)]
        assert float(found[p.id]) == pytest.approx(np.sqrt((seen.astype(float) ** 2).mean()), rel=6e-3)
    scale, w = trace["blocks.0.ln1.scale"][:, None], net.weights
    place = trace["pos_embed"]
    place = (place - place.mean(-1, keepdim=True)) / scale * w["blocks.0.ln1.w"]
    head = int(found["head"])
    q, k = (place @ w[f"blocks.0.attn.W_{x}"][head] for x in "QK")
    wanted = (q @ k.T * net.last.blocks[0].attn.scale).tril()
    shown = next(p for p in parts if p.id == "place_place").values[head]
    np.testing.assert_allclose(np.nan_to_num(shown), wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("clip", [1, 4, 16])
def test_distances(clip: int) -> None:
    found = numbers("distances", clip=clip)
    assert found["vectors"] == str(2 * clip + 1)
    assert found["numbers"] == f"{2 * (2 * clip + 1) * 16:,}"
    for key in ("along", "past"):
        assert found[key] == "0" or "10⁻" in found[key]
    net = network(Setup("shaw", (("shaw_clip", clip),), 24, 16, 4))
    trace = net.trace(ids=[4] * 24)
    rows = net.weights["blocks.0.attn.position.W_rel_K"]
    last = torch.stack([trace["blocks.0.attn.q"][23] @ rows[clip - min(d, clip)] / 4 for d in range(24)], -1)
    np.testing.assert_allclose(
        panel("distances", "by_distance", clip=clip).series[0].values, last, rtol=1e-5, atol=1e-6
    )
    assert found["within"] == short((last[:, clip] - last[:, 0]).abs().max().item())


@pytest.mark.parametrize(("distance", "bucket", "first", "last"), [(1, 1, 1, 1), (40, 23, 40, 45), (127, 31, 113, 127)])
def test_buckets(distance: int, bucket: int, first: int, last: int) -> None:
    found = numbers("buckets", distance=distance)
    assert (found["bucket"], found["first"], found["last"]) == (str(bucket), str(first), str(last))
    assert (found["steepest"], found["flattest"]) == (short(2**-2), short(2**-8))
    assert found["steep_weight"] == percent(math.exp(-distance / 4))
    assert found["flat_weight"] == percent(math.exp(-distance / 256))
    assert found["numbers"] == str(32 * 4)
    added = panel("buckets", "added", distance=distance)
    table = trained("latest-t5").weights["W_rel"]
    shown = {s.name: s.values for s in added.series}
    np.testing.assert_allclose(shown["t5"][:, distance], table[bucket], rtol=1e-5)
    np.testing.assert_allclose(shown["alibi"][0], -np.arange(128) / 4, rtol=1e-6)


@pytest.mark.parametrize("later", [0, 100, 1000])
def test_rotate(later: int) -> None:
    """With complex numbers: the product is the sum over pairs of |q||k| cos(angle + turn)."""
    found, arrows = numbers("rotate", later=later), panel("rotate", "arrows", later=later).arrows
    q, k = (a.values.astype(float) @ np.array([1, 1j]) for a in arrows[:2])
    turn = 100.0 ** (-np.arange(4) / 4)

    def product(by: float) -> float:
        return float((q * np.conj(k) * np.exp(1j * by * turn)).real.sum())

    assert float(found["here"]) == float(found["there"]) == pytest.approx(product(9 - 5), abs=1e-5)
    assert float(found["apart"]) == pytest.approx(product(10 - 5), abs=1e-5)
    assert found["difference"] == "0" or "10⁻" in found["difference"]
    assert float(found["fast"].rstrip("%")) > float(found["slow"].rstrip("%"))
    for key, pick in (("fast", np.argmax), ("slow", np.argmin)):
        from viz.positions.rotation import all_heads

        share = all_heads(256).share
        half = share[..., : share.shape[-1] // 2].sum(-1)
        layer, head = np.unravel_index(int(pick(half)), half.shape)
        assert (found[f"{key}_layer"], found[f"{key}_head"]) == (str(layer), str(head))


@pytest.mark.parametrize("factor", [2, 4, 32])
def test_further(factor: int) -> None:
    found = numbers("further", factor=factor)
    turns = 8191 * 100000.0 ** (-np.arange(32) / 32) / (2 * math.pi)
    assert (found["pairs"], found["trained"], found["long"]) == ("32", "8,192", f"{8192 * factor:,}")
    assert found["slow"] == str(int((turns < 1).sum()))
    assert (found["first_turns"], found["last_turns"]) == (short(turns[0]), short(turns[-1]))
    assert (found["linear"], found["ntk_first"], found["ntk_last"]) == (short(1 / factor), "1.00", short(1 / factor))
    low = math.floor(64 * math.log(8192 / (2 * math.pi * 32)) / (2 * math.log(100000)))
    assert int(found["kept"]) == low + 1


@pytest.mark.parametrize("token", [2, 9, 30])
def test_content(token: int) -> None:
    found = numbers("content", token=token)
    net, head = trained("latest-cope"), int(found["head"])
    text = list(counted.TEXT)
    for ids, key in ((text, "before"), ([*text[:3], token, *text[4:]], "after")):
        gates = net.trace(ids=ids)["blocks.0.attn.qk"][head, -1].sigmoid()
        assert found[key] == short(gates.sum().item())
    c, length = (network(counted.FIRE).weights[f"blocks.0.attn.position.{x}"].abs().item() for x in ("c", "L_times"))
    for query, key in ((15, "share_first"), (127, "share_late")):
        share = math.log1p(c * 6) / math.log1p(c * max(query, 16 * length))
        assert float(found[key]) == pytest.approx(share, rel=5e-3)
