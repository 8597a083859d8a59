"""Whatever stands in an own catalogue folder: it is read, or refused with a place and a reason. Nothing else happens."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalogue_files import Reading
from models.errors import CatalogueError
from models.loading import load_catalogue
from models.norm_files import check_norms, read_framework
from models.question_files import read_questionnaires
from models.rule_files import add_attestations, read_overrides, read_rules

OWN = "eigen-2026"
FILES: dict[str, Any] = {
    f"{OWN}/framework.yaml": {
        "id": OWN, "title_nl": "Eigen", "title_en": "Own", "version": "1", "published": "2026-01-01", "source": "test",
    },
    f"{OWN}/rules/a.yaml": {
        "rules": [
            {
                "norm": "S.1",
                "tests": [
                    {"id": "S.1-a", "aspect": "design", "type": "fresh", "kind": "document", "about": ["risk_appetite"],
                     "where": "state = 'adopted'", "max_age": "P1Y", "nl": "Goed.", "en": "Good."},
                    {"id": "S.1-b", "aspect": "operation", "type": "ratio", "kind": "ticket", "nl": "Goed.", "en": "Good.",
                     "matched": {"kind": "ticket", "about": ["change"], "key": "asset", "population_key": "asset"}},
                ],
            }
        ]
    },
    f"{OWN}/indicators.yaml": {
        "indicators": [
            {"id": "E1", "principle": "S.1", "nl": "Iets", "en": "It", "unit": "%", "better": "higher", "green": 9, "amber": 5,
             "weight": 1, "reason_nl": "Zo.", "measure": {"type": "count", "kind": "ticket", "window": "cycle"}}
        ]
    },
    "overrides.yaml": {"overrides": [{"test": "S.1-a", "set": {"max_age": "P2Y"}, "reason": "Zo besloten."}]},
    "questionnaires/a.yaml": {
        "id": "lijst", "title_nl": "Lijst", "title_en": "List", "for_each": {"framework": OWN, "levels": ["norm"]},
        "questions": [{"id": "1", "text_nl": "Zo?", "text_en": "So?", "framework": OWN, "norms": ["S.1"]}],
    },
}  # fmt: skip
NORMS = "id\ttitle_nl\nS.1\tEerste\n"
junk = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False), st.text(max_size=6), st.just([]), st.just({}),
    st.just([None]), st.just({"a": 1}), st.just([["S.1"]]), st.just("S.1"), st.dates(),
)  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a nested value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in paths(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], by)
    return changed


def read(folder: Path) -> list[str]:
    """Read the folder as `load_catalogue` does, without the packaged frameworks, which would take the time."""
    reading = Reading()
    read_framework(reading, OWN, folder / OWN, f"catalogus/{OWN}")
    check_norms(reading)
    read_rules(reading, OWN, folder / OWN, f"catalogus/{OWN}")
    add_attestations(reading, [OWN])
    read_questionnaires(reading, folder / "questionnaires", "catalogus/questionnaires", [OWN])
    read_overrides(reading, folder / "overrides.yaml", "catalogus/overrides.yaml")
    return [str(problem) for problem in reading.problems]


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in {f"{OWN}/norms.tsv": NORMS, **texts}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def test_the_folder_is_sound_to_begin_with(tmp_path: Path) -> None:
    write(tmp_path, {name: yaml.safe_dump(content) for name, content in FILES.items()})
    assert read(tmp_path) == []
    assert len(load_catalogue((OWN,), tmp_path).questions) == 2


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_value_of_another_kind_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    path = data.draw(st.sampled_from(paths(FILES[name])))
    changed = {**FILES, name: replaced(FILES[name], path, data.draw(junk))}
    write(tmp_path, {file: yaml.safe_dump(content, allow_unicode=True) for file, content in changed.items()})
    for problem in read(tmp_path):
        assert re.match(r"^catalogus/[\w./-]+(, regel \d+)?: \S", problem), problem


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_text_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    texts = {f"{OWN}/norms.tsv": NORMS} | {name: yaml.safe_dump(content) for name, content in FILES.items()}
    name = data.draw(st.sampled_from(sorted(texts)))
    at = data.draw(st.integers(0, len(texts[name])))
    length = data.draw(st.integers(0, 12))
    texts[name] = (
        texts[name][:at] + data.draw(st.text("\t\n :-[]{}\"'S.1a#&*!|>%@`ë", max_size=4)) + texts[name][at + length :]
    )
    write(tmp_path, texts)
    for problem in read(tmp_path):
        assert re.match(r"^catalogus/[\w./-]+(, regel \d+)?: \S", problem), problem


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {name: yaml.safe_dump(content) for name, content in FILES.items()})
    (tmp_path / OWN / "norms.tsv").write_bytes(b"id\ttitle_nl\nS.1\tE\xebn\n")
    with pytest.raises(CatalogueError, match=r"eigen-2026/norms\.tsv: is geen UTF-8-tekst"):
        load_catalogue((OWN,), tmp_path)
