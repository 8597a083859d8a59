"""What a fill-in tells the coordinator: the remarks in both languages, and the report. What was done is decided in
`reports/fill_in.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.language import pick

# What can be said about a sheet or a cell: (Dutch, English).
_SAID = {
    "sheet": (
        "vragenlijst {questionnaire}, koppen in rij {row}, nummer in kolom {number}, antwoord in kolom {answer}, {explanation}",
        "questionnaire {questionnaire}, header in row {row}, number in column {number}, answer in column {answer}, "
        "{explanation}",
    ),
    "explanation_in": ("toelichting in kolom {column}", "explanation in column {column}"),
    "no_explanation": ("geen kolom voor toelichting", "no column for the explanation"),
    "explanation": ("toelichting", "explanation"),
    "other_questionnaire": (
        "Blad ‘{sheet}’: de nummers horen niet bij een van onze vragenlijsten; niets ingevuld. Is dit er toch een, noem het blad "
        "dan met --sheet.",
        "Sheet '{sheet}': the numbers belong to none of our questionnaires; nothing was filled in. If it is one all the same, "
        "name the sheet with --sheet.",
    ),
    "not_here": (
        "Vragenlijst ‘{questionnaire}’ ({number} vragen) staat niet in dit werkboek.",
        "Questionnaire '{questionnaire}' ({number} questions) is not in this workbook.",
    ),
    "signature": (
        "Het werkboek had een digitale handtekening; die geldt niet meer voor het ingevulde bestand.",
        "The workbook had a digital signature, which does not hold for the file that was filled in.",
    ),
    "formulas": (
        "Het werkboek heeft formules; Excel rekent ze opnieuw uit zodra u het bestand opent.",
        "The workbook has formulas; Excel computes them again when you open the file.",
    ),
    "protected": (
        "Blad ‘{sheet}’ is beveiligd; de antwoorden staan erin en de beveiliging is gebleven. Wilt u zelf een vergrendelde "
        "cel wijzigen, vraag dan het wachtwoord aan wie het werkboek uitgaf.",
        "Sheet '{sheet}' is protected; the answers are in it and the protection was kept. To change a locked cell yourself, "
        "ask whoever issued the workbook for the password.",
    ),
    "lost_zero": (
        "het getal {text} is gelezen als {read}, omdat het in de volgorde daar staat.",
        "the number {text} was read as {read}, since that is its place in the order.",
    ),
    "was_date": (
        "de datum {text} is gelezen als {read}; een nummer dat als datum is opgeslagen hoort tekst te zijn.",
        "the date {text} was read as {read}; a number that was stored as a date should be text.",
    ),
    "twice": (
        "nummer {number} staat meer dan eens op dit blad; vul het zelf in",
        "number {number} occurs more than once on this sheet; fill it in yourself",
    ),
    "merged": (
        "de cel is samengevoegd met die van een andere vraag", "the cell is merged with that of another question",
    ),
    "formula": ("de cel bevat een formule", "the cell holds a formula"),
    "locked": (
        "de cel is vergrendeld op een beveiligd blad; de maker wil hier geen antwoord",
        "the cell is locked on a protected sheet; its maker wants no answer here",
    ),
    "unread": ("niet als nummer gelezen", "not read as a number"),
    "no_cell": ("de cel is niet te vullen", "the cell cannot be filled in"),
    "other_rule": (
        "de cel heeft een controle ({kind}) die wij niet kunnen nagaan",
        "the cell has a validation ({kind}) that we cannot check",
    ),
    "untestable": (
        "de cel heeft een controle waaraan de tekst niet te toetsen is",
        "the cell has a validation that the text cannot be tested against",
    ),
    "unread_list": ("de keuzelijst ({list}) is niet te lezen", "the drop-down ({list}) cannot be read"),
    "no_choice": (
        "past niet op precies één keuze; toegestaan: {listed}", "does not match exactly one choice; allowed: {listed}",
    ),
    "other_answer": (
        "er staat ‘{present}’, ons antwoord is ‘{chosen}’", "it says '{present}', our answer is '{chosen}'",
    ),
    "other_text": ("er staat al een tekst (‘{present}’)", "there is a text already ('{present}')"),
    "shortened": (
        "ingekort tot de {most} tekens die de cel toelaat.", "cut to the {most} characters that the cell allows.",
    ),
}  # fmt: skip


def say(key: str, lang: str, **values: object) -> str:
    """A remark with its values filled in."""
    return pick(lang, *_SAID[key]).format(**values)


@dataclass(slots=True)
class Outcome:
    """What was done in one workbook. The lists hold lines for people in `lang`, each beginning with the sheet and the cell."""

    lang: str = "nl"
    sheets: list[str] = field(default_factory=list)
    answers: int = 0
    explanations: int = 0
    present: int = 0
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, key: str, **values: object) -> str:
        """A remark in the language of the report."""
        return say(key, self.lang, **values)


def report_text(outcome: Outcome, source: str, filled: str, origin: Sequence[tuple[str, str]], lang: str) -> str:
    """What was done, for the coordinator: first the figures, then what is left to do by hand."""
    text = [
        f"{pick(lang, 'Ingevuld', 'Filled in')}: {source} → {filled}",
        "",
        *(f"{label}: {value}" for label, value in origin),
        "",
    ]
    figures = (
        (pick(lang, "Antwoorden ingevuld", "Answers filled in"), outcome.answers),
        (pick(lang, "Toelichtingen ingevuld", "Explanations filled in"), outcome.explanations),
        (pick(lang, "Antwoorden die er al stonden", "Answers that were there already"), outcome.present),
    )
    text += [f"{label}: {number}" for label, number in figures]
    sections = (
        (pick(lang, "Bladen", "Sheets"), outcome.sheets),
        (pick(lang, "Niet toegelaten: vul deze zelf in", "Refused: fill in by hand"), outcome.refused),
        (
            pick(
                lang,
                "Laten staan: er is al iets anders ingevuld (met --overwrite komt ons antwoord ervoor in de plaats)",
                "Left as it was: another text is already there",
            ),
            outcome.kept,
        ),
        (pick(lang, "Open: geen bewijs, dus geen antwoord", "Open: no evidence, so no answer"), outcome.open),
        (
            pick(lang, "Nummers in het werkboek die wij niet kennen", "Numbers in the workbook that we do not know"),
            outcome.unknown,
        ),
        (
            pick(lang, "Onze vragen die niet in het werkboek staan", "Our questions that are not in the workbook"),
            outcome.missing,
        ),
        (pick(lang, "Opmerkingen", "Remarks"), outcome.notes),
    )
    for title, remarks in sections:
        heading = f"{title}: {pick(lang, 'geen', 'none')}"
        if remarks:
            heading = f"{title} ({len(remarks)})"
        text += ["", heading, *(f"- {line}" for line in remarks)]
    return "\n".join(text) + "\n"
