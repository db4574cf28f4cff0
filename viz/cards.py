"""Pieces of HTML that pages show: everything from outside is escaped here, and nothing else writes HTML.

They carry the attributes by which tools and tests find their way: `data-glassformer`, `data-stage`, `data-pinned`.
"""

from __future__ import annotations

import html
import re

from model import Explanation, Stage, Trace
from viz import labels
from viz.arrays import exact, short
from viz.theme import axis_colour
from viz.words import Place, layers, place
from viz.worked import OPS, ordered

MOST_CHIPS = 64


def text(value: object) -> str:
    """Any text as HTML: escaped, and what HTML cannot carry (lone surrogates, controls) made visible."""
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", lambda m: f"U+{ord(m[0]):04X}", str(value))
    return html.escape(clean)


def tokens(groups: dict[str, list[str]]) -> str:
    """The input as the tokenizer cut it, one chip a token."""
    rows = []
    for name, pieces in groups.items():
        chips = "".join(
            f"<li><span>{i}</span><bdi>{text(labels.cut(p, 24))}</bdi></li>" for i, p in enumerate(pieces[:MOST_CHIPS])
        )
        more = f"<li class='gf-more'>… {len(pieces) - MOST_CHIPS} more</li>" if len(pieces) > MOST_CHIPS else ""
        side = {"encoder.tokens": "Source", "decoder.tokens": "Target"}.get(name, "Tokens")
        rows.append(f'<div class="gf-tokens"><b>{side}</b><ol aria-label="{side}">{chips}{more}</ol></div>')
    return "".join(rows)


def heading(trace: Trace, stage: Stage) -> str:
    """Title, name, place and axes of a stage."""
    assert trace.network is not None
    where = place(stage, trace.network.config)
    axes = " × ".join(
        f'<span class="gf-axis" style="--axis:{axis_colour(a)}">{text(a)} <b>{n}</b></span>'
        for a, n in zip(stage.axes, stage.shape, strict=True)
    )
    return (
        f'<header class="gf-heading" style="--place:var(--gf-place-{where.kind})">'
        f'<p class="gf-place">{text(where.words(layers(stage, trace.network.config)))}</p>'
        f"<h2>{text(stage.title)}</h2>"
        f'<p class="gf-name"><code>{text(stage.name)}</code> {axes}</p></header>'
    )


def ribbon(stages: list[Stage], places: list[Place], current: int) -> str:
    """All stages in the order computed, one tick each, coloured by part: where one is."""
    ticks, before = [], None
    for i, (stage, where) in enumerate(zip(stages, places, strict=True)):
        block = (where.stack, where.layer)
        classes = ("gf-now " if i == current else "") + ("gf-gap" if before is not None and block != before else "")
        ticks.append(
            f'<i class="{classes}" style="--place:var(--gf-place-{where.kind})" title="{text(stage.name)}"></i>'
        )
        before = block
    kinds = dict.fromkeys(p.kind for p in places)
    legend = "".join(f'<li style="--place:var(--gf-place-{k})">{text(k)}</li>' for k in kinds)
    return (
        f'<div class="gf-ribbon" role="img" aria-label="Stage {current + 1} of {len(stages)}">{"".join(ticks)}</div>'
        f'<ul class="gf-legend">{legend}</ul>'
    )


def prose(*sentences: str) -> str:
    return "".join(f'<p class="gf-prose">{text(s)}</p>' for s in sentences if s)


def notes(said: list[str]) -> str:
    return f'<p class="gf-notes">{text(" ".join(said))}</p>' if said else ""


def constant(name: str, value: float) -> str:
    return f'<p class="gf-name"><b>Constant</b> <code>{text(name)}</code> {short(value, 6)}</p>'


def problem(message: str, hint: str = "") -> str:
    """An error card. The message may hold what somebody typed, so it is plain text."""
    after = f"<p>{text(hint)}</p>" if hint else ""
    return f'<div class="gf-problem" role="alert"><p><b>{text(message)}</b></p>{after}</div>'


def pinned(trace: Trace, explanation: Explanation, most: int) -> str:
    """The card of a cell: its number and its terms, the largest first."""
    stage = trace.stage(explanation.name)
    where = ", ".join(labels.place(trace, stage, a, i) for a, i in zip(stage.axes, explanation.index, strict=True))
    found = ordered(explanation)
    rows = "".join(_row(o.place, o.term.label, o.term.value, o.share) for o in found[:most])
    hidden = len(found) - most
    more = f'<p class="gf-notes">{hidden:,} smaller ones are not shown.</p>' if hidden > 0 else ""
    head = "" if not found else "<thead><tr><th>term</th><th>value</th><th>weight</th></tr></thead>"
    table = f'<table class="gf-terms">{head}<tbody>{rows}</tbody></table>' if found else ""
    return (
        f'<section class="gf-pinned" data-pinned="true" data-name="{text(explanation.name)}" '
        f'data-index="{",".join(map(str, explanation.index))}" data-value="{exact(explanation.value)}" '
        f'data-op="{explanation.op}">'
        f'<p class="gf-cell"><code>{text(explanation.name)}[{", ".join(map(str, explanation.index))}]</code>'
        f"<strong>{short(explanation.value, 6)}</strong></p>"
        f'<p class="gf-where">{text(where)}</p><p class="gf-op">{text(OPS[explanation.op])}</p>{table}{more}</section>'
    )


def _row(order: int, label: str, value: float | int | bool, share: float) -> str:
    side = "gf-minus" if share < 0 else "gf-plus"
    return (
        f'<tr data-term="{order}" data-value="{exact(value)}"><td>{text(label)}</td><td>{short(value, 5)}</td>'
        f'<td><i class="{side}" style="--share:{abs(share):.3f}"></i></td></tr>'
    )


def here(stage: Stage, where: Place, number: int, total: int, cell: tuple[int, ...] | None, trace_id: str) -> str:
    """What is on the page, for tools and for screen readers. Written last, when all of it is there."""
    found = {"data-stage": stage.name, "data-trace": trace_id}
    if where.layer is not None:
        found["data-layer"] = str(where.layer)
    if cell is not None:
        by_axis = dict(zip(stage.axes, cell, strict=True))
        head = by_axis.get("head", by_axis.get("kv_head"))
        token = by_axis.get("position", by_axis.get("query"))
        found |= {k: str(v) for k, v in (("data-head", head), ("data-token", token)) if v is not None}
    attributes = " ".join(f'{k}="{text(v)}"' for k, v in found.items())
    return (
        f'<p data-glassformer="walkthrough" data-ready="true" {attributes} class="gf-unseen" role="status">'
        f"Stage {number + 1} of {total}: {text(stage.title)}</p>"
    )
