"""One stack of blocks: its sizes, the part chosen for each seam, and the parts' own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model.config_checks import choices, frozen, kinds, real, scales, sources
from model.config_pictures import on_grid, pictures
from model.errors import ConfigError
from model.registry import Option, find


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
    image: tuple[int, int, int] | None = None  # it reads pictures of (channels, height, width) in place of tokens (ViT)
    patch: tuple[int, int] | None = None  # height and width of the patches that these are cut into
    cls_token: bool = True  # a learned vector stands before the patches
    options: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        kinds(self)
        set_ = object.__setattr__  # the fields are frozen for everybody else
        for name, value in pictures(self).items():
            set_(self, name, value)
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
        choices(self)
        if self.final_norm is None:
            set_(self, "final_norm", self.norm_placement != "post")
        for name in ("norm_eps", "attn_softcap"):
            value = getattr(self, name)
            if value is not None and not (real(value) and value > 0):
                raise ConfigError(f"{name}={value!r} must be a positive number.")
        if not real(self.embed_scale) or self.embed_scale == 0:
            raise ConfigError(f"embed_scale={self.embed_scale!r} must be a number other than 0.")
        set_(self, "attn_scale", scales(self))
        if self.shared_layers is not None:
            set_(self, "shared_layers", sources(self))
        if isinstance(self.mask, list):
            set_(self, "mask", tuple(self.mask))
        if isinstance(self.mask, tuple) and len(self.mask) != self.n_layers:
            raise ConfigError(
                f"mask has {len(self.mask)} rules for n_layers={self.n_layers}; give one, or one a layer."
            )
        set_(self, "options", frozen(on_grid(self, frozen(self.options))))
        self._check_options()
        for part in self.chosen_parts():
            part.check(self)

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

    # The same sizes without None: after __post_init__ there is none any more.
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

    @property
    def patch_size(self) -> tuple[int, int]:
        """Height and width of a patch; of a stack that reads pictures."""
        return self.patch or (1, 1)

    @property
    def n_pixels(self) -> int:
        """Numbers in a patch."""
        return 0 if self.image is None else self.image[0] * self.patch_size[0] * self.patch_size[1]

    @property
    def n_patches(self) -> int:
        if self.image is None:
            return 0
        return (self.image[1] // self.patch_size[0]) * (self.image[2] // self.patch_size[1])

    def scale(self, layer: int) -> float:
        return self.attn_scale[layer]  # type: ignore[index]
