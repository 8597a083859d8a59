"""Which texts people must read: those in force now that a test demands elements of, with who may read them. Writing the lists
is left to `reports/reading_list.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from models.kind import kinds
from models.sql_text import literal
from models.test_type import test_types
from warehouse.reading.read import Published, sql_literal


@dataclass(slots=True)
class TextToRead:
    """A text that is in force, with its mark, who may read it, and per element the norms that demand it. Its key is the
    kind, source and record key."""

    kind: str
    source_id: str
    record_key: str
    title: str
    place: str
    owner: str | None
    mark: str
    roles: set[str] = field(default_factory=set)
    elements: dict[str, list[str]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What the text is known by."""
        return self.kind, self.source_id, self.record_key

    def may_read(self, role: str) -> bool:
        """Whether a role may: the rule names it, and it is not the owner, who must then be known."""
        return role in self.roles and self.owner is not None and _plain_role(self.owner) != role


def texts_to_read(published: Published, organisation: str) -> list[TextToRead]:
    """Every text in force of which a test demands elements, by title."""
    as_of: date = published.last_run()["as_of"]
    published.connection.execute(f"SET VARIABLE as_of = {sql_literal(as_of)}")
    published.connection.execute(f"SET VARIABLE window_start = {sql_literal(as_of.replace(month=1, day=1))}")
    texts: dict[tuple[str, str, str], TextToRead] = {}
    for test in _demanding_tests(published):
        for selected in _in_force(published, organisation, test, as_of):
            text = texts.setdefault(selected.key, selected)
            text.roles |= {_plain_role(role) for role in test.readers}
            for element in test.elements:
                norms = text.elements.setdefault(element, [])
                norms += [test.norm_id] if test.norm_id not in norms else []
    return sorted(texts.values(), key=lambda text: (text.title.casefold(), text.key))


@dataclass(frozen=True, slots=True)
class _DemandingTest:
    """A test that demands elements of the texts that its selector chooses, and names who may read them."""

    kind: str
    norm_id: str
    selector: str
    elements: Sequence[str]
    readers: Sequence[str]


def _plain_role(role: str) -> str:
    return role.strip().lower()


def _demanding_tests(published: Published) -> list[_DemandingTest]:
    types = [name for name, test_type in test_types().items() if {"readers", "elements"} <= set(test_type.parameters)]
    rows = published.rows(
        "SELECT kind, norm_id, selector, CAST(parameters -> '$.elements' AS VARCHAR[]) AS elements, "
        "CAST(parameters -> '$.readers' AS VARCHAR[]) AS readers FROM catalogue.test "
        "WHERE list_contains($types, test_type) ORDER BY test_no",
        {"types": types},
    )
    return [_DemandingTest(**row) for row in rows]


def _in_force(
    published: Published,
    organisation: str,
    test: _DemandingTest,
    as_of: date,
) -> list[TextToRead]:
    """The texts that a test selects and that are in force."""
    kind = kinds()[test.kind]
    rows = published.rows(
        f"SELECT {literal(test.kind)} AS kind, source_id, record_key, title, coalesce(url, locator.file, '') AS place, owner, "
        f"coalesce({kind.roles.text}, content_hash) AS mark FROM evidence.{kind.kind} WHERE retired_at IS NULL "
        f"AND organisation_id = {literal(organisation)} AND ({test.selector}) AND ({kind.roles.in_force}) "
        f"AND coalesce({kind.roles.ends_on}, DATE '9999-12-31') >= {sql_literal(as_of)} ORDER BY source_id, record_key"
    )
    return [TextToRead(**row) for row in rows]
