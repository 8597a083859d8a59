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
        ("srv", "virtuele server", "datacenter", 18),
        ("lt", "laptop", "werkplek", 24),
        ("sw", "switch", "netwerk", 8),
    ]
    rows: list[list[Cell]] = []
    for prefix, kind, zone, count in kinds:
        for index in range(1, count + 1):
            name = {"srv": "srv-web-01" if index == 1 else f"srv-app-{index:02d}"}.get(prefix, f"{prefix}-{index:03d}")
            seen = workday(today - timedelta(days=chance.randint(20, 300) if index % 9 else 420))
            critical = "ja" if prefix == "srv" and index % 3 == 0 else "nee"
            rows.append(
                [
                    f"{prefix.upper()}{index:03d}",
                    name,
                    kind,
                    "Teammanager ICT",
                    "2-2-2",
                    critical,
                    "ja",
                    zone,
                    "ja",
                    seen,
                ]
            )
    return rows


def measurements(today: date, shape: dict[str, Any]) -> list[list[Cell]]:
    """Every series, month by month up to its newest value."""
    rows: list[list[Cell]] = []
    for metric, target, last, count, step, unit in rows_of(shape["reeksen"], today):
        assert isinstance(count, float)
        assert isinstance(step, float)
        for back in range(int(count) - 1, -1, -1):
            day = workday(months_back(today, back))
            if isinstance(last, Percentage):
                value: Cell = Percentage(round(max(0.0, last.fraction - back * step / 100), 6))
            else:
                assert isinstance(last, float)
                value = max(0.0, last - back * step)
            rows.append([metric, target, value, None, None, unit, min(day, today)])
    rows.sort(key=lambda row: (str(row[6]), str(row[0])))
    return [*rows, *rows_of("mfa-dekking | kassapersoneel | 97% van 12 | | | % | @-20", today)]


def domain_scores(today: date, shape: dict[str, Any]) -> list[list[Cell]]:
    return [
        [domain, test, score, workday(today - timedelta(days=age))]
        for domain, test, *scores in rows_of(shape["domeinen"], today)
        for score, age in zip(scores, (260, 140, 20), strict=True)
    ]


def scans(chance: random.Random, today: date, device_rows: list[list[Cell]]) -> list[list[Cell]]:
    """Systems are scanned every quarter, what is on the internet every month; two of each are left out."""
    internal = [row[1] for row in device_rows if str(row[1]).startswith("srv-app")][2:]
    own = ["Mijn Voorbeeld", "Leerplicht", "Toegang gebouwen", "Uitslagverwerking verkiezingen"]
    domains = [row[0] for row in rows_of(form("metingen")["domeinen"], today)][:9]
    online = [*(name for name in domains if name != "parkeren.voorbeeld.example"), "api.voorbeeld.example"]
    rows: list[list[Cell]] = []
    for names, ages in (([*internal, *own], (12,)), ([*online, "203.0.113.16", "203.0.113.17"], (70, 40, 9))):
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
        rows.append([f"LB-{index}", name, "ja", "ja", "ja", 12.0, None, "Teammanager ICT", seen, "ja"])
    return rows


def moment(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(7, 30), AMSTERDAM) + timedelta(minutes=minutes)


def tickets(chance: random.Random, today: date) -> dict[str, Any]:
    """The export of the ticket system: in every kind most on time, some late, the newest still open."""
    shape = form("meldingen")
    items: list[dict[str, Any]] = []
    for kind in shape["soorten"]:
        for index in range(kind["aantal"]):
            back = 3 + (kind["aantal"] - index - 1) * 330 // kind["aantal"] + chance.randint(0, 4)
            items.append(_ticket(chance, today, shape, kind, index, back))
    items.sort(key=lambda item: (item["aangemeld"], item["onderwerp"]))
    for sequence, item in enumerate(items, 1):
        item["nummer"] = f"M{item['aangemeld'][2:4]}-{sequence:04d}"
    items[40]["aangemeld"] = "onbekend"  # what is wrong on purpose
    items[55]["nummer"] = items[54]["nummer"]
    items[80]["prioriteit"] = "zeer spoedig"
    items[120]["nummer"] = None
    exported = moment(today, 0).isoformat()
    return {"export": {"systeem": "Meldpunt", "gemaakt": exported, "aantal": len(items)}, "meldingen": items}


def _ticket(
    chance: random.Random, today: date, shape: dict[str, Any], kind: dict[str, Any], index: int, back: int
) -> dict[str, Any]:
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
    return {
        "nummer": "",
        "soort": kind["soort"],
        "onderwerp": chance.choice(kind["onderwerpen"]),
        "categorie": "Informatiebeveiliging" if chance.random() < 0.97 else None,
        "prioriteit": kind["prioriteiten"][index % len(kind["prioriteiten"])],
        "aangemeld": opened.isoformat(),
        "streefdatum": due.isoformat(),
        "gereed": None if is_open else (opened + took).isoformat(timespec="seconds"),
        "status": {"naam": "in behandeling" if is_open else "afgesloten"},
        "kenmerken": labels,
        "oorzaak": cause,
        "systeem": system,
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
        finished = chance.random() < share and done >= person.employed
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
        share = {"bestuur": 0.9, "management": 0.95, "medewerker": 0.93, "extern": 0.8}[person.audience]
        add(person, "Training i-bewustzijn", share, 60 if person.new else 320)
        if person.new:
            add(person, "Introductie informatiebeveiliging", 0.92, 25)
    for person in everyone[::5]:
        add(person, "Gedragscode", 0.99, 340, "Afgerond")
        add(person, "Meldprocedure", 0.95, 340, "Afgerond")
        add(person, "Veilig mobiel werken", 0.91, 340)
        add(person, "Bruikleenovereenkomst", 0.97, 340, "Afgerond")
    for person in everyone[2::4]:
        add(person, "Phishingtest", 1.0, 200, chance.choice(["Gemeld", "Gemeld", "Niet geklikt", "Geklikt"]))
    rows[37][5] = "voor de zomer"  # what is wrong on purpose
    rows[90][0] = ""
    rows.append(list(rows[12]))
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
    makers = {
        "toegangscontroles": access_reviews(chance, today),
        "apparaten": device_rows,
        "logbronnen": log_sources(today, device_rows),
        "scans": scans(chance, today, device_rows),
        "maandcijfers": measurements(today, shape),
        "internetnl": domain_scores(today, shape),
    }
    books = (
        "bedrijfsmiddelen beleidsregister besluiten bevindingen leverancierscontracten metingen oefeningen registers"
    )
    for name in (*books.split(), "risicoregister", "toegang", "vvt", "zelfbeoordeling"):
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
        (HERE / "peildatum.txt").write_text(f"{arguments.as_of.isoformat()}\n", "utf-8")


if __name__ == "__main__":
    main()
