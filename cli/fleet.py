"""What `ensia fleet …` does with what is typed, and how it shows what came of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from cli.common import console, headings, print_json, table
from flows.fleet import Shared, Standing, adopt, night_of, release, standings
from flows.installation import Installation, load_fleet, load_installation
from models.errors import ConfigurationError
from models.language import Language
from models.message import Say, message
from warehouse.storage.database import State
from warehouse.storage.split import organisations_in

_DEFAULT_STATE = "state"


def adopt_all(config: Path, organisation: str | None, source: Path | None, lang: Language, *, empty: bool) -> int:
    """Let one organisation in, or all of the file; returns the exit code."""
    installation = load_installation(config, organisation)
    say, out = Say(lang), console()
    for member in installation.members:
        name = member.organisation.id
        state = None if empty else _state_with(installation, name, member.folder, source)
        row = adopt(load_installation(config, name), state)
        since = say("fleet.until_day", as_of=row.as_of) if row.as_of else say("fleet.from_nothing")
        out.print(say("fleet.adopted", name=name, since=since), markup=False)
    return 0


def _state_with(installation: Installation, name: str, folder: Path, source: Path | None) -> State:
    """The one state on this machine that has a warehouse with the organisation. Raises ConfigurationError when there is none,
    or more than one: which of them it is, is not guessed."""
    shared = (installation.file.parent / installation.configuration.state).resolve()
    folders = [source.resolve()] if source else [shared, (folder / _DEFAULT_STATE).resolve()]
    states = [State(place) for place in dict.fromkeys(folders)]
    having = [state for state in states if state.warehouse.is_file() and name in organisations_in(state.warehouse)]
    if len(having) == 1:
        return having[0]
    if not having:
        places = ", ".join(str(state.root) for state in states)
        raise ConfigurationError(
            message("fleet.no_state", places=places), place=name, advice=message("fleet.no_state_advice")
        )
    places = ", ".join(str(state.root) for state in having)
    raise ConfigurationError(
        message("fleet.several_states", places=places), place=name, advice=message("fleet.several_states_advice")
    )


def release_one(config: Path, organisation: str, to: Path, lang: Language) -> None:
    """Let one organisation go, with all of it in the folder `to`."""
    release(load_installation(config, organisation), State(to.resolve()))
    console().print(Say(lang)("fleet.released", name=organisation, folder=to), markup=False, soft_wrap=True)


def show_fleet(config: Path, as_of: date | None, lang: Language, *, as_json: bool) -> None:
    """Print how each municipality stands."""
    fleet = load_fleet(config)
    night = as_of or tonight(fleet)
    lines = standings(Shared.of(fleet), night)
    if as_json:
        print_json([{"standing": standing.word, **asdict(standing.row)} for standing in lines])
        return
    say = Say(lang)
    table(
        say("fleet.title", night=night, number=len(lines)),
        headings(say, "fleet", "name", "standing", "as_of", "commits", "broken_off", "holder"),
        [_municipality_line(standing, say) for standing in lines],
    )


def tonight(fleet: Installation) -> date:
    """The day of the night that should be done by now."""
    return night_of(datetime.now(UTC), fleet.configuration.schedule.at)


def _municipality_line(standing: Standing, say: Say) -> tuple[object, ...]:
    row = standing.row
    holder = row.holder if row.leased else ""
    return (row.organisation_id, say(f"fleet.is_{standing.word}"), row.as_of, row.run_no, row.broken_off or "", holder)


def run_reconcile(config: Path, as_of: date | None, lang: Language, *, dry_run: bool, thorough: bool) -> int:
    """Put right what was left half and ask for the nights that are not there yet; returns 3 when a night was given up."""
    from flows.fleet_runs import reconcile

    fleet = load_fleet(config)
    say, out = Say(lang), console()
    round_ = reconcile(fleet, as_of or tonight(fleet), dry_run=dry_run, thorough=thorough)
    for remark in round_.remarks:
        out.print(say("nightly.remark", line=remark), markup=False, soft_wrap=True)
    key = "fleet.would_ask" if dry_run else "fleet.asked"
    out.print(say(key, night=round_.night, number=len(round_.due)), markup=False)
    for name in round_.due:
        out.print(f"  {name}", markup=False)
    for name in round_.given_up:
        out.print(say("fleet.given_up", name=name), style="dark_orange", markup=False)
    return 3 if round_.given_up else 0


def build_national(config: Path, as_of: date | None, region: str | None, lang: Language) -> None:
    """Build the view of all municipalities, or of a group of them, and print what is in it."""
    from flows.national import national_view

    fleet = load_fleet(config)
    view = national_view(fleet, as_of or tonight(fleet), region)
    say, out = Say(lang), console()
    counts = [say(f"fleet.participant_{word}", number=number) for word, number in view.counts.items()]
    out.print(say("fleet.national", file=view.file, counts=", ".join(counts)), markup=False, soft_wrap=True)
    for name, word in view.not_counted.items():
        out.print(say(f"fleet.not_counted_{word}", name=name), style="dark_orange", markup=False)
