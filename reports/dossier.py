"""The audit dossier: everything behind the answers of one organisation in one zip, with a manifest that names each file by
its SHA-256. `verify` proves on any computer that nothing was changed, added or left out."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from models.kind import kinds
from models.language import pick
from models.message import Message, message
from models.wording import word
from reports.answers import Answer, answers, explanation, improvement
from reports.marts import shown
from reports.provenance import lines, provenance
from reports.registry import make
from reports.safe import cell_text
from warehouse.reading.explain import place
from warehouse.reading.read import Published
from warehouse.reading.shapes import CatalogueContent, FrozenYear, NamedRecord, PresentTest
from warehouse.storage.landing import Landing
from warehouse.storage.signing import sign, signature_holds, signing_key

NAME = "dossier"
TITLE_NL = "Auditdossier: antwoorden, bewijs, regels en vindplaatsen, met controlegetallen"
TITLE_EN = "Audit dossier: answers, evidence, rules and places, with checksums"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig.json"
OF_THE_CYCLE = True
LARGEST_MANIFEST = 100_000_000  # bytes
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold
_ANSWERS = {
    "nl": ("vragenlijst", "vraag", "tekst", "voorstel", "antwoord", "antwoord_van", "beoordelaar", "reden", "status",
           "grondslag", "verloopt_op", "verbetering", "eigenaar", "toelichting"),
    "en": ("questionnaire", "question", "text", "proposal", "answer", "answered_by", "reviewer", "reason", "status", "basis",
           "expires_on", "improvement", "owner", "explanation"),
}  # fmt: skip
_EVIDENCE = {
    "nl": ("vragenlijst", "vraag", "norm", "aspect", "toets", "uitslag", "soort", "bewijsnummer", "bewijs",
           "waargenomen_op", "bron", "vindplaats", "adres", "sha256_van_het_origineel", "origineel_in_dossier"),
    "en": ("questionnaire", "question", "norm", "aspect", "test", "result", "kind", "number", "record", "observed_on",
           "source", "place", "address", "sha256_of_the_original", "original_in_dossier"),
}  # fmt: skip


def build(
    published: Published,
    organisation: str,
    target: Path,
    *,
    lang: str = "nl",
    originals: bool = False,
    **options: Any,
) -> list[Path]:
    """Write `dossier-JAAR.zip`, about the year of the run. With `originals` the landed bytes go in too. Signed when
    ENSIA_SIGNING_KEY is set."""
    origin = provenance(published, organisation)
    chosen = origin.as_of.year
    listed = answers(published, organisation, lang)
    files = {
        "LEESMIJ.txt": _readme(lines(origin, lang), lang),
        "antwoorden.csv": _answers(listed, lang),
        "regels.json": _rules(published),
        "bevroren.json": _frozen(published, organisation, chosen),
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for path in make("ensia", published, organisation, Path(folder), lang=lang):
            files[path.name] = path.read_bytes()
    kept = _originals(published, listed) if originals else {}
    files |= {f"originelen/{artifact}": content for artifact, content in kept.items()}
    files["bewijs.csv"] = _evidence(listed, kept, lang)
    files |= {f"toelichting/{_name(answer)}.txt": explanation(answer, lang).encode() for answer in listed}
    manifest = {
        "format": 1,
        "organisation": organisation,
        "year": chosen,
        "run": {"run_no": origin.run_no, "run_id": origin.run_id, "as_of": origin.as_of.isoformat()},
        "run_manifest": published.last_run().get("manifest_hash"),
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(files.items())
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    files[MANIFEST] = text.encode()
    signature, public_key = sign(text, signing_key())
    if signature is not None:
        files[SIGNATURE] = json.dumps({"signature": signature, "public_key": public_key}).encode()
    path = target / f"dossier-{chosen}{pick(lang, '', '-en')}.zip"
    _write(path, files)
    return [path]


def verify(path: Path, *, public_key: Path | None = None) -> list[Message]:
    """What is wrong with a dossier; empty when it is whole and unchanged.

    `public_key`: a file with the key (base64, or PEM) that must have signed it. Without one only the manifest is trusted.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive, _key(public_key) if public_key else None)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, KeyError, ValueError) as error:
        return [message("dossier.unreadable", sort=type(error).__name__)]


def seal(path: Path) -> tuple[int, str, str | None]:
    """Of a dossier that `verify` has nothing against: how many files it holds, the SHA-256 of its manifest, and the public
    key (base64) that signed it. Whoever received that hash by another way needs no signature."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(MANIFEST)
        names = archive.namelist()
        key = json.loads(archive.read(SIGNATURE))["public_key"] if SIGNATURE in names else None
    return len(json.loads(text)["files"]), hashlib.sha256(text).hexdigest(), key


def _verify(archive: zipfile.ZipFile, expected_key: str | None) -> list[Message]:
    names = [entry.filename for entry in archive.infolist()]
    problems = [
        message("dossier.twice", name=name) for name in sorted({name for name in names if names.count(name) > 1})
    ]
    problems += [message("dossier.outside", name=name) for name in names if _leaves(name)]
    if MANIFEST not in names:
        return [*problems, message("settings.missing", name=MANIFEST)]
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        return [*problems, message("dossier.too_large", name=MANIFEST)]
    text = archive.read(MANIFEST).decode()
    expected: dict[str, dict[str, Any]] = json.loads(text)["files"]
    problems += [
        message("dossier.added", name=name) for name in sorted(set(names) - set(expected) - {MANIFEST, SIGNATURE})
    ]
    for name, marks in expected.items():
        if name not in names:
            problems.append(message("settings.missing", name=name))
        elif archive.getinfo(name).file_size != marks["bytes"] or _hash(archive, name) != marks["sha256"]:
            problems.append(message("dossier.changed", name=name))
    return problems + _signature_problems(archive, names, text, expected_key)


def _signature_problems(
    archive: zipfile.ZipFile, names: Sequence[str], text: str, expected_key: str | None
) -> list[Message]:
    if SIGNATURE not in names:
        return [message("dossier.not_signed")] if expected_key else []
    signed = json.loads(archive.read(SIGNATURE))
    if expected_key and signed["public_key"] != expected_key:
        return [message("dossier.other_key")]
    return (
        [] if signature_holds(text, signed["signature"], signed["public_key"]) else [message("dossier.wrong_signature")]
    )


def _hash(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as content:
            while part := content.read(1 << 20):
                digest.update(part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return "damaged"
    return digest.hexdigest()


def _leaves(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name


def _key(path: Path) -> str:
    """The public key of a file as base64."""
    text = path.read_text("ascii").strip()
    if not text.startswith("-----BEGIN"):
        return text
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(text.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return base64.b64encode(key.public_bytes_raw()).decode()


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])


def _name(answer: Answer) -> str:
    return f"{answer.questionnaire_id}-{answer.question_id}".replace("/", "_")


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[shown(value) for value in row] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _answers(listed: Sequence[Answer], lang: str) -> bytes:
    rows = [
        (answer.questionnaire_id, answer.question_id, answer.text, answer.proposal, answer.answer,
         word("reviewer" if "answer" in answer.values else "proposal", lang),
         answer.reviewed.reviewer if answer.reviewed else "", answer.reviewed.reason if answer.reviewed else "",
         word(answer.status, lang), word(answer.basis, lang), answer.expires_on, improvement(answer), answer.owner,
         explanation(answer, lang))
        for answer in listed
    ]  # fmt: skip
    return _table(_ANSWERS[lang], rows)


def _evidence(listed: Sequence[Answer], kept: Mapping[str, bytes], lang: str) -> bytes:
    rows = []
    for answer in listed:
        for test in answer.tests:
            records: Sequence[NamedRecord | None] = answer.records_of(test) or [None]
            for record in records:
                rows.append([answer.questionnaire_id, answer.question_id, *_line(test, record, kept, lang)])
    return _table(_EVIDENCE[lang], rows)


def _line(test: PresentTest, record: NamedRecord | None, kept: Mapping[str, bytes], lang: str) -> list[Any]:
    told = [test.norm_id, word(test.aspect, lang), test.sentence, word(test.result, lang)]
    if record is None:
        return [*told, *[None] * (len(_EVIDENCE[lang]) - len(told) - 2)]
    artifact = record.artifact or ""
    return [
        *told, _kind(record.kind, lang), str(record.evidence_id), cell_text(record.name), record.observed_at,
        record.source_id, place(record.locator), record.url, artifact,
        f"originelen/{artifact}" if artifact in kept else "",
    ]  # fmt: skip


def _kind(name: str, lang: str) -> str:
    return pick(lang, kinds()[name].nl, kinds()[name].en)


def _originals(published: Published, listed: Sequence[Answer]) -> dict[str, bytes]:
    """The landed bytes that the records name, by their SHA-256."""
    wanted = {record.artifact for answer in listed for record in answer.proof}
    landing = Landing(published.state.landing)
    return {artifact: landing.read(artifact) for artifact in sorted(name for name in wanted if name)}


def _rules(published: Published) -> bytes:
    """The catalogue that the run used, as it was kept."""
    digest = published.last_run()["catalogue_digest"]
    used = published.select(CatalogueContent, digest=digest)
    return str(used[0].content if used else "{}").encode()


def _frozen(published: Published, organisation: str, year: int) -> bytes:
    """The manifest of the newest frozen version of the year, or a sentence that there is none."""
    versions = published.select(FrozenYear, organisation, year=year)
    content = asdict(versions[-1]) if versions else {"melding": f"cyclus {year} is nog niet bevroren"}
    return json.dumps(content, ensure_ascii=False, indent=1, default=str).encode()


def _readme(facts: Sequence[tuple[str, str]], lang: str) -> bytes:
    head = pick(
        lang,
        "Auditdossier. Controleer of het volledig en ongewijzigd is met: ensia dossier verify BESTAND",
        "Audit dossier. Check that it is whole and unchanged with: ensia dossier verify FILE",
    )
    files = pick(
        lang,
        "antwoorden.csv: de antwoorden. bewijs.csv: van vraag naar toets, bewijs, bestand, blad en rij. toelichting/: de "
        "toelichtingen. regels.json: de gebruikte regels. bevroren.json: wat is bevroren. manifest.json: alle controlegetallen.",
        "antwoorden.csv: the answers. bewijs.csv: from question to test, record, file, sheet and row. toelichting/: the "
        "explanations. regels.json: the rules that were used. bevroren.json: what was frozen. manifest.json: all checksums.",
    )
    return "\n".join([head, "", *(f"{name}: {value}" for name, value in facts), "", files, ""]).encode()
