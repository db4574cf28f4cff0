"""On a phone the controls fold away behind one line, which says what is shown; elsewhere there is no such line.

What folds is HTML's own `details`, and `page.css` hides what lies beside a closed one: the server knows no widths.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import model
from pages.shared.loading import SCRATCH, default_text
from pages.shared.pictures import shown_number
from pages.shared.state import View
from viz import cards, labels

LONGEST = 80  # characters of an input, of which a phone shows less


def fold(view: View) -> DeltaGenerator:
    """Draws what opens and closes the controls; returns the place for what is said in it.

    The words stand beside it and not inside: Streamlit draws HTML anew when it changes, and would close it while
    somebody types.
    """
    line = st.container(key="fold")
    label = cards.text(view.say("fold"))
    line.html(f'<details class="gf-fold"><summary><span class="gf-unseen">{label}</span></summary></details>')
    return line


def say_folded(line: DeltaGenerator, view: View, given: str = "") -> None:
    """The model and its input in one line. given: the input; "" where the model cannot be had, and so has none."""
    said = [view.say("scratch_short") if view.model == SCRATCH else view.model]
    said += [view.say(f"weights.{view.weights}")] if view.weights else []
    said += [given] if given else []
    line.html(f'<p class="gf-folded">{cards.text(" · ".join(said))}</p>')


def short_input(view: View, found: model.Model) -> str:
    """The input of a model in a few words: a picture by its number, a text between quotes."""
    if found.reads_pictures:
        number = shown_number(view, found)
        return view.say("picture.own") if number is None else view.say("fold.picture", n=number)
    return quoted(default_text(found) if view.text is None else view.text)


def quoted(text: str) -> str:
    return f"“{labels.isolate(labels.cut(text, LONGEST))}”"
