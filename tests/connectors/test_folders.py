"""A source reads what lies in the folder that was named, and never what a link in it points at elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.base import Context, TerminalError, Window, connector
from connectors.tools.folders import matching_files
from connectors.tools.reading import payloads_of
from tests.connectors.documents import write_docx


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of ensia.yaml, with exports in it, beside a file that is nobody's business."""
    home = tmp_path / "gemeente"
    (home / "exports" / "oud").mkdir(parents=True)
    (home / "exports" / "oud" / "lijst.csv").write_text("Nr\n1\n", "utf-8")
    (tmp_path / "geheim.csv").write_text("Wachtwoord\n", "utf-8")
    (tmp_path / "elders").mkdir()
    (tmp_path / "elders" / "lijst.csv").write_text("Nr\n2\n", "utf-8")
    return home


@pytest.mark.parametrize("pattern", ["exports/*.csv", "exports/lijst.csv", "exports/**/*.csv", "**/*.csv"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_link_that_leaves_the_folder_is_refused_by_name(folder: Path, pattern: str, absolute: bool) -> None:
    (folder / "exports" / "lijst.csv").symlink_to(folder.parent / "geheim.csv")
    with pytest.raises(TerminalError, match=r"exports/lijst\.csv: is een koppeling") as caught:
        matching_files(folder, str(folder / pattern) if absolute else pattern, "bron")
    assert "Wachtwoord" not in str(caught.value)


def test_a_link_to_a_folder_elsewhere_is_refused_too(folder: Path) -> None:
    (folder / "exports" / "nieuw").symlink_to(folder.parent / "elders")
    with pytest.raises(TerminalError, match=r"exports/nieuw/lijst\.csv"):
        matching_files(folder, "exports/*/lijst.csv", "bron")


def test_a_chain_of_links_is_followed_to_its_end(folder: Path) -> None:
    (folder / "exports" / "een.csv").symlink_to(folder / "exports" / "twee.csv")
    (folder / "exports" / "twee.csv").symlink_to(folder.parent / "geheim.csv")
    with pytest.raises(TerminalError, match=r"een\.csv"):
        matching_files(folder, "exports/een.csv", "bron")


def test_a_link_inside_the_folder_is_fine(folder: Path) -> None:
    link = folder / "exports" / "lijst.csv"
    link.symlink_to(Path("oud") / "lijst.csv")
    assert matching_files(folder, "exports/*.csv", "bron") == [link]


def test_the_named_folder_may_be_a_link_itself(folder: Path) -> None:
    (folder / "gedeeld").symlink_to(folder.parent / "elders")
    assert matching_files(folder, "gedeeld/*.csv", "bron") == [folder / "gedeeld" / "lijst.csv"]
    assert matching_files(folder, "../elders/lijst.csv", "bron") == [folder / ".." / "elders" / "lijst.csv"]


def test_a_link_in_a_folder_with_policies_is_refused(folder: Path) -> None:
    (folder / "beleid").mkdir()
    write_docx(folder / "beleid" / "Back-upbeleid.docx", [])
    write_docx(folder.parent / "Vertrouwelijk.docx", [])
    kind = connector("policy_folder")
    source = kind(kind.Settings.model_validate({"folder": "beleid"}), Context("g", "bron", folder, date(2026, 11, 20)))
    assert [payload.name for payload in payloads_of(source, Window())] == ["Back-upbeleid.docx"]
    (folder / "beleid" / "Wachtwoordbeleid.docx").symlink_to(folder.parent / "Vertrouwelijk.docx")
    with pytest.raises(TerminalError, match=r"beleid/Wachtwoordbeleid\.docx"):
        list(payloads_of(source, Window()))


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.xlsx", ["LIJST.XLSX", "lijst-2.xlsx"]),
        ("*.XLSX", ["LIJST.XLSX", "lijst-2.xlsx"]),
        ("lijst.xlsx", ["LIJST.XLSX"]),
        ("lijst-[0-9].Xlsx", ["lijst-2.xlsx"]),
        ("**/*.xlsx", ["LIJST.XLSX", "lijst-2.xlsx"]),
    ],
)
def test_a_name_fits_in_capitals_and_in_small_letters(tmp_path: Path, pattern: str, names: list[str]) -> None:
    for name in ("LIJST.XLSX", "lijst-2.xlsx", "lijst.csv"):
        (tmp_path / name).write_text("x", "utf-8")
    assert [path.name for path in matching_files(tmp_path, pattern, "bron")] == names
    assert [path.name for path in matching_files(tmp_path, str(tmp_path / pattern), "bron")] == names


def test_a_file_that_is_named_in_full_is_itself(tmp_path: Path) -> None:
    for name in ("Lijst.csv", "lijst.csv"):
        (tmp_path / name).write_text("x", "utf-8")
    assert [path.name for path in matching_files(tmp_path, "lijst.csv", "bron")] == ["lijst.csv"]


def test_a_folder_in_the_place_of_its_files_is_told(folder: Path) -> None:
    with pytest.raises(TerminalError) as caught:
        matching_files(folder, "exports/oud", "bron")
    assert "schrijf exports/oud/* voor elk bestand" in str(caught.value.advice)
    assert [path.name for path in matching_files(folder, "exports/oud/*", "bron")] == ["lijst.csv"]
