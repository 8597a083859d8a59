#!/bin/sh
# LibreOffice Calc without a screen, for the tests that open our workbooks in another program than the one that made them.
command -v soffice >/dev/null 2>&1 || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libreoffice-calc-nogui
