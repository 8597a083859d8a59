"""Values that readers stumble over, for texts, numbers and attributes of every format."""

from __future__ import annotations

import random

TEXTS = (
    "", " ", "-", "?", "n.v.t.", "onbekend", "null", "None", "true", "ja", "0", "-0", "-1", "1e999", "-1e999", "1e-400", "NaN",
    "Infinity", "99999999999999999999", "9" * 500, "0.1", ".5", "5.", "+5", "9,8", "1.234,56", "1.234", "1_000", "0x10", "1e5",
    "١٢٣", "１２", "²", "½", "12%", "€ 12", "1794862804", "1794862804000", "-62135596800", "253402300800", "2026-02-30",
    "2026-11-19", "2026-11-19T05:44:12+00:00", "2026-11-19T05:44:12.123456789Z", "2026-10-25T02:30:00", "2026-W47-4", "20261119",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "9999-12-31T23:59:59-14:00", "31-12-9999", "31-12-2026", "12/31/2026",
    "1 mei 2026", "24:00:00", "2026-11-19 25:61:61", "é", "e\u0301", "ß", "İ", "ﬁ", "\u202e", "\ufeff", "\u200b", "\xa0", "\x85",
    "\u2028", "💥", "日本", "a|b\\c", "|", "\\", "<b>", "&amp;", "]]>", "=1+1", "#N/A", "#WAARDE!", "Err:502", ";#1;#naam;#", "12;#naam",
    "{}", "[]", "{\"a\": 1}", "eigenaar=x; y", "../../etc/passwd", "%s%n", "{0}", "{name}", "x" * 400, "x" * 33_000, "a\nb", "a\tb", "\n",
)  # fmt: skip
PLACES = (
    "A0", "A1", "XFD1048576", "ZZZ99999999", "A1048577", "a1", "$A$1", "A1:B2", "A1:XFD1048576", "B2:A1", "-1", "1", "2", "16384",
    "1048576", "4294967296", "18446744073709551616", "s", "str", "inlineStr", "e", "b", "d", "n", "x", "float", "date", "percentage",
    "currency", "boolean", "string", "time", "PT36H", "2026-03-04", "1900-02-29", "collapse", "hidden", "rId1", "rId99", "14", "22", "49",
)  # fmt: skip
ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "cp850",
    "utf-7",
    "ascii",
    "cp037",
    "x",
)


def text(chance: random.Random) -> str:
    """An odd text, or a word that stands nowhere else."""
    return chance.choice(TEXTS) if chance.random() < 0.7 else word(chance)


def word(chance: random.Random) -> str:
    """A word that stands nowhere else."""
    return f"w{chance.getrandbits(40):x}"


def encoded(content: str, encoding: str) -> bytes:
    """The text in a character set; in UTF-8 where that does not know every sign, or does not exist."""
    try:
        return content.encode(encoding)
    except (LookupError, UnicodeError):
        return content.encode("utf-8", "surrogatepass")
