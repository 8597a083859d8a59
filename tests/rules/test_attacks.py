"""What a careless or clever municipality may hand in does not come out as voldoet or groen. Each attack is laid on a copy of the
example municipality, all of them side by side in one warehouse; the attacks stand in `attacks.yaml`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from flows.installation import load_installation
from models.instant import macros
from models.loading import load_catalogue
from warehouse.engine.assessment import compute
from warehouse.storage.catalogue_store import store_catalogue

ATTACKS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text("utf-8"))
FRAMEWORKS = ["bio2-1.3", "bio2-1.2", "bio-1.04", "principes-2018", "digid-3.0"]
AS_OF = date(2026, 11, 20)
COPIED = "schema_name = 'evidence' OR schema_name = 'ops' AND table_name IN ('organisation', 'source_run', 'source_coverage')"


@dataclass(frozen=True)
class Outcome:
    """The status of every norm of the BIO2 and the colour of every indicator, by organisation and number."""

    status: dict[tuple[str, str], str]


def _copy(connection: duckdb.DuckDBPyConnection, organisation: str, name: str) -> None:
    tables = connection.execute(
        f"SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE {COPIED}"
    ).fetchall()
    for (table,) in tables:
        connection.execute(
            f"INSERT INTO {table} SELECT * REPLACE ('{name}' AS organisation_id) FROM {table} WHERE organisation_id = ?",
            [organisation],
        )


@pytest.fixture(scope="module")
def outcome(example_home: Path, organisation: str, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one assessment says of the example and of every attacked copy."""
    warehouse = tmp_path_factory.mktemp("aanvallen") / "warehouse.duckdb"
    shutil.copy(load_installation(example_home).state.warehouse, warehouse)
    catalogue = load_catalogue(FRAMEWORKS)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(macros())
        store_catalogue(connection, catalogue)
        # as if a sample had proven what the owner states himself
        connection.execute("UPDATE catalogue.test SET min_basis = 'attested'")
        for number, attack in enumerate(ATTACKS):
            name = f"aanval-{number}"
            _copy(connection, organisation, name)
            for sql in attack["sql"]:
                connection.execute(sql.replace("$organisation", f"'{name}'"))
        known_at = connection.execute("SELECT max(known_at) FROM ops.run").fetchone()[0]  # type: ignore[index]
        compute(connection, catalogue, as_of=AS_OF, known_at=known_at)
        rows = connection.execute(
            "SELECT organisation_id, norm_id, status FROM new_measure_status WHERE framework_id = 'bio2-1.3' "
            "UNION ALL SELECT organisation_id, norm_id, status FROM new_control_status "
            "UNION ALL SELECT organisation_id, indicator_id, colour FROM new_indicator_value"
        ).fetchall()
    return Outcome({(name, number): status for name, number, status in rows})


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=[attack["name"] for attack in ATTACKS])
def test_an_attack_gains_nothing(outcome: Outcome, organisation: str, number: int) -> None:
    attack = ATTACKS[number]
    name = f"aanval-{number}"
    statuses = {norm: outcome.status[name, norm] for norm in attack["not_met"]}
    assert {norm for norm, status in statuses.items() if status in ("voldoet", "groen")} == set()
    for norm in attack.get("never_left_out", []):
        assert outcome.status[name, norm] != "niet_van_toepassing"


def test_the_attacks_would_be_seen(outcome: Outcome, organisation: str) -> None:
    """Without an attack the example meets many of the norms that are attacked: the test above could fail."""
    attacked = {norm for attack in ATTACKS for norm in attack["not_met"]}
    met = {norm for norm in attacked if outcome.status[organisation, norm] in ("voldoet", "groen")}
    assert len(met) >= 40, sorted(met)
