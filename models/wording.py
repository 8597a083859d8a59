"""The words that people read for the codes of the program, in Dutch and English: statuses, results, aspects, bases,
reasons. One place, so that every table, report and export says the same."""

from __future__ import annotations

from models.language import DEFAULT, Language, pick

WORDS: dict[str, tuple[str, str]] = {
    # status of a norm
    "voldoet": ("voldoet", "compliant"),
    "voldoet_deels": ("voldoet deels", "partly compliant"),
    "voldoet_niet": ("voldoet niet", "not compliant"),
    "geen_bewijs": ("geen bewijs", "no evidence"),
    "niet_van_toepassing": ("n.v.t.", "not applicable"),
    # status of a principle or indicator
    "groen": ("groen", "green"),
    "oranje": ("oranje", "amber"),
    "rood": ("rood", "red"),
    "onbekend": ("onbekend", "unknown"),
    # result of a test
    "pass": ("goed", "pass"),
    "partial": ("deels", "partial"),
    "fail": ("niet goed", "fail"),
    "no_evidence": ("geen bewijs", "no evidence"),
    # aspects
    "design": ("opzet", "design"),
    "existence": ("bestaan", "existence"),
    "operation": ("werking", "operation"),
    # basis
    "measured": ("gemeten", "measured"),
    "audited": ("door derde beoordeeld", "audited"),
    "documented": ("gedocumenteerd", "documented"),
    "attested": ("volgens eigenaar", "attested"),
    # themes of ISO/IEC 27002:2022
    "organisational": ("organisatorisch", "organisational"),
    "people": ("mensgericht", "people"),
    "physical": ("fysiek", "physical"),
    "technological": ("technologisch", "technological"),
    # outcome of a run or source
    "ok": ("goed", "ok"),
    "degraded": ("met uitval", "degraded"),
    "failed": ("mislukt", "failed"),
    "aborted": ("afgebroken", "aborted"),
    "running": ("bezig", "running"),
    # whose answer it is
    "proposal": ("voorstel", "proposal"),
    "reviewer": ("beoordelaar", "reviewer"),
    # why an applicability claim does not count
    "not_approved": ("niet goedgekeurd", "not approved"),
    "no_risk_analysis": ("geen verwijzing naar een risicoanalyse", "no reference to a risk analysis"),
    "expired": ("verlopen", "expired"),
}

# Why a result is what it is. {n} numerator, {d} denominator, {p} metric as a percentage, {v} metric, {s} selected.
REASONS: dict[str, tuple[str, str]] = {
    "no_records": ("er is geen bewijs gevonden", "no evidence was found"),
    "in_force": ("{n} van {d} gevonden regels gelden op de peildatum", "{n} of {d} records found are in force"),
    "review_overdue": ("geldig, maar de herziening is te laat", "in force, but its review is overdue"),
    "not_in_force": ("{d} gevonden, maar geen daarvan geldt op de peildatum", "{d} found, none of them in force"),
    "fresh": ("het nieuwste bewijs is recent genoeg", "the newest evidence is recent enough"),
    "too_old": ("het nieuwste bewijs is te oud", "the newest evidence is too old"),
    "every_period": ("elke periode heeft bewijs ({n} van {d})", "every period has evidence ({n} of {d})"),
    "periods_missing": ("{n} van {d} perioden hebben bewijs", "{n} of {d} periods have evidence"),
    "share": ("{n} van {d} is in orde ({p})", "{n} of {d} are in order ({p})"),
    # where less is better, what is counted is not what is in order
    "share_counted": ("{n} van {d} ({p})", "{n} of {d} ({p})"),
    "population_too_small": ("er zijn te weinig regels om te beoordelen ({d})", "too few records to judge ({d})"),
    "share_in_time": ("{n} van {d} op tijd afgehandeld ({p})", "{n} of {d} settled in time ({p})"),
    "no_cases": ("geen gevallen; de bron is wel gelezen", "no cases; the source was read"),
    "waiting": (
        "nog geen geval af of te laat; van {s} loopt de termijn nog",
        "no case settled or late yet; of {s} the time limit still runs",
    ),
    "not_covered": (
        "geen bron ziet dit, of de bron is niet op tijd gelezen",
        "no source sees this, or it was not read in time",
    ),
    "open_too_long": ("{n} van {d} open gevallen staan te lang open", "{n} of {d} open cases are open too long"),
    "compared": ("gemeten waarde: {v}", "measured value: {v}"),
    "positive": ("het nieuwste oordeel is positief", "the newest judgement is positive"),
    "exceptions": (
        "het nieuwste oordeel is positief met uitzonderingen",
        "the newest judgement is positive with exceptions",
    ),
    "negative": ("het nieuwste oordeel is negatief", "the newest judgement is negative"),
    "counted": ("geteld: {n}", "counted: {n}"),
    "no_divisor": ("de meting om door te delen ontbreekt", "the measurement to divide by is missing"),
    "own_statuses": ("{n} van {d} normen ({p})", "{n} of {d} norms ({p})"),
}


def word(code: str | None, lang: Language | str = DEFAULT) -> str:
    """The word that people read for `code`; an unknown code is shown as it is."""
    if code is None:
        return ""
    pair = WORDS.get(code)
    return code if pair is None else pick(lang, *pair)


def reason(
    code: str | None, lang: Language | str = DEFAULT, *, metric: float | None = None, numerator: float | None = None,
    denominator: float | None = None, selected: int | None = None,
) -> str:  # fmt: skip
    """The reason of a result as a sentence part, with its numbers filled in."""
    pair = REASONS.get(code or "")
    if pair is None:
        return code or ""
    return pick(lang, *pair).format(
        n=number(numerator, lang), d=number(denominator, lang), v=number(metric, lang),
        p="" if metric is None else f"{number(round(100 * metric, 1), lang)}%", s=selected,
    )  # fmt: skip


def number(value: float | None, lang: Language | str = DEFAULT) -> str:
    """A number as people write it: no decimals when it is whole, else at most two; a decimal comma in Dutch."""
    if value is None:
        return "–"
    text = f"{value:.0f}" if value == int(value) else f"{value:.2f}".rstrip("0").rstrip(".")
    return pick(lang, text.replace(".", ","), text)


def counted(number: int, one: str, more: str) -> str:
    """`1 risk`, `2 risks`: a number with the word that fits it."""
    return f"{number} {one if number == 1 else more}"
