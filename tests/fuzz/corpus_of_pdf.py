"""Small PDF files of plain objects, without compression (ISO 32000-2 §7.5)."""

from __future__ import annotations

from collections.abc import Sequence


def small_pdf(title: str, lines: Sequence[str], pages: int = 1) -> bytes:
    """A policy with its front page as lines of text."""
    number_of_pages = range(pages)
    kids = " ".join(f"{5 + 2 * page} 0 R" for page in number_of_pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) /Author (P. Pietersen) /ModDate (D:20260201100000+01'00') /Status (Definitief) >>".encode(
            "cp1252"
        ),
    ]
    for page in number_of_pages:
        shown = lines[page::pages]
        text = "\n".join(f"1 0 0 1 72 {760 - 20 * row} Tm\n({line}) Tj" for row, line in enumerate(shown))
        stream = f"BT\n/F1 11 Tf\n{text}\nET".encode("cp1252")
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * page} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    return written_pdf(objects)


def written_pdf(objects: Sequence[bytes], *, shift: int = 0, root: bytes = b"1 0 R") -> bytes:
    """The objects as a file; `shift` is how far the table of references is beside the truth."""
    written, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(written) + shift)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        written += b"%010d 00000 n \n" % max(place, 0)
    written += b"trailer\n<< /Size %d /Root %s /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        root,
        table,
    )
    return bytes(written)
