"""Where an installation keeps its state, for a command that only reads: without checking the rest of `ensia.yaml`.

So a mistake in a source's settings never keeps an officer from what was published, and a question starts in half the
time: the models that check a configuration are not made.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from models.bounded_yaml import read_yaml
from warehouse.storage.database import State

DEFAULT_NAME = "ensia.yaml"


def state_folder(file: Path) -> State:
    """The state of `file` (or of `ensia.yaml` in the folder `file`). Raises ConfigurationError, with place and advice,
    for a file that cannot be read this simply."""
    if file.is_dir():
        file = file / DEFAULT_NAME
    try:
        content = read_yaml(file.read_text("utf-8"))
        name = content.get("state", "state")
        if "fleet" in content and "organisations" in content:
            return _state_of_fleet(file)
        if "fleet" in content or "member_of" in content:
            return _whole_state(file)
        return State((file.parent / name).resolve())
    except (OSError, ValueError, yaml.YAMLError, AttributeError, TypeError):
        return _whole_state(file)


def _whole_state(file: Path) -> State:
    """The state as the whole of the settings says it."""
    from flows.installation import load_installation

    return load_installation(file).state


def _state_of_fleet(file: Path) -> State:
    """That of all municipalities of a fleet, of which the settings of none are read."""
    from flows.installation import load_fleet

    return load_fleet(file).state
