"""The frameworks and the outcome of a run in OSCAL (JSON): a catalog and a profile per framework, and assessment results
with an observation per test and a finding per norm, linked to the landed evidence by its SHA-256.

Format: NIST OSCAL 1.1, models catalog, profile and assessment-results (pages.nist.gov/OSCAL-Reference/models). Identifiers
are made from the content (UUID version 5), so that the same run gives the same files.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from models.instant import AMSTERDAM
from models.wording import reason, word
from reports.provenance import Provenance, day, lines, provenance
from reports.safe import plain
from warehouse.explain import place
from warehouse.read import Published, Row

NAME = "oscal"
TITLE_NL = "OSCAL: catalogus en profiel van elk normenkader, en de uitkomst van de run (JSON)"
TITLE_EN = "OSCAL: catalog and profile of each framework, and the results of the run (JSON)"

OSCAL_VERSION = "1.1.3"
NAMESPACE = "urn:ensia-compliance:oscal"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_METHODS = {"measured": "TEST", "audited": "EXAMINE", "documented": "EXAMINE", "attested": "INTERVIEW"}
_REASONS = {"voldoet": "pass", "groen": "pass", "geen_bewijs": "other", "onbekend": "other"}
_NOT_IN_TOKEN = re.compile(r"[^\w.\-]")


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `oscal/catalog-….json` and `oscal/profile-….json` per framework, and `oscal/assessment-results.json`."""
    origin = provenance(published, organisation)
    folder = target / ("oscal-en" if lang == "en" else "oscal")
    folder.mkdir(parents=True, exist_ok=True)
    documents: dict[str, dict[str, Any]] = {}
    statuses = _statuses(published, organisation)
    for framework in published.rows("FROM catalogue.framework ORDER BY framework_id"):
        key = framework["framework_id"]
        own = {norm: status for (of, norm), status in statuses.items() if of == key}
        if own:
            documents[f"catalog-{key}.json"] = {"catalog": _catalog(published, framework, origin, lang)}
            documents[f"profile-{key}.json"] = {"profile": _profile(framework, own, origin, lang)}
    documents["assessment-results.json"] = {"assessment-results": _results(published, organisation, origin, lang)}
    paths = []
    for name, document in documents.items():
        path = folder / name
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
        paths.append(path)
    return paths


def identifier(*parts: Any) -> str:
    """A UUID that is the same for the same parts."""
    return str(uuid.uuid5(_SPACE, "\x1f".join(map(str, parts))))


def control_id(framework_id: str, norm_id: str) -> str:
    """The OSCAL control id of a norm: a token, so without spaces or slashes."""
    return _NOT_IN_TOKEN.sub("-", f"{framework_id}_{norm_id}")


def _statuses(published: Published, organisation: str) -> dict[tuple[str, str], str]:
    """The present status of every control, norm with tests and principle."""
    rows = published.rows(
        "SELECT framework_id, norm_id, status FROM assess.present_status WHERE organisation_id = ? "
        "AND level IN ('measure', 'control', 'principle')",
        [organisation],
    )
    return {(row["framework_id"], row["norm_id"]): row["status"] for row in rows}


def _metadata(title: str, version: str, origin: Provenance) -> dict[str, Any]:
    return {
        "title": title,
        "last-modified": _moment(origin.finished),
        "version": version,
        "oscal-version": OSCAL_VERSION,
    }


def _moment(local: datetime) -> str:
    return local.replace(tzinfo=AMSTERDAM).astimezone(UTC).isoformat()


def _title(row: Row, lang: str) -> str:
    return plain((row["title_en"] if lang == "en" else "") or row["title_nl"] or row.get("norm_id"))


def _catalog(published: Published, framework: Row, origin: Provenance, lang: str) -> dict[str, Any]:
    key = framework["framework_id"]
    norms = published.rows("SELECT * FROM catalogue.norm WHERE framework_id = ? ORDER BY norm_order", [key])
    below: dict[str, list[Row]] = defaultdict(list)
    for norm in norms:
        below[norm["parent"] or ""].append(norm)
    groups = [
        {
            "id": theme,
            "title": word(theme, lang).capitalize(),
            "controls": [_control(norm, below, lang) for norm in below[""] if norm["theme"] == theme],
        }
        for theme in dict.fromkeys(norm["theme"] for norm in below[""] if norm["theme"])
    ]
    loose = [_control(norm, below, lang) for norm in below[""] if not norm["theme"]]
    return {
        "uuid": identifier("catalog", key, origin.catalogue_digest),
        "metadata": _metadata(_title(framework, lang), framework["version"] or "1", origin),
        **({"controls": loose} if loose else {}),
        **({"groups": groups} if groups else {}),
    }


def _control(norm: Row, below: dict[str, list[Row]], lang: str) -> dict[str, Any]:
    own = control_id(norm["framework_id"], norm["norm_id"])
    summary = plain((norm["summary_en"] if lang == "en" else "") or norm["summary_nl"])
    children = [_control(child, below, lang) for child in below[norm["norm_id"]]]
    return {
        "id": own,
        "class": norm["level"],
        "title": _title(norm, lang),
        "props": [{"name": "label", "value": norm["norm_id"]}],
        **({"parts": [{"id": f"{own}_ovw", "name": "overview", "prose": summary}]} if summary else {}),
        **({"controls": children} if children else {}),
    }


def _profile(framework: Row, statuses: dict[str, str], origin: Provenance, lang: str) -> dict[str, Any]:
    """The norms of the framework that apply: a not-applicable one that counts is left out."""
    key = framework["framework_id"]
    chosen = [control_id(key, norm) for norm, status in sorted(statuses.items()) if status != "niet_van_toepassing"]
    title = f"{_title(framework, lang)} – {origin.organisation}"
    return {
        "uuid": identifier("profile", key, origin.run_id, origin.organisation_id),
        "metadata": _metadata(title, framework["version"] or "1", origin),
        "imports": [{"href": f"catalog-{key}.json", "include-controls": [{"with-ids": chosen}]}] if chosen else
        [{"href": f"catalog-{key}.json"}],
        "merge": {"as-is": True},
    }  # fmt: skip


def _results(published: Published, organisation: str, origin: Provenance, lang: str) -> dict[str, Any]:
    resources: dict[str, dict[str, Any]] = {}
    tests = _tests(published, organisation)
    evidence = published.evidence_of(organisation, tests)
    observations = {_key(test): _observation(test, evidence, resources, origin, lang) for test in tests}
    findings = _findings(published, organisation, tests, observations, origin, lang)
    plan = identifier("plan", origin.catalogue_digest)
    english = lang == "en"
    title = f"{'Information security' if english else 'Informatiebeveiliging'} – {origin.organisation}"
    described = "; ".join(f"{label}: {text}" for label, text in lines(origin, lang))
    rules = (
        "The rules of the catalogue, applied every night"
        if english
        else "De regels van de catalogus, elke nacht toegepast"
    )
    targets = [{"control-id": finding["target"]["target-id"]} for finding in findings]
    selection: dict[str, Any] = {"include-controls": targets} if targets else {"include-all": {}}
    result: dict[str, Any] = {
        "uuid": identifier("result", origin.run_id, organisation),
        "title": title,
        "description": described,
        "start": _moment(datetime.combine(origin.as_of, time.min)),
        "end": _moment(origin.finished),
        "reviewed-controls": {"control-selections": [selection]},
        **({"observations": list(observations.values())} if observations else {}),
        **({"findings": findings} if findings else {}),
    }
    return {
        "uuid": identifier("assessment-results", origin.run_id, organisation),
        "metadata": _metadata(title, origin.run_id, origin),
        "import-ap": {"href": f"#{plan}"},
        "results": [result],
        "back-matter": {
            "resources": [
                {"uuid": plan, "title": rules, "props": [_property("catalogue-digest", origin.catalogue_digest)]},
                *resources.values(),
            ]
        },
    }


def _property(name: str, value: Any) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": str(value)}


def _tests(published: Published, organisation: str) -> list[Row]:
    """Every result that stands for something: an owner's own statement that nobody made is left out."""
    found = published.rows(
        "SELECT r.*, t.sentence_nl, t.sentence_en, t.implicit FROM assess.test_result AS r JOIN catalogue.test AS t "
        "ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose "
        "WHERE r.until_run_no IS NULL AND r.organisation_id = ? ORDER BY r.framework_id, r.purpose, r.norm_id, r.test_id",
        [organisation],
    )
    return [test for test in found if not test["implicit"] or test["evidence_ids"]]


def _key(test: Row) -> tuple[str, str, str]:
    return test["framework_id"], test["purpose"], test["test_id"]


def _observation(
    test: Row, evidence: dict[int, Row], resources: dict[str, dict[str, Any]], origin: Provenance, lang: str
) -> dict[str, Any]:
    sentence = plain((test["sentence_en"] if lang == "en" else "") or test["sentence_nl"])
    why = reason(
        test["reason"], lang, metric=test["metric"], numerator=test["numerator"], denominator=test["denominator"],
        selected=test["selected"],
    )  # fmt: skip
    proof = [
        {"href": f"#{_resource(record, resources)}", "description": plain(place(record["locator"]))}
        for number in test["evidence_ids"] or []
        if (record := evidence.get(number)) and (record["locator"] or {}).get("artifact")
    ]
    return {
        "uuid": identifier("observation", origin.run_id, origin.organisation_id, *_key(test)),
        "title": sentence,
        "description": f"{word(test['result'], lang)}: {plain(why)}",
        "props": [_property("result", test["result"]), _property("test", test["test_id"])],
        "methods": [_METHODS.get(test["basis"] or "", "EXAMINE")],
        **({"relevant-evidence": proof} if proof else {}),
        "collected": _moment(origin.finished),
        **({"expires": _moment(datetime.combine(test["expires_on"], time.min))} if test["expires_on"] else {}),
    }  # fmt: skip


def _resource(record: Row, resources: dict[str, dict[str, Any]]) -> str:
    """The back-matter resource of the landed file a record came from, made once."""
    locator = record["locator"]
    artifact = locator["artifact"]
    key = identifier("landed", artifact)
    resources.setdefault(
        key,
        {
            "uuid": key,
            "title": plain(locator.get("file") or locator.get("address") or artifact),
            "rlinks": [{"href": f"originelen/{artifact}", "hashes": [{"algorithm": "SHA-256", "value": artifact}]}],
        },
    )
    return key


def _findings(
    published: Published,
    organisation: str,
    tests: list[Row],
    observations: dict[tuple[str, str, str], dict[str, Any]],
    origin: Provenance,
    lang: str,
) -> list[dict[str, Any]]:
    """A finding per norm that carries tests and per principle; what does not apply has none."""
    by_norm: dict[tuple[str, str], list[str]] = defaultdict(list)
    for test in tests:
        by_norm[test["framework_id"], test["norm_id"]].append(observations[_key(test)]["uuid"])
    rows = published.rows(
        "SELECT s.framework_id, s.norm_id, n.title_nl, n.title_en, s.status, s.basis, s.excepted_until "
        "FROM assess.present_status AS s JOIN catalogue.norm AS n USING (framework_id, norm_id) "
        "WHERE s.organisation_id = ? AND s.level IN ('measure', 'principle') AND s.status <> 'niet_van_toepassing' "
        "ORDER BY s.framework_id, n.norm_order",
        [organisation],
    )
    found = []
    for row in rows:
        related = by_norm[row["framework_id"], row["norm_id"]]
        excepted = [_property("excepted-until", row["excepted_until"])] if row["excepted_until"] else []
        until = f" ({'excepted until' if lang == 'en' else 'afwijking tot en met'} {day(row['excepted_until'], lang)})"
        found.append(
            {
                "uuid": identifier("finding", origin.run_id, organisation, row["framework_id"], row["norm_id"]),
                "title": f"{row['norm_id']} {_title(row, lang)}",
                "description": word(row["status"], lang) + (until if row["excepted_until"] else ""),
                "props": [_property("status", row["status"]), *excepted],
                "target": {
                    "type": "objective-id",
                    "target-id": control_id(row["framework_id"], row["norm_id"]),
                    "status": {
                        "state": "satisfied" if row["status"] in ("voldoet", "groen") else "not-satisfied",
                        "reason": _REASONS.get(row["status"], "fail"),
                    },
                },
                **({"related-observations": [{"observation-uuid": item} for item in related]} if related else {}),
            }
        )
    return found
