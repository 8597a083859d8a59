"""The year that is accounted for: opening it, how far it is, and freezing it for ever.

A freeze copies answers, statuses, test results, the records they name and the rules into the schema `account`, with a
manifest of hashes. No function here or elsewhere changes or deletes those rows; a correction is a new version with a
reason. What an explanation says is left to `reports`: the caller hands over the drafts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from models.errors import EnsiaError, NotFound
from models.kind import all_shown, kinds
from models.message import Message, Text, joined, message
from warehouse.reading.moment import after_run, database_name
from warehouse.reading.read import Published, Row
from warehouse.reading.reviews import Question
from warehouse.reading.years import frozen_versions
from warehouse.storage.database import State, transaction, utc_now
from warehouse.storage.landing import IntegrityError
from warehouse.storage.signing import SIGNING_KEY, sign, signature_holds, signing_key

FROZEN_TABLES = ("answer", "status", "test_result", "evidence")
NOBODY = "(nog niemand)"
Drafts = Callable[[Published, str], Mapping[Question, Mapping[str, str]]]


class CycleError(EnsiaError):
    """What is asked of a cycle cannot be done with it."""


@dataclass(frozen=True, slots=True)
class CycleStatus:
    """How far a cycle is. `rows`: per owner how many questions, open ones and ones to look at again, most open first.
    `versions`: how often it was frozen; `frozen_as_of`: the day that the newest version is about, `frozen_reason` why it is so,
    where that was said; `later_reviews`: decisions taken since, which no version has."""

    year: int
    reference_date: date
    deadline: date
    days_to_reference: int
    days_to_deadline: int
    questions: int
    open: int
    look_again: int
    versions: int
    later_reviews: int
    rows: list[Row]
    frozen_as_of: date | None = None
    frozen_reason: str | None = None


@dataclass(frozen=True, slots=True)
class FrozenVersion:
    """A row of `account.freeze`: a version, the run that it is of, and its manifest (JSON) with the signature if there is
    one."""

    organisation_id: str
    year: int
    version: int
    run_no: int
    run_id: str
    as_of: date
    frozen_at: datetime
    frozen_by: str
    reason: str | None
    catalogue_digest: str
    manifest: str
    manifest_hash: str
    signature: str | None
    public_key: str | None


@dataclass(frozen=True, slots=True)
class _Cycle:
    """The year of an organisation as it was opened."""

    organisation_id: str
    year: int
    reference_date: date
    deadline: date


@dataclass(frozen=True, slots=True)
class _FinishedRun:
    """What a manifest says of the run that is frozen."""

    run_no: int
    run_id: str
    as_of: date
    catalogue_digest: str
    known_at: datetime
    program_version: str
    manifest_hash: str


@dataclass(slots=True)
class _OwnerCount:
    """How many questions an owner has, of which so many open and so many to look at again."""

    owner: str
    questions: int = 0
    open: int = 0
    look_again: int = 0

    def row(self) -> Row:
        """Under the names that programs know."""
        return {
            "eigenaar": self.owner,
            "vragen": self.questions,
            "open": self.open,
            "opnieuw_bekijken": self.look_again,
        }


@dataclass(frozen=True, slots=True)
class Frozen:
    """A version that was frozen: from which run, how many answers are in it and how many questions were still open.
    `signed` is False when no key was configured: then only the hash protects it."""

    organisation_id: str
    year: int
    version: int
    run_no: int
    as_of: date
    manifest_hash: str
    signed: bool
    answers: int
    open: int
    look_again: int

    def sentence(self) -> Message:
        """What was done, for people."""
        unsigned = message("account.mark_unsigned", variable=SIGNING_KEY)
        return message(
            "account.frozen",
            year=self.year,
            version=self.version,
            run=self.run_no,
            as_of=self.as_of,
            answers=self.answers,
            open=self.open,
            look_again=self.look_again,
            manifest=self.manifest_hash[:16],
            mark=message("account.mark_signed") if self.signed else unsigned,
        )


def open_cycle(
    connection: duckdb.DuckDBPyConnection,
    year: int,
    *,
    by: str,
    organisations: Sequence[str] | None = None,
    reference_date: date | None = None,
    deadline: date | None = None,
) -> list[str]:
    """Open the cycle of a year for the organisations (default: all) that do not have it yet; returns those.

    Reference date and deadline are 31 December unless given. Raises CycleError when all have it, or the dates cannot be.
    """
    last_day = date(year, 12, 31)
    reference = reference_date or last_day
    if reference.year != year:
        raise CycleError(
            message("account.reference_outside", reference=reference, year=year),
            advice=message("account.reference_outside_advice", year=year),
        )
    names = _served(connection, organisations)
    cycles = connection.execute('SELECT organisation_id FROM account.cycle WHERE "year" = ?', [year]).fetchall()
    without_cycle = [name for name in names if (name,) not in cycles]
    if not without_cycle:
        raise CycleError(
            message("account.already_open", year=year), advice=message("account.already_open_advice", year=year)
        )
    with transaction(connection):
        for name in without_cycle:
            connection.execute(
                "INSERT INTO account.cycle VALUES (?, ?, ?, ?, ?, ?)",
                [name, year, reference, deadline or last_day, utc_now(), by],
            )
    return without_cycle


def _served(connection: duckdb.DuckDBPyConnection, organisations: Sequence[str] | None) -> list[str]:
    """These organisations, or all that are served. Raises NotFound for one that is not."""
    rows = connection.execute("SELECT organisation_id FROM ops.organisation ORDER BY 1").fetchall()
    served = [row[0] for row in rows]
    if organisations is None:
        return served
    unknown = [name for name in organisations if name not in served]
    if unknown:
        raise NotFound(
            message("account.organisation_unknown", names=", ".join(unknown)),
            advice=message("account.known", known=", ".join(served)),
        )
    return list(organisations)


def cycle_status(
    published: Published, organisation: str, year: int, *, today: date, owners: Mapping[Question, str | None]
) -> CycleStatus:
    """How far the cycle is on the day `today`. `owners` says whose each question is where no reviewer said so.

    Raises NotFound when the cycle was not opened, CycleError when the newest run is about another year.
    """
    cycle = _cycle(published, organisation, year)
    run_year = published.last_run()["as_of"].year
    if run_year != year:
        raise CycleError(
            message("account.run_of_another_year", other=run_year, year=year),
            advice=message("account.run_about", day=cycle.reference_date),
        )
    counts = _counts_by_owner(published, organisation, owners)
    versions = _versions(published, organisation, year)
    newest = versions[-1] if versions else None
    last_frozen_at = newest.frozen_at if newest else utc_now()
    [later] = published.rows(
        'SELECT count(*) AS number FROM assess.overrule WHERE organisation_id = ? AND "year" = ? AND reviewed_at > ?',
        [organisation, year, last_frozen_at],
    )
    return CycleStatus(
        year=year,
        reference_date=cycle.reference_date,
        deadline=cycle.deadline,
        days_to_reference=(cycle.reference_date - today).days,
        days_to_deadline=(cycle.deadline - today).days,
        questions=sum(count.questions for count in counts),
        open=sum(count.open for count in counts),
        look_again=sum(count.look_again for count in counts),
        versions=len(versions),
        later_reviews=later["number"],
        rows=[count.row() for count in counts],
        frozen_as_of=newest.as_of if newest else None,
        frozen_reason=newest.reason if newest else None,
    )


def _counts_by_owner(
    published: Published, organisation: str, owners: Mapping[Question, str | None]
) -> list[_OwnerCount]:
    """The questions by owner, most open first. `owners` says whose each question is where no reviewer said so."""
    counts: dict[str, _OwnerCount] = {}
    rows = published.rows(
        "SELECT questionnaire_id, question_id, owner, answer, look_again FROM assess.reviewed_answer "
        "WHERE organisation_id = ?",
        [organisation],
    )
    for row in rows:
        question = (row["questionnaire_id"], row["question_id"])
        owner = row["owner"] or owners.get(question) or NOBODY
        count = counts.setdefault(owner, _OwnerCount(owner))
        count.questions += 1
        count.open += row["answer"] is None
        count.look_again += bool(row["look_again"])
    return sorted(counts.values(), key=lambda count: (-count.open, -count.look_again, count.owner))


def freeze(
    connection: duckdb.DuckDBPyConnection, organisation: str, year: int, *, by: str, drafts: Drafts, reason: str = ""
) -> Frozen:
    """Keep the cycle for ever as it stood after its newest run up to the reference date, as version 1. What that run says is of
    an earlier day than the reference date asks for a `reason`; it stands with the version.

    `drafts` gives the open fields of every question where no reviewer spoke (`reports.review.drafts`). Signed when the
    environment has ENSIA_SIGNING_KEY. Raises CycleError when it was frozen before or a reason is missing, NotFound without cycle
    or run.
    """
    published = Published(State(Path()), connection)
    versions = _versions(published, organisation, year)
    if versions:
        raise CycleError(
            message("account.already_frozen", year=year, version=versions[-1].version),
            advice=message("account.already_frozen_advice", year=year),
        )
    _ask_why_early(published, organisation, year, reason)
    return _freeze(connection, published, organisation, year, by=by, drafts=drafts, reason=reason.strip(), earlier=None)


def _ask_why_early(published: Published, organisation: str, year: int, reason: str) -> None:
    """Raise CycleError when what is there to freeze is of before the reference date, and nobody says why that will do."""
    cycle = _cycle(published, organisation, year)
    run, reference = _run_of(published, cycle), cycle.reference_date
    if run.as_of < reference and not reason.strip():
        raise CycleError(
            message("account.too_early", as_of=run.as_of, reference=reference),
            advice=message("account.too_early_advice", year=year, reference=reference),
        )


def revise(
    connection: duckdb.DuckDBPyConnection, organisation: str, year: int, *, by: str, reason: str, drafts: Drafts
) -> Frozen:
    """Freeze a new version of a frozen cycle, with the reason why; older versions stay as they are. CycleError, NotFound."""
    published = Published(State(Path()), connection)
    versions = _versions(published, organisation, year)
    if not versions:
        raise CycleError(message("account.not_frozen", year=year), advice=message("account.freeze_first", year=year))
    if not reason.strip():
        raise CycleError(message("account.no_reason"), advice=message("account.give_reason"))
    return _freeze(
        connection, published, organisation, year, by=by, drafts=drafts, reason=reason.strip(), earlier=versions[-1]
    )


def compare(
    published: Published,
    organisation: str,
    first: int,
    second: int,
    *,
    versions: tuple[int | None, int | None] = (None, None),
) -> dict[str, list[Row]]:
    """What differs between two years: `antwoorden` and `statussen`, each row with what it was and what it is.

    Takes the newest frozen version of a year or the one asked for; the year of the newest run may be as it is now.
    A norm or question that only one of them has is told with an empty other side. Raises NotFound.
    """
    was = _side(published, organisation, first, versions[0])
    now = _side(published, organisation, second, versions[1])
    return {
        "antwoorden": _differences(was.answers, now.answers),
        "statussen": _differences(was.statuses, now.statuses),
    }


def verify(
    published: Published, organisation: str, year: int, version: int, *, public_key: str | None = None
) -> FrozenVersion:
    """The version with its manifest, after every hash in it, the chain to the version before, and the signature if
    there is one were checked. With `public_key` (base64) it must be signed by that key: whoever can rewrite the rows
    can also sign them anew with a key of their own. Raises IntegrityError naming what changed, NotFound."""
    versions = {frozen.version: frozen for frozen in _versions(published, organisation, year)}
    if version not in versions:
        raise NotFound(
            message("account.no_version", year=year, version=version),
            advice=message("account.known", known=", ".join(map(str, versions))),
        )
    frozen = versions[version]
    place = message("account.version_place", year=year, version=version)
    if _sha256(frozen.manifest) != frozen.manifest_hash:
        raise IntegrityError(message("account.manifest_changed"), place=place, advice=message("account.restore"))
    manifest = json.loads(frozen.manifest)
    previous = versions.get(version - 1)
    parts = [
        *_changed_links(manifest, frozen, previous),
        *_changed_tables(published, manifest, frozen),
        *_broken_signature(frozen, public_key),
    ]
    if parts:
        raise IntegrityError(
            message("account.changed_after_freezing", parts=joined(parts, ", ")),
            place=place,
            advice=message("account.restore"),
        )
    return frozen


def _changed_links(manifest: dict[str, Any], frozen: FrozenVersion, previous: FrozenVersion | None) -> Iterator[Text]:
    """What in a manifest is not so: that it follows on the version before, and what it says of the version itself."""
    previous_hash = previous.manifest_hash if previous else None
    if manifest["previous"] != previous_hash:
        yield message("account.previous_version")
    in_manifest = manifest["frozen"]
    fields = asdict(frozen)
    if json.loads(_json({name: fields[name] for name in in_manifest})) != in_manifest:
        yield "account.freeze"


def _changed_tables(published: Published, manifest: dict[str, Any], frozen: FrozenVersion) -> Iterator[Text]:
    """The frozen tables whose rows are not those of the manifest."""
    key = (frozen.organisation_id, frozen.year, frozen.version)
    for table, mark in manifest["tables"].items():
        if _table_mark(published, table, key) != mark:
            yield f"account.{table}"
    content = published.rows("SELECT content FROM account.catalogue WHERE digest = ?", [frozen.catalogue_digest])
    if not content or _sha256(content[0]["content"]) != manifest["catalogue_sha256"]:
        yield "account.catalogue"


def _broken_signature(frozen: FrozenVersion, public_key: str | None) -> Iterator[Text]:
    """A signature that does not hold, and one that is not by `public_key`."""
    signature, signed_by = frozen.signature, frozen.public_key
    if signature and not signature_holds(frozen.manifest, signature, signed_by or ""):
        yield message("account.the_signature")
    if public_key is not None and signed_by != public_key:
        yield message("account.the_key")


def _freeze(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    organisation: str,
    year: int,
    *,
    by: str,
    drafts: Drafts,
    reason: str,
    earlier: FrozenVersion | None,
) -> Frozen:
    cycle = _cycle(published, organisation, year)
    run = _run_of(published, cycle)
    key = signing_key()
    home = database_name(connection)
    version = earlier.version + 1 if earlier else 1
    frozen = {
        "organisation_id": organisation,
        "year": year,
        "version": version,
        "run_no": run.run_no,
        "run_id": run.run_id,
        "as_of": run.as_of,
        "frozen_at": utc_now(),
        "frozen_by": by,
        "reason": reason or None,
        "catalogue_digest": run.catalogue_digest,
    }
    with after_run(connection, run.run_no) as past:
        _keep_drafts(past.connection, drafts(past, organisation))
        with transaction(past.connection):
            for sql in _copies(home):
                past.connection.execute(sql, _values_for(sql, organisation=organisation, year=year, version=version))
            manifest = _frozen_manifest(past, home, frozen, cycle, run, earlier)
            if not json.loads(manifest)["tables"]["answer"]["rows"]:
                raise NotFound(
                    message("account.no_answers", run=run.run_no, organisation=organisation),
                    advice=message("published.no_run_advice"),
                )
            signature, public_key = sign(manifest, key)
            past.connection.execute(
                f"INSERT INTO {home}.account.freeze VALUES ({', '.join(['?'] * 14)})",
                [*frozen.values(), manifest, _sha256(manifest), signature, public_key],
            )
    counts = published.rows(
        "SELECT count(*) AS answers, count(*) FILTER (answer IS NULL) AS open, count(*) FILTER (look_again) AS again "
        'FROM account.answer WHERE organisation_id = ? AND "year" = ? AND version = ?',
        [organisation, year, version],
    )[0]
    return Frozen(
        organisation_id=organisation,
        year=year,
        version=version,
        run_no=run.run_no,
        as_of=run.as_of,
        manifest_hash=_sha256(manifest),
        signed=signature is not None,
        answers=counts["answers"],
        open=counts["open"],
        look_again=counts["again"],
    )


def _run_of(published: Published, cycle: _Cycle) -> _FinishedRun:
    """The newest finished run about the cycle's year up to its reference date."""
    rows = published.rows(
        "SELECT run_no, run_id, as_of, catalogue_digest, known_at, program_version, manifest_hash FROM ops.run "
        "WHERE state IN ('ok', 'degraded') AND as_of <= ? AND year(as_of) = ? ORDER BY run_no DESC LIMIT 1",
        [cycle.reference_date, cycle.year],
    )
    if not rows:
        raise NotFound(
            message("account.no_run_until", year=cycle.year, until=cycle.reference_date),
            advice=message("account.run_about", day=cycle.reference_date),
        )
    return _FinishedRun(**rows[0])


def _versions(published: Published, organisation: str, year: int) -> list[FrozenVersion]:
    """The frozen versions of a year, oldest first."""
    return [FrozenVersion(**row) for row in frozen_versions(published, organisation, year)]


def _keep_drafts(cursor: duckdb.DuckDBPyConnection, drafts: Mapping[Question, Mapping[str, str]]) -> None:
    cursor.execute(
        "CREATE TABLE main.draft (questionnaire_id VARCHAR, question_id VARCHAR, explanation VARCHAR, "
        "improvement VARCHAR, owner VARCHAR, deadline VARCHAR)"
    )
    fields = ("explanation", "improvement", "owner", "deadline")
    for (questionnaire_id, question_id), texts in drafts.items():
        values = [texts.get(name) or None for name in fields]
        cursor.execute("INSERT INTO main.draft VALUES (?, ?, ?, ?, ?, ?)", [questionnaire_id, question_id, *values])


def _copies(home: str) -> Iterator[str]:
    """The statements that copy what is frozen, from the moment in memory into the warehouse."""
    who = "$organisation, $year, $version"
    yield f"""
        INSERT INTO {home}.account.answer
        SELECT {who}, a.questionnaire_id, a.question_id, q.text_nl,
            a.status, a.proposed_answer, a.answer,
            coalesce(a.explanation, d.explanation),
            coalesce(a.improvement, d.improvement),
            coalesce(a.owner, d.owner),
            coalesce(a.deadline, TRY_CAST(d.deadline AS DATE)),
            a.basis, a.expires_on, a.norms, a.norms_known,
            a.answered_by, a.reviewer, a.reason, a.reviewed_at, a.look_again
        FROM assess.reviewed_answer AS a
        JOIN catalogue.question AS q USING (questionnaire_id, question_id)
        LEFT JOIN main.draft AS d USING (questionnaire_id, question_id)
        WHERE a.organisation_id = $organisation
    """
    yield f"""
        INSERT INTO {home}.account.status
        SELECT {who}, * EXCLUDE (organisation_id)
        FROM assess.present_status
        WHERE organisation_id = $organisation
    """
    yield f"""
        INSERT INTO {home}.account.test_result
        SELECT {who}, r.framework_id, r.test_id, r.purpose,
            r.norm_id, r.aspect, t.sentence_nl,
            r.result, r.metric, r.numerator, r.denominator,
            r.basis, r.reason, r.expires_on,
            r.selected, r.evidence_kind, r.evidence_ids
        FROM assess.test_result AS r
        JOIN catalogue.test AS t
            ON t.framework_id = r.framework_id
            AND t.test_id = r.test_id
            AND t.purpose = r.purpose
        WHERE r.organisation_id = $organisation
    """
    for kind in kinds():
        numbers = f"""
            SELECT unnest(evidence_ids)
            FROM assess.test_result
            WHERE organisation_id = $organisation AND evidence_kind = '{kind}'
        """
        if kind in ("exception", "applicability"):
            numbers += f"""
                UNION SELECT {kind}_id
                FROM assess.measure_status
                WHERE organisation_id = $organisation
            """
        also = ""
        if kind == "improvement":
            also = "OR (e.retired_at IS NULL AND e.done_on IS NULL)"
        columns = all_shown(kinds()[kind])
        yield f"""
            INSERT INTO {home}.account.evidence
            SELECT {who}, '{kind}', e.evidence_id, e.source_id, e.record_key,
                e.recorded_at, e.content_hash, e.locator.artifact,
                CAST(to_json(e) AS VARCHAR)
            FROM (SELECT {columns} FROM evidence.{kind}) AS e
            WHERE e.organisation_id = $organisation
                AND (e.evidence_id IN ({numbers}) {also})
        """
    yield f"""
        INSERT INTO {home}.account.catalogue
        SELECT digest, CAST(content AS VARCHAR)
        FROM catalogue.version
        WHERE digest NOT IN (SELECT digest FROM {home}.account.catalogue)
    """


def _values_for(sql: str, **values: Any) -> dict[str, Any]:
    """The values that the statement asks for."""
    return {name: value for name, value in values.items() if f"${name}" in sql}


def _frozen_manifest(
    past: Published, home: str, frozen: Row, cycle: _Cycle, run: _FinishedRun, earlier: FrozenVersion | None
) -> str:
    """The manifest of a version as JSON: what it is, of which run, the marks of its tables, and the version before."""
    [catalogue] = past.rows("SELECT CAST(content AS VARCHAR) AS content FROM catalogue.version LIMIT 1")
    key = (frozen["organisation_id"], frozen["year"], frozen["version"])
    tables = {table: _table_mark(past, table, key, home=f"{home}.") for table in FROZEN_TABLES}
    content = {
        "format": 1,
        "frozen": frozen,
        "reference_date": cycle.reference_date,
        "run": {
            "known_at": run.known_at,
            "program_version": run.program_version,
            "manifest_hash": run.manifest_hash,
        },
        "catalogue_sha256": _sha256(catalogue["content"]),
        "tables": tables,
        "previous": earlier.manifest_hash if earlier else None,
    }
    return _json(content)


def _table_mark(published: Published, table: str, key: tuple[str, int, int], home: str = "") -> dict[str, Any]:
    """Number of rows and SHA-256 of a frozen table: its rows as JSON, a line each, in the order of those lines."""
    rows = published.rows(
        f'SELECT * FROM {home}account.{table} WHERE organisation_id = ? AND "year" = ? AND version = ?', list(key)
    )
    lines = sorted(_json(list(row.values())) for row in rows)
    return {"rows": len(lines), "sha256": _sha256("\n".join(lines))}


def _json(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _cycle(published: Published, organisation: str, year: int) -> _Cycle:
    """The cycle of a year. Raises NotFound when it was not opened."""
    rows = published.rows(
        'SELECT organisation_id, "year", reference_date, deadline FROM account.cycle '
        'WHERE organisation_id = ? AND "year" = ?',
        [organisation, year],
    )
    if not rows:
        raise NotFound(message("account.not_open", year=year), advice=message("account.open_first", year=year))
    return _Cycle(**rows[0])


def _no_frozen_version(year: int, version: int | None) -> Message:
    if version is None:
        return message("account.nothing_frozen", year=year)
    return message("account.no_frozen_version", year=year, version=version)


@dataclass(frozen=True, slots=True)
class _Stand:
    """How a question or norm stood in a year: its answer or its status."""

    title: str
    value: str | None


_Stands = dict[tuple[str, ...], _Stand]  # by where it belongs and its number


@dataclass(frozen=True, slots=True)
class _Side:
    """How everything stood in one of two years that are compared."""

    answers: _Stands
    statuses: _Stands


def _side(published: Published, organisation: str, year: int, version: int | None) -> _Side:
    """How a year stood: as a version of it was frozen, or as it is now when none was."""
    frozen = {item.version for item in _versions(published, organisation, year)}
    if version is None and not frozen and published.last_run()["as_of"].year == year:
        return _present_side(published, organisation)
    number = version if version is not None else max(frozen, default=None)
    if number not in frozen:
        numbers = ", ".join(map(str, sorted(frozen))) or message("shell.none")
        raise NotFound(_no_frozen_version(year, number), advice=message("account.known", known=numbers))
    where = 'WHERE organisation_id = ? AND "year" = ? AND version = ?'
    answers = published.rows(f"SELECT * FROM account.answer {where}", [organisation, year, number])
    statuses = published.rows(f"SELECT * FROM account.status {where}", [organisation, year, number])
    return _Side(_stands_of_answers(answers), _stands_of_statuses(statuses))


def _present_side(published: Published, organisation: str) -> _Side:
    answers = published.rows(
        "SELECT a.*, q.text_nl AS question_text FROM assess.reviewed_answer AS a "
        "JOIN catalogue.question AS q USING (questionnaire_id, question_id) WHERE a.organisation_id = ?",
        [organisation],
    )
    statuses = published.rows("SELECT * FROM assess.present_status WHERE organisation_id = ?", [organisation])
    return _Side(_stands_of_answers(answers), _stands_of_statuses(statuses))


def _stands_of_answers(rows: Sequence[Row]) -> _Stands:
    stands: _Stands = {}
    for row in rows:
        key = (row["questionnaire_id"], row["question_id"])
        stands[key] = _Stand(row["question_text"], row["answer"])
    return stands


def _stands_of_statuses(rows: Sequence[Row]) -> _Stands:
    """The edition of a framework is left out, so that a norm is compared with itself in the edition before."""
    stands: _Stands = {}
    for row in rows:
        framework = row["framework_id"]
        without_edition = framework.rpartition("-")[0] or framework
        key = (row["level"], without_edition, row["norm_id"])
        stands[key] = _Stand(row["title"], row["status"])
    return stands


def _differences(was: _Stands, now: _Stands) -> list[Row]:
    """What stood otherwise, or was not there, in one of the two."""
    rows = []
    for key in sorted({*was, *now}):
        before, after = was.get(key), now.get(key)
        if before is None or after is None or before.value != after.value:
            rows.append(_difference(key, before, after))
    return rows


def _difference(key: tuple[str, ...], before: _Stand | None, after: _Stand | None) -> Row:
    newest = after or before
    assert newest is not None
    return {
        "waar": key[0],
        "nummer": key[-1],
        "titel": newest.title,
        "was": before.value if before else None,
        "is": after.value if after else None,
    }
