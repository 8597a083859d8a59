"""Real docx, odt and pdf files for the tests of the policy folder."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import docx
import typst
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

# What the first page of a policy says of it, as rows of a table.
FRONT = [
    ["Titel", "Informatiebeveiligingsbeleid 2025–2028"],
    ["Versie:", "2.1"],
    ["Status", "Definitief"],
    ["Vastgesteld door", "College van B en W"],
    ["Vastgesteld op", "12 maart 2025"],
    ["Herzien voor", "12-03-2028"],
    ["Eigenaar", "J. Jansen (CISO)"],
    ["Auteur", "P. Pietersen"],
]

# ECMA-376 part 1 §22.3: custom document properties
_CUSTOM = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}</Properties>'
)
_PROPERTY = (
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{}" name="{}"><vt:lpwstr>{}</vt:lpwstr></property>'
)


def write_docx(
    path: Path,
    rows: list[list[str]],
    *,
    title: str = "",
    author: str = "",
    paragraphs: tuple[str, ...] = (),
    properties: dict[str, str] | None = None,
) -> Path:
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = author
    for line in paragraphs:
        document.add_paragraph(line)
    if rows:
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for cells, row in zip(table.rows, rows, strict=True):
            for cell, content in zip(cells.cells, row, strict=True):
                cell.text = content
    if properties:
        items = "".join(_PROPERTY.format(number, *item) for number, item in enumerate(properties.items(), start=2))
        part = Part(
            PackURI("/docProps/custom.xml"),
            "application/vnd.openxmlformats-officedocument.custom-properties+xml",
            _CUSTOM.format(items).encode(),
            document.part.package,
        )
        document.part.package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(path))
    return path


# OpenDocument 1.3 part 2 §2.2.1 (package), part 3 §3.1.3 (document), §9.1 (tables), §4.3 (metadata)
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("meta", "meta"))
)


def write_odt(path: Path, rows: list[list[str]], *, title: str, properties: dict[str, str] | None = None) -> Path:
    cells = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    own = "".join(f'<meta:user-defined meta:name="{n}">{v}</meta:user-defined>' for n, v in (properties or {}).items())
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "meta.xml": f'<office:document-meta {_NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        f"<dc:title>{title}</dc:title><dc:creator>P. Pietersen</dc:creator><dc:date>2026-02-01T10:00:00</dc:date>{own}"
        "</office:meta></office:document-meta>",
        "content.xml": f"<office:document-content {_NAMESPACES}><office:body><office:text><text:h>{title}</text:h>"
        f"<table:table>{cells}</table:table></office:text></office:body></office:document-content>",
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(buffer.getvalue())
    return path


def write_pdf(path: Path, lines: list[str], *, title: str, rows: list[list[str]] | None = None) -> Path:
    body = " \\\n".join(line.replace("#", "\\#") for line in lines)
    source = f'#set document(title: "{title}", author: "P. Pietersen")\n= {title}\n{body}\n'
    if rows:
        cells = ", ".join(f"[{cell}]" for row in rows for cell in row)
        source += f"#table(columns: {len(rows[0])}, {cells})\n"
    path.write_bytes(typst.compile(source.encode()))
    return path
