"""The models page: what is at hand, what it is made of and costs, and whether it agrees with the original."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

import model
from model import GlassformerError
from model.checkpoints import cards as cards_of_models
from model.checkpoints.verify import verify
from pages.shared.loading import default_text, get_model, ids_of
from pages.shared.uploads import MOST_MB, save
from viz import architecture, cards, tables

HERE = Path(__file__).parent
st.html(f"<style>{(HERE.parent / 'viz' / 'models_page.css').read_text(encoding='utf-8')}</style>")


def main() -> None:
    st.title("Models")
    chosen = st.query_params.get("model", "sort")
    known = cards_of_models()
    with st.container(horizontal=True, key="gallery"):
        for card in known:
            size = f", fetches {card['fetch_bytes'] / 1e6:,.0f} MB" if not card["at_hand"] else ""
            kind: Literal["primary", "secondary"] = "primary" if card["name"] == chosen else "secondary"
            st.button(
                f"{card['name']}{size}", key=f"show-{card['name']}", type=kind, on_click=_show, args=(card["name"],),
                help=str(card.get("good_for") or card.get("what") or ""),
            )  # fmt: skip
    with st.expander("Open your own", icon=":material/folder_open:"):
        st.text_input(
            "A folder in Hugging Face layout, a .gguf file, or a hub id",
            "" if any(card["name"] == chosen for card in known) else chosen, key="folder",
            on_change=lambda: _show(st.session_state["folder"].strip() or "sort"), autocomplete="off",
        )  # fmt: skip
        _upload()
    m = _load(chosen)
    if m is None:
        return
    st.header(str(m.card.get("title") or m.card.get("name") or chosen), divider="gray")
    st.page_link(
        "walkthrough.py", label="Walk through it", icon=":material/arrow_forward:", query_params={"model": chosen}
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.html(tables.card(m))
        _verify(m)
    with right:
        st.subheader("How it is built")
        st.html(cards.notes(["Open a part to see every tensor it makes, in the order computed."]))
        st.html(architecture.drawing(m))
    _costs(m)


def _show(name: str) -> None:
    st.query_params["model"] = name


def _upload() -> None:
    """Files from one's own machine, kept in the cache folder of this server."""
    kinds = ["gguf", "safetensors", "json", "txt"]
    files = st.file_uploader(
        f"Or upload it: one .gguf, or config.json with model.safetensors and tokenizer files; {MOST_MB} MB at most",
        kinds, accept_multiple_files=True, key="upload",
    )  # fmt: skip
    if files and st.button("Open what was uploaded"):
        try:
            st.query_params["model"] = str(save(files))
        except GlassformerError as error:
            st.html(cards.problem(str(error)))
        else:
            st.rerun()


def _load(name: str) -> model.Model | None:
    if name in {card["name"] for card in cards_of_models()} - set(model.available()):
        _fetch(name)
    try:
        with st.spinner("Loading the model …", show_time=True):
            return get_model(name)
    except (GlassformerError, OSError) as error:
        st.html(cards.problem(str(error), "Choose one of the models above, or another folder."))
        return None


def _fetch(name: str) -> None:
    """Brings a model to this machine, with progress; a message of its own says when that fails."""
    bar = st.progress(0.0, f"Fetching {name} …")

    def progress(done: float, words: str) -> None:
        bar.progress(min(max(done, 0.0), 1.0), words)

    try:
        model.load(name, progress=progress)
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
    bar.empty()


def _verify(m: model.Model) -> None:
    """The parity check on one's own text."""
    st.subheader("Does it agree with the original?")
    if str(m.card.get("original", "")).endswith(".gguf"):
        st.html(cards.notes(["Hugging Face reads a GGUF file slowly: this one takes about half a minute."]))
    two = m.config.architecture == "encoder-decoder"
    text = st.text_input(
        "Text, or ids where there is no tokenizer", default_text(m), key=f"verify-text-{id(m)}", autocomplete="off"
    )
    target = st.text_input("Target", default_text(m, target=True), key=f"verify-target-{id(m)}") if two else None
    if not st.button("Verify against Hugging Face", icon=":material/verified:"):
        return
    try:
        with st.spinner("Loading the original and running both …", show_time=True):
            if m.tokenizer is None:
                found = verify(m, ids=ids_of("ids", text), target=ids_of("target", target) if target else None)
            else:
                found = verify(m, text, target=target or None)
    except (GlassformerError, OSError) as error:
        st.html(cards.problem(str(error)))
        return
    worst = max(found, key=lambda d: d.largest)
    st.html(cards.notes([f"Largest difference of all: {worst.largest:.2g}, in {worst.name}."]))
    st.html(tables.differences(found))


def _costs(m: model.Model) -> None:
    st.subheader("What it is made of, and what a pass costs")
    longest = min(s.n_ctx for s in (m.config.encoder, m.config.decoder) if s is not None)
    n = longest if longest <= 1 else st.slider("Tokens in the input", 1, min(longest, 4096), min(longest, 64))
    lengths = (n, n) if m.config.architecture == "encoder-decoder" else (n,)
    st.html(tables.counts(m, lengths))
    said = ["A product of two matrices counts 2 for each pair that is multiplied and added; all else 1 a number."]
    said.append(f"Weights take {m.network.n_parameters * m.dtype.itemsize / 2**20:,.1f} MB.")
    if m.config.decoder is not None:
        said.append(
            f"Generating, each further token adds {model.cache_bytes(m):,} bytes to the cache of keys and values."
        )
    st.html(cards.notes(said))


main()
