#!/bin/sh
# See that the browser tests have a Chromium: the machine's own, else Debian's, else Playwright's.
set -eu
cd "$(dirname "$0")/.."

has_chromium() {
    chromium --version >/dev/null 2>&1
}

# Playwright's driver is a program of its own, and needs a library that slim machines lack.
has_driver() {
    .venv/bin/python -m playwright --version >/dev/null 2>&1
}

has_playwright_chromium() {
    .venv/bin/python - 2>/dev/null <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
PYTHON
}

if has_driver && { has_chromium || has_playwright_chromium; }; then
    exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    packages=
    has_driver || packages=libatomic1
    # A slim machine has no fonts at all, and text without a font has no width.
    has_chromium || packages="$packages chromium fonts-dejavu-core"
    echo "Installing for the browser tests: $packages"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of words
    if apt-get update -q && apt-get install -qy --no-install-recommends $packages && has_driver && has_chromium; then
        exit 0
    fi
    echo "apt-get could not install all of it; trying Playwright's own Chromium" >&2
fi

if ! .venv/bin/python -m playwright install chromium; then
    echo "The browser tests need Chromium and it could not be installed. Install it by hand, then run make again." >&2
    echo "(If the driver itself did not start: it needs the library libatomic.so.1, in Debian's package libatomic1.)" >&2
    exit 1
fi
