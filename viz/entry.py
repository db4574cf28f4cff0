"""Tells the page where the server is, so that it need not try, and what it will need, so that it need not wait.

Opened at /walkthrough, Streamlit's page asks /walkthrough/_stcore/health first and only then the right address:
two failed requests and two errors in the console of everyone who opens a link.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages lie side by side, so the folder of the document is the root, behind a proxy with a prefix too.
# Streamlit writes the address anew when it drops a default from it, and loses what stands after "#": kept for boards.
SCRIPT = (
    b"<script>window.__streamlit={BACKEND_BASE_URL:new URL('./',location.href).href};"
    b"window.__glassformer={path:location.pathname,hash:location.hash}</script>"
)
DIST = Path(__file__).parent / "web" / "dist"
COMPONENTS = {"walkthrough": "walkthrough", "scene": "walkthrough"}  # page -> what is most of it


def preloads(page: str, dist: Path = DIST) -> bytes:
    """Links to the browser code of a page: Streamlit asks for it only when the first run has come to its end."""
    name = COMPONENTS.get(page)
    entries = list(dist.glob(f"{name}-*.js")) if name else []
    files = [entry.name for entry in entries]
    for entry in entries:  # what it imports at once; what it imports later is not waited for
        files += re.findall(r"""(?:import|from)\s*["']\./([\w./-]+\.js)["']""", entry.read_text(encoding="utf-8"))
    where = f"_stcore/bidi-components/glassformer.{name}"
    return "".join(f'<link rel="modulepreload" href="{where}/{file}">' for file in files).encode()


class KnowsServer:
    """ASGI middleware: adds SCRIPT to the one HTML document there is."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _wants_document(scope):
            await self.app(scope, receive, send)
            return
        # Plain and whole: neither compressed nor "not modified".
        unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k not in unwanted]}
        start: Message = {}
        body = b""

        async def changed(message: Message) -> None:
            """Holds back an HTML answer until all of it is there; sends anything else on."""
            nonlocal start, body
            if message["type"] == "http.response.start":
                html = any(k == b"content-type" and v.startswith(b"text/html") for k, v in message["headers"])
                if html and message["status"] == 200:
                    start = message
                else:
                    await send(message)
                return
            if not start:
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                page = scope["path"].rpartition("/")[2]
                whole = body.replace(b"<head>", b"<head>" + SCRIPT + preloads(page), 1)
                kept = [(k, v) for k, v in start["headers"] if k not in (b"content-length", b"etag")]
                await send({**start, "headers": [*kept, (b"content-length", str(len(whole)).encode())]})
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, changed)


def _wants_document(scope: Scope) -> bool:
    """Whether a person opens a page, rather than a script asking for data."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return any(k == b"accept" and b"text/html" in v for k, v in scope["headers"])
