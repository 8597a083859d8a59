"""Puts sources into an `ensia.yaml` that people keep: what stands there stays as it is, letter for letter, and what is added
is read back before it is kept. A new file is begun with the organisation and a word about every setting that most change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from models.configuration import Configuration, parse_configuration
from models.errors import ConfigurationError
from models.kind import SafeLoader
from models.message import Say, message

_FILE_MODE = 0o600
_EMPTY_LIST = re.compile(r"^sources:[ \t]*(\[[ \t]*\])?[ \t]*(#.*)?$", re.MULTILINE)


def new_settings(name: str, organisation_id: str, form: str, say: Say) -> str:
    """The text of an ensia.yaml without sources."""
    quoted = yaml.safe_dump(name, allow_unicode=True, width=10_000).removesuffix("...\n").strip()
    comments = [f"# {line}" for line in say("init.file_head").splitlines()]
    lines = [*comments, "organisation:", f"  id: {organisation_id}", f"  name: {quoted}", f"  type: {form}"]
    return "\n".join([*lines, "", "sources: []", ""])


def with_sources(text: str, place: str, blocks: Sequence[Sequence[str]]) -> str:
    """`text` with sources added behind those that it has; each block is the lines of one, which may all be comments. Raises
    ConfigurationError when the list of sources is written in a way that nothing can be put behind."""
    before = parse_configuration(text, place)
    if before.organisation is None:
        raise ConfigurationError(message("init.several"), place=place, advice=message("init.several_advice"))
    lines = text.splitlines()
    end, indent, is_empty = _end_of_sources(text, lines, place)
    added = [line for block in blocks for line in ("", *(f"{' ' * indent}{line}" for line in block))]
    has_source = any(not line.lstrip().startswith("#") and line.strip() for line in added)
    if is_empty and has_source:
        lines[end - 1] = lines[end - 1].replace("[]", "", 1).rstrip()
    together = "\n".join([*lines[:end], *added, *lines[end:]]) + "\n"
    _refuse_other_meaning(before, parse_configuration(together, place))
    return together


def _end_of_sources(text: str, lines: list[str], place: str) -> tuple[int, int, bool]:
    """Behind how many lines the list of sources ends, how far its items stand from the left, and whether it is empty."""
    tree = yaml.compose(text, Loader=SafeLoader)
    assert isinstance(tree, yaml.MappingNode)
    node = next((value for key, value in tree.value if key.value == "sources"), None)
    if node is None:
        lines += ["", "sources: []"]
        return len(lines), 2, True
    if not isinstance(node, yaml.SequenceNode) or (
        node.flow_style and not _EMPTY_LIST.match(lines[node.start_mark.line])
    ):
        advice = message("init.flow_list_advice")
        raise ConfigurationError(message("init.flow_list"), place=place, advice=advice)
    if not node.value:
        return node.start_mark.line + 1, 2, True
    last = max(_last_line(part) for part in node.value)
    return _behind_remarks(lines, last + 1), node.start_mark.column, False


def _behind_remarks(lines: list[str], after: int) -> int:
    """Behind how many lines the list ends, with the remarks that stand below it as far from the left as its items."""
    for number in range(after, len(lines)):
        if lines[number].startswith(" ") and lines[number].strip():
            after = number + 1
        elif lines[number].strip():
            break
    return after


def _last_line(node: yaml.Node) -> int:
    """The line on which the last thing in a node stands; comments behind it are not of it."""
    if isinstance(node, yaml.MappingNode):
        return max((_last_line(value) for _, value in node.value), default=node.start_mark.line)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return max((_last_line(value) for value in node.value), default=node.start_mark.line)
    is_at_begin = node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line
    return int(node.end_mark.line) - is_at_begin


def _refuse_other_meaning(before: Configuration, after: Configuration) -> None:
    """Adding sources may change nothing else: a mistake of ours is no reason to lose what people wrote."""
    sources_before = [source.model_dump(exclude={"lines"}) for source in before.sources]
    sources_after = [source.model_dump(exclude={"lines"}) for source in after.sources]
    same_sources = sources_after[: len(sources_before)] == sources_before
    same_rest = after.model_dump(exclude={"sources"}) == before.model_dump(exclude={"sources"})
    if not same_rest or not same_sources:
        raise ConfigurationError(message("init.flow_list"), advice=message("init.flow_list_advice"))


def write_settings(file: Path, text: str) -> None:
    """Put `text` in the place of the file, whole or not at all; who may read it stays as it was."""
    file = file.resolve()  # what a link leads to is what people keep
    mode = file.stat().st_mode & 0o777 if file.exists() else _FILE_MODE
    beside = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.chmod(mode)
    beside.replace(file)


def files_spoken_of(configuration: Configuration, text: str, folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Those of `names` that a source reads already, or that a comment of an earlier proposal is about."""
    options = [
        source.options[name]
        for source in configuration.sources
        for name in ("file", "folder")
        if name in source.options
    ]
    patterns = list(map(str, options))
    read = {path.relative_to(folder).as_posix() for pattern in patterns for path in _matching(folder, pattern)}
    for name in names:
        comment = rf"^\s*# {re.escape(name)}: "
        if name in read or name in patterns or re.search(comment, text, re.MULTILINE):
            yield name


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    if not Path(pattern).is_absolute():
        yield from folder.glob(pattern)
