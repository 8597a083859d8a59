"""What a file is, by how it begins: asked before it is called damaged, for a whole file of another kind needs another advice.

Reading a kind is its connector's. Signs are the names of roots, keys and columns that producers publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.base import TerminalError
from models.record import Payload

_LOOKED_AT = 16_384  # bytes
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)([^>]*)")
_BEFORE_ROOT = re.compile(
    r"^\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?[^>]*>|\s+)*", re.DOTALL | re.IGNORECASE
)
_OSCAL = "|".join(
    ("assessment-results", "assessment-plan", "plan-of-action-and-milestones", "system-security-plan", "component-definition",
     "catalog", "profile")
)  # fmt: skip
_AS_JSON = "exporteer het als JSON, of zet het om met het omzetprogramma van NIST (oscal-cli)"
_CONNECTOR = "lees het met connector {}"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, and what to do with it, in Dutch."""

    name: str
    advice: str


# Root element (a pattern) → what it is.
_ROOTS: tuple[tuple[str, FileKind], ...] = (
    (
        "html",
        FileKind(
            "een webpagina", "exporteer het bestand opnieuw; dit kan een aanmeldpagina zijn in plaats van de export"
        ),
    ),
    (_OSCAL, FileKind("OSCAL in XML", _AS_JSON)),
    ("NessusClientData_v2", FileKind("een rapport van Nessus", _CONNECTOR.format("nessus"))),
    ("get_reports_response|report", FileKind("een rapport van Greenbone", _CONNECTOR.format("greenbone"))),
    (
        "Benchmark|TestResult|asset-report-collection",
        FileKind("een uitslag van OpenSCAP", _CONNECTOR.format("openscap")),
    ),
    (
        "SCAN|ASSET_DATA_REPORT|HOST_LIST_VM_DETECTION_OUTPUT|WAS_SCAN_REPORT|COMPLIANCE_POLICY_REPORT",
        FileKind(
            "een rapport van Qualys",
            "dit wordt nog niet gelezen; exporteer het als CSV en lees het met connector spreadsheet",
        ),
    ),
    (
        "NexposeReport",
        FileKind("een rapport van Rapid7", "exporteer het als CSV en lees het met connector spreadsheet"),
    ),
    ("nmaprun", FileKind("een uitslag van nmap", "dit is geen kwetsbaarhedenscan; lever de uitslag van de scanner")),
    ("HealthcheckData", FileKind("een rapport van PingCastle", "dit wordt nog niet gelezen")),
    ("testsuites?", FileKind("een uitslag van een test (JUnit)", "laat de scanner SARIF 2.1.0 schrijven")),
    ("Workbook", FileKind("een werkmap in XML (Excel 2003)", "bewaar het als Excel-werkmap (xlsx)")),
)
# Text that stands in the beginning of a JSON document → what it is.
_JSON_SIGNS: tuple[tuple[str, FileKind], ...] = (
    (r'"runs"\s*:|sarif', FileKind("SARIF", _CONNECTOR.format("sarif"))),
    (r'"assessment-results"\s*:', FileKind("OSCAL in JSON", _CONNECTOR.format("oscal_results"))),
    (r'"plan-of-action-and-milestones"\s*:', FileKind("een OSCAL-verbeterplan", "dit wordt nog niet gelezen")),
    (r'"class_uid"\s*:', FileKind("OCSF", _CONNECTOR.format("ocsf"))),
    (
        r'"SchemaVersion"\s*:.*"(?:Results|ArtifactName)"\s*:',
        FileKind("een rapport van Trivy", _CONNECTOR.format("trivy")),
    ),
    (
        r'"bomFormat"\s*:\s*"CycloneDX"',
        FileKind("een lijst van onderdelen (CycloneDX)", "lever de uitslag van de scanner"),
    ),
    (
        r'"api_version"\s*:.*"(?:request|domains)"\s*:',
        FileKind("een uitslag van internet.nl", _CONNECTOR.format("internet_nl")),
    ),
)
# Columns that together stand in the first line of a CSV → what it is.
_CSV_SIGNS: tuple[tuple[tuple[str, ...], FileKind], ...] = (
    (("plugin id", "risk", "host"), FileKind("een rapport van Nessus in CSV", _CONNECTOR.format("nessus"))),
    (
        ("check_id", "status", "resource_uid"),
        FileKind(
            "een uitslag van Prowler in CSV",
            "laat Prowler OCSF schrijven (-M json-ocsf) en lees het met connector ocsf",
        ),
    ),
    (("nvt name", "nvt oid"), FileKind("een rapport van Greenbone in CSV", _CONNECTOR.format("greenbone"))),
)
_MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind("een pdf", "exporteer het als XML, JSON of CSV")),
    (b"PK\x03\x04", FileKind("een werkmap of zip", "pak het uit, of lees het met connector spreadsheet")),
    (b"\xd0\xcf\x11\xe0", FileKind("een oud Office-bestand (xls, doc)", "bewaar het als xlsx of docx")),
    (b"\x1f\x8b", FileKind("een ingepakt bestand (gzip)", "pak het uit")),
)


def kind_of(content: bytes) -> FileKind | None:
    """What a file is that begins with `content`; None when nothing tells."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    return next(_by_text(_beginning_as_text(content)), None)


def root_of(content: bytes) -> str:
    """The name of the root element of the XML document that begins with `content`; empty when it is none."""
    return _root(_beginning_as_text(content))


def _root(text: str) -> str:
    before = _BEFORE_ROOT.match(text)
    match = _ROOT.match(text, before.end() if before else 0)
    return match[1] if match else ""


def _beginning_as_text(content: bytes) -> str:
    name = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return content[:_LOOKED_AT].decode(name, "replace").strip()


def _by_text(text: str) -> Iterator[FileKind]:
    if text.startswith("<"):
        root = _root(text)
        for pattern, kind in _ROOTS:
            if re.fullmatch(pattern, root, re.IGNORECASE if pattern == "html" else 0):
                yield kind
    elif text.startswith(("{", "[")):
        for pattern, kind in _JSON_SIGNS:
            if re.search(pattern, text, re.DOTALL):
                yield kind
    elif re.match(rf"(?:---\s+)?(?:#.*\s+)*(?:{_OSCAL}):\s", text):
        yield FileKind("OSCAL in YAML", _AS_JSON)
    else:
        first = text.partition("\n")[0].casefold()
        for columns, kind in _CSV_SIGNS:
            if all(column in first for column in columns):
                yield kind


def refuse_other_kind(payload: Payload, format_name: str) -> None:
    """Raises TerminalError when the payload, which is no `format_name`, is something else that we know."""
    kind = kind_of(beginning(payload))
    if kind is not None:
        raise TerminalError(f"is {kind.name}, en geen {format_name}", place=payload.name, advice=kind.advice)


def beginning(payload: Payload) -> bytes:
    """The first bytes of a payload."""
    if payload.content is not None:
        return payload.content[:_LOOKED_AT]
    assert payload.path is not None
    with payload.path.open("rb") as stream:
        return stream.read(_LOOKED_AT)
