"""The ASGI app: `streamlit run app.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from viz.entry import KnowsServer
from viz.routes import ROUTES


@asynccontextmanager
async def warm_up(_: st.App) -> AsyncIterator[None]:
    """Before the first visitor: torch imported and told its threads, the built-in model loaded and traced once."""
    import torch

    # Many visitors share few cores. Must come before torch computes anything.
    torch.set_num_threads(2)
    import model
    from viz import figures, sheet, source

    trace = model.load("sort").trace("CBABBC")
    source.lines_of(trace, "logits")
    figures.picture(sheet.of_stage(trace, "logits"))
    yield


app = st.App("pages/main.py", routes=ROUTES, lifespan=warm_up, middleware=[Middleware(KnowsServer)])
