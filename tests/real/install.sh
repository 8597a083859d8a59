#!/bin/sh
# Installs what the tests in this folder start: Request Tracker 5 and its SQLite backend (Debian packages), and Roundup (in
# an environment of its own, since it may not run as root and shares no dependency with this project). Safe to run again.
# Debian 12 or later; needs root for the packages.
set -eu

if [ "$(id -u)" != 0 ]; then
    echo "not root: the real systems are not installed, and their tests will say so"
    exit 0
fi
tools="${ENSIA_REAL_TOOLS:-/opt/ensia-real}"
packages="request-tracker5 rt5-db-sqlite rt5-standalone python3-venv lynis openscap-scanner ssg-debian"

missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    apt-get update
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

# The system's own Python: every account can read it, which one under /root is not.
if [ ! -x "$tools/roundup/bin/roundup-server" ]; then
    mkdir -p "$tools"
    /usr/bin/python3 -m venv "$tools/roundup"
    "$tools/roundup/bin/pip" install --quiet 'roundup>=2.4,<3'
fi
for part in "$(dirname "$0")"/install.d/*.sh; do
    # shellcheck disable=SC1090 # each says what it needs; `tools` is theirs to use
    . "$part"
done
chmod -R a+rX "$tools"
"$tools/roundup/bin/roundup-admin" -v | head -n 1
echo "ready: $tools"
