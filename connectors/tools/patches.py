"""Which rules of an XCCDF scan ask for a patch: a missing one is a vulnerability, and no deviation of the configuration.

Formats: NIST SP 800-126 rev. 3 (the rule `security_patches_up_to_date`; definitions of class patch), OVAL 5.11 (definition) and
the names that suppliers give to advisories (Red Hat, Canonical, SUSE, Oracle, AlmaLinux, Debian). What a result means is left to
`openscap`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args
from xml.etree.ElementTree import Element

from connectors.tools.findings import Severity
from connectors.tools.xml import children, text

_CLASSES = frozenset({"patch", "vulnerability"})
_RESERVED = "security_patches_up_to_date"
_CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.IGNORECASE)
# The part of the name of a definition that says whose it is: `oval:com.redhat.rhsa:def:20170372`, also as the name of a rule.
_OF_SUPPLIER = re.compile(
    r"oval[:-](?:com\.redhat\.rh[sbe]a|com\.ubuntu\.[\w.]+|org\.opensuse\.security|com\.oracle\.el[sb]a"
    r"|org\.almalinux\.al[sbe]a|org\.debian)[:-]def[:-]"
)
# The sentences of DISA and CIS; what only sets how updates come is configuration.
_IN_WORDS = re.compile(
    r"(?:security|software) (?:patches|updates)(?: and (?:patches|updates))?(?: must be| are)? (?:installed|up to date)"
    r"|updates, patches,? and additional security software are installed",
    re.IGNORECASE,
)
# How suppliers say how serious an advisory is, where their word is not ours.
_WORDS: dict[str, Severity] = {"important": "high", "moderate": "medium", "negligible": "low"}
_WORDS |= {word: word for word in get_args(Severity)}
_IN_TITLE = re.compile(r"\((\w+)\)$")


@dataclass(frozen=True, slots=True)
class Question:
    """What a rule asks: a patch, or else a setting. `parts`: what tells its results apart beside the rule and its instance.
    `severity`: in the words of the supplier of the patch."""

    title: str
    finding_type: str = "configuration"
    parts: tuple[str, ...] = ()
    severity: Severity | None = None

    @property
    def is_patch(self) -> bool:
        """Whether it is missed when it fails, and not set otherwise."""
        return self.finding_type == "vulnerability"


class Patches:
    """The patches of a document, by what its definitions and rules say."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}  # of the definitions that are patches
        self._severities: dict[str, Severity | None] = {}
        self._rules: set[str] = set()

    def take_definition(self, definition: Element) -> None:
        """Keep what an OVAL definition says, when it is about a patch or vulnerability."""
        if definition.get("class") not in _CLASSES:
            return
        name = definition.get("id", "")
        title = _text_at(definition, "metadata/title")
        severity = _text_at(definition, "metadata/advisory/severity")
        self._titles[name] = title
        self._severities[name] = _supplier_severity(severity, title)

    def take_rule(self, rule: Element) -> None:
        """Remember a rule that is about patches."""
        title = _text_at(rule, "title")
        signs = (
            _IN_WORDS.search(title),
            _names_vulnerability(rule),
        )
        if any(signs):
            self._rules.add(rule.get("id", ""))

    def question_of(self, result: Element, title: str) -> Question:
        """What the rule of a rule-result asks. `title`: of the rule."""
        rule = result.get("idref", "")
        name = _definition_of(result)
        signs = (
            rule.endswith(_RESERVED),
            rule in self._rules,
            name in self._titles,
            _OF_SUPPLIER.search(name),
            _OF_SUPPLIER.search(rule),
            _names_vulnerability(result),
        )
        if not any(signs):
            return Question(title)
        severity = self._severities.get(
            name,
            _supplier_severity("", title),
        )
        is_one_of_many = name and rule.endswith(_RESERVED)
        if not is_one_of_many:
            return Question(title, "vulnerability", (), severity)
        advisory = self._titles.get(
            name,
            f"{title}: {name}",
        )
        return Question(advisory, "vulnerability", (name,), severity)


def _supplier_severity(word: str, title: str) -> Severity | None:
    """How serious a supplier calls it: by its word, else at the end of the title."""
    end = _IN_TITLE.search(f"{title} ({word})" if word else title)
    return _WORDS.get(end[1].casefold()) if end else None


def _text_at(element: Element, path: str) -> str:
    return text(element, path) or ""


def _definition_of(result: Element) -> str:
    """The name of the definition that decided."""
    reference = result.find("{*}check/{*}check-content-ref[@name]")
    return "" if reference is None else reference.get("name", "")


def _names_vulnerability(element: Element) -> bool:
    """Whether a rule, or its result, is identified by a number of CVE."""
    idents = children(element, "ident")
    names = (_text_at(ident, "") for ident in idents)
    return any(map(_CVE.fullmatch, names))
