"""The official text is read from Markdown and from rows, and compared with the catalogue."""

from __future__ import annotations

import pytest

from models.errors import CatalogueError
from models.loading import load_catalogue
from models.official_text import compare, parse_markdown, parse_rows, text_state

BIO2 = "bio2-1.3"
TEXT = """\
> een mededeling over 5.01.09

# DEEL 2
Inleiding met 5.01.01 erin.

## 5.01.01
Eerste regel.<br><br>
- punt een;
- punt twee.<BR/>
Draagt bij aan: Basishygiëne, ketenhygiëne

## 05.01.02\x20
Tweede maatregel, zie overheidsmaatregel 5.24.06.

### 5.24.6
Verplaatst naar 5.21.05.

## Bijlage
Niet meer van de maatregel.
"""


def test_markdown_is_read_by_its_headings() -> None:
    assert parse_markdown(TEXT) == [
        ("5.01.01", "Eerste regel. - punt een; - punt twee."),
        ("5.01.02", "Tweede maatregel, zie overheidsmaatregel 5.24.06."),
        ("5.24.06", "Verplaatst naar 5.21.05."),
    ]


def test_rows_are_read_by_the_cell_with_a_number() -> None:
    rows: list[tuple[object, ...]] = [
        ("Nr", "Tekst", None),
        ("5.01.01", "kort", "De lange tekst van de maatregel."),
        (None, "BIO 5.1.2", "Nog een tekst"),
        ("5.01.01", None, "en het vervolg."),
        (5.1, "geen maatregel", 3),
    ]
    assert parse_rows(rows) == [
        ("5.01.01", "De lange tekst van de maatregel. en het vervolg."),
        ("5.01.02", "Nog een tekst"),
    ]


@pytest.mark.parametrize("text", ["", "# 5.1 Beleid\ntekst", "5.01.01 zonder kop"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError, match=r"## 5\.01\.01"):
        parse_markdown(text)
    with pytest.raises(CatalogueError, match="geen rij"):
        parse_rows([(line,) for line in text.splitlines() if not line.startswith("5.01")])


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Vervallen.", ("withdrawn", None)),
        ("Geen overheidsmaatregel, zie inleiding.", ("none", None)),
        ("Verplaatst naar 5.10.02.", ("moved", "5.10.02")),
        ("Zie overheidsmaatregel 5.24.8.", ("moved", "5.24.08")),
        ("Vervallen rechten worden ingetrokken.", ("active", None)),
        ("Er is een beleid.", ("active", None)),
    ],
)
def test_the_wording_tells_the_state(text: str, state: tuple[str, str | None]) -> None:
    assert text_state(text) == state


def written() -> dict[str, str]:
    """The catalogue's own measures, worded as the publication words them."""
    texts = {}
    for norm in load_catalogue((BIO2,)).norms:
        if norm.framework_id == BIO2 and norm.level == "measure":
            texts[norm.id] = {
                "active": f"Maatregel {norm.title_nl} ({norm.id[:4]})",
                "none": "Geen overheidsmaatregel, zie inleiding.",
                "moved": f"Verplaatst naar {norm.moved_to}.",
                "withdrawn": "Vervallen.",
            }[norm.state]
    return texts


def test_a_text_with_the_same_numbers_has_no_differences() -> None:
    result = compare(load_catalogue((BIO2,)), BIO2, list(written().items()))
    assert result.same_numbers
    assert not (result.other_state or result.other_target or result.dangling or result.same_text)


def test_every_difference_is_told() -> None:
    texts = written()
    del texts["5.01.01"]
    texts["5.99.01"] = "Een nieuwe maatregel."
    texts["5.03.01"] = "Nu wel een maatregel."
    texts["5.24.06"] = "Verplaatst naar 5.21.04."
    texts["5.26.01"] = "Verplaatst naar 5.25.02."
    texts["5.20.03"] = "Toon aan, zie overheidsmaatregel 5.21.01, dat het klopt."
    texts["8.16.03"] = texts["8.16.02"]
    result = compare(load_catalogue((BIO2,)), BIO2, list(texts.items()))
    assert not result.same_numbers
    assert result.only_in_text == ("5.99.01",)
    assert result.only_in_catalogue == ("5.01.01",)
    assert result.other_state == (("5.03.01", "active", "none"),)
    assert result.other_target == (("5.24.06", "5.21.04", "5.21.05"), ("5.26.01", "5.25.02", "5.26.02"))
    assert result.dangling == (("5.20.03", "5.21.01"), ("5.26.01", "5.25.02"))
    assert result.same_text == (("8.16.02", "8.16.03"),)
