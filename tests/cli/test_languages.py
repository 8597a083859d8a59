"""What people read is whole in one language: help, results, and what went wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.main import main
from cli.speech import FORMER_NAMES, language_of, with_present_names
from models.language import Language
from tests.cli import commands
from tests.languages import foreign_words

PATHS = re.compile(r"\S*/\S*")
LISTED = re.compile(r"(er zijn|there are|[Tt]oegestaan|[Aa]llowed): .*")  # names are the same in every language
SETTING = re.compile(r"(?<=: )[a-z_.0-9]+(?=:| )")  # the name of a setting, which the sentence begins with


def outcome(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code of a command, and what it wrote to either stream."""
    code = main(arguments)
    written = capsys.readouterr()
    return code, written.out, written.err


def told(text: str) -> str:
    """A text without the places of this machine and lists of names, and without what other software said in its own words."""
    lines = [
        line for line in text.splitlines() if not line.startswith(("De melding van de database", "What the database"))
    ]
    said = "\n".join(line for line in lines if not line.startswith((" ", "LINE")))
    return SETTING.sub(" ", LISTED.sub(" ", PATHS.sub(" ", said)))


def test_every_command_is_known_here() -> None:
    assert sorted(commands.names()) == sorted(commands.ARGUMENTS)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", ["", *commands.ARGUMENTS])
def test_help_is_whole_in_its_language(
    name: str, language: Language, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENSIA_LANG", language.value)
    code, shown, _ = outcome([*name.split(), "--help"], capsys)
    assert code == 0 and ("Gebruik:" in shown) == (language is Language.NL)
    without_names = re.sub(r"│ [a-z]+  ", "│ ", shown)  # the name of a command is the same in every language
    assert not foreign_words(" ".join(without_names.split()), language), shown
    assert "help." not in shown, "a key stands where its text should"
    assert not set(FORMER_NAMES) & set(re.findall(r"--[a-z-]+", shown))


@pytest.mark.parametrize("name", [name for name in commands.names() if name != "demo"])
def test_every_command_takes_a_language_and_refuses_another(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = outcome([*name.split(), *(commands.ARGUMENTS[name] or ["x"]), "--lang", "fr"], capsys)
    assert code == 2
    assert error.splitlines()[0] == "Fout: --lang heeft een waarde die niet kan; kies uit: nl, en"


ERRORS: list[tuple[list[str], int]] = [
    (["explain", "99.99"], 2),
    (["status", "--organisation", "elders"], 2),
    (["sql", "SELECT * FROM nergens"], 1),
    (["sql", "SELEC 1"], 1),
    (["sql", "CREATE TABLE x (y INT)"], 1),
    (["sql", "SELECT CAST('x' AS INTEGER)"], 1),
    (["sql", "SELECT * FROM '/etc/passwd'"], 1),
    (["assess", "--known-at", "gisteren"], 2),
    (["assess", "--known-at", "2001-01-01"], 2),
    (["assess", "--what-if", "nergens.xlsx"], 2),
    (["expiring", "--within", "ooit"], 2),
    (["history", "99.99"], 2),
    (["sources", "test", "nergens"], 2),
    (["catalogue", "import", "nergens.md"], 2),
    (["catalogue", "import", "nergens.md", "--framework", "principes-2018"], 2),
    (["review", "import", "nergens.xlsx", "--reviewer", "A", "--reason", "B"], 2),
    (["review", "confirm", "5.01.01", "--reviewer", "A", "--reason", "B"], 2),
    (["review", "confirm", "5.01.01", "--reviewer", " ", "--reason", "B"], 2),
    (["cycle", "status", "2026"], 2),
    (["cycle", "freeze", "2026", "--by", "A"], 2),
    (["cycle", "revise", "2026", "--by", "A", "--reason", "B"], 1),
    (["cycle", "verify", "2026"], 2),
    (["cycle", "compare", "2024", "2025"], 2),
    (["digest"], 2),
    (["export", "nergens"], 2),
    (["export", "fill-in"], 2),
    (["export", "vvt", "--year", "2020"], 2),
    (["diff", "een", "twee"], 2),
    (["diff", "1"], 2),
    (["status", "--nergens"], 2),
    (["status", "te", "veel"], 2),
    (["nergens"], 2),
    (["cycle", "nergens"], 2),
    (["assess", "--as-of", "31-12-2026"], 2),
    (["dossier", "verify", "nergens.zip"], 1),
]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("arguments", "code"), ERRORS, ids=[" ".join(arguments) for arguments, _ in ERRORS])
def test_what_went_wrong_is_whole_in_its_language(
    arguments: list[str], code: int, language: Language, few_norms_home: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("ENSIA_CONFIG", str(few_norms_home))
    monkeypatch.setenv("ENSIA_LANG", language.value)
    found, shown, error = outcome(arguments, capsys)
    assert found == code, error
    assert error and not shown
    assert not foreign_words(told(error), language), error
    assert "Traceback" not in error


WRONG_SETTINGS: dict[str, str] = {
    "text": "organisation: {id: x, name: [",
    "tab": "organisation:\n\tid: x",
    "twice": "organisation: {id: x, name: *nergens}",
    "empty": "",
    "unknown": "organisation: {id: x, naam: X}",
    "choice": "organisation: {id: x, name: X, type: dorp}",
    "language": "organisation: {id: x, name: X}\ndigest: {lang: fr, recipients: [{owners: ['*'], email: a@b.nl}]}",
    "hour": "organisation: {id: x, name: X}\nschedule: {at: '02:30'}",
    "year": "organisation: {id: x, name: X}\ncycle: {year: 1999}",
    "day": "organisation: {id: x, name: X}\ncycle: {reference_date: 2026-02-30}",
    "two years": "organisation: {id: x, name: X}\ncycle: {year: 2026, reference_date: 2025-12-31}",
    "span": "organisation: {id: x, name: X}\nsources: [{id: a, connector: topdesk, expected_every: ooit}]",
    "connector": "organisation: {id: x, name: X}\nsources: [{id: a, connector: nergens}]",
    "twins": "organisation: {id: x, name: X}\nsources: [{id: a, connector: jira}, {id: a, connector: jira}]",
    "address": "organisation: {id: x, name: X}\nsources: [{id: a, connector: topdesk, address: 'http://a.example.nl', user: U, token: T}]",
    "no address": "organisation: {id: x, name: X}\nsources: [{id: a, connector: topdesk, address: nergens, user: U, token: T}]",
    "list": "organisation: {id: x, name: X}\nexports: {a: b}",
    "number": "organisation: {id: x, name: X}\nsources: [{id: a, connector: topdesk, retries: veel}]",
    "framework": "organisation: {id: x, name: X}\ncatalogue: nergens",
    "no framework": "organisation: {id: x, name: X}\nframeworks: [nergens]",
    "no secret": "organisation: {id: x, name: X}\nsources: [{id: a, connector: topdesk, address: 'https://a.example.nl'}]",
    "sign in": "organisation: {id: x, name: X}\nsources: [{id: a, connector: topdesk, address: 'https://a.example.nl', user: U, token: T, sign_in: raar}]",
    "description": "organisation: {id: x, name: X}\nsources: [{id: a, connector: rest, address: 'https://a.example.nl', system: {sign_in: {b: {kind: session}}, resources: [{name: n, kind: ticket, path: /, records: '[', key: [id], fields: {title: x}}]}}]",
    "parts": "organisation: {id: x, name: X}\nsources: [{id: a, connector: wazuh}]",
    "column": "organisation: {id: x, name: X}\nsources: [{id: a, connector: spreadsheet, file: a.xlsx, kind: ticket, key: [title], columns: {nergens: X}}]",
    "kind": "organisation: {id: x, name: X}\nsources: [{id: a, connector: json_export, file: a.json, kind: nergens}]",
    "key": "organisation: {id: x, name: X}\nsources: [{id: a, connector: spreadsheet, file: a.xlsx, kind: ticket, columns: {title: X}}]",
    "words": "organisation: {id: x, name: X}\nsources: [{id: a, connector: spreadsheet, file: a.xlsx, kind: ticket, key: [title], columns: {title: X}, words: {ticket_type: {x: nergens}}}]",
}  # fmt: skip


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_a_wrong_setting_is_told_in_one_language(
    name: str, language: Language, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U", "u")
    monkeypatch.setenv("T", "t")
    (tmp_path / "ensia.yaml").write_text(WRONG_SETTINGS[name], "utf-8")
    code, shown, error = outcome(["check", "--config", str(tmp_path), "--lang", language.value], capsys)
    assert code == 2 and error, shown
    assert not foreign_words(told(error), language), error


def test_a_file_that_is_not_there_is_told_by_the_number_of_the_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in ((Language.NL, "bestaat niet"), (Language.EN, "does not exist")):
        code, _, error = outcome(["check", "--config", str(tmp_path / "x.yaml"), "--lang", language.value], capsys)
        assert code == 2 and words in error and "Errno" not in error


READING = [
    "status", "quarantine", "assess", "expiring", "history", "diff", "sources list", "catalogue coverage", "review list",
    "export",
]  # fmt: skip


@pytest.mark.parametrize("name", READING)
def test_headings_follow_the_language(
    name: str, few_norms_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first lines are ours; below them stands what the sources say, in Dutch."""
    monkeypatch.setenv("COLUMNS", "200")
    arguments = commands.typed(name, few_norms_home) if name != "export" else ["export"]
    heads = {}
    for language in Language:
        code, shown, error = outcome([*arguments, "--lang", language.value], capsys)
        assert code == 0, error
        lines = [line for line in shown.splitlines() if line.strip()]
        rule = next((number for number, line in enumerate(lines) if set(line.strip()) == {"─"}), len(lines))
        heads[language] = "\n".join(lines[:rule]).replace("Gemeente Voorbeeld", "")
    assert heads[Language.NL] != heads[Language.EN]
    for language, head in heads.items():
        assert not foreign_words(head, language), head


def test_the_language_of_what_was_typed() -> None:
    assert language_of(["status", "--lang", "en"], {}) is Language.EN
    assert language_of(["status", "--lang=en"], {}) is Language.EN
    assert language_of(["status"], {"ENSIA_LANG": "en"}) is Language.EN
    assert language_of(["status", "--lang", "nl"], {"ENSIA_LANG": "en"}) is Language.NL
    assert language_of(["status", "--lang"], {}) is Language.NL
    assert language_of(["status", "--lang", "fr"], {}) is Language.NL


def test_former_names_of_options_are_understood(few_norms_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_present_names(["assess", "--doel=8.13", "--json"]) == ["assess", "--goal=8.13", "--json"]
    for former, present, more in (
        ("--doel", "--goal", ["assess", "8.13"]),
        ("--principe", "--principle", ["status", "4"]),
    ):
        command, value = more
        answers = [
            outcome([command, option, value, "--config", str(few_norms_home)], capsys) for option in (former, present)
        ]
        assert answers[0] == answers[1] and answers[0][0] == 0
