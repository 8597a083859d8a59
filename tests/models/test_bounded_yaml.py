"""A text that is small and never ends, or nests without end, is refused with its place, wherever YAML of others is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from flows.state_folder import state_folder
from models.bounded_yaml import DEEPEST, MOST_NODES, read_yaml, refuse_unbounded
from models.catalogue_files import Reading, yaml_of
from models.configuration import parse_configuration
from models.errors import ConfigurationError
from models.kind import SafeLoader

LEVELS = 9
BOMB = "organisation: {id: a, name: A}\nk0: &k0 [y, y, y, y, y, y, y, y]\n" + "".join(
    f"k{level}: &k{level} {{{', '.join(f'{name}: *k{level - 1}' for name in 'abcdefghij')}}}\n"
    for level in range(1, LEVELS)
)
ITSELF = "organisation: &me {id: a, name: A, parts: [*me]}\n"
DEEP = "state: " + "[" * 20_000 + "]" * 20_000 + "\n"
DEEP_BLOCK = "".join("  " * level + "-\n" for level in range(DEEPEST + 5))
REFUSED = {"bomb": BOMB, "itself": ITSELF, "deep": DEEP, "deep-block": DEEP_BLOCK}


@pytest.mark.parametrize("name", REFUSED)
def test_a_configuration_without_end_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(REFUSED[name], "ensia.yaml")
    assert "ensia.yaml, regel " in str(caught.value)
    assert str(DEEPEST) in str(caught.value) or str(MOST_NODES) in str(caught.value)


@pytest.mark.parametrize("name", REFUSED)
def test_so_is_a_file_of_a_catalogue(name: str, tmp_path: Path) -> None:
    file = tmp_path / "5.yaml"
    file.write_text(REFUSED[name], "utf-8")
    reading = Reading()
    assert yaml_of(reading, file, "5.yaml") is None
    assert len(reading.problems) == 1


def test_the_folder_of_the_state_is_not_looked_up_in_it(tmp_path: Path) -> None:
    (tmp_path / "ensia.yaml").write_text(DEEP, "utf-8")
    with pytest.raises(ConfigurationError):
        state_folder(tmp_path)


def test_parts_that_are_shared_as_people_do_are_read() -> None:
    text = "shared: &shared {a: 1, b: [x, y]}\nfirst: *shared\nsecond: {<<: *shared, c: 2}\n"
    refuse_unbounded(text, SafeLoader)
    assert yaml.load(text, Loader=SafeLoader)["second"] == {"a": 1, "b": ["x", "y"], "c": 2}


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    text = "organisation: {id: a, name: A}\nsources: []\nsources: []\n"
    with pytest.raises(ConfigurationError, match=r"regel 3: .*'sources' staat tweemaal"):
        parse_configuration(text, "ensia.yaml")
    with pytest.raises(ConfigurationError, match=r"regel 2: .*'id' staat tweemaal"):
        parse_configuration("organisation:\n  {id: a, name: A, id: b}\nsources: []\n", "ensia.yaml")


def test_what_is_taken_over_from_another_part_may_be_said_anew() -> None:
    text = "a: &a {x: 1, y: 1}\nlist: [{deep: &b {<<: *a, x: 2}}]\nc: {<<: *b, y: 3}\n"
    assert read_yaml(text) == {"a": {"x": 1, "y": 1}, "list": [{"deep": {"x": 2, "y": 1}}], "c": {"x": 2, "y": 3}}


def test_a_name_that_is_given_anew_counts_for_what_it_is_then() -> None:
    refuse_unbounded("a: &k [x]\nb: [*k, *k]\nc: &k y\nd: [*k]\n", SafeLoader)
