"""Work that a page waits for: done at once where it can be, else shown with how far it is and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from model.progress import Progress, reporting
from pages.shared.jobs import Job
from pages.shared.state import View
from viz import cards

SOON = 0.4  # seconds that pass without a word
EVERY = 0.4  # seconds between two looks at how far the work is


class NotYet(Exception):  # noqa: N818  no error: the page goes on without
    """The work is not done; what there is to say of it has been drawn."""


def wait_for(view: View, slot: str, key: Hashable, work: Callable[[], Any], title: str, hint: str = "") -> None:
    """Returns when the work is done. Raises what it raised, and NotYet while it goes on or where somebody stopped it.

    The work puts what it makes into a cache: sessions hold no tensors.

    slot   of the session: work for another key there is told to stop
    title  what is being done; hint: what is shown meanwhile
    """
    job: Job | None = st.session_state.get(slot)
    if job is None or job.key != key:
        if job is not None:
            job.ask_to_stop()
        job = st.session_state[slot] = Job(key, lambda progress: _told(work, progress))
    if not job.wait(SOON):
        watch(slot, view, title, hint)
        raise NotYet
    if job.stopped:
        with st.container(horizontal=True, vertical_alignment="center", key=f"stopped_{slot}"):
            st.html(cards.notes([view.say("stopped")]))
            st.button(view.say("again"), key=f"again_{slot}", on_click=forget, args=(slot,), icon=":material/refresh:")
        raise NotYet
    forget(slot)  # begun anew the next time: a folder may be mended by then, or the cache may have let go of it
    if job.error is not None:
        raise job.error


def forget(slot: str) -> None:
    """Lets the work be begun anew."""
    st.session_state.pop(slot, None)


def _told(work: Callable[[], Any], progress: Progress) -> None:
    with reporting(progress):
        work()


@st.fragment(run_every=EVERY)
def watch(slot: str, view: View, title: str, hint: str = "") -> None:
    """How far the work is, and the way to stop it. When it has ended the page is drawn anew."""
    job: Job | None = st.session_state.get(slot)
    if job is None or not job.running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key=f"waiting_{slot}"):
        st.progress(job.fraction, width=240)
        st.button(view.say("cancel"), key=f"stop_{slot}", on_click=job.stop, icon=":material/close:")
        words = view.translated(job.words)
        said = cards.text(" ".join(filter(None, [title, words, hint])))
        st.html(f'<p class="gf-notes" role="status">{said}</p>')
