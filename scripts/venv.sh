#!/bin/sh
# Make .venv with the first Python that is new enough. Usage: venv.sh [python]
set -eu
cd "$(dirname "$0")/.."

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=
for candidate in ${1:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if is_new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    tried=${1:-python3}
    found=$("$tried" --version 2>/dev/null || echo "no $tried")
    echo "Glassformer needs Python 3.11 or newer; found $found." >&2
    echo "Install it, or name it: make run PYTHON=/path/to/python3.11" >&2
    exit 1
fi

echo "Making .venv with $("$python" --version)"
if ! "$python" -m venv --clear .venv; then
    rm -rf .venv
    echo "$python could not make a virtual environment." >&2
    echo "On Debian or Ubuntu its part for that is a package: apt-get install python3-venv" >&2
    exit 1
fi
