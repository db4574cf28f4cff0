"""The pass that another one is compared with: made and kept as every pass is."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from model import Edit, GlassformerError, InputError, Trace
from model.edits import mean
from pages.shared.against import Against, Change, parse
from pages.shared.examples import examples
from pages.shared.loading import KEEP_BYTES, Asked, Run, default_text, get_model, given, kept, readable, run, stamp
from viz.store import STORE


def other_run(asked: Asked, against: str) -> Run:
    """What `asked` is compared with. Raises GlassformerError where that does not fit."""
    wanted = parse(against)
    if wanted.kind == "edit":
        return kept(_edited(asked, against, stamp(asked.model)))
    found = run(_another(asked, wanted))
    if wanted.kind == "input":
        _check_lengths(run(asked).trace, found.trace)
    return found


def _another(asked: Asked, wanted: Against) -> Asked:
    if wanted.kind == "weights":
        return replace(asked, weights=wanted.what)
    if wanted.kind == "input":
        return replace(asked, text=wanted.what)
    m = get_model(wanted.what)
    mine = get_model(asked.model, asked.net, asked.weights)
    text = default_text(mine) if asked.text is None and not mine.reads_pictures else asked.text or ""
    # What the other model cannot read is not put before it: it then shows its own example.
    same = m.tokenizer is not None and readable(m, text)
    return Asked(wanted.what, "", text if same else None, asked.target if same else None)


def _check_lengths(this: Trace, other: Trace) -> None:
    """Raises InputError where positions of the two cannot be set against each other."""
    mine, theirs = (trace.inputs.lengths[0] for trace in (this, other))
    if mine != theirs:
        raise InputError(
            f"the other input has {theirs} tokens and this one {mine}; give one of the same length to compare with."
        )


@st.cache_resource(max_entries=8, show_spinner=False, on_release=lambda found: STORE.remove(found.id))
def _edited(asked: Asked, against: str, changed: float) -> Run:  # noqa: ARG001  part of the key
    wanted, m = parse(against), get_model(asked.model, asked.net, asked.weights)
    this = run(asked).trace
    donor = run(replace(asked, text=wanted.donor)).trace if any(c.op == "patch" for c in wanted.changes) else None
    if donor is not None:
        _check_lengths(this, donor)
    edits = [edit_of(change, this, donor) for change in wanted.changes]
    trace = m.trace(**given(m, asked), edits=edits, keep_bytes=KEEP_BYTES)
    return Run(trace, STORE.add(trace), asked.model, asked.weights)


def edit_of(change: Change, this: Trace, donor: Trace | None) -> Edit:
    """A change as the model takes it. Raises EditError, TraceError where it does not fit the trace."""
    name, at = change.name, dict(change.at)
    if change.op == "mean":
        return mean(this, name, **at)
    if change.op == "patch":
        if donor is None or name not in donor:
            raise GlassformerError(f"{name} cannot be taken from another input: there is no such stage.")
        return Edit(name, "replace", like=donor, **at)
    return Edit(name, change.op, change.by, **at)


def other_text(asked: Asked, language: str) -> str:
    """Another input of the same length: an example, else the same letters or ids the other way round."""
    m = get_model(asked.model, asked.net, asked.weights)
    now = default_text(m) if asked.text is None else asked.text
    if m.tokenizer is None:
        return " ".join(reversed(now.replace(",", " ").split()))
    length = len(m.encode("text", now))
    for one in [*(e.text for e in examples(m, language)), now[::-1]]:
        if one != now and len(m.encode("text", one)) == length:
            return one
    return now
