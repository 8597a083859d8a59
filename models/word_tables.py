"""The words that a source may use and that tests look for, in tables, as `docs/bewijs.md` shows them: each with the norms and
indicators for which it counts. They follow from the vocabularies and the rules, so that the document cannot say otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.catalogue import Catalogue, Matched, Measure, Population, Stage
from models.kind import Kind, kinds, vocabularies
from models.norm_number import norm_order

_SYNONYMS_SHOWN = 3
ATTRIBUTE_NAMED = re.compile(r"attributes\['(\w+)'\]")
_QUOTED = re.compile(r"'(\w+)'")
# The tables of one vocabulary each, by the heading above it: the first column, and the vocabulary.
_WORDS = {
    "Onderwerpen van documenten en besluiten": ("Woord", "topic"),
    "Maten": ("Maat", "metric"),
    "Meldingen": ("Soort", "ticket_type"),
    "Labels van meldingen": ("Label", "label"),
    "Trainingen": ("Training", "course"),
    "Oefeningen en proeven": ("Soort", "exercise_type"),
    "Bevindingen": ("Soort", "finding_type"),
    "Verklaringen van derden": ("Soort", "statement_type"),
    "Herkomst van verbetermaatregelen": ("Herkomst", "improvement_origin"),
}
_ELEMENTS = "Elementen van teksten"
_REGISTERS = "Registers"


@dataclass(frozen=True)
class Part:
    """What one part of a test looks at: the records of a kind that hold some words, and its expressions over them."""

    kind: Kind
    about: tuple[str, ...]
    expressions: str


@dataclass(frozen=True)
class Use:
    """A part of a test, with the number of the norm or indicator that it counts for."""

    number: str
    part: Part


def word_tables(catalogue: Catalogue) -> dict[str, str]:
    """Every table in Markdown, by the heading that it stands under."""
    uses = list(uses_of(catalogue))
    tables = {heading: _word_table(first, vocabulary, uses) for heading, (first, vocabulary) in _WORDS.items()}
    tables[_ELEMENTS] = _element_table(catalogue)
    tables[_REGISTERS] = _register_table(uses)
    return tables


def with_word_tables(document: str, catalogue: Catalogue) -> str:
    """The document with the table under each heading as it should be."""
    for heading, table in word_tables(catalogue).items():
        section = re.compile(rf"(^### {re.escape(heading)}\n(?:(?!^[|#]).*\n)*)(?:^\|.*\n)+", re.MULTILINE)
        document = section.sub(lambda match, table=table: f"{match[1]}{table}\n", document)  # type: ignore[misc]
    return document


def uses_of(catalogue: Catalogue) -> Iterator[Use]:
    """What every test and indicator looks at, part by part; not the attestations that stand in for a missing test."""
    for test in catalogue.tests:
        yield from (Use(test.norm_id, part) for part in parts_of(test.measure) if not test.implicit)
    for indicator in catalogue.indicators:
        yield from (Use(indicator.id, part) for part in parts_of(indicator.measure))


def parts_of(measure: Measure) -> Iterator[Part]:
    """What a test looks at: its counterparts, and its own records last; nothing where it looks at our own statuses."""
    if not measure.kind:
        return
    over_own = [measure.where, measure.date, *measure.of_type("expression", "object")]
    for other in measure.others:
        over_own.append(_over_the_case(other))
        yield Part(kinds()[other.kind], other.about, _over_the_other(other))
    yield Part(kinds()[measure.kind], measure.about, " ".join(over_own))


def _over_the_case(other: Matched | Population | Stage) -> str:
    """The expression of a counterpart or stage that is over the columns of the record itself."""
    if isinstance(other, Matched):
        return other.population_key
    return other.case if isinstance(other, Stage) else ""


def _over_the_other(other: Matched | Population | Stage) -> str:
    key = other.link if isinstance(other, Stage) else other.key
    return f"{other.where} {key}"


def _word_table(first: str, vocabulary: str, uses: Sequence[Use]) -> str:
    numbers: dict[str, set[str]] = defaultdict(set)
    for use in uses:
        for word in _words_of(vocabulary, use.part):
            numbers[word].add(use.number)
    terms = vocabularies()[vocabulary].terms
    rows = [
        [term.nl, f"`{code}`", ", ".join(term.synonyms[:_SYNONYMS_SHOWN]), numbers_in_order(numbers[code])]
        for code, term in terms.items()
        if numbers[code]
    ]
    return _markdown([first, "Code", "Ook goed", "Voor"], rows)


def _words_of(vocabulary: str, part: Part) -> Sequence[str]:
    """The words of a vocabulary that a part of a test asks for."""
    if vocabulary == "label":
        return _QUOTED.findall(part.expressions) if part.kind.kind == "ticket" else []
    discriminator = part.kind.discriminator
    if discriminator is None or part.kind.column(discriminator).vocabulary != vocabulary:
        return []
    return part.about


def _element_table(catalogue: Catalogue) -> str:
    topics: dict[str, set[str]] = defaultdict(set)
    numbers: dict[str, set[str]] = defaultdict(set)
    for test in catalogue.tests:
        for element in test.measure.elements or ():
            topics[element].update(test.measure.about)
            numbers[element].add(test.norm_id)
    topic_terms = vocabularies()["topic"].terms
    rows = []
    for code, term in vocabularies()["element"].terms.items():
        if not numbers[code]:
            continue
        topic_names = [topic_term.nl for topic, topic_term in topic_terms.items() if topic in topics[code]]
        rows.append([term.nl, f"`{code}`", _semicolon_list(topic_names), numbers_in_order(numbers[code])])
    return _markdown(["Element", "Code", "In een tekst over", "Voor"], rows)


def _register_table(uses: Sequence[Use]) -> str:
    numbers: dict[str, set[str]] = defaultdict(set)
    expressions: dict[str, list[str]] = defaultdict(list)
    for use in uses:
        if use.part.kind.kind != "register_entry":
            continue
        for register in use.part.about:
            numbers[register].add(use.number)
            expressions[register].append(use.part.expressions)
    rows = [
        [term.nl, f"`{code}`", *_columns_of_register(" ".join(expressions[code])), numbers_in_order(numbers[code])]
        for code, term in vocabularies()["register"].terms.items()
        if numbers[code]
    ]
    return _markdown(["Register", "Code", "Soorten", "Kenmerken", "Voor"], rows)


def _columns_of_register(expressions: str) -> tuple[str, str]:
    """The kinds of line and the attributes that tests of a register look at."""
    attribute_names = set(ATTRIBUTE_NAMED.findall(expressions))
    quoted = set(_QUOTED.findall(ATTRIBUTE_NAMED.sub("", expressions)))
    return _coded("entry_type", quoted), _coded("attribute", attribute_names)


def _coded(vocabulary: str, codes: set[str]) -> str:
    terms = vocabularies()[vocabulary].terms
    return _semicolon_list(f"{term.nl} (`{code}`)" for code, term in sorted(terms.items()) if code in codes)


def _semicolon_list(words: Iterable[str]) -> str:
    return "; ".join(words)


def numbers_in_order(numbers: set[str]) -> str:
    """Norms by number; those of other frameworks and indicators, which begin with a letter, after them."""
    return ", ".join(sorted(numbers, key=lambda number: (not number[0].isdecimal(), norm_order(number))))


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = "|---" * len(headings) + "|"
    first, *others = (f"| {' | '.join(line)} |" for line in (headings, *rows))
    return "\n".join([first, rule, *others])
