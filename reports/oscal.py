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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from models.instant import AMSTERDAM
from models.language import pick
from models.wording import word
from reports.answers import reason_of
from reports.provenance import Provenance, day, lines, provenance
from reports.safe import plain
from warehouse.reading.explain import place
from warehouse.reading.read import Published
from warehouse.reading.shapes import (
    CatalogueNorm,
    Framework,
    NamedRecord,
    PresentControl,
    PresentNorm,
    PresentPrinciple,
    PresentTest,
)

NAME = "oscal"
TITLE_NL = "OSCAL: catalogus en profiel van elk normenkader, en de uitkomst van de run (JSON)"
TITLE_EN = "OSCAL: catalog and profile of each framework, and the results of the run (JSON)"

OSCAL_VERSION = "1.1.3"
NAMESPACE = "urn:ensia-compliance:oscal"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_METHODS = {
    "measured": "TEST",
    "audited": "EXAMINE",
    "sampled": "EXAMINE",
    "documented": "EXAMINE",
    "declared": "INTERVIEW",
    "attested": "INTERVIEW",
}
_REASONS = {"voldoet": "pass", "groen": "pass", "geen_bewijs": "other", "onbekend": "other"}
_NOT_IN_TOKEN = re.compile(r"[^\w.\-]")


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `oscal/catalog-….json` and `oscal/profile-….json` per framework, and `oscal/assessment-results.json`."""
    origin = provenance(published, organisation)
    folder = target / pick(lang, "oscal", "oscal-en")
    folder.mkdir(parents=True, exist_ok=True)
    documents: dict[str, dict[str, Any]] = {}
    published = published.speaking(lang)
    statuses = _statuses(published, organisation)
    for framework in published.select(Framework):
        key = framework.framework_id
        of_framework = {norm_id: status for (name, norm_id), status in statuses.items() if name == key}
        if of_framework:
            documents[f"catalog-{key}.json"] = {"catalog": _catalog(published, framework, origin, lang)}
            documents[f"profile-{key}.json"] = {"profile": _profile(framework, of_framework, origin)}
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
    norms = published.select(PresentNorm, organisation)
    controls = published.select(PresentControl, organisation)
    principles = published.select(PresentPrinciple, organisation)
    statuses = {(norm.framework_id, norm.norm_id): norm.status for norm in norms}
    statuses |= {(control.framework_id, control.norm_id): control.status for control in controls}
    return statuses | {(item.framework_id, item.principle_id): item.status for item in principles}


def _metadata(title: str, version: str, origin: Provenance) -> dict[str, Any]:
    return {
        "title": title,
        "last-modified": _utc(origin.finished),
        "version": version,
        "oscal-version": OSCAL_VERSION,
    }


def _utc(local: datetime) -> str:
    return local.replace(tzinfo=AMSTERDAM).astimezone(UTC).isoformat()


def _catalog(published: Published, framework: Framework, origin: Provenance, lang: str) -> dict[str, Any]:
    key = framework.framework_id
    below: dict[str, list[CatalogueNorm]] = defaultdict(list)
    for norm in published.select(CatalogueNorm, framework_id=key):
        below[norm.parent or ""].append(norm)
    by_theme: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for norm in below[""]:
        by_theme[norm.theme or ""].append(_oscal_control(norm, below))
    without_theme = by_theme.pop("", [])
    groups = [
        {"id": theme, "title": word(theme, lang).capitalize(), "controls": controls}
        for theme, controls in by_theme.items()
    ]
    return {
        "uuid": identifier("catalog", key, origin.catalogue_digest),
        "metadata": _metadata(plain(framework.title), framework.version or "1", origin),
        **_when("controls", without_theme),
        **_when("groups", groups),
    }


def _when(name: str, content: Any) -> dict[str, Any]:
    """A field with its content; nothing at all where that is empty, since OSCAL knows no empty lists."""
    return {name: content} if content else {}


def _oscal_control(norm: CatalogueNorm, below: dict[str, list[CatalogueNorm]]) -> dict[str, Any]:
    identity = control_id(norm.framework_id, norm.norm_id)
    summary = plain(norm.summary)
    overview = [{"id": f"{identity}_ovw", "name": "overview", "prose": summary}] if summary else []
    children = [_oscal_control(child, below) for child in below[norm.norm_id]]
    return {
        "id": identity,
        "class": norm.level,
        "title": plain(norm.title or norm.norm_id),
        "props": [{"name": "label", "value": norm.norm_id}],
        **_when("parts", overview),
        **_when("controls", children),
    }


def _profile(framework: Framework, statuses: dict[str, str], origin: Provenance) -> dict[str, Any]:
    """The norms of the framework that apply: a not-applicable one that counts is left out."""
    key = framework.framework_id
    applicable = [norm for norm, status in sorted(statuses.items()) if status != "niet_van_toepassing"]
    controls = [{"with-ids": [control_id(key, norm) for norm in applicable]}] if applicable else []
    title = f"{plain(framework.title)} – {origin.organisation}"
    return {
        "uuid": identifier("profile", key, origin.run_id, origin.organisation_id),
        "metadata": _metadata(title, framework.version or "1", origin),
        "imports": [{"href": f"catalog-{key}.json", **_when("include-controls", controls)}],
        "merge": {"as-is": True},
    }


def _results(published: Published, organisation: str, origin: Provenance, lang: str) -> dict[str, Any]:
    resources: dict[str, dict[str, Any]] = {}
    tests = _tests(published, organisation)
    evidence = published.records_of(organisation, tests)
    observations = {_test_key(test): _observation(test, evidence, resources, origin, lang) for test in tests}
    findings = _findings(published, organisation, tests, observations, origin, lang)
    plan = identifier("plan", origin.catalogue_digest)
    title = f"{pick(lang, 'Informatiebeveiliging', 'Information security')} – {origin.organisation}"
    described = "; ".join(f"{label}: {text}" for label, text in lines(origin, lang))
    rules = pick(
        lang, "De regels van de catalogus, elke nacht toegepast", "The rules of the catalogue, applied every night"
    )
    targets = [{"control-id": finding["target"]["target-id"]} for finding in findings]
    selection: dict[str, Any] = {"include-controls": targets} if targets else {"include-all": {}}
    result: dict[str, Any] = {
        "uuid": identifier("result", origin.run_id, organisation),
        "title": title,
        "description": described,
        "start": _utc(datetime.combine(origin.as_of, time.min)),
        "end": _utc(origin.finished),
        "reviewed-controls": {"control-selections": [selection]},
        **_when("observations", list(observations.values())),
        **_when("findings", findings),
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


def _tests(published: Published, organisation: str) -> list[PresentTest]:
    """Every result that stands for something: an owner's own statement that nobody made is left out."""
    tests = [test for test in published.select(PresentTest, organisation) if test.counts]
    return sorted(tests, key=lambda test: (test.framework_id, test.purpose, test.norm_id, test.test_id))


def _test_key(test: PresentTest) -> tuple[str, str, str]:
    return test.framework_id, test.purpose, test.test_id


def _observation(
    test: PresentTest,
    evidence: Mapping[int, NamedRecord],
    resources: dict[str, dict[str, Any]],
    origin: Provenance,
    lang: str,
) -> dict[str, Any]:
    records = [evidence[number] for number in test.evidence_ids if number in evidence]
    proof = [
        {"href": f"#{_resource(record, record.artifact, resources)}", "description": plain(place(record.locator))}
        for record in records
        if record.artifact
    ]
    expires = _utc(datetime.combine(test.expires_on, time.min)) if test.expires_on else None
    return {
        "uuid": identifier("observation", origin.run_id, origin.organisation_id, *_test_key(test)),
        "title": plain(test.sentence),
        "description": f"{word(test.outcome, lang)}: {plain(reason_of(test, lang))}",
        "props": [_property("result", test.outcome), _property("test", test.test_id)],
        "methods": [_METHODS.get(test.basis or "", "EXAMINE")],
        **_when("relevant-evidence", proof),
        "collected": _utc(origin.finished),
        **_when("expires", expires),
    }


def _resource(record: NamedRecord, artifact: str, resources: dict[str, dict[str, Any]]) -> str:
    """The back-matter resource of the landed file a record came from, made once."""
    key = identifier("landed", artifact)
    resources.setdefault(
        key,
        {
            "uuid": key,
            "title": plain(record.file or artifact),
            "rlinks": [{"href": f"originelen/{artifact}", "hashes": [{"algorithm": "SHA-256", "value": artifact}]}],
        },
    )
    return key


def _findings(
    published: Published,
    organisation: str,
    tests: list[PresentTest],
    observations: dict[tuple[str, str, str], dict[str, Any]],
    origin: Provenance,
    lang: str,
) -> list[dict[str, Any]]:
    """A finding per norm that carries tests and per principle; what does not apply has none."""
    by_norm: dict[tuple[str, str], list[str]] = defaultdict(list)
    for test in tests:
        by_norm[test.framework_id, test.norm_id].append(observations[_test_key(test)]["uuid"])
    findings = []
    for judged in _judged(published, organisation):
        related = by_norm[judged.framework_id, judged.norm_id]
        findings.append(_oscal_finding(judged, related, origin, lang))
    return findings


def _oscal_finding(judged: _Judged, observations: list[str], origin: Provenance, lang: str) -> dict[str, Any]:
    """The finding of a norm or principle, with the observations that it rests on by their identifiers."""
    description, properties = word(judged.status, lang), [_property("status", judged.status)]
    if judged.excepted_until:
        until = day(judged.excepted_until, lang)
        description += pick(lang, f" (afwijking tot en met {until})", f" (excepted until {until})")
        properties.append(_property("excepted-until", judged.excepted_until))
    key = (judged.framework_id, judged.norm_id)
    is_satisfied = judged.status in ("voldoet", "groen")
    return {
        "uuid": identifier("finding", origin.run_id, origin.organisation_id, *key),
        "title": f"{judged.norm_id} {plain(judged.title)}",
        "description": description,
        "props": properties,
        "target": {
            "type": "objective-id",
            "target-id": control_id(*key),
            "status": {
                "state": "satisfied" if is_satisfied else "not-satisfied",
                "reason": _REASONS.get(judged.status, "fail"),
            },
        },
        **_when("related-observations", [{"observation-uuid": item} for item in observations]),
    }


@dataclass(frozen=True, slots=True)
class _Judged:
    """A norm that carries tests, or a principle, with its status."""

    framework_id: str
    norm_id: str
    title: str
    status: str
    excepted_until: date | None


def _judged(published: Published, organisation: str) -> list[_Judged]:
    """The norms that apply and the principles, by framework."""
    norms = [
        _Judged(norm.framework_id, norm.norm_id, norm.title, norm.status, norm.excepted_until)
        for norm in published.select(PresentNorm, organisation)
        if norm.status != "niet_van_toepassing"
    ]
    principles = [
        _Judged(item.framework_id, item.principle_id, item.title, item.status, None)
        for item in published.select(PresentPrinciple, organisation)
    ]
    return sorted([*norms, *principles], key=lambda judged: judged.framework_id)
