"""Edits in plain words: which part, which block, head and token, and what is done to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from model import Stage, Trace
from pages.shared.against import MOST, NUMBERED, OPS, Against, Change, write
from pages.shared.held import held
from pages.shared.loading import Asked
from pages.shared.other import other_text
from pages.shared.state import View, go
from viz import labels
from viz.chapters import config_of
from viz.prose import Catalogue, catalogue
from viz.words import layers, place

# What people know parts by, and the stages that hold what a part gives; a stage may be any.
PARTS = {
    "head": r"attn\.z$", "attention": r"attn_out$", "mlp": r"mlp_out$", "stream": r"resid_(pre|mid|cross|post)$",
    "stage": r"",
}  # fmt: skip
CHOSEN = ("head", "kv_head", "position", "query", "key")  # axes along which one place may be chosen


def editable(trace: Trace) -> list[Stage]:
    """Stages that hold numbers rather than names."""
    return [s for s in trace.stages if s.kind not in ("index", "count")]


def first_change(trace: Trace) -> Change:
    """Zeroing the first head of the last block, or all of the last stage where there is none."""
    heads = [s for s in editable(trace) if re.search(PARTS["head"], s.name)]
    return Change("zero", heads[-1].name, (("head", 0),)) if heads else Change("zero", editable(trace)[-1].name)


def described(change: Change, trace: Trace, donor: str, said: Catalogue) -> str:
    """An edit in words: "Weighted values, block 1, head 2: set to 0"."""
    what = said.text("compare", f"op.{change.op}", by=f"{change.by:g}" if change.by is not None else "", text=donor)
    if change.name not in trace:
        return f"{change.name}: {what}"
    stage = trace.stage(change.name)
    where = [said.title(stage), *_block(stage, trace, said)]
    for axis, i in change.at:
        fits = axis in stage.axes and i < stage.shape[stage.axes.index(axis)]
        where.append(f"{said.axis(axis)} {labels.ticks(trace, stage, axis)[i] if fits else i}")
    return said.text("compare", "change", where=said.text("words", "comma").join(where), what=what)


def _block(stage: Stage, trace: Trace, said: Catalogue) -> list[str]:
    where = place(stage, config_of(trace))
    if where.layer is None:
        return []
    return [said.text("places", "block", layer=where.layer, total=layers(stage, config_of(trace)))]


def choose_changes(view: View, trace: Trace, against: Against) -> None:
    """The edits there are, each but the last with a way to drop it; and the controls of the last."""
    said, changes = catalogue(view.language), against.changes

    def put(*new: Change, **more: Any) -> None:
        go(view, against=write(replace(against, changes=new, **more)))

    for i, change in enumerate(changes[:-1]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(described(change, trace, against.donor, said))
            st.button(
                said.text("compare", "drop"), key=f"compare_drop_{i}", on_click=put,
                args=(*changes[:i], *changes[i + 1 :]),
            )  # fmt: skip
    _choose_change(view, trace, against, lambda new, **more: put(*changes[:-1], new, **more))
    with st.container(horizontal=True):
        full = len(changes) >= MOST
        more = (*changes, first_change(trace))
        st.button(said.text("compare", "add"), key="compare_add", disabled=full, on_click=put, args=more)
        if len(changes) > 1:
            st.button(said.text("compare", "drop_last"), key="compare_drop", on_click=put, args=changes[:-1])


def part_of(name: str) -> str:
    """What people know a stage by: the first part that it fits."""
    return next(part for part, pattern in PARTS.items() if re.search(pattern, name))


def _choose_change(view: View, trace: Trace, against: Against, put: Callable[..., None]) -> None:
    """The controls of one edit."""
    said, now = catalogue(view.language), against.changes[-1]
    stages = {s.name: s for s in editable(trace)}
    offered = {part: [n for n in stages if re.search(PARTS[part], n)] for part in PARTS}
    other = [n for n in stages if part_of(n) == "stage"]

    def to_part(part: str) -> None:
        put(moved(now, stages[(other if part == "stage" else offered[part])[-1]]))

    def titled(name: str) -> str:
        if name not in stages:
            return name
        return f"{' · '.join([*_block(stages[name], trace, said), said.title(stages[name])])} ({name})"

    parts = [part for part in PARTS if offered[part]]
    _select("part", said, parts, part_of(now.name), lambda p: said.text("compare", f"part.{p}"), to_part)
    names = [*offered[part_of(now.name)], *([] if now.name in stages else [now.name])]
    _select("name", said, names, now.name, titled, lambda name: put(moved(now, stages[name])))
    if (stage := stages.get(now.name)) is not None:
        for axis in [a for a in CHOSEN if a in stage.axes]:
            _select_place(said, trace, stage, axis, now, put)

    def to_op(op: str) -> None:
        put(replace(now, op=op, by=NUMBERED.get(op)), donor=against.donor or (_donor(view) if op == "patch" else ""))

    ops = [op for op in OPS if op == now.op or op != "patch" or trace.inputs.features is None]
    _select("op", said, ops, now.op, lambda op: said.text("compare", f"do.{op}"), to_op)
    if now.by is not None:
        st.number_input(
            said.text("compare", "by"), key="compare_by", step=0.1, format="%.4g", **held("compare_by", float(now.by)),
            on_change=lambda: put(replace(now, by=float(st.session_state["compare_by"]))),
        )  # fmt: skip
    if now.op == "patch":
        st.text_input(
            said.text("compare", "donor"), key="compare_donor", autocomplete="off",
            **held("compare_donor", against.donor),
            on_change=lambda: put(now, donor=st.session_state["compare_donor"]),
        )  # fmt: skip


def moved(change: Change, stage: Stage) -> Change:
    """The same edit at another stage: places stay where that has them."""
    sizes = dict(zip(stage.axes, stage.shape, strict=True))
    at = tuple((axis, i) for axis, i in change.at if i < sizes.get(axis, 0))
    return replace(change, name=stage.name, at=at)


def _donor(view: View) -> str:
    """The text that a patch is taken from, at first."""
    return other_text(Asked(view.model, view.net, view.text, view.target, view.weights, view.reading), view.language)


def _select_place(
    said: Catalogue, trace: Trace, stage: Stage, axis: str, now: Change, put: Callable[..., None]
) -> None:
    ticks = labels.ticks(trace, stage, axis)

    def to_place(i: int) -> None:
        rest = tuple(pair for pair in now.at if pair[0] != axis)
        put(replace(now, at=rest if i < 0 else (*rest, (axis, i))))

    places = [-1, *range(len(ticks))]  # -1: all of them
    chosen = dict(now.at).get(axis, -1)
    _select(
        axis, said, places, chosen if chosen < len(ticks) else -1,
        lambda i: said.text("compare", "all") if i < 0 else ticks[i], to_place, label=said.axis(axis),
    )  # fmt: skip


def _select(
    word: str, said: Catalogue, options: Sequence[Any], now: Any, titled: Callable[[Any], str],
    changed: Callable[[Any], None], label: str = "",
) -> None:  # fmt: skip
    key = f"compare_{word}"
    st.selectbox(
        label or said.text("compare", word), options, key=key, format_func=titled, **held(key, now, options),
        on_change=lambda: changed(st.session_state[key]),
    )  # fmt: skip
