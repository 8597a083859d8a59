"""`ensia catalogue compare`: what changes when one framework takes the place of another, and which evidence is missing for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.common import console, headings, print_json, table
from flows.installation import Installation, load_installation
from flows.state_folder import DEFAULT_NAME
from models.catalogue import Catalogue
from models.catalogue_comparison import NormChange, compare_frameworks, missing
from models.criterion import selection_words
from models.language import Language, pick
from models.loading import load_catalogue
from models.message import Say
from warehouse.reading.read import Published


def show_comparison(old: str, new: str, config: Path | None, lang: Language, as_json: bool) -> None:
    """Print the change of every norm that is not the same. With an installation that published, the evidence that it does not
    hold; else all evidence that comes with the change. Raises CatalogueError for a framework that is not there."""
    installation = _installation(config)
    catalogue = load_catalogue([old, new], installation.catalogue_folder if installation else None)
    held = _held(installation)
    changes = compare_frameworks(catalogue, old, new)
    if as_json:
        print_json([_change_content(change, held, lang) for change in changes])
        return
    say, out = Say(lang), console()
    differing = [change for change in changes if change.sort != "same"]
    last = "needs" if held is None else "missing"
    table(
        say("catalogue.comparison", old=old, new=new, number=len(differing)),
        headings(say, "catalogue", "norm", "earlier", "change", "title", "demands_change", last),
        [_change_row(change, held, say) for change in differing],
    )
    _print_notes(catalogue, old, new, say, out)


def _installation(config: Path | None) -> Installation | None:
    """The installation asked for or, by default, the one in the folder one stands in."""
    if config is None and not Path(DEFAULT_NAME).is_file():
        return None
    return load_installation(config or Path(DEFAULT_NAME))


def _held(installation: Installation | None) -> set[tuple[str, str]] | None:
    """Each kind of evidence with each word that there is of it; None where nothing was published."""
    if installation is None or not installation.state.published.exists():
        return None
    with Published(installation.state) as published:
        return published.words_present()


def _change_row(change: NormChange, held: set[tuple[str, str]] | None, say: Say) -> tuple[str, ...]:
    lang = say.language
    demands = [say("catalogue.demand_added", text=pick(lang, one.nl, one.en)) for one in change.added]
    demands += [say("catalogue.demand_dropped", text=pick(lang, one.nl, one.en)) for one in change.dropped]
    needed = change.needs if held is None else missing(change, held)
    return (
        change.norm.id,
        ", ".join(change.earlier),
        say(f"catalogue.change_{change.sort}"),
        pick(lang, change.norm.title_nl, change.norm.title_en),
        "\n".join(demands),
        "\n".join(selection_words(kind, words, lang) for kind, words in needed),
    )


def _print_notes(catalogue: Catalogue, old: str, new: str, say: Say, out: Any) -> None:
    frameworks = {framework.id: framework for framework in catalogue.frameworks}
    if not any(norm.demands for norm in catalogue.norms if norm.framework_id == old):
        out.print(say("catalogue.unknown_demands", old=old), markup=False)
    if (day := frameworks[new].in_force_from) is not None:
        out.print(say("catalogue.not_yet_in_force", new=new, day=day.isoformat()), markup=False)


def _change_content(change: NormChange, held: set[tuple[str, str]] | None, lang: Language) -> dict[str, Any]:
    """A change for programs."""
    return {
        "norm": change.norm.id,
        "change": change.sort,
        "earlier": list(change.earlier),
        "demands_added": [pick(lang, one.nl, one.en) for one in change.added],
        "demands_dropped": [pick(lang, one.nl, one.en) for one in change.dropped],
        "needs": [{"kind": kind, "about": list(words)} for kind, words in change.needs],
        "missing": None
        if held is None
        else [{"kind": kind, "about": list(words)} for kind, words in missing(change, held)],
    }
