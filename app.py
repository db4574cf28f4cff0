"""The ASGI app: `streamlit run app.py`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from viz.entry import KnowsServer
from viz.routes import ROUTES


@asynccontextmanager
async def warm_up(_: st.App) -> AsyncIterator[None]:
    """Before the first visitor: torch told its threads, and the first view of the walkthrough made once."""
    import torch

    # Many visitors share few cores. Must come before torch computes anything.
    torch.set_num_threads(2)
    from pages.shared.loading import Asked, run
    from viz import manifest, prose

    first = run(Asked("sort", "", None, None))
    for language in prose.languages():
        manifest.message(first.trace, manifest.About(first.id, "sort", language=language), manifest.Start())
    # Streamlit collects garbage after every run of a script, and of a fragment that shows progress: of what stays
    # as long as the server, each time would take a third of a second from whoever works meanwhile.
    gc.collect()
    gc.freeze()
    yield


app = st.App("pages/main.py", routes=ROUTES, lifespan=warm_up, middleware=[Middleware(KnowsServer)])
