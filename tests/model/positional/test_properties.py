"""Properties are measured, and come out as the papers say."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import model
from model.positional.properties import EXACT, Properties, build, cost, measure
from model.registry import variants

NAMES = tuple(variants("positional"))
ROWS = {name for name, cls in variants("positional").items() if cls.space == "row"}  # type: ignore[attr-defined]
RELATIVE = {"none", "rotary", "xpos", "alibi", "kerple", "t5", "shaw", "transformer_xl", "cope", "drawn"}
ABSOLUTE = {"learned", "sinusoidal", "learnable_sinusoid"}
SYMMETRIC = {"none", "alibi", "kerple", "fire", "cope", "drawn"}  # in a stack without a mask
TABLES = {"learned", "learned_unpadded"}


@cache
def found(name: str) -> Properties:
    return measure(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_either_none_or_real(name: str) -> None:
    p = found(name)
    for number in (*p.shift.values(), *p.moved.values(), p.shuffled, p.reversed):
        assert number < EXACT / 100 or number > 100 * EXACT


@pytest.mark.parametrize("name", sorted(RELATIVE | ABSOLUTE | {"fire"}))
def test_shift_and_prefix(name: str) -> None:
    p = found(name)
    if name in RELATIVE:
        assert max(p.shift.values()) < EXACT
        assert max(p.moved.values()) < EXACT
    elif name in ABSOLUTE:
        assert min(p.shift.values()) > EXACT
        assert min(p.moved.values()) > EXACT
    else:  # FIRE: relative up to L, not past it
        assert p.shift[1] < EXACT < p.shift[900]


def test_padding_that_is_not_counted() -> None:
    """RoBERTa counts tokens by their ids: hidden ones that are no padding count too."""
    assert found("learned_unpadded").moved[8] > EXACT


@pytest.mark.parametrize("name", NAMES)
def test_order_and_direction(name: str) -> None:
    p = found(name)
    assert (p.shuffled < EXACT) == (name == "none")
    if name in ROWS:
        assert (p.reversed < EXACT) == (name in SYMMETRIC)


@pytest.mark.parametrize("name", NAMES)
def test_past_the_trained_length(name: str) -> None:
    assert (found(name).past is None) == (name not in TABLES)


def test_what_reads_the_tokens() -> None:
    reads = {name: found(name).reads for name in NAMES}
    assert {n for n, r in reads.items() if r} == {"shaw", "transformer_xl", "cope"}
    assert {n for n, r in reads.items() if r is False} == {"alibi", "kerple", "fire", "t5", "drawn"}


# Two layers, 4 heads, d_model 32, d_head 8. FIRE: c and L, 32 units in with a bias each, and out to 4 heads with one.
PARAMETERS: dict[str, int] = {
    "none": 0, "sinusoidal": 0, "sinusoidal_2d": 0, "rotary": 0, "rotary_2d": 0, "xpos": 0, "alibi": 0, "drawn": 0,
    "learned": 908 * 32, "t5": 32 * 4, "shaw": 2 * 2 * 33 * 8, "kerple": 2 * 2 * 4,
    "fire": 2 * (2 + 2 * 32 + 4 * 32 + 4),
    "cope": 2 * 909 * 8, "transformer_xl": 2 * 32 * 32 + 2 * 32, "learnable_sinusoid": 2 * 32 * 33,
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name: str) -> None:
    p = found(name)
    assert p.parameters == PARAMETERS[name]
    network, plain = build(name, "decoder"), build("none", "decoder")
    assert network.n_parameters - plain.n_parameters == p.parameters


@pytest.mark.parametrize("name", NAMES)
def test_flops(name: str) -> None:
    """Nothing is free but nothing; twice the tokens cost at least twice as much, and pairs of tokens four times."""
    assert (found(name).flops == 0) == (name == "none")
    if name != "none":
        short, long = cost(name, n=8)[1], cost(name, n=16)[1]
        assert 2 * short <= long <= 4 * short


def test_flops_of_products() -> None:
    """Shaw: for each layer, head and pair a product over d_head and one over keys, and a sum in each score."""
    n, layers, heads, d = 8, 2, 4, 8
    keys = 2 * heads * n * n * d
    values = 2 * n * heads * d * n
    assert cost("shaw", n=n)[1] == layers * (keys + values)


def test_ranks() -> None:
    """Of 64 positions in 32 dimensions, with heads of 8."""
    assert found("learned").rank == {"pos_embed": 32}
    assert found("learnable_sinusoid").rank == {"pos_embed": 32}
    assert 16 <= found("sinusoidal").rank["pos_embed"] <= 32  # slow waves are nearly straight lines
    assert found("rotary").rank == {}
    assert found("alibi").rank == {"bias": 64}  # |i - j| has full rank
    assert found("kerple").rank == {"bias": 64}


def test_options_are_passed_on() -> None:
    words: dict[str, Any] = {"shaw_clip": 2}
    assert cost("shaw", words)[0] == 2 * 2 * 5 * 8
    with pytest.raises(model.ConfigError, match="shaw_clip"):
        measure("shaw", {"shaw_clip": 0})
