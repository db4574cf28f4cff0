"""Keys and values of earlier tokens: told as unchanged where they are, and only there."""

from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

import model
from model.registry import variants
from viz.growth import NEAR, growth
from viz.next_token import longest
from viz.store import STORE

SORT = model.load("sort")


def build(architecture: str = "decoder", **words: Any) -> model.Model:
    common: dict[str, Any] = {"n_layers": 3, "n_heads": 2, "d_model": 16, "d_mlp": 12, "d_vocab": 20, "n_ctx": 24}
    mask = {"mask": "causal"} | {k: v for k, v in words.items() if k == "mask"}
    words = common | {k: v for k, v in words.items() if k != "mask"}
    sides: dict[str, Any] = {"decoder": model.StackConfig(**words, **mask)}
    if architecture == "encoder-decoder":
        sides["encoder"] = model.StackConfig(**words)
    return model.Model(model.Transformer(model.TransformerConfig(architecture, **sides)))


def test_sort_keeps_all_keys_and_values_of_earlier_tokens() -> None:
    before, after = SORT.trace("CBABBC"), SORT.trace("CBABBCA")
    found = growth(before, after)
    assert found is not None
    assert (found.side, found.first) == ("", 6)
    assert found.kept == {f"blocks.{i}.attn.{name}": 6 for i in range(3) for name in ("k", "v")}
    assert not found.changed
    for name in found.kept:
        assert torch.allclose(before[name], after[name][:6], rtol=0, atol=1e-5 * after[name].abs().max().item())


@pytest.mark.parametrize("positional", variants("positional"))
def test_what_is_told_as_kept_is_the_same_and_what_is_not_is_not(positional: str) -> None:
    more: dict[str, Any] = {"rotary_2d": {"d_head": 8}}.get(positional, {})
    m = build(positional=positional, **more)
    before, after = m.trace(ids=[3, 1, 4, 1, 5]), m.trace(ids=[3, 1, 4, 1, 5, 9])
    found = growth(before, after)
    assert found is not None
    names = {n for n in after.names if n.endswith((".k", ".v", ".rot_k"))}
    assert set(found.kept) | set(found.changed) == names
    for name in names:
        by = (before[name] - after[name][:5]).abs().max() / before[name].abs().max()
        assert (by <= 1e-5) == (name in found.kept)
    # The graph of a text is a path: one node more, and every place on it is another.
    if not m.network.last.positional.lasts(5, 6):
        assert found.changed
    else:
        assert not found.changed


def test_past_its_length_dynamic_rotary_turns_every_key_anew() -> None:
    # Frequencies follow from the length, so that even earlier tokens change.
    scaling = (("type", "dynamic"), ("factor", 2.0), ("original_max_position_embeddings", 4))
    m = build(positional="rotary", options={"rotary_scaling": scaling})
    within = growth(m.trace(ids=[1, 2, 3]), m.trace(ids=[1, 2, 3, 4]))
    past = growth(m.trace(ids=[1, 2, 3, 4, 5]), m.trace(ids=[1, 2, 3, 4, 5, 6]))
    assert within is not None
    assert past is not None
    assert not within.changed
    assert "blocks.0.attn.rot_k" in past.changed
    assert {"blocks.0.attn.k", "blocks.0.attn.v"} <= set(past.kept)  # made before anything is turned
    assert {"blocks.1.attn.k", "blocks.2.attn.v"} <= set(past.changed)
    assert min(past.changed.values()) > NEAR >= past.apart


def test_where_every_token_sees_the_new_one_nothing_is_kept_but_the_first_block() -> None:
    m = build(mask="bidirectional")
    found = growth(m.trace(ids=[1, 2, 3]), m.trace(ids=[1, 2, 3, 4]))
    assert found is not None
    assert set(found.kept) == {"blocks.0.attn.k", "blocks.0.attn.v"}


def test_of_an_encoder_decoder_the_source_s_keys_and_values_are_kept_too() -> None:
    m = build("encoder-decoder")
    before, after = m.trace(ids=[1, 2, 3, 4], target=[5, 6]), m.trace(ids=[1, 2, 3, 4], target=[5, 6, 7])
    found = growth(before, after)
    assert found is not None
    assert found.side == "decoder"
    assert found.kept["decoder.blocks.0.cross_attn.k"] == 4
    assert found.kept["decoder.blocks.2.attn.v"] == 2
    assert not any(name.startswith("encoder.") for name in found.kept)
    assert growth(before, m.trace(ids=[1, 2, 3, 9], target=[5, 6, 7])) is None


def test_only_a_longer_pass_of_the_same_model_has_grown() -> None:
    before = SORT.trace("CBA")
    assert growth(before, SORT.trace("CBA")) is None
    assert growth(before, SORT.trace("CAAB")) is None
    assert growth(SORT.trace("CBAB"), before) is None
    assert growth(before, model.control(SORT, "shuffled").trace("CBAB")) is None


def test_the_route_compares_two_traces_that_are_kept(client: TestClient) -> None:
    first, second = STORE.add(SORT.trace("CBA")), STORE.add(SORT.trace("CBAB"))
    body = client.get(f"/data/{second}/grown", params={"before": first}).json()
    assert body["first"] == 3
    assert body["kept"]["blocks.2.attn.v"] == 3
    assert body["changed"] == {}
    for before, status in ((second, 400), ("unknown", 404)):
        answer = client.get(f"/data/{first}/grown", params={"before": before, "lang": "zh"})
        assert answer.status_code == status
        assert any("\u4e00" <= c <= "\u9fff" for c in answer.json()["error"])


def test_the_longest_input_is_the_decoder_s() -> None:
    assert longest(SORT.trace("CBA")) == SORT.config.last.n_ctx
