"""Changes that somebody could make to what is kept, chosen by a seed: each says which part it touched, and where `ensia verify` must
point."""

from __future__ import annotations

import random
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

_HIDDEN = ("ops.seal", "ops.step", "ops.migration")
# What a landing has that is covered: objects and manifests. Anchors have tests of their own.
_OBJECTS, _MANIFESTS = "landing/objects", "landing/manifests"


@dataclass(frozen=True, slots=True)
class Tampering:
    """What was done, to which part, and a piece of text that the place of the finding must hold."""

    deed: str
    part: str
    place: str


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(path: Path, chance: random.Random) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(content))


def of_object(state: Path, chance: random.Random, avoid: set[Path]) -> Tampering:
    """Change, cut, remove, rename or add an object of the landing."""
    path = chance.choice([path for path in files_in(state / _OBJECTS) if path not in avoid])
    added = path.with_name(path.name[:2] + "f" * 62)
    renamed = path.with_name("0" * 64)
    avoid |= {path, added, renamed}
    deed = chance.choice(["flip", "flip", "cut", "remove", "rename", "add", "swap"])
    place = path.name.removesuffix(".gz")
    if deed == "flip":
        flip(path, chance)
    elif deed == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif deed == "remove":
        path.unlink()
    elif deed == "rename":
        path.rename(renamed)
    elif deed == "swap":
        path.write_bytes(b"iets anders")
    else:
        added.write_bytes(b"erbij")
        place = added.name
    return Tampering(f"{deed} object", "landing", place)


def of_manifest(state: Path, chance: random.Random, avoid: set[Path]) -> Tampering:
    """Change, remove, add or exchange a manifest."""
    path = chance.choice([path for path in files_in(state / _MANIFESTS) if path not in avoid])
    added = path.with_name("20200101T000000-abcdef.json")
    avoid |= {path, added}
    deed = chance.choice(["flip", "flip", "remove", "add", "white space"])
    place = path.name
    if deed == "flip":
        flip(path, chance)
    elif deed == "remove":
        path.unlink()
    elif deed == "white space":
        path.write_bytes(path.read_bytes() + b"\n")
    else:
        place = added.name
        shutil.copy(path, added)
    return Tampering(f"{deed} manifest", "chain", place)


def of_rows(file: Path, part: str, chance: random.Random, avoid: set[str], schemas: tuple[str, ...]) -> Tampering:
    """Change, remove, add or move a row of a table that was not touched yet."""
    with duckdb.connect(str(file)) as connection:
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN (SELECT unnest(?)) "
            "AND estimated_size > 0 ORDER BY ALL",
            [list(schemas)],
        ).fetchall()
        table = chance.choice([name for (name,) in tables if name not in avoid and name not in _HIDDEN])
        avoid.add(table)
        columns = connection.execute(f"DESCRIBE {table}").fetchall()
        texts = [name for name, kind, *_ in columns if kind == "VARCHAR" and "manifest_hash" not in name]
        [(number,)] = connection.execute(
            f"SELECT rowid FROM {table} ORDER BY hash(rowid + {chance.random()}) LIMIT 1"
        ).fetchall()
        deed = chance.choice(["change", "change", "remove", "add", "move", "move"])
        if deed == "move" and "organisation_id" not in texts:
            deed = "change"
        if deed == "change":
            column = chance.choice(texts)
            connection.execute(
                f"UPDATE {table} SET \"{column}\" = coalesce(\"{column}\", '') || 'x' WHERE rowid = {number}"
            )
        elif deed == "remove":
            connection.execute(f"DELETE FROM {table} WHERE rowid = {number}")
        elif deed == "add":
            connection.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE rowid = {number}")
        else:
            connection.execute(f"UPDATE {table} SET organisation_id = 'gemeente-buur' WHERE rowid = {number}")
    return Tampering(f"{deed} row of {table} in {part}", part, table)


def of_bytes(file: Path, part: str, chance: random.Random) -> Tampering:
    flip(file, chance)
    return Tampering(f"flip byte of {part}", part, file.name)


def of_dossier(path: Path, chance: random.Random) -> Tampering:
    """Change a byte of a dossier, or a file in it."""
    deed = chance.choice(["flip", "flip", "cut", "append", "without"])
    if deed == "flip":
        flip(path, chance)
    elif deed == "cut":
        path.write_bytes(path.read_bytes()[: -chance.randrange(1, 50)])
    elif deed == "append":
        path.write_bytes(path.read_bytes() + b"\0")
    else:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        del files[chance.choice(sorted(files))]
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    return Tampering(f"{deed} dossier", "dossier", path.name)
