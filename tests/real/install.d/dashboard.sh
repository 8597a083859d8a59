#!/bin/sh
# A browser for the tests of the dashboard, and axe-core, which looks for obstacles for people with a disability.
command -v chromium >/dev/null 2>&1 || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
if [ ! -f "$tools/axe/axe.min.js" ]; then
    mkdir -p "$tools/axe"
    /usr/bin/python3 -m pip download --quiet --no-deps --dest "$tools/axe" 'axe-playwright-python>=0.1.4,<0.2'
    /usr/bin/python3 - "$tools/axe" <<'PYTHON'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("axe.min.js"))
    (folder / "axe.min.js").write_bytes(wheel.read(name))
PYTHON
fi
