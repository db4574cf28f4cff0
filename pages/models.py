"""The models page: what is at hand, what it is made of and costs, and whether it agrees with the original."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st

import model
from model import GlassformerError
from model.checkpoints import cache, shelf
from model.checkpoints import cards as known_cards
from model.checkpoints.verify import Difference
from model.checkpoints.verify_apart import verify_apart
from pages.shared import uploads
from pages.shared.jobs import Job
from pages.shared.loading import default_text, get_model, ids_of
from viz import architecture, cards, pictures, tables

HERE = Path(__file__).parent
MOST_CARDS = 24
AGREES = 1e-4  # in float32
SOON = 0.4  # seconds to wait before a bar of progress is worth showing
st.html(f"<style>{(HERE.parent / 'viz' / 'models_page.css').read_text(encoding='utf-8')}</style>")


def main() -> None:
    st.title("Models")
    chosen = st.query_params.get("model", "sort")
    known = [*known_cards(), *({**card, "at_hand": True} for card in shelf.found())]
    _gallery(known[:MOST_CARDS], chosen)
    with st.expander("Open your own", icon=":material/folder_open:"):
        st.text_input(
            "A folder in Hugging Face layout, a .gguf file, or a hub id",
            "" if any(card["name"] == chosen for card in known) else chosen, key="folder",
            on_change=lambda: _show(st.session_state["folder"].strip() or "sort"), autocomplete="off",
        )  # fmt: skip
        _upload()
    m = _opened(chosen)
    if m is None:
        return
    st.html(f'<h2 class="gf-model">{cards.text(m.card.get("title") or m.card.get("name") or chosen)}</h2>')
    with st.container(horizontal=True):
        walk: dict[str, Any] = {"page": "walkthrough.py", "width": "content"}
        st.page_link(**walk, label="Walk through it", icon=":material/arrow_forward:", query_params={"model": chosen})
        for kind, icon in (("shuffled", ":material/shuffle:"), ("random", ":material/casino:")):
            words = {"model": chosen, "weights": kind}
            st.page_link(**walk, label=f"The same with {kind} weights", icon=icon, query_params=words)
    left, right = st.columns(2, gap="large")
    with left:
        st.html(tables.card(m))
        _verify(m, chosen)
    with right:
        st.subheader("How it is built")
        st.html(cards.notes(["Open a part to see every tensor it makes, in the order computed."]))
        st.html(architecture.drawing(m))
    _costs(m)


def _gallery(found: list[dict[str, Any]], chosen: str) -> None:
    """One card a model."""
    for start in range(0, len(found), 3):
        for box, card in zip(st.columns(3), found[start : start + 3], strict=False):
            name = str(card["name"])
            with box.container(border=True, height="stretch", key=f"card-{name}"):
                st.html(tables.offer(card))
                with st.container(horizontal=True, vertical_alignment="bottom"):
                    here = name == chosen
                    st.button(
                        "Shown below" if here else _action(card), key=f"show-{name}", on_click=_show, args=(name,),
                        type="primary" if not here and not card["at_hand"] else "secondary", disabled=here,
                    )  # fmt: skip
                    if uploads.is_upload(name):
                        st.button("Remove", key=f"remove-{name}", on_click=_remove, args=(name,), type="tertiary")


def _action(card: dict[str, Any]) -> str:
    if card["at_hand"]:
        return f"Open {_plain(str(card.get('title') if '/' in str(card['name']) else card['name']))}"
    return f"Fetch {card['name']}, {card['fetch_bytes'] / 1e6:,.0f} MB"


def _plain(text: str) -> str:
    """Text for a label, which Streamlit reads as Markdown: a file's name must not become a picture or a link."""
    return re.sub(r"([^\w\s])", r"\\\1", text[:40])


def _show(name: str) -> None:
    st.session_state.pop("opening", None)
    st.query_params["model"] = name


def _remove(name: str) -> None:
    uploads.remove(name)
    if st.query_params.get("model") == name:
        _show("sort")


def _upload() -> None:
    """Files from one's own machine, kept in the cache folder of this server."""
    files = st.file_uploader(
        f"Or upload it: one .gguf, or config.json with model.safetensors and tokenizer files; "
        f"{uploads.MOST_MB} MB at most",
        ["gguf", "safetensors", "json", "txt"], accept_multiple_files=True, key="upload",
    )  # fmt: skip
    if files and st.button("Open what was uploaded"):
        try:
            name = str(uploads.save(files))
        except GlassformerError as error:
            st.html(cards.problem(str(error)))
        else:
            _show(name)
            st.rerun()


def _opened(name: str) -> model.Model | None:
    """The model once it is fetched and read; until then, or where that fails, the page says so."""
    job: Job | None = st.session_state.get("opening")
    if job is None or job.key != name:
        if job is not None:
            job.stop()
        job = st.session_state["opening"] = Job(name, lambda progress: _open(name, progress))
        if job.wait(SOON) and job.error is not None and uploads.is_upload(name):
            st.rerun()  # the gallery above has shown a card of what has been removed
    if not job.wait(SOON):
        _watch("opening")
        return None
    if job.error is None and not job.stopped:
        return get_model(name)
    if job.stopped:
        st.html(cards.notes(["Cancelled.", _kept(name)]))
    else:
        st.html(cards.problem(_said(job.error, name), "Choose one of the models above, or open something else."))
    st.button("Try again", on_click=_show, args=(name,))
    return None


def _open(name: str, progress: cache.Progress) -> None:
    """Brings a model into the cache that all sessions share. An upload that is no model is not kept."""
    try:
        with cache.reporting(progress):
            get_model(name)
    except GlassformerError:
        uploads.remove(name)
        raise


def _kept(name: str) -> str:
    """What stays of work that was cancelled."""
    kept = next((card.get("kept_bytes", 0) for card in known_cards() if card["name"] == name), 0)
    if not kept:
        return "Nothing half-made was left behind."
    return f"{kept / 1e6:,.1f} MB have arrived and are kept: the next try goes on from there."


def _said(error: Exception | None, name: str) -> str:
    """What to tell a person. Anything but an error of theirs is ours, and is raised."""
    if isinstance(error, OSError):
        return f"{name[:60]!r} cannot be opened: {error.strerror}."
    if error is not None and not isinstance(error, GlassformerError):
        raise error
    return str(error)


@st.fragment(run_every=0.4)
def _watch(key: str) -> None:
    """How far the work is, and the way to stop it."""
    job: Job = st.session_state[key]
    if not job.running:
        st.rerun()
    st.progress(job.fraction)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="gf-notes" role="status">{cards.text(job.words or "starting")} …</p>')
        st.button("Cancel", key=f"stop-{key}", on_click=job.stop, icon=":material/close:")


def _verify(m: model.Model, chosen: str) -> None:
    """The parity check on one's own text."""
    st.subheader("Does it agree with the original?")
    if str(m.card.get("original", "")).endswith(".gguf"):
        st.html(cards.notes(["Hugging Face reads a GGUF file slowly: this one takes about half a minute."]))
    two = m.config.architecture == "encoder-decoder"
    text = ""
    if m.reads_pictures:
        st.html(cards.notes(["Both read the picture that the walkthrough begins with."]))
    else:
        text = st.text_input(
            "Text" if m.tokenizer is not None else "Ids: this model has no tokenizer", default_text(m),
            key=f"verify-text-{chosen}", autocomplete="off",
        )  # fmt: skip
    target = st.text_input("Target", default_text(m, target=True), key=f"verify-target-{chosen}") if two else ""
    if st.button("Verify against Hugging Face", icon=":material/verified:"):
        if (before := st.session_state.get("checking")) is not None:
            before.stop()
        st.session_state["checking"] = Job(chosen, lambda progress: _check(m, chosen, text, target, progress))
    job: Job | None = st.session_state.get("checking")
    if job is None or job.key != chosen:
        return
    if not job.wait(SOON):
        _watch("checking")
    elif job.stopped:
        st.html(cards.notes(["Cancelled."]))
    elif job.error is not None:
        st.html(cards.problem(_said(job.error, chosen)))
    else:
        worst = max(job.result, key=lambda d: d.largest)
        largest = f"Largest difference of all: {worst.largest:.2g}, in {worst.name}."
        st.html(cards.notes([_verdict(job.result), largest]))
        st.html(tables.differences(job.result))


def _verdict(found: list[Difference]) -> str:
    """In words: two programs that add up the same numbers in another order end a few roundings apart."""
    apart = [d.name for d in found if d.largest > AGREES * max(1.0, d.scale)]
    if apart:
        return f"They do not agree: {apart[0]} is the first stage that is further apart than rounding explains."
    return (
        f"They agree: nothing differs by more than {AGREES:g}, or than that share of the largest number of its stage. "
        "Rounding alone explains as much."
    )


def _check(m: model.Model, chosen: str, text: str, target: str, progress: cache.Progress) -> Any:
    by_name = chosen in {card["name"] for card in known_cards()}
    source = chosen if by_name else str(m.card.get("original") or chosen)
    if m.reads_pictures:
        return verify_apart(source, features=pictures.features(m, None).tolist(), progress=progress)
    if m.tokenizer is not None:
        return verify_apart(source, text, target=target or None, progress=progress)
    decoder = ids_of("target", target) if target else None
    return verify_apart(source, ids=ids_of("ids", text), target=decoder, progress=progress)


def _costs(m: model.Model) -> None:
    st.subheader("What it is made of, and what a pass costs")
    longest = min(s.n_ctx for s in (m.config.encoder, m.config.decoder) if s is not None)
    n = (
        longest
        if longest <= 1 or m.reads_pictures
        else st.slider("Tokens in the input", 1, min(longest, 4096), min(longest, 64))
    )
    lengths = (n, n) if m.config.architecture == "encoder-decoder" else (n,)
    found = model.counts(m, lengths)
    st.html(tables.counts(found, m.dtype.itemsize))
    st.html(tables.formulas(found))
    said = [
        "A product of two matrices counts 2 for each pair that is multiplied and added; all else 1 a number.",
        f"A number takes {m.dtype.itemsize} bytes.",
    ]
    if m.config.decoder is not None:
        said.append(
            f"Generating, each further token adds {model.cache_bytes(m):,} bytes to the cache of keys and values: "
            f"2 · layers · key/value heads · d_head · {m.dtype.itemsize}."
        )
    st.html(cards.notes(said))


main()
