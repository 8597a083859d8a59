"""What a YAML text written by others may not do to the reader of it: nest so deep that the parser dies, or name its own
parts so often that they never end, looked at event by event, before anything is built; or say one thing twice.

Why a text is no YAML is said in `yaml_errors`.
"""

from __future__ import annotations

from typing import Any

import yaml

from models.message import message
from models.yaml_errors import WrongKey

DEEPEST = 100  # lists and groups in each other
MOST_NODES = 200_000  # once every reference is written out; our largest file has some thousands


class _OnceLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, in C where there is one. A key that stands twice in one group is refused: the last would win unsaid."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first, last = node.start_mark.index, node.end_mark.index
        keys = set()
        for key, _ in node.value:
            is_taken_over = not first <= key.start_mark.index <= last  # by `<<`, from another group
            if is_taken_over or not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in keys:
                raise WrongKey(message("yaml.key_twice", key=repr(key.value)), key.start_mark)
            keys.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(text: str) -> Any:
    """What a text of others holds. Raises a YAMLError, with the place, when it cannot be read or says something twice."""
    refuse_unbounded(text, _OnceLoader)
    return yaml.load(text, Loader=_OnceLoader)


def refuse_unbounded(text: str, loader: Any) -> None:
    """Raises a YAMLError, with the place, when `text` is deeper or, written out, larger than can be read."""
    weights = _Weights()
    for event in yaml.parse(text, Loader=loader):
        weights.add(event)


class _Weights:
    """How many nodes each part counts that can be referred to, every reference written out."""

    def __init__(self) -> None:
        self._by_anchor: dict[str, int] = {}
        self._parts: list[tuple[str | None, int]] = [(None, 0)]  # the open parts: anchor, nodes so far

    def add(self, event: Any) -> None:
        """Count one event of the parser."""
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            anchor, nodes = self._parts.pop()
            self._note(anchor, nodes, event)
        elif isinstance(event, yaml.AliasEvent):
            # of a part that is not finished: it holds itself, and never ends
            self._note(None, self._by_anchor.get(str(event.anchor), MOST_NODES), event)
        elif isinstance(event, yaml.ScalarEvent):
            self._note(event.anchor, 1, event)

    def _begin(self, event: Any) -> None:
        if len(self._parts) > DEEPEST:
            raise WrongKey(message("yaml.too_deep", most=DEEPEST), event.start_mark)
        self._by_anchor.pop(event.anchor, None)
        self._parts.append((event.anchor, 1))

    def _note(self, anchor: str | None, nodes: int, event: Any) -> None:
        around, before = self._parts[-1]
        if before + nodes > MOST_NODES:
            raise WrongKey(message("yaml.too_large", most=MOST_NODES), event.start_mark)
        self._parts[-1] = (around, before + nodes)
        if anchor is not None:
            self._by_anchor[anchor] = nodes
