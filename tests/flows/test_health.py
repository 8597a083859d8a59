"""What `ensia doctor` finds: each thing that a night needs and lacks, with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.health import Level, findings
from flows.heartbeat import Heartbeat, write_heartbeat
from flows.installation import Installation, load_installation
from flows.prefect_database import NAME
from flows.safekeeping import back_up
from tests.bare_nights import night
from tests.flows.municipality import write_municipality
from warehouse.storage.backup import last_backup
from warehouse.storage.database import utc_now
from warehouse.storage.last_run import last_run
from warehouse.storage.own_files import private_folder, put_in_place

MAIL = "digest: {mail: {host: localhost, sender: a@b.nl, username: ENSIA_GEBRUIKER, password: GEHEIM_DAT_ER_NIET_IS}, recipients: [{owners: ['*'], webhook: HAAK}]}\n"


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation after a night, with a backup: all is well."""
    folder = write_municipality(tmp_path_factory.mktemp("bewoond") / "gemeente")
    installation = load_installation(folder)
    night(installation.state)
    back_up(installation, folder.parent / "kopie")
    for place in [installation.state.root, *installation.state.root.rglob("*")]:
        place.chmod(place.stat().st_mode & 0o700)
    return folder


@pytest.fixture
def installation(lived_in: Path, tmp_path: Path) -> Installation:
    return load_installation(Path(shutil.copytree(lived_in, tmp_path / "gemeente")))


def just_after_the_night(installation: Installation) -> datetime:
    newest = last_run(installation.state)
    assert newest is not None
    return newest.started_at + timedelta(minutes=1)


def a_missed_night(installation: Installation) -> timedelta:
    return timedelta(days=1)


def three_missed_nights(installation: Installation) -> timedelta:
    return timedelta(days=3)


def a_clock_set_back(installation: Installation) -> timedelta:
    return timedelta(days=-40)


def a_clock_set_ahead(installation: Installation) -> timedelta:
    return timedelta(days=3653)


def an_old_backup(installation: Installation) -> timedelta:
    made = last_backup(installation.state)
    assert made is not None
    content = installation.state.last_backup.read_text("utf-8")
    old = made.made_at - timedelta(days=9)
    put_in_place(installation.state.last_backup, content.replace(str(made.made_at), str(old)).encode())
    return timedelta(0)


def no_backup(installation: Installation) -> timedelta:
    installation.state.last_backup.unlink()
    return timedelta(0)


def a_changed_published_file(installation: Installation) -> timedelta:
    installation.state.published.chmod(0o600)
    with duckdb.connect(str(installation.state.published)) as client:
        client.execute("CREATE TABLE van_mij (een INTEGER)")
    return timedelta(0)


def a_damaged_published_file(installation: Installation) -> timedelta:
    installation.state.published.chmod(0o600)
    installation.state.published.write_bytes(b"geen database" * 1000)
    return timedelta(0)


def a_lost_warehouse(installation: Installation) -> timedelta:
    installation.state.warehouse.unlink()
    return timedelta(0)


def a_run_that_failed(installation: Installation) -> timedelta:
    with duckdb.connect(str(installation.state.warehouse)) as connection:
        connection.execute("UPDATE ops.run SET state = 'failed', reason = 'de schijf is vol'")
    return timedelta(0)


def a_silent_serve(installation: Installation) -> timedelta:
    long_ago = utc_now() - timedelta(hours=5)
    write_heartbeat(installation.state, Heartbeat(long_ago, long_ago, 1, "03:15"))
    return timedelta(0)


def a_serve_of_another_time(installation: Installation) -> timedelta:
    now = just_after_the_night(installation)
    write_heartbeat(installation.state, Heartbeat(now, now, 1, "05:00"))
    return timedelta(0)


def a_broken_prefect_database(installation: Installation) -> timedelta:
    (private_folder(installation.state.prefect) / NAME).write_text("geen database", "utf-8")
    return timedelta(0)


def an_open_folder(installation: Installation) -> timedelta:
    installation.state.landing.chmod(0o755)
    return timedelta(0)


@pytest.mark.parametrize(
    ("trouble", "about", "level", "words"),
    [
        (a_missed_night, "nights", Level.ATTENTION, "geen run sinds"),
        (three_missed_nights, "nights", Level.WRONG, "3 nachten"),
        (a_clock_set_back, "clock", Level.WRONG, "een van beide klopt niet"),
        (a_clock_set_ahead, "clock", Level.WRONG, "de klok is versprongen"),
        (an_old_backup, "backup", Level.ATTENTION, "de nieuwste is van"),
        (no_backup, "backup", Level.ATTENTION, "nog geen reservekopie"),
        (a_changed_published_file, "published", Level.ATTENTION, "gewijzigd sinds"),
        (a_damaged_published_file, "published", Level.WRONG, "is beschadigd"),
        (a_lost_warehouse, "warehouse", Level.WRONG, "het warehouse ontbreekt"),
        (a_run_that_failed, "warehouse", Level.ATTENTION, "kwam niet af: de schijf is vol"),
        (a_silent_serve, "heartbeat", Level.WRONG, "liet voor het laatst van zich horen"),
        (a_serve_of_another_time, "heartbeat", Level.ATTENTION, "start de nacht om 05:00"),
        (a_broken_prefect_database, "prefect", Level.ATTENTION, "beschadigd"),
        (an_open_folder, "rights", Level.ATTENTION, "open voor anderen"),
    ],
)
def test_each_trouble_is_found_with_what_to_do(
    trouble: Callable[[Installation], timedelta], about: str, level: Level, words: str, installation: Installation
) -> None:
    now = just_after_the_night(installation)
    found = list(findings(installation, now + trouble(installation)))
    (finding,) = [each for each in found if each.about == about and each.level is not Level.FINE]
    assert finding.level is level and words in str(finding.what) and str(finding.advice)


def test_when_all_is_well_nothing_is_asked_and_nothing_changes(installation: Installation) -> None:
    before = {path: path.stat().st_mtime_ns for path in installation.state.root.rglob("*") if path.is_file()}
    found = list(findings(installation, just_after_the_night(installation)))
    assert [finding for finding in found if finding.level is not Level.FINE] == []
    assert {"rights", "disk", "clock", "warehouse", "published", "nights", "heartbeat"} <= {one.about for one in found}
    after = {path: path.stat().st_mtime_ns for path in installation.state.root.rglob("*") if path.is_file()}
    assert {path.name for path in after if after[path] != before.get(path)} <= {"run.lock", "ensia.duckdb"}


def test_before_the_first_night_it_says_what_comes_first(tmp_path: Path) -> None:
    installation = load_installation(write_municipality(tmp_path))
    found = list(findings(installation, utc_now()))
    asked = {each.about: str(each.advice) for each in found if each.level is not Level.FINE}
    assert asked.keys() == {"rights", "warehouse", "published", "nights"}
    assert all("ensia nightly" in advice for about, advice in asked.items() if about != "rights")
    assert not installation.state.root.exists()


def test_secrets_that_are_not_there_are_named_and_never_shown(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installation.file.open("a", encoding="utf-8") as file:
        file.write(MAIL)
    monkeypatch.setenv("ENSIA_GEBRUIKER", "abc-gebruiker")
    monkeypatch.setenv("HAAK", "https://geheim.example/abc")
    found = [each for each in findings(load_installation(installation.file), utc_now()) if each.about == "secrets"]
    wrong = [str(each.what) for each in found if each.level is Level.WRONG]
    assert len(wrong) == 1 and "GEHEIM_DAT_ER_NIET_IS" in wrong[0] and "gemeente-test/digest" in wrong[0]
    assert any("2 geheimen" in str(each.what) for each in found)
    assert not any("abc" in str(each.what) for each in found)
