"""`ensia catalogue`: which catalogue is checked, what is refused, and what an import of the official text tells."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from flows.nightly import nightly
from models.errors import CatalogueError
from models.loading import load_catalogue

OWN = """\
organisation: {id: klein, name: Gemeente Klein}
catalogue: catalogus
frameworks: [bio2-1.3]
"""
RULES = """\
rules:
  - norm: "5.01.01"
    tests:
      - id: 5.01.01-eigen
        aspect: design
        type: fresh
        kind: document
        max_age: P1Y
        where: "stat = 'adopted'"
        nl: Goed.
        en: Good.
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENSIA_CONFIG", raising=False)
    (tmp_path / "ensia.yaml").write_text(OWN, "utf-8")
    (tmp_path / "catalogus" / "bio2-1.3" / "rules").mkdir(parents=True)
    return tmp_path


def ensia(*words: str) -> Result:
    return CliRunner().invoke(app, ["catalogue", *words])


def test_the_catalogue_of_the_folder_one_stands_in_is_checked(folder: Path) -> None:
    (folder / "catalogus" / "bio2-1.3" / "rules" / "eigen.yaml").write_text(RULES, "utf-8")
    result = ensia("check", "--json")
    assert result.exit_code == 1
    assert "catalogus/bio2-1.3/rules/eigen.yaml, regel 4" in result.output
    assert "past niet op soort bewijs 'document'" in result.output
    (folder / "ensia.yaml").unlink()
    assert ensia("check", "--json").exit_code == 0  # the packaged one


def test_a_night_refuses_a_rule_of_which_a_column_does_not_exist(folder: Path) -> None:
    (folder / "catalogus" / "bio2-1.3" / "rules" / "eigen.yaml").write_text(RULES, "utf-8")
    with pytest.raises(CatalogueError, match=r"eigen\.yaml, regel 4: 5\.01\.01-eigen: where .* past niet op"):
        nightly(str(folder / "ensia.yaml"))
    assert not (folder / "state" / "warehouse").exists()


def texts(framework_id: str) -> list[tuple[str, str]]:
    """Every measure of a framework in our own words, so that its numbers and states are those of the publication."""
    states = {"none": "Geen overheidsmaatregel.", "withdrawn": "Vervallen."}
    return [
        (norm.id, states.get(norm.state, f"Verplaatst naar {norm.moved_to}." if norm.moved_to else norm.title_nl))
        for norm in load_catalogue(("bio2-1.3",)).norms
        if (norm.framework_id, norm.level) == (framework_id, "measure")
    ]


def test_an_import_tells_the_numbers_of_one_side_only(folder: Path) -> None:
    listed = [*texts("bio2-1.3")[1:], ("5.99.01", "Nieuw.")]
    (folder / "tekst.md").write_text("\n\n".join(f"## {number}\n{text}" for number, text in listed), "utf-8")
    result = ensia("import", "tekst.md")
    assert result.exit_code == 0, result.output
    assert "166 officiële teksten van bio2-1.3 bewaard uit tekst.md" in result.output
    assert "Alleen in de officiële tekst: 5.99.01" in result.output
    assert "Alleen in de catalogus: 5.01.01" in result.output


def test_a_workbook_of_another_version_is_noticed(folder: Path) -> None:
    book = openpyxl.Workbook()
    for row in [("Nummer", "Tekst"), *texts("bio2-1.2")]:
        book.active.append(row)
    book.save(folder / "tekst.xlsx")
    result = ensia("import", "tekst.xlsx")
    assert "Alleen in de catalogus: 5.10.02; 5.10.03; 5.21.05; 5.24.08; 5.26.02; 6.03.04" in result.output
    assert "deze nummers zijn die van bio2-1.2" in result.output.replace("\n", " ")
    assert "deze nummers" not in ensia("import", "tekst.xlsx", "--framework", "bio2-1.2").output


@pytest.mark.parametrize(
    ("name", "content", "framework", "told"),
    [
        ("tekst.md", b"## 5.01.01\nTekst.", "bio3", "kies met --framework: bio2-1.2, bio2-1.3"),
        ("tekst.md", b"zonder kop", "bio2-1.3", "tekst.md: heeft geen koppen"),
        ("tekst.md", b"\xff\xfe", "bio2-1.3", "tekst.md: is geen UTF-8-tekst"),
        ("tekst.xlsx", b"geen zip", "bio2-1.3", "tekst.xlsx: is geen leesbaar Excel-werkboek"),
    ],
)
def test_what_cannot_be_imported_is_refused(folder: Path, name: str, content: bytes, framework: str, told: str) -> None:
    (folder / name).write_bytes(content)
    result = ensia("import", name, "--framework", framework)
    assert result.exception is not None and told in f"{result.exception} {getattr(result.exception, 'advice', '')}"
    assert not (folder / "state").exists()
