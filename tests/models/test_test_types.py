"""The test types: each is two files and whole, or refused with what is missing."""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.catalogue import Measure
from models.errors import CatalogueError
from models.kind import kinds
from models.reason import reason_words
from models.test_type import read_types, test_types

PACKAGE = Path(str(resources.files("models")))
CODE = [
    file
    for folder in ("models", "warehouse", "reports", "cli", "flows", "expectations")
    for file in (PACKAGE.parent / folder).rglob("*")
    if file.suffix in (".py", ".sql") and file.parent.name not in ("tests", "migrations")
]
FRESH: dict[str, Any] = yaml.safe_load((PACKAGE / "tests" / "fresh.yaml").read_text("utf-8"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the files that describe the types."""
    shutil.copytree(PACKAGE / "tests", tmp_path / "tests")
    shutil.copy(PACKAGE / "reasons.yaml", tmp_path)
    return tmp_path


def refusal(root: Path) -> str:
    with pytest.raises(CatalogueError) as refused:
        read_types(root)
    return refused.value.reason


def test_what_comes_with_the_program_is_whole(root: Path) -> None:
    assert read_types(root) == test_types()


@pytest.mark.parametrize("name", sorted(test_types()))
def test_no_code_names_a_type(name: str) -> None:
    """But for the two files of the type: a name in quotes beside a type of test is a second place to change."""
    compared = re.compile(
        rf"(?:test_type|measure\.type|\.type)\s*(?:==|!=|<>|=|in|not in|IN|NOT IN)\s*[\[({{]?[^\n]*[\"']{name}[\"']"
        rf"|[\"']type[\"']: [\"']{name}[\"']|case [\"']{name}[\"']:|^\s*[\"']{name}[\"']\s*:\s*_",
        re.MULTILINE,
    )
    naming = [str(file) for file in CODE if compared.search(file.read_text("utf-8"))]
    assert naming == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"yardstick": None}, "models/tests/fresh.yaml: yardstick"),
        ({"yardstick": {"nl": ["goed"]}}, "yardstick ontbreekt, of heeft niet beide talen"),
        ({"reasons": {}}, "reasons ontbreekt"),
        ({"reasons": {"too_late": "shared"}}, "reasons noemt too_late als gedeeld"),
        ({"reasons": {"fresh": {"nl": "{x}", "en": "{n}"}}}, "reasons.fresh noemt 'x'"),
        ({"advice": []}, "advice ontbreekt"),
        ({"advice": [{"nl": "a", "en": "a", "when": "true"}]}, "het laatste advies geldt altijd"),
        ({"advice": [{"nl": "{x}", "en": "a"}]}, "advice noemt 'x'"),
        ({"columns": {"a": {"type": "DATE", "sql": "{ended_on}"}}}, "columns.a noemt 'ended_on'"),
        ({"columns": {"a": {"type": "DATE", "sql": "{last_day.deadline}"}}}, "columns.a noemt 'deadline'"),
        ({"roles": ["started"]}, "roles noemt 'started'"),
        ({"bounded_by": ["window"]}, "bounded_by noemt 'window'"),
        ({"type": "recent"}, "er is geen models/tests/recent.sql"),
        ({"colour": "red"}, "colour is hier geen veld"),
        ({"parameters": {"max_age": {"type": "number"}, "grace": {"type": "grace"}}}, "parameter max_age is"),
        (
            {"reasons": FRESH["reasons"] | {"share": {"nl": "anders", "en": "otherwise"}}},
            "reden share staat ook in fresh, met andere woorden",
        ),
    ],
)
def test_a_type_that_is_not_whole_is_refused(root: Path, change: dict[str, Any], reason: str) -> None:
    (root / "tests" / "fresh.yaml").write_text(yaml.safe_dump(FRESH | change, allow_unicode=True), "utf-8")
    assert reason in refusal(root)


def test_every_problem_is_told_at_once(root: Path) -> None:
    for name in ("fresh", "ratio"):
        content = yaml.safe_load((root / "tests" / f"{name}.yaml").read_text("utf-8"))
        (root / "tests" / f"{name}.yaml").write_text(yaml.safe_dump(content | {"advice": []}), "utf-8")
    assert len(refusal(root).splitlines()) == 2


def test_a_parameter_that_is_not_given_has_its_default_and_is_not_part_of_the_rule() -> None:
    measure = Measure.model_validate({"type": "ratio", "kind": "ticket", "good": "true"})
    assert (measure.pass_at, measure.min_population, measure.direction) == (1, 1, "higher")
    assert measure.model_dump(exclude_unset=True) == {"type": "ratio", "kind": "ticket", "good": "true"}
    assert measure.parameters("lower")["pass_at"] == 0
    assert Measure.model_validate_json(measure.model_dump_json(exclude_unset=True)) == measure


@pytest.mark.parametrize("name", sorted(test_types()))
def test_a_kind_without_a_role_that_the_type_needs_is_refused(name: str) -> None:
    test_type = test_types()[name]
    needed = {parameter: {"type": name} for parameter in test_type.required()}
    for kind in kinds().values():
        lacking = [role for role in test_type.roles if not getattr(kind.roles, role)]
        if lacking and not needed and not test_type.one_of and test_type.kind is None:
            with pytest.raises(ValueError, match=re.escape(f"({lacking[0]})")):
                Measure.model_validate({"type": name, "kind": kind.kind})


def test_the_words_that_commands_show_are_those_of_the_types() -> None:
    reasons = {code: reason for test_type in test_types().values() for code, reason in test_type.reasons.items()}
    assert reason_words() == {code: (reason.nl, reason.en) for code, reason in reasons.items()}
