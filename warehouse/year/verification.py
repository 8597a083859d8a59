"""Whether everything that is kept is what was kept: objects, the chain of seals, every row of the warehouse and of the
published file, the frozen years, and statuses against a new computation.

It only reads, and says what is otherwise and where. What a seal is made of is said in `warehouse/storage/seal.py`; the format in
docs/verification.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb

from models.catalogue import Catalogue
from models.errors import EnsiaError
from models.message import Message, Text, message
from models.sql_text import literal
from warehouse.engine.assessment import compute
from warehouse.reading.read import Published
from warehouse.storage.anchors import ANSWER, FOLDER, REQUEST, Anchor, anchor_is_sound, anchors, is_anchored
from warehouse.storage.database import SETTINGS, State
from warehouse.storage.file_note import is_as_noted
from warehouse.storage.landing import COMPRESSED, Landing, canonical, is_sound
from warehouse.storage.leaves import mark_rows
from warehouse.storage.own_files import is_scratch
from warehouse.storage.published_bytes import is_changed
from warehouse.storage.seal import (
    SIGNATURE,
    RowChange,
    Seal,
    difference_of,
    group_digests,
    mark_sealed,
    row_changes,
    seals,
)
from warehouse.storage.signing import signature_holds
from warehouse.storage.versioning import ASSESSED_TABLES, HISTORY
from warehouse.year.beside import differences
from warehouse.year.cycle import verify as verify_year

MOST_SHOWN = 25  # rows of one table that are named
WAREHOUSE, COPY = "warehouse", "published"
Manifests = dict[int, dict[str, Any] | None]  # by the number of the seal; None where it is not what the seal says
_LATER = ("messages", "write")  # what may be sealed without being published
_PURGED = "SELECT artifact FROM account.purged_object"
Weight = Literal["fault", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was kept. `weight`: a note is told, and is no reason to doubt what is there now."""

    part: str
    place: str
    problem: Text
    weight: Weight = "fault"


@dataclass(slots=True)
class Verification:
    """What was looked at, and what was found. `signed`: numbers of the seals that hold a good signature."""

    findings: list[Finding] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    signed: set[int] = field(default_factory=set)
    anchored: set[int] = field(default_factory=set)
    first_run_covered: int | None = None
    objects: int = 0
    rows: int = 0
    statuses: int = 0
    years: int = 0

    @property
    def faults(self) -> list[Finding]:
        """What is a reason to doubt."""
        return [finding for finding in self.findings if finding.weight == "fault"]

    def fault(self, part: str, place: str, key: str, **values: Any) -> None:
        """Note that something is wrong; `key` is that of its text in the room `verify`."""
        self.findings.append(Finding(part, place, message(f"verify.{key}", **values)))

    def note(self, part: str, place: str, key: str, **values: Any) -> None:
        """Note something that is told, and not wrong."""
        self.findings.append(Finding(part, place, message(f"verify.{key}", **values), "note"))


def verify(
    state: State,
    *,
    everything: bool = False,
    public_key: str | None = None,
    authority: Path | None = None,
    roots: Sequence[str] = (),
) -> Verification:
    """Look at all that is kept under a state. `everything`: compute the statuses of every organisation anew, not of one.
    `public_key` (base64): every seal must be signed by it. `authority`: file with the certificates of who stamped
    anchors; `roots`: those of pages that were initialled. Nothing is written. Raises duckdb.Error while a run writes."""
    outcome = Verification()
    landing = Landing(state.landing)
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        readable = [
            name
            for name, file in ((WAREHOUSE, state.warehouse), (COPY, state.published))
            if _attach(connection, file, name, outcome)
        ]
        _look_at_bytes(state, outcome)
        manifests = _verify_landing(connection, landing, readable, outcome, public_key)
        _anchors(landing, outcome, authority, roots)
        for database in readable:
            _verify_rows(connection, landing, database, manifests, outcome)
        if COPY in readable:
            _verify_beside(connection, state, outcome)
        if WAREHOUSE in readable:
            connection.execute(f"USE {WAREHOUSE}")
            _verify_contents(connection, outcome, everything, public_key)
        if len(readable) == 2 and any(_is_about_marks(finding) for finding in outcome.findings):
            _compare_with_copy(connection, outcome)
    return outcome


def _attach(connection: duckdb.DuckDBPyConnection, file: Path, name: str, outcome: Verification) -> bool:
    """Open a database file for reading, under a name; False where that is not possible."""
    if not file.exists():
        outcome.fault(name, file.name, "absent")
        return False
    try:
        connection.execute(f"ATTACH {literal(str(file))} AS {name} (READ_ONLY)")
        seals(connection, name)
    except duckdb.CatalogException:
        outcome.fault(name, file.name, "never_sealed")
        return False
    except duckdb.Error as error:
        outcome.fault(name, file.name, "unreadable", sort=type(error).__name__)
        return False
    return True


def _look_at_bytes(state: State, outcome: Verification) -> None:
    """Whether the database files are byte for byte as they were closed."""
    for part, file, note in (
        (WAREHOUSE, state.warehouse, state.warehouse_note),
        (COPY, state.published, state.published_note),
    ):
        if not file.exists():
            continue
        if not note.exists():
            outcome.fault(part, note.name, "absent")
        elif is_changed(state) if part == COPY else not is_as_noted(file, note):
            outcome.fault(part, file.name, "other_bytes")


def _verify_beside(connection: duckdb.DuckDBPyConnection, state: State, outcome: Verification) -> None:
    """Whether the files beside the published one hold what it holds."""
    folder = state.published.parent
    for one in differences(connection, state, COPY):
        place = str(one.file.relative_to(folder))
        outcome.fault(COPY, place, one.problem, table=one.table, number=one.rows, sort=one.sort)


def _verify_landing(
    connection: duckdb.DuckDBPyConnection,
    landing: Landing,
    readable: Sequence[str],
    outcome: Verification,
    public_key: str | None,
) -> Manifests:
    """The chain and the objects, by what the first database that can be read says of them, or by the manifests alone."""
    for database in readable:
        try:
            connection.execute(f"USE {database}")
            outcome.seals = seals(connection, database)
            manifests = _chain(connection, landing, outcome, public_key)
            artifacts = {
                artifact for (artifact,) in connection.execute("SELECT DISTINCT artifact FROM ops.landing").fetchall()
            }
            gone = {artifact for (artifact,) in connection.execute(_PURGED).fetchall()}
            _objects(landing, manifests, artifacts, gone, outcome)
        except duckdb.Error as error:  # damage that shows only where it is read
            outcome.fault(database, "ensia.duckdb", "unreadable", sort=type(error).__name__)
        else:
            return manifests
    manifests = _manifests_alone(landing, outcome)
    landed = [content.get("sources", ()) for content in manifests.values() if content]
    artifacts = {payload["artifact"] for sources in landed for source in sources for payload in source["landed"]}
    _objects(landing, manifests, artifacts, set(), outcome)
    return manifests


def _manifests_alone(landing: Landing, outcome: Verification) -> Manifests:
    """The manifests by what each says of the one before, where no database can be read."""
    manifests: Manifests = {}
    files: dict[int, tuple[str, str]] = {}
    for path in sorted(landing.manifests.rglob("*.json")):
        name = path.relative_to(landing.root).as_posix()
        content = _json_of(path)
        number = content.get("seal") if content else None
        if content is None:
            outcome.fault("chain", name, "manifest_otherwise", number=path.stem)
        elif number is not None and path.stem not in (content["run_id"], f"{number:08d}"):
            outcome.fault("chain", name, "manifest_added")
        elif number is not None:
            manifests[number] = content
            files[number] = (name, hashlib.sha256(path.read_bytes()).hexdigest())
            if not _is_as_signed(path):
                outcome.fault("chain", f"{name}{SIGNATURE}", "wrong_signature")
            if canonical(content) != path.read_bytes():
                outcome.fault("chain", name, "manifest_otherwise", number=number)
    for number in range(2, max(manifests, default=0) + 1):
        following, (name, digest) = manifests.get(number), files.get(number - 1, ("", ""))
        if following and following["previous"] != digest:
            outcome.fault("chain", name or "manifests", "manifest_otherwise", number=number - 1)
    return manifests


def _is_as_signed(path: Path) -> bool:
    """Whether a manifest is what was signed, where its signature lies beside it."""
    signature = path.with_name(path.name + SIGNATURE)
    content = _json_of(signature)
    if content is None:
        return not signature.exists()
    if canonical(content) != signature.read_bytes():
        return False
    return signature_holds(_text_of_file(path), str(content.get("signature")), str(content.get("public_key")))


def _json_of(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _verify_rows(
    connection: duckdb.DuckDBPyConnection, landing: Landing, database: str, manifests: Manifests, outcome: Verification
) -> None:
    """Every row of a database against the seal that it is of; the published file has to be of the newest, but for messages."""
    try:
        chain = seals(connection, database)
        if database == COPY:
            _check_copy(chain, outcome)
        _verify_marks(connection, landing, database, chain, manifests, outcome)
    except duckdb.Error as error:
        outcome.fault(database, "ensia.duckdb", "unreadable", sort=type(error).__name__)


def _verify_contents(
    connection: duckdb.DuckDBPyConnection, outcome: Verification, everything: bool, public_key: str | None
) -> None:
    """Frozen years by their own manifests, and statuses by computing them."""
    try:
        _years(connection, outcome, public_key)
        _verify_statuses(connection, outcome, everything)
    except duckdb.Error as error:
        outcome.fault(WAREHOUSE, "ensia.duckdb", "unreadable", sort=type(error).__name__)


def _check_copy(chain: Sequence[Seal], outcome: Verification) -> None:
    """Note where the seals of the published file are none, are not ours, or end too early."""
    if not chain:
        outcome.fault(COPY, "ops.seal", "never_sealed")
        return
    ours = {seal.manifest_hash: seal for seal in outcome.seals}
    for seal in chain:
        if seal.manifest_hash not in ours:
            outcome.fault(COPY, f"ops.seal {seal.seal_no}", "seal_unknown")
        elif seal != ours[seal.manifest_hash]:
            outcome.fault(COPY, f"ops.seal {seal.seal_no}", "seal_otherwise")
    published = [seal.seal_no for seal in outcome.seals if seal.act not in _LATER]
    newest = published[-1] if published else 0
    last = chain[-1].seal_no
    if last < newest:
        outcome.fault(COPY, f"ops.seal {last}", "behind", newest=newest)


def _is_about_marks(finding: Finding) -> bool:
    return isinstance(finding.problem, Message) and finding.problem.key == "verify.marks_unreadable"


def _compare_with_copy(connection: duckdb.DuckDBPyConnection, outcome: Verification) -> None:
    """Where the marks of the seal are gone: the rows in which the warehouse and the published file are not the same."""
    try:
        mark_rows(connection, COPY, "leaf_sealed")
        mark_rows(connection, WAREHOUSE, "leaf_now")
        difference_of(connection)
        for change in _at_most_shown(row_changes(connection), WAREHOUSE, outcome):
            outcome.fault(WAREHOUSE, f"{change.table_name} {change.name}", "otherwise_in_copy")
    except duckdb.Error as error:
        outcome.fault(WAREHOUSE, "ensia.duckdb", "unreadable", sort=type(error).__name__)


def _chain(
    connection: duckdb.DuckDBPyConnection, landing: Landing, outcome: Verification, public_key: str | None
) -> Manifests:
    """The manifests of all seals, each checked; by the number of the seal."""
    manifests: Manifests = {}
    previous: Seal | None = None
    for position, seal in enumerate(outcome.seals, start=1):
        content = manifests[seal.seal_no] = _manifest(landing, seal)
        _check_seal(seal, content, outcome)
        if seal.seal_no != position:
            outcome.fault("chain", f"ops.seal {seal.seal_no}", "seal_missing", number=position)
        if previous is not None and seal.previous_hash != previous.manifest_hash:
            outcome.fault("chain", f"ops.seal {seal.seal_no}", "broken_chain", number=previous.seal_no)
        _signature(landing, seal, outcome, public_key)
        previous = seal
    _runs(connection, landing, outcome)
    for path in sorted(landing.manifests.rglob("*")):
        name = path.relative_to(landing.root).as_posix()
        if path.is_file() and not is_scratch(path.name) and name not in _known_manifests(connection, outcome):
            outcome.fault("chain", name, "manifest_added")
    if not outcome.seals:
        outcome.fault("chain", "ops.seal", "never_sealed")
    return manifests


def _check_seal(seal: Seal, content: dict[str, Any] | None, outcome: Verification) -> None:
    """A seal against its manifest, and what that says of rows that somebody changed."""
    if content is None:
        outcome.fault("chain", seal.file, "manifest_otherwise", number=seal.seal_no)
        return
    if not _says(content, seal):
        outcome.fault("chain", f"ops.seal {seal.seal_no}", "seal_otherwise")
    if content["unsealed"]["number"]:
        _tell_unsealed(seal, content, outcome)


def _tell_unsealed(seal: Seal, content: dict[str, Any], outcome: Verification) -> None:
    """What a seal itself says of rows that somebody changed before it."""
    unsealed = content["unsealed"]
    tables = sorted({row.get("table_name") for row in unsealed.get("rows")})
    outcome.note("chain", seal.file, "told_then", number=unsealed.get("number"), tables=", ".join(tables))


def _manifest(landing: Landing, seal: Seal) -> dict[str, Any] | None:
    """The manifest of a seal; None where its bytes are not those that the seal names."""
    try:
        content = (landing.root / seal.file).read_bytes()
    except (OSError, ValueError):
        return None
    if hashlib.sha256(content).hexdigest() != seal.manifest_hash:
        return None
    manifest: dict[str, Any] = json.loads(content)
    return manifest


def _says(content: dict[str, Any], seal: Seal) -> bool:
    """Whether a manifest says of itself what the warehouse says of it."""
    in_manifest = [content.get(name) for name in ("seal", "act", "run_id", "previous", "sealed_at")]
    marks = {"base": seal.is_base, "sha256": seal.marks}
    in_warehouse = [seal.seal_no, seal.act, seal.run_id, seal.previous_hash, str(seal.sealed_at)]
    return in_manifest == in_warehouse and content["marks"] == marks


def _signature(landing: Landing, seal: Seal, outcome: Verification, public_key: str | None) -> None:
    place = f"ops.seal {seal.seal_no}"
    if seal.signature is None:
        if public_key:
            outcome.fault("chain", place, "unsigned")
        elif outcome.signed:
            outcome.fault("chain", place, "no_longer_signed", number=max(outcome.signed))
        return
    beside = _text_of_file(landing.root / f"{seal.file}{SIGNATURE}").encode()
    if beside != canonical({"public_key": seal.public_key, "signature": seal.signature}):
        outcome.fault("chain", f"{seal.file}{SIGNATURE}", "signature_otherwise")
    text = _text_of_file(landing.root / seal.file)
    if not signature_holds(text, seal.signature, seal.public_key or ""):
        outcome.fault("chain", place, "wrong_signature")
    elif public_key and seal.public_key != public_key:
        outcome.fault("chain", place, "other_key")
    else:
        outcome.signed.add(seal.seal_no)


def _text_of_file(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _runs(connection: duckdb.DuckDBPyConnection, landing: Landing, outcome: Verification) -> None:
    """The manifest that each run is said to have: that of its seal, or of the time before there were seals."""
    seals = {seal.run_id: seal for seal in outcome.seals if seal.run_id}
    rows = connection.execute(
        "SELECT run_id, run_no, state, manifest_hash, previous_manifest_hash FROM ops.run ORDER BY run_no"
    ).fetchall()
    covered = [run_no for run_id, run_no, *_ in rows if run_id in seals]
    outcome.first_run_covered = min(covered, default=None)
    before: str | None = None
    for run_id, run_no, state, digest, previous in rows:
        place = f"run {run_no} ({run_id})"
        if run_id in seals:
            seal = seals[run_id]
            if (digest, previous) != (seal.manifest_hash, seal.previous_hash):
                outcome.fault("chain", place, "run_otherwise")
        elif digest is not None:
            is_next = previous == before
            _check_unsealed_run(landing, outcome, run_id, run_no, digest, is_next=is_next)
        elif state in ("ok", "degraded"):
            outcome.fault("chain", place, "run_unsealed")
        before = digest or before
    run_ids = {run_id for run_id, *_ in rows}
    for run_id in sorted(seals.keys() - run_ids):
        outcome.fault("chain", f"run {run_id}", "run_missing")


def _check_unsealed_run(
    landing: Landing, outcome: Verification, run_id: str, run_no: int, digest: str, *, is_next: bool
) -> None:
    """A run with a manifest and without a seal: its manifest has to be what it was, and no run before it may have a seal."""
    place = f"run {run_no} ({run_id})"
    text = _text_of_file(landing.manifests / f"{run_id}.json")
    first = outcome.first_run_covered
    if hashlib.sha256(text.encode()).hexdigest() != digest or not is_next:
        outcome.fault("chain", place, "manifest_otherwise", number=run_no)
    elif first is not None and run_no > first:
        outcome.fault("chain", place, "run_unsealed")


def _known_manifests(connection: duckdb.DuckDBPyConnection, outcome: Verification) -> set[str]:
    """The files that may lie among the manifests: those of seals, and of runs from before or that were broken off."""
    rows = connection.execute("SELECT run_id FROM ops.run").fetchall()
    files = {seal.file for seal in outcome.seals} | {f"manifests/{run_id}.json" for (run_id,) in rows}
    return files | {f"{file}{SIGNATURE}" for file in files}


def _anchors(landing: Landing, outcome: Verification, authority: Path | None, roots: Sequence[str]) -> None:
    """Which seals are fixed outside this system: those up to an anchor with an answer of the authority, or with a root that
    somebody initialled. Each seal names the one before, so an anchor fixes all before it."""
    all_anchors = anchors(landing)
    papers = {"".join(root.split()).lower() for root in roots}
    names = {f"{anchor.name}{ending}" for anchor in all_anchors for ending in (".json", REQUEST, ANSWER)}
    for path in sorted((landing.root / FOLDER).glob("*")):
        name = path.relative_to(landing.root).as_posix()
        if name not in names and not is_scratch(path.name):
            outcome.findings.append(Finding("anchors", name, message("anchor.added")))
    for anchor in all_anchors:
        if not anchor_is_sound(landing, anchor, outcome.seals):
            outcome.findings.append(Finding("anchors", f"{anchor.name}.json", message("anchor.otherwise")))
        elif anchor.root in papers or _has_answer(landing, anchor, outcome, authority):
            outcome.anchored |= {seal.seal_no for seal in outcome.seals if seal.seal_no <= anchor.last}
    for root in sorted(papers - {anchor.root for anchor in all_anchors}):
        outcome.findings.append(Finding("anchors", root, message("anchor.unknown_root")))


def _has_answer(landing: Landing, anchor: Anchor, outcome: Verification, authority: Path | None) -> bool:
    place = f"{anchor.name}{ANSWER}"
    if not (landing.root / place).exists():
        return False
    if authority is None:
        outcome.findings.append(Finding("anchors", place, message("anchor.not_checked"), "note"))
        return False
    if is_anchored(landing, anchor, authority):
        return True
    outcome.findings.append(Finding("anchors", place, message("anchor.not_of_authority")))
    return False


def _objects(
    landing: Landing, manifests: Manifests, artifacts: set[str], gone: set[str], outcome: Verification
) -> None:
    """Every object under its own name, every one that is named there unless it is `gone` after its term, and nothing else in
    the landing."""
    artifacts = artifacts | {content["marks"]["sha256"] for content in manifests.values() if content}
    artifacts |= {seal.marks for seal in outcome.seals}
    of_no_run: set[str] = set()
    for content in manifests.values():
        of_no_run |= set(content.get("left", ())) if content else set()
    present = set()
    for path in sorted(landing.root.rglob("*")):
        name = path.relative_to(landing.root)
        if not path.is_file() or name.parts[0] in ("manifests", FOLDER) or is_scratch(path.name):
            continue
        artifact = path.name.removesuffix(COMPRESSED)
        if name.parts[:-1] != ("objects", artifact[:2]) or artifact not in artifacts | of_no_run:
            outcome.fault("landing", name.as_posix(), "object_added")
            continue
        present.add(artifact)
        outcome.objects += 1
        if not is_sound(path):
            outcome.fault("landing", name.as_posix(), "object_otherwise")
    for artifact in sorted(artifacts - present - gone):
        outcome.fault("landing", f"objects/{artifact[:2]}/{artifact}", "object_missing")


def _verify_marks(
    connection: duckdb.DuckDBPyConnection,
    landing: Landing,
    database: str,
    chain: Sequence[Seal],
    manifests: Manifests,
    outcome: Verification,
) -> None:
    """Every row against the marks of the newest seal of the database, and those against its manifest."""
    if not chain:
        return
    seal = chain[-1]
    mark_rows(connection, database, "leaf_now")
    content = manifests.get(seal.seal_no)
    is_readable = True
    try:
        mark_sealed(connection, landing, chain)
    except (EnsiaError, OSError) as error:
        is_readable = False
        place = error.place if isinstance(error, EnsiaError) else seal.file
        outcome.fault(database, str(place), "marks_unreadable")
    if is_readable:
        difference_of(connection)
        for change in _at_most_shown(row_changes(connection), database, outcome):
            outcome.fault(database, f"{change.table_name} {change.name}", f"row_{change.change}")
        if content and group_digests(connection, "leaf_sealed") != content["groups"]:
            outcome.fault(database, seal.file, "marks_otherwise")
    elif content:
        for place in _other_groups(group_digests(connection, "leaf_now"), content["groups"]):
            outcome.fault(database, place, "group_otherwise")
    [(number,)] = connection.execute("SELECT coalesce(sum(times), 0) FROM leaf_now").fetchall()
    outcome.rows += int(number)


def _at_most_shown(changes: Sequence[RowChange], database: str, outcome: Verification) -> Iterator[RowChange]:
    """The changes, of each table no more than can be read; how many more there are is told."""
    counts: dict[str, int] = {}
    for change in changes:
        number = counts[change.table_name] = counts.get(change.table_name, 0) + 1
        if number <= MOST_SHOWN:
            yield change
    for table, number in counts.items():
        if number > MOST_SHOWN:
            outcome.fault(database, table, "and_more", number=number - MOST_SHOWN)


def _other_groups(now: Sequence[dict[str, Any]], sealed: Sequence[dict[str, Any]]) -> list[str]:
    """Which table of which organisation is otherwise."""
    lines = {canonical(group) for group in now} ^ {canonical(group) for group in sealed}
    groups = [json.loads(line) for line in lines]
    return sorted({f"{group['table']} {group['organisation']}".strip() for group in groups})


def _years(connection: duckdb.DuckDBPyConnection, outcome: Verification, public_key: str | None) -> None:
    """Every version of every frozen year, by its own manifest."""
    published = Published(State(Path()), connection)
    rows = connection.execute('SELECT organisation_id, "year", version FROM account.freeze ORDER BY ALL').fetchall()
    for organisation, year, version in rows:
        outcome.years += 1
        try:
            verify_year(published, organisation, year, version, public_key=public_key)
        except EnsiaError as error:
            outcome.findings.append(Finding("years", f"{organisation} {year} versie {version}", error.text))
        except (ValueError, KeyError, TypeError) as error:
            outcome.fault("years", f"{organisation} {year} versie {version}", "unreadable", sort=type(error).__name__)


def _verify_statuses(connection: duckdb.DuckDBPyConnection, outcome: Verification, everything: bool) -> None:
    """The statuses of the newest run against a new computation, by the rules that it kept."""
    rows = connection.execute(
        "SELECT as_of, known_at, cycle_aspects, catalogue_digest FROM ops.run WHERE state IN ('ok', 'degraded') "
        "ORDER BY run_no DESC LIMIT 1"
    ).fetchall()
    if not rows:
        return
    [(as_of, known_at, aspects, digest)] = rows
    content = connection.execute(
        f"SELECT CAST(content AS VARCHAR) FROM catalogue.version WHERE digest = {literal(digest)}"
    ).fetchall()
    try:
        catalogue = Catalogue.model_validate_json(content[0][0]).model_copy(update={"digest": digest})
        compute(
            connection,
            catalogue,
            as_of=as_of,
            known_at=known_at,
            aspects=tuple(json.loads(aspects)),
            organisations=None if everything else _one_organisation(connection, outcome),
        )
    except (EnsiaError, ValueError, LookupError) as error:
        outcome.fault("statuses", "catalogue.version", "not_computed", sort=type(error).__name__)
        return
    for table, keys in ASSESSED_TABLES.items():
        outcome.statuses += _compare_statuses(connection, table, keys, outcome)


def _one_organisation(connection: duckdb.DuckDBPyConnection, outcome: Verification) -> list[str]:
    """The organisation of which the statuses are computed anew: another after every seal, and the same for all who ask of one
    seal. A status rests on all others of its organisation, so it is one whole one."""
    seed = outcome.seals[-1].manifest_hash if outcome.seals else ""
    rows = connection.execute(
        f"SELECT organisation_id FROM ops.organisation ORDER BY sha256({literal(seed)} || organisation_id) LIMIT 1"
    ).fetchall()
    return [organisation for (organisation,) in rows]


def _compare_statuses(
    connection: duckdb.DuckDBPyConnection, table: str, keys: Sequence[str], outcome: Verification
) -> int:
    columns = [
        name
        for (name,) in connection.execute(
            f"SELECT column_name FROM duckdb_columns() WHERE database_name = {literal(WAREHOUSE)} "
            f"AND schema_name = 'assess' AND table_name = {literal(table)} ORDER BY column_index"
        ).fetchall()
        if name not in HISTORY
    ]
    names = ", ".join(columns)
    present = f"SELECT {names} FROM assess.{table} WHERE until_run_no IS NULL AND organisation_id IN (FROM assessed_organisation)"
    computed = f"SELECT {names} FROM new_{table}"
    key = f"concat_ws(' ', {', '.join(keys)})"
    rows = connection.execute(
        f"SELECT DISTINCT {key} FROM (({present} EXCEPT {computed}) UNION ALL ({computed} EXCEPT {present})) ORDER BY ALL"
    ).fetchall()
    for (name,) in rows[:MOST_SHOWN]:
        outcome.fault("statuses", f"assess.{table} {name}", "status_otherwise")
    [(number,)] = connection.execute(f"SELECT count(*) FROM new_{table}").fetchall()
    return int(number)
