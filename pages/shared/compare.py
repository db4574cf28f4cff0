"""The control "Compare with": what a pass is set against, chosen in plain words and held in the link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

import model
from model import GlassformerError
from pages.shared.against import Against, parse, write
from pages.shared.changing import choose_changes, described, first_change
from pages.shared.held import choice, held
from pages.shared.loading import SCRATCH, Run
from pages.shared.other import other_run, other_text
from pages.shared.presets import about
from pages.shared.state import LONGEST_IN_LINK, View, go
from pages.shared.waiting import NotYet, wait_for
from viz import cards, comparison, components
from viz.labels import cut
from viz.prose import Catalogue, catalogue

REFUSED = "compare_refused"  # of the session: bytes of a wish that was too long, until the page has said so


def choose_other(view: View, this: Run) -> None:
    """Draws the control, where the model is here."""
    if _able(this):
        said = catalogue(view.language)
        with (
            st.container(key="compare", width="content"),
            st.popover(said.text("compare", "with"), icon=":material/compare:"),
        ):
            _choose(view, this, _read(view))


@dataclass(frozen=True, eq=False)
class Compared:
    """The other pass, and what it is."""

    other: Run
    against: Against

    def title(self, this: Run, said: Catalogue) -> str:
        """What the other is, in words."""
        if self.against.kind == "edit":
            changes = self.against.changes
            return " · ".join(described(change, this.trace, self.against.donor, said) for change in changes)
        key = f"weights.{self.against.what}" if self.against.kind == "weights" else self.against.kind
        return said.text("compare", f"is.{key}", what=cut(self.against.what, 60))

    def row(self, view: View, this: Run) -> dict[str, Any]:
        """What the browser is told of it."""
        sides = [(run.trace, about(view, run)) for run in (this, self.other)]
        return comparison.row(sides[0], sides[1], self.against.kind, self.title(this, catalogue(view.language)))


def compare(view: View, this: Run) -> tuple[Run, Compared | None]:
    """The run, and the pass that it is compared with; None without.

    While the other is being made, the run alone stands in for the two.
    """
    _say_refused(view)
    if not view.against or this.stands_in:
        return this, None
    said = catalogue(view.language)
    try:
        against = parse(view.against)
        if _able(this):
            return _compared(view, this, against)
        st.html(cards.notes([said.text("compare", "no_weights")]))
    except (GlassformerError, OSError) as error:
        st.html(cards.problem(view.translated(error), said.text("compare", "nothing_below")))
    return this, None


def hear_other(view: View, wished: Any) -> None:
    """The browser's word: what would be without something, or that the comparison has served its turn."""
    if not isinstance(wished, str) or not wished:
        return
    size = len(wished.encode("utf-8", "surrogatepass"))
    if size > LONGEST_IN_LINK:  # a part of it would be another wish
        st.session_state[REFUSED] = size
    else:
        go(view, against="" if wished == components.END else wished)


def _say_refused(view: View) -> None:
    if (size := st.session_state.pop(REFUSED, 0)) > 0:
        said = catalogue(view.language)
        st.html(cards.problem(said.text("compare", "too_long", n=f"{size:,}", most=f"{LONGEST_IN_LINK:,}")))


def _able(this: Run) -> bool:
    return this.trace.network is not None and this.asked is not None


def _read(view: View) -> Against:
    """What the link names; nothing where it cannot be read, which `compare` says."""
    try:
        return parse(view.against)
    except GlassformerError:
        return Against()


def _compared(view: View, this: Run, against: Against) -> tuple[Run, Compared | None]:
    said, asked = catalogue(view.language), this.asked
    assert asked is not None
    try:
        key = (asked, view.against)
        wait_for(view, "walk_comparing", key, lambda: other_run(asked, view.against), said.text("compare", "running"))
        return this, Compared(other_run(asked, view.against), against)
    except NotYet:
        return replace(this, stands_in=True), None


def _choose(view: View, this: Run, against: Against) -> None:
    said = catalogue(view.language)
    unfit = {"weights"} if this.model == SCRATCH else set()
    if this.trace.inputs.features is not None:  # another picture is chosen where pictures are
        unfit.add("input")
    kinds = [kind for kind in ("", "edit", "weights", "input", "model") if kind not in unfit]

    def changed(kind: str) -> None:
        go(view, against=write(_usual(kind, view, this)))

    titles = {kind: said.text("compare", f"kind.{kind}") for kind in kinds}
    choice(said.text("compare", "with"), titles, against.kind, "compare_kind", changed, label_visibility="collapsed")
    if against.kind == "edit":
        choose_changes(view, this.trace, against)
    elif against.kind == "weights":
        ways = {kind: view.say(f"weights.{kind}") for kind in ("shuffled", "random")}
        choice(view.say("weights"), ways, against.what, "compare_weights", lambda to: go(view, against=f"weights:{to}"))
    elif against.kind == "input":
        _type(view, against.what)
    elif against.kind == "model":
        _choose_model(view, against.what)


def _type(view: View, now: str) -> None:
    said, key = catalogue(view.language), "compare_input"
    st.text_input(
        said.text("compare", "input"), key=key, autocomplete="off", **held(key, now),
        on_change=lambda: go(view, against=f"input:{st.session_state[key]}"),
    )  # fmt: skip


def _choose_model(view: View, now: str) -> None:
    said, key = catalogue(view.language), "compare_model"
    names = [*model.available()]
    names += [] if now in names else [now]
    st.selectbox(
        said.text("compare", "model"), names, key=key, accept_new_options=True, **held(key, now, names),
        on_change=lambda: go(view, against=f"model:{st.session_state[key] or now}"),
    )  # fmt: skip


def _usual(kind: str, view: View, this: Run) -> Against:
    """What a kind begins with."""
    if kind == "edit":
        return Against(kind, changes=(first_change(this.trace),))
    if kind == "input":
        assert this.asked is not None
        return Against(kind, other_text(this.asked, view.language))
    first = {
        "": "",
        "weights": "shuffled",
        "model": next((n for n in model.available() if n != this.model), this.model),
    }
    return Against(kind, first[kind])
