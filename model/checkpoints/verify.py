"""The parity check: the same weights and input through Hugging Face's own code, stage by stage.

Hugging Face returns hidden states, attention maps and logits; everything between is checked by `explain`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.checkpoints.cache import Progress, silent
from model.checkpoints.verify_vit import as_vit, vit_shaped
from model.errors import CheckpointError
from model.model import Model


@dataclass(frozen=True)
class Difference:
    """One of our stages beside what Hugging Face calls it."""

    name: str
    theirs: str
    largest: float  # largest absolute difference of any cell
    scale: float  # largest absolute value of theirs, to judge it by


def verify(
    model: Model,
    text: str | None = None,
    *,
    ids: Any = None,
    target: Any = None,
    features: Any = None,
    progress: Progress = silent,
) -> list[Difference]:
    """Every stage that Hugging Face returns, in order. Needs `transformers`, which takes seconds to import.

    Raises CheckpointError when the model has no Hugging Face original at hand, InputError for a bad input.
    """
    progress(0.0, "tracing")
    trace = model.trace(text, ids=ids, target=target, features=features)
    progress(0.1, "reading the original with Hugging Face's own code")
    theirs = _original(model)
    progress(0.9, "running the original")
    if trace.inputs.features is not None:
        given: dict[str, Any] = {"pixel_values": trace.inputs.features[None].cpu().float()}
    else:
        given = {"input_ids": trace.inputs.tokens[None].cpu()}
    if trace.inputs.target is not None:
        given["decoder_input_ids"] = trace.inputs.target[None].cpu()
    with torch.no_grad():
        cached = {} if model.reads_pictures else {"use_cache": False}
        out = theirs(**given, output_hidden_states=True, output_attentions=True, return_dict=True, **cached)
    return [
        Difference(ours, label, (trace[ours].cpu().float() - x.float()).abs().max().item(), x.abs().max().item())
        for ours, label, x in _pairs(model, out)
        if ours in trace and trace[ours].shape == x.shape
    ]


def _pairs(model: Model, out: Any) -> Iterator[tuple[str, str, Tensor]]:
    """(our name, their name, their tensor without its batch axis)."""
    two = model.config.architecture == "encoder-decoder"
    sides = (("encoder", "encoder_"), ("decoder", "decoder_")) if two else (("", ""),)
    for side, label in sides:
        stack = getattr(model.network, side) if side else model.network.last
        p, n = stack.prefix, stack.config.n_layers
        states = getattr(out, f"{label}hidden_states", None) or ()
        maps = getattr(out, f"{label}attentions", None) or ()
        crosses = (getattr(out, "cross_attentions", None) or ()) if side == "decoder" else ()
        for i in range(n):
            if i < len(states):
                yield f"{p}blocks.{i}.resid_pre", f"{label}hidden_states[{i}]", states[i][0]
            if i < len(maps) and maps[i] is not None:
                yield f"{p}blocks.{i}.attn.pattern", f"{label}attentions[{i}]", maps[i][0]
            if i < len(crosses):
                yield f"{p}blocks.{i}.cross_attn.pattern", f"cross_attentions[{i}]", crosses[i][0]
        if len(states) > n:
            # A ViT's last hidden state is the last block's, before the norm.
            yield (
                f"{p}blocks.{n - 1}.resid_post" if model.reads_pictures else stack.output(),
                f"{label}hidden_states[{n}]",
                states[n][0],
            )
    if getattr(out, "logits", None) is not None:
        yield "logits", "logits", out.logits[0]


def _original(model: Model) -> Any:
    """Hugging Face's model with the same weights, in float32, eager attention."""
    import transformers

    given = str(model.card.get("original", ""))
    original = Path(given)
    if "control" in model.card:
        raise CheckpointError("this is a control with other weights; there is no original to compare it with.")
    words: dict[str, Any] = {"attn_implementation": "eager", "dtype": torch.float32, "trust_remote_code": False}
    if given and original.suffix == ".gguf" and original.is_file():
        return _from_gguf(original)
    if given and (original / "config.json").is_file():
        config = transformers.AutoConfig.from_pretrained(original, trust_remote_code=False)
        name = (config.architectures or ["AutoModel"])[0]
        kind = getattr(transformers, name, transformers.AutoModel)
        return kind.from_pretrained(original, use_safetensors=True, **words).eval()
    if gpt2_shaped(model):
        return as_gpt2(model)
    if vit_shaped(model):
        return as_vit(model)
    raise CheckpointError(
        f"{model.card.get('name', 'this model')} has no folder in Hugging Face layout, so there is no original to "
        f"compare it with."
    )


def _from_gguf(path: Path) -> Any:
    """Hugging Face's reading of a GGUF file: what `from_pretrained(gguf_file=...)` does, without its extra package."""
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    config = AutoConfig.for_model(**load_gguf_checkpoint(path)["config"])
    with torch.device("meta"):
        shell = AutoModelForCausalLM.from_config(config)
    tensors = load_gguf_checkpoint(path, return_tensors=True, model_to_load=shell)["tensors"]
    network = AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32)
    lacking = set(network.state_dict()) - set(tensors)
    if lacking == {"lm_head.weight"}:
        tensors["lm_head.weight"] = tensors[next(k for k in tensors if k.endswith("embed_tokens.weight"))]
    elif lacking:
        raise CheckpointError(f"Hugging Face finds no {sorted(lacking)[0]} in {path.name}, so it cannot be compared.")
    network.load_state_dict(tensors, strict=False)
    return network.eval()


def gpt2_shaped(model: Model) -> bool:
    """Whether Hugging Face's GPT-2 code can compute this model."""
    c = model.config
    if c.architecture != "decoder":
        return False
    parts = (c.positional, c.norm, c.norm_placement, c.mlp, c.attention, c.mask)
    flags = (c.attn_bias, c.mlp_bias, c.parallel, c.embed_norm, c.embed_scale, c.n_segments, c.unembed_bias)
    return parts == ("learned", "layer", "pre", "gelu_tanh", "multi_head", "causal") and flags == (
        True, True, False, False, 1.0, 0, False,
    )  # fmt: skip


def as_gpt2(model: Model) -> Any:
    """Our weights inside Hugging Face's GPT-2, by the family's own table read backwards."""
    from transformers import GPT2Config, GPT2LMHeadModel

    c, w = model.config, model.weights
    config = GPT2Config(
        n_layer=c.n_layers, n_head=c.n_heads, n_embd=c.d_model, n_inner=c.d_mlp, vocab_size=c.d_vocab,
        n_positions=c.n_ctx, layer_norm_epsilon=c.norm_eps, tie_word_embeddings=c.tied_unembed, bos_token_id=0,
        eos_token_id=0, attn_implementation="eager",
    )  # fmt: skip
    state = {"transformer.wte.weight": w.raw("W_E"), "transformer.wpe.weight": w.raw("W_pos")}
    for i in range(c.n_layers):
        ours, theirs = f"blocks.{i}.", f"transformer.h.{i}."
        qkv = [w.raw(f"{ours}attn.W_{x}").transpose(0, 1).flatten(1) for x in "QKV"]
        state[f"{theirs}attn.c_attn.weight"] = torch.cat(qkv, dim=1)
        state[f"{theirs}attn.c_attn.bias"] = torch.cat([w.raw(f"{ours}attn.b_{x}").flatten() for x in "QKV"])
        state[f"{theirs}attn.c_proj.weight"] = w.raw(f"{ours}attn.W_O").flatten(0, 1)
        state[f"{theirs}attn.c_proj.bias"] = w.raw(f"{ours}attn.b_O")
        for norm in ("1", "2"):
            state[f"{theirs}ln_{norm}.weight"] = w.raw(f"{ours}ln{norm}.w")
            state[f"{theirs}ln_{norm}.bias"] = w.raw(f"{ours}ln{norm}.b")
        for x, name in (("in", "c_fc"), ("out", "c_proj")):
            state[f"{theirs}mlp.{name}.weight"] = w.raw(f"{ours}mlp.W_{x}")
            state[f"{theirs}mlp.{name}.bias"] = w.raw(f"{ours}mlp.b_{x}")
    state["transformer.ln_f.weight"], state["transformer.ln_f.bias"] = w.raw("ln_final.w"), w.raw("ln_final.b")
    state["lm_head.weight"] = w.raw("W_U").t()
    theirs_model = GPT2LMHeadModel(config).eval()
    theirs_model.load_state_dict({k: v.detach().float().cpu().contiguous() for k, v in state.items()})
    return theirs_model
