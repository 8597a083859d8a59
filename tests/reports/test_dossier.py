"""The dossier: what is in it, that it is the same again, and that every way of tampering is found on another computer."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from flows.installation import load_installation
from reports.dossier import MANIFEST, SIGNATURE, verify
from reports.registry import make
from tests import golden
from warehouse.reading.read import Published
from warehouse.storage.signing import SIGNING_KEY, read_public_key

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two key pairs as files: ours and another's."""
    folder = tmp_path_factory.mktemp("keys")
    found = {}
    for name in ("ours", "other"):
        key = Ed25519PrivateKey.generate()
        found[name] = folder / f"{name}.pem"
        found[name].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        found[f"{name}-public"] = folder / f"{name}.pub"
        found[f"{name}-public"].write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
    return found


@pytest.fixture(scope="module")
def published(few_norms_home: Path) -> Iterator[Published]:
    """The file as the night published it: with other moments its seal would not be that of its run."""
    with Published(load_installation(few_norms_home).state) as opened:
        yield opened


@pytest.fixture(scope="module")
def dossier(published: Published, tmp_path_factory: pytest.TempPathFactory, keys: dict[str, Path]) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SIGNING_KEY, str(keys["ours"]))
        return make("dossier", published, "voorbeeld", tmp_path_factory.mktemp("signed"), originals=True)[0]


def content_of(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def told_of(path: Path, *, public_key: str | None = None) -> list[str]:
    """What is wrong with the files of a dossier, apart from that it was packed anew."""
    told = [str(problem) for problem in verify(path, public_key=public_key)]
    return [problem for problem in told if "niet zoals het werd geschreven" not in problem]


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_what_is_in_it(dossier: Path, keys: dict[str, Path], published: Published, organisation: str) -> None:
    assert verify(dossier) == []
    assert verify(dossier, public_key=read_public_key(str(keys["ours-public"]))) == []
    files = content_of(dossier)
    answered = rows_of(files["antwoorden.csv"])
    expected = published.rows(
        "SELECT count(*) AS n FROM assess.answer WHERE until_run_no IS NULL AND organisation_id = ?", [organisation]
    )
    assert len(answered) == expected[0]["n"]
    assert {f"toelichting/{row['vragenlijst']}-{row['vraag']}.txt" for row in answered} <= files.keys()
    assert "ensia-2026.xlsx" in files
    assert json.loads(files["regels.json"])
    assert "nog niet bevroren" in json.loads(files["bevroren.json"])["melding"]


def test_every_record_walks_back_to_bytes_in_the_dossier(dossier: Path) -> None:
    files = content_of(dossier)
    rows = [row for row in rows_of(files["bewijs.csv"]) if row["sha256_van_het_origineel"]]
    assert len(rows) > 100
    for row in rows:
        assert row["vindplaats"]
        assert hashlib.sha256(files[row["origineel_in_dossier"]]).hexdigest() == row["sha256_van_het_origineel"]


def test_who_counts_the_judged_records_has_the_numbers_of_a_test(
    dossier: Path, published: Published, organisation: str
) -> None:
    judged = rows_of(content_of(dossier)["beoordeelde-regels.csv"])
    is_good = {row["toets"] for row in judged if row["in_teller"] == "ja"}
    is_bad = {row["toets"] for row in judged if row["in_teller"] == "nee" and row["oordeel"] == "niet goed"}
    name = min(is_good & is_bad)
    of_test = [row for row in judged if row["toets"] == name]
    [stored] = published.rows(
        "SELECT numerator, denominator FROM assess.test_result WHERE test_id = ? AND organisation_id = ? AND until_run_no IS NULL",
        [name, organisation],
    )
    assert sum(row["in_teller"] == "ja" for row in of_test) == stored["numerator"]
    assert sum(row["in_noemer"] == "ja" for row in of_test) == stored["denominator"]
    assert all(row["vindplaats"] for row in of_test)


def test_the_same_dossier_again(published: Published, organisation: str, tmp_path: Path) -> None:
    first, second = (make("dossier", published, organisation, tmp_path / name)[0] for name in "ab")
    with zipfile.ZipFile(first) as a, zipfile.ZipFile(second) as b:
        differing = [name for name in a.namelist() if a.read(name) != b.read(name)]
        assert a.namelist() == b.namelist()
    assert differing == []


def change(name: str) -> Callable[[Files], None]:
    def apply(files: Files) -> None:
        chosen = next(file for file in files if file.startswith(name))
        files[chosen] = files[chosen] + b" "

    return apply


def leave_out(files: Files) -> None:
    del files[next(name for name in files if name.startswith("originelen/"))]


def add(files: Files) -> None:
    files["extra.txt"] = b"erbij"


def cover_up(files: Files) -> None:
    """Change an answer and the manifest along with it."""
    files["antwoorden.csv"] = files["antwoorden.csv"].replace(b";Nee;", b";Ja;")
    manifest = json.loads(files[MANIFEST])
    manifest["files"]["antwoorden.csv"] = {
        "sha256": hashlib.sha256(files["antwoorden.csv"]).hexdigest(),
        "bytes": len(files["antwoorden.csv"]),
    }
    files[MANIFEST] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (change("antwoorden.csv"), "antwoorden.csv is gewijzigd"),
        (change("bewijs.csv"), "bewijs.csv is gewijzigd"),
        (change("toelichting/"), "is gewijzigd"),
        (change("originelen/"), "is gewijzigd"),
        (change("regels.json"), "regels.json is gewijzigd"),
        (leave_out, "ontbreekt"),
        (add, "extra.txt is toegevoegd"),
        (cover_up, "de handtekening klopt niet"),
        (lambda files: files.pop(MANIFEST), "manifest.json ontbreekt"),
        (lambda files: files.update({"../buiten.txt": b""}), "wijst naar buiten"),
    ],
)
def test_tampering_is_found(dossier: Path, tmp_path: Path, tamper: Callable[[Files], None], expected: str) -> None:
    files = content_of(dossier)
    tamper(files)
    problems = told_of(written(tmp_path / "geknoeid.zip", files))
    assert any(expected in problem for problem in problems), problems


def test_whose_signature_it_is(dossier: Path, tmp_path: Path, keys: dict[str, Path]) -> None:
    ours, other = (read_public_key(str(keys[f"{name}-public"])) for name in ("ours", "other"))
    assert [*map(str, verify(dossier, public_key=other))] == ["het dossier is met een andere sleutel ondertekend"]
    files = content_of(dossier)
    del files[SIGNATURE]
    unsigned = written(tmp_path / "zonder.zip", files)
    assert told_of(unsigned) == []
    assert told_of(unsigned, public_key=ours) == ["het dossier is niet ondertekend"]


def test_what_is_no_dossier(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"geen zip")
    assert verify(tmp_path / "a.zip")
    assert verify(tmp_path / "is_er_niet.zip")


_VARYING = re.compile(
    r"\b\d{8}T\d{6}-[0-9a-f]{6}\b|(?<=klaar op ).*|(?<=finished ).*|\b[0-9a-f]{64}\b|\b\d{15,20}\b|\b(Bewijs|Evidence): .*|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?|\"bytes\": \d+"
)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_stands_in_the_readme_and_the_tables(
    published: Published, organisation: str, tmp_path: Path, lang: str
) -> None:
    """The names of the files, the readme, the headings and one question, without what differs per installation."""
    files = content_of(make("dossier", published, organisation, tmp_path, lang=lang)[0])
    explained = [name for name in sorted(files) if name.startswith("toelichting/")]
    parts = {name: files[name].decode("utf-8-sig") for name in ("LEESMIJ.txt", explained[0], MANIFEST)}
    tables = {
        name: "\n".join(files[name].decode("utf-8-sig").splitlines()[:1]) for name in ("antwoorden.csv", "bewijs.csv")
    }
    listed = [name for name in sorted(files) if name not in explained]
    told = [f"# {len(files)} files, of which {len(explained)} explanations", *listed]
    manifest = json.loads(parts[MANIFEST])
    manifest["files"] = sorted(name for name in manifest["files"] if name not in explained)
    parts[MANIFEST] = json.dumps(manifest, ensure_ascii=False, indent=1)
    for name, text in {**parts, **tables}.items():
        told += [f"# {name}", _VARYING.sub("…", text)]
    golden.check(f"dossier-{lang}.txt", "\n".join(told) + "\n")


def test_any_flipped_byte_is_found_or_changes_nothing(dossier: Path, tmp_path: Path) -> None:
    """A byte anywhere in the file: what is read from it is then the same, or it is told."""
    original, content = dossier.read_bytes(), content_of(dossier)
    copy = tmp_path / "kopie.zip"
    for at in range(0, len(original), max(1, len(original) // 150)):
        changed = bytearray(original)
        changed[at] ^= 0xFF
        copy.write_bytes(changed)
        if not verify(copy):
            assert content_of(copy) == content, f"byte {at}"
