"""`ensia verify` and `ensia dossier verify`: nothing to say of what was not touched, and every one of many changes named."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from cli.common import writing
from cli.main import app
from flows.installation import load_installation
from reports.registry import make
from reports.review import drafts
from tests.few_norms import chosen_norms
from tests.flows.municipality import AS_OF, write_municipality
from tests.pipeline import run_once
from tests.warehouse import tamperings
from tests.warehouse.tamperings import Tampering
from warehouse.reading.read import Published
from warehouse.storage.signing import SIGNING_KEY
from warehouse.year.cycle import freeze, open_cycle

# Two hundred changes in the long run.
BATCHES, OF_A_BATCH = 25 if os.environ.get("ENSIA_LONG") else 8, 8
# Changes that may go unseen: docs/verification.md, "Housekeeping".
MOST_UNSEEN = BATCHES * OF_A_BATCH // 100
SEED = 20261128
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_PUBLIC_KEY = base64.b64encode(OTHER.public_key().public_bytes_raw()).decode()
PUBLIC_KEY = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()

NORMS = chosen_norms(frozenset({"5.1", "5.01.01", "5.24", "5.24.01"}), frozenset({"2"}))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small municipality after two nights, with a frozen year and a dossier, all signed."""
    return sealed_municipality(tmp_path_factory.mktemp("verzegeld") / "gemeente")


def sealed_municipality(folder: Path) -> Path:
    write_municipality(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SIGNING_KEY, base64.b64encode(KEY.private_bytes_raw()).decode())
        run_once(folder, AS_OF, catalogue=NORMS)
        with writing(load_installation(folder)) as (connection, _):
            open_cycle(connection, AS_OF.year, by="CISO")
            freeze(connection, "gemeente-test", AS_OF.year, by="CISO", drafts=drafts, reason="proef")
        run_once(folder, AS_OF, catalogue=NORMS)
        with Published(load_installation(folder).state) as published:
            make("dossier", published, "gemeente-test", folder, originals=True)
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SIGNING_KEY, base64.b64encode(KEY.private_bytes_raw()).decode())
    return Path(shutil.copytree(home, tmp_path / "kopie", copy_function=shutil.copy2))


def verified(folder: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of the command, and its findings."""
    shown = CliRunner().invoke(app, ["verify", "-c", str(folder), "--json", *options])
    assert shown.stdout.startswith("{"), (shown.output, shown.exception)
    return shown.exit_code, json.loads(shown.stdout)["findings"]


def dossier_of(folder: Path) -> Path:
    return next(folder.glob("gemeente-test/*.zip"))


def test_what_nobody_touched_is_as_it_was(home: Path) -> None:
    assert verified(home, "--all", "--public-key", PUBLIC_KEY) == (0, [])
    shown = CliRunner().invoke(app, ["dossier", "verify", str(dossier_of(home)), "--public-key", PUBLIC_KEY])
    assert (shown.exit_code, "ongewijzigd" in shown.output) == (0, True)


def test_without_a_key_nothing_is_called_unchanged(home: Path) -> None:
    for command in (["dossier", "verify", str(dossier_of(home))], ["cycle", "verify", "2026", "-c", str(home)]):
        shown = CliRunner().invoke(app, command)
        assert (shown.exit_code, "ongewijzigd" in shown.output) == (3, False), shown.output


def test_every_one_of_many_changes_is_named(home: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    unseen: list[Tampering] = []
    for number in range(BATCHES):
        folder = Path(shutil.copytree(home, tmp_path / str(number)))
        batch = tampered(folder, chance, number)
        assert len(batch) == OF_A_BATCH
        _, findings = verified(folder)
        named = [(finding["part"], finding["place"]) for finding in findings]
        unseen += [one for one in batch if one.part != "dossier" and not is_named(one, named)]
        dossier = [one for one in batch if one.part == "dossier"]
        shown = CliRunner().invoke(app, ["dossier", "verify", str(dossier_of(folder)), "--public-key", PUBLIC_KEY])
        if shown.exit_code != 1:
            unseen += dossier
        shutil.rmtree(folder)
    assert len(unseen) <= MOST_UNSEEN, unseen


def tampered(folder: Path, chance: random.Random, number: int) -> list[Tampering]:
    """Eight changes at once; every other time one of the database files is changed by its bytes, which may end all reading of it."""
    state = folder / "state"
    files: set[Path] = set()
    tables: set[str] = set()
    warehouse, published = state / "warehouse" / "ensia.duckdb", state / "published" / "ensia.duckdb"
    batch = [tamperings.of_object(state, chance, files) for _ in range(2)]
    batch.append(tamperings.of_manifest(state, chance, files))
    batch.append(tamperings.of_dossier(dossier_of(folder), chance))
    batch.append(tamperings.of_rows(published, "published", chance, set(), ("evidence", "assess", "ops", "account")))
    if number % 5 == 4:
        batch.append(tamperings.of_bytes(warehouse, "warehouse", chance))
        batch[-2] = tamperings.of_bytes(published, "published", chance)
        batch += [tamperings.of_object(state, chance, files), tamperings.of_manifest(state, chance, files)]
        return batch
    batch += [
        tamperings.of_rows(warehouse, "warehouse", chance, tables, ("evidence", "assess", "ops", "catalogue"))
        for _ in range(2)
    ]
    batch.append(tamperings.of_rows(warehouse, "warehouse", chance, tables, ("account",)))
    return batch


def is_named(one: Tampering, named: list[tuple[str, str]]) -> bool:
    """Whether a finding points there. Where the marks of the seal were changed too, a row is told of the warehouse against its copy."""
    parts = {one.part, "warehouse"} if one.part == "published" else {one.part}
    return any(part in parts and one.place in place for part, place in named)


def test_the_verifier_without_our_code_sees_what_was_changed(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(dossier_of(home)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    code, said = by_hand(files, tmp_path)
    assert (code, "Ongewijzigd" in said) == (0, True), said
    row = next(line for line in files["keten/rijen.jsonl"].splitlines() if b'"table":"evidence.' in line)
    status = next(line for line in files["keten/rijen.jsonl"].splitlines() if b"assess.measure_status" in line)
    answers = files["antwoorden.csv"]
    changes = {
        "assess.measure_status": {"keten/rijen.jsonl": (status, status.replace(b'"status":"', b'"status":"x'))},
        "evidence.": {"keten/rijen.jsonl": (row, row.replace(b'"title":"', b'"title":"x'))},
        "antwoorden.csv": {
            "antwoorden.csv": (answers, answers.replace(b";Nee;", b";Ja;").replace(b";Gedeeltelijk;", b";Ja;"))
        },
        "regels.json: gewijzigd": {"regels.json": (b"{", b" {")},
    }
    for named, change in changes.items():
        [(name, (old, new))] = change.items()
        assert old != new and old in files[name], named
        changed = files | {name: files[name].replace(old, new, 1)}
        code, said = by_hand(changed, tmp_path)
        assert (code, named in said) == (1, True), said
        code, said = by_hand(signed_anew(changed), tmp_path, key=OTHER_PUBLIC_KEY)  # by whoever has a key of his own
        assert code == (0 if name == "regels.json" else 1), (
            said
        )  # what the chain does not hold is held by the key alone


def signed_anew(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a manifest that fits them, signed by another."""
    manifest = json.loads(files["manifest.json"])
    for name, about in manifest["files"].items():
        about |= {"bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
    text = json.dumps(manifest).encode()
    signature = {"signature": base64.b64encode(OTHER.sign(text)).decode(), "public_key": OTHER_PUBLIC_KEY}
    return files | {"manifest.json": text, "manifest.sig.json": json.dumps(signature).encode()}


def by_hand(files: dict[str, bytes], folder: Path, *, key: str = PUBLIC_KEY) -> tuple[int, str]:
    """What the verifier in the dossier says of it, run by a Python that knows nothing of us."""
    dossier, verifier = folder / "dossier.zip", folder / "controleer.py"
    verifier.write_bytes(files["controleer.py"])
    with zipfile.ZipFile(dossier, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    command = [sys.executable, "-I", str(verifier), str(dossier), "--public-key", key]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return ended.returncode, ended.stdout + ended.stderr


def test_a_page_that_was_initialled_fixes_what_came_before(copy: Path) -> None:
    made = CliRunner().invoke(app, ["anchor", "make", "-c", str(copy)])
    assert made.exit_code == 0, made.output
    page = CliRunner().invoke(app, ["anchor", "page", "-c", str(copy)]).output
    root = next(line for line in page.splitlines() if line.strip().startswith("Wortel")).split(maxsplit=1)[1]
    shown = CliRunner().invoke(app, ["verify", "-c", str(copy), "--json", "--root", root])
    assert (shown.exit_code, json.loads(shown.stdout)["anchored"]) == (0, [1, 2, 3])
    assert json.loads(CliRunner().invoke(app, ["verify", "-c", str(copy), "--json"]).stdout)["anchored"] == []
    code, findings = verified(copy, "--root", "0" * 64)
    assert (code, [finding["part"] for finding in findings]) == (1, ["anchors"])


def test_a_night_lets_nothing_good_rest_on_a_row_that_somebody_changed(copy: Path) -> None:
    state = load_installation(copy).state
    with duckdb.connect(str(state.warehouse)) as connection:
        connection.execute("UPDATE evidence.document SET state = 'vastgesteld' WHERE title = 'Terugblik'")
        connection.execute("UPDATE assess.measure_status SET status = 'voldoet'")
        connection.execute("UPDATE ops.source_run SET fresh_until = DATE '2030-01-01' WHERE source_id = 'incidenten'")
    (copy / "beleid.xlsx").unlink()  # so that the source cannot deliver the record again
    outcome = run_once(copy, AS_OF, catalogue=NORMS)
    assert outcome.state == "degraded"
    assert any("buiten dit programma om gewijzigd" in str(line) for line in outcome.degraded)
    with Published(state) as published:
        present = published.rows("SELECT title FROM evidence.document WHERE retired_at IS NULL")
        statuses = published.rows("SELECT DISTINCT status FROM assess.measure_status WHERE until_run_no IS NULL")
    assert "Terugblik" not in {row["title"] for row in present}
    assert {row["status"] for row in statuses} != {"voldoet"}
    code, findings = verified(copy, "--all")
    assert [(finding["part"], finding["weight"]) for finding in findings] == [("chain", "note")], findings
    assert code == 0


def test_a_night_repairs_what_its_sources_deliver_again(copy: Path) -> None:
    state = load_installation(copy).state
    kept = [path for path in (state.landing / "objects").rglob("*") if path.is_file() and is_a_source(path, copy)]
    assert len(kept) == 2
    kept[0].write_bytes(b"iets anders")
    kept[1].unlink()
    assert verified(copy)[0] == 1
    outcome = run_once(copy, AS_OF, catalogue=NORMS)
    assert outcome.state == "ok", outcome.degraded
    assert verified(copy) == (0, [])


def is_a_source(path: Path, folder: Path) -> bool:
    """Whether an object holds the bytes of one of the lists of the municipality."""
    lists = [folder / "beleid.xlsx", folder / "incidenten.csv"]
    return path.name in {hashlib.sha256(each.read_bytes()).hexdigest() for each in lists}
