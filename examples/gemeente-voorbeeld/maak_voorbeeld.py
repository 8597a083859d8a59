"""Makes the files of the example municipality anew, with every date relative to one day: `maak_voorbeeld.py --as-of
2026-11-20`. The same day gives the same bytes. What the files hold stands in `vorm/*.yaml`; this script only knows how a
cell is written and how the long lists (training, tickets, access reviews, measurements, vulnerabilities) come about.

A cell in `vorm/` is text between bars. `@-45` is the date 45 days before the day (a weekend becomes the Friday before);
`@-45d` the same as text 31-12-2026, `@-45w` as "wo 4 mrt 2026". `12,5` is a number, `85%` a percentage, `~` is merged
with the cell above, `'5.10` is always text, and everything else is text as it stands.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
import yaml

HERE = Path(__file__).parent
DEFAULT_DAY = date(2026, 11, 20)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_DATE = re.compile(r"^@(-?\d+)([dw]?)$")
_NUMBER = re.compile(r"^-?\d+(?:,\d+)?$")
_PERCENTAGE = re.compile(r"^-?\d+(?:,\d+)?%$")
MERGED = "~"


@dataclass(frozen=True)
class Percentage:
    """A fraction that is shown as a percentage."""

    fraction: float


Cell = str | float | date | Percentage | None


def workday(day: date) -> date:
    """`day`, or the Friday before when it falls in a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def number(text: str) -> float:
    return float(text.replace(",", "."))


def cell(text: str, today: date) -> Cell:
    """What a cell of `vorm/` means on `today`."""
    text = text.strip()
    if not text:
        return None
    if match := _DATE.match(text):
        day = workday(today + timedelta(days=int(match[1])))
        if match[2] == "w":
            return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day:%d-%m-%Y}" if match[2] else day
    if _PERCENTAGE.match(text):
        return Percentage(round(number(text[:-1]) / 100, 6))
    if _NUMBER.match(text):
        return number(text)
    return text.removeprefix("'")


def rows_of(text: str, today: date) -> list[list[Cell]]:
    return [[cell(part, today) for part in line.split("|")] for line in text.strip().splitlines()]


def form(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((HERE / "vorm" / f"{name}.yaml").read_text("utf-8"))
    return content


# -- workbooks ----------------------------------------------------------------


def write_workbook(path: Path, sheets: list[dict[str, Any]], makers: dict[str, list[list[Cell]]], today: date) -> None:
    """Write one workbook; creation time and order are fixed, so that the bytes are."""
    workbook = xlsxwriter.Workbook(path)
    workbook.set_properties(
        {"author": "Gemeente Voorbeeld", "created": datetime(today.year, today.month, today.day), "comments": ""}
    )
    styles = {
        "title": workbook.add_format({"bold": True, "font_size": 13}),
        "head": workbook.add_format({"bold": True, "bg_color": "#D9E2EC", "border": 1, "text_wrap": True}),
        "date": workbook.add_format({"num_format": "dd-mm-yyyy"}),
        "percentage": workbook.add_format({"num_format": "0.0%"}),
        "merged": workbook.add_format({"valign": "top"}),
        "total": workbook.add_format({"bold": True, "top": 1}),
    }
    for sheet in sheets:
        rows = rows_of(sheet.get("rijen", ""), today) + makers.get(sheet.get("maken", ""), [])
        _write_sheet(workbook.add_worksheet(sheet["naam"]), sheet, rows, styles)
    workbook.close()


def _write_sheet(target: Any, sheet: dict[str, Any], rows: list[list[Cell]], styles: dict[str, Any]) -> None:
    line = 0
    for title in sheet.get("titel", []):
        target.write_string(line, 0, title, styles["title"])
        line += 1
    if "kop" not in sheet:
        return
    headers = [header.strip() for header in sheet["kop"].split("|")]
    target.write_row(line, 0, headers, styles["head"])
    target.freeze_panes(line + 1, 0)
    for column, header in enumerate(headers):
        widest = max([len(header), *(len(str(row[column])) for row in rows if column < len(row))])
        target.set_column(column, column, min(42, max(9, widest + 1)))
    first = line + 1
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != MERGED:
                _write_cell(target, first + index, column, value, styles)
    for top, bottom in _merged(rows):
        target.merge_range(first + top, 1, first + bottom, 1, rows[top][1], styles["merged"])
    _write_total(target, sheet.get("totaal", {}), first, len(rows), styles)


def _write_cell(target: Any, row: int, column: int, value: Cell, styles: dict[str, Any]) -> None:
    if isinstance(value, date):
        target.write_datetime(row, column, datetime(value.year, value.month, value.day), styles["date"])
    elif isinstance(value, Percentage):
        target.write_number(row, column, value.fraction, styles["percentage"])
    elif isinstance(value, float):
        target.write_number(row, column, value)
    elif value is not None:
        target.write_string(row, column, value)


def _merged(rows: list[list[Cell]]) -> Iterator[tuple[int, int]]:
    """First and last index of each run that is merged, in the second column: the only one where it is used."""
    top = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or len(rows[index]) < 2 or rows[index][1] != MERGED:
            if index - 1 > top:
                yield top, index - 1
            top = index


def _write_total(target: Any, total: dict[int, Any], first: int, count: int, styles: dict[str, Any]) -> None:
    """A last row with a word, and numbers or (for a column that is its own index) a sum."""
    for column, value in total.items():
        row = first + count
        if isinstance(value, str):
            target.write_string(row, column, value, styles["total"])
        elif value == column:
            letter = chr(ord("A") + column)
            target.write_formula(row, column, f"=SUM({letter}{first + 1}:{letter}{row})", styles["total"], 0)
        else:
            target.write_number(row, column, value, styles["total"])


# -- long lists ---------------------------------------------------------------


def quarters(today: date, count: int) -> list[date]:
    """The first days of the last `count` quarters, the newest (which `today` is in) last."""
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    found = [first]
    while len(found) < count:
        before = found[0] - timedelta(days=1)
        found.insert(0, date(before.year, before.month - 2, 1))
    return found


def months_back(today: date, count: int) -> date:
    """The first day of the month, `count` months before that of `today`, plus two days to gather the figures."""
    year, month = divmod(today.year * 12 + today.month - 1 - count, 12)
    return date(year, month + 1, 3)


def access_reviews(chance: random.Random, today: date) -> list[list[Cell]]:
    """Privileged rights every quarter, one system forgetting one; regular rights once a year, two systems never."""
    shape = form("toegang")
    rows: list[list[Cell]] = []
    for name, accounts, skipped in rows_of(shape["beheer"], today):
        for back, first in enumerate(reversed(quarters(today, 6))):
            day = workday(min(first + timedelta(days=chance.randint(20, 45)), today - timedelta(days=2)))
            if skipped != float(back):
                assert isinstance(accounts, float)
                revoked = float(chance.choice([0, 0, 1, 2]))
                rows.append([name, "bijzondere rechten", day, accounts, revoked, "Teammanager ICT"])
    for name, accounts, age, owner in rows_of(shape["gewoon"], today):
        assert isinstance(accounts, float)
        if isinstance(age, date):
            rows.append([name, "gebruikers", age, accounts, float(chance.randint(0, int(accounts) // 12)), owner])
    rows.sort(key=lambda row: (row[2], row[0]))
    return [*rows, *rows_of(shape["fout"], today)]


def devices(chance: random.Random, today: date) -> list[list[Cell]]:
    kinds = [
        ("srv", "virtuele server", "Servers", 18),
        ("lt", "laptop", "Werkplekken", 24),
        ("sw", "switch", "Beheer", 8),
    ]
    rows: list[list[Cell]] = []
    for prefix, kind, zone, count in kinds:
        for index in range(1, count + 1):
            name = {"srv": "srv-web-01" if index == 1 else f"srv-app-{index:02d}"}.get(prefix, f"{prefix}-{index:03d}")
            seen = workday(today - timedelta(days=420 if name == "lt-018" else chance.randint(20, 300)))
            level = "ja" if prefix == "sw" else None
            owner = "Teammanager ICT"
            rows.append(
                [
                    f"{prefix.upper()}{index:03d}",
                    name,
                    kind,
                    owner,
                    "2-2-2",
                    "nee",
                    "ja",
                    zone,
                    level,
                    "ja",
                    "nee",
                    "nee",
                    seen,
                ]
            )
    return rows


def mobile_devices(today: date) -> list[list[Cell]]:
    """The list of the system that manages telephones, tablets and laptops; one tablet is not encrypted."""
    groups = [("Telefoons medewerkers", 92), ("Tablets college en raad", 44), ("Handhelds handhaving", 22)]
    rows: list[list[Cell]] = []
    for group, count in [*groups, ("Tablets buitendienst", 22)]:
        for _ in range(count):
            encrypted = "nee" if len(rows) == 179 else "ja"
            name = f"mob-{len(rows) + 1:03d}"
            seen = workday(today - timedelta(days=12))
            rows.append([name, group, "nee", "ja", "ja", encrypted, "ja", "ja", "Teammanager ICT", seen])
    return rows


def months_of(today: date, count: Cell) -> Iterator[tuple[int, date]]:
    """The months up to now, the oldest first: how many ago, and the day of its figures."""
    assert isinstance(count, float)
    for back in range(int(count) - 1, -1, -1):
        yield back, min(workday(months_back(today, back)), today)


def measurements(today: date, shape: dict[str, Any]) -> list[list[Cell]]:
    """Every series, month by month up to its newest value; a share with the numbers that it is made of."""
    rows: list[list[Cell]] = []
    for metric, target, last, whole, count, step in rows_of(shape["aandelen"], today):
        assert isinstance(last, float)
        assert isinstance(whole, float)
        assert isinstance(step, float)
        for back, day in months_of(today, count):
            part = max(0.0, last - back * step)
            rows.append([metric, target, Percentage(part / whole), part, whole, "%", day])
    for metric, target, value, unit, day in numbers(today, shape["getallen"]):
        rows.append([metric, target, value, None, None, unit, day])
    rows.sort(key=lambda row: (str(row[6]), str(row[0])))
    return [*rows, *rows_of("ondertekende geheimhouding | stagiairs | 97% van 12 | | | % | @-20", today)]


def numbers(today: date, series: str) -> list[list[Cell]]:
    """Series of numbers without a whole, month by month up to the newest value."""
    rows: list[list[Cell]] = []
    for metric, target, last, count, step, unit in rows_of(series, today):
        assert isinstance(last, float)
        assert isinstance(step, float)
        for back, day in months_of(today, count):
            rows.append([metric, target, max(0.0, last - back * step), unit, day])
    rows.sort(key=lambda row: (str(row[4]), str(row[0])))
    return rows


# The lists of which a system tells how many there are: name of the population, form and sheet.
COUNTED = (
    ("leveranciers", "leverancierscontracten", "Leveranciers"),
    ("contracten", "leverancierscontracten", "Contracten"),
    ("offerteaanvragen", "leverancierscontracten", "Aanbestedingen"),
    ("processen", "bedrijfsmiddelen", "Processen"),
    ("internetsystemen", "bedrijfsmiddelen", "Internet"),
    ("cryptografie", "bedrijfsmiddelen", "Cryptografie"),
    ("verwerkingen", "registers", "Verwerkingen"),
    ("netwerkzones", "registers", "Netwerkzones"),
    ("koppelpunten", "registers", "Koppelpunten"),
    ("leverancierstoegang", "registers", "Toegang leveranciers"),
    ("back-ups", "registers", "Back-ups"),
    ("omgevingen", "registers", "Omgevingen"),
    ("detectieregels", "registers", "Detectieregels"),
    ("fysieke zones", "registers", "Gebouwzones"),
    ("voorzieningen", "registers", "Voorzieningen"),
    ("afgevoerde media", "registers", "Afgevoerde media"),
    ("systeemhulpmiddelen", "registers", "Hulpmiddelen"),
)


def sheet_rows(name: str, sheet: str, today: date) -> list[list[Cell]]:
    """The rows that stand written out in a sheet of a form."""
    return next(rows_of(each["rijen"], today) for each in form(name)["bladen"] if each["naam"] == sheet)


def control_counts(today: date, generated: dict[str, int]) -> list[list[Cell]]:
    """How many there are of each thing, as the system tells that holds them."""
    counts = {population: len(sheet_rows(name, sheet, today)) for population, name, sheet in COUNTED}
    counts["systemen"] = len(sheet_rows("bedrijfsmiddelen", "Systemen", today)) + generated["apparaten"]
    counts["logbronnen"] = len(sheet_rows("bedrijfsmiddelen", "Logbronnen", today)) + generated["logbronnen"]
    counts["mobiele apparaten"] = generated["mobiel"]
    shape = form("mensen")
    counts["bestuurders"] = shape["bestuur"]
    counts["gebruikers van mobiele apparaten"] = sum(
        shape[audience] for audience in ("bestuur", "management", "medewerkers", "extern")
    )
    day = workday(today - timedelta(days=25))
    return [["omvang van een populatie", name, float(count), day] for name, count in counts.items()]


def domain_scores(today: date, shape: dict[str, Any]) -> list[list[Cell]]:
    return [
        [domain, test, score, workday(today - timedelta(days=age))]
        for domain, test, *scores in rows_of(shape["domeinen"], today)
        for score, age in zip(scores, (335, 180, 20), strict=True)
    ]


MONTHLY = tuple(range(9, 340, 30))


def scans(chance: random.Random, today: date, device_rows: list[list[Cell]]) -> list[list[Cell]]:
    """Systems are scanned every quarter, what is on the internet every month; a few systems are left out."""
    internal = [row[1] for row in device_rows if str(row[1]).startswith("srv-app")][1:]
    own = [
        row[1]
        for row in sheet_rows("bedrijfsmiddelen", "Systemen", today)
        if row[2] in ("informatiesysteem", "cloudomgeving")
    ]
    domains = [row[0] for row in rows_of(form("systeemcijfers")["domeinen"], today)][:9]
    online = [*domains, "api.voorbeeld.example"]
    rows: list[list[Cell]] = []
    for names, ages in (([*internal, *own], (12,)), ([*online, "203.0.113.16", "203.0.113.17"], MONTHLY)):
        for name in names:
            for age in ages:
                found = float(chance.choice([0, 0, 1, 2, 3, 5]))
                rows.append(["kwetsbaarhedenscan", name, found, workday(today - timedelta(days=age))])
    return rows


def log_sources(today: date, device_rows: list[list[Cell]]) -> list[list[Cell]]:
    """Servers and switches send their logs."""
    rows: list[list[Cell]] = []
    names = [str(row[1]) for row in device_rows if str(row[1]).startswith(("srv", "sw"))]
    for index, name in enumerate(["Draadloos netwerk", *names], 20):
        seen = workday(today - timedelta(days=110))
        check = "elk kwartaal"
        rows.append([f"LB-{index}", name, "ja", "ja", check, 12.0, None, "Teammanager ICT", seen, "ja", "ja"])
    return rows


def moment(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(7, 30), AMSTERDAM) + timedelta(minutes=minutes)


Ticket = dict[str, Any]


def tickets(chance: random.Random, today: date) -> dict[str, Any]:
    """The export of the ticket system: in every kind most on time, some late, the newest still open; and cases with what
    followed on them."""
    shape = form("meldingen")
    items: list[Ticket] = []
    for kind in shape["soorten"]:
        for index in range(kind["aantal"]):
            back = 3 + (kind["aantal"] - index - 1) * 330 // kind["aantal"] + chance.randint(0, 4)
            items += _with_consequences(chance, shape, _ticket(chance, today, shape, kind, index, back), kind)
    for case in shape["gevallen"]:
        opened = moment(workday(today - timedelta(days=case["dagen"])), 120)
        items += _with_consequences(
            chance, shape, _case(chance, shape, case, opened, case["uren"], case["klaar"]), case
        )
    items.sort(key=lambda item: (item["aangemeld"], item["onderwerp"]))
    for sequence, item in enumerate(items, 1):
        item["nummer"] = f"M{item['aangemeld'][2:4]}-{sequence:04d}"
    for item in items:
        case = item.pop("geval", None)
        item["hoort_bij"] = case["nummer"] if case else None
    _spoil([item for item in items if item["soort"] == "Verzoek"])
    exported = moment(today, 0).isoformat()
    return {"export": {"systeem": "Meldpunt", "gemaakt": exported, "aantal": len(items)}, "meldingen": items}


def _spoil(requests: list[Ticket]) -> None:
    """What is wrong on purpose."""
    requests[1]["aangemeld"] = "onbekend"
    requests[3]["nummer"] = requests[2]["nummer"]
    requests[5]["prioriteit"] = "zeer spoedig"
    requests[7]["nummer"] = None


def _with_consequences(
    chance: random.Random, shape: dict[str, Any], case: Ticket, form_of_case: dict[str, Any]
) -> list[Ticket]:
    """A case and what followed on it, each a number of hours later."""
    followed = [case]
    for each in form_of_case.get("gevolgen", []):
        if each.get("behalve") not in case["kenmerken"]:
            opened = datetime.fromisoformat(case["aangemeld"]) + timedelta(hours=each["na"])
            consequence = _case(chance, shape, each, opened, each.get("uren", 168), each.get("duur", 1))
            followed.append(consequence | {"geval": case})
    return followed


def _case(
    chance: random.Random, shape: dict[str, Any], case: dict[str, Any], opened: datetime, hours: int, took: int
) -> Ticket:
    """A ticket as it stands in the form."""
    return {
        "nummer": "",
        "soort": case["soort"],
        "onderwerp": case["onderwerp"],
        "categorie": "Informatiebeveiliging",
        "prioriteit": case.get("prioriteit", "P3"),
        "aangemeld": opened.isoformat(),
        "bekend_sinds": opened.isoformat(),
        "streefdatum": (opened + timedelta(hours=hours)).isoformat(),
        "gereed": (opened + timedelta(hours=took)).isoformat(),
        "status": {"naam": "afgesloten"},
        "kenmerken": case.get("labels", []),
        "oorzaak": case.get("oorzaak"),
        "systeem": case.get("systeem", shape["systemen"][0]),
        "stap": case.get("stap"),
        "behandelaar": {"team": chance.choice(shape["teams"])},
    }


def _ticket(
    chance: random.Random, today: date, shape: dict[str, Any], kind: dict[str, Any], index: int, back: int
) -> Ticket:
    opened = moment(workday(today - timedelta(days=back)), chance.randint(0, 540))
    due = opened + timedelta(hours=kind["uren"])
    late = chance.random() > kind["op_tijd"]
    took = timedelta(hours=kind["uren"] * (chance.uniform(1.2, 1.9) if late else chance.uniform(0.1, 0.9)))
    is_open = index >= kind["aantal"] - kind["open"] or opened + took > moment(today, 0)
    labels = [name for name, odds in kind.get("labels", {}).items() if chance.random() < odds]
    if "afwisselend" in kind:
        labels += kind["afwisselend"][index % len(kind["afwisselend"])]
    causes = kind.get("oorzaken", [])
    system = chance.choice(shape["systemen"])
    cause = f"{causes[index % len(causes)]} ({system})" if causes and not is_open else None
    category = kind.get("categorie", "Informatiebeveiliging" if chance.random() < 0.97 else None)
    subject = chance.choice(kind["onderwerpen"])
    for label, categories in kind.get("categorieen", {}).items():
        if label in labels:
            category = subject = categories[index % len(categories)]
    return {
        "nummer": "",
        "soort": kind["soort"],
        "onderwerp": subject,
        "categorie": category,
        "prioriteit": kind["prioriteiten"][index % len(kind["prioriteiten"])],
        "aangemeld": opened.isoformat(),
        "bekend_sinds": opened.isoformat(),
        "streefdatum": due.isoformat(),
        "gereed": None if is_open else (opened + took).isoformat(timespec="seconds"),
        "status": {"naam": "in behandeling" if is_open else "afgesloten"},
        "kenmerken": labels,
        "oorzaak": cause,
        "systeem": system,
        "stap": None,
        "behandelaar": {"team": chance.choice(shape["teams"])},
    }


@dataclass(frozen=True)
class Person:
    number: str
    name: str
    audience: str
    employed: date
    new: bool


def people(chance: random.Random, today: date) -> list[Person]:
    shape = form("mensen")
    found: list[Person] = []
    for audience in ("bestuur", "management", "medewerker", "extern"):
        for _ in range(shape[{"medewerker": "medewerkers"}.get(audience, audience)]):
            new = audience == "medewerker" and chance.random() < 0.14
            days = chance.randint(10, 300) if new else chance.randint(500, 6000)
            name = f"{chance.choice(shape['voornamen'])} {chance.choice(shape['achternamen'])}"
            employed = workday(today - timedelta(days=days))
            found.append(Person(f"P{10001 + len(found)}", name, audience, employed, new))
    return found


def trainings(chance: random.Random, today: date) -> list[list[str]]:
    """Who did which course; most did, some are late, a few never started."""
    rows: list[list[str]] = []

    def add(person: Person, course: str, share: float, within: int, result: str = "Voldoende") -> None:
        start = person.employed if person.new else today - timedelta(days=within)
        room = max(1, min(within, (today - start).days - 1))
        done = workday(start + timedelta(days=chance.randint(1, room)))
        is_late = chance.random() >= share
        if is_late and not person.new:  # who did not come this year came last year
            done = workday(max(person.employed + timedelta(days=30), done - timedelta(days=400)))
        finished = done >= person.employed and not (is_late and person.new)
        rows.append(
            [
                person.number,
                person.name,
                person.audience.title(),
                course,
                f"{person.employed:%d-%m-%Y}",
                f"{done.day}-{done.month}-{done:%Y}" if finished else "",
                result if finished else "Niet gestart",
            ]
        )

    everyone = people(chance, today)
    for person in everyone:
        share = {"bestuur": 1.0, "management": 1.0, "medewerker": 0.96, "extern": 0.85}[person.audience]
        add(person, "Training i-bewustzijn", 1.0 if person.new else share, 60 if person.new else 320)
        if person.new:
            add(person, "Introductie informatiebeveiliging", 1.0, 25)
        if person.audience == "bestuur":
            add(person, "Cybertraining bestuurders", 1.0, 90)
        term = 60 if person.new else 340
        add(person, "Gedragscode", 1.0, term, "Afgerond")
        add(person, "Meldprocedure", 1.0, term, "Afgerond")
        add(person, "Bruikleenovereenkomst", 1.0, term, "Afgerond")
        add(person, "Veilig mobiel werken", 0.95, term)
    for person in everyone[2::4]:
        add(person, "Phishingtest", 1.0, 200, chance.choice(["Gemeld", "Gemeld", "Niet geklikt", "Geklikt"]))
    tests = [row for row in rows if row[3] == "Phishingtest"]
    tests[3][5] = "voor de zomer"  # what is wrong on purpose
    tests[9][0] = ""
    rows.append(list(tests[12]))
    return rows


def vulnerabilities(chance: random.Random, today: date) -> list[list[str]]:
    shape = form("kwetsbaarheden")
    rows: list[list[str]] = []
    for index in range(shape["aantal"]):
        severity = shape["ernst"][index % len(shape["ernst"])]
        title = shape["titels"][index % len(shape["titels"])]
        seen = workday(today - timedelta(days=2 + (shape["aantal"] - index) * 320 // shape["aantal"]))
        limit = shape["dagen"][severity]
        days = chance.randint(1, limit) if chance.random() < 0.93 else limit + chance.randint(2, 20)
        solved = seen + timedelta(days=days)
        is_open = solved >= today or index >= shape["aantal"] - 3
        host = shape["systemen"][index % len(shape["systemen"])]
        score = {"Critical": 9.1, "High": 7.5, "Medium": 5.3, "Low": 3.1}[severity] + chance.randint(0, 5) / 10
        rows.append(
            [
                f"VS-{20000 + index * 7}",
                host,
                title,
                severity,
                f"{score:.1f}".replace(".", ","),
                seen.isoformat(),
                (seen + timedelta(days=limit)).isoformat(),
                "" if is_open else solved.isoformat(),
                "open" if is_open else "fixed",
            ]
        )
    return rows


def write_csv(path: Path, header: list[str], rows: list[list[str]], encoding: str, delimiter: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def date_lynis_report(path: Path, source: Path, today: date) -> None:
    """The report is a real one; only the moments in it move along."""
    day = workday(today - timedelta(days=6))
    text = source.read_text("utf-8")
    text = re.sub(r"(?m)^(report_datetime_(?:start|end))=\S+", rf"\1={day.isoformat()}", text)
    path.write_bytes(text.encode())


def make(folder: Path, today: date) -> None:
    """Write every file of the example, as of `today`, into `folder`."""
    (folder / "lynis").mkdir(parents=True, exist_ok=True)
    chance = random.Random(20181130)  # the day the principles were adopted
    shape = form("metingen")
    device_rows = devices(chance, today)
    mobile = mobile_devices(today)
    log_rows = log_sources(today, device_rows)
    generated = {"apparaten": len(device_rows), "logbronnen": len(log_rows), "mobiel": len(mobile)}
    counted = form("systeemcijfers")
    makers = {
        "toegangscontroles": access_reviews(chance, today),
        "apparaten": device_rows,
        "logbronnen": log_rows,
        "mobiel": mobile,
        "scans": scans(chance, today, device_rows),
        "maandcijfers": measurements(today, shape),
        "controletellingen": control_counts(today, generated),
        "internetnl": domain_scores(today, counted),
        "tellingen": numbers(today, counted["tellingen"]),
    }
    books = (
        "bedrijfsmiddelen beleidsregister besluiten bevindingen leverancierscontracten metingen oefeningen registers"
    )
    for name in (*books.split(), "risicoregister", "systeemcijfers", "toegang", "vvt", "zelfbeoordeling"):
        content = form(name)
        write_workbook(folder / content["bestand"], content["bladen"], makers, today)
    export = json.dumps(tickets(chance, today), ensure_ascii=False, indent=1)
    (folder / "tickets.json").write_bytes(export.encode())
    header = ["Personeelsnummer", "Naam", "Doelgroep", "Training", "In dienst", "Afgerond op", "Resultaat"]
    write_csv(folder / "training.csv", header, trainings(chance, today), "cp1252", ";")
    header = ["ID", "Host", "Titel", "Severity", "CVSS", "First seen", "Due", "Resolved", "State"]
    write_csv(folder / "kwetsbaarheden.csv", header, vulnerabilities(chance, today), "utf-8", ",")
    date_lynis_report(folder / "lynis" / "srv-web-01.dat", HERE / "bronnen" / "lynis" / "srv-web-01.dat", today)


def main() -> None:
    parser = argparse.ArgumentParser(description="Maakt de bestanden van de voorbeeldgemeente opnieuw.")
    parser.add_argument("--as-of", type=date.fromisoformat, default=DEFAULT_DAY, help="dag waarop het voorbeeld speelt")
    parser.add_argument("--folder", type=Path, default=HERE / "bronnen", help="map waarin de bestanden komen")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.as_of)
    if arguments.folder == HERE / "bronnen":
        (HERE / "beoordeeld-per.txt").write_text(f"{arguments.as_of.isoformat()}\n", "utf-8")


if __name__ == "__main__":
    main()
