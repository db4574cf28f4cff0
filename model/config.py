"""What a transformer is made of: frozen, hashable, checked when built.

`StackConfig` describes one stack of blocks, `TransformerConfig` the whole. With one stack its words may be
given flat: `TransformerConfig(n_layers=3, n_heads=3, d_model=48)`; in an encoder-decoder flat words go to both.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from model.errors import ConfigError
from model.registry import Option, find

ARCHITECTURES = ("decoder", "encoder", "encoder-decoder")
PLACEMENTS = ("pre", "post", "sandwich")
EMBED_PROJ = ("sum", "token")
_LARGEST = 2**31 - 1  # one axis; keeps arithmetic on sizes sane long before memory runs out
_MOST_LAYERS = 10_000  # each layer costs time and memory even where it is tiny


@dataclass(frozen=True)
class StackConfig:
    """One stack: sizes, the part chosen for each seam, and the parts' own numbers in `options`."""

    n_layers: int = 2
    n_heads: int = 4
    d_model: int = 64
    d_vocab: int = 64
    n_ctx: int = 64
    n_kv_heads: int | None = None  # defaults to n_heads; fewer share keys and values in groups
    d_head: int | None = None  # defaults to d_model / n_heads
    d_mlp: int | None = None  # defaults to 4 * d_model

    positional: str = "learned"
    attention: str | None = None  # defaults to what n_kv_heads says
    mask: str | tuple[str, ...] | None = None  # one rule, or one a layer; causal in a decoder, else bidirectional
    norm: str = "layer"
    norm_placement: str = "pre"
    mlp: str = "gelu"

    attn_bias: bool = True  # on q, k, v
    attn_out_bias: bool | None = None  # defaults to attn_bias
    mlp_bias: bool = True
    attn_scale: float | tuple[float, ...] | None = None  # one number, or one a layer; 1/sqrt(d_head)
    attn_softcap: float | None = None  # scores become cap * tanh(score / cap)
    parallel: bool = False  # attention and MLP read the same stream (GPT-J, GPT-NeoX)
    norm_eps: float = 1e-5
    final_norm: bool | None = None  # defaults to True unless norms are placed post
    embed_norm: bool = False
    embed_scale: float = 1.0
    n_segments: int = 0
    shared_norm: bool = False  # parallel branches read one norm, ln1 (GPT-J, Phi)
    qk_norm: str | None = None  # a norm of each head's queries and keys, before they are turned (Qwen3)
    moe: str | None = None  # how tokens are routed to experts, each of them an `mlp` (Mixtral)
    d_embed: int | None = None  # width of the embedding where a projection leads to d_model (ALBERT)
    embed_proj: str = "sum"  # what is projected: the sum of embeddings (ALBERT), or the token's alone (OPT)
    embed_proj_bias: bool = False
    shared_layers: tuple[int, ...] | None = None  # for each layer the one whose weights it uses (ALBERT)
    options: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("n_layers", "n_heads", "d_model", "d_vocab", "n_ctx"):
            _positive(name, getattr(self, name))
        for name in ("n_kv_heads", "d_head", "d_mlp", "d_embed"):
            if getattr(self, name) is not None:
                _positive(name, getattr(self, name))
        if self.n_layers > _MOST_LAYERS:
            raise ConfigError(f"n_layers={self.n_layers} must be at most {_MOST_LAYERS}.")
        for name in ("attn_bias", "mlp_bias", "parallel", "embed_norm", "shared_norm", "embed_proj_bias"):
            _flag(name, getattr(self, name))
        for name in ("attn_out_bias", "final_norm"):
            if getattr(self, name) is not None:
                _flag(name, getattr(self, name))
        set_ = object.__setattr__  # the fields are frozen for everybody else
        if (
            isinstance(self.n_segments, bool)
            or not isinstance(self.n_segments, int)
            or not 0 <= self.n_segments <= _LARGEST
        ):
            raise ConfigError(
                f"n_segments={self.n_segments!r} must be a whole number from 1 to {_LARGEST}, or 0 for none."
            )
        if self.d_head is None:
            if self.d_model % self.n_heads:
                raise ConfigError(
                    f"d_model={self.d_model} is not divisible by n_heads={self.n_heads}; "
                    f"choose a number of heads that divides it, or give d_head."
                )
            set_(self, "d_head", self.d_model // self.n_heads)
        if self.n_kv_heads is None:
            set_(self, "n_kv_heads", 1 if self.attention == "multi_query" else self.n_heads)
        if self.n_heads % self.kv_heads:
            raise ConfigError(
                f"n_kv_heads={self.n_kv_heads} does not divide n_heads={self.n_heads}; "
                f"each key/value head must serve equally many query heads."
            )
        if self.attention is None:
            groups = {1: "multi_query", self.n_heads: "multi_head"}
            set_(self, "attention", groups.get(self.kv_heads, "grouped_query"))
        if self.d_mlp is None:
            set_(self, "d_mlp", 4 * self.d_model)
        if self.attn_out_bias is None:
            set_(self, "attn_out_bias", self.attn_bias)
        if self.norm_placement not in PLACEMENTS:
            raise ConfigError(
                f"norm_placement={self.norm_placement!r} is unknown; choose one of {', '.join(PLACEMENTS)}."
            )
        if self.parallel and self.norm_placement == "post":
            raise ConfigError(
                "parallel=True needs norm_placement 'pre' or 'sandwich': both branches read one normed stream."
            )
        if self.shared_norm and not self.parallel:
            raise ConfigError("shared_norm=True needs parallel=True: only then do both branches read one stream.")
        if self.embed_proj not in EMBED_PROJ:
            raise ConfigError(f"embed_proj={self.embed_proj!r} is unknown; choose one of {', '.join(EMBED_PROJ)}.")
        if self.final_norm is None:
            set_(self, "final_norm", self.norm_placement != "post")
        for name in ("norm_eps", "attn_softcap"):
            value = getattr(self, name)
            if value is not None and not (_real(value) and value > 0):
                raise ConfigError(f"{name}={value!r} must be a positive number.")
        if not _real(self.embed_scale) or self.embed_scale == 0:
            raise ConfigError(f"embed_scale={self.embed_scale!r} must be a number other than 0.")
        set_(self, "attn_scale", self._scales())
        if self.shared_layers is not None:
            set_(self, "shared_layers", self._sources())
        if isinstance(self.mask, list):
            set_(self, "mask", tuple(self.mask))
        if isinstance(self.mask, tuple) and len(self.mask) != self.n_layers:
            raise ConfigError(
                f"mask has {len(self.mask)} rules for n_layers={self.n_layers}; give one, or one a layer."
            )
        set_(self, "options", _frozen(self.options))
        self._check_options()
        for part in self.chosen_parts():
            part.check(self)

    def _scales(self) -> tuple[float, ...]:
        scale = self.head_size**-0.5 if self.attn_scale is None else self.attn_scale
        if not _real(scale) and not isinstance(scale, (tuple, list)):
            raise ConfigError(f"attn_scale={scale!r} must be a finite number, or one a layer.")
        scales = (float(scale),) * self.n_layers if _real(scale) else tuple(scale)  # type: ignore[arg-type]
        if len(scales) != self.n_layers:
            raise ConfigError(
                f"attn_scale has {len(scales)} numbers for n_layers={self.n_layers}; give one, or one a layer."
            )
        if not all(_real(s) for s in scales):
            raise ConfigError(f"attn_scale={self.attn_scale!r} must hold finite numbers only.")
        return scales

    def _sources(self) -> tuple[int, ...]:
        """For each layer the layer whose weights it uses: itself, or an earlier one that uses its own."""
        given = self.shared_layers
        if not isinstance(given, (tuple, list)) or len(given) != self.n_layers:
            raise ConfigError(f"shared_layers={given!r} must hold one layer number for each of {self.n_layers} layers.")
        for i, j in enumerate(given):
            if isinstance(j, bool) or not isinstance(j, int) or not 0 <= j <= i or given[j] != j:
                raise ConfigError(
                    f"shared_layers[{i}]={j!r} must be {i} or an earlier layer that uses weights of its own."
                )
        return tuple(given)

    def _check_options(self) -> None:
        known = self.known_options()
        for name, value in self.options:
            if name not in known:
                names = ", ".join(sorted(known)) or "none"
                raise ConfigError(f"option {name!r} belongs to none of the chosen parts; their options: {names}.")
            known[name].check(name, value)

    def known_options(self) -> dict[str, Option]:
        """Options of the parts chosen here, by name."""
        known: dict[str, Option] = {}
        for part in self.chosen_parts():
            known |= part.OPTIONS
        return known

    def chosen_parts(self) -> list[Any]:
        """The classes chosen for each seam. Raises ConfigError for a name that is unknown."""
        parts = [find(package, getattr(self, package)) for package in ("positional", "attention", "norm", "mlp")]
        parts += [find("masks", name) for name in dict.fromkeys(self.layer_masks())]
        parts += [] if self.qk_norm is None else [find("norm", self.qk_norm)]
        return parts + ([] if self.moe is None else [find("moe", self.moe)])

    def layer_masks(self) -> tuple[str, ...]:
        """The mask of each layer; none as long as none is chosen."""
        if self.mask is None:
            return ()
        return self.mask if isinstance(self.mask, tuple) else (self.mask,) * self.n_layers

    def option(self, name: str) -> Any:
        """A variant's own number: as set, else its default."""
        for key, value in self.options:
            if key == name:
                return value
        return self.known_options()[name].default

    # The same sizes as plain ints: after __post_init__ none is None any more.
    @property
    def kv_heads(self) -> int:
        return self.n_kv_heads or self.n_heads

    @property
    def head_size(self) -> int:
        return self.d_head or self.d_model // self.n_heads

    @property
    def mlp_size(self) -> int:
        return self.d_mlp or 4 * self.d_model

    @property
    def embed_width(self) -> int:
        """Width of a row of W_E."""
        return self.d_embed or self.d_model

    @property
    def embed_axis(self) -> str:
        """Name of the axis of a row of W_E."""
        return "d_embed" if self.d_embed else "d_model"

    @property
    def sum_axis(self) -> str:
        """Name of the axis along which embeddings are added up."""
        return self.embed_axis if self.embed_proj == "sum" else "d_model"

    @property
    def sum_width(self) -> int:
        return self.embed_width if self.embed_proj == "sum" else self.d_model

    def scale(self, layer: int) -> float:
        return self.attn_scale[layer]  # type: ignore[index]


@dataclass(frozen=True, init=False)
class TransformerConfig:
    """The whole transformer. `decoder`, `encoder`: the stacks that `architecture` has, else None.

    tied_unembed   logits use the token embedding again, transposed
    unembed_bias   b_U
    unembed        False for a bare encoder that ends in the residual stream
    logit_scale    multiplies the final states before the unembedding (T5)
    tied_embed     encoder and decoder share one token embedding
    head           what comes between the last states and the logits: a part of `model.head`, or None
    head_act       its activation, where it has one: a name of an ungated `mlp`
    n_labels       logits are over so many labels, not over the vocabulary (classifiers); 0 for the vocabulary
    logit_softcap  logits become cap * tanh(logit / cap) (Gemma 2)
    """

    architecture: str
    encoder: StackConfig | None
    decoder: StackConfig | None
    tied_unembed: bool
    unembed_bias: bool
    unembed: bool
    logit_scale: float
    tied_embed: bool
    head: str | None
    head_act: str
    n_labels: int
    logit_softcap: float | None

    def __init__(
        self,
        architecture: str = "decoder",
        *,
        encoder: StackConfig | None = None,
        decoder: StackConfig | None = None,
        tied_unembed: bool = False,
        unembed_bias: bool = False,
        unembed: bool = True,
        logit_scale: float = 1.0,
        tied_embed: bool = False,
        head: str | None = None,
        head_act: str = "gelu",
        n_labels: int = 0,
        logit_softcap: float | None = None,
        **words: Any,
    ):
        if architecture not in ARCHITECTURES:
            raise ConfigError(f"architecture={architecture!r} is unknown; choose one of {', '.join(ARCHITECTURES)}.")
        known = {f.name for f in fields(StackConfig)}
        if unknown := sorted(set(words) - known):
            raise ConfigError(f"unknown config word {unknown[0]!r}; known words: {', '.join(sorted(known))}.")
        given = {"encoder": encoder, "decoder": decoder}
        wanted = architecture.split("-")
        for side, stack in given.items():
            if side not in wanted and stack is not None:
                raise ConfigError(f"{side}= is given, but architecture={architecture!r} has no {side}.")
            if side in wanted:
                given[side] = _stack(side, stack, words)
        if architecture == "encoder-decoder" and given["decoder"] is not None and given["decoder"].parallel:
            raise ConfigError(
                "parallel=True has no place for cross-attention; give the decoder of an encoder-decoder parallel=False."
            )
        for name, flag in (
            ("tied_unembed", tied_unembed), ("unembed_bias", unembed_bias),
            ("unembed", unembed), ("tied_embed", tied_embed),
        ):  # fmt: skip
            _flag(name, flag)
        if not _real(logit_scale):
            raise ConfigError(f"logit_scale={logit_scale!r} must be a finite number.")
        if tied_embed and architecture != "encoder-decoder":
            raise ConfigError("tied_embed=True shares one embedding between two stacks; this architecture has one.")
        set_ = object.__setattr__
        for name, value in [
            ("architecture", architecture), ("encoder", given["encoder"]), ("decoder", given["decoder"]),
            ("tied_unembed", tied_unembed), ("unembed_bias", unembed_bias), ("unembed", unembed),
            ("logit_scale", float(logit_scale)), ("tied_embed", tied_embed), ("head", head), ("head_act", head_act),
            ("n_labels", n_labels), ("logit_softcap", logit_softcap),
        ]:  # fmt: skip
            set_(self, name, value)
        self._check_head()
        if tied_embed and _embedding(self.encoder) != _embedding(self.decoder):
            raise ConfigError("tied_embed=True needs the same d_vocab and width of embedding in encoder and decoder.")

    def _check_head(self) -> None:
        if isinstance(self.n_labels, bool) or not isinstance(self.n_labels, int) or not 0 <= self.n_labels <= _LARGEST:
            raise ConfigError(f"n_labels={self.n_labels!r} must be a whole number, 0 for logits over the vocabulary.")
        if self.n_labels and (self.tied_unembed or not self.unembed):
            raise ConfigError("n_labels gives logits over labels; it goes with tied_unembed=False and unembed=True.")
        if self.logit_softcap is not None and not (_real(self.logit_softcap) and self.logit_softcap > 0):
            raise ConfigError(f"logit_softcap={self.logit_softcap!r} must be a positive number.")
        find("mlp", self.head_act)
        if self.head is not None:
            find("head", self.head).check(self)
        if self.unembed and self.tied_unembed and self.head_width != self.last.embed_width:
            raise ConfigError(
                f"tied_unembed=True reads logits from the embedding, {self.last.embed_width} wide, but the final "
                f"states are {self.head_width} wide; choose a head that leads there, or tied_unembed=False."
            )

    @property
    def head_width(self) -> int:
        """Width of what the unembedding reads."""
        return self.last.d_model if self.head is None else find("head", self.head).width(self)

    @property
    def last(self) -> StackConfig:
        """The stack that ends in the logits."""
        stack = self.decoder or self.encoder
        assert stack is not None
        return stack

    def __getattr__(self, name: str) -> Any:
        # Flat reading for one stack: config.n_layers.
        if name.startswith("_") or name in ("encoder", "decoder", "architecture"):
            raise AttributeError(name)
        stacks = [s for s in (self.encoder, self.decoder) if s is not None]
        if len(stacks) == 1 and hasattr(stacks[0], name):
            return getattr(stacks[0], name)
        raise AttributeError(f"{name}: this config has two stacks; ask config.encoder.{name} or config.decoder.{name}")

    def to_dict(self) -> dict[str, Any]:
        """As plain data that `from_dict` reads back."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        for side in ("encoder", "decoder"):
            out[side] = asdict(out[side]) if out[side] is not None else None
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TransformerConfig:
        words = dict(data)
        for side in ("encoder", "decoder"):
            if words.get(side) is not None:
                try:
                    words[side] = StackConfig(**words[side])
                except TypeError as error:
                    raise ConfigError(f"{side}: {error}") from error
        return cls(**words)


def _stack(side: str, stack: StackConfig | None, words: dict[str, Any]) -> StackConfig:
    if stack is not None and not isinstance(stack, StackConfig):
        raise ConfigError(f"{side}={stack!r} is not a StackConfig.")
    if stack is not None and words:
        raise ConfigError(
            f"{side}= is given as a StackConfig; give {', '.join(sorted(words))} inside it, not beside it."
        )
    try:
        stack = stack or StackConfig(**words)
    except TypeError as error:
        raise ConfigError(str(error)) from error
    if stack.mask is None:
        stack = replace(stack, mask="causal" if side == "decoder" else "bidirectional")
    return stack


def _embedding(stack: StackConfig | None) -> tuple[int, int] | None:
    return None if stack is None else (stack.d_vocab, stack.embed_width)


def _real(x: Any) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool) and abs(x) <= sys.float_info.max


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"{name}={value!r} must be True or False.")


def _positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST:
        raise ConfigError(f"{name}={value!r} must be a whole number from 1 to {_LARGEST}.")


def _frozen(options: Any) -> tuple[tuple[str, Any], ...]:
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
