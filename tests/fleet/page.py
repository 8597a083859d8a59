"""The blocks of "Several machines" in docs/operations.md: what a test does is what stands there."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def blocks(language: str) -> list[str]:
    """The blocks of a language in that section, in order."""
    section = PAGE.read_text("utf-8").split("\n## Several machines\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)


def commands(block: str) -> list[list[str]]:
    """The commands of a block, each as words."""
    return [line.split() for line in block.splitlines() if line.strip()]
