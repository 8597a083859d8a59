"""The documentation site builds offline and strict, and what it says to type is typed: every command is one that there is and does what
it says on the example, every query is answered, and the reference holds all that the program goes by."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.main import main
from cli.reference import reference_pages
from connectors.base import connectors
from flows.installation import load_installation
from models.configuration import Configuration, Source
from models.kind import vocabularies
from models.list_description import described_lists
from models.loading import default_frameworks, load_catalogue
from models.test_type import test_types
from tests.cli.commands import names
from tests.first_hour.typed import refusal_of
from warehouse.reading.officers_views import declared_views, officers_views
from warehouse.reading.read import Published

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "site" / "mkdocs.yml"
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = {page.name: page.read_text("utf-8") for page in PAGES}
INLINE = re.compile(r"`(ensia [a-z][^`\n]*)`")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUERY = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINES = sorted({line for text in TEXTS.values() for block in BLOCK.findall(text) for line in block.splitlines()})
# What these pages tell to type is typed here; the others tell of servers and machines that a test has not.
TO_TYPE = ("eerste-uur.md", "bestand-openen.md", "auditor.md")
COMMANDS = sorted(
    {line for page in TO_TYPE for block in BLOCK.findall(TEXTS[page]) for line in block.splitlines() if line}
)
# Commands of the pages that are not typed here: their own tests do so, with files and questions that they need.
TYPED_ELSEWHERE = {
    "ensia init": "tests/first_hour/test_init.py: it asks",
    "ensia nightly": "tests/flows: a night takes longer than a test may",
    "ensia sql --ide": "tests/cli/test_sql_editor.py: it opens a program",
    'ensia cycle open 2026 --by "Naam"': "tests/cli: it writes, and the example is shared",
}

COMING = {"ensia anchor make", "ensia anchor import"}  # specified on verification.md before the commands are there


@pytest.fixture(scope="module")
def reference() -> dict[str, str]:
    return reference_pages()


def without_shortening(command: str) -> str:
    """A command as it could be typed, with a day for what stands between < and >."""
    return re.sub(r"<\w+>", "2026-11-20", re.sub(r"\s+(?:…|\.\.\.)$", "", command))


def test_every_command_that_a_page_names_can_be_typed() -> None:
    refused = {}
    mentioned = {command for text in TEXTS.values() for command in INLINE.findall(text)}
    for command in sorted({*mentioned, *(line for line in LINES if line.startswith("ensia "))}):
        problem = refusal_of(shlex.split(without_shortening(command))[1:])
        # `ensia explain`, of which a sentence tells, is no line to type
        is_cut_short = problem.startswith("Missing") or problem.endswith("requires an argument.")
        is_named_only = is_cut_short and command not in COMMANDS
        if command in COMING and problem.startswith("no command"):
            continue
        if problem and not is_named_only:
            refused[command] = problem
    assert not refused
    assert len(mentioned) > 20


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in TYPED_ELSEWHERE])
def test_a_command_to_type_does_its_work(
    command: str, few_norms_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENSIA_CONFIG", str(few_norms_home))
    for path in (few_norms_home / "state").rglob("*"):  # a copy has the rights of whoever copied it
        path.chmod(path.stat().st_mode & ~0o077)
    lists = few_norms_home / "bronnen"
    (tmp_path / "Risicoregister.xlsx").write_bytes((lists / "Risicoregister.xlsx").read_bytes())
    words = shlex.split(command)[1:]
    if words[0] == "export":
        words += ["--to", str(tmp_path)]
    assert main(words) == 0


def test_what_is_typed_elsewhere_stands_on_a_page() -> None:
    assert TYPED_ELSEWHERE.keys() <= set(COMMANDS)


@pytest.mark.parametrize("page", [name for name in TEXTS if QUERY.search(TEXTS[name]) and name != "sql.md"])
def test_a_query_is_answered(page: str, few_norms_home: Path) -> None:
    with Published(load_installation(few_norms_home).state) as published:
        for query in QUERY.findall(TEXTS[page]):
            assert published.query(query)[1], query


def test_the_reference_is_whole(reference: dict[str, str]) -> None:
    commands = reference["reference/opdrachten.md"]
    assert {name for name in names() if f"## ensia {name}\n" not in commands} == set()
    settings = reference["reference/instellingen.md"]
    assert {name for name in connectors() if f"## {name}\n" not in settings} == set()
    wanted = {*Configuration.model_fields, *Source.settings()}
    assert {name for name in wanted if f"| `{name}` |" not in settings} == set()
    words = reference["reference/woorden.md"]
    for name, vocabulary in vocabularies().items():
        section = words.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert {code for code in vocabulary.terms if f"| `{code}` |" not in section} == set(), name
    types = reference["reference/toetsen.md"]
    assert {code for code in test_types() if f"(`{code}`)" not in types} == set()
    lists = reference["reference/lijsten.md"]
    for description in described_lists(load_catalogue(default_frameworks())):
        section = lists.partition(f"## {description.nl} (")[2].partition("\n## ")[0]
        assert {column.name for column in description.columns if f"| `{column.name}` |" not in section} == set()


def test_the_views_are_those_of_the_published_file(few_norms_home: Path) -> None:
    with Published(load_installation(few_norms_home).state) as published:
        laid = {
            view.name: (view.meaning, {one.column_name for one in view.columns}) for view in officers_views(published)
        }
    declared = {view.name: (view.meaning, set(view.columns)) for view in declared_views()}
    assert declared == laid


def _pages(part: Any) -> set[str]:
    if isinstance(part, str):
        return {part}
    items = part.values() if isinstance(part, dict) else part
    return {page for item in items for page in _pages(item)}


def test_every_page_stands_in_the_menu(reference: dict[str, str]) -> None:
    menu = _pages(yaml.safe_load(SITE.read_text("utf-8"))["nav"])
    assert menu == {*TEXTS, *reference}


def test_the_site_builds_offline_and_strict(tmp_path: Path) -> None:
    pytest.importorskip(
        "mkdocs", reason="the site is built with the packages of the lock, which a copy without `dev` lacks"
    )
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(SITE), "-d", str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    outside = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//""")
    assert len(list(tmp_path.rglob("*.html"))) > len(TEXTS)
    for page in tmp_path.rglob("*.html"):
        assert not outside.search(page.read_text("utf-8")), page.name
