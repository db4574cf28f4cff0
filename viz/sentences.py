"""The words about a stage: the texts that fit, with this model's sizes put in and every tensor it reads linked."""

from __future__ import annotations

from model import StackConfig, Stage, Trace, TransformerConfig
from viz.chosen import texts, within_head
from viz.markup import Paragraph, Value, joined
from viz.naming import listed, resolver
from viz.prose import Catalogue
from viz.words import key, place, side


def sentences(trace: Trace, stage: Stage, config: TransformerConfig, said: Catalogue) -> list[Paragraph]:
    """One paragraph: what the stage is and why it is there. Each tensor that it reads is named in it."""
    resolve = resolver(trace, stage)
    where = place(stage, config)
    values = _values(trace, stage, side(config, where.stack), where.layer or 0, said)
    out: Paragraph = []
    for text in [*texts(stage, config), *_reader(trace, stage)]:
        out += [{"t": said.space}] if out else []
        out += said.paragraph("stages", text, values, resolve)
    named = {segment.get("ref") for segment in out}
    if left := [name for name in stage.reads if name not in named]:
        out.append({"t": said.space})
        out += said.paragraph("stages", "reads", {"reads": listed(left, trace, said)}, resolve)
    return [joined(out)]


def _reader(trace: Trace, stage: Stage) -> list[str]:
    """Whether the output is read from the pooler: by the model's card and by whether anything comes after."""
    if key(stage) not in ("pooler.first", "pooler.dense", "pooler.act"):
        return []
    if trace.model is not None and trace.model.card.get("output") == "mean":
        return ["pooler.mean"]
    if key(stage) != "pooler.act":
        return []
    return ["pooler.read" if "logits" in trace else "pooler.unread"]


def _values(trace: Trace, stage: Stage, c: StackConfig, layer: int, said: Catalogue) -> dict[str, Value]:
    read = trace.stage(stage.reads[0]).shape if stage.reads else ()
    return {
        "size": stage.shape[-1] if stage.shape else 1,
        "width": read[-1] if read else 1,
        "unit": said.text("words", "of_head" if within_head(stage) else "of_token"),
        "d_model": c.d_model,
        "d_head": c.head_size,
        "d_mlp": c.mlp_size,
        "n_heads": c.n_heads,
        "heads": _heads(c, said),
        "eps": f"{c.norm_eps:g}",
        "attn_scale": f"{c.scale(layer):.4g}",
        "scale": f"{c.embed_scale:.4g}",
        "before": int(c.option("window")) - 1 if "window" in str(c.mask) else 0,
        "reads": listed(stage.reads, trace, said),
        "title": said.title(stage),
    }


def _heads(c: StackConfig, said: Catalogue) -> str:
    """How many heads keys and values have, and who shares them."""
    key = "heads_all" if c.kv_heads == c.n_heads else "heads_single" if c.kv_heads == 1 else "heads_shared"
    return said.text("words", key, n=c.n_heads, kv=c.kv_heads, group=c.n_heads // c.kv_heads)
