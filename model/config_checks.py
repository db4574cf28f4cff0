"""What the words of a config must be. Every function raises ConfigError naming the word, its value and the remedy."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from model.errors import ConfigError
from model.registry import find

if TYPE_CHECKING:
    from model.config import TransformerConfig
    from model.stack_config import StackConfig

PLACEMENTS = ("pre", "post", "sandwich")
EMBED_PROJ = ("sum", "token")
LARGEST = 2**31 - 1  # one axis; keeps arithmetic on sizes sane long before memory runs out
LARGEST_PARAMETERS = 20_000_000_000  # 80 GB in float32: refuse before the machine swaps itself to death
LARGEST_BLUEPRINT = 1_000_000_000_000  # a network without numbers takes no memory for them
MOST_LAYERS = 10_000  # each layer costs time and memory even where it is tiny


def kinds(config: StackConfig) -> None:
    """Sizes are whole numbers within bounds, flags are flags."""
    for name in ("n_layers", "n_heads", "d_model", "d_vocab", "n_ctx"):
        positive(name, getattr(config, name))
    for name in ("n_kv_heads", "d_head", "d_mlp", "d_embed"):
        if getattr(config, name) is not None:
            positive(name, getattr(config, name))
    if config.n_layers > MOST_LAYERS:
        raise ConfigError(f"n_layers={config.n_layers} must be at most {MOST_LAYERS}.")
    for name in ("attn_bias", "mlp_bias", "parallel", "embed_norm", "shared_norm", "embed_proj_bias"):
        flag(name, getattr(config, name))
    for name in ("attn_out_bias", "final_norm"):
        if getattr(config, name) is not None:
            flag(name, getattr(config, name))
    if (
        isinstance(config.n_segments, bool)
        or not isinstance(config.n_segments, int)
        or not 0 <= config.n_segments <= LARGEST
    ):
        raise ConfigError(
            f"n_segments={config.n_segments!r} must be a whole number from 1 to {LARGEST}, or 0 for none."
        )


def choices(config: StackConfig) -> None:
    """Words that are known and do not contradict each other."""
    if config.norm_placement not in PLACEMENTS:
        raise ConfigError(
            f"norm_placement={config.norm_placement!r} is unknown; choose one of {', '.join(PLACEMENTS)}."
        )
    if config.parallel and config.norm_placement == "post":
        raise ConfigError(
            "parallel=True needs norm_placement 'pre' or 'sandwich': both branches read one normed stream."
        )
    if config.shared_norm and not config.parallel:
        raise ConfigError("shared_norm=True needs parallel=True: only then do both branches read one stream.")
    if config.embed_proj not in EMBED_PROJ:
        raise ConfigError(f"embed_proj={config.embed_proj!r} is unknown; choose one of {', '.join(EMBED_PROJ)}.")


def scales(config: StackConfig) -> tuple[float, ...]:
    """One factor of the scores a layer."""
    scale = config.head_size**-0.5 if config.attn_scale is None else config.attn_scale
    if not real(scale) and not isinstance(scale, (tuple, list)):
        raise ConfigError(f"attn_scale={scale!r} must be a finite number, or one a layer.")
    found = (float(scale),) * config.n_layers if real(scale) else tuple(scale)  # type: ignore[arg-type]
    if len(found) != config.n_layers:
        raise ConfigError(
            f"attn_scale has {len(found)} numbers for n_layers={config.n_layers}; give one, or one a layer."
        )
    if not all(real(s) for s in found):
        raise ConfigError(f"attn_scale={config.attn_scale!r} must hold finite numbers only.")
    return found


def sources(config: StackConfig) -> tuple[int, ...]:
    """For each layer the layer whose weights it uses: itself, or an earlier one that uses its own."""
    given = config.shared_layers
    if not isinstance(given, (tuple, list)) or len(given) != config.n_layers:
        raise ConfigError(f"shared_layers={given!r} must hold one layer number for each of {config.n_layers} layers.")
    for i, j in enumerate(given):
        if isinstance(j, bool) or not isinstance(j, int) or not 0 <= j <= i or given[j] != j:
            raise ConfigError(f"shared_layers[{i}]={j!r} must be {i} or an earlier layer that uses weights of its own.")
    return tuple(given)


def affordable(config: TransformerConfig) -> None:
    """The whole network fits into a machine."""
    total = 0
    for s in (config.encoder, config.decoder):
        if s is not None:
            experts = 1 if s.moe is None else s.option("n_experts")
            per_layer = s.d_model * (2 * s.head_size * (s.n_heads + s.kv_heads) + 3 * s.mlp_size * experts)
            total += s.n_layers * per_layer + 2 * s.d_vocab * s.d_model
            total += find("positional", s.positional).table_size(s)
            total += (s.n_segments + s.n_pixels) * s.d_model
    most = LARGEST_BLUEPRINT if torch.get_default_device().type == "meta" else LARGEST_PARAMETERS
    if total > most:
        raise ConfigError(
            f"this configuration has about {total / 1e9:,.0f} billion parameters; the limit is "
            f"{most / 1e9:,.0f} billion. Make d_model, d_mlp, d_vocab or n_layers smaller."
        )


def real(x: Any) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool) and abs(x) <= sys.float_info.max


def flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"{name}={value!r} must be True or False.")


def positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST:
        raise ConfigError(f"{name}={value!r} must be a whole number from 1 to {LARGEST}.")


def frozen(options: Any) -> tuple[tuple[str, Any], ...]:
    """Options given as a mapping or pairs, as sorted pairs of hashable values."""
    pairs = options.items() if isinstance(options, Mapping) else options
    try:
        return tuple(sorted((str(k), _hashable(v)) for k, v in pairs))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"options={options!r} must be a mapping, or pairs of a name and a value.") from error


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((str(k), _hashable(v)) for k, v in value.items()))
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple)) else value
