"""A shared service centre: several municipalities in one installation, of which none touches another's rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.installation import load_installation
from models.errors import ConfigurationError, NotFound
from tests.flows.municipality import AS_OF, ROWS, rows, write_register
from tests.pipeline import run_once
from warehouse.reading.read import Published


@pytest.fixture
def centre(municipality: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two municipalities with files of their own, and one `ensia.yaml` that names both."""
    folder = tmp_path_factory.mktemp("centrum")
    for name in ("oost", "west"):
        shutil.copytree(municipality, folder / name)
        own = folder / name / "ensia.yaml"
        own.write_text(own.read_text("utf-8").replace("gemeente-test", f"gemeente-{name}"), "utf-8")
    (folder / "ensia.yaml").write_text("organisations: [oost, west/ensia.yaml]\nexports: []\n", "utf-8")
    return folder


STATUSES = (
    "SELECT norm_id, status, basis, expires_on FROM assess.measure_status "
    "WHERE organisation_id = ? AND until_run_no IS NULL ORDER BY ALL"
)


def test_each_has_its_own_statuses_and_a_broken_source_of_one_is_nothing_to_the_other(centre: Path) -> None:
    first = run_once(centre, AS_OF)
    assert (first.state, first.totals.stored) == ("ok", 10)
    alike = rows(centre, STATUSES, "gemeente-oost")
    assert alike and alike == rows(centre, STATUSES, "gemeente-west")
    (centre / "west" / "beleid.xlsx").unlink()
    (centre / "west" / "incidenten.csv").write_bytes(b"")
    write_register(centre / "oost" / "beleid.xlsx", ROWS[1:])
    second = run_once(centre, AS_OF)
    assert [line.split(":")[0] for line in map(str, second.degraded)] == [
        "gemeente-west/beleid",
        "gemeente-west/incidenten",
    ]
    assert rows(centre, STATUSES, "gemeente-west") == alike
    assert rows(centre, STATUSES, "gemeente-oost") != alike
    present = (
        "SELECT organisation_id, count(*) FROM evidence.document WHERE retired_at IS NULL GROUP BY ALL ORDER BY ALL"
    )
    assert rows(centre, present) == [("gemeente-oost", 2), ("gemeente-west", 3)]


def test_a_question_names_the_organisation(centre: Path) -> None:
    run_once(centre, AS_OF)
    with Published(load_installation(centre).state) as published:
        assert published.organisation("gemeente-west") == "gemeente-west"
        with pytest.raises(NotFound, match="--organisation: gemeente-oost, gemeente-west"):
            published.organisation(None)


def test_the_same_organisation_twice_is_refused(centre: Path) -> None:
    (centre / "ensia.yaml").write_text("organisations: [oost, oost/ensia.yaml]\n", "utf-8")
    with pytest.raises(ConfigurationError, match="‘gemeente-oost’ staat er tweemaal"):
        load_installation(centre)
