"""An organisation's own catalogue folder, written by a test and loaded as `catalogue:` in ensia.yaml would be."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from models.catalogue import Catalogue
from models.errors import CatalogueError
from models.loading import load_catalogue

OWN = "eigen-2026"
FRAMEWORK = f"""\
id: {OWN}
title_nl: Eigen normen
title_en: Own norms
version: "2026"
published: "2026-01-01"
source: test
"""
NORMS = "id\ttitle_nl\nS.1\tEerste\nS.2\tTweede\n"


class OwnCatalogue:
    """A folder with one framework of two norms; `write` adds or replaces a file, `load` reads it with BIO2 and principles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(f"{OWN}/framework.yaml", FRAMEWORK)
        self.write(f"{OWN}/norms.tsv", NORMS)

    def write(self, name: str, text: str) -> OwnCatalogue:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
        return self

    def load(self, *framework_ids: str) -> Catalogue:
        return load_catalogue(framework_ids or (OWN,), self.folder)

    def problems(self, *framework_ids: str) -> list[str]:
        """The lines of the refusal; fails the test when the catalogue loads."""
        with pytest.raises(CatalogueError) as refusal:
            self.load(*framework_ids)
        return str(refusal.value).splitlines()
