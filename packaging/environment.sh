#!/usr/bin/env bash
# Makes the virtual environment and installs mlcatalog and its tools into it,
# at the versions of constraints.txt.   Usage: environment.sh .venv
set -euo pipefail
venv=$1
here=$(cd "$(dirname "$0")" && pwd)

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "mlcatalog needs Python 3.11 or later, and found none."
    say "Get it from your system (Debian 12: apt install python3 python3-venv) or from python.org."
    return 1
}

if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    say "Setting up $venv with $("$python" --version); this takes a minute or two."
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        say "$python cannot make virtual environments. On Debian: apt install python3-venv"
        exit 1
    fi
fi
if ! "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-input \
    --constraint "$here/constraints.txt" --editable "$here/..[dev,sign]" </dev/null; then
    say "The Python packages could not be installed; pip says why above."
    say "Check the network connection and pip's index settings, then try again."
    exit 1
fi
