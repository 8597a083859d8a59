"""A catalogue with every test type, each in the ways in which rules use it, for the laws of less and more.

Every test has a norm of its own, so that nothing hides behind a norm that is bad already. What the words of the records mean
is left to `less_world`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from models.catalogue import Catalogue, Indicator, Link, Question
from models.kind import Basis
from tests.oracle.rows import FRAMEWORK, PRINCIPLES, catalogue, measure, norm, norm_test

SYSTEMS = {"kind": "register_entry", "about": ["asset"], "key": "coalesce(name, title)"}
SITES = {"kind": "register_entry", "about": ["internet_facing"], "key": "coalesce(name, title)"}
ZERO = {"zero": "not_occurred"}
HALF = {"pass_at": 0.75, "partial_at": 0.25}
NOTIFIED = {
    "nl": "melding", "en": "notification", "kind": "ticket", "about": ["notification"], "link": "relates_to",
    "within": "PT72H", "from": "aware_at",
}  # fmt: skip
RESTORED = {"kind": "exercise", "about": ["restore_test"], "key": "system", "population_key": "name", "max_age": "P1Y"}
IN_SCOPE = "coalesce(critical, true)"

# (test type, kind, parameters)
MEASURES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("current", "document", {"about": ["backup_policy"], "grace": "P3M"}),
    ("current", "document", {"about": ["backup_policy"], "where": "adopted_by = 'board'"}),
    ("current", "decision", {"about": ["policy"]}),
    ("current", "assurance", {"about": ["soc_2"]}),
    ("current", "risk", {"where": "residual <= appetite"}),
    ("current", "risk", {"per": "process", "each_pass_at": 0.75, "each_partial_at": 0.25}),
    ("content", "document", {"about": ["backup_policy"], "elements": ["a", "b"], "readers": ["controller", "fg"]}),
    ("fresh", "access_review", {"about": ["privileged"], "max_age": "P3M", "grace": "P1M"}),
    ("fresh", "exercise", {"max_age": "P6M", "where": "system = 'alfa'"}),
    ("fresh", "decision", {"max_age": "P1Y", "good": "has_risk_paragraph"}),
    ("fresh", "exercise", {"about": ["restore_test"], "max_age": "P1Y", "per": "system", "objects": SYSTEMS,
                           "each_pass_at": 0.75, "each_partial_at": 0.25}),
    ("recurring", "exercise", {"every": "P3M", "window": "P1Y"}),
    ("recurring", "access_review", {"every": "P6M", "window": "P1Y", "per": "system", "objects": SYSTEMS,
                                    "each_pass_at": 0.75, "each_partial_at": 0.25}),
    ("ratio", "register_entry", {"about": ["asset"], "where": IN_SCOPE, "good": "attributes['backup'] = 'yes'", **HALF}),
    ("ratio", "register_entry", {"about": ["asset"], "where": "critical", "good": "verified_on >= DATE '2026-01-01'", **HALF}),
    ("ratio", "register_entry", {"about": ["asset"], "where": "critical", "matched": RESTORED, **HALF, **ZERO}),
    ("ratio", "register_entry", {"about": ["internet_facing"], "good": "attributes['backup'] = 'yes'", "min_population": 2, **HALF}),
    ("ratio", "finding", {"about": ["vulnerability"], "where": "severity IN ('critical', 'high')", "window": "P1Y",
                          "good": "resolved_at IS NOT NULL", **HALF, **ZERO}),
    ("ratio", "ticket", {"about": ["change"], "window": "P1Y", "good": "list_contains(labels, 'approved')", **HALF, **ZERO}),
    ("ratio", "ticket", {"about": ["incident"], "window": "P1Y", "good": "priority = 'high'", "direction": "lower",
                         "pass_at": 0.25, "partial_at": 0.75}),
    ("ratio", "training", {"about": ["awareness"], "where": "audience = 'employee'", "good": "completed_on IS NOT NULL", **HALF}),
    ("ratio", "training", {"about": ["awareness"], "good": "result = 'passed'", **HALF}),
    ("ratio", "access_review", {"max_age": "P1Y", "good": "accounts_revoked > 0", "per": "system", "objects": SYSTEMS,
                                "each_partial_at": 0.25}),
    ("ratio", "risk", {"good": "accepted_by IS NOT NULL", **HALF}),
    ("within", "ticket", {"about": ["incident"], "where": "priority IN ('high', 'critical')", "deadline": "PT72H",
                          "window": "P1Y", **HALF, **ZERO}),
    ("within", "ticket", {"about": ["change"], "deadline": "due", **HALF}),
    ("within", "finding", {"about": ["audit"], "deadline": "P30D", "window": "P1Y", **HALF, **ZERO}),
    ("within", "improvement", {"about": ["audit"], "deadline": "due", **HALF, **ZERO}),
    ("within", "training", {"about": ["awareness"], "deadline": "P3M", "window": "P2Y", **HALF}),
    ("none_open", "finding", {"about": ["vulnerability"], "where": "severity IN ('critical', 'high')", "max_age": "P30D",
                              "tolerate": 1, **ZERO}),
    ("none_open", "ticket", {"about": ["incident"], "max_age": "P14D", **ZERO}),
    ("none_open", "improvement", {"max_age": "P6M", "tolerate": 1}),
    ("expected", "ticket", {"about": ["breach"], "stages": [NOTIFIED], "window": "P1Y", **HALF, **ZERO}),
    ("expected", "ticket", {"about": ["incident"], "where": "priority = 'high'", "stages": [NOTIFIED], **HALF}),
    ("metric", "measurement", {"about": ["mfa"], "pass_at": 90.0, "partial_at": 50.0, "max_age": "P1Y"}),
    ("metric", "measurement", {"about": ["mfa"], "where": "object = 'alfa'", "direction": "lower", "pass_at": 95.0}),
    ("metric", "measurement", {"about": ["internet_nl_web"], "pass_at": 90.0, "partial_at": 50.0, "per": "object",
                               "objects": SITES, "each_pass_at": 0.75, "each_partial_at": 0.25}),
    ("sampled", "sample_result", {"sample": "proef", "population": {"kind": "register_entry", "about": ["asset"]},
                                  "pass_at": 0.75, "partial_at": 0.25}),
    ("none_open", "finding", {"about": ["audit"], "where": "severity = 'critical'", "max_age": "P7D", **ZERO,
                              "sign_of_life": {"kind": "exercise", "about": ["restore_test"]}}),
    ("audited", "assurance", {"about": ["soc_2"], "max_age": "P1Y"}),
    ("audited", "assurance", {"max_age": "P2Y", "where": "scope = 'all'"}),
)  # fmt: skip
DECLARED: Basis = "declared"
# The tests of which in one norm the best counts.
ONE_OF = (0, 3, 6)


def _basis(test_type: str, kind: str) -> Basis:
    """What a test rests on: what owners say in their own list is declared, and a sample can lift it."""
    return DECLARED if (test_type, kind) == ("ratio", "register_entry") else "documented"


# (test type, kind, parameters, which way is better, green, amber)
INDICATORS: tuple[tuple[str, str, dict[str, Any], str, float, float], ...] = (
    ("current", "document", {"about": ["backup_policy"]}, "higher", 1, 1),
    ("count", "decision", {"about": ["policy"], "window": "P1Y"}, "higher", 2, 1),
    ("count", "exercise", {"window": "P1Y"}, "higher", 2, 1),
    ("count", "ticket", {"about": ["problem"], "where": "priority = 'high'", "window": "P1Y"}, "lower", 0, 2),
    ("per", "ticket", {"about": ["problem"], "divisor": "employees", "window": "P1Y", "multiply": 100.0}, "lower", 1, 3),
    ("ratio", "training", {"about": ["awareness"], "good": "result = 'passed'"}, "higher", 80, 50),
    ("ratio", "finding", {"good": "resolved_at IS NULL", "window": "P1Y", **ZERO}, "lower", 25, 75),
    ("none_open", "finding", {"about": ["audit"], "max_age": "P30D", **ZERO}, "lower", 0, 1),
    ("within", "ticket", {"about": ["incident"], "deadline": "PT72H", "window": "P1Y", **ZERO}, "higher", 80, 50),
    ("metric", "measurement", {"about": ["mfa"], "max_age": "P1Y"}, "higher", 90, 50),
    ("recurring", "decision", {"every": "P3M", "window": "P1Y"}, "higher", 4, 2),
    ("fresh", "risk", {"max_age": "P1Y"}, "higher", 1, 1),
)  # fmt: skip


@cache
def every_use() -> Catalogue:
    """A norm per test, in controls of a few; principles over indicators and controls; questions over norms and controls."""
    norms, tests = [], []
    for number, (test_type, kind, parameters) in enumerate(MEASURES):
        control, norm_id = f"5.{number // 4}", f"5.{number // 4}.{number % 4 + 1}"
        if number % 4 == 0:
            norms.append(norm(control, "control"))
        norms.append(norm(norm_id))
        content = measure(test_type, kind, **parameters)
        name = f"{norm_id}-{test_type}-{kind}"
        tests.append(norm_test(content, test_id=name, norm_id=norm_id, basis=_basis(test_type, kind)))
    norms += [norm("7.1", "control"), norm("7.1.1")]
    for number in ONE_OF:
        test_type, kind, parameters = MEASURES[number]
        content = measure(test_type, kind, **parameters)
        name = f"7.1.1-{test_type}-{kind}"
        basis = _basis(test_type, kind)
        tests.append(norm_test(content, test_id=name, norm_id="7.1.1", basis=basis, any_of="proof"))
    norms += [norm("6.1", "control"), norm("6.1.1")]
    attested = measure("attested", "attestation", max_age="P1Y")
    tests.append(
        norm_test(attested, test_id="6.1.1-attested", norm_id="6.1.1", basis="attested").model_copy(
            update={"min_basis": "attested"}
        )
    )
    principles = [norm(str(number), "principle", PRINCIPLES) for number in (1, 2)]
    indicators = [
        Indicator(
            id=f"P{number}", framework_id=PRINCIPLES, principle_id=str(1 + number % 2), name_nl="Maat", name_en="Measure",
            measure=measure(test_type, kind, **parameters), unit="%" if test_type in ("ratio", "within") else "aantal",
            better=better, green=green, amber=amber, weight=1.0, key=number % 5 == 0, reason_nl="Om te vergelijken.",
        )
        for number, (test_type, kind, parameters, better, green, amber) in enumerate(INDICATORS)
    ]  # fmt: skip
    controls = [found.id for found in norms if found.level == "control"]
    links = [
        Link(framework_id=PRINCIPLES, norm_id=str(1 + number % 2), to_framework_id=FRAMEWORK, to_norm_id=control, relation="related")
        for number, control in enumerate(controls)
    ]  # fmt: skip
    scales = (("Ja", "Gedeeltelijk", "Nee", "N.v.t."), ("Ja", "Nee", "N.v.t."))
    questions = [
        Question(questionnaire_id="ensia", id=f"v{number}", text_nl="Voldoet u?", text_en="Do you comply?", framework_id=FRAMEWORK,
                 norm_ids=(f"{control}.1", controls[number - 1]), scale=scales[number % 2])
        for number, control in enumerate(controls)
    ]  # fmt: skip
    return catalogue(
        [*norms, *principles], tests, links=links, indicators=indicators, questions=questions, digest="less"
    )
