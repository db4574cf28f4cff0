#!/bin/sh
# See that the browser tests have a Chromium: the machine's own, else Debian's, else Playwright's.
set -eu
cd "$(dirname "$0")/.."

has_chromium() {
    chromium --version >/dev/null 2>&1
}

has_playwright_chromium() {
    .venv/bin/python - <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
PYTHON
}

if has_chromium || has_playwright_chromium; then
    exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "No Chromium here; installing Debian's"
    export DEBIAN_FRONTEND=noninteractive
    # A slim machine has no fonts at all, and text without a font has no width.
    if apt-get update -q && apt-get install -qy --no-install-recommends chromium fonts-dejavu-core && has_chromium; then
        exit 0
    fi
    echo "apt-get could not install it; trying Playwright's own" >&2
fi

if ! .venv/bin/python -m playwright install chromium; then
    echo "The browser tests need Chromium and it could not be installed. Install it by hand, then run make again." >&2
    exit 1
fi
