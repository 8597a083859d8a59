"""The catalogue that an installation assesses with: read from its files, and refused when it would give wrong outcomes."""

from __future__ import annotations

from flows.installation import Installation
from models.catalogue import Catalogue
from models.catalogue_check import refuse_errors
from models.loading import load_catalogue
from warehouse.storage.database import memory_warehouse


def catalogue_of(installation: Installation) -> Catalogue:
    """The catalogue with what the organisation's own folder adds. Raises CatalogueError with every mistake, a line each,
    also those that only show when an expression is bound to the columns of its evidence kind."""
    catalogue = load_catalogue(installation.configuration.frameworks, installation.catalogue_folder)
    if installation.catalogue_folder is not None:  # what comes with the program was checked when it was made
        with memory_warehouse() as checking:
            refuse_errors(catalogue, checking)
    return catalogue
