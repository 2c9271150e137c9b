#!/bin/sh
# Makes .venv with everything pinned in requirements.txt and builds the package's own extension.
# Quick when nothing changed: one stamp for the packages, one for the extension.
set -eu
cd "$(dirname "$0")/.."

die() { printf 'setup: %s\n' "$1" >&2; exit 2; }
newer() { [ ! -e "$1" ] || [ -n "$(find $2 -newer "$1" -type f -print -quit)" ]; }

PYTHON=${PYTHON:-python3}
command -v "$PYTHON" >/dev/null ||
    die "Python 3.11 or newer is missing; install it with: apt-get install python3 python3-venv"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$PYTHON is older than 3.11; point PYTHON at a newer one: make setup PYTHON=python3.12"
command -v cargo >/dev/null ||
    die "a Rust toolchain is missing; install it with rustup, or with: apt-get install cargo"

if newer .venv/.packages "requirements.txt tools/uv.txt" || [ ! -x .venv/bin/uv ]; then
    [ -x .venv/bin/python ] || "$PYTHON" -m venv .venv ||
        die "this Python cannot make a virtual environment; install it with: apt-get install python3-venv"
    echo "setup: installing the pinned packages (torch is large: about 3 GB on disk)" >&2
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/uv.txt
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.txt
    touch .venv/.packages
fi

if newer .venv/.extension "pyproject.toml rust/compare rust/Cargo.lock" || [ ! -x .venv/bin/workbench ]; then
    echo "setup: building the metrics kernel" >&2
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
    touch .venv/.extension
fi

# Sound needs PortAudio; everything else works without it, so its absence is a sentence and no failure. It is looked
# for, not imported: an import hangs on a sound server that does not answer.
portaudio() { .venv/bin/python -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("portaudio") is None)'; }
if ! portaudio && [ ! -e .venv/.portaudio ]; then
    touch .venv/.portaudio
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -qq && apt-get install -y -qq libportaudio2; } >/dev/null 2>&1 || true
    elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
        { sudo -n apt-get update -qq && sudo -n apt-get install -y -qq libportaudio2; } >/dev/null 2>&1 || true
    fi
    portaudio ||
        echo "setup: PortAudio is missing, so nothing can be heard; install it with: apt-get install libportaudio2" >&2
fi
