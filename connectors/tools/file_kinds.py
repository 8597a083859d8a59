"""What a file is, by how it begins: asked before it is called damaged, for a whole file of another kind needs another advice.

Reading a kind is its connector's. Signs are the names of roots, keys and columns that producers publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.base import TerminalError
from models.message import Message, Text, message
from models.record import Payload

_LOOKED_AT = 16_384  # bytes
_LINES_LOOKED_AT = 20
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)([^>]*)")
_BEFORE_ROOT = re.compile(
    r"^\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?[^>]*>|\s+)*", re.DOTALL | re.IGNORECASE
)
_OSCAL = (
    "assessment-results|assessment-plan|plan-of-action-and-milestones|system-security-plan|component-definition"
    "|catalog|profile"
)
_AS_JSON = message("filekind.as_json")


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, and what to do with it."""

    name: Text
    advice: Text


def _connector(name: str) -> Message:
    return message("filekind.connector", name=name)


# Root element (a pattern) → what it is.
_ROOTS: tuple[tuple[str, FileKind], ...] = (
    (
        "html",
        FileKind(message("filekind.webpage"), message("filekind.export_again")),
    ),
    (_OSCAL, FileKind(message("filekind.oscal_xml"), _AS_JSON)),
    ("NessusClientData_v2", FileKind(message("filekind.nessus"), _connector("nessus"))),
    (
        "get_reports_response|report",
        FileKind(
            message("filekind.greenbone"),
            _connector("greenbone"),
        ),
    ),
    (
        "Benchmark|TestResult|asset-report-collection",
        FileKind(message("filekind.openscap"), _connector("openscap")),
    ),
    (
        "SCAN|ASSET_DATA_REPORT|HOST_LIST_VM_DETECTION_OUTPUT|WAS_SCAN_REPORT|COMPLIANCE_POLICY_REPORT",
        FileKind(
            message("filekind.qualys"),
            message("filekind.not_yet_as_csv"),
        ),
    ),
    (
        "NexposeReport",
        FileKind(message("filekind.rapid"), message("filekind.export_csv")),
    ),
    ("nmaprun", FileKind(message("filekind.nmap"), message("filekind.no_scan"))),
    (
        "HealthcheckData",
        FileKind(
            message("filekind.pingcastle"),
            message("filekind.not_yet"),
        ),
    ),
    ("oval_results|oval_definitions", FileKind(message("filekind.oval"), message("filekind.arf_instead"))),
    ("OWASPZAPReport", FileKind(message("filekind.zap"), message("filekind.not_yet"))),
    ("bom", FileKind(message("filekind.cyclonedx"), message("filekind.deliver_scan"))),
    ("testsuites?", FileKind(message("filekind.junit"), message("sarif.write_sarif"))),
    ("Workbook", FileKind(message("filekind.workbook_xml"), message("sheet.save_as_xlsx"))),
)
# Text that stands in the beginning of a JSON document → what it is.
_JSON_SIGNS: tuple[tuple[str, FileKind], ...] = (
    (r'"runs"\s*:|sarif', FileKind("SARIF", _connector("sarif"))),
    (
        r'"assessment-results"\s*:',
        FileKind(
            message("filekind.oscal_json"),
            _connector("oscal_results"),
        ),
    ),
    (
        r'"plan-of-action-and-milestones"\s*:',
        FileKind(
            message("filekind.oscal_plan"),
            message("filekind.not_yet"),
        ),
    ),
    (r'"class_uid"\s*:', FileKind("OCSF", _connector("ocsf"))),
    (r'"ProductArn"\s*:|"AwsAccountId"\s*:', FileKind(message("filekind.security_hub"), message("filekind.as_ocsf"))),
    (
        r'"(?:CheckID|AssessmentStartTime)"\s*:',
        FileKind(message("filekind.prowler_json"), message("filekind.prowler_ocsf")),
    ),
    (r'"organization_code"\s*:', FileKind(message("openkat.a_report"), _connector("openkat"))),
    (
        r'"SchemaVersion"\s*:.*"(?:Results|ArtifactName)"\s*:',
        FileKind(message("filekind.trivy"), _connector("trivy")),
    ),
    (
        r'"bomFormat"\s*:\s*"CycloneDX"',
        FileKind(message("filekind.cyclonedx"), message("filekind.deliver_scan")),
    ),
    (
        r'"application"\s*:\s*"Dependency-Track"',
        FileKind(message("filekind.dependency_track"), message("filekind.not_yet")),
    ),
    (r'"server_scan_results"\s*:', FileKind(message("filekind.sslyze"), message("filekind.not_yet"))),
    (
        r'^\[\s*\{\s*"id"\s*:\s*"[^"]*",\s*"ip"\s*:|"Invocation"\s*:.*"openssl"\s*:',
        FileKind(message("filekind.testssl"), message("filekind.not_yet")),
    ),
    (r'"numerical_severity"\s*:', FileKind(message("filekind.defectdojo"), message("filekind.by_rest"))),
    (
        r'^\{\s*"matches"\s*:\s*\[|"check_id"\s*:.*"extra"\s*:|"RuleID"\s*:.*"Fingerprint"\s*:|"packageManager"\s*:',
        FileKind(message("filekind.own_json"), message("sarif.write_sarif")),
    ),
    (
        r'"api_version"\s*:.*"(?:request|domains)"\s*:',
        FileKind(message("filekind.internetnl"), _connector("internet_nl")),
    ),
)
# Columns that together stand in a line of a CSV, of which the first may be about the whole report → what it is.
_CSV_SIGNS: tuple[tuple[tuple[str, ...], FileKind], ...] = (
    (
        ("plugin id", "risk", "host"),
        FileKind(
            message("filekind.nessus_csv"),
            _connector("nessus"),
        ),
    ),
    (
        ("check_id", "status", "resource_uid"),
        FileKind(
            message("filekind.prowler_csv"),
            message("filekind.prowler_ocsf"),
        ),
    ),
    (
        ("nvt name", "nvt oid"),
        FileKind(
            message("filekind.greenbone_csv"),
            _connector("greenbone"),
        ),
    ),
    (("netbios", "ip status", "qid"), FileKind(message("filekind.qualys_csv"), _connector("spreadsheet"))),
    (
        ("asset ip address", "vulnerability"),
        FileKind(message("filekind.rapid_csv"), _connector("spreadsheet")),
    ),
    (("report_version_major=",), FileKind(message("filekind.lynis"), _connector("lynis"))),
)
_MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind(message("filekind.pdf"), message("filekind.export_report"))),
    (b"PK\x03\x04", FileKind(message("filekind.zip"), message("filekind.unpack_or_read"))),
    (
        b"\xd0\xcf\x11\xe0",
        FileKind(
            message("filekind.old_office"),
            message("filekind.save_new"),
        ),
    ),
    (b"MIME-Version:", FileKind(message("filekind.webpage"), message("filekind.export_again"))),
    (b"7z\xbc\xaf", FileKind(message("filekind.packed"), message("filekind.unpack"))),
    (b"Rar!", FileKind(message("filekind.packed"), message("filekind.unpack"))),
    (b"\x1f\x8b", FileKind(message("filekind.gzip"), message("filekind.unpack"))),
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
        yield FileKind(message("filekind.oscal_yaml"), _AS_JSON)
    else:
        lines = text.casefold().splitlines()[:_LINES_LOOKED_AT]
        for columns, kind in _CSV_SIGNS:
            if any(all(column in line for column in columns) for line in lines):
                yield kind


def refuse_other_kind(payload: Payload, format_name: Text) -> None:
    """Raises TerminalError when the payload, which is no `format_name`, is something else that we know."""
    kind = kind_of(beginning(payload))
    if kind is not None:
        raise TerminalError(
            message(
                "filekind.is_not",
                kind=kind.name,
                format=format_name,
            ),
            place=payload.name,
            advice=kind.advice,
        )


def beginning(payload: Payload) -> bytes:
    """The first bytes of a payload."""
    if payload.content is not None:
        return payload.content[:_LOOKED_AT]
    assert payload.path is not None
    with payload.path.open("rb") as stream:
        return stream.read(_LOOKED_AT)
