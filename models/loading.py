"""Reads the catalogue from its files: the frameworks that come with the program, and what an organisation adds to them
or overrides in a folder of its own. Every mistake is told with file, line and reason, all of them at once.

What a catalogue may say stands in `models/catalogue.py`; whether selectors bind is checked in `models/catalogue_check.py`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from models.catalogue import (
    ASPECTS,
    Catalogue,
    Framework,
    Indicator,
    Link,
    Measure,
    Norm,
    Question,
    Questionnaire,
    Strict,
    Test,
)
from models.errors import CatalogueError
from models.kind import SafeLoader, kinds, vocabularies

_LINE = "__line__"
_ATTESTED_FOR = "P1Y"  # how long an owner's own statement counts where the rules say nothing
_TEST_FIELDS = {"id", "aspect", "nl", "en", "basis"}
_ASPECT_NL = {"design": "de opzet", "existence": "het bestaan", "operation": "de werking"}
_ATTRIBUTES = ("control_type", "properties", "concepts", "capabilities", "domains")


class _LineLoader(SafeLoader):  # type: ignore[misc]
    """The safe loader, keeping for every mapping the line it begins on."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        mapping = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = node.start_mark.line + 1
        return mapping


@dataclass
class _Reading:
    """What has been read so far, and every problem met on the way."""

    frameworks: dict[str, Framework] = field(default_factory=dict)
    norms: dict[tuple[str, str], Norm] = field(default_factory=dict)
    norm_places: dict[tuple[str, str], str] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    tests: dict[tuple[str, str], Test] = field(default_factory=dict)
    indicators: dict[tuple[str, str], Indicator] = field(default_factory=dict)
    questionnaires: dict[str, Questionnaire] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    generated: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def problem(self, place: str, reason: str) -> None:
        self.problems.append(f"{place}: {reason}")

    def make(self, model: type[Strict], place: str, values: dict[str, Any]) -> Any:
        """A row of the catalogue, or None with its problems noted."""
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for item in error.errors():
                path = ".".join(str(part) for part in item["loc"])
                reason = re.sub(r"^Value error, ", "", item["msg"])
                self.problem(place, f"{path + ': ' if path else ''}{reason} (is: {item['input']!r})"[:400])
            return None


def load_catalogue(framework_ids: Sequence[str], folder: Path | None = None) -> Catalogue:
    """The catalogue of some frameworks, with what `folder` (an organisation's own) adds and overrides.

    Norms and links of the other packaged frameworks come along without tests, so that old numbers find their norm.
    Raises CatalogueError with every problem, a line each.
    """
    if folder is None:
        return _packaged(tuple(framework_ids))
    return _load(tuple(framework_ids), folder)


@lru_cache(maxsize=8)
def _packaged(framework_ids: tuple[str, ...]) -> Catalogue:
    return _load(framework_ids, None)


def _load(framework_ids: tuple[str, ...], folder: Path | None) -> Catalogue:
    reading = _Reading()
    packaged = resources.files("models").joinpath("frameworks")
    names = sorted(entry.name for entry in packaged.iterdir() if entry.is_dir())
    roots: list[tuple[str, Any, str]] = [(name, packaged.joinpath(name), f"models/frameworks/{name}") for name in names]
    if folder is not None:
        if not folder.is_dir():
            raise CatalogueError(
                "the catalogue folder does not exist", place=str(folder), advice="see `catalogue` in ensia.yaml"
            )
        own = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name != "questionnaires")
        roots += [(name, folder / name, f"{folder.name}/{name}") for name in own]
    for framework_id, root, place in roots:
        _read_norms(reading, framework_id, root, place)
    for wanted in framework_ids:
        if wanted not in reading.frameworks:
            reading.problem("ensia.yaml", f"no framework {wanted!r}; there are: {', '.join(reading.frameworks)}")
    _check_norms(reading)
    for framework_id, root, place in roots:
        if framework_id in framework_ids:
            _read_rules(reading, framework_id, root, place)
    _add_attestations(reading, framework_ids)
    _read_questionnaires(
        reading, resources.files("models").joinpath("questionnaires"), "models/questionnaires", framework_ids
    )
    if folder is not None:
        _read_questionnaires(reading, folder / "questionnaires", f"{folder.name}/questionnaires", framework_ids)
        _override(reading, folder / "overrides.yaml", f"{folder.name}/overrides.yaml")
    if reading.problems:
        raise CatalogueError("\n".join(reading.problems))
    catalogue = Catalogue(
        frameworks=tuple(reading.frameworks.values()),
        norms=tuple(sorted(reading.norms.values(), key=lambda norm: (norm.framework_id, norm_order(norm.id)))),
        links=tuple(reading.links),
        tests=tuple(reading.tests.values()),
        indicators=tuple(reading.indicators.values()),
        questionnaires=tuple(reading.questionnaires.values()),
        questions=tuple(reading.questions),
    )
    digest = hashlib.sha256(catalogue.model_dump_json(exclude_defaults=True).encode()).hexdigest()
    return catalogue.model_copy(update={"digest": digest})


def catalogue_to_json(catalogue: Catalogue) -> str:
    """The whole catalogue as JSON; `catalogue_from_json` gives the same one back."""
    return catalogue.model_dump_json(exclude_defaults=True)


def catalogue_from_json(text: str) -> Catalogue:
    """The catalogue that `catalogue_to_json` wrote."""
    return Catalogue.model_validate_json(text)


def norm_order(norm_id: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts 5.2 before 5.10, and numbers before words."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"[./]", norm_id))


def resolve_norm(catalogue: Catalogue, framework_id: str, norm_id: str) -> tuple[str, str] | None:
    """The norm that an old number, another version's number or another spelling now means, or None.

    Understands `5.1.1`, `05.01.01`, `A.5.1` and `BIO 5.01.01`; follows `moved_to` and links equal or moved.
    """
    return _resolver(catalogue)(framework_id, norm_id)


@lru_cache(maxsize=4)
def _resolver_of(digest: str, catalogue_id: int) -> dict[str, Any]:
    return {}


def _resolver(catalogue: Catalogue) -> Callable[[str, str], tuple[str, str] | None]:
    cached = _resolver_of(catalogue.digest, id(catalogue))
    if not cached:
        cached["norms"] = {(norm.framework_id, norm.id): norm for norm in catalogue.norms}
        cached["spelled"] = {(norm.framework_id, _plain(norm.id)): norm.id for norm in reversed(catalogue.norms)}
        cached["links"] = {
            (link.framework_id, link.norm_id): (link.to_framework_id, link.to_norm_id)
            for link in catalogue.links
            if link.relation in ("equal", "moved")
        }
    norms, spelled, links = cached["norms"], cached["spelled"], cached["links"]

    def resolve(framework_id: str, norm_id: str) -> tuple[str, str] | None:
        here = (
            framework_id,
            norm_id if (framework_id, norm_id) in norms else spelled.get((framework_id, _plain(norm_id)), norm_id),
        )
        for _ in range(10):  # a chain is short; cycles were refused when the catalogue was read
            norm = norms.get(here)
            if here in links:
                here = links[here]
            elif norm is not None and norm.moved_to:
                here = (here[0], norm.moved_to)
            else:
                return here if norm is not None else None
        return None

    return resolve


def _plain(norm_id: str) -> str:
    """`A.05.01` and `BIO 5.1` as `5.1`: without prefixes and leading zeros, but with as many parts."""
    bare = re.sub(r"^(bio2?|iso|a)[ .:-]*", "", norm_id.strip().casefold())
    return ".".join(str(int(part)) if part.isdigit() else part for part in bare.split("."))


def _text(root: Any, name: str) -> str | None:
    entry = root.joinpath(name)
    return str(entry.read_text("utf-8")) if entry.is_file() else None


def _yaml(reading: _Reading, text: str, place: str) -> Any:
    try:
        return yaml.load(text, Loader=_LineLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reading.problem(
            f"{place}, line {mark.line + 1}" if mark else place,
            f"is not valid YAML: {getattr(error, 'problem', error)}",
        )
        return None


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column) of a TSV file."""
    reader = csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    for line, row in enumerate(reader, start=2):
        yield line, {name: (value or "").strip() for name, value in row.items() if name}


def _read_norms(reading: _Reading, framework_id: str, root: Any, place: str) -> None:
    if (text := _text(root, "framework.yaml")) is not None:
        content = _yaml(reading, text, f"{place}/framework.yaml") or {}
        content.pop(_LINE, None)
        made = reading.make(Framework, f"{place}/framework.yaml", content)
        if made is not None:
            reading.frameworks[made.id] = made
    for name, level in (("controls.tsv", "control"), ("measures.tsv", "measure"), ("norms.tsv", "norm")):
        if (text := _text(root, name)) is not None:
            for line, row in _rows(text):
                _read_norm(reading, framework_id, level, row, f"{place}/{name}, line {line}")
    if (text := _text(root, "links.tsv")) is not None:
        for line, row in _rows(text):
            values = {
                "framework_id": framework_id, "norm_id": row["norm"], "to_framework_id": row["to_framework"],
                "to_norm_id": row["to_norm"], "relation": row["relation"], "note": row.get("note", ""),
                "weight": row.get("weight") or 1.0,
            }  # fmt: skip
            made = reading.make(Link, f"{place}/links.tsv, line {line}", values)
            if made is not None:
                reading.links.append(made)


def _read_norm(reading: _Reading, framework_id: str, level: str, row: dict[str, str], place: str) -> None:
    values: dict[str, Any] = {name: row[name] for name in row if name in Norm.model_fields and row[name]}
    values |= {"framework_id": framework_id, "level": row.get("level") or level}
    values.setdefault("title_en", values.get("title_nl", ""))
    if level == "measure":
        values["parent"] = row.get("control")
        values["cbw_scope"] = row.get("cbw_scope", "yes") != "no"
        values.setdefault("title_nl", values.get("id", ""))
        values.setdefault("title_en", values["title_nl"])
    if attributes := {name: _parts(row[name]) for name in _ATTRIBUTES if row.get(name)}:
        values["attributes"] = attributes
    made = reading.make(Norm, place, values)
    if made is None:
        return
    key = (framework_id, made.id)
    if key in reading.norms:
        reading.problem(place, f"norm {made.id} is already in {reading.norm_places[key]}")
        return
    reading.norms[key], reading.norm_places[key] = made, place


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _check_norms(reading: _Reading) -> None:
    """moved_to exists and does not run in a circle; parents and both ends of links exist."""
    for (framework_id, norm_id), norm in reading.norms.items():
        place = reading.norm_places[framework_id, norm_id]
        if (
            norm.parent
            and (framework_id, norm.parent) not in reading.norms
            and norm.level == "measure"
            and _has_controls(reading, framework_id)
        ):
            reading.problem(place, f"control {norm.parent!r} does not exist")
        seen, here = [norm_id], norm
        while here.moved_to:
            if here.moved_to in seen:
                reading.problem(place, f"moved_to runs in a circle: {' → '.join([*seen, here.moved_to])}")
                break
            following = reading.norms.get((framework_id, here.moved_to))
            if following is None:
                reading.problem(place, f"moved_to {here.moved_to!r} does not exist in {framework_id}")
                break
            seen.append(here.moved_to)
            here = following
    for link in reading.links:
        for framework_id, norm_id in ((link.framework_id, link.norm_id), (link.to_framework_id, link.to_norm_id)):
            if framework_id in reading.frameworks and (framework_id, norm_id) not in reading.norms:
                reading.problem(f"{link.framework_id}/links.tsv", f"norm {norm_id!r} of {framework_id} does not exist")


def _has_controls(reading: _Reading, framework_id: str) -> bool:
    return any(key[0] == framework_id and norm.level == "control" for key, norm in reading.norms.items())


def carries_status(norm: Norm, norms: Sequence[Norm]) -> bool:
    """Whether a norm is tested itself: an active measure, a control without active measures, or a norm of its own."""
    if norm.state != "active" or norm.level == "principle":
        return False
    if norm.level != "control":
        return True
    return not any(
        other.parent == norm.id and other.framework_id == norm.framework_id and other.state == "active"
        for other in norms
    )


def _read_rules(reading: _Reading, framework_id: str, root: Any, place: str) -> None:
    rules = root.joinpath("rules")
    if rules.is_dir():
        for entry in sorted(rules.iterdir(), key=lambda entry: str(entry.name)):
            if entry.name.endswith(".yaml"):
                content = _yaml(reading, entry.read_text("utf-8"), f"{place}/rules/{entry.name}")
                for rule in (content or {}).get("rules", []):
                    _read_rule(reading, framework_id, rule, f"{place}/rules/{entry.name}")
    if (text := _text(root, "indicators.yaml")) is not None:
        content = _yaml(reading, text, f"{place}/indicators.yaml")
        for item in (content or {}).get("indicators", []):
            _read_indicator(reading, framework_id, item, f"{place}/indicators.yaml")


def _read_rule(reading: _Reading, framework_id: str, rule: dict[str, Any], file: str) -> None:
    place = f"{file}, line {rule.get(_LINE)}"
    norm = reading.norms.get((framework_id, str(rule.get("norm"))))
    if norm is None:
        reading.problem(place, f"norm {rule.get('norm')!r} does not exist in {framework_id}")
        return
    if not carries_status(norm, list(reading.norms.values())):
        reading.problem(place, f"norm {norm.id} is {norm.state} or has measures of its own, so it is not tested itself")
        return
    if unknown := set(rule) - {"norm", "tests", "note", _LINE}:
        reading.problem(place, f"unknown field {', '.join(sorted(unknown))}; a rule has: norm, tests, note")
    for item in rule.get("tests", []):
        _read_test(reading, framework_id, norm, dict(item), file)


def _read_test(reading: _Reading, framework_id: str, norm: Norm, item: dict[str, Any], file: str) -> None:
    place = f"{file}, line {item.pop(_LINE, '?')}"
    if item.get("type") == "attested":
        item.setdefault("kind", "attestation")
    measure = _read_measure(reading, {name: value for name, value in item.items() if name not in _TEST_FIELDS}, place)
    if measure is None:
        return
    own = {name: item[name] for name in _TEST_FIELDS if name in item}
    own.setdefault("basis", _basis(measure))
    values = own | {"framework_id": framework_id, "norm_id": norm.id, "measure": measure, "place": place}
    test = reading.make(Test, place, values)
    if test is None:
        return
    if (framework_id, test.id) in reading.tests:
        reading.problem(place, f"test {test.id!r} is already in {reading.tests[framework_id, test.id].place}")
        return
    if not test.id.startswith(norm.id):
        reading.problem(place, f"test {test.id!r} does not begin with its norm {norm.id}")
    reading.tests[framework_id, test.id] = test


def _read_measure(reading: _Reading, values: dict[str, Any], place: str) -> Measure | None:
    values = _without_lines(values)
    measure: Measure | None = reading.make(Measure, place, values)
    if measure is None or not measure.kind:
        return measure
    _check_about(reading, measure.kind, measure.about, place)
    if measure.matched is not None:
        if measure.matched.kind not in kinds():
            reading.problem(place, f"matched: no evidence kind {measure.matched.kind!r}")
        else:
            _check_about(reading, measure.matched.kind, measure.matched.about, place)
    return measure


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_lines(content) for name, content in value.items() if name != _LINE}
    return [_without_lines(item) for item in value] if isinstance(value, list) else value


def _check_about(reading: _Reading, kind_name: str, about: Sequence[str], place: str) -> None:
    """Words of a vocabulary must stand in it, also in an open one: a test may not ask for what no list explains."""
    kind = kinds()[kind_name]
    if not about or kind.discriminator is None:
        return
    name = kind.column(kind.discriminator).vocabulary
    if name is None:
        return
    for word in about:
        if word not in vocabularies()[name].terms:
            reading.problem(place, f"about: {word!r} does not stand in models/vocabularies/{name}.yaml")


def _basis(measure: Measure) -> str:
    if measure.type in ("attested", "audited"):
        return measure.type
    return kinds()[measure.kind].basis


def _read_indicator(reading: _Reading, framework_id: str, item: dict[str, Any], file: str) -> None:
    place = f"{file}, line {item.get(_LINE)}"
    measure = _read_measure(reading, item.get("measure") or {}, place)
    if measure is None:
        return
    values = {name: value for name, value in item.items() if name not in (_LINE, "measure", "principle", "nl", "en")}
    values |= {
        "framework_id": framework_id, "principle_id": str(item.get("principle")), "name_nl": item.get("nl"),
        "name_en": item.get("en"), "measure": measure, "place": place,
    }  # fmt: skip
    if (framework_id, str(item.get("principle"))) not in reading.norms:
        reading.problem(place, f"principle {item.get('principle')!r} does not exist in {framework_id}")
    indicator = reading.make(Indicator, place, values)
    if indicator is None:
        return
    if (framework_id, indicator.id) in reading.indicators:
        reading.problem(place, f"indicator {indicator.id!r} is already there")
    reading.indicators[framework_id, indicator.id] = indicator


def _add_attestations(reading: _Reading, framework_ids: Sequence[str]) -> None:
    """An aspect without any test in the rules may be answered by its owner (domain.md §5)."""
    norms = list(reading.norms.values())
    tested = {(test.framework_id, test.norm_id, test.aspect) for test in reading.tests.values()}
    with_children = {(norm.framework_id, norm.parent) for norm in norms if norm.parent and norm.state == "active"}
    for norm in norms:
        if norm.framework_id not in framework_ids or norm.state != "active" or norm.level == "principle":
            continue
        if norm.level == "control" and (norm.framework_id, norm.id) in with_children:
            continue
        for aspect in ASPECTS:
            if (norm.framework_id, norm.id, aspect) in tested:
                continue
            test = Test(
                id=f"{norm.id}-{aspect}-eigen-verklaring",
                framework_id=norm.framework_id,
                norm_id=norm.id,
                aspect=aspect,
                measure=Measure.model_validate({"type": "attested", "kind": "attestation", "max_age": _ATTESTED_FOR}),
                nl=f"De eigenaar verklaart dat {_ASPECT_NL[aspect]} in orde is.",
                en=f"The owner attests that its {aspect} is in order.",
                basis="attested",
                implicit=True,
            )
            reading.tests[norm.framework_id, test.id] = test


def _read_questionnaires(reading: _Reading, root: Any, place: str, framework_ids: Sequence[str]) -> None:
    if not root.is_dir():
        return
    for entry in sorted(root.iterdir(), key=lambda entry: str(entry.name)):
        if not entry.name.endswith(".yaml"):
            continue
        file = f"{place}/{entry.name}"
        content = _yaml(reading, entry.read_text("utf-8"), file) or {}
        head = {name: value for name, value in content.items() if name in Questionnaire.model_fields}
        made = reading.make(Questionnaire, file, head)
        if made is None:
            continue
        questions = [
            *_listed_questions(reading, made.id, content, file, framework_ids),
            *_generated(reading, made.id, content, framework_ids),
        ]
        if questions:
            reading.questionnaires[made.id] = made
            reading.questions += questions


def _listed_questions(
    reading: _Reading, questionnaire_id: str, content: dict[str, Any], file: str, framework_ids: Sequence[str]
) -> list[Question]:
    questions = []
    for item in content.get("questions", []):
        place = f"{file}, line {item.get(_LINE)}"
        values = {name: item[name] for name in ("id", "text_nl", "text_en", "scale") if name in item}
        values |= {
            "questionnaire_id": questionnaire_id, "framework_id": item.get("framework"), "norm_ids": [str(norm) for norm in item.get("norms", [])],
        }  # fmt: skip
        made = reading.make(Question, place, values)
        if made is None or made.framework_id not in framework_ids:
            continue
        for norm_id in made.norm_ids:
            if (made.framework_id, norm_id) not in reading.norms:
                reading.problem(place, f"norm {norm_id!r} does not exist in {made.framework_id}")
        questions.append(made)
    return questions


def _generated(
    reading: _Reading, questionnaire_id: str, content: dict[str, Any], framework_ids: Sequence[str]
) -> list[Question]:
    """A question per tested norm of a framework (`for_each`)."""
    each = content.get("for_each")
    if not each or each["framework"] not in framework_ids:
        return []
    framework_id = each["framework"]
    tested = {
        norm_id
        for own, norm_id in ((test.framework_id, test.norm_id) for test in reading.tests.values())
        if own == framework_id
    }
    chosen = sorted((reading.norms[framework_id, norm_id] for norm_id in tested), key=lambda norm: norm_order(norm.id))
    return [
        Question(
            questionnaire_id=questionnaire_id,
            id=norm.id,
            text_nl=_as_question(norm.summary_nl or norm.title_nl, "Is dit geregeld: "),
            text_en=_as_question(norm.summary_en or norm.title_en, "Is this arranged: "),
            framework_id=framework_id,
            norm_ids=(norm.id,),
            **({"scale": tuple(each["scale"])} if "scale" in each else {}),
        )
        for norm in chosen
    ]


def _as_question(sentence: str, lead: str) -> str:
    bare = sentence.strip().rstrip(".")
    return f"{lead}{bare[:1].lower()}{bare[1:]}?" if bare else lead.rstrip(": ") + "?"


def _override(reading: _Reading, file: Path, place: str) -> None:
    """An organisation's own thresholds, each with a reason that reports show."""
    if not file.is_file():
        return
    for item in (_yaml(reading, file.read_text("utf-8"), place) or {}).get("overrides", []):
        where = f"{place}, line {item.get(_LINE)}"
        if not str(item.get("reason") or "").strip():
            reading.problem(where, "an override needs a reason")
            continue
        changes = _without_lines(item.get("set") or {})
        if "test" in item:
            _override_test(reading, str(item["test"]), changes, item["reason"], where)
        elif "indicator" in item:
            _override_indicator(reading, str(item["indicator"]), changes, item["reason"], where)
        else:
            reading.problem(where, "an override names a test or an indicator")


def _override_test(reading: _Reading, name: str, changes: dict[str, Any], reason: str, place: str) -> None:
    found = [key for key in reading.tests if key[1] == name]
    if not found:
        reading.problem(place, f"test {name!r} does not exist")
        return
    test = reading.tests[found[0]]
    given = test.measure.model_dump(mode="json", exclude_unset=True) | changes
    measure = _read_measure(reading, given, place)
    if measure is not None:
        reading.tests[found[0]] = test.model_copy(update={"measure": measure, "override_reason": reason})


def _override_indicator(reading: _Reading, name: str, changes: dict[str, Any], reason: str, place: str) -> None:
    found = [key for key in reading.indicators if key[1] == name]
    if not found:
        reading.problem(place, f"indicator {name!r} does not exist")
        return
    allowed = {"green", "amber", "weight", "key"}
    if unknown := set(changes) - allowed:
        reading.problem(
            place, f"an indicator has no {', '.join(sorted(unknown))}; it has: {', '.join(sorted(allowed))}"
        )
        return
    given = reading.indicators[found[0]]
    values = given.model_dump(exclude={"measure"}) | changes | {"measure": given.measure, "override_reason": reason}
    made = reading.make(Indicator, place, values)
    if made is not None:
        reading.indicators[found[0]] = made
