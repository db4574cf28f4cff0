"""A cache is used only where it changes nothing: every part of a stack, and masks under which nothing kept holds."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import model
from model.attention.multi_head import MultiHead
from model.cache import Cache
from model.masks.base import Mask
from model.registry import variants
from tests.model.strategies import MASKS, case, configs, label, more, pairs

SIZES: dict[str, Any] = {"n_layers": 3, "n_heads": 4, "n_kv_heads": 2, "d_model": 16, "d_vocab": 30, "n_ctx": 24}


class Prefix(Mask):
    """The first five tokens see one another, the others what came before them (a prefix language model)."""

    variant, title = "prefix", "Prefix"

    def visible(self, query: Tensor, key: Tensor) -> Tensor:
        return (key <= query) | (key < 5)


class Ahead(Mask):
    """A token sees the next one, too."""

    variant, title = "ahead", "One ahead"

    def visible(self, query: Tensor, key: Tensor) -> Tensor:
        return key <= query + 1


@pytest.fixture
def more_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    for mask in (Prefix, Ahead):
        monkeypatch.setitem(variants("masks"), mask.variant, mask)


def built(mask: Any, architecture: str = "decoder", **words: Any) -> model.Model:
    sides: dict[str, Any] = {"decoder": model.StackConfig(**SIZES | {"mask": mask, "positional": "rotary", **words})}
    if architecture == "encoder-decoder":
        sides["encoder"] = model.StackConfig(**SIZES)
    return model.Model(model.Transformer(model.TransformerConfig(architecture, **sides)))


def check(m: model.Model, steps: int = 8) -> None:
    """The same tokens and the same logits, with a cache and without."""
    words: dict[str, Any] = {"ids": [1, 2, 3], "stop": [], "max_new_tokens": steps, "repetition_penalty": 2.0}
    words |= {"target": [4, 5]} if m.config.architecture == "encoder-decoder" else {}
    cached, plain = (list(m.generate(**words, cache=cache)) for cache in (True, False))
    assert [step.id for step in cached] == [step.id for step in plain]
    for a, b in zip(cached, plain, strict=True):
        assert (a.logits - b.logits).abs().max() <= 1e-5 * b.logits.abs().max()


def writes(config: model.TransformerConfig) -> bool:
    """Whether tokens come out of it, one after each token that goes in."""
    return config.decoder is not None and config.unembed and not config.n_labels and config.head != "pooler"


MASKED = (
    *MASKS,
    "prefix",
    "ahead",
    ("causal", "bidirectional", "sliding_window"),
    ("sliding_window", "causal", "causal"),
)


@pytest.mark.parametrize("architecture", ["decoder", "encoder-decoder"])
@pytest.mark.parametrize("mask", MASKED, ids=str)
def test_under_every_mask_the_cache_changes_nothing(mask: Any, architecture: str, more_masks: None) -> None:
    check(built(mask, architecture))


@pytest.mark.parametrize("config", [c for c in (*pairs(), *more()) if writes(c)], ids=label)
def test_with_any_two_parts_the_cache_changes_nothing(config: model.TransformerConfig) -> None:
    check(model.Model(model.Transformer(config)))


@settings(max_examples=60, deadline=None)
@given(
    config=st.one_of([configs(architecture=a, unembed=True) for a in ("decoder", "encoder-decoder")]),
    seed=st.integers(0, 10_000),
)
def test_of_any_network_the_cache_changes_nothing(config: model.TransformerConfig, seed: int) -> None:
    check(model.Model(case(config, seed=seed).network))


@pytest.mark.parametrize("mask", MASKED, ids=str)
def test_what_lasts_is_seen_in_the_numbers(mask: Any, more_masks: None) -> None:
    m = built(mask)
    ids = [3, 1, 4, 1, 5, 9, 2, 6]
    for before in range(1, len(ids)):
        short, long = m.trace(ids=ids[:before]), m.trace(ids=ids[: before + 1])
        names = [f"blocks.{i}.attn.{name}" for i in range(3) for name in "kv"]
        apart = max(float((short[n] - long[n][:before]).abs().max() / short[n].abs().max()) for n in names)
        assert m.network.last.lasts(before, before + 1) == (apart <= 1e-5), before


def test_a_prefix_is_kept_as_soon_as_it_is_whole(more_masks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    keys = MultiHead.keys

    def counted(self: MultiHead, x: Tensor) -> Tensor:
        lengths.append(len(x))
        return keys(self, x)

    monkeypatch.setattr(MultiHead, "keys", counted)
    list(built("prefix", n_layers=1).generate(ids=[1, 2, 3], max_new_tokens=5, stop=[]))
    assert lengths == [3, 4, 5, 1, 1]


def test_a_cache_that_does_not_hold_is_refused() -> None:
    network, cache = built("bidirectional").network, Cache()
    with torch.no_grad():
        network(torch.tensor([1, 2, 3]), cache=cache)
        with pytest.raises(model.InputError, match="the first 3 tokens change"):
            network(torch.tensor([4]), cache=cache)
        cache.forget()
        again = network(torch.tensor([1, 2, 3, 4]), cache=cache)
        assert torch.equal(again, network(torch.tensor([1, 2, 3, 4])))
