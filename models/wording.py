"""The words that people read for the codes of the program, in Dutch and English: statuses, results, aspects, bases. One
place, so that every table, report and export says the same. The words of a reason stand with its test type."""

from __future__ import annotations

from models.language import DEFAULT, Language, pick
from models.message import Both
from models.reason import reason_words

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
    "geen_gevallen": ("geen gevallen", "no cases"),
    # result of a test
    "pass": ("goed", "pass"),
    "partial": ("deels", "partial"),
    "fail": ("niet goed", "fail"),
    "not_occurred": ("niet voorgekomen", "did not occur"),
    "no_evidence": ("geen bewijs", "no evidence"),
    # verdict on a record
    "good": ("goed", "good"),
    "not_good": ("niet goed", "not good"),
    "unknown": ("onbekend", "unknown"),
    "left_out": ("telt niet mee", "left out"),
    # why a record is not simply what its source says now
    "unread": ("afgekeurd bij het inlezen", "rejected when read"),
    "gone": ("verdwenen uit zijn lijst", "left its list"),
    "outlived": ("nog in gebruik na zijn einddatum", "still in use after its end"),
    "held": ("gewijzigd na wat eerst is gezegd", "changed after what was said first"),
    "selfchecked": (
        "door de leverancier van het systeem zelf, of onbekend door wie",
        "by the supplier of the system himself, or unknown by whom",
    ),
    "excused": ("verontschuldigd", "excused"),
    "late": ("achteraf vastgelegd", "recorded long after it happened"),
    # what keeps a norm that complies in part from complying
    "shortfall": ("tekort", "shortfall"),
    "not_read": ("niet gelezen", "not read"),
    "not_compared": ("niet vergeleken", "not compared"),
    "too_weak": ("te zwak bewijs", "too weak evidence"),
    # aspects
    "design": ("opzet", "design"),
    "existence": ("bestaan", "existence"),
    "operation": ("werking", "operation"),
    # basis
    "measured": ("gemeten", "measured"),
    "audited": ("door derde beoordeeld", "audited"),
    "sampled": ("in steekproef beoordeeld", "sampled"),
    "documented": ("gedocumenteerd", "documented"),
    "declared": ("opgegeven", "declared"),
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
    "statutory": ("de wet eist deze norm zelf", "the law itself demands this norm"),
    "no_body": ("niet goedgekeurd door het bestuur", "not approved by the board"),
    "unknown_risk_analysis": (
        "de genoemde risicoanalyse staat niet in het bewijs",
        "the named risk analysis is not in evidence",
    ),
    "no_end": ("zonder einddatum", "without an end date"),
    "end_too_far": (
        "einddatum ligt meer dan drie jaar na het besluit",
        "its end is over three years after the decision",
    ),
    "no_risk_analysis": ("geen verwijzing naar een risicoanalyse", "no reference to a risk analysis"),
    "expired": ("verlopen", "expired"),
}


def word(code: str | None, lang: Language | str = DEFAULT) -> str:
    """The word that people read for `code`; an unknown code is shown as it is."""
    if code is None:
        return ""
    pair = WORDS.get(code)
    return code if pair is None else pick(lang, *pair)


def both_words(code: str | None) -> Both:
    """The word that people read for `code`, in both languages; an unknown code is shown as it is."""
    text = code or ""
    return Both(*WORDS.get(text, (text, text)))


def reason(
    code: str | None, lang: Language | str = DEFAULT, *, metric: float | None = None, numerator: float | None = None,
    denominator: float | None = None, selected: int | None = None,
) -> str:  # fmt: skip
    """The reason of a result as a sentence part, with its numbers filled in."""
    words = reason_words().get(code or "")
    if words is None:
        return code or ""
    return pick(lang, *words).format(
        n=number(numerator, lang), d=number(denominator, lang), v=number(metric, lang),
        p="" if metric is None else f"{number(round(100 * metric, 1), lang)}%", s=selected,
    )  # fmt: skip


def number(value: float | None, lang: Language | str = DEFAULT) -> str:
    """A number as people write it: no decimals when it is whole, else at most two; a decimal comma in Dutch."""
    if value is None:
        return "–"
    text = f"{value:.0f}"
    if value != int(value):
        text = f"{value:.2f}".rstrip("0").rstrip(".")
    return pick(lang, text.replace(".", ","), text)


def counted(number: int, one: str, more: str) -> str:
    """`1 risk`, `2 risks`: a number with the word that fits it."""
    return f"{number} {one if number == 1 else more}"
