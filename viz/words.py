"""Where a stage stands in the transformer, and what kind of stage it is: by its name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model import StackConfig, Stage, TransformerConfig
from viz import prose

NORMS = ("ln1", "ln2", "ln_cross", "ln1_post", "ln2_post", "ln_cross_post", "ln_embed", "ln_final")
_ON_THE_STREAM = ("ln1", "ln2", "ln_cross")  # of these, placement "post" changes what they come after


@dataclass(frozen=True)
class Place:
    """Where a stage is. layer, stack: None where there is no block, or only one stack."""

    kind: str  # a key of theme.PLACE_COLOURS
    key: str  # of the part's name in the catalogue
    layer: int | None
    stack: str | None

    @property
    def part(self) -> str:
        """What a person calls the part."""
        return self.title()

    def title(self, language: str = prose.DEFAULT) -> str:
        return prose.catalogue(language).text("places", self.key)

    def words(self, n_layers: int, language: str = prose.DEFAULT) -> str:
        """Such as "Block 0 of 3 · attention"."""
        said = prose.catalogue(language)
        where = [] if self.stack is None else [said.text("places", self.stack)]
        if self.layer is not None:
            where.append(said.text("places", "block", layer=self.layer, total=n_layers))
        text = " · ".join([*where, self.title(language)])
        return text[0].upper() + text[1:]


def place(stage: Stage, config: TransformerConfig) -> Place:
    """Where in the transformer a stage is computed."""
    stack = next((s for s in ("encoder", "decoder") if stage.name.startswith(s + ".")), None)
    found = re.search(r"(?:^|\.)blocks\.(\d+)\.(.+)$", stage.name)
    layer = int(found[1]) if found else None
    inner = found[2] if found else stage.name.removeprefix(f"{stack}.") if stack else stage.name
    head = inner.partition(".")[0]
    if head in NORMS:
        after = side(config, stack).norm_placement == "post" and head in _ON_THE_STREAM
        return Place("norm", f"after_{head}" if after else head, layer, stack)
    if head in ("cross_attn", "cross_attn_out"):
        return Place("cross-attention", "cross-attention", layer, stack)
    if head in ("attn", "attn_out"):
        return Place("attention", "attention", layer, stack)
    if head == "moe":
        return Place("mlp", "experts", layer, stack)
    if head in ("mlp", "mlp_out"):
        return Place("mlp", "mlp", layer, stack)
    if head.startswith("resid"):
        return Place("stream", "stream", layer, stack)
    if head in ("logits", "probs", "logits_uncapped", "head", "pooler"):
        return Place("output", "output", None, None)
    return Place("embedding", "embedding", layer, stack)


def layers(stage: Stage, config: TransformerConfig) -> int:
    """How many blocks the stack of a stage has."""
    return side(config, place(stage, config).stack).n_layers


def side(config: TransformerConfig, stack: str | None) -> StackConfig:
    """The configuration of a stack; of the one that gives the output where None is asked for."""
    found = {"encoder": config.encoder, "decoder": config.decoder}.get(stack or "") or config.last
    assert found is not None
    return found


def key(stage: Stage) -> str:
    """The stage's name without stack, block and part: "pattern", "ln.scale", "resid_mid"."""
    inner = re.sub(r"^(encoder\.|decoder\.)?(blocks\.\d+\.)?", "", stage.name)
    norm = re.search(r"(?:^|\.)(?:ln\w*|q_norm|k_norm)\.(\w+)$", inner)
    if norm:
        return f"ln.{norm[1]}"
    head, _, rest = inner.partition(".")
    if head == "moe" and rest.startswith("experts."):
        return f"expert.{rest.rpartition('.')[2]}"
    return rest if head in ("attn", "cross_attn", "mlp") and rest and rest != "out" else inner
