"""What lies in a folder beside the lists: reports of scanners and systems, recognised by how they begin and tried by the
connector that reads them, and folders with documents. Each becomes a source in `ensia.yaml`, or a comment where it is not
sure.

Lists are `flows/proposed_sources.py`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from glob import escape
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from connectors.base import Connector, Context, Window, connector
from connectors.tools.apart import Apart
from connectors.tools.documents import FORMATS
from connectors.tools.file_kinds import kind_of
from connectors.tools.proposal import Certainty
from connectors.tools.reading import payloads_of, records_of
from flows.proposed_sources import SECONDS, files_by_folder, id_of
from models.errors import EnsiaError
from models.message import Message, Say, Text, message
from warehouse.storage.database import today

_LOOKED_AT = 16_384  # bytes of the beginning of a file
_TRIED = 100  # records
_REPORTS = (".json", ".xml", ".nessus", ".csv", ".sarif", ".txt", ".yaml", ".yml")
_FEWEST_DOCUMENTS = 2  # in a folder that may be one of policies


@dataclass(frozen=True, slots=True)
class OtherProposal:
    """A source that no list is: `path` is what it reads (a file, a pattern, or a folder), by the `setting` of its connector."""

    path: str
    connector: str
    setting: str
    certainty: str
    why: Text

    def lines(self, source_id: str, is_accepted: bool, say: Say) -> list[str]:
        """The source as lines of a list in YAML; a comment when it is not accepted."""
        why = self.why if isinstance(self.why, str) else self.why.in_language(say.language)
        lines = [
            f"- id: {source_id}",
            f"  connector: {self.connector}  # {say(f'proposal.{self.certainty}')}: {why}",
            f"  # {say('init.how_often')}",
            f"  {self.setting}: '{self.path.replace(chr(39), chr(39) * 2)}'",
        ]
        mark = f"# {self.path}: {say(f'proposal.{self.certainty}')}"
        return [mark, *(lines if is_accepted else [f"# {line}" for line in lines])]


def others_in(folder: Path, state: Path) -> Iterator[OtherProposal]:
    """What else lies in a folder than lists; reports of one sort in one folder are one source."""
    home = folder.resolve()
    by_sort: dict[tuple[str, str, str], list[Path]] = defaultdict(list)
    for here, files in files_by_folder(home, state):
        place = here.relative_to(home).as_posix()
        documents = [file for file in files if file.suffix.lower() in FORMATS]
        if len(documents) >= _FEWEST_DOCUMENTS and here != home:
            yield _folder_of_documents(place, len(documents))
        reports = [file for file in files if file.suffix.lower() in _REPORTS]
        for file in reports:
            name = connector_of(file)
            if name:
                by_sort[place, file.suffix, name].append(file)
    for (place, suffix, name), files in by_sort.items():
        pattern = escape(files[0].name) if len(files) == 1 else f"*{escape(suffix)}"
        if place != ".":
            pattern = f"{escape(place)}/{pattern}"
        yield _tried_report(home, pattern, name)


def _folder_of_documents(folder: str, number: int) -> OtherProposal:
    why = message("proposal.documents", number=number)
    return OtherProposal(folder, "policy_folder", "folder", Certainty.LIKELY, why)


def connector_of(file: Path) -> str:
    """The connector that reads a file of which the beginning tells what it is; empty when nothing tells."""
    with file.open("rb") as stream:
        kind = kind_of(stream.read(_LOOKED_AT))
    advice = kind.advice if kind is not None else ""
    is_known = isinstance(advice, Message) and advice.key == "filekind.connector"
    return str(advice.values["name"]) if is_known and isinstance(advice, Message) else ""


def _tried_report(home: Path, pattern: str, name: str) -> OtherProposal:
    """A report after its connector read it; sure when it could."""
    try:
        kind = connector(name)
        settings = kind.Settings.model_validate({"file": pattern})
        with Apart(SECONDS) as apart:
            number = _records_read(kind(settings, Context("", name, home, today(), apart=apart)))
    except (EnsiaError, ValidationError):
        return OtherProposal(pattern, name, "file", Certainty.LIKELY, message("proposal.begins_so"))
    return OtherProposal(pattern, name, "file", Certainty.SURE, message("proposal.report_read", number=number))


def _records_read(connection: Connector) -> int:
    number = 0
    for payload in payloads_of(connection, Window()):
        number += sum(1 for _ in islice(records_of(connection, payload), _TRIED))
    return number


def other_id(proposal: OtherProposal, taken: set[str]) -> str:
    """A name for the source, that no other has."""
    place = Path(proposal.path)
    is_pattern = "*" in place.name and place.parent.name
    return id_of(place.parent.name if is_pattern else place.name, taken)
