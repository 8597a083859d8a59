"""No file of the project names a key twice in one mapping: YAML then keeps the last and says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = ("models", "connectors", "expectations", "examples", "tests")


def _twice(node: yaml.Node | None) -> Iterator[str]:
    """The keys that stand more than once in a mapping, with the line of that mapping."""
    if isinstance(node, yaml.MappingNode):
        counts = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        line = node.start_mark.line + 1
        yield from (f"{key} (mapping on line {line})" for key, count in counts.items() if count > 1)
        for _, value in node.value:
            yield from _twice(value)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_key_stands_twice(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.yaml"))
    assert files
    composed = ((file, yaml.compose(file.read_text("utf-8"), Loader=yaml.CSafeLoader)) for file in files)
    assert [f"{file.relative_to(ROOT)}: {key}" for file, tree in composed for key in _twice(tree)] == []


def test_a_key_that_stands_twice_is_seen() -> None:
    tree = yaml.compose("a: 1\nb:\n  - {c: 1, d: 2, c: 3}\n", Loader=yaml.SafeLoader)
    assert list(_twice(tree)) == ["c (mapping on line 3)"]
