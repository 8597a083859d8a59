"""`ensia catalogue`: how norms can be proven, whether the rules are sound, and the official wording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.common import console, headings, print_json, table, writing
from connectors.tools.plain_workbook import UnreadableWorkbookError, rows_of_sheets
from flows.installation import Installation, load_installation
from flows.state_folder import DEFAULT_NAME
from models.aspect import ASPECTS
from models.catalogue import Catalogue
from models.catalogue_check import Finding, check, not_read_since
from models.catalogue_coverage import (
    demand_coverage,
    demand_totals,
    norm_coverage,
    principle_coverage,
    totals,
)
from models.demand_check import BASES
from models.duration import Duration
from models.errors import CatalogueError, ConfigurationError, NotFound
from models.language import Language, pick
from models.loading import load_catalogue, packaged_frameworks
from models.message import Say, in_language, message
from models.official_text import Comparison, compare, parse_markdown, parse_rows
from models.wording import word
from warehouse.storage.database import memory_warehouse, today, transaction
from warehouse.storage.official_text import store_official_text


def catalogue_at(config: Path | None) -> Catalogue:
    """The catalogue of the installation in `config` or, by default, the folder one stands in; else the packaged one."""
    if config is None and not Path(DEFAULT_NAME).is_file():
        return load_catalogue([framework.id for framework in packaged_frameworks() if not framework.numbers_only])
    return catalogue_of(load_installation(config or Path(DEFAULT_NAME)))


def catalogue_of(installation: Installation) -> Catalogue:
    """The catalogue of an installation: the frameworks it asks for, and what its own folder adds."""
    return load_catalogue(installation.configuration.frameworks, installation.catalogue_folder)


def show_coverage(catalogue: Catalogue, lang: Language, as_json: bool, only_totals: bool) -> None:
    """Print per norm and aspect, and per demand, how it can be proven, and the totals."""
    if as_json:
        print_json(_coverage_content(catalogue, lang))
        return
    say = Say(lang)
    if not only_totals:
        _print_norms(catalogue, say)
        _print_demands(catalogue, say)
    _print_demand_totals(catalogue, say)
    _print_totals(catalogue, say)
    if not any(framework.annex == "Suwinet" for framework in catalogue.frameworks):
        console().print(say("catalogue.no_suwinet"), markup=False)
    _print_principles(catalogue, say)


def _coverage_content(catalogue: Catalogue, lang: Language) -> dict[str, Any]:
    """Everything that the coverage tells, as data."""
    covered = norm_coverage(catalogue)
    return {
        "norms": [
            {
                "framework": item.norm.framework_id,
                "norm": item.norm.id,
                "title": pick(lang, item.norm.title_nl, item.norm.title_en),
                "bases": item.bases,
                "kinds": item.kinds,
                "types": item.types,
                "attested_only": item.attested_only,
                "own_reading": item.norm.own_reading,
                "not_asked": {
                    aspect: pick(lang, reason.nl, reason.en) for aspect, reason in item.norm.not_asked.items()
                },
            }
            for item in covered
        ],
        "totals": [
            {
                "framework": total.framework_id,
                "level": total.level,
                "aspect": total.aspect,
                "norms": total.norms,
                "best": total.best,
            }
            for total in totals(covered)
        ],
        "demands": [
            {
                "framework": row.norm.framework_id,
                "norm": row.norm.id,
                "demand": row.demand.id,
                "part": row.demand.part,
                "text": pick(lang, row.demand.nl, row.demand.en),
                "tests": [test.id for test in row.tests],
                "strongest": row.strongest,
                "needs_a_person": row.needs_a_person,
            }
            for row in demand_coverage(catalogue)
        ],
        "demand_totals": [asdict(total) for total in demand_totals(catalogue)],
        "principles": [
            {
                "principle": one.principle.id,
                "title": one.principle.title_nl,
                "indicators": one.indicators,
                "measured": one.measured,
                "key": one.keys,
            }
            for one in principle_coverage(catalogue)
        ],
    }


def _print_norms(catalogue: Catalogue, say: Say) -> None:
    lang, covered = say.language, norm_coverage(catalogue)
    aspects = [word(aspect, lang) for aspect in ASPECTS]
    table(
        say("catalogue.coverage", number=len(covered)),
        [*headings(say, "catalogue", "norm", "title"), *aspects, *headings(say, "catalogue", "kinds")],
        [
            (
                item.norm.id,
                pick(lang, item.norm.title_nl, item.norm.title_en),
                *(", ".join(word(basis, lang) for basis in item.bases[aspect]) for aspect in ASPECTS),
                ", ".join(item.kinds),
            )
            for item in covered
        ],
    )


def _print_demands(catalogue: Catalogue, say: Say) -> None:
    """Every demand with its tests; of a norm whose text we do not have, it says so."""
    lang, covered = say.language, demand_coverage(catalogue)
    rows = []
    for row in covered:
        text = pick(lang, row.demand.nl, row.demand.en)
        note = f" {say('catalogue.own_reading')}" if row.norm.own_reading else ""
        basis = word(row.strongest, lang) or say("catalogue.column_unproven")
        tests = ", ".join(test.id for test in row.tests)
        rows.append((row.norm.id, row.demand.id, row.demand.part, text + note, tests, basis))
    columns = headings(say, "catalogue", "norm", "demand", "place", "what", "tests", "strongest")
    table(say("catalogue.demands", number=len(covered)), columns, rows)


def _print_demand_totals(catalogue: Catalogue, say: Say) -> None:
    bases = [word(basis, say.language) for basis in BASES]
    table(
        say("catalogue.demand_totals"),
        [
            *headings(say, "catalogue", "framework", "norms", "with_demands", "all_proven", "demands"),
            *bases,
            *headings(say, "catalogue", "unproven", "person"),
        ],
        [
            (
                total.framework_id,
                total.norms,
                total.norms_with_demands,
                total.norms_proven,
                total.demands,
                *(_with_share(total.strongest[basis], total.demands) for basis in BASES),
                total.unproven,
                total.need_a_person,
            )
            for total in demand_totals(catalogue)
        ],
    )


def _with_share(number: int, of_all: int) -> str:
    """A number with its share, such as `12 (40%)`."""
    return f"{number} ({100 * number / of_all:.0f}%)" if of_all else str(number)


def _print_totals(catalogue: Catalogue, say: Say) -> None:
    lang, summed = say.language, totals(norm_coverage(catalogue))
    table(
        say("catalogue.strongest"),
        [
            *headings(say, "catalogue", "framework", "level", "aspect", "norms"),
            *(word(basis, lang) for basis in BASES),
            *headings(say, "catalogue", "not_only_attested"),
        ],
        [
            (
                total.framework_id,
                total.level,
                word(total.aspect, lang) or say("catalogue.together"),
                total.norms,
                *(total.best[basis] for basis in BASES),
                f"{100 * total.share('measured', 'audited', 'sampled', 'documented'):.0f}%",
            )
            for total in summed
        ],
    )


def _print_principles(catalogue: Catalogue, say: Say) -> None:
    table(
        say("catalogue.principles"),
        ["", *headings(say, "catalogue", "principle", "indicators", "from_sources", "key")],
        [
            (
                one.principle.id,
                pick(say.language, one.principle.title_nl, one.principle.title_en),
                one.indicators,
                one.measured,
                one.keys,
            )
            for one in principle_coverage(catalogue)
        ],
    )


def run_check(catalogue: Catalogue, lang: Language, as_json: bool, age: str | None = None) -> int:
    """Print every finding about the catalogue; returns 1 when there are errors. `age`: a duration; what was not compared with
    its source for so long is told too."""
    findings = check(catalogue, memory_warehouse())
    if age is not None:
        findings += not_read_since(catalogue, Duration.parse(age), today())
    if as_json:
        print_json([_finding_json(finding, lang) for finding in findings])
    else:
        say = Say(lang)
        rows = [_finding_row(finding, say) for finding in findings]
        title = say("catalogue.findings", number=len(findings))
        table(title, headings(say, "catalogue", "severity", "what", "where", "why"), rows)
    return 1 if any(finding.severity == "error" for finding in findings) else 0


def _finding_json(finding: Finding, lang: Language) -> dict[str, str]:
    """A finding for programs. Its severity is a code."""
    subject, where, reason = (in_language(text, lang) for text in (finding.about, finding.where, finding.why))
    return {"severity": finding.severity, "subject": subject, "place": where, "reason": reason}


def _finding_row(finding: Finding, say: Say) -> tuple[str, str, str, str]:
    subject, where, reason = (in_language(text, say.language) for text in (finding.about, finding.where, finding.why))
    return say(f"catalogue.severity_{finding.severity}"), subject, where, reason


def import_text(installation: Installation, file: Path, framework_id: str | None, lang: Language) -> None:
    """Read the official wording from a Markdown file or workbook, keep it, and report how its numbers differ. Without a
    framework it is that of the one in use that has measures."""
    catalogue = catalogue_of(installation)
    with_measures = list(dict.fromkeys(norm.framework_id for norm in catalogue.norms if norm.level == "measure"))
    framework_id = framework_id or _framework_in_use(installation, with_measures)
    if framework_id not in with_measures:
        raise NotFound(
            message("catalogue.no_measures", framework=framework_id),
            advice=message("catalogue.choose_framework", known=", ".join(with_measures)),
        )
    texts = _official_texts(file)
    difference = compare(catalogue, framework_id, texts)
    with writing(installation) as (connection, _), transaction(connection):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        number = store_official_text(connection, framework_id, texts, source_name=file.name, source_hash=digest)
    say, out = Say(lang), console()
    out.print(say("catalogue.stored", number=number, framework=framework_id, file=file.name), markup=False)
    _print_difference(difference, say)
    other = [name for name in with_measures if compare(catalogue, name, texts).same_numbers]
    if not difference.same_numbers and other:
        warning = say("catalogue.other_framework", others=", ".join(other), framework=framework_id, other=other[0])
        out.print(warning, style="dark_orange", markup=False)


def _framework_in_use(installation: Installation, with_measures: list[str]) -> str:
    """The one framework with measures that is in use. Raises ConfigurationError when there is none, or another."""
    in_use = [name for name in with_measures if name in installation.configuration.frameworks]
    if len(in_use) != 1:
        raise ConfigurationError(
            message("catalogue.several_with_measures", number=len(in_use)),
            advice=message("catalogue.choose_framework", known=", ".join(with_measures)),
        )
    return in_use[0]


def _print_difference(difference: Comparison, say: Say) -> None:
    """How the numbers of the official text differ from those of the catalogue, a line for each sort of difference."""
    lists: tuple[tuple[str, Sequence[object]], ...] = (
        ("only_in_text", difference.only_in_text),
        ("only_in_catalogue", difference.only_in_catalogue),
        ("other_state", difference.other_state),
        ("other_target", difference.other_target),
        ("dangling", difference.dangling),
        ("same_text", difference.same_text),
    )
    for name, items in lists:
        texts = [" ".join(item) if isinstance(item, tuple) else str(item) for item in items]
        line = "; ".join(texts) or say("shell.none")
        console().print(f"{say(f'catalogue.{name}')}: {line}", markup=False)


def _official_texts(file: Path) -> list[tuple[str, str]]:
    if not file.is_file():
        raise CatalogueError(message("os.absent"), place=str(file), advice=message("catalogue.name_the_text"))
    try:
        if file.suffix.lower() in (".xlsx", ".xlsm"):
            return parse_rows(_rows(file))
        return parse_markdown(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise CatalogueError(
            message("catalogue.no_utf8"), place=str(file), advice=message("catalogue.no_utf8_advice")
        ) from error
    except CatalogueError as error:
        raise error.at(str(file)) from error


def _rows(file: Path) -> Iterator[tuple[object, ...]]:
    """Every row of every sheet of a workbook, as values."""
    try:
        sheets = rows_of_sheets(file)
    except UnreadableWorkbookError as error:
        raise CatalogueError(
            message("catalogue.no_workbook"), place=str(file), advice=message("catalogue.no_workbook_advice")
        ) from error
    for rows in sheets.values():
        yield from rows
