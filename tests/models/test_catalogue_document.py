"""The worked example of docs/catalogus.md is loaded as it stands, and what the document counts is so."""

from __future__ import annotations

import re
from pathlib import Path

from models.catalogue_check import check
from models.loading import load_catalogue
from models.test_type import documented
from tests.models.worked_example import DOCUMENT, example
from warehouse.storage.database import memory_warehouse

FRAMEWORKS = ("bio2-1.3", "principes-2018", "suwinet-2026")


def test_the_worked_example_works(tmp_path: Path) -> None:
    catalogue = load_catalogue(FRAMEWORKS, example(tmp_path))
    tests = {test.id: test for test in catalogue.tests}
    assert tests["S.2-werking-controle"].measure.every == "P6M"
    assert tests["8.13.01-werking-geslaagd"].measure.every == "P1M"
    assert "3 maart 2026" in tests["8.13.01-werking-geslaagd"].override_reason
    assert [indicator.green for indicator in catalogue.indicators if indicator.id == "P7.1"] == [6]
    assert any(question.questionnaire_id == "suwinet" for question in catalogue.questions)
    with memory_warehouse() as connection:
        found = [str(finding) for finding in check(catalogue, connection) if finding.severity != "note"]
    assert found == []


def test_the_numbers_of_the_document_are_those_of_the_catalogue() -> None:
    text = DOCUMENT.read_text("utf-8")
    norms = load_catalogue(("bio2-1.3", "principes-2018", "digid-3.0")).norms
    for framework_id, level in (
        ("bio2-1.2", "measure"),
        ("bio-1.04", "norm"),
        ("principes-2018", "principle"),
        ("digid-3.0", "norm"),
    ):
        number = sum((norm.framework_id, norm.level) == (framework_id, level) for norm in norms)
        assert re.search(rf"\| `{re.escape(framework_id)}` \|.*\| {number} \|", text), framework_id
    assert re.search(r"\| `bio2-1\.3` \|.*\| 93 \+ 166 \|", text)


def test_the_table_of_test_types_is_what_the_types_say() -> None:
    """When this fails, put `models.test_type.documented()` in the place of the table."""
    assert documented() in DOCUMENT.read_text("utf-8")
