"""What a stage is, in words for a newcomer: one short text a stage, from its name and the parts that made it.

Facts with numbers are in `facts.py`; here nothing depends on the input.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model import StackConfig, Stage, Trace, Transformer, TransformerConfig
from model.mlp.base import Gated
from model.registry import find

# A norm's name -> what it makes ready, and for whom.
NORMS = {
    "ln1": "before attention",
    "ln2": "before the MLP",
    "ln_cross": "before cross-attention",
    "ln1_post": "on what attention adds",
    "ln2_post": "on what the MLP adds",
    "ln_cross_post": "on what cross-attention adds",
    "ln_embed": "on the embeddings",
    "ln_final": "after the last block",
}
POST_NORMS = {"ln1": "after attention", "ln2": "after the MLP", "ln_cross": "after cross-attention"}


@dataclass(frozen=True)
class Place:
    """Where a stage is. layer, stack: None where there is no block, or only one stack."""

    kind: str  # a key of theme.PLACE_COLOURS
    part: str  # what a person calls the part
    layer: int | None
    stack: str | None

    def words(self, n_layers: int) -> str:
        where = [] if self.stack is None else [self.stack]
        if self.layer is not None:
            where.append(f"block {self.layer} of {n_layers}")
        text = " · ".join([*where, self.part])
        return text[0].upper() + text[1:]


def place(stage: Stage, config: TransformerConfig) -> Place:
    """Where in the transformer a stage is computed."""
    stack = next((s for s in ("encoder", "decoder") if stage.name.startswith(s + ".")), None)
    found = re.search(r"(?:^|\.)blocks\.(\d+)\.(.+)$", stage.name)
    layer = int(found[1]) if found else None
    inner = found[2] if found else stage.name.removeprefix(f"{stack}.") if stack else stage.name
    head = inner.partition(".")[0]
    if head in NORMS:
        where = (POST_NORMS if _side(config, stack).norm_placement == "post" else {}).get(head, NORMS[head])
        return Place("norm", f"norm {where}", layer, stack)
    if head in ("cross_attn", "cross_attn_out"):
        return Place("cross-attention", "cross-attention", layer, stack)
    if head in ("attn", "attn_out"):
        return Place("attention", "attention", layer, stack)
    if head == "moe":
        return Place("mlp", "mixture of experts", layer, stack)
    if head in ("mlp", "mlp_out"):
        return Place("mlp", "MLP", layer, stack)
    if head.startswith("resid"):
        return Place("stream", "residual stream", layer, stack)
    if head in ("logits", "probs", "logits_uncapped", "head", "pooler"):
        return Place("output", "output", None, None)
    return Place("embedding", "input and embedding", layer, stack)


def layers(stage: Stage, config: TransformerConfig) -> int:
    """How many blocks the stack of a stage has."""
    return _side(config, place(stage, config).stack).n_layers


def _side(config: TransformerConfig, stack: str | None) -> StackConfig:
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


def sentence(trace: Trace, stage: Stage) -> str:
    """What this stage is and why it is there."""
    assert trace.network is not None
    return describe(trace.network, stage)


def describe(network: Transformer, stage: Stage) -> str:
    """The same for a stage of a network, without an input."""
    c = _side(network.config, place(stage, network.config).stack)
    made = SENTENCES[key(stage)]
    text = made(stage, c) if callable(made) else made
    within_head = ".q_norm." in stage.name or ".k_norm." in stage.name
    return text.format(
        c=c,
        size=stage.shape[-1],
        # what a norm is taken over
        over=f"{c.head_size} numbers of each head" if within_head else f"{c.d_model} numbers of each token",
        whose="source token" if ".cross_attn." in stage.name else "token",
    )


def _embed(_: Stage, c: StackConfig) -> str:
    text = "Each token is replaced by its own row of a learned table: {size} numbers that say what it is."
    return text + (" Each number is multiplied by {c.embed_scale:.4g}." if c.embed_scale != 1 else "")


def _pos_embed(_: Stage, c: StackConfig) -> str:
    how = "fixed waves, slow and fast" if c.positional == "sinusoidal" else "a row of a learned table"
    return (
        f"Attention alone cannot tell which token came first. So each position has {{size}} numbers of its "
        f"own ({how}), which will be added to the token's."
    )


def _resid_pre(stage: Stage, _: StackConfig) -> str:
    return f"The residual stream as this block finds it: the tensor {stage.same_as or stage.reads[0]}, unchanged."


def _resid_post(_: Stage, c: StackConfig) -> str:
    if c.parallel:
        return "Attention and MLP both read the same stream, and both results are added to it at once."
    return "The MLP's result is added to the stream. What was there stays, so later blocks can still read it."


def _norm(stage: Stage, c: StackConfig) -> Any:
    """The class of the norm that a stage belongs to."""
    inside = ".q_norm." in stage.name or ".k_norm." in stage.name
    return find("norm", c.qk_norm if inside else c.norm)


def _norm_scale(stage: Stage, c: StackConfig) -> str:
    centre = " around their mean" if _norm(stage, c).centred else ""
    return (
        f"How large the {{over}} are{centre}: the root of the mean of their squares. They "
        f"will be divided by it, so that no token is louder than another. The small ε = {{c.norm_eps:g}} keeps it "
        f"from being 0."
    )


def _standardized(stage: Stage, c: StackConfig) -> str:
    first = "The mean is taken away and the rest is" if _norm(stage, c).centred else "The numbers are"
    return f"{first} divided by the scale. Each token's numbers now have an average size of 1."


def _normalized(stage: Stage, c: StackConfig) -> str:
    if stage.same_as is not None:
        return "This norm has no gain and no offset, so what was standardized goes on as it is."
    offset = " and a learned offset is added" if _norm(stage, c).offset else ""
    return f"Each dimension is stretched by a learned gain{offset}. This is what the next part reads."


def _shared(c: StackConfig) -> str:
    if c.kv_heads == c.n_heads:
        return "{c.n_heads} heads"
    return f"{c.kv_heads} head{'s' if c.kv_heads > 1 else ''}, shared by the {c.n_heads} heads of the queries"


def _k(_: Stage, c: StackConfig) -> str:
    return (
        f"What each {{whose}} has to offer: a key of {{c.head_size}} numbers for each of {_shared(c)}. A query that "
        f"points the same way will match it."
    )


def _v(_: Stage, c: StackConfig) -> str:
    return (
        f"What each {{whose}} hands over when it is looked at: a value of {{c.head_size}} numbers for each of "
        f"{_shared(c)}."
    )


def _rotated(stage: Stage, _: StackConfig) -> str:
    what = "queries" if stage.local == "rot_q" else "keys"
    return (
        f"Pairs of numbers in the {what} are turned by an angle that grows with the position. A query and a key "
        f"then match by how far apart they stand, wherever they stand."
    )


def _bias(stage: Stage, c: StackConfig) -> str:
    if c.positional == "alibi":
        what = "A penalty that grows with the distance between query and key, steeply in some heads, gently in others."
    else:
        what = "A learned number for each distance between query and key: near ones one by one, far ones in groups."
    again = " The first block worked it out; this one uses it again."
    return what + (again if stage.same_as else " It is added to the scores.")


def _mask(stage: Stage, c: StackConfig) -> str | None:
    """The visibility rule of a stage's block: one for all, or one a layer."""
    layer = re.search(r"blocks\.(\d+)\.", stage.name)
    return c.mask[int(layer[1])] if isinstance(c.mask, tuple) and layer else c.mask  # type: ignore[return-value]


def _scores(stage: Stage, c: StackConfig) -> str:
    if stage.same_as is not None:
        return "Nothing is hidden here, so the scores go on as they are."
    said = []
    if any(r.endswith(".bias") for r in stage.reads):
        said.append("The position bias is added.")
    mask = None if ".cross_attn." in stage.name else _mask(stage, c)
    if mask == "causal":
        said.append("A token must not look at what comes after it: those scores become −∞.")
    if mask == "sliding_window":
        window = c.option("window")
        said.append(f"A token may look at itself and the {window - 1} tokens before it: all other scores become −∞.")
    if any(r.endswith("mask") for r in stage.reads):
        said.append("Padding is hidden: its scores become −∞.")
    return " ".join(said) or "The scores that go into the softmax."


def _mlp_pre(_: Stage, c: StackConfig) -> str:
    role = "the gate of each hidden unit" if _gated(c) else "how strongly each hidden unit responds"
    return (
        f"Each token on its own: its {{c.d_model}} numbers are spread over {{c.mlp_size}} hidden units. This is "
        f"{role}, before it is bent."
    )


def _mlp_post(stage: Stage, c: StackConfig) -> str:
    if _gated(c):
        return (
            "The gate is bent by the activation and multiplied with the linear branch: it decides how much of each "
            "hidden unit passes."
        )
    if stage.same_as is not None:
        return "The activation is linear: the hidden units go on as they are."
    return "The activation bends each number on its own. Without this bend, two layers would be no more than one."


def _gated(c: StackConfig) -> bool:
    return issubclass(find("mlp", c.mlp), Gated)


def _attn_out(stage: Stage, _: StackConfig) -> str:
    if stage.same_as is not None:
        return "What is added to the stream: the branch after its own norm."
    which = "cross-attention" if "cross_attn" in stage.name else "attention"
    return f"What all heads wrote, added up: exactly what this {which} adds to the residual stream."


def _mlp_out(stage: Stage, c: StackConfig) -> str:
    if stage.same_as is not None:
        return "What is added to the stream: the branch after its own norm."
    if c.moe is not None:
        return "Each token's experts answer, each as loudly as its weight says: what is added to the residual stream."
    return (
        "The {c.mlp_size} hidden units are read back into {c.d_model} numbers: exactly what this MLP adds to the "
        "residual stream."
    )


def _logits(stage: Stage, _: StackConfig) -> str:
    what = "token of the vocabulary: how well it would fit there" if stage.axes[-1] == "d_vocab" else "label"
    first = "For each position, one score for every" if len(stage.axes) > 1 else "One score for every"
    return f"{first} {what}."


_BEFORE_NORM = "What the branch wrote, before its own norm."
_LINEAR = "The second branch of the gated MLP: what will pass, if the gate lets it."
_STAYS = "What was there stays, so later parts can still read it."
SENTENCES: dict[str, str | Callable[[Stage, StackConfig], str]] = {
    "tokens": (
        "The input, cut into tokens. Each is a number: its place in the vocabulary. All that follows is computed "
        "from these."
    ),
    "mask": "Which tokens are real (1) and which are padding (0). Padding may not be looked at.",
    "segments": "Which part of the input each token belongs to.",
    "segment_embed": "A learned vector for each part of the input, to be added to the token's.",
    "embed": _embed,
    "pos_embed": _pos_embed,
    "pos_ids": "Each token's position, counted so that padding takes up none.",
    "embed_proj": "The embedding, brought from its own width to the {c.d_model} dimensions of the residual stream.",
    "embed_sum": (
        "What enters the first block: for each token one vector of {c.d_model} numbers. From here on it is called the "
        "residual stream, and every block adds to it."
    ),
    "resid_pre": _resid_pre,
    "resid_mid": f"Attention's result is added to the stream. {_STAYS}",
    "resid_cross": f"What cross-attention read from the source is added to the stream. {_STAYS}",
    "resid_post": _resid_post,
    "embed_proj.sum": "The embeddings of token, position and segment, added up.",
    "ln.sum": "The embeddings of token, position and segment, added up.",
    "ln.mean": "The average of the {over}. It will be taken away from them.",
    "ln.scale": _norm_scale,
    "ln.standardized": _standardized,
    "ln.normalized": _normalized,
    "q": "What each token is looking for: a query of {c.head_size} numbers for each of {c.n_heads} heads.",
    "k": _k,
    "v": _v,
    "rot_q": _rotated,
    "rot_k": _rotated,
    "qk": (
        "How well each query (row) matches each key (column): their numbers multiplied pair by pair, added up and "
        "scaled."
    ),
    "capped": "The scores are squeezed between two bounds, so that none can drown out the rest.",
    "bias": _bias,
    "attn_scores": _scores,
    "pattern": (
        "Softmax turns each row of scores into shares: none is negative, and a row adds up to 1. A row says where "
        "that token looks."
    ),
    "z": "Each head collects the values of the tokens it looks at, weighted by its shares.",
    "result": (
        "Each head turns what it collected back into the stream's dimensions. Their sum is what attention writes."
    ),
    "attn.out": _BEFORE_NORM,
    "cross_attn.out": _BEFORE_NORM,
    "mlp.out": _BEFORE_NORM,
    "attn_out": _attn_out,
    "cross_attn_out": _attn_out,
    "pre": _mlp_pre,
    "pre_linear": _LINEAR,
    "post": _mlp_post,
    "mlp_out": _mlp_out,
    "moe.router_logits": "How well each expert fits each token: one score for each of {size} experts.",
    "moe.chosen": "The experts that scored highest for each token. Only these will read it.",
    "moe.chosen_logits": "The scores of the chosen experts.",
    "moe.weights": "Softmax over the chosen scores: how much each chosen expert has to say. A row adds up to 1.",
    "expert.positions": "Which tokens chose this expert, in order of position.",
    "expert.in": "The tokens that chose this expert, as it reads them.",
    "expert.out": "What this expert answers to its tokens, before it is weighted.",
    "expert.pre": _mlp_pre,
    "expert.pre_linear": _LINEAR,
    "expert.post": _mlp_post,
    "pooler.first": "The first token's vector stands for the whole input.",
    "pooler.dense": "The first token's vector through a layer of weights.",
    "pooler.act": "The same, bent by an activation. The output is read from this.",
    "head.dense": "One more layer of weights between the last block and the output.",
    "head.act": "The same, bent by an activation.",
    "logits_uncapped": "The scores before they are squeezed between two bounds.",
    "logits": _logits,
    "probs": "Softmax turns the scores into probabilities: together those of one row are 1.",
}
