#!/bin/sh
# What opens our documents as an officer does: LibreOffice, the fonts that stand in for Word's, and what reads PDF pages.
for package in libreoffice-writer libreoffice-calc poppler-utils fonts-crosextra-carlito hyphen-nl; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package"
done
