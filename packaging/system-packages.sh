#!/usr/bin/env bash
# Installs the Debian packages that the window and its tests need, where that is
# allowed; elsewhere it says what is missing and how to get it, and goes on.
set -euo pipefail

packages=(
    python3-venv
    # what Qt loads to draw, on a screen or without one
    libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0
    libxcb-shape0 libxcb-xinerama0 fonts-noto-core
    # what the end-to-end tests drive the window with
    xvfb openbox xdotool at-spi2-core poppler-utils
    # the key store of the signing tests
    dbus gnome-keyring
)

say() { printf '%s\n' "$*" >&2; }

if ! command -v dpkg-query >/dev/null; then
    if [ "$(uname -s)" = Linux ]; then
        say "This is no Debian. Should the window not open, install what your system calls:"
        say "  ${packages[*]}"
    fi
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
        say "These packages are missing, and only an administrator may install them:"
        say "  sudo apt-get install ${missing[*]}"
        say "Going on without; the window or some of its tests may not start."
        exit 0
    fi
fi

say "Installing ${missing[*]}"
if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}"; } </dev/null >&2; then
    say "apt-get could not install them. By hand: apt-get install ${missing[*]}"
    say "Going on without; the window or some of its tests may not start."
fi
