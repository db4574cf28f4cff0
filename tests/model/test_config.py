"""Configurations: what fits is built, what cannot be is refused with the value, the limit and the remedy."""

from __future__ import annotations

import contextlib
import math
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.config import StackConfig
from model.registry import variants
from tests.model.strategies import configs


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"n_heads": 5}, r"d_model=64.*n_heads=5.*d_head"),
        ({"n_layers": -1}, "n_layers=-1.*from 1"),
        ({"n_layers": 0}, "n_layers=0"),
        ({"n_layers": 10**6}, "n_layers=1000000"),
        ({"d_model": 2.0}, "d_model=2.0"),
        ({"d_vocab": True}, "d_vocab=True"),
        ({"n_ctx": "8"}, "n_ctx='8'"),
        ({"d_mlp": 0}, "d_mlp=0"),
        ({"d_head": -3}, "d_head=-3"),
        ({"n_heads": 2**31}, "n_heads=2147483648"),
        ({"n_kv_heads": 3}, "n_kv_heads=3.*n_heads=4"),
        ({"n_kv_heads": 8}, "n_kv_heads=8"),
        ({"n_kv_heads": 2, "attention": "multi_head"}, "grouped_query"),
        ({"n_kv_heads": 2, "attention": "multi_query"}, "grouped_query"),
        ({"positional": "nope"}, "positional='nope'.*rotary"),
        ({"attention": "nope"}, "grouped_query, multi_head"),
        ({"mask": "nope"}, "mask='nope'.*causal"),
        ({"norm": "nope"}, "norm='nope'.*layer"),
        ({"norm": []}, "norm=.*layer"),
        ({"mlp": "nope"}, "mlp='nope'.*swiglu"),
        ({"norm_placement": "nope"}, "pre, post, sandwich"),
        ({"parallel": True, "norm_placement": "post"}, "'pre' or 'sandwich'"),
        ({"norm_eps": 0}, "norm_eps=0"),
        ({"norm_eps": math.nan}, "norm_eps=nan"),
        ({"attn_softcap": -1.0}, "attn_softcap=-1.0"),
        ({"embed_scale": math.inf}, "embed_scale=inf"),
        ({"attn_scale": (1.0,)}, "1 numbers.*n_layers=2"),
        ({"attn_scale": math.nan}, "attn_scale=nan"),
        ({"attn_scale": [1.0, math.inf]}, "finite"),
        ({"attn_scale": 10**400}, "attn_scale"),
        ({"n_segments": -1}, "n_segments=-1"),
        ({"attn_bias": "no"}, "attn_bias='no'"),
        ({"final_norm": []}, "final_norm"),
        ({"options": {"window": 3}}, "'window'.*position_offset"),
        ({"options": {"window": 0}, "mask": "sliding_window"}, "window=0.*from 1"),
        ({"options": {"window": math.nan}, "mask": "sliding_window"}, "window=nan"),
        ({"options": {"window": 2.5}, "mask": "sliding_window"}, "window=2.5"),
        ({"options": 5}, "options=5"),
        ({"positional": "rotary", "d_head": 3}, "even"),
        ({"positional": "rotary", "options": {"rotary_fraction": 0.1}}, "at least 2"),
        ({"positional": "rotary", "options": {"rotary_pairing": "x"}}, "'half', 'interleaved'"),
        ({"positional": "rotary", "options": {"rotary_scaling": {"type": "x"}}}, "linear.*llama3"),
        ({"positional": "rotary", "options": {"rotary_scaling": 5}}, "rotary_scaling=5"),
        ({"positional": "rotary", "options": {"rotary_base": 10**400}}, "rotary_base"),
        ({"positional": "sinusoidal", "d_model": 9, "n_heads": 3}, "d_model=9 is odd"),
        ({"positional": "t5", "options": {"t5_buckets": 6}}, "divisible by 4"),
        ({"positional": "t5", "options": {"t5_max_distance": 16}}, "t5_max_distance=16"),
        ({"dropout": 0.1}, "unknown config word 'dropout'"),
        ({"architecture": "nope"}, "decoder, encoder, encoder-decoder"),
        ({"architecture": "encoder-decoder", "parallel": True}, "cross-attention"),
        ({"encoder": StackConfig()}, "no encoder"),
        ({"decoder": 5}, "not a StackConfig"),
        ({"decoder": StackConfig(), "n_heads": 2}, "n_heads inside it"),
        ({"tied_embed": True}, "two stacks"),
        ({"logit_scale": math.nan}, "logit_scale=nan"),
        ({"unembed": 1}, "unembed=1"),
    ],
    ids=str,
)
def test_impossible(words: dict[str, Any], message: str) -> None:
    with pytest.raises(model.ConfigError, match=message):
        model.TransformerConfig(**words)


def test_too_large_for_any_machine() -> None:
    large: list[dict[str, Any]] = [
        {"d_vocab": 2**31 - 1},
        {"n_layers": 10_000, "d_model": 2**16},
        {"d_mlp": 2**31 - 1},
        {"n_ctx": 2**31 - 1},
        {"n_segments": 2**31 - 1},
    ]
    for sizes in large:
        with pytest.raises(model.ConfigError, match="billion"):
            model.Transformer(model.TransformerConfig(**sizes))


def test_tied_embeddings_of_two_stacks() -> None:
    a, b = StackConfig(d_vocab=9, d_model=8), StackConfig(d_vocab=7, d_model=8)
    with pytest.raises(model.ConfigError, match="same d_vocab"):
        model.TransformerConfig("encoder-decoder", encoder=a, decoder=b, tied_embed=True)
    config = model.TransformerConfig("encoder-decoder", encoder=a, decoder=a, tied_embed=True, tied_unembed=True)
    w = model.Transformer(config).weights
    assert w["decoder.W_E"].data_ptr() == w["encoder.W_E"].data_ptr() == w["W_U"].data_ptr()
    assert "decoder.W_E" not in list(w)


def test_defaults() -> None:
    c = model.TransformerConfig(n_heads=4, d_model=64)
    assert (c.d_head, c.d_mlp, c.n_kv_heads, c.attention, c.mask) == (16, 256, 4, "multi_head", "causal")
    assert c.attn_scale == (0.25, 0.25)
    assert model.TransformerConfig("encoder").mask == "bidirectional"
    assert model.TransformerConfig(n_kv_heads=2).attention == "grouped_query"
    assert model.TransformerConfig(n_kv_heads=1).attention == "multi_query"
    assert model.TransformerConfig(n_heads=1).attention == "multi_head"
    assert model.TransformerConfig(norm_placement="post").final_norm is False
    two = model.TransformerConfig("encoder-decoder", n_layers=3)
    assert two.encoder is not None
    assert two.encoder.n_layers == 3
    with pytest.raises(AttributeError, match=r"config\.encoder\.n_layers"):
        _ = two.n_layers


@given(config=configs())
def test_configs_are_plain_data(config: model.TransformerConfig) -> None:
    import json

    assert model.TransformerConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert hash(config) == hash(model.TransformerConfig.from_dict(config.to_dict()))
    with pytest.raises(FrozenInstanceError):
        config.logit_scale = 2.0  # type: ignore[misc]


sizes = st.integers(-1, 9) | st.sampled_from([2**31 - 1, 2**31, 10**400])
odd = st.none() | st.booleans() | sizes | st.floats() | st.text(max_size=4) | st.lists(st.floats(), max_size=3)
parts = [name for p in ("positional", "attention", "masks", "norm", "mlp") for name in variants(p)]
option_names = [name for p in ("positional", "masks") for cls in variants(p).values() for name in cls.OPTIONS]  # type: ignore[attr-defined]
options = st.dictionaries(
    st.sampled_from(option_names), odd | st.dictionaries(st.text(max_size=8), odd, max_size=2), max_size=3
)
words = st.sampled_from([f.name for f in fields(StackConfig) if f.name != "options"])
flags = ["architecture", "encoder", "decoder", "tied_unembed", "unembed_bias", "unembed", "logit_scale", "tied_embed"]
values = odd | st.sampled_from([*parts, "pre", "post", "sandwich", "encoder", "encoder-decoder"])


@given(given_words=st.dictionaries(words | st.sampled_from(flags), values, max_size=5), own=options | odd)
@settings(max_examples=400)
def test_anything_else_is_a_config_or_a_config_error(given_words: dict[str, Any], own: Any) -> None:
    try:
        config = model.TransformerConfig(**given_words, options=own)
    except model.ConfigError as error:
        message = str(error)
        assert message.endswith((".", "None"))
        return
    assert hash(config) is not None


@given(given_words=st.dictionaries(words, odd, max_size=3), own=options | odd)
@settings(max_examples=200)
def test_stacks_alone_too(given_words: dict[str, Any], own: Any) -> None:
    with contextlib.suppress(model.ConfigError):
        assert hash(StackConfig(**given_words, options=own)) is not None
