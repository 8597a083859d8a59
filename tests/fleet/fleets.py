"""A fleet in a folder: municipalities as small as one can be and still have a night, judged by a handful of norms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from flows.installation import Installation, load_installation
from flows.night import night
from flows.orchestration import working_on
from models.catalogue import Catalogue
from tests.few_norms import few_norms
from tests.flows.municipality import INCIDENTS, REGISTER, ROWS, TICKETS, write_register
from tests.pipeline import one_by_one
from warehouse.storage.database import State
from warehouse.storage.fleet_database import FleetDatabase, Municipality
from warehouse.storage.landing import Landing
from warehouse.storage.membership import STATUSES
from warehouse.storage.own_files import private_folder
from warehouse.storage.runs import finish_run, start_run
from warehouse.storage.seal import seal_run
from warehouse.storage.shared_folder import SharedFolder
from warehouse.storage.workspace import Beginning, workspace

VARIABLE = "ENSIA_FLEET_DATABASE"
HEAD = """
organisation: {{id: {name}, name: Gemeente {name}}}
{fleet}
sources:
"""
FLEET = """
organisations: [{names}]
exports: []
fleet: {{storage: gedeeld, minimum_group: 3, groups: {{oost: [{east}]}}}}
"""
_NORMS = frozenset({"5.1", "5.01.01", "5.01.02", "5.24.01", "8.13"})


@dataclass(frozen=True)
class SmallFleet:
    """A fleet whose `ensia.yaml` is in `folder`."""

    folder: Path
    names: tuple[str, ...]

    @property
    def database(self) -> FleetDatabase:
        return FleetDatabase(VARIABLE)

    @property
    def storage(self) -> SharedFolder:
        return SharedFolder(self.folder / "gedeeld")

    def installation(self, name: str) -> Installation:
        return load_installation(self.folder, name)

    def row(self, name: str) -> Municipality:
        row = self.database.municipality(name)
        assert row is not None
        return row

    def let_in(self, name: str) -> None:
        """With an empty warehouse, of which nothing is published yet."""
        self.database.send("adopt", name, 0, 0)
        with workspace(self.installation(name).state, beginning=Beginning(lambda state: None, None)):
            pass

    def night(self, name: str, as_of: date) -> None:
        """A night without orchestration."""
        with working_on(self.installation(name), as_of=as_of) as (here, desk):
            night(desk.connection, here, tiny_catalogue(), as_of=as_of, collect=one_by_one)

    def published(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        """What officers see."""
        return asked(self.installation(name).state.published, sql)


def asked(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows that a file answers with."""
    with duckdb.connect(str(file), read_only=True) as reader:
        return reader.execute(sql).fetchall()


@cache
def tiny_catalogue() -> Catalogue:
    """Five norms: what a night costs beside them is what a fleet is about."""
    few = few_norms()
    tests = tuple(test for test in few.tests if test.norm_id in _NORMS)
    norms = tuple(norm for norm in few.norms if norm.id in _NORMS or norm.level == "principle")
    ours = {(norm.framework_id, norm.id) for norm in norms}
    links = tuple(
        link
        for link in few.links
        if {(link.framework_id, link.norm_id), (link.to_framework_id, link.to_norm_id)} <= ours
    )
    digest = hashlib.sha256(f"{few.digest} tiny".encode()).hexdigest()
    return few.model_copy(
        update={"tests": tests, "norms": norms, "links": links, "indicators": (), "questions": (), "digest": digest}
    )


def write_fleet(folder: Path, number: int, *, let_in: bool = True) -> SmallFleet:
    """A fleet of `number` municipalities with three sources each."""
    names = tuple(f"gemeente-{place:03}" for place in range(1, number + 1))
    for name in names:
        write_member(folder / name, name)
    text = FLEET.format(names=", ".join(names), east=", ".join(names[: max(1, number // 2)]))
    (folder / "ensia.yaml").write_text(text, "utf-8")
    fleet = SmallFleet(folder, names)
    for name in names if let_in else ():
        fleet.let_in(name)
    return fleet


def write_member(folder: Path, name: str, *, of_fleet: bool = True) -> None:
    folder.mkdir(parents=True)
    sources = REGISTER.format(name="beleid") + REGISTER.format(name="kaders") + TICKETS.format(name="incidenten")
    (folder / "ensia.yaml").write_text(
        HEAD.format(name=name, fleet="member_of: ../ensia.yaml" if of_fleet else "exports: []") + sources, "utf-8"
    )
    write_register(folder / "beleid.xlsx", ROWS)
    write_register(folder / "kaders.xlsx", ROWS[:2])
    (folder / "incidenten.csv").write_text(INCIDENTS, "cp1252")


def write_a_night(state: State, connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """As little as a night writes: a run with its manifest, a payload, and files where officers look. What they hold is
    left to real nights."""
    run = start_run(connection, as_of)
    landing = Landing(state.landing)
    landing.keep_bytes(as_of.isoformat().encode())
    finish_run(connection, run, state="ok")
    seal_run(connection, landing, run.run_id, {"run_no": run.run_no})
    private_folder(state.published.parent)
    connection.execute(f"ATTACH '{state.published}' AS seen")
    connection.execute("CREATE SCHEMA seen.ops")
    connection.execute("CREATE TABLE seen.ops.run AS FROM ops.run")
    connection.execute("DETACH seen")
    connection.execute(f"COPY (FROM ops.run) TO '{state.published.with_name(STATUSES)}' (FORMAT parquet)")
