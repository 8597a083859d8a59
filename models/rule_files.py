"""Reads rules, indicators and an organisation's overrides, and adds the attestations that the rules leave room for.

Each rule is checked against the norms, the evidence kinds and the vocabularies; whether its SQL expressions bind is left
to `catalogue_check`, which needs a database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from models.aspect import Aspect
from models.catalogue import (
    STATES,
    Bilingual,
    Demand,
    Framework,
    Indicator,
    Link,
    Matched,
    MaturityLevel,
    Measure,
    Norm,
    Population,
    Stage,
    Test,
    measure_class,
)
from models.catalogue_files import Located, Reading, Rest, items_of, listed_items
from models.file_place import line_of, place_text
from models.kind import Kind, kinds, vocabularies
from models.message import Message, Text, message
from models.test_type import Purpose, filled, test_types, untested

_RULE_FIELDS = (
    "norm",
    "own_reading",
    "demands",
    "demands_note_nl",
    "demands_note_en",
    "not_asked",
    "rests_on",
    "tests",
)
_OF_THE_NORM = _RULE_FIELDS[1:-2]  # what a rule says of the norm itself
_TEST_FIELDS = ("id", "aspect", "proves", "any_of", "beyond_norm", "nl", "en", "basis", "min_basis")
_INDICATOR_FIELDS = ("id", "unit", "better", "green", "amber", "weight", "key", "reason_nl", "reason_en")
_ASPECT_NL = {"design": "de opzet", "existence": "het bestaan", "operation": "de werking"}
_NO_OVERRIDE = {"test": "rule.override_of_test", "indicator": "rule.override_of_indicator"}
_FIXED = {"type", "kind"}  # an override that changes these would be another test


def read_rules(reading: Reading, framework_id: str, root: Any, folder: str) -> None:
    """Read `rules/*.yaml` and `indicators.yaml` of a framework."""
    rules = root.joinpath("rules")
    if rules.is_dir():
        for entry in sorted(rules.iterdir(), key=lambda entry: str(entry.name)):
            if entry.name.endswith(".yaml"):
                file = f"{folder}/rules/{entry.name}"
                for rule in items_of(reading, entry, file, "rules"):
                    _read_rule(reading, framework_id, rule, file)
    file = f"{folder}/indicators.yaml"
    for item in items_of(reading, root.joinpath("indicators.yaml"), file, "indicators"):
        _read_indicator(reading, framework_id, item, file)


def read_maturity(reading: Reading, framework_id: str, root: Any, folder: str) -> None:
    """Read `maturity.yaml` of a framework: its levels from the lowest on, each once."""
    file = f"{folder}/maturity.yaml"
    for item in items_of(reading, root.joinpath("maturity.yaml"), file, "levels"):
        level = reading.make(MaturityLevel, file, {**item, "framework_id": framework_id}, item)
        if level is None:
            continue
        place = line_of(file, item.line)
        expected = 1 + sum(1 for other in reading.maturity if other.framework_id == framework_id)
        if level.level != expected:
            reading.problem(place, message("rule.level_order", level=level.level, expected=expected))
        for need in level.needs:
            if need.norm and (framework_id, need.norm) not in reading.norms:
                reading.problem(place, message("rule.level_norm", norm_id=need.norm, framework_id=framework_id))
        reading.maturity.append(level)


def norm_named(reading: Reading, framework_id: Any, item: Located, field: str, file: str) -> Norm | None:
    """The norm that `item[field]` names, or None with the problem noted. Numbers must be quoted: 5.10 is not 5.1."""
    place = line_of(file, item.lines.get(field, item.line))
    name = item.get(field)
    if not isinstance(name, str):
        reading.problem(place, message("rule.quote_number", field=field, value=name))
        return None
    norm = reading.norms.get((framework_id, name))
    if norm is None:
        reading.problem(place, message("rule.not_there", field=field, name=name, framework_id=framework_id))
    return norm


def _read_rule(reading: Reading, framework_id: str, rule: Located, file: str) -> None:
    place = line_of(file, rule.line)
    for name in set(rule) - set(_RULE_FIELDS):
        fields = ", ".join(_RULE_FIELDS)
        reading.problem(line_of(file, rule.lines[name]), message("rule.no_rule_field", name=name, fields=fields))
    norm = norm_named(reading, framework_id, rule, "norm", file)
    if norm is None:
        return
    if not reading.carries_status(norm):
        why = STATES.get(norm.state, message("rule.has_measures"))
        moved = message("rule.test_instead", moved_to=norm.moved_to) if norm.moved_to else ""
        reading.problem(place, message("rule.not_tested", norm_id=norm.id, why=why, moved=moved))
        return
    norm = _with_demands(reading, norm, rule, file)
    _read_rests(reading, norm, rule, file)
    rests_on_another = "rests_on" in rule
    tests = rule.get("tests", [])
    is_list = isinstance(tests, list) and all(isinstance(item, Located) for item in tests)
    if not is_list or not (tests or rests_on_another):
        reading.problem(place, message("rule.tests_missing", norm_id=norm.id))
        return
    for item in tests:
        _read_test(reading, norm, item, file)


def _read_rests(reading: Reading, norm: Norm, rule: Located, file: str) -> None:
    """Note which norms of the framework that this one rests on prove which demands of the norm."""
    if "rests_on" not in rule:
        return
    framework = reading.frameworks[norm.framework_id]
    for item in listed_items(reading, rule, file, "rests_on"):
        place = line_of(file, item.line)
        problem = _what_is_wrong(reading, framework, norm, item)
        if problem is None:
            reading.rests.append(Rest(norm.framework_id, norm.id, tuple(item["norms"]), tuple(item["proves"]), place))
        else:
            reading.problem(place, problem)


def _what_is_wrong(reading: Reading, framework: Framework, norm: Norm, item: Located) -> Text | None:
    """What is wrong with an item of `rests_on`; None when it can be."""
    norms, proves = item.get("norms"), item.get("proves")
    if not framework.rests_on:
        return message("rule.rests_on_nothing")
    if not isinstance(norms, list) or not isinstance(proves, list) or len(item) > 2:
        return message("rule.rests_on_fields")
    strange = [str(number) for number in norms if (framework.rests_on, number) not in reading.norms]
    if strange:
        return message("rule.rests_on_norm", norms=", ".join(strange), framework_id=framework.rests_on)
    demands = {demand.id for demand in norm.demands}
    unknown = [str(name) for name in proves if name not in demands]
    if unknown:
        return message("rule.rests_on_demand", names=", ".join(unknown), norm_id=norm.id)
    return None


def resting(reading: Reading, framework_ids: Sequence[str]) -> list[str]:
    """The frameworks among these that rest on another one; that must be in use as well."""
    resting_ids = []
    for framework_id in framework_ids:
        framework = reading.frameworks.get(framework_id)
        if framework is None or not framework.rests_on:
            continue
        resting_ids.append(framework_id)
        if framework.rests_on not in framework_ids:
            text = message("rule.rests_on_missing", framework_id=framework_id, other=framework.rests_on)
            reading.problem("frameworks", text)
    return resting_ids


def share_tests(reading: Reading) -> None:
    """Give every norm that rests on others their tests, as they are now: what proves the one proves the other, no better."""
    for rest in reading.rests:
        source = reading.frameworks[rest.framework_id].rests_on
        norm = reading.norms[rest.framework_id, rest.norm_id]
        for number in rest.norms:
            reading.links[_resting_link(rest, source, number)] = rest.place
            for test in [
                test for test in reading.tests.values() if (test.framework_id, test.norm_id) == (source, number)
            ]:
                if not test.beyond_norm and test.aspect in norm.aspects:
                    _share(reading, rest, test)


def _resting_link(rest: Rest, source: str, number: str) -> Link:
    return Link(
        framework_id=rest.framework_id, norm_id=rest.norm_id, to_framework_id=source, to_norm_id=number, relation="rests_on"
    )  # fmt: skip


def _share(reading: Reading, rest: Rest, test: Test) -> None:
    """A test of another norm as one of this norm; a norm that rests on it for several demands, or on two norms that look at the
    same, has it once."""
    key = (rest.framework_id, f"{rest.norm_id}-{test.id}")
    new = test.model_copy(update={"id": key[1], "proves": ()})
    earlier = reading.tests.get(key) or _same_test(reading, rest, test) or new
    of_this_norm = {
        "id": earlier.id,
        "framework_id": rest.framework_id,
        "norm_id": rest.norm_id,
        "proves": tuple(dict.fromkeys([*earlier.proves, *rest.proves])),
        "place": rest.place,
        "any_of": f"n{test.norm_id.replace('.', '_')}_{test.any_of}" if test.any_of else "",
    }
    reading.tests[rest.framework_id, earlier.id] = test.model_copy(update=of_this_norm)


def _same_test(reading: Reading, rest: Rest, test: Test) -> Test | None:
    """A test that the norm has already, and that looks at the same for the same aspect, not as one of several."""
    sought = (rest.framework_id, rest.norm_id, test.aspect, test.measure, "", "")
    for other in reading.tests.values():
        if (other.framework_id, other.norm_id, other.aspect, other.measure, other.any_of, test.any_of) == sought:
            return other
    return None


def _with_demands(reading: Reading, norm: Norm, rule: Located, file: str) -> Norm:
    """The norm with what its rule says that it demands and does not ask, which is noted in `reading`. Only the folder that has
    the norm may say so: another one adds tests."""
    folder = file.partition("/rules/")[0]
    spoken = [name for name in _OF_THE_NORM if name in rule]
    if spoken and not reading.norm_places[norm.framework_id, norm.id].startswith(f"{folder}/"):
        place = line_of(file, rule.lines[spoken[0]])
        reading.problem(place, message("rule.only_framework", fields=", ".join(spoken), norm_id=norm.id))
        return norm
    demands = [*norm.demands]
    for item in listed_items(reading, rule, file, "demands"):
        demand = reading.make(Demand, file, item, item)
        if demand is None:
            continue
        if any(earlier.id == demand.id for earlier in demands):
            reading.problem(line_of(file, item.line), message("rule.demand_twice", id=demand.id, norm_id=norm.id))
            continue
        demands.append(demand)
    not_asked = {**norm.not_asked, **_not_asked(reading, norm, rule, file)}
    values = {
        "demands": tuple(demands),
        "demands_note": _demands_note(reading, rule, file) or norm.demands_note,
        "own_reading": norm.own_reading or _is_own_reading(reading, rule, file),
        "not_asked": not_asked,
        "aspects": tuple(aspect for aspect in norm.aspects if aspect not in not_asked),
    }
    changed = {name: value for name, value in values.items() if value != getattr(norm, name)}
    complete = norm.model_copy(update=changed)
    reading.norms[norm.framework_id, norm.id] = complete
    return complete


def _demands_note(reading: Reading, rule: Located, file: str) -> Bilingual | None:
    """Why a norm has fewer demands than its text has sentences."""
    names = {"nl": "demands_note_nl", "en": "demands_note_en"}
    texts = {lang: rule[name] for lang, name in names.items() if name in rule}
    return reading.make(Bilingual, file, texts, rule) if texts else None


def _is_own_reading(reading: Reading, rule: Located, file: str) -> bool:
    answer = rule.get("own_reading", False)
    if isinstance(answer, bool):
        return answer
    reading.problem(line_of(file, rule.lines["own_reading"]), message("rule.own_reading", value=answer))
    return False


def _not_asked(reading: Reading, norm: Norm, rule: Located, file: str) -> dict[Aspect, Bilingual]:
    """The aspects that the norm does not ask, each with its reason."""
    aspects = rule.get("not_asked", Located())
    place = line_of(file, rule.lines.get("not_asked", rule.line))
    if not isinstance(aspects, Located):
        reading.problem(place, message("rule.not_asked_reasons"))
        return {}
    if strange := [name for name in aspects if name not in norm.aspects]:
        names = ", ".join(norm.aspects)
        reading.problem(
            place, message("rule.not_asked_unknown", names=", ".join(strange), norm_id=norm.id, known=names)
        )
    elif set(aspects) >= set(norm.aspects):
        reading.problem(place, message("rule.not_asked_all", norm_id=norm.id))
    reasons = {}
    for name, reason in aspects.items():
        explanation = reading.make(Bilingual, file, reason if isinstance(reason, Located) else {}, aspects)
        if explanation is not None and name in norm.aspects:
            reasons[name] = explanation
    return reasons


def _read_test(reading: Reading, norm: Norm, item: Located, file: str) -> None:
    place = line_of(file, item.line)
    measure_fields = {name: value for name, value in item.items() if name not in _TEST_FIELDS}
    measure = _measure(reading, measure_fields, item, file)
    if measure is None or not _is_used_for(reading, measure, "norm", place):
        return
    test_fields = {name: item[name] for name in _TEST_FIELDS if name in item}
    context = {"framework_id": norm.framework_id, "norm_id": norm.id, "measure": measure, "place": place}
    test = reading.make(Test, file, {"basis": _basis(measure), **test_fields, **context}, item)
    if test is None:
        return
    key = (norm.framework_id, test.id)
    if key in reading.tests:
        reading.problem(place, message("rule.test_twice", id=test.id, place=place_text(reading.tests[key].place)))
        return
    if test.aspect not in norm.aspects and not test.beyond_norm:
        place_of_aspect = line_of(file, item.lines.get("aspect", item.line))
        reading.problem(place_of_aspect, message("rule.no_aspect", norm_id=norm.id, aspects=", ".join(norm.aspects)))
    _check_proves(reading, norm, test, line_of(file, item.lines.get("proves", item.line)))
    if not test.id.startswith(f"{norm.id}-"):
        reading.problem(place, message("rule.test_name", id=test.id, norm_id=norm.id))
    reading.tests[key] = test


def _check_proves(reading: Reading, norm: Norm, test: Test, place: str) -> None:
    """Note the demands that a test says to prove and that its norm does not have."""
    names = [demand.id for demand in norm.demands]
    if unknown := [name for name in test.proves if name not in names]:
        there = message("rule.it_has", known=", ".join(names)) if names else message("rule.has_no_demands")
        reading.problem(place, message("rule.demand_unknown", names=", ".join(unknown), norm_id=norm.id, there=there))


def _measure(reading: Reading, values: dict[str, Any], source: Located, file: str) -> Measure | None:
    """What is computed, or None with its problems noted; words in `about` are checked against closed vocabularies."""
    name = values.get("type")
    test_type = test_types().get(name) if isinstance(name, str) else None
    if test_type is not None and test_type.kind is not None:
        values.setdefault("kind", test_type.kind)
    measure = reading.make(Measure, file, values, source)
    if measure is None:
        return None
    if measure.kind:
        _check_about(reading, measure.kind, measure.about, source, file)
    for name, parameter in measure.test_type.parameters.items():
        counterpart = getattr(measure, name)
        if parameter.type in ("counterpart", "population") and counterpart is not None:
            _check_counterpart(reading, name, counterpart, source, file)
    for stage in measure.stages_that_follow():
        _check_stage(reading, kinds()[measure.kind], stage, source, file)
    _check_order(reading, measure.stages_that_follow(), source, file)
    return measure


def _check_counterpart(
    reading: Reading, name: str, counterpart: Matched | Population, source: Located, file: str
) -> None:
    inner = source.get(name, source)
    if counterpart.kind in kinds():
        _check_about(reading, counterpart.kind, counterpart.about, inner, file)
    else:
        reading.problem(line_of(file, inner.line), message("rule.no_kind_of", name=name, kind=counterpart.kind))


def _check_stage(reading: Reading, kind: Kind, stage: Stage, source: Located, file: str) -> None:
    """Note what in a stage cannot be: a kind, or a column that holds no moment or day."""
    place = line_of(file, source.lines.get("stages", source.line))
    other = kinds().get(stage.kind)
    if other is None:
        reading.problem(place, message("rule.no_kind_of_stage", kind=stage.kind))
        return
    _check_about(reading, stage.kind, stage.about, source, file)
    for of, name, column in ((kind, "from", stage.since), (other, "at", stage.at)):
        if column and column not in of.dated:
            there = ", ".join(of.dated)
            reading.problem(place, message("rule.stage_not_dated", name=name, column=column, kind=of.kind, there=there))


def _check_order(reading: Reading, stages: Sequence[Stage], source: Located, file: str) -> None:
    """Note a stage that comes after one that does not stand before it."""
    earlier = [""]
    for stage in stages:
        if stage.after not in earlier:
            place = line_of(file, source.lines.get("stages", source.line))
            names = ", ".join(filter(None, earlier))
            there = message("rule.it_has", known=names) if names else message("rule.none_before")
            reading.problem(place, message("rule.stage_after", after=stage.after, there=there))
        earlier.append(stage.id)


def _is_used_for(reading: Reading, measure: Measure, purpose: Purpose, place: str) -> bool:
    """Whether the type of a measure may be used for this; else the problem is noted."""
    if purpose in measure.test_type.used_for:
        return True
    only = message("rule.for_indicators" if purpose == "norm" else "rule.for_norms")
    reading.problem(place, message("rule.only_for", type=measure.type, only=only))
    return False


def _check_about(reading: Reading, kind_name: str, about: Sequence[str], source: Any, file: str) -> None:
    kind = kinds()[kind_name]
    if not about:
        return
    place = line_of(file, source.lines.get("about", source.line))
    if kind.discriminator is None:
        reading.problem(place, message("rule.no_discriminator", kind=kind_name))
        return
    name = kind.column(kind.discriminator).vocabulary
    if name is None or vocabularies()[name].open:
        return
    terms = vocabularies()[name].terms
    for word in about:
        if word not in terms:
            reading.problem(place, message("rule.about_unknown", word=word, name=name, known=", ".join(terms)))


def _basis(measure: Measure) -> str:
    if measure.test_type.basis is not None:
        return measure.test_type.basis
    if not measure.kind:
        return "measured"
    return "declared" if _rests_on_own_word(measure) else kinds()[measure.kind].basis


def _rests_on_own_word(measure: Measure) -> bool:
    """Whether what makes a record good is a yes, level, date or number that the owner typed about his own thing."""
    declared = {column.name for column in kinds()[measure.kind].columns if column.declared}
    deciding = " ".join([*measure.of_type("expression"), measure.date])
    return not declared.isdisjoint(re.findall(r"\w+", deciding))


def _read_indicator(reading: Reading, framework_id: str, item: Located, file: str) -> None:
    place = line_of(file, item.line)
    principle = norm_named(reading, framework_id, item, "principle", file)
    source = item.get("measure")
    if not isinstance(source, Located):
        reading.problem(place, message("rule.no_measure", id=item.get("id")))
        return
    for name in set(item) - {*_INDICATOR_FIELDS, "principle", "nl", "en", "measure"}:
        reading.problem(line_of(file, item.lines[name]), message("rule.no_indicator_field", name=name))
    measure = _measure(reading, dict(source), source, file)
    if measure is None or principle is None or not _is_used_for(reading, measure, "indicator", place):
        return
    values = {name: item[name] for name in _INDICATOR_FIELDS if name in item}
    values |= {
        "framework_id": framework_id, "principle_id": principle.id, "name_nl": item.get("nl"),
        "name_en": item.get("en"), "measure": measure, "place": place,
    }  # fmt: skip
    indicator = reading.make(Indicator, file, values, item)
    if indicator is None:
        return
    if (amber_is_harder := _amber_is_harder(indicator)) is not None:
        reading.problem(place, amber_is_harder)
    key = (framework_id, indicator.id)
    if key in reading.indicators:
        reading.problem(
            place, message("rule.indicator_twice", id=indicator.id, place=place_text(reading.indicators[key].place))
        )
        return
    reading.indicators[key] = indicator


def _amber_is_harder(indicator: Indicator) -> Message | None:
    higher = indicator.better == "higher"
    if (indicator.amber > indicator.green) if higher else (indicator.amber < indicator.green):
        return message("rule.amber_harder", amber=indicator.amber, green=indicator.green)
    return None


def add_attestations(reading: Reading, framework_ids: Sequence[str]) -> None:
    """Add, for every tested norm, a test per aspect that the rules leave untested: the owner may answer it (§5)."""
    counting = [test for test in reading.tests.values() if not test.beyond_norm]
    tested = {(test.framework_id, test.norm_id, test.aspect) for test in counting}
    answering = untested()
    answer = answering.untested
    assert answer is not None
    measure = Measure.model_validate({"type": answering.type, "kind": answering.kind, **answer.parameters})
    for (framework_id, norm_id), norm in reading.norms.items():
        if framework_id not in framework_ids or not reading.carries_status(norm):
            continue
        for aspect in norm.aspects:
            if (framework_id, norm_id, aspect) in tested:
                continue
            test = Test(
                id=f"{norm_id}-{aspect}-eigen-verklaring", framework_id=framework_id, norm_id=norm_id, aspect=aspect,
                measure=measure, basis=_basis(measure), implicit=True,
                nl=filled(answer.nl, {"aspect": _ASPECT_NL[aspect]}), en=filled(answer.en, {"aspect": aspect}),
            )  # fmt: skip
            key = (framework_id, test.id)
            if key in reading.tests:
                reading.problem(reading.tests[key].place, message("rule.reserved", id=test.id))
                continue
            reading.tests[key] = test


def read_overrides(reading: Reading, entry: Any, file: str) -> None:
    """Apply an organisation's own parameters from `overrides.yaml`, each with a reason that reports show."""
    for item in items_of(reading, entry, file, "overrides"):
        place = line_of(file, item.line)
        for name in set(item) - {"test", "indicator", "set", "reason"}:
            reading.problem(line_of(file, item.lines[name]), message("rule.no_override_field", name=name))
        reason, changes = item.get("reason"), item.get("set")
        if not isinstance(reason, str) or not reason.strip():
            reading.problem(place, message("rule.override_reason"))
        elif not isinstance(changes, Located) or not changes:
            reading.problem(place, message("rule.override_set"))
        elif ("test" in item) == ("indicator" in item):
            reading.problem(place, message("rule.override_one"))
        elif "test" in item:
            _override(reading, reading.tests, item, "test", file)
        else:
            _override(reading, reading.indicators, item, "indicator", file)


def _override(reading: Reading, rows: dict[tuple[str, str], Any], item: Located, what: str, file: str) -> None:
    """Replace the row that `item` names by one with its changes, when these are allowed and valid."""
    place, name, changes = line_of(file, item.lines[what]), item[what], item["set"]
    keys = [key for key in rows if key[1] == name]
    if len(keys) != 1:
        several = message("rule.in_several", number=len(keys)) if keys else message("rule.in_none")
        reading.problem(place, message(_NO_OVERRIDE[what], name=name, why=several))
        return
    [key] = keys
    row_fields = {"green", "amber", "weight", "key"} if what == "indicator" else set()
    allowed = row_fields | (set(measure_class().model_fields) - _FIXED)
    unknown = [field for field in changes if field not in allowed]
    if unknown:
        place = line_of(file, changes.lines[unknown[0]])
        names, others = ", ".join(unknown), ", ".join(sorted(allowed))
        reading.problem(place, message("rule.not_changeable", names=names, allowed=others))
        return
    changed_row = _with_changes(reading, rows[key], item, row_fields, file)
    if changed_row is None:
        return
    if isinstance(changed_row, Indicator) and (amber_is_harder := _amber_is_harder(changed_row)) is not None:
        reading.problem(place, amber_is_harder)
    rows[key] = changed_row


def _with_changes(reading: Reading, row: Any, item: Located, row_fields: set[str], file: str) -> Any:
    """A test or indicator with the changes of an override, of which `row_fields` are its own and the others those of its
    measure; None with its problems noted."""
    changes = item["set"]
    measure_changes = {field: value for field, value in changes.items() if field not in row_fields}
    measure_fields = row.measure.model_dump(mode="json", exclude_unset=True)
    measure = _measure(reading, measure_fields | measure_changes, changes, file)
    if measure is None:
        return None
    values = {field: getattr(row, field) for field in type(row).model_fields}
    values |= {field: changes[field] for field in row_fields & set(changes)}
    values |= {"measure": measure, "override_reason": item["reason"]}
    return reading.make(type(row), file, values, changes)
