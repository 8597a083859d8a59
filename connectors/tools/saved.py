"""When a file says of itself that it was last changed: the properties that office programs write into workbooks and
documents; of an xls `compound_files` tells. Reading what stands in them is left to `tables` and `documents`.

Sources: ECMA-376 part 2 §11 (docProps/core.xml, dcterms:modified) and OpenDocument 1.3 part 3 §4.3 (meta.xml, dc:date).
"""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from defusedxml.ElementTree import fromstring

from connectors.tools.compound_files import last_saved
from connectors.tools.findings import from_iso, in_utc

_PROPERTIES = {
    ".xlsx": ("docProps/core.xml", "modified"),
    ".xlsm": ("docProps/core.xml", "modified"),
    ".xlsb": ("docProps/core.xml", "modified"),
    ".docx": ("docProps/core.xml", "modified"),
    ".ods": ("meta.xml", "date"),
    ".odt": ("meta.xml", "date"),
}
_LARGEST = 2**20  # bytes of properties; they have a few hundred


def saved_at(name: str, file: Path | IO[bytes]) -> datetime | None:
    """When the office file called `name` was last saved (UTC, naive); None where it does not tell, or is no such file.
    That a file is damaged is for its reader to say."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix == ".xls":
        return last_saved(file.read_bytes() if isinstance(file, Path) else file.read())
    part, element_name = _PROPERTIES.get(suffix, ("", ""))
    if not part:
        return None
    try:
        with zipfile.ZipFile(file) as archive, archive.open(part) as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            return None
        element = fromstring(content, forbid_dtd=True).find(f".//{{*}}{element_name}")
    except Exception:  # what zipfile and the parser meet in a damaged file, they raise as it is
        return None
    return _moment((element.text or "").strip()) if element is not None else None


def _moment(written: str) -> datetime | None:
    """OpenDocument writes the local time without an offset, Office Open XML UTC with a Z."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if moment.tzinfo:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return in_utc(from_iso(written))
