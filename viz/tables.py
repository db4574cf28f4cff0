"""Small tables about a model as HTML: its card, what it is made of and costs, and how close it is to the original."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import model
from model.checkpoints.verify import Difference
from viz import cards
from viz.arrays import short

# What a card says, in this order, and how a person reads it.
FACTS = {
    "what": "Good for", "family": "Family", "parameters": "Parameters", "source": "Source", "revision": "Revision",
    "licence": "Licence", "data": "Data", "accuracy": "Accuracy", "recipe": "Made by",
}  # fmt: skip


def table(head: Iterable[str], rows: Iterable[Iterable[object]], caption: str) -> str:
    """A table that scrolls sideways where it is wider than the page. Every cell is escaped."""
    top = "".join(f'<th scope="col">{cards.text(h)}</th>' for h in head)
    body = "".join("<tr>" + "".join(f"<td>{cards.text(c)}</td>" for c in row) + "</tr>" for row in rows)
    return (
        f'<div class="gf-wide" tabindex="0" role="region" aria-label="{cards.text(caption)}"><table class="gf-counts">'
        f'<caption class="gf-unseen">{cards.text(caption)}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def card(m: model.Model) -> str:
    """What the model's card says, and its sizes from its configuration."""
    rows: list[tuple[str, object]] = []
    for key, title in FACTS.items():
        value = m.card.get(key, m.network.n_parameters if key == "parameters" else None)
        if value not in (None, ""):
            rows.append((title, _said(key, value)))
    for side in ("encoder", "decoder"):
        stack = getattr(m.config, side)
        if stack is not None:
            rows.append((side.capitalize(), _sizes(stack)))
    return table(("", ""), rows, "What is known of this model")


def _said(key: str, value: Any) -> str:
    if key == "accuracy" and isinstance(value, float):
        return f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _sizes(s: model.StackConfig) -> str:
    heads = f"{s.n_heads} heads" + (f" sharing {s.kv_heads} key/value heads" if s.kv_heads != s.n_heads else "")
    return (
        f"{s.n_layers} blocks, {heads} of {s.head_size}, d_model {s.d_model}, d_mlp {s.mlp_size}, vocabulary "
        f"{s.d_vocab:,}, context {s.n_ctx:,}; positions: {s.positional}, norm: {s.norm} ({s.norm_placement}), "
        f"MLP: {s.mlp}"
    )


def counts(m: model.Model, lengths: tuple[int, ...]) -> str:
    """Parameters, work and numbers made by part, with the largest product of each."""
    found = model.counts(m, lengths)
    rows: list[tuple[object, ...]] = [
        (c.part, f"{c.parameters:,}", f"{c.flops:,}", f"{c.activations:,}", c.terms[0][1] if c.terms else "")
        for c in found
    ]
    total = [sum(getattr(c, key) for c in found) for key in ("parameters", "flops", "activations")]
    rows.append(("All", *(f"{n:,}" for n in total), ""))
    head = ("Part", "Parameters", "Additions and multiplications", "Numbers made", "Its largest product")
    return table(head, rows, "Parameters, work and numbers by part")


def differences(found: list[Difference]) -> str:
    """Each stage beside Hugging Face's."""
    rows = [(d.name, d.theirs, short(d.largest), short(d.scale)) for d in found]
    return table(("Our stage", "Hugging Face's", "Largest difference", "Largest value"), rows, "Largest differences")
