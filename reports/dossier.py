"""The audit dossier: everything behind the answers of one organisation in one zip, with a manifest that names each file by
its SHA-256. `verify` proves on any computer that nothing was changed, added or left out."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from models.kind import kinds
from models.language import pick
from models.message import Message, message
from models.wording import word
from reports.answers import Answer, answers, explanation, improvement
from reports.dossier_proof import container_problems, proof_files, proof_problems
from reports.marts import csv_bytes
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

_JUDGED = {
    "nl": ("normenkader", "toets", "oordeel", "opmerking", "in_teller", "in_noemer", "sleutel", "titel", "bron", "vindplaats",
           "bewijsnummer"),
    "en": ("framework", "test", "verdict", "mark", "in_numerator", "in_denominator", "key", "title", "source", "place", "number"),
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
    year = origin.as_of.year
    all_answers = answers(published, organisation, lang)
    files = {
        "LEESMIJ.txt": _readme(lines(origin, lang), lang),
        "antwoorden.csv": _answers(all_answers, lang),
        "regels.json": _rules(published),
        "bevroren.json": _frozen_version(published, organisation, year),
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for path in make("ensia", published, organisation, Path(folder), lang=lang):
            files[path.name] = path.read_bytes()
    landed = _originals(published, all_answers) if originals else {}
    files |= {f"originelen/{artifact}": content for artifact, content in landed.items()}
    files["bewijs.csv"] = _evidence(all_answers, landed, lang)
    files["beoordeelde-regels.csv"] = _judged_records(published, organisation, lang)
    files |= proof_files(published, organisation)
    for answer in all_answers:
        files[f"toelichting/{_file_name(answer)}.txt"] = explanation(answer, lang).encode()
    manifest = {
        "format": 2,
        "organisation": organisation,
        "year": year,
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
    path = target / f"dossier-{year}{pick(lang, '', '-en')}.zip"
    _write(path, files)
    return [path]


def verify(path: Path, *, public_key: str | None = None) -> list[Message]:
    """What is wrong with a dossier; empty when nothing is.

    `public_key`: the key (base64) that must have signed it. Without one a dossier only agrees with itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive, public_key)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, KeyError, TypeError, ValueError) as error:
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
    repeated = {name for name, number in Counter(names).items() if number > 1}
    problems = [message("dossier.twice", name=name) for name in sorted(repeated)]
    problems += [message("dossier.outside", name=name) for name in names if _leaves(name)]
    if MANIFEST not in names:
        return [*problems, message("settings.missing", name=MANIFEST)]
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        return [*problems, message("dossier.too_large", name=MANIFEST)]
    text = archive.read(MANIFEST).decode()
    manifest = json.loads(text)
    problems += container_problems(archive)
    problems += _file_problems(archive, names, manifest["files"])
    problems += _signature_problems(archive, names, text, expected_key)
    if manifest["format"] > 1:  # those of before seals have no proof
        problems += _proof_problems(archive)
    return problems


def _proof_problems(archive: zipfile.ZipFile) -> list[Message]:
    """Where the proof does not hold, or that it cannot be followed because its files are not what they were."""
    try:
        return list(proof_problems(archive))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return [message("dossier.unreadable", sort=type(error).__name__)]


def _file_problems(
    archive: zipfile.ZipFile, names: Sequence[str], expected: Mapping[str, Mapping[str, Any]]
) -> Iterator[Message]:
    """What is there beside the files that the manifest names, what of those is not there, and what was changed."""
    unexpected = set(names) - set(expected) - {MANIFEST, SIGNATURE}
    for name in sorted(unexpected):
        yield message("dossier.added", name=name)
    for name, marks in expected.items():
        if name not in names:
            yield message("settings.missing", name=name)
        elif not _is_unchanged(archive, name, marks):
            yield message("dossier.changed", name=name)


def _is_unchanged(archive: zipfile.ZipFile, name: str, marks: Mapping[str, Any]) -> bool:
    """Whether a file has the size and the SHA-256 that the manifest says; what is too large is not read."""
    if archive.getinfo(name).file_size != marks["bytes"]:
        return False
    digest: str = marks["sha256"]
    return _sha256_of(archive, name) == digest


def _signature_problems(
    archive: zipfile.ZipFile, names: Sequence[str], text: str, expected_key: str | None
) -> list[Message]:
    if SIGNATURE not in names:
        return [message("dossier.not_signed")] if expected_key else []
    signed = json.loads(archive.read(SIGNATURE))
    if expected_key and signed["public_key"] != expected_key:
        return [message("dossier.other_key")]
    if signature_holds(text, signed["signature"], signed["public_key"]):
        return []
    return [message("dossier.wrong_signature")]


def _sha256_of(archive: zipfile.ZipFile, name: str) -> str:
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


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])


def _file_name(answer: Answer) -> str:
    return f"{answer.questionnaire_id}-{answer.question_id}".replace("/", "_")


def _answers(all_answers: Sequence[Answer], lang: str) -> bytes:
    rows = [_answer_row(answer, lang) for answer in all_answers]
    return csv_bytes(_ANSWERS[lang], rows)


def _answer_row(answer: Answer, lang: str) -> list[Any]:
    answered_by = "reviewer" if "answer" in answer.values else "proposal"
    reviewed = answer.reviewed
    return [
        answer.questionnaire_id,
        answer.question_id,
        answer.text,
        answer.proposal,
        answer.answer,
        word(answered_by, lang),
        reviewed.reviewer if reviewed else "",
        reviewed.reason if reviewed else "",
        word(answer.status, lang),
        word(answer.basis, lang),
        answer.expires_on,
        improvement(answer),
        answer.owner,
        explanation(answer, lang),
    ]


def _evidence(all_answers: Sequence[Answer], landed: Mapping[str, bytes], lang: str) -> bytes:
    """From each question to its tests and their records; a test without a record has a row too."""
    rows = []
    for answer in all_answers:
        for test in answer.tests:
            of_test = [answer.questionnaire_id, answer.question_id, *_test_cells(test, lang)]
            records = answer.records_of(test)
            rows += [[*of_test, *_record_cells(record, landed, lang)] for record in records]
            if not records:
                rows.append([*of_test, *[None] * (len(_EVIDENCE[lang]) - len(of_test))])
    return csv_bytes(_EVIDENCE[lang], rows)


def _judged_records(published: Published, organisation: str, lang: str) -> bytes:
    """Every record that any test looked at, with its verdict: whoever counts them has the numbers of the tests."""
    rows = [
        [
            row["framework_id"],
            row["test_id"],
            word(row["verdict"], lang),
            word(row["mark"], lang),
            row["in_numerator"],
            row["in_denominator"],
            row["record_key"],
            cell_text(row["title"] or ""),
            row["source_id"],
            place(row["locator"]),
            str(row["evidence_id"]),
        ]
        for row in published.judged_records(organisation)
    ]
    return csv_bytes(_JUDGED[lang], rows)


def _test_cells(test: PresentTest, lang: str) -> list[Any]:
    return [test.norm_id, word(test.aspect, lang), test.sentence, word(test.result, lang)]


def _record_cells(record: NamedRecord, landed: Mapping[str, bytes], lang: str) -> list[Any]:
    kind = kinds()[record.kind]
    artifact = record.artifact or ""
    return [
        pick(lang, kind.nl, kind.en),
        str(record.evidence_id),
        cell_text(record.name),
        record.observed_at,
        record.source_id,
        place(record.locator),
        record.url,
        artifact,
        f"originelen/{artifact}" if artifact in landed else "",
    ]


def _originals(published: Published, all_answers: Sequence[Answer]) -> dict[str, bytes]:
    """The landed bytes that the records name, by their SHA-256."""
    artifacts = {record.artifact for answer in all_answers for record in answer.proof if record.artifact}
    landing = Landing(published.state.landing)
    return {artifact: landing.read(artifact) for artifact in sorted(artifacts)}


def _rules(published: Published) -> bytes:
    """The catalogue that the run used, as it was kept."""
    digest = published.last_run()["catalogue_digest"]
    used = published.select(CatalogueContent, digest=digest)
    return str(used[0].content if used else "{}").encode()


def _frozen_version(published: Published, organisation: str, year: int) -> bytes:
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
        "antwoorden.csv: de antwoorden. bewijs.csv: van vraag naar toets, bewijs, bestand, blad en rij. "
        "beoordeelde-regels.csv: elke regel waar een toets naar keek, met zijn oordeel. toelichting/: de "
        "toelichtingen. regels.json: de gebruikte regels. bevroren.json: wat is bevroren. manifest.json: alle controlegetallen. "
        "keten/: het zegel van de run en de rijen die erin staan. controleer.py: controleert dit dossier zonder het programma "
        "(python controleer.py BESTAND --public-key SLEUTEL).",
        "antwoorden.csv: the answers. bewijs.csv: from question to test, record, file, sheet and row. "
        "beoordeelde-regels.csv: every record that a test looked at, with its verdict. toelichting/: the "
        "explanations. regels.json: the rules that were used. bevroren.json: what was frozen. manifest.json: all checksums. "
        "keten/: the seal of the run and the rows in it. controleer.py: checks this dossier without the program "
        "(python controleer.py FILE --public-key KEY).",
    )
    return "\n".join([head, "", *(f"{name}: {value}" for name, value in facts), "", files, ""]).encode()
