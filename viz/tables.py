"""Small tables about a model as HTML: its card, what it is made of and costs, and how close it is to the original."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import model
from model.checkpoints.verify import Difference
from model.counting import Item
from viz import cards
from viz.arrays import short

# What a card says, in this order, and how a person reads it.
FACTS = {
    "good_for": "Good for", "what": "Good for", "family": "Family", "parameters": "Parameters", "source": "Source",
    "revision": "Revision", "licence": "Licence", "data": "Data", "accuracy": "Accuracy", "recipe": "Made by",
}  # fmt: skip


def table(head: Iterable[str], rows: Iterable[Iterable[object]], caption: str, kind: str = "") -> str:
    """A table that scrolls sideways where it is wider than the page. Every cell is escaped; `kind` is a CSS class."""
    top = "".join(f'<th scope="col">{cards.text(h)}</th>' for h in head)
    body = "".join("<tr>" + "".join(f"<td>{cards.text(c)}</td>" for c in row) + "</tr>" for row in rows)
    return (
        f'<div class="gf-wide" tabindex="0" role="region" aria-label="{cards.text(caption)}">'
        f'<table class="gf-counts {kind}"><caption class="gf-unseen">{cards.text(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def offer(card: dict[str, Any]) -> str:
    """A model in the gallery, by its card alone."""
    facts = [str(card.get("family") or "")]
    if isinstance(n := card.get("parameters"), int) and n:
        facts.append(f"{rounded(n)} parameters")
    facts += [str(card[key]) for key in ("licence", "source") if card.get(key)]
    good = card.get("good_for") or card.get("what") or ""
    return (
        f'<div class="gf-offered"><h3>{cards.text(card.get("title") or card["name"])}</h3>'
        f'<p class="gf-facts">{" · ".join(cards.text(f) for f in facts if f)}</p>'
        f"{f'<p>{cards.text(good)}</p>' if good else ''}</div>"
    )


def rounded(n: int) -> str:
    """A count as people say it: 85,584 or 134.5 million."""
    return f"{n:,}" if n < 1_000_000 else f"{n / 1e6:,.1f} million"


def card(m: model.Model) -> str:
    """What the model's card says, and its sizes from its configuration."""
    rows: list[tuple[str, object]] = []
    for key, title in FACTS.items():
        value = m.card.get(key, m.network.n_parameters if key == "parameters" else None)
        if value not in (None, "") and title not in dict(rows):
            rows.append((title, _said(key, value)))
    for side in ("encoder", "decoder"):
        stack = getattr(m.config, side)
        if stack is not None:
            rows.append((side.capitalize(), _sizes(stack)))
    body = "".join(f'<tr><th scope="row">{cards.text(k)}</th><td>{cards.text(v)}</td></tr>' for k, v in rows)
    return f'<table class="gf-counts gf-known"><tbody>{body}</tbody></table>'


def _said(key: str, value: Any) -> str:
    if key == "accuracy" and isinstance(value, float):
        return f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _sizes(s: model.StackConfig) -> str:
    heads = f"{s.n_heads} heads" + (f" sharing {s.kv_heads} key/value heads" if s.kv_heads != s.n_heads else "")
    reads = f"vocabulary {s.d_vocab:,}, context {s.n_ctx:,}"
    if s.image is not None:
        (channels, height, width), (high, wide) = s.image, s.patch_size
        colours = "grey" if channels == 1 else f"{channels} colour channels"
        reads = f"pictures of {height} × {width} pixels, {colours}, in {s.n_patches} patches of {high} × {wide}"
    return (
        f"{s.n_layers} blocks, {heads} of {s.head_size}, d_model {s.d_model}, d_mlp {s.mlp_size}, {reads}; positions: "
        f"{s.positional}, norm: {s.norm} ({s.norm_placement}), MLP: {s.mlp}"
    )


def counts(found: list[model.Count], size: int) -> str:
    """Parameters, work and numbers made by part, with the largest product of each. size: bytes of a number."""
    rows = [
        (c.part, f"{c.parameters:,}", _memory(c.parameters * size), f"{c.flops:,}", f"{c.activations:,}",
         _memory(c.activations * size), f"{c.terms[0][1]}: {c.terms[0][0]:,}" if c.terms else "")
        for c in found
    ]  # fmt: skip
    weights, flops, made = (sum(getattr(c, key) for c in found) for key in ("parameters", "flops", "activations"))
    rows.append(("All", f"{weights:,}", _memory(weights * size), f"{flops:,}", f"{made:,}", _memory(made * size), ""))
    head = ("Part", "Parameters", "Memory", "Additions and multiplications", "Numbers made", "Memory",
            "Its largest product")  # fmt: skip
    return table(head, rows, "Parameters, work and numbers by part", "gf-parts")


def formulas(found: list[model.Count]) -> str:
    """Every sum of `counts` written out, a part at a time: what is multiplied, in words and in numbers."""
    return "".join(
        f'<details class="gf-how"><summary>{cards.text(c.part)}: how it is counted</summary>'
        + "".join(
            table(
                ("Tensor", "Formula", "In numbers", title),
                [(i.name, _product(i, i.formula), _product(i, *i.sizes), f"{i.total:,}") for i in items],
                f"{c.part}, {title.lower()}", "gf-formulas",
            )
            for title, items in (
                ("Parameters", c.trained), ("Additions and multiplications", c.work), ("Numbers made", c.made),
            )
            if items
        )
        + "</details>"
        for c in found
    )  # fmt: skip


def _product(item: Item, *factors: object) -> str:
    """Factors with a dot between them; in front how many such tensors there are."""
    many = [f"{item.times} ×"] if item.times > 1 else []
    return " ".join([*many, " · ".join(f"{f:,}" if isinstance(f, int) else str(f) for f in factors) or "1"])


def _memory(n: int) -> str:
    return f"{n / 1e6:,.1f} MB" if n >= 1_000_000 else f"{n / 1e3:,.1f} kB" if n else "0"


def differences(found: list[Difference]) -> str:
    """Each stage beside Hugging Face's."""
    rows = [(d.name, d.theirs, short(d.largest), short(d.scale)) for d in found]
    return table(("Our stage", "Hugging Face's", "Largest difference", "Largest value"), rows, "Largest differences")
