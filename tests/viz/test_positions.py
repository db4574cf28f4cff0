"""Numbers of the positions page, worked out once more without the code that made them."""

import math
import re

import numpy as np
import pytest

import model
from model.positional.alibi import slopes
from viz.positions import compare, figures, one, rotation, table, worked
from viz.positions.setup import Setup, names, network

SIZES = [(24, 16, 10000.0), (7, 4, 100.0), (5, 6, 1.5)]


@pytest.mark.parametrize(("positions", "width", "base"), SIZES)
@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_sinusoidal_table(positions: int, width: int, base: float, layout: str) -> None:
    setup = Setup("sinusoidal", (("sinusoid_base", base), ("sinusoid_layout", layout)), positions, width)
    found = one.vectors(setup)
    assert found is not None
    for k in range(positions):
        for i in range(width // 2):
            sine, cosine = (2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + width // 2)
            angle = k / base ** (2 * i / width)
            assert found[k, sine] == pytest.approx(math.sin(angle), abs=1e-6)
            assert found[k, cosine] == pytest.approx(math.cos(angle), abs=1e-6)
            assert one.pair_dims(setup, i) == (sine, cosine)
            hands = one.hands(setup)
            assert hands is not None
            assert tuple(hands.tip[k, i]) == pytest.approx((math.cos(angle), math.sin(angle)), abs=1e-6)
            assert hands.angle[k, i] == pytest.approx(angle)
            assert hands.wavelength[i] == pytest.approx(2 * math.pi * base ** (2 * i / width))


def test_the_tutorial() -> None:
    """n = 100, d = 4: the numbers of the reference sheet; another n, another table."""
    heads, found = worked.tutorial(100.0)
    assert heads == ["sin(k/100^(0/4))", "cos(k/100^(0/4))", "sin(k/100^(2/4))", "cos(k/100^(2/4))"]
    wanted: list[list[float]] = [
        [0, 1, 0, 1],
        [0.8415, 0.5403, 0.0998, 0.9950],
        [0.9093, -0.4161, 0.1987, 0.9801],
        [0.1411, -0.99, 0.2955, 0.9553],
    ]
    np.testing.assert_allclose(found, wanted, atol=6e-5)
    _, slower = worked.tutorial(10000.0)
    np.testing.assert_allclose(slower[:, 2], np.sin(np.arange(4) / 100), atol=1e-6)


def test_a_worked_sinusoid_holds_its_numbers() -> None:
    setup = Setup()
    found = worked.cell(setup, 5, 4)
    assert found is not None
    assert r"\sin\frac{5}{10000^{2 \cdot 2 / 16}} \\ &= \sin(0.5) = 0.4794" in found.latex
    assert found.value == pytest.approx(math.sin(5 / 10000 ** (4 / 16)), abs=1e-6)
    assert (found.stage, found.index) == ("pos_embed", (5, 4))


LINE = r"\\\\ &"
NUMBER = r"\(?(-?[\d.]+)\)?"


@pytest.mark.parametrize("pairing", ["half", "interleaved"])
def test_a_worked_turn_comes_to_its_value(pairing: str) -> None:
    setup = Setup("rotary", (("rotary_pairing", pairing),))
    for position, dim in ((0, 0), (5, 3), (23, 15)):
        found = worked.cell(setup, position, dim)
        assert found is not None
        numbers = re.search(
            rf"= {NUMBER} \\cos{NUMBER} {LINE} ([+-]) {NUMBER} \\sin{NUMBER} {LINE}= {NUMBER} ", found.latex
        )
        assert numbers is not None, found.latex
        own, angle, sign, other, again, value = numbers.groups()
        assert angle == again
        theta = float(angle)
        turned = float(own) * math.cos(theta) + float(sign + "1") * float(other) * math.sin(theta)
        assert turned == pytest.approx(float(value), abs=3e-3)
        assert float(value) == pytest.approx(found.value, abs=1e-3)


def test_a_worked_turn_of_xpos_has_its_fading() -> None:
    found = worked.cell(Setup("xpos"), 5, 3)
    assert found is not None
    zeta = (2 / 16 + 0.4) / 1.4  # of pair 1
    assert rf"= {zeta ** (5 / 512):.4g} \cdot " in found.latex


@pytest.mark.parametrize("name", names())
def test_every_encoding_has_numbers_code_and_a_formula(name: str) -> None:
    setup = Setup(name)
    found = worked.cell(setup, 5, 3)
    assert (found is None) == (name == "none")
    if found is not None:
        assert math.isfinite(found.value)
        assert found.latex
        trace = model.Model(network(setup)).trace(ids=[2] * setup.positions)
        assert trace.explain(found.stage, found.index).formula == found.general
        assert any(s.path.startswith("model/positional") for s in worked.code(setup))
    parameters, flops = one.price(setup)
    own = sum(p.numel() for p in network(setup).parameters()) - sum(
        p.numel() for p in network(Setup("none")).parameters()
    )
    assert parameters == own
    assert (flops == 0) == (name == "none")


def test_norms_and_rank() -> None:
    found = one.norms(Setup())
    assert found is not None
    np.testing.assert_allclose(found[0], math.sqrt(8), rtol=1e-6)  # eight pairs, each of length 1
    assert one.rank(Setup("learned")) == (16, 16)
    assert one.rank(Setup("none")) is None
    assert one.norms(Setup("rotary")) is None


def test_alibi_beside_its_definition() -> None:
    found = one.biases(Setup("alibi", heads=6))
    assert found is not None
    q, k = np.indices((24, 24))
    np.testing.assert_allclose(found, -np.array(slopes(6))[:, None, None] * np.abs(q - k), rtol=1e-6)


def test_a_turn_keeps_lengths_and_sees_distances_only() -> None:
    setup = Setup("rotary", positions=8)
    found = rotation.arrows(setup)
    here = np.einsum("qpx,kpx->pqk", found.turned_q, found.turned_k)
    later = np.einsum("qpx,kpx->pqk", found.later_q, found.later_k)
    np.testing.assert_allclose(here, later, atol=1e-6)
    for turned in (found.turned_q, found.turned_k, found.later_q, found.later_k):
        np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), 1, rtol=1e-6)
    theta = 10000.0 ** (-np.arange(8) / 8) * np.arange(8)[:, None]
    x, y = found.q[:, 0], found.q[:, 1]
    wanted = [x * np.cos(theta) - y * np.sin(theta), x * np.sin(theta) + y * np.cos(theta)]
    np.testing.assert_allclose(found.turned_q, np.stack(wanted, -1), atol=1e-6)


def test_equal_random_vectors_lose_their_product_with_distance() -> None:
    setup = Setup("rotary", width=64, heads=1)
    q = rotation.random_vectors(64)
    found = rotation.by_distance(setup, q, q, 200).mean(0)
    theta = 10000.0 ** (-np.arange(32) / 32)
    size = (q[:, :32] ** 2 + q[:, 32:] ** 2).mean(0).numpy()
    np.testing.assert_allclose(found, [(size * np.cos(d * theta)).sum() / 8 for d in range(201)], atol=1e-4)
    assert abs(found[50:]).max() < 0.7 * found[0]
    assert rotation.shares(setup, q, q).sum() == pytest.approx(1)


def test_the_head_of_a_real_model_makes_the_scores_of_its_trace() -> None:
    from model import shipped

    trace, found = shipped.open_shipped("smollm2"), rotation.trained_layer(3)
    i, j = np.tril_indices(len(trace["tokens"]))
    for row, (query, key) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        q, k = (x[row : row + 1, 4] for x in (found.q, found.k))
        here = rotation.by_distance(found.setup, q, k, query - key)[0, query - key]
        assert here == pytest.approx(trace["blocks.3.attn.qk"][4, query, key].item(), rel=0.01, abs=0.05)  # 16 bits


def test_all_heads_at_once_are_each_head_alone() -> None:
    found = rotation.all_heads(40)
    for layer, head in ((0, 0), (3, 4), (29, 8)):
        one_layer = rotation.trained_layer(layer)
        q, k = one_layer.q[:, head], one_layer.k[:, head]
        alone = rotation.by_distance(found.setup, q, k, 40).mean(0)
        np.testing.assert_allclose(found.product[layer, head], alone, atol=1e-4 * np.abs(alone).max())
        np.testing.assert_allclose(found.share[layer, head], rotation.shares(found.setup, q, k), rtol=1e-5)


def test_multipliers_of_the_extensions() -> None:
    found = one.multipliers(128, 10000.0, 4.0, 2048, 8192)
    np.testing.assert_allclose(found["linear"], 0.25, rtol=1e-5)
    assert found["ntk"][0] == pytest.approx(1)
    assert found["ntk"][-1] == pytest.approx(0.25, rel=1e-4)
    assert (found["yarn"][:16] == 1).all()
    np.testing.assert_allclose(found["yarn"][41:], 0.25, rtol=1e-5)


@pytest.mark.parametrize("name", names())
def test_what_is_added_to_scores(name: str) -> None:
    setup = Setup(name)
    found = compare.added(setup)
    assert found.score.shape[-2:] == (24, 24)
    curve = compare.by_distance(found.score)
    for d in (0, 3, 23):
        np.testing.assert_allclose(curve[:, d], np.diagonal(found.score, -d, 1, 2).mean(-1), rtol=1e-5, atol=1e-6)
    past = compare.added(setup, compare.PAST)
    assert (past.ends is not None) == (name in ("learned", "learned_unpadded"))
    assert past.score.shape[-1] == (24 if past.ends else 96)
    shown = compare.shown(found)
    assert np.isnan(shown[:, 0, 1]).all()
    assert compare.largest([found]) == pytest.approx(np.nanmax(np.abs(shown)) or 1)


def test_vectors_and_turns_as_scores() -> None:
    d = np.arange(24)
    theta = 10000.0 ** (-np.arange(8) / 8)
    sums = np.cos(d[:, None] * theta).sum(-1)
    np.testing.assert_allclose(compare.by_distance(compare.added(Setup()).score)[0], sums / 4, atol=1e-5)
    np.testing.assert_allclose(compare.by_distance(compare.added(Setup("rotary")).score)[0], 2 * sums / 4, atol=1e-5)


def test_places_as_they_are_measured() -> None:
    said = {name: table.row(name)["fits"] for name in names()}
    assert said["none"] == "none"
    assert said["sinusoidal"] == said["learned"] == "absolute"
    for name in ("rotary", "alibi", "t5", "kerple", "shaw", "transformer_xl", "xpos"):
        assert said[name] == "relative", name
    assert said["fire"] == "relative at +64, not at +900"
    assert said["cope"] == "counted: tokens between decide"
    assert set(table.row("alibi")) == set(table.COLUMNS)


def test_figures_have_named_axes_and_a_given_scale() -> None:
    matrix = figures.matrix(compare.shown(compare.added(Setup("alibi")))[0], "key", "query", 5.0)
    assert (matrix.data[0].zmin, matrix.data[0].zmax) == (-5, 5)
    assert matrix.data[0].z.dtype == np.float32
    assert (matrix.layout.xaxis.title.text, matrix.layout.yaxis.title.text) == ("key", "query")
