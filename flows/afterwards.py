"""What comes after publishing: messages to owners, the reports of every run, an overview for who looks in Prefect.

None of it changes what a run came to: what goes wrong here is a remark.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from flows.installation import Installation
from flows.log import in_words
from flows.steps import Outcome
from models.message import Text, message
from warehouse.reading.read import Published
from warehouse.storage.anchors import make_anchor
from warehouse.storage.landing import Landing
from warehouse.storage.seal import seal_messages, seals


def afterwards(installation: Installation, outcome: Outcome, about: Text, step: Callable[[], list[Text]]) -> None:
    """Do one thing that comes after publishing; what it returns, or meets, is a remark on the outcome."""
    try:
        outcome.remarks += step()
    except Exception as error:
        problem = in_words(installation.state, error)
        outcome.remarks.append(message("settings.problem", place=about, problem=problem))


def send_messages(connection: duckdb.DuckDBPyConnection, installation: Installation) -> list[Text]:
    """Tell the owners what is asked of them; returns a line for whoever could not be reached."""
    from flows.notify import send_digests, settings_of

    problems: list[Text] = []
    for member in installation.members:
        if member.digest is not None:
            settings = settings_of(member.digest, member.folder)
            delivery = send_digests(connection, member.organisation.id, settings, lang=member.digest.lang)
            for line in delivery.failed:
                problems.append(message("nightly.message_to", organisation=member.organisation.id, line=line))
    seal_messages(connection, Landing(installation.state.landing))
    return problems


def anchor_seals(connection: duckdb.DuckDBPyConnection, installation: Installation) -> list[Text]:
    """Keep the root over what was sealed since the night before; carrying it outside is for people."""
    make_anchor(Landing(installation.state.landing), seals(connection))
    return []


def make_reports(installation: Installation, outcome: Outcome) -> list[Text]:
    """Make the reports that every run makes; returns a line for each that failed."""
    from reports.registry import make

    problems: list[Text] = []
    with Published(installation.state) as published:
        for organisation in published.organisations():
            for name in installation.configuration.exports:
                try:
                    outcome.exports += make(name, published, organisation, installation.state.exports)
                except Exception as error:  # one report must not cost the others
                    problem = in_words(installation.state, error)
                    problems.append(message("nightly.report", organisation=organisation, name=name, problem=problem))
    return problems


def show_in_prefect(installation: Installation, outcome: Outcome) -> list[Text]:
    """The status tables as Prefect artifacts. Needs a run of a Prefect flow around it."""
    from prefect.artifacts import create_markdown_artifact, create_table_artifact

    as_of = outcome.run.as_of
    with Published(installation.state) as published:
        for organisation in published.organisations():
            principles = published.principles(organisation)
            create_table_artifact(
                key=f"principes-{organisation}",
                table=[{name: str(value) for name, value in row.items()} for row in principles],
                description=str(message("nightly.principles_of", organisation=organisation, as_of=as_of)),
            )
            counts = published.control_counts(organisation)
            create_table_artifact(
                key=f"beheersmaatregelen-{organisation}",
                table=[counts],
                description=str(message("nightly.controls_of", organisation=organisation, as_of=as_of)),
            )
    lines = [f"- {line}" for line in [*outcome.degraded, *outcome.remarks]]
    create_markdown_artifact(key="run", markdown="\n".join([f"**{outcome.state}**", *lines]))
    return []
