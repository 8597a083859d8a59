"""Controleert een auditdossier zonder het programma dat het maakte: `python controleer.py dossier.zip [--public-key SLEUTEL]
[--norm 8.13]`. Geschreven naar docs/verification.md alleen; gebruikt niets dan de standaardbibliotheek van Python.

Exit code: 0 ongewijzigd en ondertekend met de opgegeven sleutel, 1 niet zoals gemaakt, 3 past bij elkaar maar niet bewezen.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

SIGNED = ("manifest.json", "manifest.sig.json")
Point = tuple[int, int, int, int]
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Ed25519, as RFC 8032 section 5.1 says
def add(a: Point, b: Point) -> Point:
    minus, plus = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    c, d = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    west, east, low, high = plus - minus, d - c, d + c, plus + minus
    return west * east % P, low * high % P, east * low % P, west * high % P


def times(number: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def point_of(encoded: bytes) -> Point:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("geen punt op de kromme")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(content: bytes, signature: str, public_key: str) -> bool:
    try:
        mark, key = base64.b64decode(signature, validate=True), base64.b64decode(public_key, validate=True)
        r, a, s = point_of(mark[:32]), point_of(key), int.from_bytes(mark[32:], "little")
    except ValueError:
        return False
    if len(mark) != 64 or len(key) != 32 or s >= Q:
        return False
    number = int.from_bytes(hashlib.sha512(mark[:32] + key + content).digest(), "little") % Q
    one, other = times(s, BASE), add(r, times(number, a))
    return all((one[i] * other[2] - other[i] * one[2]) % P == 0 for i in (0, 1))


def key_of(text: str) -> str:
    text = Path(text).read_text("ascii") if Path(text).is_file() else text
    if text.startswith("-----BEGIN"):  # the last 32 bytes of a PEM file are the key
        lines = [line for line in text.splitlines() if not line.startswith("-----")]
        return base64.b64encode(base64.b64decode("".join(lines))[-32:]).decode()
    return text.strip()


class Dossier:
    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            self.twice = [name for name, number in Counter(names).items() if number > 1]
            self.files = {name: archive.read(name) for name in names}
        self.manifest: dict[str, Any] = json.loads(self.files["manifest.json"])
        self.lines = [line for line in self.files.get("keten/rijen.jsonl", b"").split(b"\n") if line]
        self.rows = [json.loads(line) for line in self.lines]

    def of(self, table: str, **values: str) -> list[dict[str, str]]:
        rows = [row["row"] for row in self.rows if row["table"] == table]
        return [row for row in rows if all(row.get(name) == value for name, value in values.items())]


def file_problems(dossier: Dossier) -> list[str]:
    marks_of_files = dossier.manifest["files"]
    problems = [f"{name}: staat er tweemaal in" for name in dossier.twice]
    problems += [f"{name}: toegevoegd" for name in sorted(set(dossier.files) - set(marks_of_files) - set(SIGNED))]
    for name, about in marks_of_files.items():
        content = dossier.files.get(name)
        if content is None:
            problems.append(f"{name}: ontbreekt")
        elif len(content) != about["bytes"] or sha256(content) != about["sha256"]:
            problems.append(f"{name}: gewijzigd")
    return problems


def signature_problems(dossier: Dossier, signed: dict[str, str], public_key: str | None) -> list[str]:
    is_theirs = not public_key or signed.get("public_key") == key_of(public_key)
    holds = not signed or signed_by(dossier.files["manifest.json"], **signed)
    return [] if is_theirs and holds else ["manifest.sig.json: de handtekening klopt niet of is van een ander"]


def seal_problems(dossier: Dossier) -> list[str]:
    content = dossier.files["keten/manifest.json"]
    signature = json.loads(dossier.files["keten/handtekening.json"])
    problems = []
    if any(signature.values()) and not signed_by(content, **signature):
        problems.append("keten/manifest.json: de handtekening van het zegel klopt niet")
    sealed = {(one.get("table"), one.get("organisation")): one["digest"] for one in json.loads(content)["groups"]}
    marks: dict[str, Counter[str]] = {}
    for group in json.loads(dossier.files["keten/kenmerken.json"]):
        table, organisation, buckets = group["table"], group["organisation"], group["buckets"]
        place = f"keten/kenmerken.json: {table} {organisation}"
        for bucket, of_bucket in group["marks"].items():
            digest = sha256("".join(f"{mark}\n" for mark in sorted(of_bucket)).encode())
            if digest != buckets.get(bucket) or any(mark[:2] != bucket for mark in of_bucket):
                problems.append(f"{place}: de kenmerken in {bucket} zijn gewijzigd")
            marks.setdefault(table, Counter()).update(of_bucket)
        lines = "".join(f"{bucket}:{digest}\n" for bucket, digest in sorted(buckets.items()))
        if sealed.get((table, organisation)) != sha256(lines.encode()):
            problems.append(f"{place}: is niet wat het zegel zegt")
    for line, row in zip(dossier.lines, dossier.rows, strict=True):
        if not marks.get(row["table"], Counter())[sha256(line)]:
            problems.append(f"keten/rijen.jsonl: {row['table']} {named(row['row'])}: gewijzigd")
    return problems


def named(row: dict[str, str]) -> str:
    names = ("framework_id", "norm_id", "test_id", "questionnaire_id", "question_id", "source_id", "evidence_id")
    return " ".join(row[name] for name in names if name in row)


def answer_problems(dossier: Dossier) -> list[str]:
    lines = csv.reader(io.StringIO(dossier.files["antwoorden.csv"].decode("utf-8-sig")), delimiter=";")
    for_people = {(line[0], line[1]): line[3] for line in list(lines)[1:]}
    rows = dossier.of("assess.answer")
    sealed = {(row["questionnaire_id"], row["question_id"]): row.get("answer", "") for row in rows}
    different = [key for key in sorted(for_people.keys() | sealed.keys()) if for_people.get(key) != sealed.get(key)]
    return [f"antwoorden.csv: {' '.join(key)}: het voorstel is niet het berekende antwoord" for key in different]


def walk(dossier: Dossier, norm: str) -> None:
    """Shows the way from the status of a norm to the bytes that it rests on."""
    for status in dossier.of("assess.measure_status", norm_id=norm):
        print(f"{status['framework_id']} {norm}: {status['status']}")
        for result in dossier.of("assess.test_result", framework_id=status["framework_id"], norm_id=norm):
            print(f"  {result['test_id']}: {result['result']}")
            for number in json.loads(result.get("evidence_ids", "[]")):
                for record in dossier.of(f"evidence.{result['evidence_kind']}", evidence_id=str(number)):
                    place = json.loads(record["locator"])
                    content = dossier.files.get(f"originelen/{place.get('artifact')}")
                    there = "niet in dit dossier" if content is None else f"{len(content)} bytes"
                    where = f"{place.get('file') or place.get('address')}, rij {place.get('row')}"
                    print(f"    {number}: {where}: {place.get('artifact')}, {there}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dossier", type=Path)
    parser.add_argument("--public-key", help="base64, of een bestand met base64 of PEM")
    parser.add_argument("--norm", help="toon de weg van deze norm naar de bytes")
    options = parser.parse_args()
    try:
        dossier = Dossier(options.dossier)
        signed = json.loads(dossier.files.get("manifest.sig.json", b"{}"))
        problems = [*file_problems(dossier), *signature_problems(dossier, signed, options.public_key)]
        problems += [*seal_problems(dossier), *answer_problems(dossier)]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        print(f"{options.dossier.name}: niet te lezen ({type(error).__name__}: {error})")
        return 1
    print(*problems, sep="\n", end="\n" if problems else "")
    if options.norm:
        walk(dossier, options.norm)
    if problems:
        return 1
    about = f"{len(dossier.files)} bestanden, {len(dossier.rows)} rijen"
    who = f"ondertekend met {signed['public_key']}" if signed else "niet ondertekend"
    print(f"Ongewijzigd: {about}, {who}." if options.public_key else f"Past bij elkaar: {about}; {who}. Niet bewezen.")
    return 0 if options.public_key else 3


if __name__ == "__main__":
    sys.exit(main())
