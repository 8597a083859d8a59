"""Every connector with something realistic to read: report files from the tests of each connector, and for a system on the
network its loopback double. A scenario also says which test of the rules its evidence must answer, and how.

What lies in the files and what the doubles answer is theirs; that it comes through the pipeline is the test's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.connectors import incidents, secret_words
from tests.connectors.documents import FRONT, write_docx, write_odt, write_pdf
from tests.connectors.doubles import (
    ciso_assistant,
    defectdojo,
    described,
    internet_nl,
    microsoft_graph,
    moodle,
    wazuh,
    webdav,
)
from tests.connectors.faults import FaultServer
from tests.connectors.loopback import serving
from tests.connectors.report_files import DATA, REAL_LYNIS
from tests.connectors.vendors import DOUBLES, Double, Glpi, JiraDataCenter, Ticket, World
from tests.flows.municipality import HEADER, ROWS, write_register

SECRETS: dict[str, str] = {
    **secret_words.SECRETS,
    **webdav.SECRETS,
    **wazuh.SECRETS,
    **internet_nl.SECRETS,
    "MOODLE_TOKEN": moodle.TOKEN,
    "CISO_ASSISTANT_TOKEN": ciso_assistant.TOKEN,
    "MELDPUNT_TOKEN": described.SECRET,
    "ENSIA_PSEUDONYM_KEY": "een lange willekeurige tekst voor de proef",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One source of an organisation that has nothing else. `settings` are its own, `{address}` that of the server that
    `serve` starts; `files` fills the folder. `answers`: test or indicator of the rules → its result or colour."""

    name: str
    connector: str
    answers: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    files: Callable[[Path], object] = lambda folder: None
    serve: Callable[[], AbstractContextManager[Any]] = nullcontext
    rejected: int = 0

    def write(self, folder: Path, address: str) -> None:
        """The folder of the organisation, with its `ensia.yaml`."""
        folder.mkdir()
        self.files(folder)
        source = yaml.safe_load(yaml.safe_dump(self.settings, allow_unicode=True).replace("{address}", address))
        source |= {"id": self.name, "connector": self.connector}
        content = {"organisation": {"id": self.name, "name": self.name}, "sources": [source]}
        (folder / "ensia.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def copied(*names: str) -> Callable[[Path], object]:
    return lambda folder: [shutil.copy(DATA / name, folder / name) for name in names]


def openkat(folder: Path) -> None:
    """A report that does not say when it was made, with a file that does."""
    copied("openkat_findings.json")(folder)
    seconds = datetime(2026, 11, 18, 12).timestamp()
    os.utime(folder / "openkat_findings.json", (seconds, seconds))


def openscap_of_july(folder: Path) -> None:
    """What this report found is open for longer than it may be."""
    text = (DATA / "xccdf_results.xml").read_text("utf-8")
    (folder / "july.xml").write_text(text.replace("2026-11-18", "2026-07-18"), "utf-8")


def written(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text, "utf-8")


def tickets() -> list[Ticket]:
    """Six incidents of October and November 2026, each closed within its two days, but for two that are still open."""
    made = []
    for number in range(1, 7):
        opened = datetime(2026, 10, 1, 9) + timedelta(days=7 * number)
        closed = opened + timedelta(hours=20) if number % 3 else None
        state = "closed" if closed else "in_progress"
        due = opened + timedelta(days=2)
        priority = ("critical", "high", "medium", "low")[number % 4]
        made.append(Ticket(number, f"Melding {number}", priority, state, opened, closed or opened, closed, due))
    return made


def ticketing(double: type[Double]) -> Scenario:
    """A ticketing system, with the settings that its double needs."""
    made = double(World(tickets()))
    resources = {"resources": ["tickets"], "app_token": "APP"} if double is Glpi else made.settings
    return Scenario(
        double.connector.name.replace("_", "-"),
        double.connector.name,
        {"5.26.02-werking-alle-open": "pass", "5.25-bestaan-beoordeeld": "pass"},
        {"address": "{address}", "user": "GEBRUIKER", "token": "TOKEN", "at_once": 1, **resources},
        serve=lambda: FaultServer(made.reply, counts=made.counts),
    )


def policies(folder: Path) -> None:
    beleid = folder / "beleid"
    write_docx(beleid / "ib-beleid.docx", FRONT)
    write_odt(beleid / "back-up.odt", FRONT[1:6], title="Back-upbeleid")
    write_pdf(beleid / "hardening.pdf", ["Versie: 1.2", "Vastgesteld op: 4 mei 2026"], title="Hardeningsbaseline")


PEOPLE = (
    "Personeelsnummer;Functie;Training;Afgerond op;Resultaat\n"
    "P0011;medewerker;I-bewustzijn;15-03-2026;geslaagd\n"
    "P0012;medewerker;I-bewustzijn;;niet gedaan\n"
    "P0013;bestuur;bestuurderstraining;01-04-2026;geslaagd\n"
)
AUDIT = (DATA / "oscal_ar.json").read_text("utf-8").replace("2026-12-01T00:00:00+01:00", "2026-11-01T00:00:00+01:00")

FILES = (
    Scenario(
        "spreadsheet", "spreadsheet", {"5.01.02-opzet-herziening": "pass", "5.36.01-opzet-rapportage": "pass"},
        {"file": "beleid.xlsx", "kind": "document", "key": ["title"],
         "columns": dict(zip(["title", "topic", "state", "adopted_on", "review_due", "owner"], HEADER, strict=True))},
        files=lambda folder: write_register(folder / "beleid.xlsx", ROWS),
    ),
    Scenario(
        "hr-csv", "spreadsheet", {"6.03.01-bestaan-getraind": "fail", "5.04.01-bestaan-bestuur": "partial"},
        {"file": "training.csv", "kind": "training", "key": ["subject", "course"], "personal_data": True,
         "columns": {"subject": "Personeelsnummer", "audience": "Functie", "course": "Training",
                     "completed_on": "Afgerond op", "result": "Resultaat"}},
        files=written("training.csv", PEOPLE),
    ),
    Scenario(
        "json-export", "json_export", {"5.26.02-werking-ernstig-open": "partial"}, incidents.SETTINGS,
        files=lambda folder: incidents.written(folder, incidents.wrapped(incidents.INCIDENT)),
    ),
    Scenario(
        "policy-folder", "policy_folder",
        {"5.01.01-opzet-beleid-vastgesteld": "pass", "8.9-opzet-baseline": "pass", "8.13.01-opzet-beleid": "pass"},
        {"folder": "beleid"}, files=policies,
    ),
    Scenario("greenbone-xml", "greenbone", {"8.08.01-bestaan-open": "pass"}, {"file": "*.xml"}, copied("greenbone.xml")),
    Scenario(
        "greenbone-csv", "greenbone", {"8.08.01-bestaan-open": "pass"}, {"file": "*.csv"}, copied("greenbone.csv"),
    ),
    Scenario("nessus", "nessus", {"8.08.01-bestaan-open": "pass"}, {"file": "*.nessus"}, copied("nessus_dmz.nessus")),
    Scenario("nessus-csv", "nessus", {"8.08.01-bestaan-open": "pass"}, {"file": "*.csv"}, copied("nessus_dmz.csv")),
    Scenario(
        "openscap", "openscap", {"8.9-bestaan-score": "fail"}, {"file": "*.xml"}, copied("xccdf_results.xml"),
    ),
    Scenario("openscap-july", "openscap", {"8.9-werking-afwijkingen": "fail"}, {"file": "*.xml"}, openscap_of_july),
    Scenario(
        "lynis", "lynis", {"8.9-bestaan-score": "fail"}, {"file": "*.dat"},
        files=lambda folder: shutil.copy(REAL_LYNIS, folder / REAL_LYNIS.name),
    ),
    Scenario("trivy", "trivy", {"8.08.01-bestaan-open": "pass"}, {"file": "*.json"}, copied("trivy_website.json")),
    Scenario("openkat", "openkat", {"8.08.01-bestaan-open": "partial"}, {"file": "*.json"}, openkat),
    Scenario(
        "sarif", "sarif", {"8.25-bestaan-scan": "pass", "8.25-werking-scan": "fail", "8.28-werking-scan": "fail"},
        {"file": "*.sarif"}, copied("scan.sarif"),
    ),
    Scenario(
        "ocsf", "ocsf", {"8.08.01-werking-kwetsbaarheden": "fail", "8.9-bestaan-score": "fail"},
        {"file": "*.jsonl"}, copied("ocsf.jsonl"),
    ),
    Scenario("oscal-results", "oscal_results", {"P10.1": "fail"}, {"file": "*.json"}, written("audit.json", AUDIT)),
    Scenario(
        "internet-nl-file", "internet_nl", {"5.14.01-werking-web": "fail"}, {"file": "*.json"},
        copied("internet_nl_web.json"), rejected=1,
    ),
)  # fmt: skip

GRAPH = {"tenant": "gemeente.example", "address": "{address}/v1.0", "login_address": "{address}"}
DEFENDER = {
    "tenant": "gemeente.example",
    "read": ["defender"],
    "defender_address": "{address}",
    "login_address": "{address}",
}
NETWORK = (
    Scenario(
        "rest", "rest", {"5.25-bestaan-beoordeeld": "pass"}, described.described("{address}"),
        serve=lambda: FaultServer(described.reply),
    ),
    Scenario(
        "defectdojo", "rest", {"8.08.01-bestaan-open": "partial"}, {"address": "{address}", **defectdojo.SYSTEM},
        serve=lambda: FaultServer(defectdojo.reply),
    ),
    Scenario(
        "ciso-assistant", "ciso_assistant", {"5.15.01-opzet-beleid": "pass"},
        {"address": "{address}", "frameworks": {"BIO2": "bio2-1.3"}},
        serve=lambda: serving(ciso_assistant.api),
    ),
    Scenario(
        "internet-nl", "internet_nl", {"5.14.01-werking-web": "fail", "5.14.01-werking-mail": "fail"},
        {"address": "{address}/api/batch/v2", "request": "gemeente"},
        serve=lambda: serving(internet_nl.batch_api),
    ),
    Scenario(
        "wazuh", "wazuh", {"8.08.01-bestaan-open": "partial", "8.9-bestaan-score": "pass"},
        {part: {"address": "{address}", "user": "W_USER", "token": "W_PASSWORD"} for part in ("server", "indexer")},
        serve=lambda: serving(wazuh.Wazuh()),
    ),
    Scenario(
        "microsoft-graph", "microsoft_graph", {"5.17.01-bestaan-mfa": "fail", "5.17.01-bestaan-mfa-beheer": "fail"}, GRAPH,
        serve=lambda: serving(microsoft_graph.graph(microsoft_graph.USERS, [microsoft_graph.SCORE])),
    ),
    Scenario(
        "microsoft-intune", "microsoft_graph", {}, {**GRAPH, "read": ["devices"]},
        serve=lambda: serving(microsoft_graph.graph([], [], devices=[microsoft_graph.device(number) for number in range(5)])),
    ),
    Scenario(
        "microsoft-defender", "microsoft_graph",
        {"8.08.01-bestaan-open": "partial"}, DEFENDER,
        serve=lambda: serving(microsoft_graph.defender(microsoft_graph.MACHINES, microsoft_graph.WEAKNESSES)),
    ),
    Scenario(
        "moodle", "moodle", {"6.03.01-bestaan-getraind": "fail", "6.03.02-bestaan-allen": "fail"},
        {"address": "{address}", "courses": {7: "awareness"}, "audiences": {"College": "board"}, "personal_data": True},
        serve=lambda: serving(moodle.Moodle()),
    ),
    Scenario(
        "webdav", "webdav", {"5.18.02-bestaan-controle": "pass"},
        {"address": f"{{address}}{webdav.FOLDER}", "files": "Controles*", "spreadsheet": webdav.SPREADSHEET},
        serve=lambda: serving(webdav.dav(list(webdav.FILES))),
    ),
    Scenario(
        "sharepoint", "sharepoint", {"5.18.02-bestaan-controle": "pass"},
        {**GRAPH, "site": "127.0.0.1:/sites/ib", "folder": "Interne audit", "files": "*.xlsx",
         "spreadsheet": webdav.SPREADSHEET},
        serve=lambda: serving(webdav.sharepoint("127.0.0.1")),
    ),
)  # fmt: skip

DATA_CENTER = replace(
    ticketing(JiraDataCenter),
    name="jira-data-center",
    connector="rest",
    settings={**ticketing(JiraDataCenter).settings, "system": "jira_data_center"},
)
SCENARIOS = (*FILES, *NETWORK, *(ticketing(double) for double in DOUBLES), DATA_CENTER)
