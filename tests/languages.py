"""Which words are Dutch and which are English, to tell whether what people read is whole in one language."""

from __future__ import annotations

import re

from models.language import Language

# Words that stand in one of the two languages only: one of them in a text of the other is a mistake.
DUTCH = frozenset(
    {
        "de", "het", "een", "en", "van", "dat", "niet", "naar", "voor", "met", "geen", "wordt", "worden", "bij", "zijn",
        "deze", "dit", "uit", "aan", "om", "ook", "als", "maar", "dan", "nog", "al", "bestand", "bron", "bronnen", "regel",
        "regels", "map", "waarde", "niets", "draai", "controleer", "kies", "geef", "zet", "verwacht", "toegestaan", "is er",
        "bestaat", "kunt", "doen", "fout",
        "wie", "waar", "wel", "moet", "kan", "mag", "heeft", "hebben", "werd", "dus", "omdat", "meer", "alle", "elke",
        "eigen", "eis", "eisen", "kolom", "kolommen", "blad", "bladen", "rij", "rijen", "naam", "namen", "lijst",
        "leeg", "reden", "datum", "dag", "jaar", "bewijs", "soort", "kader", "vraag", "vragen", "antwoord", "werkboek",
        "die", "er", "hier", "daar", "zelf", "welke", "welk", "zo", "zoals", "minstens", "hoogstens", "ontbreekt",
        "staat", "telt", "toets", "toetsen", "bestanden", "geheim", "aanmelden", "adres", "opnieuw", "laat", "maak",
        "haal", "noem", "zonder", "tot", "na", "tussen",
    }
)  # fmt: skip
ENGLISH = frozenset(
    {
        "the", "and", "that", "not", "this", "these", "from", "also", "but", "then", "still", "already", "source",
        "sources", "row", "rows", "folder", "value", "nothing", "choose", "give", "expected", "allowed", "what", "which",
        "when", "were", "have", "does", "did", "can", "may", "must", "it", "its", "error", "you", "there", "exist",
        "with", "are", "be", "no", "has", "who", "only", "every", "each", "column", "columns", "sheet",
        "sheets", "file", "files", "list", "empty", "reason", "day", "year", "evidence", "kind", "question",
        "questions", "answer", "workbook", "for", "to", "an", "or", "if", "than", "as", "so", "here", "itself", "least",
        "most", "missing", "counts", "demand", "demands", "again", "make", "remove", "without", "until", "between",
        "read", "add", "put", "write", "holds",
    }
)  # fmt: skip
FOREIGN = {Language.NL: ENGLISH, Language.EN: DUTCH}
# What is the same in every language: words of SQL, what is filled in or quoted, commands, options, and names of files,
# settings and tables.
_QUOTED = re.compile(
    r"\b[A-Z]{2,}\b|`[^`]*`|‘[^’]*’|'[^']*'|\"[^\"]*\"|\{[^}]*\}|--?[a-z-]+|\S*[/_.]\S+|ensia( [a-z]+)*"
)
NAMES = frozenset({"en", "all", "landing", "digest", "published", "run"})


def foreign_words(text: str, language: Language) -> list[str]:
    """The words in `text` that are of the other language."""
    words = set(re.findall(r"[a-zà-ÿ]+", _QUOTED.sub(" ", text).casefold()))
    return sorted((words & FOREIGN[language]) - NAMES)
