"""What the tests of the data routes share."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.viz.every_variant import trace
from viz import routes
from viz.store import STORE


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.ROUTES))


@pytest.fixture(scope="module")
def trace_id() -> str:
    return STORE.add(trace("mask=causal"))
