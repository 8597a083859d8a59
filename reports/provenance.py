"""Says of every report what it was made from: organisation, day, run, and how complete the data was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.language import pick
from models.wording import word
from warehouse.reading.read import Published
from warehouse.reading.shapes import AssessedFramework, CountOfTests, PresentSource
from warehouse.storage.database import local_time

NIGHT_IS_MISSED_AFTER = timedelta(hours=36)  # since the newest run: one night did not come
MONTHS = {
    "nl": ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
           "december"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
}  # fmt: skip
SHORT_MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a report was made from. `finished` is Dutch wall time; `uncertain` has (title, outcome, reason) of each
    source that did not deliver; `tests_known` of `tests` had evidence. `frozen`: version, moment and by whom, when it is
    made of a frozen cycle."""

    organisation_id: str
    organisation: str
    as_of: date
    run_no: int
    run_id: str
    finished: datetime
    sources: int
    uncertain: tuple[tuple[str, str, str], ...]
    records: int
    rejected: int
    tests: int
    tests_known: int
    catalogue_digest: str
    program_version: str
    frameworks: tuple[str, ...]
    frozen: tuple[int, datetime, str] | None = None

    def is_old(self, now: datetime) -> bool:
        """Whether, at the Dutch wall time `now`, a night did not come since: what it says may no longer be so."""
        return now - self.finished > NIGHT_IS_MISSED_AFTER

    @property
    def coverage(self) -> float:
        """The share of the tests that had evidence, 0 to 1."""
        return self.tests_known / self.tests if self.tests else 0.0


def provenance(published: Published, organisation: str) -> Provenance:
    """The provenance of everything that is made from this published file for one organisation. NotFound without a run."""
    run = published.last_run()
    sources = published.select(PresentSource, organisation)
    counts = published.select(CountOfTests, organisation)
    frameworks = published.select(AssessedFramework, organisation)
    uncertain = [source for source in sources if source.status != "ok"]
    return Provenance(
        organisation_id=organisation,
        organisation=published.organisations()[organisation],
        as_of=run["as_of"],
        run_no=run["run_no"],
        run_id=run["run_id"],
        finished=local_time(run["finished_at"]),
        sources=len(sources),
        uncertain=tuple((source.title, source.status, source.reason or "") for source in uncertain),
        records=sum(source.records for source in sources),
        rejected=sum(source.rejected for source in sources),
        tests=counts[0].tests if counts else 0,
        tests_known=counts[0].known if counts else 0,
        catalogue_digest=run["catalogue_digest"],
        program_version=run["program_version"],
        frameworks=tuple(framework.title_nl for framework in frameworks),
        frozen=_frozen(published),
    )


def _frozen(published: Published) -> tuple[int, datetime, str] | None:
    row = published.frozen
    if row:
        return (row["version"], local_time(row["frozen_at"]), row["frozen_by"])
    return None


def lines(origin: Provenance, lang: str = "nl", *, reasons: bool = True) -> list[tuple[str, str]]:
    """The provenance as (label, text), for a front sheet, a footer or a page. Without `reasons` it names the sources that
    failed but not why: where files lie and systems answer is nothing for a document that becomes public."""
    percent = f"{100 * origin.coverage:.0f}%"
    made_from = pick(
        lang,
        f"run {origin.run_no} ({origin.run_id}), klaar op {day(origin.finished, lang)}",
        f"run {origin.run_no} ({origin.run_id}), finished {day(origin.finished, lang)}",
    )
    tests = pick(
        lang,
        f"{origin.tests_known} van {origin.tests} ({percent})",
        f"{origin.tests_known} of {origin.tests} ({percent})",
    )
    return [
        (pick(lang, "Organisatie", "Organisation"), origin.organisation),
        (pick(lang, "Beoordeeld per", "As of"), day(origin.as_of, lang)),
        *_frozen_line(origin, lang),
        (pick(lang, "Gemaakt uit", "Made from"), made_from),
        (pick(lang, "Normenkaders", "Norms"), ", ".join(origin.frameworks)),
        *_source_lines(origin, lang, reasons=reasons),
        (pick(lang, "Toetsen met bewijs", "Tests with evidence"), tests),
    ]


def _source_lines(origin: Provenance, lang: str, *, reasons: bool) -> list[tuple[str, str]]:
    """What was read. Without a source there are no numbers to tell: none of them would be about the world."""
    sources, not_complete = pick(lang, "Bronnen", "Sources"), pick(lang, "Niet volledig", "Not complete")
    if not origin.sources:
        return [
            (sources, pick(lang, "er is geen enkele bron ingesteld", "no source is set up")),
            (not_complete, pick(lang, "er is niets gelezen", "nothing was read")),
        ]
    failures: list[str] = []
    for title, outcome, reason in origin.uncertain:
        why = f" ({reason})" if reasons else ""
        failures.append(f"{title}: {word(outcome, lang)}{why}")
    failing = "; ".join(failures)
    incomplete = len(origin.uncertain)
    return [
        (
            sources,
            pick(
                lang,
                f"{origin.sources}, waarvan {incomplete} niet volledig",
                f"{origin.sources}, of which {incomplete} not complete",
            ),
        ),
        (not_complete, failing or pick(lang, "geen", "none")),
        (
            pick(lang, "Gelezen regels", "Records read"),
            pick(
                lang,
                f"{origin.records}, waarvan {origin.rejected} afgekeurd",
                f"{origin.records}, of which {origin.rejected} rejected",
            ),
        ),
    ]


def _frozen_line(origin: Provenance, lang: str) -> list[tuple[str, str]]:
    if origin.frozen is None:
        return []
    version, moment, by = origin.frozen
    frozen = pick(
        lang,
        f"versie {version}, op {day(moment, lang)}, door {by}",
        f"version {version}, {day(moment, lang)}, by {by}",
    )
    return [(pick(lang, "Bevroren", "Frozen"), frozen)]


def day(moment: date | None, lang: str = "nl") -> str:
    """A day as people write it (`20-11-2026`; in English `2026-11-20`), with the time when there is one."""
    if moment is None:
        return ""
    text = pick(lang, f"{moment:%d-%m-%Y}", f"{moment:%Y-%m-%d}")
    return f"{text} {moment:%H:%M}" if isinstance(moment, datetime) else text
