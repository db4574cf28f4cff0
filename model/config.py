"""What a transformer is made of: frozen, hashable, checked when built.

`StackConfig` describes one stack of blocks, `TransformerConfig` the whole. With one stack its words may be
given flat: `TransformerConfig(n_layers=3, n_heads=3, d_model=48)`; in an encoder-decoder flat words go to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from model.config_checks import EMBED_PROJ, LARGEST, PLACEMENTS, flag, real
from model.errors import ConfigError
from model.registry import find
from model.stack_config import StackConfig

ARCHITECTURES = ("decoder", "encoder", "encoder-decoder")


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
        for name, given_flag in (
            ("tied_unembed", tied_unembed), ("unembed_bias", unembed_bias),
            ("unembed", unembed), ("tied_embed", tied_embed),
        ):  # fmt: skip
            flag(name, given_flag)
        if not real(logit_scale):
            raise ConfigError(f"logit_scale={logit_scale!r} must be a finite number.")
        if architecture != "encoder" and any(s is not None and s.image for s in given.values()):
            raise ConfigError(f"image= is for encoders; architecture={architecture!r} reads and writes tokens.")
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
        if isinstance(self.n_labels, bool) or not isinstance(self.n_labels, int) or not 0 <= self.n_labels <= LARGEST:
            raise ConfigError(f"n_labels={self.n_labels!r} must be a whole number, 0 for logits over the vocabulary.")
        if self.n_labels and (self.tied_unembed or not self.unembed):
            raise ConfigError("n_labels gives logits over labels; it goes with tied_unembed=False and unembed=True.")
        if self.last.image and self.unembed and not self.n_labels:
            raise ConfigError("image= has no vocabulary to score; give n_labels, or unembed=False for bare states.")
        if self.logit_softcap is not None and not (real(self.logit_softcap) and self.logit_softcap > 0):
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


__all__ = ["ARCHITECTURES", "EMBED_PROJ", "PLACEMENTS", "StackConfig", "TransformerConfig"]
