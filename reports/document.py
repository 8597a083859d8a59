"""Documents as a series of blocks, written as docx or as PDF: one content, two shapes.

The docx has real headings, header rows that repeat, rows that stay whole, alternative texts and the language of its
text; made twice from the same data it is the same file to the byte.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from models.language import pick
from reports.provenance import Provenance
from reports.safe import plain
from reports.typesetting import write_pdf

_INK = "1F3A5F"
_GROUND = "E8EDF3"
KEPT_WHOLE = 10  # rows: a table up to this length is not split over pages


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 to 3. `new_page`: starts on a new page."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `note` is set smaller, `open` is a place that a person still has to fill in."""

    text: str
    note: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths` are shares of the width of the text, one per column."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG picture over the width of the text, with what it says for who cannot see it."""

    png: bytes
    alternative: str
    caption: str


Block = Heading | Paragraph | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A document: title, a line under it, a mark at the top of each page, blocks."""

    title: str
    subtitle: str
    mark: str
    blocks: Sequence[Block]
    origin: Provenance
    lang: str


def as_pdf(document: Document, path: Path) -> None:
    """Write the document as a tagged PDF."""
    pictures: dict[str, bytes] = {}
    blocks = [_for_typst(block, _leads(following), pictures) for block, following in _with_next(document.blocks)]
    finished = document.origin.finished
    data = {
        "lang": document.lang,
        "title": document.title,
        "subtitle": document.subtitle,
        "mark": document.mark,
        "author": document.origin.organisation,
        "date": [finished.year, finished.month, finished.day],
        "page_words": pick(document.lang, ["bladzijde", "van"], ["page", "of"]),
        "blocks": blocks,
    }
    write_pdf("document.typ", data, path, pictures)


def _with_next(blocks: Sequence[Block]) -> list[tuple[Block, Block | None]]:
    return list(zip(blocks, [*blocks[1:], None], strict=True))


def _leads(following: Block | None) -> bool:
    """Whether a paragraph introduces what follows, and so stays on its page."""
    return isinstance(following, Picture | Table | Bullets)


def _for_typst(block: Block, leads: bool, pictures: dict[str, bytes]) -> dict[str, Any]:
    match block:
        case Heading(text, level, new_page):
            return {"kind": "heading", "text": plain(text), "level": level, "new_page": new_page}
        case Paragraph(text, note, is_open):
            return {"kind": "paragraph", "text": plain(text), "note": note, "open": is_open, "leads": leads}
        case Bullets(items):
            return {"kind": "bullets", "items": [plain(item) for item in items]}
        case Table(head, rows, widths):
            cells = [[plain(cell) for cell in row] for row in rows]
            return {
                "kind": "table",
                "head": list(head),
                "rows": cells,
                "widths": [f"{share:.4f}" for share in widths],
                "whole": len(rows) <= KEPT_WHOLE,
            }
        case Picture(png, alternative, caption):
            name = f"picture-{len(pictures) + 1}.png"
            pictures[name] = png
            return {"kind": "picture", "file": name, "alternative": alternative, "caption": caption}


def as_docx(document: Document, path: Path) -> None:
    """Write the document as docx."""
    import docx
    from docx.shared import Cm

    file = docx.Document()
    _prepare(file, document)
    width = Cm(16)
    file.add_heading(plain(document.title), 0)
    file.add_paragraph(plain(document.subtitle), "Subtitle")
    for block, following in _with_next(document.blocks):
        match block:
            case Heading(text, level, new_page):
                heading = file.add_heading(plain(text), level)
                heading.paragraph_format.page_break_before = new_page
                heading.paragraph_format.keep_with_next = True
            case Paragraph(text, note, is_open):
                paragraph = _paragraph(file, plain(text), note, is_open)
                paragraph.paragraph_format.keep_with_next = _leads(following)
            case Bullets(items):
                for item in items:
                    file.add_paragraph(plain(item), "List Bullet")
            case Table():
                _add_table(file, block, width)
            case Picture(png, alternative, caption):
                file.add_picture(BytesIO(png), width)
                shape = file.inline_shapes[-1]._inline.docPr
                shape.set("descr", alternative)
                shape.set("title", caption)
                file.paragraphs[-1].paragraph_format.keep_with_next = True
                file.add_paragraph(plain(caption), "Caption")
    buffer = BytesIO()
    file.save(buffer)
    path.write_bytes(_same_every_time(buffer.getvalue(), document.origin.finished))


def _prepare(file: Any, document: Document) -> None:
    """Page, fonts, language, properties and the marks at the top and the foot of each page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.2)
    ink = RGBColor.from_string(_INK)
    for name, size in (
        ("Normal", 11),
        ("Title", 22),
        ("Subtitle", 12),
        ("Heading 1", 16),
        ("Heading 2", 13),
        ("Heading 3", 11),
        ("Caption", 9),
    ):
        style = file.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            if attribute.endswith("Theme"):
                del fonts.attrib[attribute]
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), "Calibri")
        style.font.italic = False
        for spacing in style.element.rPr.findall(
            qn("w:spacing")
        ):  # letters wide apart, as Word's own template has them
            style.element.rPr.remove(spacing)
        if name != "Normal":
            style.font.color.rgb = ink
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), pick(document.lang, "nl-NL", "en-GB"))
    file.styles["Normal"].element.get_or_add_rPr().append(language)
    for old in file.styles.element.xpath("w:docDefaults//w:lang"):
        old.set(qn("w:val"), language.get(qn("w:val")))
    for before in file.settings.element.xpath("w:defaultTabStop"):
        before.addnext(OxmlElement("w:autoHyphenation"))
    properties = file.core_properties
    properties.title, properties.author = plain(document.title), plain(document.origin.organisation)
    properties.last_modified_by, properties.comments = "", document.origin.run_id
    properties.created = properties.modified = document.origin.finished
    properties.revision = 1
    properties.language = language.get(qn("w:val"))
    header = section.header.paragraphs[0]
    header.text, header.alignment = plain(document.mark), WD_ALIGN_PARAGRAPH.RIGHT
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    page, of = pick(document.lang, ("bladzijde", "van"), ("page", "of"))
    footer.add_run(f"{page} ")
    _field(footer, "PAGE")
    footer.add_run(f" {of} ")
    _field(footer, "NUMPAGES")


def _field(paragraph: Any, instruction: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", None, "end"):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = instruction
        run._r.append(mark)


def _paragraph(file: Any, text: str, note: bool, is_open: bool) -> Any:
    from docx.enum.text import WD_COLOR_INDEX
    from docx.shared import Pt

    paragraph = file.add_paragraph()
    run = paragraph.add_run(text)
    if note:
        run.font.size = Pt(9)
    if is_open:
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    return paragraph


def _add_table(file: Any, block: Table, width: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Emu, Pt

    table = file.add_table(rows=1, cols=len(block.head))
    table.style, table.autofit = "Table Grid", False
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Emu(int(width * share))
    is_whole = len(block.rows) <= KEPT_WHOLE
    rows = [block.head, *block.rows]
    for _ in block.rows:
        table.add_row()
    for position, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if position == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, text, share in zip(row.cells, texts, block.widths, strict=True):
            cell.width = Emu(int(width * share))
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            paragraph.paragraph_format.keep_with_next = is_whole and position < len(block.rows)
            run = paragraph.add_run(plain(text))
            run.font.size, run.font.bold = Pt(9.5), position == 0
            if position == 0:
                shade = OxmlElement("w:shd")
                shade.set(qn("w:val"), "clear")
                shade.set(qn("w:fill"), _GROUND)
                cell._tc.get_or_add_tcPr().append(shade)
    file.add_paragraph().paragraph_format.space_after = Pt(2)


def _same_every_time(content: bytes, moment: datetime) -> bytes:
    """The same package with the day of the run on every part, instead of that of today."""
    stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            part = zipfile.ZipInfo(entry.filename, stamp)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(entry.filename))
    return buffer.getvalue()
