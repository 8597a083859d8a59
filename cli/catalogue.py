"""`ensia catalogue`: how norms can be proven, whether the rules are sound, and the official wording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

from cli.common import console, print_json, table
from flows.installation import Installation, load_installation
from flows.state_folder import DEFAULT_NAME
from models.catalogue import ASPECTS, Catalogue
from models.catalogue_check import check
from models.catalogue_coverage import norm_coverage, principle_coverage, totals
from models.errors import CatalogueError, ConfigurationError, NotFound
from models.loading import load_catalogue, packaged_frameworks
from models.official_text import compare, parse_markdown, parse_rows
from models.wording import word
from warehouse.database import memory_warehouse, open_warehouse, transaction
from warehouse.official_text import store_official_text
from warehouse.publish import publish

_SEVERITIES = {"error": "fout", "warning": "waarschuwing", "note": "opmerking"}


def catalogue_at(config: Path | None) -> Catalogue:
    """The catalogue of the installation in `config` or, by default, the folder one stands in; else the packaged one."""
    if config is None and not Path(DEFAULT_NAME).is_file():
        return load_catalogue([framework.id for framework in packaged_frameworks() if not framework.numbers_only])
    return catalogue_of(load_installation(config or Path(DEFAULT_NAME)))


def catalogue_of(installation: Installation) -> Catalogue:
    """The catalogue of an installation: the frameworks it asks for, and what its own folder adds."""
    return load_catalogue(installation.configuration.frameworks, installation.catalogue_folder)


def show_coverage(catalogue: Catalogue, lang: str, as_json: bool, only_totals: bool) -> None:
    """Print per norm and aspect how it can be proven, and the totals."""
    covered = norm_coverage(catalogue)
    summed = totals(covered)
    if as_json:
        print_json(
            {
                "norms": [
                    {
                        "framework": item.norm.framework_id,
                        "norm": item.norm.id,
                        "title": item.norm.title_nl,
                        "bases": item.bases,
                        "kinds": item.kinds,
                        "types": item.types,
                        "attested_only": item.attested_only,
                    }
                    for item in covered
                ],
                "totals": [
                    {
                        "framework": t.framework_id,
                        "level": t.level,
                        "aspect": t.aspect,
                        "norms": t.norms,
                        "best": t.best,
                    }
                    for t in summed
                ],
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
        )
        return
    if not only_totals:
        table(
            f"Hoe {len(covered)} normen te bewijzen zijn",
            ["Norm", "Titel", *(word(aspect, lang) for aspect in ASPECTS), "Soorten bewijs"],
            [
                (
                    item.norm.id,
                    item.norm.title_en if lang == "en" else item.norm.title_nl,
                    *(", ".join(word(basis, lang) for basis in item.bases[aspect]) for aspect in ASPECTS),
                    ", ".join(item.kinds),
                )
                for item in covered
            ],
        )
    bases = list(summed[0].best) if summed else []
    table(
        "Sterkste grondslag die mogelijk is, aantal normen",
        [
            "Kader",
            "Niveau",
            "Aspect",
            "Normen",
            *(word(basis, lang) for basis in bases),
            "niet alleen volgens eigenaar",
        ],
        [
            (
                total.framework_id,
                total.level,
                word(total.aspect, lang) or "samen",
                total.norms,
                *(total.best[basis] for basis in bases),
                f"{100 * total.share('measured', 'audited', 'documented'):.0f}%",
            )
            for total in summed
        ],
    )
    if not any(framework.annex == "Suwinet" for framework in catalogue.frameworks):
        console().print(
            "Suwinet: dit normenkader is niet openbaar en zit er niet bij. Voeg het toe als eigen kader (docs/catalogus.md).",
            markup=False,
        )
    table(
        "Principes: waar hun indicatoren op rusten",
        ["", "Principe", "Indicatoren", "uit bewijs van bronnen", "sleutel"],
        [
            (
                one.principle.id,
                one.principle.title_en if lang == "en" else one.principle.title_nl,
                one.indicators,
                one.measured,
                one.keys,
            )
            for one in principle_coverage(catalogue)
        ],
    )


def run_check(catalogue: Catalogue, as_json: bool) -> int:
    """Print every finding about the catalogue; returns 1 when there are errors."""
    findings = check(catalogue, memory_warehouse())
    if as_json:
        print_json(
            [{"severity": f.severity, "subject": f.subject, "place": f.place, "reason": f.reason} for f in findings]
        )
    else:
        table(
            f"Bevindingen: {len(findings)}",
            ["Ernst", "Wat", "Waar", "Waarom"],
            [(_SEVERITIES[finding.severity], finding.subject, finding.place, finding.reason) for finding in findings],
        )
    return 1 if any(finding.severity == "error" for finding in findings) else 0


def import_text(installation: Installation, file: Path, framework_id: str | None) -> None:
    """Read the official wording from a Markdown file or workbook, keep it, and report how its numbers differ. Without a
    framework it is that of the one in use that has measures."""
    catalogue = catalogue_of(installation)
    with_measures = list(dict.fromkeys(norm.framework_id for norm in catalogue.norms if norm.level == "measure"))
    in_use = [name for name in with_measures if name in installation.configuration.frameworks]
    if framework_id is None and len(in_use) == 1:
        [framework_id] = in_use
    if framework_id is None:
        raise ConfigurationError(
            f"{len(in_use)} normenkaders in gebruik hebben overheidsmaatregelen",
            advice=f"kies met --framework: {', '.join(with_measures)}",
        )
    if framework_id not in with_measures:
        raise NotFound(
            f"normenkader ‘{framework_id}’ heeft geen overheidsmaatregelen of is er niet",
            advice=f"kies met --framework: {', '.join(with_measures)}",
        )
    texts = _read(file)
    difference = compare(catalogue, framework_id, texts)
    with open_warehouse(installation.state) as connection:
        with transaction(connection):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            kept = store_official_text(connection, framework_id, texts, source_name=file.name, source_hash=digest)
        publish(connection, installation.state)
    out = console()
    out.print(f"{kept} officiële teksten van {framework_id} bewaard uit {file.name}.", markup=False)
    lists: tuple[tuple[str, Sequence[object]], ...] = (
        ("Alleen in de officiële tekst", difference.only_in_text),
        ("Alleen in de catalogus", difference.only_in_catalogue),
        ("Andere stand (nummer, tekst, catalogus)", difference.other_state),
        ("Verplaatst naar een ander nummer (nummer, tekst, catalogus)", difference.other_target),
        ("Verwijst naar een nummer zonder maatregel", difference.dangling),
        ("Dezelfde zin", difference.same_text),
    )
    for title, items in lists:
        shown = "; ".join(" ".join(item) if isinstance(item, tuple) else str(item) for item in items)
        out.print(f"{title}: {shown or 'geen'}", markup=False)
    other = [name for name in with_measures if compare(catalogue, name, texts).same_numbers]
    if not difference.same_numbers and other:
        out.print(
            f"Let op: deze nummers zijn die van {', '.join(other)}. Is dit de tekst daarvan, importeer dan eerst de juiste "
            f"tekst voor {framework_id} en daarna deze met --framework {other[0]}.",
            style="dark_orange",
            markup=False,
        )


def _read(file: Path) -> list[tuple[str, str]]:
    if not file.is_file():
        raise CatalogueError(
            "bestaat niet", place=str(file), advice="noem het Markdown-bestand of werkboek met de officiële tekst"
        )
    try:
        if file.suffix.lower() in (".xlsx", ".xlsm"):
            return parse_rows(_rows(file))
        return parse_markdown(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise CatalogueError(
            "is geen UTF-8-tekst", place=str(file), advice="geef de gepubliceerde Markdown of een .xlsx"
        ) from error
    except CatalogueError as error:
        raise CatalogueError(error.reason, place=str(file), advice=error.advice) from error


def _rows(file: Path) -> Iterator[tuple[object, ...]]:
    """Every row of every sheet of a workbook, as values."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as error:
        raise CatalogueError(
            "is geen leesbaar Excel-werkboek", place=str(file), advice="sla het opnieuw op als .xlsx"
        ) from error
    for sheet in workbook.worksheets:
        yield from sheet.iter_rows(values_only=True)
