"""The ASGI app: `streamlit run app.py`."""

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
    yield


app = st.App("pages/main.py", routes=ROUTES, lifespan=warm_up, middleware=[Middleware(KnowsServer)])
