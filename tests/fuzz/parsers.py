"""The parsers that are tried: every connector that reads a file or an answer, with what it is told, what its inputs begin as, how
they are changed by one who knows the format, and who else reads that format."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.base import Connector, Context
from connectors.ciso_assistant import CisoAssistantConnector
from connectors.greenbone import GreenboneConnector
from connectors.internet_nl import InternetNlConnector
from connectors.json_export import JsonExportConnector
from connectors.lynis import LynisConnector
from connectors.microsoft_graph import MicrosoftGraphConnector
from connectors.moodle import MoodleConnector
from connectors.nessus import NessusConnector
from connectors.ocsf import OcsfConnector
from connectors.openkat import OpenkatConnector
from connectors.openscap import OpenscapConnector
from connectors.oscal_results import OscalResultsConnector
from connectors.policy_folder import PolicyFolderConnector
from connectors.rest import JiraConnector, RedmineConnector, ServicenowConnector, TopdeskConnector
from connectors.sarif import SarifConnector
from connectors.spreadsheet import SpreadsheetConnector
from connectors.trivy import TrivyConnector
from connectors.wazuh import WazuhConnector
from models.record import Payload
from tests.connectors.incidents import INCIDENT, SETTINGS, wrapped
from tests.connectors.workbooks import REVIEWS
from tests.fuzz import answers, corpus, odd
from tests.fuzz import second_readings as second
from tests.fuzz.changes_of_bytes import damaged
from tests.fuzz.changes_of_json import changed_json
from tests.fuzz.changes_of_packages import ChangedPackage
from tests.fuzz.changes_of_pdf import changed_pdf
from tests.fuzz.changes_of_tables import changed_csv, changed_lines
from tests.fuzz.changes_of_xml import changed_xml
from tests.fuzz.comparison import Compared
from tests.fuzz.corpus_of_pdf import small_pdf

Change = Callable[[bytes, random.Random], bytes]
_FOLDER = Path("/bronnen")
_AS_OF = date(2026, 11, 20)
MOMENT = datetime(2026, 11, 20, 1)
_AWARE_SHARE = 0.65
_ALSO_DAMAGED = 0.08
_SERVER = {"address": "https://bron.example"}


@dataclass(frozen=True)
class Whole:
    """A file of the corpus: its name, and its bytes before anything is changed."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Input:
    """What a parser is given. `is_aware`: it was changed by one who knows the format."""

    name: str
    content: bytes
    is_aware: bool


@dataclass(frozen=True)
class Parser:
    """One reader. `asked`: what the night asks it of a payload before it reads. `is_answer`: its bytes are an answer and no file.
    `shown` and `difference`: the second reading, `compared`: how the records are held against it."""

    name: str
    connector: type[Connector]
    settings: dict[str, Any]
    wholes: Callable[[], list[Whole]]
    change: Change
    asked: str = ""
    is_answer: bool = False
    shown: second.Reading | None = None
    difference: second.Difference | None = None
    compared: Compared = field(default_factory=Compared)

    @cached_property
    def corpus(self) -> list[Whole]:
        return self.wholes()

    def input(self, seed: int, number: int) -> Input:
        """The input with this number, the same every time."""
        chance = random.Random(f"{seed} {self.name} {number}")
        whole = chance.choice(self.corpus)
        others = [other.content for other in self.corpus]
        if chance.random() >= _AWARE_SHARE:
            return Input(whole.name, damaged(whole.content, others, chance), is_aware=False)
        content = self.change(whole.content, chance)
        if chance.random() < _ALSO_DAMAGED:
            content = damaged(content, others, chance)
        return Input(whole.name, content, is_aware=True)

    def made(self) -> Connector:
        """The connector, with its settings."""
        context = Context("gemeente-voorbeeld", "bron", _FOLDER, _AS_OF)
        return self.connector(self.connector.Settings.model_validate(self.settings), context)

    def payload(self, name: str, content: bytes, file: Path) -> Payload:
        """The payload as the night hands it over: an answer as bytes, a file on disk."""
        if self.is_answer:
            return Payload(
                name, "application/json", content=content, address="https://bron.example/lijst", moment=MOMENT
            )
        file.write_bytes(content)
        return Payload(name, "application/octet-stream", path=file, moment=MOMENT, dated_by="file")


def _fixtures(*names: str) -> Callable[[], list[Whole]]:
    return lambda: [Whole(name, corpus.fixture(name)) for name in names]


def _answers(*documents: answers.Answers) -> Callable[[], list[Whole]]:
    return lambda: [Whole(name, answers.written(document)) for each in documents for name, document in each.items()]


def _named(name: str, *makers: Callable[[], bytes]) -> Callable[[], list[Whole]]:
    return lambda: [Whole(name, maker()) for maker in makers]


def _json_report(name: str, connector: type[Connector], wholes: Callable[[], list[Whole]], **more: Any) -> Parser:
    settings = more.pop("settings", {"file": "*"})
    return Parser(name, connector, settings, wholes, changed_json, "subject_of", shown=second.json_shown,
                  difference=second.json_difference, **more)  # fmt: skip


def _xml_report(name: str, connector: type[Connector], *fixtures: str) -> Parser:
    return Parser(name, connector, {"file": "*"}, _fixtures(*fixtures), changed_xml, "subject_of", shown=second.xml_shown,
                  difference=second.xml_difference)  # fmt: skip


def _csv(
    name: str,
    connector: type[Connector],
    settings: dict[str, Any],
    wholes: Callable[[], list[Whole]],
    asked: str,
    **more: Any,
) -> Parser:
    return Parser(name, connector, settings, wholes, changed_csv, asked, shown=second.csv_shown, **more)


def _answer(
    name: str, connector: type[Connector], settings: dict[str, Any], documents: answers.Answers, **more: Any
) -> Parser:
    return Parser(name, connector, settings, _answers(documents), changed_json, is_answer=True, shown=second.json_shown,
                  difference=second.json_difference, **more)  # fmt: skip


def _package(name: str, connector: type[Connector], settings: dict[str, Any], wholes: Callable[[], list[Whole]], main: tuple[str, ...],
             shown: second.Reading, asked: str = "", **more: Any) -> Parser:  # fmt: skip
    return Parser(name, connector, settings, wholes, ChangedPackage(main, odd.PLACES), asked, shown=shown, **more)


_TICKETS = {
    "kind": "ticket",
    "key": ["title"],
    "columns": {
        "title": "Nummer",
        "ticket_type": "Soort",
        "opened_at": "Gemeld",
        "resolved_at": "Opgelost",
        "priority": "Prioriteit",
        "labels": "Labels",
    },
}
_SHEETS = ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml")
_REVIEWS_COMPARED = Compared(numbers=("accounts_reviewed",), is_exact=False, of_a_row=True)
_NO_NUMBERS = Compared(numbers=())
_OF_SYSTEMS = Compared(made=("url",))
_FRAMEWORKS = {"frameworks": {"BIO2": "bio2-1.3"}}

PARSERS: dict[str, Parser] = {parser.name: parser for parser in (
    _csv("csv", SpreadsheetConnector, {**REVIEWS, "file": "a.csv"},
         _named("a.csv", corpus.reviews_csv, corpus.titled_csv), "saved", compared=_REVIEWS_COMPARED),
    _csv("csv_tickets", SpreadsheetConnector, {**_TICKETS, "file": "a.csv"}, _named("a.csv", corpus.tickets_csv), "saved",
         compared=Compared(of_a_row=True)),
    Parser("json_export", JsonExportConnector, {**SETTINGS, "file": "a.json"},
           _named("a.json", lambda: answers.written(wrapped(INCIDENT, INCIDENT))), changed_json, shown=second.json_shown,
           difference=second.json_difference),
    _json_report("sarif", SarifConnector, _fixtures("scan.sarif")),
    _xml_report("nessus", NessusConnector, "nessus_dmz.nessus"),
    _csv("nessus_csv", NessusConnector, {"file": "*"}, _fixtures("nessus_dmz.csv"), "subject_of"),
    _xml_report("greenbone", GreenboneConnector, "greenbone.xml"),
    _csv("greenbone_csv", GreenboneConnector, {"file": "*"}, _fixtures("greenbone.csv"), "subject_of"),
    _xml_report("openscap", OpenscapConnector, "xccdf_results.xml"),
    Parser("lynis", LynisConnector, {"file": "*"}, _named("srv-web-01.dat", corpus.lynis), changed_lines, "subject_of",
           shown=second.lines_shown, compared=_NO_NUMBERS),
    _json_report("ocsf", OcsfConnector, _fixtures("ocsf.jsonl")),
    _json_report("oscal_results", OscalResultsConnector, _fixtures("oscal_ar.json")),
    _json_report("trivy", TrivyConnector, _fixtures("trivy_website.json")),
    _json_report("openkat", OpenkatConnector, lambda: [Whole("a.json", corpus.fixture("openkat_findings.json")),
                                                       Whole("a.json", answers.written(answers.OPENKAT_VULNERABILITIES))]),
    _json_report("internet_nl", InternetNlConnector, lambda: [Whole("a.json", corpus.fixture("internet_nl_web.json")),
                                                              Whole("a.json", answers.written(answers.FIRST_INTERNET_NL))],
                 compared=Compared(numbers=("value",))),
    _csv("internet_nl_csv", InternetNlConnector, {"file": "*"}, _named("web 2026-11-16.csv", corpus.internet_nl_csv), "subject_of",
         compared=_NO_NUMBERS),
    _answer("moodle", MoodleConnector, {**_SERVER, "courses": {7: "awareness"}, "audiences": {"College": "board"}}, answers.MOODLE),
    _answer("wazuh", WazuhConnector, {"server": _SERVER, "indexer": _SERVER}, answers.WAZUH),
    _answer("ciso_assistant", CisoAssistantConnector, {**_SERVER, **_FRAMEWORKS}, answers.CISO_ASSISTANT),
    _answer("microsoft_graph", MicrosoftGraphConnector, {"tenant": "gemeente.example"}, answers.MICROSOFT_GRAPH),
    _answer("topdesk", TopdeskConnector, {**_SERVER, "resources": ["incidents"]}, answers.TOPDESK, compared=_OF_SYSTEMS),
    _answer("jira", JiraConnector, _SERVER, answers.JIRA, compared=_OF_SYSTEMS),
    _answer("redmine", RedmineConnector, _SERVER, answers.REDMINE, compared=_OF_SYSTEMS),
    _answer("servicenow", ServicenowConnector, {**_SERVER, "resources": ["incidents"]}, answers.SERVICENOW, compared=_OF_SYSTEMS),
    _package("xlsx", SpreadsheetConnector, {**REVIEWS, "file": "a.xlsx"},
             lambda: [Whole("a.xlsx", content) for content in corpus.workbooks()], _SHEETS, second.xlsx_shown, "saved", compared=_REVIEWS_COMPARED),
    _package("ods", SpreadsheetConnector, {**REVIEWS, "file": "a.ods"},
             lambda: [Whole("a.ods", content) for content in corpus.open_documents()], ("content.xml",), second.ods_shown, "saved",
             compared=_REVIEWS_COMPARED),
    _package("internet_nl_xlsx", InternetNlConnector, {"file": "*"}, _named("web 2026-11-16.xlsx", corpus.internet_nl_workbook), _SHEETS,
             second.xlsx_shown, "subject_of", compared=_NO_NUMBERS),
    _package("docx", PolicyFolderConnector, {"folder": "."}, _named("beleid v2.1.docx", corpus.small_docx), ("word/document.xml",),
             second.docx_shown),
    _package("odt", PolicyFolderConnector, {"folder": "."}, _named("beleid v2.1.odt", corpus.small_odt), ("content.xml", "meta.xml"),
             second.open_document_shown),
    Parser("pdf", PolicyFolderConnector, {"folder": "."},
           lambda: [Whole("beleid.pdf", small_pdf("Beleid", corpus.LINES)),
                    Whole("beleid.pdf", small_pdf("Beleid", corpus.LINES, pages=3))], changed_pdf,
        shown=second.pdf_shown, compared=Compared(numbers=(), only_ascii=True)),
)}  # fmt: skip
